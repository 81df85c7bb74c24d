"""The order in which a person numbers files: P2 before P10."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

Key: TypeAlias = "tuple[tuple[str | int, ...], ...]"


def natural(path: Path) -> tuple[Key, str]:
    """Return what files are sorted by: numbers by their value, letters whatever their case and width.

    A few lines instead of a library, since names of files in one order of their own are all that is sorted.
    """
    *folders, name = path.parts or ("",)
    stem, dot, ending = name.rpartition(".")
    parts = (*folders, stem, ending) if dot and stem else (*folders, name, "")
    return tuple(map(_pieces, parts)), str(path)


def _pieces(text: str) -> tuple[str | int, ...]:
    """Cut into text and number by turns, so that like is compared with like."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return tuple(int(piece) if i % 2 else piece for i, piece in enumerate(re.split(r"(\d+)", plain)))
