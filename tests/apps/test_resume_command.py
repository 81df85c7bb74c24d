"""`bvup` remembers uploads: the same command goes on, `bvup resume` does, and nothing is published twice."""

from __future__ import annotations

import asyncio
import re
import resource
import signal
import sqlite3
from typing import TYPE_CHECKING

import pytest
from tests.apps.stage import PATIENCE, SimulatorThread, environment, start, stop
from tests.apps.terminal import ESCAPES, Terminal
from tests.kit import content, stored_chunks

from bilibili_api.account import Profiles, VideoUploaderCredential
from bilibili_api.engine.retry import BACKOFF, Backoff
from bilibili_api.journal import Journal
from bilibili_api.protocol.codes import Step
from bilibili_api.simulator import Code, Latency, LostAnswer, RateLimited, Slow, Stall, Status

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import Popen

    from click.testing import Result
    from tests.apps.conftest import Run

    from bilibili_api.journal import Job

CHUNKS = ("--chunk-size", "60000", "--limit", "1")
"""`holiday.mp4` in five chunks, one after the other."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk that fails is not tried again."""
    monkeypatch.setitem(BACKOFF, Step.CHUNK, Backoff(budget=0))


@pytest.fixture
def going(run: Run, bili: SimulatorThread) -> Run:
    """`bvup ...` of the demo account, at the simulator."""

    def call(*args: object, stdin: str | bytes | None = None, **env: str | None) -> Result:
        where = {"BVUP_SERVER": bili.sim.url, "BVUP_CA": str(bili.sim.ca_file)}
        return run(*args, stdin=stdin, **{"BVUP_ACCESS_KEY": bili.access_key, **where, **env})

    return call


@pytest.fixture
def broken(upload: Run, bili: SimulatorThread, impatient: None) -> Result:
    """An upload that failed after two of five chunks."""
    del impatient
    bili.fault("chunk", Status(500), after=2)
    return upload(*CHUNKS)


@pytest.fixture
def unsure(upload: Run, bili: SimulatorThread) -> Result:
    """An upload whose submission got lost, with a login that cannot ask what became of it."""
    bili.fault("submit", LostAnswer())
    return upload()


def jobs_in(home: Path) -> tuple[Job, ...]:
    return asyncio.run(Journal(home / "journal.db").jobs())


