"""Plain lines, by a clock that the test holds."""

from __future__ import annotations

import io

import pytest

from bilibili_api.apps.cli.lines import Lines
from bilibili_api.apps.cli.outlet import Outlet
from bilibili_api.video_uploader import PageProgress, Progress


def moment(*sent: int, stage: str = "upload", done: int = 0, size: int = 1_000_000) -> Progress:
    pages = (PageProgress(f"t{i}", size, taken, taken, i < done) for i, taken in enumerate(sent))
    return Progress(stage, tuple(pages))


def told(*moments: tuple[float, Progress]) -> list[str]:
    stream = io.StringIO()
    lines = Lines(Outlet(stream))
    for now, progress in moments:
        lines.show(progress, now)
    return stream.getvalue().splitlines()


def test_a_line_is_written_every_ten_percent() -> None:
    """Between two steps of ten percent nothing is written."""
    moments = [(i / 10, moment(i * 1000)) for i in range(301)]
    assert told(*moments) == [
        " 10 %  0.1/1.0 MB, 10.0 kB/s, 1:30 left",
        " 20 %  0.2/1.0 MB, 10.0 kB/s, 1:20 left",
        " 30 %  0.3/1.0 MB, 10.0 kB/s, 1:10 left",
    ]


def test_a_line_is_written_every_half_minute_when_little_happens() -> None:
    """A slow upload still shows that it lives."""
    slow = told(*((float(i), moment(i * 1000)) for i in range(70)))
    assert slow == ["  3 %  0.0/1.0 MB, 1.0 kB/s, 16:10 left", "  6 %  0.1/1.0 MB, 1.0 kB/s, 15:40 left"]


def test_nothing_is_repeated_while_nothing_changes() -> None:
    """That it stands still is said once; that it waits for a login, by a note that says what to do."""
    still = told(*((float(i), moment(50_000)) for i in range(100)))
    assert still == ["  5 %  0.1/1.0 MB, 0 B/s, -:-- left"]
    assert told(*((float(i), moment(0, stage="login needed")) for i in range(100))) == []


def test_a_chunk_that_is_sent_again_repeats_no_line() -> None:
    """Going back below a step and over it again is no news."""
    assert len(told((0, moment(0)), (1, moment(110_000)), (2, moment(90_000)), (3, moment(120_000)))) == 1


def test_each_finished_part_gets_a_line_once() -> None:
    """The line names the part, its title and its size."""
    done = moment(1_000_000, 0, done=1)
    assert told((0, moment(1_000_000, 0)), (1, done), (2, done)) == ["part 1 of 2 done: t0, 1.0 MB"]


def test_a_part_that_was_stored_by_an_earlier_run_is_no_news() -> None:
    """It is done before anything is sent, whichever is heard of first: that, or that the upload goes on."""
    known = moment(1_000_000, 0, stage="login", done=1)
    assert told((0, known), (1, moment(1_000_000, 0, done=1))) == []


@pytest.mark.parametrize(("stage", "line"), [("cover", "sending the cover"), ("submit", "submitting")])
def test_what_follows_the_parts_gets_a_line_once(stage: str, line: str) -> None:
    """Cover and submission are told as they begin."""
    now = moment(1_000_000, stage=stage, done=1)
    assert told((0, now), (1, now)) == ["part 1 of 1 done: t0, 1.0 MB", line]


def test_pages_of_unknown_size_are_no_error() -> None:
    """Before anything is known, nothing is written."""
    assert told((0, moment(0, stage="ready", size=0)), (1, Progress("check", ()))) == []


def test_notes_are_one_safe_line() -> None:
    """What the library says cannot steer the terminal."""
    stream = io.StringIO()
    Lines(Outlet(stream)).note("a\x1b[2Jb")
    assert stream.getvalue() == "a\ufffd[2Jb\n"
