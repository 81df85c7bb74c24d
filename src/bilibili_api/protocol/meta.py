"""Metadata of a submission: all that is wrong with it at once, and the body of `client/add` (section 6).

Keys of any column of the table are accepted, since unknown members are ignored in general (section 6.2), but
not `limited_free`, which makes the server refuse everything. What is passed as `extra` or in `meta["extra"]`
is sent untouched and overrides `meta`; it must be JSON and leave the keys alone which this library writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import Problem

from .field_rules import ask, check_value
from .fields import FIELDS, FREE, PARTS_LIMIT, RESERVED, Field, Kind, Role
from .json_values import JsonValue, NotJson, items_of, nearest, plain, shown
from .meta_rules import (
    check_desc,
    check_human_type,
    check_origin,
    check_schedule,
    check_tags,
    check_tid,
    is_blank,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

EXTRA: Final = "extra"
"""The key of `meta` whose mapping is passed through; it is not sent itself."""

DEFAULTS: Final[dict[str, JsonValue]] = {
    "source": "",
    "desc": "",
    "desc_format_id": 0,
    "dynamic": "",
    "interactive": 0,
}
"""What every client sends and what decides nothing for the user; filled in where `meta` lacks it."""

_ROLES: Final = {
    Role.RESERVED: (
        "is written by the uploader itself.",
        "Take it out; pages and cover are arguments of their own.",
    ),
    Role.SESSION: ("belongs to the login.", "Take it out; the uploader sends it where it is needed."),
    Role.EDIT: (
        "belongs to the edit of an archive that exists.",
        "Take it out; a new archive gets its number.",
    ),
    Role.HARMFUL: ("makes the server refuse the whole submission (21001).", "Take it out."),
}


def check_meta(meta: object, *, now: float, extra: Mapping[str, object] | None = None) -> tuple[Problem, ...]:
    """Find everything that is wrong with metadata, before anything is sent (sections 6.2, 6.4, 7.8, 8.2).

    Required are `title`, `tid`, `tag` and `copyright`: none of them can be guessed. Lengths are code points.

    Args:
        meta: What the caller passed in; anything whatever.
        now: The present, Unix seconds.
        extra: Further keys, which are passed through.

    Returns:
        All problems, those of `meta` first; empty when the metadata can be sent.
    """
    try:
        items = items_of(meta)
    except NotJson as why:
        return (
            Problem("meta", str(why), "Give a dict with 'title', 'tid', 'tag' and 'copyright' at least."),
        )
    inside, beside = _Extra("meta.extra", items.named.get(EXTRA)), _Extra("extra", extra)
    passed = inside.names | beside.names
    own = {key: value for key, value in items.named.items() if key != EXTRA and key not in passed}
    lacking = (f for f in FREE if f.required and f.name not in passed and f.name not in own)
    return (
        *(_odd_key("meta", name) for name in items.odd_keys),
        *(problem for key, value in own.items() for problem in _check_item(key, value, now)),
        *_check_origin(own, passed),
        *(Problem(f"meta.{field.name}", "is missing.", ask(field)) for field in lacking),
        *inside.problems,
        *beside.problems,
    )


def final_meta(
    meta: Mapping[str, object],
    *,
    extra: Mapping[str, object] | None = None,
    cover: str,
    videos: Sequence[Mapping[str, str]],
) -> dict[str, object]:
    """Build the body of `client/add` (sections 6.2, 9.3) from metadata in which no problem was found.

    Args:
        meta: The metadata; not modified, and nothing of it is shared with the result.
        extra: Further keys; they override `meta`, never `cover` and `videos`.
        cover: Address of the uploaded cover, `""` without one.
        videos: The parts in their order, each with `title`, `desc` and `filename`.

    Raises:
        ValueError: The metadata was not checked: it has values that JSON does not have.
    """
    own = items_of(meta).named
    passed = {**items_of(own.pop(EXTRA, None) or {}).named, **items_of(extra or {}).named}
    kept = {key: value for key, value in own.items() if key not in passed and not _means_nothing(key, value)}
    body: dict[str, object] = {key: plain(value) for key, value in {**DEFAULTS, **kept, **passed}.items()}
    return body | {"cover": cover, "videos": [dict(video) for video in videos]}


def check_page_titles(titles: Sequence[object], descriptions: Sequence[object] = ()) -> tuple[Problem, ...]:
    """Find what is wrong with the texts and the number of the parts (sections 6.2, 6.4; 21104, 21011, 21058).

    Args:
        titles: The title of each part; anything whatever.
        descriptions: The description of each part.
    """
    found = [*_check_texts("title", titles), *_check_texts("desc", descriptions)]
    if not titles:
        found.append(Problem("pages", "is empty.", "Give at least one page."))
    if len(titles) > PARTS_LIMIT:
        fix = f"Submit the first {PARTS_LIMIT} now and add the others by editing the archive."
        found.append(
            Problem("pages", f"has {len(titles)} pages; the limit of one submission is {PARTS_LIMIT}.", fix)
        )
    return tuple(found)


def _check_texts(name: str, values: Sequence[object]) -> Iterator[Problem]:
    field = FIELDS[f"videos[].{name}"]
    public = {"desc": "description"}.get(name, name)
    for number, value in enumerate(values):
        path = f"pages[{number}].{public}"
        try:
            yield from check_value(field, path, plain(value))
        except NotJson as why:
            yield Problem(path, str(why), ask(field))


class _Extra:
    """One mapping that is passed through: the keys it gives, and what forbids passing it.

    Attributes:
        names: Its keys; what `meta` has under them is not sent, hence not checked.
        problems: What is wrong with it.
    """

    def __init__(self, path: str, value: object) -> None:
        self.names: frozenset[str] = frozenset()
        self.problems: tuple[Problem, ...] = ()
        if value is None:
            return
        try:
            items = items_of(value)
        except NotJson as why:
            self.problems = (
                Problem(path, str(why), "Give a dict of the keys to pass through, or leave it out."),
            )
            return
        self.names = frozenset(items.named)
        self.problems = (
            *(_odd_key(path, name) for name in items.odd_keys),
            *(problem for key, member in items.named.items() for problem in _check_passed(path, key, member)),
        )


def _check_passed(path: str, key: str, value: object) -> Iterator[Problem]:
    if key in RESERVED:
        yield Problem(f"{path}.{key}", *_ROLES[Role.RESERVED])
        return
    try:
        plain({key: value})
    except NotJson as why:
        yield Problem(
            _path(path, key), str(why), "Give what JSON has: text, numbers, True, False, lists and dicts."
        )


def _odd_key(path: str, type_name: str) -> Problem:
    return Problem(path, f"has a key of type {type_name}; keys are text.", "Write the key as text.")


def _path(parent: str, key: str) -> str:
    """Name a key in a problem; an odd one is shown shortened and escaped."""
    return (
        f"{parent}.{key}"
        if key.isascii() and key.isprintable() and len(key) <= 40
        else f"{parent}[{shown(key)}]"
    )


def _check_item(key: str, value: object, now: float) -> Iterator[Problem]:
    field = FIELDS.get(key)
    if field is None or "[" in key:
        yield _unknown(key)
    elif field.role is not Role.FREE:
        yield Problem(f"meta.{key}", *_ROLES[field.role])
    else:
        yield from _check_free(field, f"meta.{key}", value, now)


def _check_free(field: Field, path: str, raw: object, now: float) -> Iterator[Problem]:
    try:
        value = plain(raw)
    except NotJson as why:
        yield Problem(path, str(why), ask(field))
        return
    if field.required and isinstance(value, str) and is_blank(value) and field.kind is Kind.TEXT:
        yield Problem(path, "is empty.", ask(field))
        return
    found = list(_check_specially(field.name, path, value, now))
    yield from found or check_value(field, path, value)


def _check_specially(name: str, path: str, value: JsonValue, now: float) -> Iterator[Problem]:
    """Apply the rule a field has of its own; what it says is more to the point than what the table says."""
    match name:
        case "tag":
            yield from check_tags(path, value)
        case "desc":
            yield from check_desc(path, value)
        case "tid":
            yield from check_tid(path, value)
        case "human_type2":
            yield from check_human_type(path, value)
        case "dtime":
            yield from check_schedule(path, value, now)
        case _:
            return


def _check_origin(own: Mapping[str, object], passed: frozenset[str]) -> Iterator[Problem]:
    if not passed & {"copyright", "source"}:
        yield from check_origin(_read(own.get("copyright")), _read(own.get("source", "")))


def _read(value: object) -> JsonValue:
    """Return a value for a rule about several keys, None where its own check has already complained."""
    try:
        return plain(value)
    except NotJson:
        return None


def _unknown(key: str) -> Problem:
    near = nearest(key, (field.name for field in FREE))
    fix = f"Did you mean {near!r}? " if near else ""
    return Problem(
        _path("meta", key),
        "is not a known key.",
        f"{fix}To send it all the same, pass it in extra={{...}}, which goes through untouched.",
    )


def _means_nothing(key: str, value: object) -> bool:
    """Whether a value says the same as leaving its key out."""
    field = FIELDS.get(key)
    return value is None and field is not None and field.nullable