class TestTheSameCommandAgain:
    """`bvup upload` goes on where it was."""

    def test_only_the_rest_is_sent(self, upload: Run, bili: SimulatorThread, broken: Result) -> None:
        """Each chunk is stored once, at one target."""
        assert broken.exit_code == 5
        assert upload(*CHUNKS).exit_code == 0
        assert (len(stored_chunks(bili.sim)), len(bili.sim.seen("preupload"))) == (5, 1)

    @pytest.mark.usefixtures("broken")
    def test_it_says_with_what_it_goes_on(self, upload: Run) -> None:
        """How many chunks, how many bytes."""
        assert "Resuming job 1: 2 chunks are stored (120.0 kB of 300.0 kB).\n" in upload(*CHUNKS).stdout

    @pytest.mark.usefixtures("impatient")
    def test_it_says_how_many_parts_are_done_and_how_long_the_target_lives(
        self, run: Run, bili: SimulatorThread, video: Path, tmp_path: Path, cookies_json: Path
    ) -> None:
        """Which is known on the lines of UPOS; a part that was done before is not told as news."""
        second = tmp_path / "second.mp4"
        second.write_bytes(content(12_000_000, 7))
        order = ("upload", video, second, "--tag", "a", "--tid", 21, "--line", "bda2", "-u", cookies_json)
        bili.fault("part", Status(500), after=2, times=None)
        assert run(*order, "--limit", 1, *bili.server).exit_code == 5
        bili.sim.faults.clear()
        said = run(*order, *bili.server).stdout
        assert re.search(
            r"Resuming job 1: 1 of 2 parts and 1 chunk are stored \(\d+\.\d MB of 12\.3 MB\), "
            r"the target lives until \d{4}-\d\d-\d\d \d\d:\d\d UTC\S*\.\n",
            said,
        ), said
        assert "part 1 of 2 done" not in said
        assert "part 2 of 2 done" in said

    def test_what_was_published_is_not_published_twice(
        self, upload: Run, run: Run, bili: SimulatorThread
    ) -> None:
        """It says as what, with -q only that, and ends with 0."""
        upload()
        result = upload()
        [archive] = bili.sim.archives
        assert result.exit_code == 0
        assert f"This was published before; nothing was sent.\naid:  {archive.aid}\n" in result.stdout
        assert run("resume", 1, "-q", *bili.server).stdout == f"{archive.bvid}\n"
        assert len(bili.sim.seen("preupload")) == 1

    def test_another_archive_is_made_on_purpose(self, upload: Run, bili: SimulatorThread) -> None:
        """With --again, and once only."""
        first = upload("--again")
        second = upload("--again")
        assert (first.exit_code, second.exit_code, len(bili.sim.archives)) == (0, 0, 2)
        assert f"published before, as {bili.sim.archives[0].bvid}; it is uploaded once more" in second.stdout

    def test_without_a_journal_nothing_is_remembered(
        self, upload: Run, bili: SimulatorThread, home: Path
    ) -> None:
        """--no-journal writes none, and publishes again."""
        upload("--no-journal")
        upload("--no-journal")
        assert len(bili.sim.archives) == 2
        assert not (home / "journal.db").exists()

    def test_the_journal_may_be_elsewhere(self, upload: Run, run: Run, tmp_path: Path, home: Path) -> None:
        """--journal names its file, here and for the other commands."""
        upload("--journal", tmp_path / "j.db")
        assert "holiday" in run("jobs", "--all", "--journal", tmp_path / "j.db").stdout
        assert not (home / "journal.db").exists()

    @pytest.mark.parametrize("name", ["upload", "jobs"])
    def test_no_other_file_is_taken_for_a_journal(self, run: Run, video: Path, name: str) -> None:
        """It is left as it is: a slip must not move a video away."""
        before = video.read_bytes()
        result = run(name, *([video] if name == "upload" else []), "--journal", video)
        assert (result.exit_code, "is no journal" in result.stderr) == (2, True)
        assert video.read_bytes() == before

    def test_a_journal_and_none_contradict_one_another(self, upload: Run, tmp_path: Path) -> None:
        """Nothing is guessed."""
        assert upload("--no-journal", "--journal", tmp_path / "j.db").exit_code == 2

    def test_a_journal_that_cannot_be_written_stops_it_before_anything_is_sent(
        self, upload: Run, bili: SimulatorThread, video: Path
    ) -> None:
        """It ends with 6, and names the way around."""
        result = upload("--journal", video / "j.db")
        assert result.exit_code == 6
        assert "Or remember nothing: --no-journal." in result.stderr
        assert bili.sim.seen("preupload") == []


