"""The live picture, line by line."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from bilibili_api.apps.cli.frame import ASCII, UNICODE, bar, fit, frame, glyphs_for, status, window
from bilibili_api.apps.cli.meter import Meter
from bilibili_api.video_uploader import PageProgress, Progress


def page(title: str, size: int, sent: int, *, done: bool = False) -> PageProgress:
    return PageProgress(title, size, sent, sent, done)


def drawn(*pages: PageProgress, width: int = 60, room: int = 8) -> list[str]:
    return [line.text for line in frame(Progress("upload", pages), width, room, ASCII)]


@pytest.mark.parametrize(
    ("share", "unicode", "ascii_"),
    [
        (0, "────────", "--------"),
        (0.06, "╸───────", "#-------"),
        (0.5, "━━━━────", "####----"),
        (0.55, "━━━━╸───", "#####---"),
        (1, "━━━━━━━━", "########"),
        (1.5, "━━━━━━━━", "########"),
        (-1, "────────", "--------"),
    ],
)
def test_bars_fill_in_half_cells(share: float, unicode: str, ascii_: str) -> None:
    """A bar has the width asked for, is never over-full, and has an ASCII form."""
    assert bar(share, 8, UNICODE) == unicode
    assert bar(share, 8, ASCII) == ascii_


@pytest.mark.parametrize(
    ("encoding", "glyphs"),
    [("utf-8", UNICODE), ("gbk", ASCII), ("ascii", ASCII), ("latin-1", ASCII), (None, ASCII), ("odd", ASCII)],
)
def test_glyphs_are_those_the_terminal_can_write(encoding: str | None, glyphs: object) -> None:
    """Where the encoding lacks the finer glyphs, ASCII is drawn."""
    assert glyphs_for(encoding) is glyphs


def test_one_part_has_one_bar() -> None:
    """With a single part there is no total, which would say the same."""
    assert drawn(page("holiday", 2_000_000, 500_000)) == [
        " P1 holiday ########----------------------  25%  0.5/2.0 MB"
    ]


def test_parts_and_total_share_their_columns() -> None:
    """Bars, percentages and amounts stand under one another."""
    assert drawn(page("a", 2_000_000, 2_000_000, done=True), page("电影", 2_000_000, 500_000)) == [
        " P1 a    ################################# 100%  2.0/2.0 MB",
        " P2 电影 ########-------------------------  25%  0.5/2.0 MB",
        " Total   #####################------------  62%  2.5/4.0 MB",
    ]


def test_narrow_terminals_lose_the_amount_and_then_the_bar() -> None:
    """The percentage is the last to go."""
    part = page("holiday", 2_000_000, 500_000)
    assert drawn(part, width=30) == [" P1 holiday ###---------  25%"]
    assert drawn(part, width=20) == [" P1 holi~  25%"]


def test_parts_beyond_the_room_are_counted() -> None:
    """Of many parts the last finished one and those at work are shown, the others are counted."""
    pages = [page(str(i), 10, 10, done=True) for i in range(5)] + [page(str(i), 10, 0) for i in range(5, 100)]
    lines = drawn(*pages, room=3)
    assert [line.split(" #")[0].split(" -")[0].strip() for line in lines] == [
        "4 earlier parts done",
        "P5 4",
        "P6 5",
        "P7 6",
        "93 more parts to come",
        "Total",
    ]


@pytest.mark.parametrize(
    ("done", "total", "room", "shown"),
    [
        (0, 3, 8, (0, 3)),
        (0, 10, 3, (0, 3)),
        (5, 10, 3, (4, 7)),
        (9, 10, 3, (7, 10)),
        (10, 10, 3, (7, 10)),
        (0, 0, 3, (0, 0)),
    ],
)
def test_the_window_follows_the_work(done: int, total: int, room: int, shown: tuple[int, int]) -> None:
    """The window begins one before the part at work and never leaves the list."""
    assert window([page("", 1, 0, done=i < done) for i in range(total)], room) == shown


def test_a_part_is_at_100_only_when_the_server_has_confirmed_it() -> None:
    """All bytes sent is 99 %: the completion is still to come."""
    assert " 99%" in drawn(page("a", 1000, 1000))[0]
    assert "100%" in drawn(page("a", 1000, 1000, done=True))[0]


def test_titles_cannot_steer_the_terminal() -> None:
    """Escape sequences in titles are shown, not obeyed."""
    assert "\x1b" not in drawn(page("\x1b[2J", 1000, 0))[0]


@pytest.mark.parametrize(
    ("label", "width", "shown"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 5, "abcd~"),
        ("电影电影", 5, "电影~"),
        ("电影电影", 6, "电影~ "),
        ("", 2, "  "),
    ],
)
def test_labels_take_exactly_their_cells(label: str, width: int, shown: str) -> None:
    """Wide characters count as two cells."""
    assert fit(label, width, ASCII) == shown


@given(
    st.lists(
        st.tuples(st.text(max_size=100), st.integers(0, 10**13), st.integers(0, 10**13), st.booleans()),
        max_size=20,
    ),
    st.integers(20, 200),
    st.integers(1, 10),
)
def test_no_line_is_ever_wider_than_the_terminal(
    parts: list[tuple[str, int, int, bool]], width: int, room: int
) -> None:
    """Whatever titles and numbers, every line fits."""
    pages = tuple(PageProgress(title, size, 0, min(sent, size), done) for title, size, sent, done in parts)
    for line in frame(Progress("upload", pages), width, room):
        assert cell_len(line.text) <= width


@pytest.mark.parametrize(
    ("stage", "sent", "samples", "said"),
    [
        ("check", 0, [], " checking"),
        ("upload", 0, [], " -- MB/s, -:-- left, uploading"),
        ("upload", 250_000, [(0, 0), (1, 250_000)], " 250.0 kB/s, 0:03 left, uploading"),
        ("upload", 250_000, [(0, 250_000), (9, 250_000)], " 0 B/s, -:-- left, uploading"),
        ("cover", 1_000_000, [(0, 0), (1, 1_000_000)], " sending the cover"),
        ("submit", 1_000_000, [], " submitting"),
        ("done", 1_000_000, [], ""),
        ("some new stage", 1_000_000, [], " some new stage"),
    ],
)
def test_the_last_line_says_what_goes_on(
    stage: str, sent: int, samples: list[tuple[float, int]], said: str
) -> None:
    """Rate and remaining time are told while bytes are on their way, then only what is being done."""
    meter = Meter()
    for sample in samples:
        meter.add(*sample)
    progress = Progress(stage, (page("a", 1_000_000, sent),))
    assert status(progress, meter, 60).text == said


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("too_fast", "told to slow down"),
        ("network", "no network"),
        ("server", "the server is in trouble"),
        ("something new", "waiting"),
    ],
)
def test_the_last_line_says_what_is_waited_for_and_until_when(limit: str, said: str) -> None:
    """By the clock on the wall."""
    end = time.mktime((2026, 1, 2, 14, 20, 30, 0, 0, -1))
    progress = Progress("upload", (page("a", 9, 0),), waiting_until=end, waiting_for=limit)
    assert status(progress, Meter(), 60).text == f" {said}, next try 14:20"
