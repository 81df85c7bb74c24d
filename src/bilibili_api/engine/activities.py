"""The activity that an upload takes part in, and a topic that belongs to it (protocol document, 7.5)."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import InvalidUpload, Problem
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.submit import missions_request, parse_missions
from bilibili_api.saying import listed, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilibili_api.protocol.topics import Topic

    from .calls import Calls

_MOST_NAMED: Final = 3


async def mission_number(calls: Calls, wanted: int | str, tid: int) -> int:
    """Return the number of an activity.

    Args:
        calls: Who asks; any login will do.
        wanted: Its number, which is believed, or its name.
        tid: The partition whose activities are looked through; 0: all.

    Raises:
        InvalidUpload: None is called so.
        ApiException: They cannot be listed.
    """
    if isinstance(wanted, int):
        return wanted
    offered = await calls.ask(Step.MISSIONS, lambda _: missions_request(tid), parse_missions)
    known = dict(_named(offered))
    if (found := known.get(folded(wanted))) is not None:
        return found[1]
    near = get_close_matches(folded(wanted), known, n=_MOST_NAMED, cutoff=0.3) or list(known)[:_MOST_NAMED]
    named = listed(say("{name!r} ({number})", name=known[key][0], number=known[key][1]) for key in near)
    what = say("is {name!r:.42}, and no activity of the partition is called that.", name=wanted)
    fix = say("Did you mean {named}?", named=named) if near else say("Leave it out, or give its number.")
    raise InvalidUpload((Problem("mission", what, fix),))


def _named(offered: Sequence[dict[str, object]]) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield name and number of each activity, by the name as it is compared; one without either is none."""
    for one in offered:
        name, number = one.get("name"), one.get("id")
        if isinstance(name, str) and folded(name) and isinstance(number, int):
            yield folded(name), (name, number)


def topic_of_mission(number: int, offered: Sequence[Topic]) -> Topic:
    """Return the one topic of a partition that belongs to an activity.

    Raises:
        InvalidUpload: There is none, or there are several.
    """
    found = [topic for topic in offered if topic.mission_id == number]
    if len(found) == 1:
        return found[0]
    if found:
        what = say("is {number}, to which several topics belong.", number=number)
        named = listed(repr(topic.name) for topic in found[:_MOST_NAMED])
        fix = say("Name one of them as topic: {named}.", named=named)
    else:
        what = say(
            "is {number}, and counts only with a topic, but none of the partition's belongs to it.",
            number=number,
        )
        fix = say("Name a topic of it, take another partition, or leave it out.")
    raise InvalidUpload((Problem("mission", what, fix),))


def folded(name: str) -> str:
    """Return a name as names of topics and activities are compared."""
    return name.strip().strip("#").casefold()
