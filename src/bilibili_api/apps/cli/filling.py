"""Fills the variables in the options of an upload, before anything else is done with them."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import click

from .templates import Subject, TemplateError, fill, has_variables
from .text import stem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

TEXTS: Final = ("desc", "dynamic", "source")
"""Options with one text, which may say `{title}`."""


def filled(
    given: Mapping[str, Any], files: Sequence[Path], names: Sequence[Path], n: int = 1, count: int = 1
) -> dict[str, Any]:
    """Return the options of an upload with all variables filled in.

    Args:
        given: The options.
        files: The files that are uploaded.
        names: What they are called: standard input has another name than path.
        n: Number of the submission among several.
        count: How many submissions there are.

    Raises:
        click.BadParameter: A variable is not known, or cannot be found out.
    """
    seconds = _lengths(files)
    whole = Subject(names, n, count, seconds)
    title = given["title"]
    if title is not None:
        title = _text("title", title, whole)
    known = title or stem(names[0])
    said = Subject(names, n, count, seconds, known)
    texts = {key: given[key] and _text(key, given[key], said) for key in TEXTS}
    tags = tuple(_text("tags", tag, said) for tag in given["tags"])
    parts = _part_titles(given["part_titles"], files, names, known)
    return {**given, **texts, "title": title, "tags": tags, "part_titles": parts}


def _part_titles(
    titles: Sequence[str], files: Sequence[Path], names: Sequence[Path], title: str
) -> tuple[str, ...]:
    """Fill the titles of parts; a single one with variables is for all of them."""
    if len(titles) == 1 and has_variables(titles[0]):
        titles = [titles[0]] * len(files)
    parts = zip(titles, files, names, strict=False)  # too many are refused elsewhere, with all that is wrong
    made = tuple(
        _text("part_titles", text, Subject([name], i, len(files), _lengths([file]), title))
        for i, (text, file, name) in enumerate(parts, 1)
    )
    return (*made, *titles[len(made) :])


def _text(option: str, text: str, subject: Subject) -> str:
    try:
        return fill(text, subject.variables())
    except TemplateError as error:
        raise bad_option(option, str(error)) from None


def bad_option(name: str, what: str) -> click.BadParameter:
    """Return the error about an option of the command that is called."""
    ctx = click.get_current_context()
    option = next((param for param in ctx.command.params if param.name == name), None)
    return click.BadParameter(what, ctx, option)


def _lengths(files: Sequence[Path]) -> Callable[[], float | None]:
    """Return what finds out how long files are together, once."""

    @cache
    def seconds() -> float | None:
        found = asyncio.run(_all(files))
        known = [one for one in found if one is not None]
        return sum(known) if len(known) == len(found) else None

    return seconds


async def _all(files: Sequence[Path]) -> list[float | None]:
    from bilibili_api.media import length  # noqa: PLC0415 - Pillow is a large import, and most go without

    return [await length(file) for file in files]
