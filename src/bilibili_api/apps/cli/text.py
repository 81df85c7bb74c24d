"""Text as a terminal may show it, and figures as a person reads them. Pure functions."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bilibili_api.amounts import UNITS, size_text
from bilibili_api.saying import joined

from .language import in_words, t, tn

if TYPE_CHECKING:
    from collections.abc import Iterator

_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSHOWABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_CHINESE: Final = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_OPENING: Final = "（【「『《“‘"
_CLOSING: Final = "，。、；：？！）】」』》”’…"
_PIECE: Final = (
    rf"[{_OPENING}]*(?:[{_CHINESE}][\])]*|[^{_CHINESE}{_OPENING}{_CLOSING}\s]+)?[{_CLOSING}]*\s*(?<=.)"
)
"""Compiled when it is needed, as it takes as long as a tenth of the start."""
_NAMED: Final = "".join(rf"|(?<=\.[A-Za-z0-9]{{{length}}}、)" for length in (2, 3, 4))
"""Behind the name of a file among others."""
_ENDS: Final = rf"(?:(?<=[。；])|(?<=['”`][：，、])|(?<=[)）]、){_NAMED})(?![{_CLOSING}\s])"
_SENTENCE: Final = 8
"""Characters from which on a Chinese word is taken for a sentence."""
LABEL: Final = 9
"""Cells of what stands before the values of a list."""
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def safe(text: str | os.PathLike[str]) -> str:
    """Return one line that steers no terminal.

    Bytes of file names that are not UTF-8, control characters and marks that turn the writing direction
    become replacement characters.
    """
    return "".join(REPLACEMENT if _steers(c) else c for c in os.fsdecode(text))


def _steers(character: str) -> bool:
    return character in _BIDI or unicodedata.category(character) in _UNSHOWABLE


def stem(path: str | os.PathLike[str], limit: int = 80) -> str:
    """Return the default title for a file: its name without the ending, at most `limit` characters."""
    return safe(Path(path).stem)[:limit].strip()


def cells(text: str) -> int:
    """Return how many cells of a terminal `text` takes."""
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def cut(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, cut visibly when too long."""
    if cells(text) <= width:
        return text
    kept = text
    while kept and cells(kept) > width - 3:
        kept = kept[:-1]
    return f"{kept.rstrip()}..."[: max(width, 0)]


def padded(text: str, width: int) -> str:
    """Return `text` with spaces behind it, so that it takes `width` cells at least."""
    return text + " " * (width - cells(text))


def row(label: str, value: str) -> str:
    """Return a line that says what something is, in columns with those above and below."""
    return f"  {padded(label, LABEL)}  {value}"


def sentences(*texts: str) -> str:
    """Return sentences one behind the other, as the language has them; empty ones are left out."""
    return in_words(joined(" ", filter(None, texts)))


def wrap(line: str, width: int) -> list[str]:
    """Break one line between words, never inside one (a path, a link); what follows is indented further."""
    body = line.lstrip()
    lead = line[: len(line) - len(body)]
    return [line] if cells(line) <= width else fill(body, width, lead, lead + "  ")


def fill(text: str, width: int, first: str, then: str) -> list[str]:
    """Break a text between words into lines of `width` cells that begin with `first`, later with `then`."""
    lines: list[str] = []
    current, lead = "", first
    for word in _breakable(text):
        if current and cells(lead + current + word.rstrip()) > width:
            lines.append(lead + current.rstrip())
            current, lead = "", then
        current += word
    return [*lines, (lead + current).rstrip()]


def _breakable(text: str) -> Iterator[str]:
    """Yield what a line may not be broken within, with the space behind it.

    A Chinese sentence has no spaces: it may be broken anywhere but before a closing mark and after an opening
    one. A short word, and what may be the name of a file, a path or a link, stays whole: up to the end of
    what is quoted or of a sentence.
    """
    for word in re.findall(r"\S+\s*", text):
        for part in filter(None, re.split(_ENDS, word)):
            if any(mark in part for mark in "./\\") or len(part) < _SENTENCE:
                yield part
            else:
                yield from filter(None, re.findall(_PIECE, part))


def count(number: int, noun: str) -> str:
    """Return "1 part", "2 parts", in the language that is spoken."""
    return tn(number, f"{{n}} {noun}", f"{{n}} {noun}s")


def amount(done: float, total: float) -> str:
    """Return "1.5/20.0 MB": both numbers in the unit of the larger one."""
    whole = size_text(total)
    digits, unit = whole.split(" ")
    if unit == "B":
        return f"{done:.0f}/{digits} B"
    scale = 1000.0 ** (UNITS.index(unit) + 1)
    return f"{done / scale:.1f}/{digits} {unit}"


def percent(done: float, total: float) -> int:
    """Return whole percent, 100 only when all is done, never more."""
    return 100 if done >= total else int(100 * max(done, 0) / total)


def duration(seconds: float | None) -> str:
    """Return "0:09", "12:34", "1:02:03", or "-:--" when it is not known."""
    if seconds is None or seconds >= 100 * 3600:
        return "-:--"
    minutes, rest = divmod(round(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def span(seconds: float) -> str:
    """Return how long something took: "6.4 s", "1:02 min", "1:02:03 h", in the language that is spoken."""
    if seconds < 59.95:
        return t("{seconds:.1f} s", seconds=seconds)
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return t("{minutes}:{seconds:02d} min", minutes=minutes, seconds=rest)
    hours, minutes = divmod(minutes, 60)
    return t("{hours}:{minutes:02d}:{seconds:02d} h", hours=hours, minutes=minutes, seconds=rest)
