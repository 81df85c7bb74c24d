"""`bvup upload --each`: a submission of its own for each file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.apps.stage import PATIENCE
from tests.kit import content

from bilibili_api.simulator import Code, Stall

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread


@pytest.fixture
def each(run: Run, bili: SimulatorThread, tmp_path: Path) -> Run:
    """`bvup upload --each` of three videos to the simulator."""
    files = [tmp_path / f"P{i}.mp4" for i in (1, 2, 10)]
    for i, path in enumerate(files):
        path.write_bytes(content(1000 + i, i))

    def call(*args: Any, stdin: str | bytes | None = None, **env: str | None) -> Result:
        given = {"BVUP_ACCESS_KEY": bili.access_key, **env}
        what = ("--tag", "a", "--tid", "21", *bili.server)
        return run("upload", "--each", tmp_path, *what, *args, stdin=stdin, **given)

    return call


def test_each_file_becomes_a_submission_called_as_the_file_is(each: Run, bili: SimulatorThread) -> None:
    """In natural order, with the same metadata but for the title."""
    result = each()
    assert (result.exit_code, result.stderr) == (0, "")
    assert [archive.title for archive in bili.sim.archives] == ["P1", "P2", "P10"]
    assert [len(archive.videos) for archive in bili.sim.archives] == [1, 1, 1]


def test_a_summary_names_what_became_of_each(each: Run, bili: SimulatorThread) -> None:
    """The last lines say it in short."""
    lines = each().stdout.splitlines()
    bvids = [archive.bvid for archive in bili.sim.archives]
    assert lines[-4:] == [
        "3 of 3 submissions published:",
        f"  P1.mp4   {bvids[0]}",
        f"  P2.mp4   {bvids[1]}",
        f"  P10.mp4  {bvids[2]}",
    ]


def test_one_that_is_refused_does_not_stop_the_others(each: Run, bili: SimulatorThread) -> None:
    """The exit code is the worst, and the same command sends only what is missing."""
    bili.fault("submit", Code(21012))
    result = each()
    assert result.exit_code == 4
    assert [archive.title for archive in bili.sim.archives] == ["P2", "P10"]
    assert "  P1.mp4   failed: refused by Bilibili (exit code 4)\n" in result.stdout
    assert result.stdout.endswith("The same command goes on; what is published is not published twice.\n")
    assert each().exit_code == 0
    assert [archive.title for archive in bili.sim.archives] == ["P2", "P10", "P1"]


def test_what_is_wrong_with_one_is_told_before_the_first_is_sent(
    each: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """Nobody learns at night that the last file was empty all along; the others are uploaded."""
    (tmp_path / "P10.mp4").write_bytes(b"")
    result = each()
    assert result.exit_code == 2
    assert result.stdout.index("P10.mp4 is not uploaded:") < result.stdout.index("[1/3] P1.mp4")
    assert "part 1: " in result.stderr
    assert [archive.title for archive in bili.sim.archives] == ["P1", "P2"]


def test_what_is_wrong_with_all_is_told_once(each: Run, bili: SimulatorThread) -> None:
    """A wrong option is one problem, not one of each file."""
    result = each("--limit", 0)
    assert (result.exit_code, result.stderr.count("--limit")) == (2, 1)
    assert bili.sim.exchanges == []


def test_a_login_that_is_refused_ends_the_series(each: Run, bili: SimulatorThread) -> None:
    """It would be refused for all others, too."""
    result = each("--no-wait", BVUP_ACCESS_KEY="0" * 32)
    assert (result.exit_code, bili.sim.archives) == (3, [])
    assert "  P2.mp4   not begun\n" in result.stdout


def test_the_user_ends_the_series(each: Run, bili: SimulatorThread) -> None:
    """Ctrl-C during one upload begins no other."""
    interrupted = bili.interrupt_at(bili.fault("preupload", Stall()))
    result = each("--grace", 0)
    interrupted.result(PATIENCE)
    assert (result.exit_code, bili.sim.archives) == (6, [])
    assert "  P10.mp4  not begun\n" in result.stdout


@pytest.mark.parametrize("option", ["--title", "--part-title"])
def test_a_title_for_all_of_them_is_wrong_usage(each: Run, option: str) -> None:
    """Archives of the same title cannot be told apart."""
    result = each(option, "T")
    assert (result.exit_code, f"{option} and --each contradict one another" in result.stderr) == (2, True)
