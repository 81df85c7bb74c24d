"""Partitions of the old tree (sections 7.8 and 7.9): which number is which, and which can be chosen.

A partition is a *main* one or a *leaf* below it; a video is submitted to a leaf. The table is packaged data
and is read on first use.
"""

from __future__ import annotations

import json
from difflib import get_close_matches
from enum import Enum
from functools import cache
from pkgutil import get_data  # importlib.resources would triple the time of the import
from typing import Any, Final

from bilibili_api.frozen import frozen

EVERYDAY: Final = 21
"""日常: the leaf the server itself falls back to (section 6.2, row `tid`)."""

_LONGEST_NAME = 32


class ZoneState(Enum):
    """Who can submit to a partition."""

    OPEN = "open"
    """Everybody."""
    LICENSED = "licensed"
    """Absent from the upload form of ordinary accounts: kept for publishers with a licence (section 7.8)."""
    RETIRED = "retired"
    """Nobody any more; old videos still carry the number."""


@frozen
class Zone:
    """One partition.

    Attributes:
        tid: Its number.
        name: Its name today, or its last one.
        parent: The number of its main partition; None for a main partition.
        state: Who can submit to it.
        instead: The number of the open leaf to suggest where this one cannot be chosen, else its own.
        former: Its name in 2021 where that was another one, else "".
    """

    tid: int
    name: str
    parent: int | None
    state: ZoneState
    instead: int
    former: str = ""

    @property
    def is_main(self) -> bool:
        """Whether this is a main partition, which cannot be chosen itself."""
        return self.parent is None

    @property
    def can_be_chosen(self) -> bool:
        """Whether any account can submit to this partition."""
        return not self.is_main and self.state is ZoneState.OPEN


@frozen
class _Table:
    """All partitions in the order of the tree, and the ways to find them."""

    by_tid: dict[int, Zone]
    by_name: dict[str, Zone]
    human_types: dict[int, str]


def _zone(row: dict[str, Any]) -> Zone:
    state = ZoneState(row["state"])
    return Zone(
        row["tid"], row["name"], row["parent"], state, row.get("instead", row["tid"]), row.get("former", "")
    )


def _rank(zone: Zone) -> tuple[bool, bool, bool]:
    """Order those who share a name: what is not retired, main partitions, what is open come first."""
    return zone.state is ZoneState.RETIRED, not zone.is_main, zone.state is not ZoneState.OPEN


def _key(name: str) -> str:
    return name.strip().casefold().replace("/", "-")


def _names(zones: dict[int, Zone]) -> dict[str, Zone]:
    """Map names to partitions; names of today go before those of 2021."""
    found: dict[str, Zone] = {}
    for zone in sorted(zones.values(), key=_rank):
        found.setdefault(_key(zone.name), zone)
        if zone.parent is not None:
            found.setdefault(_key(f"{zones[zone.parent].name}/{zone.name}"), zone)
    for zone in zones.values():
        if zone.former:
            found.setdefault(_key(zone.former), zone)
    return found


@cache
def _table() -> _Table:
    data = json.loads(get_data("bilibili_api.protocol", "data/zones.json") or b"")
    zones = {row["tid"]: _zone(row) for row in data["zones"]}
    return _Table(zones, _names(zones), {row["id"]: row["name"] for row in data["human_types"]})


def zones() -> tuple[Zone, ...]:
    """Return all partitions, retired ones included, each main partition before its leaves."""
    return tuple(_table().by_tid.values())


def zone_by_tid(tid: int) -> Zone | None:
    """Return the partition with this number, retired ones included, or None."""
    return _table().by_tid.get(tid)


def zone_by_name(name: str) -> Zone | None:
    """Return the partition with this name, or None.

    Names of 2021 and of retired partitions are known. A name that several bear means the main partition, else
    the first open leaf of the tree; `main/leaf` (or `main-leaf`, as the site writes it) names exactly one.
    """
    return _table().by_name.get(_key(name))


def leaves_of(main: Zone) -> tuple[Zone, ...]:
    """Return the leaves below a main partition, without retired ones."""
    return tuple(zone for zone in zones() if zone.parent == main.tid and zone.state is not ZoneState.RETIRED)


def is_leaf(tid: int) -> bool:
    """Whether this is the number of a leaf, retired ones included."""
    zone = zone_by_tid(tid)
    return zone is not None and not zone.is_main


def human_types() -> dict[int, str]:
    """Return the new partitions (`human_type2`, section 7.9): names by numbers. The dict is the caller's."""
    return dict(_table().human_types)


def human_type_name(number: int) -> str | None:
    """Return the name of a new partition (`human_type2`, section 7.9), or None."""
    return _table().human_types.get(number)


def human_type_number(name: str) -> int | None:
    """Return the number of the new partition of this name (`human_type2`, section 7.9), or None."""
    wanted = _key(name)
    return next((number for number, known in _table().human_types.items() if _key(known) == wanted), None)


def nearest_leaf(wanted: int | str) -> Zone:
    """Return the open leaf that comes nearest to a number or a name; 日常 where nothing is near.

    A main partition gives its most general leaf, a retired or licensed one its successor, a new partition
    (section 7.9) what bears its name; anything else is compared by spelling.
    """
    zone = _resolve(str(wanted)[:_LONGEST_NAME] if isinstance(wanted, str) else wanted)
    return _table().by_tid[zone.instead if zone else EVERYDAY]


def nearest_leaves(wanted: int | str, most: int = 3) -> tuple[Zone, ...]:
    """Return open leaves to offer for a number or a name, the nearest first, none twice.

    The first is that of `nearest_leaf`; then come names of like spelling and leaves of the same partition.

    Args:
        wanted: The number or name.
        most: How many at most; at least 1.
    """
    wanted = wanted[:_LONGEST_NAME] if isinstance(wanted, str) else wanted
    table, first = _table(), nearest_leaf(wanted)
    near = get_close_matches(_key(str(wanted)), table.by_name, n=most, cutoff=0.5)
    alike = [table.by_name[name] for name in near] if isinstance(wanted, str) else []
    if _resolve(wanted) is not None and first.parent is not None:
        alike += leaves_of(table.by_tid[first.parent])
    found = (table.by_tid[one.instead] for one in alike)
    return tuple(dict.fromkeys((first, *found)))[:most]


def _resolve(wanted: int | str) -> Zone | None:
    table = _table()
    if isinstance(wanted, int):
        if (name := table.human_types.get(wanted)) is not None:
            return _resolve(name)
        return table.by_tid.get(wanted) or _number_like(wanted)
    if wanted.isascii() and wanted.isdigit():
        return _resolve(int(wanted))
    return zone_by_name(wanted) or _name_like(_key(wanted))


def _number_like(wanted: int) -> Zone | None:
    """Return the partition whose digits resemble those of `wanted`: a digit too many, a wrong one."""
    if not 0 < wanted < 100_000:
        return None
    near = get_close_matches(str(wanted), [str(tid) for tid in _table().by_tid], n=1, cutoff=0.8)
    return _table().by_tid[int(near[0])] if near else None


def _name_like(wanted: str) -> Zone | None:
    """Return the partition whose name resembles `wanted`, is part of it or has it as a part."""
    names = _table().by_name
    if near := get_close_matches(wanted, names, n=1, cutoff=0.6):
        return names[near[0]]
    if len(wanted) < 2:
        return None
    return next((zone for name, zone in names.items() if name in wanted or wanted in name), None)
