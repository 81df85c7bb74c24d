"""A file with many submissions: what may stand in it, and what it means."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

import click

from bilibili_api.frozen import frozen

from .files import files_of
from .flags import key_of
from .language import in_words, t
from .marked import read_marked
from .near import nearest
from .ordering import order_from
from .settable import options_of, value_for
from .settings import BadSettings, mismatch, schema
from .text import safe, sentences
from .upload import command as upload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from .marked import Marked
    from .order import Order

TOP: Final = ("defaults", "submissions")
RIVALS: Final = {"tid": "partition", "partition": "tid"}
"""What is not inherited where the other one is said: both say where a video belongs."""


@frozen
class Entry:
    """One submission of a file.

    Attributes:
        place: Where it stands, for a person.
        files: The files as they are written.
        said: What it says, and what the defaults say, by the names of the settings.
        number: Its number, from 1 on.
    """

    place: str
    files: tuple[str, ...]
    said: Mapping[str, object]
    number: int

    def names(self) -> dict[str, object]:
        """Return for programs which of them it is."""
        return {"title": str(self.said.get("title") or ""), "file": self.files[0], "place": self.place}


class EntryError(Exception):
    """One submission of a file cannot work; the others may."""


def read_batch(path: Path, shared: frozenset[str]) -> tuple[Entry, ...]:
    """Return the submissions of a file in their order.

    Args:
        path: The file, YAML or TOML.
        shared: Options that are the command's, for all submissions, and not the file's.

    Raises:
        BadSettings: It cannot be read, or says what cannot be.
    """
    marked = read_marked(path)
    complaints = [
        t("{place}: {what}", place=place, what=what) for place, what in _complaints(marked, fields(shared))
    ]
    if complaints:
        raise BadSettings("\n".join(complaints))
    values = cast("dict[str, Any]", marked.values)
    defaults: dict[str, object] = values.get("defaults") or {}
    return tuple(
        _entry(marked.place("submissions", i), one, defaults, i + 1)
        for i, one in enumerate(cast("list[dict[str, object]]", values["submissions"]))
    )


def _entry(place: str, one: Mapping[str, object], defaults: Mapping[str, object], number: int) -> Entry:
    files = one["files"]
    named = [files] if isinstance(files, str) else cast("list[str]", files)
    said = {key: value for key, value in one.items() if key != "files"}
    return Entry(place, tuple(named), merged(defaults, said), number)


def merged(lower: Mapping[str, object], upper: Mapping[str, object]) -> dict[str, object]:
    """Return both, where the upper counts more; nothing (null) takes back what the lower says."""
    outdone = {RIVALS[key] for key in RIVALS.keys() & upper.keys()} - upper.keys()
    both = {**{key: value for key, value in lower.items() if key not in outdone}, **upper}
    return {key: value for key, value in both.items() if value is not None}


def fields(shared: frozenset[str]) -> dict[str, Any]:
    """Return the schema of what one submission may say but its files."""
    known: dict[str, Any] = schema()["properties"]["upload"]["properties"]
    return {key: value for key, value in known.items() if key not in shared | {"each", "name"}}


def _complaints(marked: Marked, known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    values = marked.values
    if not isinstance(values, dict):
        yield marked.place(), t("it has to say `submissions:` and a list of them.")
        return
    said = cast("dict[object, object]", values)
    for key in (str(key) for key in said if key not in TOP):
        close = nearest(key, TOP)
        yield marked.place(key), sentences(t("{key!r} may not stand here.", key=safe(key)), close)
    yield from _of_table(marked, ("defaults",), said.get("defaults") or {}, known)
    listed = said.get("submissions")
    if not isinstance(listed, list) or not listed:
        yield marked.place("submissions"), t("`submissions` has to be a list of at least one.")
        return
    for i, one in enumerate(cast("list[object]", listed)):
        yield from _of_table(marked, ("submissions", i), one, {**known, "files": FILES})
        if isinstance(one, dict) and not cast("dict[str, object]", one).get("files"):
            yield marked.place("submissions", i), t("it names no `files`.")


FILES: Final[dict[str, Any]] = {"type": ["string", "array"], "items": {"type": "string"}}


def _of_table(
    marked: Marked, where: tuple[str | int, ...], table: object, known: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    if not isinstance(table, dict):
        yield marked.place(*where), t("this has to be a table of options.")
        return
    for key, value in cast("dict[object, object]", table).items():
        name = str(key)
        if name not in known:
            yield (
                marked.place(*where, name),
                sentences(t("{name!r} is no option.", name=safe(name)), nearest(name, known)),
            )
        elif value is not None and (what := mismatch(name, value, known[name])):
            yield marked.place(*where, name), in_words(what)


def order_of(
    entry: Entry, folder: Path, set_values: Mapping[str, Any], given: Mapping[str, Any], count: int
) -> tuple[Order, Sequence[str]]:
    """Return what one entry means, and what was left out of its folders.

    Args:
        entry: The entry.
        folder: Where its paths begin, absolute; so `-` is a file of that name there.
        set_values: What the settings say about `bvup upload`, for its parser.
        given: The options of the command, which hold for all submissions.
        count: How many submissions there are.

    Raises:
        EntryError: It cannot work.
    """
    options = options_of(upload)
    values = {
        str(options[key].name): value_for(options[key], value, folder) for key, value in entry.said.items()
    }
    outdone = {str(options[RIVALS[key]].name) for key in RIVALS.keys() & entry.said.keys()} - values.keys()
    inherited = {key: value for key, value in set_values.items() if key not in outdone}
    try:
        found = files_of([folder / name for name in entry.files])
        # no parent, hence none of its variables: what stands in the file is what is meant
        parsed = upload.make_context(
            "upload", ["--", *map(str, found.paths)], default_map={**inherited, **values}
        )
        with parsed.scope(cleanup=False):
            asked = {**parsed.params, "server": given["server"], "ca": given["ca"], "name": None}
            order = order_from(found.paths, asked, entry.number, count)
            return replace(order, origin=entry.place), found.notes
    except click.BadParameter as error:
        what = error.message
        if isinstance(error.param, click.Option):
            what = t("{place}: {what}", place=repr(key_of(error.param)), what=what)
        raise EntryError(t("{place}: {what}", place=entry.place, what=what)) from None
    except click.UsageError as error:
        raise EntryError(t("{place}: {what}", place=entry.place, what=error.message)) from None
