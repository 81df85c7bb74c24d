"""`bvup upload` with folders, patterns, odd names and standard input."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.apps.stage import PATIENCE, environment, start
from tests.kit import content

from bilibili_api.simulator import Stall

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread

WHAT = ("--tag", "a", "--tid", "21")
ODD = b"caf\xe9 [1] \xf0\x9f\x8e\xac.mp4"
"""A name with a byte that is not UTF-8, brackets, spaces and a picture."""


@pytest.fixture
def send(run: Run, bili: SimulatorThread) -> Run:
    """`bvup upload ...` to the simulator with what every submission needs but the files."""

    def call(*args: Any, stdin: str | bytes | None = None, **env: str | None) -> Result:
        given = {"BVUP_ACCESS_KEY": bili.access_key, **env}
        return run("upload", *args, *WHAT, *bili.server, stdin=stdin, **given)

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two videos and a text."""
    there = tmp_path / "trip"
    there.mkdir()
    for i, name in enumerate(("P10.mp4", "P2.mp4", "notes.txt")):
        (there / name).write_bytes(content(1000 + i, i))
    return there


def test_a_folder_becomes_one_submission_in_natural_order(
    send: Run, bili: SimulatorThread, folder: Path
) -> None:
    """Its videos are the parts, and what is left out is said."""
    result = send(folder)
    [archive] = bili.sim.archives
    assert [video.size for video in archive.videos] == [1001, 1000]
    assert archive.title == "P2"
    assert f"Left out of the folder {folder}, by the ending no video: notes.txt\n" in result.stdout


def test_a_quoted_pattern_is_expanded(send: Run, bili: SimulatorThread, folder: Path) -> None:
    """As by a shell, but P2 stands before P10."""
    assert send(folder / "P*.mp4").exit_code == 0
    assert [part["title"] for part in bili.sim.archives[0].meta["videos"]] == ["P2", "P10"]


