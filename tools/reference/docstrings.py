"""Docstrings as Markdown: sections as headings, what they list as lists, in the language that is spoken."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from bilibili_api.apps.cli import language

from .chinese import LIBRARY
from .words import word

if TYPE_CHECKING:
    from collections.abc import Iterator

SECTION: Final = re.compile(r"^(Args|Attributes|Returns|Raises|Yields|Events):[ ]*(.*)$")
ITEM: Final = re.compile(r"    ([*\w]+(?: \([^)]*\))?): (.*)$")
REMARK: Final = re.compile(r"^(\s*\S.*? {2,}(?:# )?|\s*# )(?=`?[A-Za-z])([^#]+)$")
"""A line of code with something said at its end, behind a gap or as a comment."""
TITLES: Final = {"Args": "Arguments"}


class Passage(NamedTuple):
    """Some lines that belong together, what stands before the first of them, and before the others."""

    kind: Literal["title", "text", "code"]
    lines: list[str]
    first: str = ""
    others: str = ""


def described(text: str, where: str) -> Iterator[str]:
    """Yield a docstring of the module `where` as Markdown."""
    for kind, lines, first, others in passages(text):
        if kind == "title":
            yield from ("", f"**{word(lines[0])}**", "")
        elif kind == "code":
            yield from (_remarked(line, where) for line in lines)
        elif language.current() == "en" or not lines[0]:
            yield first + escaped(lines[0])
            yield from (others + escaped(line) for line in lines[1:])
        else:
            yield first + told(" ".join(lines), where)


def told(text: str, where: str) -> str:
    """Return one passage of text, in one line, in the language that is spoken."""
    text = " ".join(text.split())
    return escaped(LIBRARY.of(text, where) if text and language.current() == "zh" else text)


def escaped(text: str) -> str:
    """Return text without what Markdown would take for HTML."""
    return re.sub(r"<(?![^`]*`)", "&lt;", text)


def passages(text: str) -> Iterator[Passage]:
    """Take a docstring apart."""
    open_: Passage | None = None
    for passage in _lines(text):
        if open_ and passage.kind == "text" and not passage.first and open_.lines[0] and passage.lines[0]:
            open_.lines.extend(passage.lines)
            continue
        if open_:
            yield open_
            open_ = None
        if passage.kind == "text":
            open_ = passage
        else:
            yield passage
    if open_:
        yield open_


def _lines(text: str) -> Iterator[Passage]:
    inside = False
    for line in text.splitlines():
        if section := SECTION.match(line):
            yield Passage("title", [TITLES.get(section[1], section[1])])
            inside = True
            if section[2]:
                yield Passage("text", [section[2]])
        elif inside and (item := ITEM.match(line)):
            yield Passage("text", [item[2]], f"- `{item[1]}`{word(': ')}", "  ")
        elif inside and line.startswith("    "):
            yield Passage("text", [line.strip()])
        else:
            inside = inside and not line
            if line.startswith("    "):
                yield Passage("code", [line])
            elif line.startswith("- "):
                yield Passage("text", [line[2:]], "- ", "  ")
            else:
                yield Passage("text", [line.strip()])


def _remarked(line: str, where: str) -> str:
    if language.current() == "en" or not (found := REMARK.match(line)):
        return line
    return found[1] + LIBRARY.of(found[2], where)
