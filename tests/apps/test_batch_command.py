"""`bvup batch`: many submissions in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.apps.stage import PATIENCE
from tests.kit import content

from bilibili_api.apps.cli.report import ExitCode
from bilibili_api.simulator import Code, Stall

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread

TWO = """
defaults:
  tid: 21
  tag: [a, b]
submissions:
  - files: day1
    title: "Day {n} of {count}"
  - files: [two.mp4, three.mp4]
    title: "Day {n} of {count}"
    desc: second
    part-title: "{n}. {stem}"
"""
SAME = """
[defaults]
tid = 21
tag = "a,b"

[[submissions]]
files = "day1"
title = "Day {n} of {count}"

[[submissions]]
files = ["two.mp4", "three.mp4"]
title = "Day {n} of {count}"
desc = "second"
part-title = "{n}. {stem}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three videos, and a file beside them."""
    path = tmp_path / "shelf"
    (path / "day1").mkdir(parents=True)
    for i, name in enumerate(("day1/one.mp4", "two.mp4", "three.mp4")):
        (path / name).write_bytes(content(1000 + i, i))
    return path


@pytest.fixture
def batch(run: Run, bili: SimulatorThread, folder: Path) -> Run:
    """`bvup batch` of a text, to the simulator; the text is the first argument."""

    def call(*args: Any, stdin: str | bytes | None = None, **env: str | None) -> Result:
        text, *flags = args
        path = folder / ("batch.toml" if "[[" in text else "batch.yaml")
        path.write_text(text)
        given = {"BVUP_ACCESS_KEY": bili.access_key, **env}
        return run("batch", path, *bili.server, *flags, stdin=stdin, **given)

    return call


@pytest.mark.parametrize("text", [TWO, SAME], ids=["yaml", "toml"])
def test_each_entry_becomes_a_submission(batch: Run, bili: SimulatorThread, text: str) -> None:
    """In the order of the file, with the defaults, whatever the current folder is."""
    done = batch(text)
    assert done.exit_code == ExitCode.DONE, done.output
    first, second = (archive.meta for archive in bili.sim.archives)
    assert [first["title"], second["title"]] == ["Day 1 of 2", "Day 2 of 2"]
    assert (first["tag"], second["tag"], second["desc"]) == ("a,b", "a,b", "second")
    assert [video["title"] for video in second["videos"]] == ["1. two", "2. three"]


class TestGoingOn:
    def test_what_is_published_is_not_published_again(self, batch: Run, bili: SimulatorThread) -> None:
        """Not even under another title."""
        assert batch(TWO).exit_code == ExitCode.DONE
        done = batch(TWO.replace("second", "another text"))
        assert (done.exit_code, len(bili.sim.archives)) == (ExitCode.DONE, 2)
        bvids = [archive.bvid for archive in bili.sim.archives]
        assert f"Day 1 of 2: published before, as {bvids[0]}" in done.output
        assert "Everything in it is published." in done.output

    def test_again_publishes_it_again(self, batch: Run, bili: SimulatorThread) -> None:
        """Since that is what was asked for."""
        batch(TWO)
        assert batch(TWO, "--again").exit_code == ExitCode.DONE
        assert len(bili.sim.archives) == 4

    def test_a_file_that_has_changed_is_another_one(
        self, batch: Run, bili: SimulatorThread, folder: Path
    ) -> None:
        """A recording of the same name on another day."""
        batch(TWO)
        (folder / "day1" / "one.mp4").write_bytes(content(2000, 9))
        batch(TWO)
        assert len(bili.sim.archives) == 3

    def test_what_was_stopped_goes_on(self, batch: Run, bili: SimulatorThread) -> None:
        """Ctrl-C ends all of it; the same command carries out what is missing."""
        interrupted = bili.interrupt_at(bili.fault("preupload", Stall()))
        stopped = batch(TWO, "--grace", 0)
        interrupted.result(PATIENCE)
        assert (stopped.exit_code, bili.sim.archives) == (ExitCode.STOPPED, [])
        assert batch(TWO).exit_code == ExitCode.DONE
        assert len(bili.sim.archives) == 2


