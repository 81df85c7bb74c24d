"""Rules of single metadata fields that the table cannot express: tags, partition, schedule, origin."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bilibili_api.amounts import moment_text
from bilibili_api.exceptions import Problem
from bilibili_api.saying import listed, say

from .field_rules import too_long
from .fields import FIELDS, PC_DESC_LIMIT, TAG_LIMIT, TAGS_LIMIT
from .json_values import JsonValue, shown
from .zones import Zone, ZoneState, human_type_name, nearest_leaf, nearest_leaves, zone_by_name, zone_by_tid

if TYPE_CHECKING:
    from collections.abc import Iterator

SOONEST: Final = 2 * 3600
"""`dtime` must lie more than this many seconds ahead (section 6.2; sources differ from 5 min to 4 h)."""

_ROOM: Final = 300
"""Seconds that the earliest time is put behind the beginning of the window."""

LATEST: Final = 15 * 86400
"""`dtime` must lie at most this many seconds ahead."""

_MILLISECONDS: Final = 100_000_000_000
"""From here on a time stamp cannot be meant in seconds: it would lie beyond the year 5138."""

_MENTION: Final = 2
"""Type of the pieces of `desc_v2` that mention somebody."""

_HUMAN_TYPES: Final = range(1001, 2000)
_SERVERS_OWN_TYPES: Final = range(2001, 2206)
_MOST_NAMED: Final = 5
_PROPOSAL: Final = TAGS_LIMIT * (TAG_LIMIT + 1)


def check_tags(path: str, value: JsonValue) -> Iterator[Problem]:
    """Check `tag`: how many, how long, how separated (sections 6.2, 6.4; 21005 otherwise)."""
    if isinstance(value, list):
        text = ",".join(tag for tag in value if isinstance(tag, str))
        yield Problem(
            path,
            say("is a list; text is expected."),
            say("Join the tags with ',': {tags}.", tags=shown(text, _PROPOSAL)),
        )
        return
    if not isinstance(value, str) or is_blank(value):
        return
    if "，" in value:
        fixed = value.replace("，", ",")
        yield Problem(
            path,
            say("has the full-width comma '，', which separates nothing."),
            say("Write {tags}.", tags=shown(fixed, _PROPOSAL)),
        )
        value = fixed
    tags = value.split(",")
    yield from _check_each_tag(path, tags)
    if len(tags) > TAGS_LIMIT:
        yield Problem(
            path,
            say("has {number} tags; the limit is {limit}.", number=len(tags), limit=TAGS_LIMIT),
            say(
                "Take {number} out. (The site allows {limit}; a message of the server says 12, "
                "which nobody has confirmed.)",
                number=len(tags) - TAGS_LIMIT,
                limit=TAGS_LIMIT,
            ),
        )


def is_blank(text: str) -> bool:
    """Whether a text has nothing but white space and commas."""
    return not text.strip(" \t\r\n\u3000,，")


def _check_each_tag(path: str, tags: list[str]) -> Iterator[Problem]:
    if any(not tag.strip() for tag in tags):
        kept = ",".join(tag for tag in tags if tag.strip())
        yield Problem(
            path,
            say("has an empty tag between its commas."),
            say("Write {tags}.", tags=shown(kept, _PROPOSAL)),
        )
    if long := [tag for tag in tags if len(tag) > TAG_LIMIT]:
        tags_named = listed(
            say("{tag} ({number})", tag=shown(tag), number=len(tag)) for tag in long[:_MOST_NAMED]
        )
        what = say("has tags over {limit} characters: {tags}.", limit=TAG_LIMIT, tags=tags_named)
        if more := len(long[_MOST_NAMED:]):
            what = say(
                "has tags over {limit} characters: {tags} and {more} more.",
                limit=TAG_LIMIT,
                tags=tags_named,
                more=more,
            )
        yield Problem(path, what, say("Shorten or split them."))
    if twice := _repeated(tags):
        yield Problem(
            path, say("has the tag {tag} more than once.", tag=shown(twice)), say("Keep one of them.")
        )
    if odd := next((tag for tag in tags if any(unicodedata.category(char) == "Cc" for char in tag)), None):
        yield Problem(
            path, say("has a control character in the tag {tag}.", tag=shown(odd)), say("Take it out.")
        )


def _repeated(tags: list[str]) -> str | None:
    seen: set[str] = set()
    for tag in tags:
        key = tag.strip().casefold()
        if key and key in seen:
            return tag.strip()
        seen.add(key)
    return None


def check_desc(path: str, value: JsonValue, limit: int) -> Iterator[Problem]:
    """Check `desc` against the most code points that any interface to be tried takes (6.2, 6.4; 21052).

    The PC interface takes 250. One client saw 1500 pass (section 6.4); since that is not sure, a longer text
    is refused here, in the first second, and `extra` is the way to try it.
    """
    if isinstance(value, str) and (problem := too_long(path, value, limit)):
        fix = say("{fix} To try more here, pass it in extra={{'desc': ...}}.", fix=problem.fix)
        if limit == PC_DESC_LIMIT:
            fix = say(
                "{fix} Web and app take {limit}; to try more here, pass it in extra={{'desc': ...}}.",
                fix=problem.fix,
                limit=FIELDS["desc"].limit,
            )
        yield replace(problem, fix=fix)


def check_origin(right: JsonValue, source: JsonValue) -> Iterator[Problem]:
    """Check `copyright` and `source` together (21021: a repost without its source).

    A source beside copyright 1 is no problem: it is superfluous (section 6.2), but nothing refuses it.
    """
    if right == 2 and isinstance(source, str) and not source.strip():
        yield Problem(
            "meta.source",
            say("is missing, and a repost (copyright 2) must name its origin."),
            say(
                "Give the address or the name of the original, or set 'copyright' to 1 if the work is yours."
            ),
        )


def text_of_mentions(rich: JsonValue) -> str:
    """Return the text that `desc` must be beside a `desc_v2`, else later edits break (section 6.2)."""
    pieces = rich if isinstance(rich, list) else []
    return "".join(
        f"@{piece.get('raw_text')} " if piece.get("type") == _MENTION else str(piece.get("raw_text", ""))
        for piece in pieces
        if isinstance(piece, dict)
    )


def check_mentions(desc: JsonValue, rich: JsonValue) -> Iterator[Problem]:
    """Check that `desc` says what `desc_v2` says."""
    if rich and desc and desc != text_of_mentions(rich):
        yield Problem(
            "meta.desc",
            say("says something else than 'desc_v2'; Bilibili wants the same text in both."),
            say("Leave it out, then it becomes {text}.", text=shown(text_of_mentions(rich))),
        )


def check_tid(path: str, value: JsonValue) -> Iterator[Problem]:
    """Check `tid`: the number of a leaf that any account can choose (sections 6.2, 7.8; 21002 otherwise).

    Leaves that section 7.8 names as absent from the upload tree (publishers with a licence) are refused: for
    others the submission would fail only after everything has been uploaded. `extra` is the way around.
    """
    if isinstance(value, str):
        yield _tid_as_text(path, value)
    elif isinstance(value, int) and not isinstance(value, bool):
        zone = zone_by_tid(value)
        if zone is None:
            yield _unknown_tid(path, value)
        elif not zone.can_be_chosen:
            yield _closed_tid(path, zone)


def _tid_as_text(path: str, value: str) -> Problem:
    near = nearest_leaf(value)
    exact = zone_by_name(value)
    if exact is near:
        return Problem(
            path,
            say("is the name {name}; its number is expected.", name=shown(value)),
            say("Write {number}.", number=near.tid),
        )
    if value == str(near.tid):
        return Problem(
            path,
            say("is the text {text}; a number is expected.", text=shown(value)),
            say("Write {number}.", number=near.tid),
        )
    return Problem(path, say("is the text {text}; a number is expected.", text=shown(value)), _instead(value))


def _unknown_tid(path: str, value: int) -> Problem:
    if name := human_type_name(value):
        return Problem(
            path,
            say("{number} is one of the new partitions ({name}).", number=value, name=name),
            say("{advice} The new one goes into 'human_type2' besides.", advice=_instead(value)),
        )
    return Problem(path, say("{number} is no partition.", number=value), _instead(value))


def _closed_tid(path: str, zone: Zone) -> Problem:
    named, near = say("{tid} ({name})", tid=zone.tid, name=zone.name), _instead(zone.tid)
    if zone.state is ZoneState.RETIRED:
        return Problem(path, say("{partition} has been retired.", partition=named), near)
    if zone.is_main:
        return Problem(
            path,
            say("{partition} is a main partition; only its leaves can be chosen.", partition=named),
            near,
        )
    return Problem(
        path,
        say("{partition} is kept for publishers with a licence.", partition=named),
        say(
            "{advice} If your account has the licence, pass extra={{'tid': {tid}}} instead.",
            advice=near,
            tid=zone.tid,
        ),
    )


def _instead(wanted: int | str) -> str:
    near = listed(say("{tid} ({name})", tid=zone.tid, name=zone.name) for zone in nearest_leaves(wanted))
    return say("Take for example {partitions}; bilibili_api.channel lists all.", partitions=near)


def check_human_type(path: str, value: JsonValue) -> Iterator[Problem]:
    """Check `human_type2`: 0 or a new partition of the first level (section 7.9)."""
    if not isinstance(value, int) or isinstance(value, bool) or value == 0 or value in _HUMAN_TYPES:
        return
    what = say("{number} is no new partition.", number=value)
    if value in _SERVERS_OWN_TYPES:
        what = say("{number} is of the second level, which only the server assigns.", number=value)
    yield Problem(path, what, say("Give one of the first level, such as 1008 (游戏), or leave the key out."))


def check_schedule(path: str, value: JsonValue, now: float | None) -> Iterator[Problem]:
    """Check `dtime` against its window of more than 2 hours and at most 15 days after `now` (section 6.2).

    Without a present, what no present could make right is found all the same.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        return
    if value == 0:
        yield Problem(path, say("is 0."), say("Leave the key out to publish at once."))
    elif _MILLISECONDS <= value < 1000 * _MILLISECONDS:
        fix = say("Give seconds: {seconds}.", seconds=value // 1000)
        if now is not None:
            fix = say("{advice} {window}", advice=fix, window=_window(now))
        yield Problem(path, say("is {value}, which looks like milliseconds.", value=value), fix)
    elif now is not None and not now + SOONEST < value <= now + LATEST:
        yield Problem(path, _outside(value, now), _window(now))


def _outside(value: int, now: float) -> str:
    if value <= now:
        return say("is {moment}, which is in the past.", moment=moment_text(value))
    if value <= now + SOONEST:
        return say(
            "is {moment}, which is only {minutes} min away; more than 2 hours are needed.",
            moment=moment_text(value),
            minutes=int((value - now) // 60),
        )
    return say("is {moment}, which is more than 15 days away.", moment=moment_text(value))


def _window(now: float) -> str:
    return say(
        "The window is from {start} to {end}; leave room for the time the upload takes, "
        "or leave the key out to publish at once.",
        start=moment_text(now + SOONEST),
        end=moment_text(now + LATEST),
    )


def is_too_near(value: int, now: float) -> bool:
    """Whether a `dtime` is past, or nearer than its window begins (section 6.2); 0 is no time.

    Args:
        value: The time, Unix seconds.
        now: The present, Unix seconds.
    """
    return 0 < value <= now + SOONEST


def earliest(now: float) -> int:
    """Return the earliest whole minute that can be had as `dtime`, with room for a slow answer (section 6.2).

    Args:
        now: The present, Unix seconds.
    """
    return -int(-(now + SOONEST + _ROOM) // 60) * 60