class TestResume:
    """`bvup resume` needs neither files nor metadata to be named."""

    @pytest.mark.usefixtures("broken")
    @pytest.mark.parametrize("which", [(), ("1",), ("--all",)], ids=["the only one", "named", "all"])
    def test_it_goes_on_as_it_was_ordered(
        self, going: Run, bili: SimulatorThread, which: tuple[str, ...]
    ) -> None:
        """Title, tags and the rest are those of the first command."""
        result = going("resume", *which)
        [archive] = bili.sim.archives
        assert (result.exit_code, archive.title, archive.meta["tag"]) == (0, "holiday", "a"), result.output
        assert result.stdout.startswith("Job 1: 1 part, 300.0 kB, to ")
        assert len(stored_chunks(bili.sim)) == 5

    @pytest.mark.usefixtures("broken")
    def test_a_kept_login_of_the_account_is_found(
        self, going: Run, bili: SimulatorThread, cookies_json: Path
    ) -> None:
        """Whatever it is called, and whichever is in use."""
        other = bili.sim.add_account("bob", "pw")
        going("account", "import", cookies_json, "--profile", "theirs")
        Profiles().save("mine", VideoUploaderCredential(other.access_key))
        Profiles().use("mine")
        result = going("resume", BVUP_ACCESS_KEY=None)
        assert (result.exit_code, len(bili.sim.archives)) == (0, 1), result.output
        assert "  account    profile theirs\n" in result.stdout

    @pytest.mark.usefixtures("broken")
    def test_the_key_that_began_it_counts_more_than_a_kept_login(
        self, going: Run, bili: SimulatorThread, cookies_json: Path
    ) -> None:
        """Another key in the variable does not: a kept login of the account is."""
        going("account", "import", cookies_json, "--profile", "theirs")
        bili.fault("chunk", Status(500))
        other = going("resume", BVUP_ACCESS_KEY="0" * 32)
        assert (other.exit_code, "  account    profile theirs\n" in other.stdout) == (5, True), other.output
        result = going("resume")
        assert (result.exit_code, len(bili.sim.archives)) == (0, 1), result.output
        assert "  account    access key from BVUP_ACCESS_KEY\n" in result.stdout

    @pytest.mark.usefixtures("broken")
    def test_a_login_of_another_account_is_refused(
        self, going: Run, bili: SimulatorThread, tmp_path: Path
    ) -> None:
        """Before anything is sent; the message says who is needed."""
        file = tmp_path / "bob.json"
        file.write_text(bili.sim.cookies_json(bili.sim.add_account("bob", "pw")))
        file.chmod(0o600)
        before = len(bili.sim.exchanges)
        result = going("resume", "-u", file)
        assert (result.exit_code, len(bili.sim.exchanges)) == (3, before), result.output
        assert f"of the account {bili.sim.accounts[0].mid}; this login" in result.stderr

    @pytest.mark.usefixtures("broken")
    def test_a_key_of_another_account_is_refused_as_well(self, going: Run, bili: SimulatorThread) -> None:
        """Whose it is only Bilibili knows; nothing is uploaded with it."""
        other = bili.sim.add_account("bob", "pw")
        result = going("resume", BVUP_ACCESS_KEY=other.access_key)
        assert (result.exit_code, f"Go on with a login of the account {bili.sim.accounts[0].mid}" in (
            result.stderr
        )) == (2, True), result.output  # fmt: skip
        assert len(bili.sim.seen("chunk")) == 3

    @pytest.mark.usefixtures("broken")
    def test_a_missing_file_is_said_before_anything_is_sent(
        self, going: Run, bili: SimulatorThread, video: Path
    ) -> None:
        """The message says what is kept, and what helps when it was moved."""
        video.rename(video.with_name("moved.mp4"))
        before = len(bili.sim.exchanges)
        result = going("resume")
        assert (result.exit_code, len(bili.sim.exchanges)) == (2, before)
        assert "holiday.mp4' cannot be read: No such file" in result.stderr
        assert "120.0/300.0 kB of part 1 (holiday) reached the server" in result.stderr
        assert "bvup upload with their new names" in result.stderr

    def test_an_unknown_job_is_said(self, going: Run) -> None:
        """With the command that lists them."""
        result = going("resume", 9)
        assert (result.exit_code, "There is no job 9" in result.stderr, "bvup jobs" in result.stderr) == (
            2, True, True,
        )  # fmt: skip

    def test_without_jobs_there_is_nothing_to_do(self, going: Run) -> None:
        """That is no error."""
        for args in ((), ("--all",)):
            result = going("resume", *args)
            assert (result.exit_code, "No upload is unfinished" in result.stdout) == (0, True)

    @pytest.mark.usefixtures("broken")
    def test_several_jobs_have_to_be_chosen_from(
        self, going: Run, run: Run, bili: SimulatorThread, tmp_path: Path
    ) -> None:
        """They are listed; --all means each of them."""
        second = tmp_path / "second.mp4"
        second.write_bytes(content(5000))
        bili.fault("submit", Code(21002, "no"))
        going("upload", second, "--tag", "a", "--tid", 21)
        result = going("resume")
        assert result.exit_code == 2
        assert "  1  holiday\n  2  second\n" in result.stderr
        assert (going("resume", "--all").exit_code, len(bili.sim.archives)) == (0, 2)

    @pytest.mark.usefixtures("broken")
    def test_all_go_on_whatever_becomes_of_one_and_the_worst_counts(
        self, going: Run, bili: SimulatorThread, tmp_path: Path, video: Path
    ) -> None:
        """The file of the first one is gone; the second one is published."""
        second = tmp_path / "second.mp4"
        second.write_bytes(content(5000))
        bili.fault("submit", Code(21002, "no"))
        going("upload", second, "--tag", "a", "--tid", 21)
        video.unlink()
        result = going("resume", "--all")
        assert (result.exit_code, [archive.title for archive in bili.sim.archives]) == (2, ["second"])

    def test_a_published_one_is_named_without_asking_anybody(
        self, going: Run, upload: Run, bili: SimulatorThread
    ) -> None:
        """It ends with 0."""
        upload()
        before = len(bili.sim.exchanges)
        result = going("resume", 1)
        assert (result.exit_code, f"bvid: {bili.sim.archives[0].bvid}" in result.stdout) == (0, True)
        assert len(bili.sim.exchanges) == before


