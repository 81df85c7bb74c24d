"""Figures and names as a person reads them."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilibili_api.amounts import rate_text, size_text
from bilibili_api.apps.cli import text


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1536, "1.5 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (20_000_000, "20.0 MB"),
        (4_294_967_296, "4.3 GB"),
        (10**16, "10.0 PB"),
        (10**19, "10000.0 PB"),
    ],
)
def test_bytes_are_shown_in_decimal_units(number: int, shown: str) -> None:
    """With one digit after the point, and so is what comes in a second."""
    assert size_text(number) == shown
    assert rate_text(number) == f"{shown}/s"


@pytest.mark.parametrize(
    ("done", "total", "shown"),
    [
        (0, 0, "0/0 B"),
        (5, 800, "5/800 B"),
        (500, 2_000_000, "0.0/2.0 MB"),
        (1_500_000, 20_000_000, "1.5/20.0 MB"),
        (1_500_000_000, 1_500_000_000, "1.5/1.5 GB"),
    ],
)
def test_amounts_share_a_unit(done: int, total: int, shown: str) -> None:
    """What is done is told in the unit of the whole."""
    assert text.amount(done, total) == shown


@pytest.mark.parametrize(
    ("done", "total", "shown"),
    [(0, 10, 0), (1, 3, 33), (999, 1000, 99), (1000, 1000, 100), (1010, 1000, 100), (-5, 10, 0), (0, 0, 100)],
)
def test_percentages_are_whole_and_never_over_100(done: int, total: int, shown: int) -> None:
    """100 is reached only at the end, and never passed."""
    assert text.percent(done, total) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "-:--"),
        (0, "0:00"),
        (8.6, "0:09"),
        (59.6, "1:00"),
        (754, "12:34"),
        (3723, "1:02:03"),
        (359_999, "99:59:59"),
        (360_000, "-:--"),
        (float("inf"), "-:--"),
        (-1, "0:00"),
    ],
)
def test_durations_are_shown_as_on_a_clock(seconds: float | None, shown: str) -> None:
    """A time that nobody knows is shown as such."""
    assert text.duration(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.04, "0.0 s"), (6.42, "6.4 s"), (59.97, "1:00 min"), (62, "1:02 min"), (3723, "1:02:03 h")],
)
def test_spans_name_their_unit(seconds: float, shown: str) -> None:
    """How long something took is told with its unit."""
    assert text.span(seconds) == shown


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("plain [bold] 电影 🎬", "plain [bold] 电影 🎬"),
        ("family 👨\u200d👩\u200d👧", "family 👨\u200d👩\u200d👧"),
        ("wide\u3000space", "wide\u3000space"),
        ("\x1b[31mred", "\ufffd[31mred"),
        ("two\nlines\r\t", "two\ufffdlines\ufffd\ufffd"),
        ("\u202egpj.exe", "\ufffdgpj.exe"),
        ("\x9b31m", "\ufffd31m"),
        (os.fsdecode(b"caf\xe9"), "caf\ufffd"),
    ],
)
def test_text_is_shown_without_what_steers_a_terminal(given_text: str, shown: str) -> None:
    """Control characters, turned writing and broken bytes are replaced; all else stays as it is."""
    assert text.safe(given_text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_written_afterwards(anything: str) -> None:
    """Whatever the text, the result is one line that UTF-8 can write."""
    shown = text.safe(anything)
    shown.encode()
    assert len(shown.splitlines()) <= 1


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/a/holiday.mp4", "holiday"),
        ("a.b.flv", "a.b"),
        (".hidden", ".hidden"),
        ("x" * 100 + ".mp4", "x" * 80),
        ("电" * 81, "电" * 80),
    ],
)
def test_default_titles_are_names_without_ending(path: str, title: str) -> None:
    """The default title is the name without its ending, at most 80 characters."""
    assert text.stem(path) == title


@pytest.mark.parametrize(
    ("line", "width", "lines"),
    [
        ("short", 20, ["short"]),
        ("  one two three four five", 20, ["  one two three four", "    five"]),
        ("  宽的 文字 也是 这样 折行", 12, ["  宽的 文字", "    也是", "    这样", "    折行"]),
        ("see /a/very/long/path/that/cannot/break", 20, ["see", "  /a/very/long/path/that/cannot/break"]),
        ("无法读取 '第一集.mp4'：没有这个文件。", 22, ["无法读取", "  '第一集.mp4'：", "  没有这个文件。"]),
        ("请看 第一集，第二集.mp4", 16, ["请看", "  第一集，第二集.mp4"]),
        ("（默认：新建的临时的文件夹）", 25, ["（默认：新建的临时的文件", "  夹）"]),
        ("文件名：第一集.mp4、第二集.mp4", 20, ["文件名：第一集.mp4、", "  第二集.mp4"]),
        ("字幕：P1（一.srt）、P2（二.srt）", 22, ["字幕：P1（一.srt）、", "  P2（二.srt）"]),
    ],
)
def test_lines_break_between_words(line: str, width: int, lines: list[str]) -> None:
    """Long lines break between words, and paths and links stay whole."""
    assert text.wrap(line, width) == lines
