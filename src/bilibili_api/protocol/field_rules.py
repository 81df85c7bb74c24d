"""What the table of fields says about one value: its type, its choices, its length, its members."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import Problem
from bilibili_api.saying import listed, one_of, say

from .fields import Field, Kind
from .json_values import JsonValue, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUOTED_WHOLE: Final = 100
_JOINERS: Final = "\u200d\ufe0e\ufe0f"
"""Zero-width joiner and variation selectors: what follows or carries them belongs to the character before."""


def check_value(field: Field, path: str, value: JsonValue) -> Iterator[Problem]:
    """Find what the table forbids in one value.

    Args:
        field: The row of the table.
        path: How problems name the value, such as `meta.title`.
        value: The value, as `plain` gives it.
    """
    if value is None and field.nullable:
        return
    if not _has_kind(field.kind, value):
        yield _wrong_type(field, path, value)
    elif isinstance(value, str):
        yield from _check_length(field, path, value)
    elif field.choices and value not in field.choices:
        yield Problem(
            path, say("is {given}, which is not among the known values.", given=shown(value)), ask(field)
        )
    elif isinstance(value, dict) and field.members:
        yield from _check_members(field.members, path, value)
    elif isinstance(value, list) and field.members:
        for number, entry in enumerate(value):
            yield from _check_entry(field, f"{path}[{number}]", entry)


def ask(field: Field) -> str:
    """Say, as a sentence, what to give for a field."""
    if field.ask:
        return field.ask
    if field.choices:
        return say("Give {choice}.", choice=one_of(map(str, field.choices)))
    if field.members:
        inside = listed(repr(member.name) for member in field.members)
        return say("Give {kind} with {members}.", kind=field.kind.value, members=inside)
    return say("Give {kind}.", kind=field.kind.value)


def too_long(path: str, text: str, limit: int) -> Problem | None:
    """Return the problem of a text that is too long, with a proposal that fits; else None."""
    if len(text) <= limit:
        return None
    fitting = cut(text, limit)
    over = len(text) - limit
    if limit <= _QUOTED_WHOLE:
        fix = say("Shorten it by {over}, for example to {fitting!r}.", over=over, fitting=fitting)
    else:
        fix = say(
            "Shorten it by {over}, for example so that it ends with {end!r}.", over=over, end=fitting[-20:]
        )
    what = say("is {length} characters long; the limit is {limit}.", length=len(text), limit=limit)
    return Problem(path, what, fix)


def cut(text: str, limit: int) -> str:
    """Return the longest beginning that fits and tears neither a character from its marks nor an emoji."""
    end = limit
    while end > 0 and len(text) > end and (_continues(text[end]) or text[end - 1] == _JOINERS[0]):
        end -= 1
    return text[: end or limit].rstrip()


def _continues(char: str) -> bool:
    return char in _JOINERS or unicodedata.combining(char) != 0 or "\U0001f3fb" <= char <= "\U0001f3ff"


def _has_kind(kind: Kind, value: JsonValue) -> bool:
    match kind:
        case Kind.TEXT:
            return isinstance(value, str)
        case Kind.NUMBER:
            return isinstance(value, int) and not isinstance(value, bool)
        case Kind.SWITCH:
            return isinstance(value, bool)
        case Kind.OBJECT:
            return isinstance(value, dict)
        case Kind.LIST:
            return isinstance(value, list)


def _wrong_type(field: Field, path: str, value: JsonValue) -> Problem:
    actual = say("the text {text}", text=shown(value)) if isinstance(value, str) else shown(value)
    meant = _meant(field, value)
    if value is None and not field.required:
        fix = say("Leave the key out, or give a value.")
    elif meant is not None and (not field.choices or meant in field.choices):
        fix = say("Write {meant!r} instead of {given}.", meant=meant, given=shown(value))
    else:
        fix = ask(field)
    return Problem(
        path, say("is {actual}; {expected} is expected.", actual=actual, expected=field.kind.value), fix
    )


def _meant(field: Field, value: JsonValue) -> int | str | None:
    """Return the value of the right type that a value of the wrong one evidently stands for."""
    if field.kind is Kind.SWITCH:
        return value == 1 if value in (0, 1) else None
    if field.kind is Kind.NUMBER:
        if isinstance(value, bool):
            return int(value) if field.choices else None
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
            return int(value)
    if field.kind is Kind.TEXT and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def _check_length(field: Field, path: str, value: str) -> Iterator[Problem]:
    if field.limit is not None and (problem := too_long(path, value, field.limit)):
        yield problem


def _check_entry(field: Field, path: str, entry: JsonValue) -> Iterator[Problem]:
    if isinstance(entry, dict):
        yield from _check_members(field.members, path, entry)
    else:
        inside = listed(repr(member.name) for member in field.members)
        yield Problem(
            path,
            say("is {given}; a dict is expected.", given=shown(entry)),
            say("Give a dict with {members}.", members=inside),
        )


def _check_members(members: tuple[Field, ...], path: str, value: dict[str, JsonValue]) -> Iterator[Problem]:
    known = {member.name: member for member in members}
    found = [problem for name, inner in value.items() for problem in _check_member(known, path, name, inner)]
    lacking = (member for name, member in known.items() if name not in value)
    yield from found or (
        Problem(path, say("lacks the member {name!r}.", name=member.name), ask(member)) for member in lacking
    )


def _check_member(known: dict[str, Field], path: str, name: str, inner: JsonValue) -> Iterator[Problem]:
    if name in known:
        yield from check_value(known[name], f"{path}.{name}", inner)
        return
    near = nearest(name, known)
    if near:
        fix = say("Write {name!r}.", name=near)
    else:
        fix = say("Known here: {names}.", names=listed(map(repr, known)))
    yield Problem(path, say("has the unknown member {name}.", name=shown(name)), fix)