class TestSubmit:
    """`bvup submit` sends nothing but the submission."""

    def test_what_is_stored_is_submitted(self, upload: Run, going: Run, bili: SimulatorThread) -> None:
        """After a refusal, for instance; the refusal said how to go on."""
        bili.fault("submit", Code(21002, "no"))
        refused = upload()
        assert "To go on: bvup resume 1 --server" in refused.stderr
        assert "To change what was refused: bvup upload" in " ".join(refused.stderr.split())
        assert (going("submit", 1).exit_code, len(bili.sim.archives)) == (0, 1)
        assert len(stored_chunks(bili.sim)) == 1

    @pytest.mark.usefixtures("broken")
    def test_what_is_not_stored_has_to_go_on_first(self, going: Run, bili: SimulatorThread) -> None:
        """It is wrong usage, and the right command is named."""
        result = going("submit", 1)
        assert (result.exit_code, "bvup resume" in result.stderr) == (2, True)
        assert bili.sim.seen("submit") == []

    def test_a_lost_submission_ends_with_7_and_names_the_commands(
        self, unsure: Result, bili: SimulatorThread
    ) -> None:
        """The job's number stands in them, so that they can be copied."""
        assert unsure.exit_code == 7
        assert f"If not: bvup submit 1 --again --server {bili.sim.url}" in unsure.stderr
        assert "looked through once more: bvup resume 1 --server" in unsure.stderr

    @pytest.mark.usefixtures("unsure")
    def test_it_is_never_submitted_again_unless_the_user_says_so(
        self, upload: Run, going: Run, bili: SimulatorThread
    ) -> None:
        """Neither by the same upload nor by resume or submit; by --again it is."""
        for args in (("resume", 1), ("submit", 1)):
            assert going(*args).exit_code == 7
        assert (upload().exit_code, len(bili.sim.seen("submit"))) == (7, 1)
        assert (going("submit", 1, "--again").exit_code, len(bili.sim.seen("submit"))) == (0, 2)

    @pytest.mark.usefixtures("unsure")
    def test_a_login_that_may_ask_finds_it(
        self, going: Run, bili: SimulatorThread, cookies_json: Path
    ) -> None:
        """No second archive is made."""
        result = going("resume", "-u", cookies_json)
        [archive] = bili.sim.archives
        assert (result.exit_code, f"bvid: {archive.bvid}" in result.stdout) == (0, True), result.output
        assert "whether it was published is not known, and is looked for." in result.stdout


