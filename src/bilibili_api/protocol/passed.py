"""Keys that are passed through untouched: what forbids it (protocol document, section 6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import Problem
from bilibili_api.saying import say

from .fields import RESERVED
from .json_values import NotJson, items_of, plain, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

RESERVED_KEY: Final = (
    say("is written by the uploader itself."),
    say("Take it out; pages and cover are arguments of their own."),
)
"""What is wrong with a key that only this library writes, and what to do."""


class Passed:
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
                Problem(path, why.said, say("Give a dict of the keys to pass through, or leave it out.")),
            )
            return
        self.names = frozenset(items.named)
        self.problems = (
            *(odd_key(path, name) for name in items.odd_keys),
            *(problem for key, member in items.named.items() for problem in _check_passed(path, key, member)),
        )


def _check_passed(path: str, key: str, value: object) -> Iterator[Problem]:
    if key in RESERVED:
        yield Problem(f"{path}.{key}", *RESERVED_KEY)
        return
    try:
        plain({key: value})
    except NotJson as why:
        yield Problem(
            path_of(path, key),
            why.said,
            say("Give what JSON has: text, numbers, True, False, lists and dicts."),
        )


def odd_key(path: str, type_name: str) -> Problem:
    """Say that a key is no text."""
    return Problem(
        path,
        say("has a key of type {type}; keys are text.", type=type_name),
        say("Write the key as text."),
    )


def path_of(parent: str, key: str) -> str:
    """Name a key in a problem; an odd one is shown shortened and escaped."""
    return (
        f"{parent}.{key}"
        if key.isascii() and key.isprintable() and len(key) <= 40
        else f"{parent}[{shown(key)}]"
    )
