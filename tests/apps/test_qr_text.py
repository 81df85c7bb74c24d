"""A QR code on a terminal, small and large, on any ground."""

from __future__ import annotations

import re

import pytest

from bilibili_api.apps.cli.qr_text import large, small

CODE = "█▀█\n▄ ▀\n"
"""Three rows of three modules: all light, dark in the middle, dark but for the last."""


def test_the_small_form_is_white_on_black_on_every_terminal() -> None:
    """Colours are set, since a light terminal would show the code inverted."""
    lines = small(CODE, coloured=True)
    assert all(line.startswith("\x1b[40m\x1b[97m") and line.endswith("\x1b[0m") for line in lines)
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in lines] == ["█▀█", "▄ ▀"]


def test_the_small_form_of_a_file_has_no_colours() -> None:
    """A file or a pipe gets the blocks alone."""
    assert small(CODE, coloured=False) == ["█▀█", "▄ ▀"]


@pytest.mark.parametrize("coloured", [True, False])
def test_the_large_form_has_a_square_for_each_module(coloured: bool) -> None:
    """Each module is two characters wide and one line high, light where the code is light."""
    rows = [re.sub(r"\x1b\[47m\x1b\[107m  ", "██", line) for line in large(CODE, coloured=coloured)]
    assert [re.sub(r"\x1b\[\d+m", "", row) for row in rows] == ["██████", "██  ██", "    ██"]