class TestSignals:
    """A real process, stopped by real signals."""

    def order(self, video: Path, bili: SimulatorThread, *more: str) -> list[str]:
        return ["upload", str(video), "--tag", "a", "--tid", "21", *CHUNKS, *bili.server, *more]

    def test_chunks_under_way_land_within_the_grace(
        self, bili: SimulatorThread, video: Path, home: Path
    ) -> None:
        """The third chunk is slow, and counts."""
        slow = bili.fault("chunk", Latency(0.5), after=2)
        child = start(
            self.order(video, bili, "--grace", "20"), environment(home, BVUP_ACCESS_KEY=bili.access_key)
        )
        bili.wait(slow.fired.wait)
        stdout, stderr = stop(child, signal.SIGTERM)
        assert (child.returncode, len(stored_chunks(bili.sim))) == (6, 3)
        assert "Stopping within 20 s; once more ends at once." in stdout
        assert "180.0/300.0 kB of part 1" in stderr

    def test_the_second_signal_ends_at_once_and_loses_only_what_is_in_flight(
        self, bili: SimulatorThread, upload: Run, video: Path, home: Path
    ) -> None:
        """Whatever the grace; the next run sends three chunks."""
        stalled = bili.fault("chunk", Stall(), after=2)
        child = start(
            self.order(video, bili, "--grace", "100"), environment(home, BVUP_ACCESS_KEY=bili.access_key)
        )
        bili.wait(stalled.fired.wait)
        child.send_signal(signal.SIGINT)
        assert child.stdout is not None
        while "Stopping" not in child.stdout.readline():
            assert child.poll() is None
        stop(child)
        assert child.returncode == 6
        assert (upload(*CHUNKS).exit_code, len(stored_chunks(bili.sim))) == (0, 5)

    def test_a_killed_process_loses_only_what_is_in_flight(
        self, bili: SimulatorThread, going: Run, video: Path, home: Path
    ) -> None:
        """Even kill -9 leaves a job that goes on."""
        stalled = bili.fault("chunk", Stall(), after=3)
        child = start(self.order(video, bili), environment(home, BVUP_ACCESS_KEY=bili.access_key))
        bili.wait(stalled.fired.wait)
        stop(child, signal.SIGKILL)
        assert "stopped  180.0/300.0 kB" in going("jobs").stdout
        assert (going("resume").exit_code, len(stored_chunks(bili.sim))) == (0, 5)

    def test_a_stop_while_the_login_is_looked_at_forgets_nothing_that_is_stored(
        self, bili: SimulatorThread, upload: Run, going: Run, broken: Result, cookies_json: Path
    ) -> None:
        """By number, what the journal says; by the same files, whose job is not known yet, that it is there."""
        del broken
        going("account", "import", cookies_json, "--profile", "mine")
        bare = {"BVUP_ACCESS_KEY": None}
        interrupted = bili.interrupt_at(bili.fault("info", Stall()))
        resumed = going("resume", **bare)
        interrupted.result(PATIENCE)
        assert "kept:  120.0/300.0 kB of part 1 (holiday) reached the server" in resumed.stderr
        interrupted = bili.interrupt_at(bili.fault("info", Stall()))
        again = upload(*CHUNKS, **bare)
        interrupted.result(PATIENCE)
        assert "kept:  nothing of this run; what earlier runs of this upload have stored" in again.stderr

    def test_a_long_wait_is_left_at_once(self, bili: SimulatorThread, video: Path, home: Path) -> None:
        """It said when the next try is."""
        bili.fault("preupload", RateLimited(), times=None)
        child = start(self.order(video, bili), environment(home, BVUP_ACCESS_KEY=bili.access_key))
        assert child.stdout is not None
        while not re.search(r"Next try \d\d:\d\d\.", child.stdout.readline()):
            assert child.poll() is None
        stop(child, signal.SIGTERM)
        assert child.returncode == 6