def test_an_empty_folder_is_wrong_usage(send: Run, tmp_path: Path) -> None:
    """Nothing is sent, and it is said why."""
    (tmp_path / "empty").mkdir()
    result = send(tmp_path / "empty")
    assert (result.exit_code, f"there is nothing in the folder {tmp_path}/empty." in result.stderr) == (
        2,
        True,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only there a name may be any bytes")
def test_a_name_that_is_no_utf8_reaches_bilibili_as_utf8(
    send: Run, run: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """Stray bytes are replaced in titles and on the terminal; the file is found, and remembered."""
    path = tmp_path / os.fsdecode(ODD)
    path.write_bytes(content(1000))
    result = send(path)
    assert (result.exit_code, result.stderr) == (0, "")
    [archive] = bili.sim.archives
    assert archive.title == archive.meta["videos"][0]["title"] == "caf\N{REPLACEMENT CHARACTER} [1] 🎬"
    assert "P1         caf\N{REPLACEMENT CHARACTER} [1] 🎬.mp4, 1.0 kB\n" in result.stdout
    assert send(path).stdout.count("This was published before") == 1
    assert run("jobs", "--all", "--json").exit_code == run("jobs", "--all").exit_code == 0


def test_a_missing_file_with_an_odd_name_is_told(send: Run, tmp_path: Path) -> None:
    """No name breaks the message about it."""
    result = send(tmp_path / os.fsdecode(ODD).replace("[1] ", ""))
    assert (result.exit_code, "cannot be read: No such file" in result.stderr) == (2, True)


def test_a_name_that_no_file_can_have_is_a_missing_file(send: Run) -> None:
    """Too long, for instance; it is told as any other."""
    result = send("x" * 300 + ".mp4", "--dry-run")
    assert (result.exit_code, "cannot be read: File name too long" in result.stderr) == (2, True)


def test_standard_input_becomes_a_part_under_the_name_given(send: Run, bili: SimulatorThread) -> None:
    """`... | bvup upload - --name x.flv` uploads what comes through."""
    result = send("-", "--name", "stream.flv", stdin=content(300_000))
    [archive] = bili.sim.archives
    assert (result.exit_code, archive.title, archive.videos[0].size) == (0, "stream", 300_000)
    assert archive.videos[0].name.endswith(".flv")
    assert "P1         stream.flv, from standard input\n" in result.stdout


def test_two_streams_of_one_name_are_two_uploads(send: Run, bili: SimulatorThread) -> None:
    """What comes on standard input is never taken for what came before, whatever it is called."""
    for seed in (1, 2):
        assert send("-", "--name", "today.mp4", stdin=content(1000, seed)).exit_code == 0
    assert len({archive.bvid for archive in bili.sim.archives}) == 2


def test_a_pipe_is_uploaded_by_a_process_of_its_own(home: Path, bili: SimulatorThread) -> None:
    """As `ffmpeg ... | bvup upload -` does it; the stream cannot seek."""
    env = environment(home, BVUP_ACCESS_KEY=bili.access_key)
    child = start(["upload", "-", "--name", "x.mp4", *WHAT, *bili.server], env, stdin=subprocess.PIPE)
    child.communicate("frames" * 10_000, timeout=PATIENCE)
    assert child.returncode == 0
    assert bili.sim.archives[0].videos[0].size == 60_000


def test_standard_input_that_was_not_stored_whole_is_gone(send: Run, run: Run, bili: SimulatorThread) -> None:
    """Nothing is promised that `bvup resume` could not keep; what is to be done instead is said."""
    interrupted = bili.interrupt_at(bili.fault("chunk", Stall(), after=1))
    in_chunks = ("--chunk-size", "60000", "--limit", "1")
    result = send("-", "--name", "x.mp4", "--grace", 0, *in_chunks, stdin=content(100_000))
    interrupted.result(PATIENCE)
    assert (
        "kept:  nothing; standard input cannot be read again: the same command begins anew." in result.stderr
    )
    resumed = run("resume", "1", *bili.server, BVUP_ACCESS_KEY=bili.access_key)
    assert resumed.exit_code == 2
    assert "Pipe it into bvup upload - once more. To drop what is stored: bvup forget 1" in resumed.stderr
    everything = run("resume", "--all", *bili.server, BVUP_ACCESS_KEY=bili.access_key)
    assert (everything.exit_code, "Job 1 is left alone: " in everything.stdout) == (0, True)
    listed = run("jobs").stdout
    assert ("lost" in listed, "to drop such a job: bvup forget JOB" in listed) == (True, True)
    assert "To go on" not in listed


def test_a_pipe_of_which_nothing_was_stored_leaves_no_job(
    run: Run, home: Path, bili: SimulatorThread
) -> None:
    """Nobody could go on with it, and it would stand in the way of those with whom one can."""
    args = ["upload", "-", "--name", "cam.mp4", *WHAT, *bili.server]
    child = start(args, environment(home, BVUP_ACCESS_KEY=bili.access_key), stdin=subprocess.PIPE)
    _, stderr = child.communicate("", timeout=PATIENCE)
    assert (child.returncode, "bvup: The part has no bytes.\n" in stderr) == (2, True)
    assert "Look at the command before `|`: it has written nothing." in stderr
    assert run("jobs").stdout == "No upload is known.\n"


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["-"], "standard input has no name. Add --name video.mp4, with the ending that fits."),
        (["x.mp4", "--name", "y.mp4"], "--name is for what comes on standard input; name that as -."),
        (["-", "-", "--name", "y.mp4"], "P1 - and P2 - are the same file. Name it once."),
    ],
)
def test_standard_input_that_cannot_work_is_refused(send: Run, args: list[str], told: str) -> None:
    """Before anything is read from it."""
    result = send(*args, stdin=b"frames")
    assert (result.exit_code, told in result.stderr) == (2, True)


def test_nothing_on_standard_input_is_an_empty_part(send: Run, bili: SimulatorThread) -> None:
    """A command in front that failed leaves nothing to upload."""
    result = send("-", "--name", "x.mp4", stdin=b"")
    assert (result.exit_code, "is empty" in result.stderr, bili.sim.archives) == (2, True, [])
