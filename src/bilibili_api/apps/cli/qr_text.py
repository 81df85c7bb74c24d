"""A QR code as a terminal shows it, whatever its colours are. Pure functions."""

from __future__ import annotations

from typing import Final

_LIGHT: Final = {"█": (True, True), "▀": (True, False), "▄": (False, True), " ": (False, False)}
"""Whether the upper and the lower module of a character are light."""
_COLOURS: Final = "\x1b[40m\x1b[97m"
_LIGHT_PAIR: Final = "\x1b[47m\x1b[107m  "
_DARK_PAIR: Final = "\x1b[40m  "
_PLAIN: Final = "\x1b[0m"


def small(code: str, *, coloured: bool) -> list[str]:
    """Return the lines of a code drawn with half blocks, two rows in one.

    Args:
        code: The code, light modules as blocks, as `account.TvQrLogin.terminal` returns it.
        coloured: White on black, since a dark code on the dark ground of a light terminal would be inverted;
            else as it is, for files and pipes.
    """
    lines = code.splitlines()
    return [f"{_COLOURS}{line}{_PLAIN}" for line in lines] if coloured else lines


def large(code: str, *, coloured: bool) -> list[str]:
    """Return the lines of a code with a square of two characters for each module.

    Args:
        code: As for `small`.
        coloured: Made of blanks, which any terminal can show; else of blocks, for files and pipes.
    """
    lines = code.splitlines()
    rows = [row for line in lines for row in _rows(line)]
    square = rows[: len(lines[0])]  # of an odd number of rows, the last half blocks end in one too many
    return [_row(row, coloured=coloured) for row in square]


def _rows(line: str) -> tuple[list[bool], list[bool]]:
    pairs = [_LIGHT[character] for character in line]
    return [upper for upper, _ in pairs], [lower for _, lower in pairs]


def _row(modules: list[bool], *, coloured: bool) -> str:
    if not coloured:
        return "".join("██" if light else "  " for light in modules)
    return "".join(_LIGHT_PAIR if light else _DARK_PAIR for light in modules) + _PLAIN
