"""Partition, topic and activity by name or number, beside the metadata, and put into it (section 6.2)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, TypeGuard

from bilibili_api.exceptions import Problem
from bilibili_api.frozen import frozen
from bilibili_api.saying import listed, say

from .body import EXTRA
from .json_values import NotJson, items_of
from .zones import human_type_name, human_type_number, nearest_leaf, nearest_leaves, zone_by_name, zone_by_tid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SOUGHT: Final = 1
"""Stands for the number of a topic or activity that has not been looked up yet."""

_SHOWN: Final = 42


@frozen
class Named:
    """Metadata with what was named put in.

    Attributes:
        meta: The metadata; as it was passed in where nothing is named or it is no metadata at all.
        problems: What is wrong with the names.
    """

    meta: object
    problems: tuple[Problem, ...] = ()


@frozen
class Activity:
    """The activity that a submission takes part in (section 7.5).

    Attributes:
        mission: Its number or name.
        wants_topic: None is given, so one that belongs to it is to be found: without one it counts nowhere
            but in the PC tool.
    """

    mission: int | str
    wants_topic: bool


@frozen
class Place:
    """Where a name or number leads.

    Attributes:
        tid: Partition of the old tree (section 7.8).
        human_type: New partition (`human_type2`, section 7.9); 0 for none, and then `tid` is what was meant.
    """

    tid: int
    human_type: int = 0


def place_of(wanted: int | str) -> Place | None:
    """Find a partition, old or new, by number or name; None: there is none.

    A leaf of the old tree goes before a new partition of the same name, which goes before a main partition,
    since nothing can be submitted to that. With a new partition goes the old leaf that comes nearest to it.
    """
    if isinstance(wanted, str) and wanted.isascii() and wanted.isdecimal():
        wanted = int(wanted[:_SHOWN])
    if isinstance(wanted, int):
        zone, human = zone_by_tid(wanted), wanted if human_type_name(wanted) else None
    else:
        zone, human = zone_by_name(wanted), human_type_number(wanted)
    if zone is not None and (human is None or zone.can_be_chosen):
        return Place(zone.tid)
    return None if human is None else Place(nearest_leaf(human).tid, human)


def names_topic(meta: object, extra: Mapping[str, object] | None) -> bool:
    """Whether the metadata itself names a topic."""
    own = _members(meta)
    return bool({**own, **_members(own.get(EXTRA)), **_members(extra)}.get("topic_id"))


def put_in(
    meta: object,
    extra: Mapping[str, object] | None,
    *,
    partition: object = None,
    topic: object = None,
    activity: Activity | None = None,
) -> Named:
    """Put a partition, a topic and an activity into metadata.

    Args:
        meta: The metadata, which is not modified; anything whatever.
        extra: Further keys, which are passed through.
        partition: Number or name; None: as the metadata says.
        topic: Number or name; None: as the metadata says. For a name, which only Bilibili can look up, a
            number stands in, so that it can be checked whether an interface carries a topic at all.
        activity: Which; None: as the metadata says. For a name, and a topic that is wanted, numbers stand in.
    """
    if partition is None and topic is None and activity is None:
        return Named(meta)
    try:
        own = items_of(meta).named
    except NotJson:  # `check_meta` tells it
        return Named(meta)
    given = {**own, **_members(own.get(EXTRA)), **_members(extra)}
    found, problems = dict(own), list[Problem]()
    if partition is not None:
        place = place_of(partition) if _can_be_looked_up(partition) else None
        problems += _misplaced(partition, place, given)
        found |= _keys(place or Place(nearest_leaf("").tid), given)
    if topic is not None:
        problems += _off_topic(topic, given)
        found["topic_id"] = topic if _is_number(topic) else _SOUGHT
    if activity is not None:
        problems += _off_mission(activity.mission, given)
        found["mission_id"] = activity.mission if _is_number(activity.mission) else _SOUGHT
        if activity.wants_topic:
            found["topic_id"] = _SOUGHT
    return Named(found, tuple(problems))


def _members(value: object) -> dict[str, object]:
    with contextlib.suppress(NotJson):
        return items_of(value or {}).named
    return {}


def _keys(place: Place, given: Mapping[str, object]) -> dict[str, object]:
    """Return the keys of a place; beside a new partition, an old one that is given stays."""
    if not place.human_type:
        return {"tid": place.tid}
    return {"tid": given.get("tid") or place.tid, "human_type2": place.human_type}


def _misplaced(wanted: object, place: Place | None, given: Mapping[str, object]) -> Iterator[Problem]:
    if place is None:
        near = nearest_leaves(wanted if _can_be_looked_up(wanted) else "")
        named = listed(say("{name!r} ({number})", name=zone.name, number=zone.tid) for zone in near)
        yield Problem(
            "partition",
            say("is {wanted}, which is no partition.", wanted=_shown(wanted)),
            say("Take for example {partitions}; bilibili_api.channel lists all.", partitions=named),
        )
        return
    key, number = ("human_type2", place.human_type) if place.human_type else ("tid", place.tid)
    if given.get(key) not in (None, 0, number):
        what = say(
            "is {wanted}, which is {number}, but {key!r} of the metadata says otherwise.",
            wanted=_shown(wanted),
            number=number,
            key=key,
        )
        yield Problem("partition", what, say("Take one of them out."))


def _off_topic(wanted: object, given: Mapping[str, object]) -> Iterator[Problem]:
    if not _can_be_looked_up(wanted):
        what = say("is {wanted}, which is neither the name nor the number of a topic.", wanted=_shown(wanted))
        yield Problem("topic", what, say("Give its name, or its number from the site."))
    elif given.get("topic_id"):
        yield Problem(
            "topic", say("is given twice, also as 'topic_id' of the metadata."), say("Take one of them out.")
        )


def _off_mission(wanted: object, given: Mapping[str, object]) -> Iterator[Problem]:
    if not _can_be_looked_up(wanted):
        what = say(
            "is {wanted}, which is neither the name nor the number of an activity.", wanted=_shown(wanted)
        )
        yield Problem("mission", what, say("Give its name, or its number; `get_missions` lists them."))
    elif given.get("mission_id"):
        yield Problem(
            "mission",
            say("is given twice, also as 'mission_id' of the metadata."),
            say("Take one of them out."),
        )


def _shown(wanted: object) -> str:
    return repr(wanted)[:_SHOWN]


def _can_be_looked_up(wanted: object) -> TypeGuard[int | str]:
    return _is_number(wanted) or (isinstance(wanted, str) and bool(wanted.strip()))


def _is_number(wanted: object) -> bool:
    return isinstance(wanted, int) and not isinstance(wanted, bool) and wanted > 0
