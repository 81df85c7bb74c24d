"""`bvup jobs` and `bvup forget`: what the journal knows, for people and for programs."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.apps.stage import SimulatorThread, environment
from tests.apps.terminal import ESCAPES, Terminal

from bilibili_api.apps.cli.job_words import figures, heading, life, lost, state, table
from bilibili_api.apps.cli.sending import Outcome
from bilibili_api.apps.cli.text import cells
from bilibili_api.apps.cli.words import found, kept, result
from bilibili_api.journal import Job, JobPage, JobSubtitle, Journal
from bilibili_api.simulator import Code
from bilibili_api.video_uploader import PageProgress, Progress

if TYPE_CHECKING:
    from tests.apps.conftest import Run

NOW = 1_800_000_000.0
PAGE = JobPage("/videos/a.mp4", "a", 1_200_000_000, 430_000_000, False, "bda2", NOW + 3.5 * 86400)
JOB = Job(3, "100000", "open", False, "My trip", (PAGE,), NOW, NOW, None, None, "", {})
STORED = replace(PAGE, stored=PAGE.size, done=True, expires=None)
DONE = replace(JOB, state="done", pages=(STORED,), aid=170001, bvid="BV17x411w7KC")


class TestWords:
    """A job in a word or a line."""

    @pytest.mark.parametrize(
        ("job", "word"),
        [
            (JOB, "stopped"),
            (replace(JOB, running=True), "running"),
            (replace(JOB, pages=(STORED,)), "to submit"),
            (replace(JOB, state="submitting"), "unsure"),
            (replace(JOB, state="submitting", running=True), "running"),
            (replace(JOB, state="unsure"), "unsure"),
            (replace(DONE, state="submitting"), "to complete"),
            (DONE, "published"),
        ],
    )
    def test_a_state_is_a_word(self, job: Job, word: str) -> None:
        """One that was stopped while it was submitted is as unsure as one that was looked for in vain."""
        assert state(job) == word

    @pytest.mark.parametrize(
        ("left", "said"),
        [(None, "-"), (-1, "over"), (1800, "30 min"), (7200, "2 h"), (86400 * 3.5, "3 d")],
    )
    def test_the_life_of_a_target_is_short(self, left: float | None, said: str) -> None:
        """Never more than there is."""
        assert life(None if left is None else NOW + left, NOW) == said

    @pytest.mark.parametrize(
        ("job", "said"),
        [
            (JOB, "430.0 MB of 1.2 GB that the server has"),
            (replace(JOB, pages=(replace(PAGE, stored=0),)), "Nothing of it was stored yet."),
            (replace(JOB, state="unsure"), "may publish it twice"),
            (replace(DONE, state="submitting"), "Which parts BV17x411w7KC lacks"),
            (DONE, "published as BV17x411w7KC"),
        ],
    )
    def test_what_is_lost_with_a_job_is_said(self, job: Job, said: str) -> None:
        """Bytes, or knowledge that keeps from publishing twice."""
        assert said in lost(job)

    def test_a_job_of_many_parts_lists_some(self) -> None:
        """The others are counted; a stream has no name."""
        parts = (replace(PAGE, path=None), STORED) + (PAGE,) * 8
        job = replace(JOB, pages=parts, subtitles=(JobSubtitle(1, "en-US", "/videos/a.en.srt"),))
        lines = list(heading(job, "profile me", None))
        assert lines[0] == "Job 3: 10 parts, 12.0 GB, to Bilibili"
        assert lines[3:5] == ["  P1         a stream, 1.2 GB", "  P2         a.mp4, 1.2 GB, stored"]
        assert lines[-2:] == ["  ...        and 2 more parts", "  subtitles  1 file"]

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ({}, "2 of 3 parts and 41 chunks are stored (430.0 MB of 1.2 GB), the target lives until 20"),
            ({"pages": 0, "parts": 1}, "1 chunk is stored (430.0 MB of 1.2 GB), the target"),
            ({"parts": 0, "ticket_expires": None}, "2 of 3 parts are stored (430.0 MB of 1.2 GB)."),
            ({"ticket_expires": NOW - 1}, "are stored (430.0 MB of 1.2 GB); but the target expired 20"),
            ({"state": "submitting"}, "all is stored; whether it was published is not known"),
        ],
    )
    def test_what_an_upload_is_gone_on_with_is_a_sentence(self, more: dict[str, Any], said: str) -> None:
        """A dead target is said before anything is sent again."""
        told = {"job": 3, "state": "open", "pages": 2, "parts": 41, "bytes": 430_000_000}
        pages = tuple(PageProgress(n, 400_000_000, 0, 0, done=False) for n in "abc")
        sentence = found({**told, "ticket_expires": NOW + 9, **more}, Progress("upload", pages), NOW)
        assert sentence.startswith("Resuming job 3: ")
        assert said in sentence

    def test_the_average_rate_is_that_of_what_was_sent_now(self) -> None:
        """What was stored before cost no time; nothing sent has no rate."""
        progress = Progress("done", (PageProgress("a", 300_000, 300_000, 300_000, done=True),))
        outcome = Outcome({"aid": 1, "bvid": "BV"}, progress, 2.0, before=100_000)
        assert result(outcome, None)[0] == "Done in 2.0 s, 100.0 kB/s on average."
        assert result(replace(outcome, before=300_000), None)[0] == "Done in 2.0 s."

    def test_what_is_kept_can_be_used_where_it_is_remembered(self) -> None:
        """And only there."""
        progress = Progress("upload", (PageProgress("a", 300_000, 100_000, 100_000, done=False),))
        assert kept(progress).endswith("a new run cannot use it and starts from the beginning.")
        assert kept(replace(progress, job=3)).endswith("what is there is not sent again.")


class TestTable:
    """Aligned columns, whatever the width."""

    def test_a_wide_table_has_a_line_for_each(self) -> None:
        """Piped, nothing is cut."""
        title = "旅行 " * 40
        lines = list(table([replace(JOB, title=title), DONE], NOW, 10_000))
        assert lines[0].split() == ["JOB", "STATE", "STORED", "LIVES", "CHANGED", "TITLE"]
        assert re.fullmatch(
            rf"  3  stopped    0\.4/1\.2 GB    3 d    \d\d-\d\d \d\d:\d\d  {title.rstrip()}", lines[1]
        )
        assert lines[2].startswith("  3  published  BV17x411w7KC  -      ")

    @pytest.mark.parametrize("width", [60, 80, 100])
    def test_no_line_is_wider_than_the_terminal(self, width: int) -> None:
        """Long titles are cut, at 60 columns on a line of their own; errors are wrapped."""
        job = replace(JOB, title="很长的标题" * 30, error="A long reason of several words. " * 9)
        lines = list(table([job], NOW, width))
        assert max(map(cells, lines)) <= width
        assert any("很长的标题" in line and line.endswith("...") for line in lines)
        told = [line for line in lines if "reason" in line]
        assert told[0].startswith("     last: A long reason")
        assert len(told) <= 2

    def test_titles_cannot_steer_the_terminal(self) -> None:
        """A journal may hold what any program wrote."""
        lines = table([replace(JOB, title="a\x1b[2J", error="b\x1b[2J")], NOW, 100)
        assert "\x1b" not in "".join(lines)


class TestForPrograms:
    """`--json` is stable, and documented."""

    def test_every_member_is_documented(self) -> None:
        """In docs/resuming.md, by its name."""
        text = (Path(__file__).parents[2] / "docs" / "resuming.md").read_text("utf-8")
        told = figures(JOB)
        pages: Any = told["pages"]
        for name in {*told, *pages[0]}:
            assert f"`{name}`" in text

    def test_its_members_are_these(self) -> None:
        """Others may come; none goes or changes its meaning."""
        assert figures(DONE) == {
            "job": 3,
            "account": "100000",
            "server": None,
            "state": "done",
            "running": False,
            "title": "My trip",
            "stored": 1_200_000_000,
            "size": 1_200_000_000,
            "ticket_expires": None,
            "created": NOW,
            "updated": NOW,
            "aid": 170001,
            "bvid": "BV17x411w7KC",
            "error": "",
            "rate": None,
            "subtitles": [],
            "pages": [
                {
                    "path": "/videos/a.mp4",
                    "title": "a",
                    "size": 1_200_000_000,
                    "stored": 1_200_000_000,
                    "done": True,
                    "line": "bda2",
                    "ticket_expires": None,
                }
            ],
        }


@pytest.fixture
def refused(upload: Run, bili: SimulatorThread) -> None:
    """An upload that is stored, but was not submitted."""
    bili.fault("submit", Code(21002, "no"))
    upload()


class TestCommands:
    """`bvup jobs` and `bvup forget` in this process."""

    def test_nothing_is_known_at_first(self, run: Run, home: Path) -> None:
        """And nothing is written by looking."""
        result = run("jobs")
        assert (result.exit_code, result.stdout) == (0, "No upload is known.\n")
        assert json.loads(run("jobs", "--json").stdout)["jobs"] == []
        assert not home.exists()

    @pytest.mark.usefixtures("refused")
    def test_an_unfinished_upload_is_listed_with_what_stopped_it(self, run: Run) -> None:
        """And with the command that goes on."""
        said = run("jobs").stdout
        assert re.search(r"^  1  to submit  300\.0/300\.0 kB  -      .*  holiday$", said, re.MULTILINE)
        assert "     last: Bilibili answered with code 21002: " in said
        assert said.endswith("To go on: bvup resume JOB, or bvup resume --all\n")

    @pytest.mark.usefixtures("refused")
    def test_what_stopped_it_is_told_in_the_language_of_the_reader(self, run: Run) -> None:
        """Whatever language it was told in first."""
        said = run("jobs", "--lang", "zh").stdout
        assert "21002" in said
        assert "Bilibili answered" not in said

    def test_a_finished_one_is_listed_on_request(self, run: Run, upload: Run, bili: SimulatorThread) -> None:
        """With what it made."""
        upload()
        assert "No upload is unfinished" in run("jobs").stdout
        assert json.loads(run("jobs", "--json").stdout)["jobs"] == []
        assert f"published  {bili.sim.archives[0].bvid}" in run("jobs", "--all").stdout
        [job] = json.loads(run("jobs", "--all", "--json").stdout)["jobs"]
        assert (job["state"], job["bvid"]) == ("done", bili.sim.archives[0].bvid)

    @pytest.mark.usefixtures("refused")
    def test_at_a_terminal_it_fits_and_has_no_colours(self, home: Path) -> None:
        """60 columns are enough."""
        terminal = Terminal(["jobs"], 60, environment(home))
        assert terminal.end() == 0
        assert not ESCAPES.search(terminal.written)
        assert max(map(cells, terminal.written.splitlines())) <= 60

    @pytest.mark.parametrize("args", [["jobs"], ["resume", "--all"]])
    def test_a_journal_that_was_set_aside_is_told(self, run: Run, home: Path, args: list[str]) -> None:
        """On standard error, with the name it has now."""
        home.mkdir()
        (home / "journal.db.lock").touch()  # as beside each journal
        (home / "journal.db").write_bytes(b"SQLite format 3\0" + b"no database" * 99)
        result = run(*args)
        assert result.exit_code == 0
        assert re.search(r"^bvup: warning: the journal .* is kept as .*\.aside", result.stderr), result.output

    @pytest.mark.usefixtures("refused")
    def test_forgetting_has_to_be_said_where_nobody_can_be_asked(self, run: Run, home: Path) -> None:
        """With --yes; what is lost is said in any case."""
        result = run("forget", 1)
        assert (result.exit_code, "add --yes" in result.stderr) == (2, True)
        result = run("forget", 1, "--yes")
        assert (result.exit_code, "300.0 kB of 300.0 kB that the server has" in result.stdout) == (0, True)
        assert asyncio.run(Journal(home / "journal.db").jobs()) == ()

    @pytest.mark.usefixtures("refused")
    def test_at_a_terminal_it_asks(self, home: Path) -> None:
        """No is the default."""
        terminal = Terminal(["forget", "1"], 80, environment(home))
        terminal.read(until="Forget it? [y/N]:")
        terminal.type("")
        assert (terminal.end(), "It stays." in terminal.written) == (0, True)
        assert len(asyncio.run(Journal(home / "journal.db").jobs())) == 1

    def test_what_is_not_known_cannot_be_forgotten(self, run: Run) -> None:
        """The command that lists jobs is named."""
        result = run("forget", 7, "--yes")
        assert (result.exit_code, "There is no job 7" in result.stderr) == (2, True)