class TestTwoProcesses:
    """Nobody uploads the same file twice at once."""

    def test_the_second_says_who_has_it_and_stops(
        self, bili: SimulatorThread, upload: Run, going: Run, video: Path, home: Path
    ) -> None:
        """With 6; resume --all leaves it alone; jobs shows it; it is not forgotten."""
        stalled = bili.fault("chunk", Stall())
        child = start(
            ["upload", str(video), "--tag", "a", "--tid", "21", *bili.server, "--grace", "0"],
            environment(home, BVUP_ACCESS_KEY=bili.access_key),
        )
        bili.wait(stalled.fired.wait)
        second = upload()
        assert (second.exit_code, f"by process {child.pid} on " in second.stderr) == (6, True)
        assert "--wait-turn, which waits for it" in second.stderr
        assert "  1  running" in going("jobs").stdout
        everything = going("resume", "--all")
        assert (everything.exit_code, "Job 1 is left alone" in everything.stdout) == (0, True)
        assert going("forget", 1, "--yes").exit_code == 6
        stop(child)
        assert len(bili.sim.seen("preupload")) == 1

    def test_at_a_terminal_it_shows_that_it_waits_and_leaves_at_once(
        self, bili: SimulatorThread, video: Path, home: Path
    ) -> None:
        """Below the bars, until Ctrl-C or its turn."""
        stalled = bili.fault("chunk", Stall())
        args = ["upload", str(video), "--tag", "a", "--tid", "21", *bili.server, "--grace", "0"]
        env = environment(home, BVUP_ACCESS_KEY=bili.access_key)
        child = start(args, env)
        bili.wait(stalled.fired.wait)
        terminal = Terminal([*args, "--wait-turn"], 80, env)
        terminal.read(until=" waiting for the other upload of this file")
        terminal.child.send_signal(signal.SIGINT)
        assert terminal.end() == 6
        stop(child)

    def test_it_may_wait_and_then_has_what_the_first_one_made(
        self, bili: SimulatorThread, upload: Run, video: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With --wait-turn."""
        monkeypatch.setattr("bilibili_api.engine.journal._POLL", 0.02)
        slow = bili.fault("chunk", Slow(400_000))
        child = start(
            ["upload", str(video), "--tag", "a", "--tid", "21", *bili.server],
            environment(home, BVUP_ACCESS_KEY=bili.access_key),
        )
        bili.wait(slow.fired.wait)
        second = upload("--wait-turn")
        child.communicate(timeout=PATIENCE)
        assert (second.exit_code, len(bili.sim.archives)) == (0, 1), second.output
        assert "It is waited for." in second.stdout
        assert "This was published before; nothing was sent." in second.stdout


def with_a_full_journal(bili: SimulatorThread, video: Path, home: Path) -> tuple[Popen[str], int]:
    """Begin to upload, and let no file grow once chunks are stored; return also how large files could be."""
    held = bili.fault("chunk", Latency(0.5), after=1)
    args = ["upload", str(video), "--tag", "a", "--tid", "21", *CHUNKS, *bili.server]
    child = start(args, environment(home, BVUP_ACCESS_KEY=bili.access_key))
    bili.wait(held.fired.wait)
    _, most = resource.prlimit(child.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (0, most))
    return child, most


def test_a_journal_that_fills_in_the_middle_does_not_stop_the_upload(
    bili: SimulatorThread, video: Path, home: Path
) -> None:
    """It goes on and says so; what it could not write is written once there is room."""
    child, most = with_a_full_journal(bili, video, home)
    assert child.stdout is not None
    said = ""
    while "The upload goes on" not in said:
        assert child.poll() is None, said
        said += child.stdout.readline()
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (most, most))
    _, stderr = child.communicate(timeout=PATIENCE)
    assert (child.returncode, stderr, len(bili.sim.archives)) == (0, "", 1)
    with sqlite3.connect(home / "journal.db") as database:
        assert database.execute("SELECT state FROM job").fetchall() == [("done",)]


def test_what_a_journal_that_stays_full_does_not_know_is_said_to_be_sent_again(
    bili: SimulatorThread, video: Path, home: Path
) -> None:
    """All is stored, the submission is not sent, and the next run begins where the journal ends."""
    child, _ = with_a_full_journal(bili, video, home)
    _, stderr = child.communicate(timeout=PATIENCE)
    assert (child.returncode, bili.sim.archives) == (6, [])
    said = " ".join(stderr.split())
    assert "1 of 1 part reached the server; but the journal could not be written, and what it does" in said
    assert "is not sent again" not in said


def test_an_upload_whose_terminal_is_closed_stops_as_by_ctrl_c(
    bili: SimulatorThread, going: Run, video: Path, home: Path
) -> None:
    """It ends with 6, though nobody reads that, and goes on later."""
    stalled = bili.fault("chunk", Stall(), after=2)
    args = ["upload", str(video), "--tag", "a", "--tid", "21", *CHUNKS, *bili.server, "--grace", "0"]
    terminal = Terminal(args, 80, environment(home, BVUP_ACCESS_KEY=bili.access_key))
    bili.wait(stalled.fired.wait)
    assert terminal.vanish() == 6
    assert (going("resume").exit_code, len(stored_chunks(bili.sim))) == (0, 5)


def test_at_a_terminal_the_bars_begin_where_the_upload_was(
    bili: SimulatorThread, going: Run, broken: Result, home: Path
) -> None:
    """The first picture after the message shows what was stored, without a rate that nothing was sent at."""
    del going, broken
    stalled = bili.fault("chunk", Stall())
    env = environment(home, BVUP_ACCESS_KEY=bili.access_key, LC_ALL="C.UTF-8")
    terminal = Terminal(["resume", "--grace", "0", *bili.server], 80, env)
    bili.wait(stalled.fired.wait)
    terminal.read(until="uploading")
    terminal.child.send_signal(signal.SIGINT)
    assert terminal.end() == 6
    shown = ESCAPES.sub("", terminal.written).replace("\r", "\n")
    after = shown[shown.index("Resuming job 1: 2 chunks are stored") :]
    assert "40%  120.0/300.0 kB" in after
    rates = re.findall(r"(\S+ [kM]?B/s), \S+ left, uploading", after)
    assert rates
    assert set(rates) <= {"-- MB/s", "0 B/s"}
