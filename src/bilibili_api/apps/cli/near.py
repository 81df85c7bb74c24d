"""Settings that come near to one that is not known. Pure functions."""

from __future__ import annotations

from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING, Any, Final

from bilibili_api.saying import one_of

from .language import t

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

NOWHERE: Final[Mapping[str, Any]] = {}
MOST: Final = 3
"""Settings that are offered for one, at most."""
ALIKE: Final = 0.6
"""How alike names have to be, from 0 to 1."""
LESS: Final = 0.1
"""How much less alike than the best of them another may be."""


def nearest(
    key: str, names: Collection[str], others: Mapping[str, Sequence[tuple[str, ...]]] = NOWHERE
) -> str:
    """Return the sentence that offers the settings which come near to an unknown one.

    Args:
        key: The unknown one.
        names: Those that may stand where it stands.
        others: The tables in which others may stand, by their names.
    """
    plain = key.lower().replace("_", "-")
    if plain in others and plain not in names:  # more to the point than one that is only like it
        return t("It is one of [{table}]: put it there.", table=".".join(others[plain][0]))
    known = {plain} & set(names) or {*names, *others}
    best = get_close_matches(plain, known, n=1, cutoff=ALIKE)
    if not best:
        return t("Run: bvup config --schema")
    close = max(ALIKE, SequenceMatcher(None, best[0], plain).ratio() - LESS)
    found = get_close_matches(plain, sorted(known), n=MOST, cutoff=close)
    places = (name if name in names else ".".join((*others[name][0], name)) for name in found)
    return t("Did you mean {name}?", name=one_of(map(repr, places)))


def elsewhere(schema: Mapping[str, Any], table: Sequence[str]) -> dict[str, list[tuple[str, ...]]]:
    """Return in which tables but this one settings may stand, by their names; that of uploads comes first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for place, known in sorted(_tables(schema, ()), key=lambda one: one[0] != ("upload",)):
        for name, one in known.items():
            if place != tuple(table) and "properties" not in one:
                found.setdefault(name, []).append(place)
    return found


def _tables(
    known: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    for name, one in known["properties"].items():
        if "properties" in one:
            yield (*path, name), one["properties"]
            yield from _tables(one, (*path, name))