class TestFailures:
    def test_one_that_is_refused_does_not_stop_the_others(self, batch: Run, bili: SimulatorThread) -> None:
        """It is reported, and gives the exit code."""
        bili.fault("submit", Code(21012))
        done = batch(TWO)
        assert (done.exit_code, len(bili.sim.archives)) == (ExitCode.REFUSED, 1)
        assert "1 of 2 submissions published" in done.output

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('"Day {n} of {count}"\n  - ', '"{steam}"\n  - ', "'title': there is no variable {steam}. Did you mean {stem}?"),
            ("files: day1", "files: day9/*.mp4", "day9"),
            ("files: day1", "tid: nowhere\n    files: day1", "there is no partition called 'nowhere'"),
        ],
    )  # fmt: skip
    def test_one_that_cannot_work_is_named_and_the_others_go_on(
        self, batch: Run, bili: SimulatorThread, old: str, new: str, said: str
    ) -> None:
        """Before the first byte, with its line."""
        done = batch(TWO.replace(old, new, 1))
        assert (done.exit_code, len(bili.sim.archives)) == (ExitCode.INVALID, 1)
        assert said in done.output
        assert "batch.yaml, line 6: " in done.output
        assert "1 of 2 submissions cannot work" in done.output

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (TWO.replace("desc:", "decs:"), "batch.yaml, line 10: 'decs' is no option. Did you mean 'desc'?"),
            (SAME.replace("desc =", "decs ="), "batch.toml, line 13: 'decs' is no option. Did you mean 'desc'?"),
            (TWO.replace("defaults", "default"), "line 2: 'default' may not stand here. Did you mean 'defaults'?"),
            (TWO.replace("desc: second", "profile: me"), "line 10: 'profile' is no option."),
            (TWO.replace("desc: second", "desc: [1]"), "line 10: 'desc' has to be string or integer, not array."),
            (TWO.replace("desc: second", "title: x"), "line 10: 'title' stands here twice."),
            ("submissions: []", "has to be a list of at least one"),
            ("submissions:\n  - title: x", "line 2: it names no `files`."),
            ("- a\n- b", "it has to say `submissions:`"),
            ("a: [", "is no YAML: line 1"),
            ("a: !!python/object:os.system x", "is no YAML"),
            ("", "it has to say `submissions:`"),
        ],
    )  # fmt: skip
    def test_a_file_that_says_what_cannot_be_is_refused_as_a_whole(
        self, run: Run, folder: Path, text: str, said: str
    ) -> None:
        """A misspelt option must not publish anything without what was meant; nobody is asked for a login."""
        path = folder / ("batch.toml" if "[[" in text else "batch.yaml")
        path.write_text(text)
        done = run("batch", path)
        assert done.exit_code == ExitCode.INVALID
        assert said in done.output

    def test_a_file_that_is_gone_is_named(self, batch: Run, bili: SimulatorThread, folder: Path) -> None:
        """Also where it is the only one that is left, and in a dry run."""
        batch(TWO)
        text = TWO.replace("files: day1", "files: gone.mp4")
        for flags in ((), ("--dry-run",)):
            done = batch(text, *flags)
            assert (done.exit_code, len(bili.sim.archives)) == (ExitCode.INVALID, 2)
            assert "batch.yaml, line 6: Day 1 of 2 cannot be uploaded:" in done.output
            assert "No such file" in done.output

    def test_without_a_login_nothing_is_begun(self, batch: Run, bili: SimulatorThread) -> None:
        """It is asked for once, not for each."""
        assert batch(TWO, BVUP_ACCESS_KEY="").exit_code == ExitCode.LOGIN


def test_a_dry_run_shows_all_and_sends_nothing(batch: Run, bili: SimulatorThread) -> None:
    """What would be sent, and what is wrong with it."""
    done = batch(TWO.replace("files: day1", f"files: day1\n    tag: {'x' * 30}"), "--dry-run")
    assert (done.exit_code, bili.sim.exchanges) == (ExitCode.INVALID, [])
    assert "title      Day 1 of 2" in done.output
    assert "title      Day 2 of 2" in done.output
    assert done.output.count("has tags over 20 characters") == 1
    assert done.output.count("Nothing forbids the upload") == 1


def test_a_partition_takes_the_place_of_the_defaults_tid(batch: Run, bili: SimulatorThread) -> None:
    """One of them says where the video belongs; so it is with what is set."""
    text = TWO.replace("tid: 21", "tid: 171").replace("desc: second", "partition: 日常")
    done = batch(text, "--dry-run")
    assert done.exit_code == ExitCode.DONE, done.output
    assert "partition  日常" in done.output


def test_text_stays_text(batch: Run) -> None:
    """YAML 1.1 would read a time of day as a number, and `no` as false."""
    done = batch(
        TWO.replace("desc: second", "desc: no").replace('"Day {n} of {count}"', "12:30"), "--dry-run"
    )
    assert "title      12:30" in done.output


def test_what_is_set_for_uploads_holds_below_the_file(batch: Run, bili: SimulatorThread, home: Path) -> None:
    """The file counts more than settings and variables of `bvup upload`."""
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('[upload]\ndesc = "set"\nsource = "set"\ntid = 171\n')
    done = batch(TWO, BVUP_UPLOAD_TITLE="variable")
    assert done.exit_code == ExitCode.DONE, done.output
    assert [archive.meta["desc"] for archive in bili.sim.archives] == ["set", "second"]
    assert [archive.meta["tid"] for archive in bili.sim.archives] == [21, 21]
