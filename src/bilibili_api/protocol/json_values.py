"""Values as JSON has them: copy what a caller passed in or say why it cannot be sent; show it in messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from math import isfinite
from typing import Final, TypeAlias, cast

from bilibili_api.frozen import frozen
from bilibili_api.saying import say

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

_DEEPEST: Final = 32
_MOST_VALUES: Final = 100_000
_LONGEST_SHOWN: Final = 40


class NotJson(ValueError):  # noqa: N818 - it says what the value is, and never leaves this package
    """A value that cannot be sent as JSON.

    Attributes:
        said: Why, as the end of the sentence `<field> ...`.
    """

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


def plain(value: object) -> JsonValue:
    """Return a deep copy of plain JSON types only; tuples become lists, subclasses their base class.

    Raises:
        NotJson: For whatever JSON or UTF-8 cannot carry, and for what cannot even be read.
    """
    try:
        return _Copy().of(value)
    except NotJson:
        raise
    except Exception as error:  # the caller's own types may raise anything while they are read
        raise NotJson(say("cannot be read: {type} was raised.", type=type(error).__name__)) from error


class _Copy:
    """One deep copy: knows the containers it is inside of, and how much it has copied."""

    def __init__(self) -> None:
        self._inside: set[int] = set()
        self._count = 0

    def of(self, value: object) -> JsonValue:
        self._count += 1
        if self._count > _MOST_VALUES:
            raise NotJson(say("has more than {most} values.", most=_MOST_VALUES))
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return _text(value)
        if isinstance(value, int | float):
            return _number(value)
        if isinstance(value, list | tuple | Mapping):
            return self._container(cast("list[object] | tuple[object, ...] | Mapping[object, object]", value))
        raise NotJson(
            say("is or contains a value of type {type}, which JSON does not have.", type=type(value).__name__)
        )

    def _container(
        self, value: list[object] | tuple[object, ...] | Mapping[object, object]
    ) -> list[JsonValue] | dict[str, JsonValue]:
        if id(value) in self._inside:
            raise NotJson(say("contains itself."))
        if len(self._inside) >= _DEEPEST:
            raise NotJson(say("is nested more than {levels} levels deep.", levels=_DEEPEST))
        self._inside.add(id(value))
        if isinstance(value, Mapping):
            copy = {_key(key): self.of(member) for key, member in value.items()}
        else:
            copy = [self.of(member) for member in value]
        self._inside.discard(id(value))
        return copy


def _key(key: object) -> str:
    if isinstance(key, str):
        return _text(key)
    raise NotJson(say("has a key of type {type}; the keys of JSON are text.", type=type(key).__name__))


def _text(value: str) -> str:
    text = str.__str__(value)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotJson(
            say(
                "contains half a surrogate pair at character {place}, which cannot be sent as UTF-8.",
                place=error.start + 1,
            )
        ) from None
    return text


def _number(value: float) -> int | float:
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise NotJson(say("is or contains a number that does not fit into 64 bits."))
        return int.__int__(value)
    if not isfinite(value):
        raise NotJson(say("is or contains NaN or an infinity, which JSON does not have."))
    return float.__float__(value)


class Typed:
    """What may stand in for a mapping without being one (`VideoMeta`, whose base is slow to import)."""

    __slots__ = ()

    def given(self) -> dict[str, object]:
        """Return the mapping."""
        raise NotImplementedError


@frozen
class Items:
    """A mapping as it was read, its values untouched.

    Attributes:
        named: What stands under keys that are text.
        odd_keys: The type names of all other keys.
    """

    named: dict[str, object]
    odd_keys: tuple[str, ...]


def items_of(value: object) -> Items:
    """Read a mapping.

    Raises:
        NotJson: It is something else, or cannot even be read.
    """
    try:
        if isinstance(value, Typed):
            value = value.given()
        if isinstance(value, Mapping):
            items = list(cast("Mapping[object, object]", value).items())
            named = {str.__str__(key): member for key, member in items if isinstance(key, str)}
            return Items(named, tuple(type(key).__name__ for key, _ in items if not isinstance(key, str)))
        name = type(value).__name__
    except Exception as error:  # as in plain()
        raise NotJson(say("cannot be read: {type} was raised.", type=type(error).__name__)) from error
    raise NotJson(say("is of type {type}; a dict is expected.", type=name))


def shown(value: JsonValue, limit: int = _LONGEST_SHOWN) -> str:
    """Show a value in a message, cut to `limit` and without anything that could disturb a terminal."""
    if isinstance(value, str):
        return repr(value if len(value) <= limit else value[: limit - 1] + "…")
    if isinstance(value, list):
        return say("a list")
    return say("a dict") if isinstance(value, dict) else repr(value)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that comes nearest to `name` in spelling, or None."""
    near = get_close_matches(name[: 2 * _LONGEST_SHOWN].casefold(), list(known), n=1, cutoff=0.6)
    return near[0] if near else None
