"""What an edit may change; what belongs together stays so (protocol document, sections 6.2 and 7.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from bilibili_api.exceptions import InvalidUpload, Problem
from bilibili_api.saying import say

from .body import todays
from .drafts import NOT_ECHOED
from .edits import Edit
from .fields import FIELDS, Role
from .json_values import NotJson, items_of, plain
from .meta import check_meta
from .meta_rules import text_of_mentions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .drafts import Draft
    from .json_values import JsonValue

WITHOUT_EFFECT: Final = frozenset({"up_close_danmu", "up_close_reply", "up_selection_reply", "open_elec"})
"""Members that an edit is reported not to change (section 7.3)."""

_CAN_GO: Final = frozenset({"dtime", "topic_id", "mission_id"})
_MENTION: Final = 2


def meta_edit(draft: Draft, changes: object, *, now: float) -> Edit:
    """Plan a change of metadata.

    `desc` and `desc_v2` stay the same text: mentions whose `@name ` is still in a new `desc` are kept.

    Args:
        draft: The archive.
        changes: The members to be changed, under the names of section 6.2; None takes `dtime`, `topic_id` or
            `mission_id` away. `cover` is the URL of a stored cover.
        now: The present, Unix seconds.

    Raises:
        InvalidUpload: All that is wrong with the changes.
    """
    try:
        named = items_of(changes).named
        wanted = todays({name: plain(value) for name, value in named.items()})
    except NotJson as why:
        raise InvalidUpload(
            (Problem("meta", why.said, say("Give a dict of what is to be changed.")),)
        ) from None
    if problems := tuple(_problems(draft, wanted, now)):
        raise InvalidUpload(problems)
    members = {**wanted, **_with_mentions(draft, wanted)}
    if "topic_id" in members and "mission_id" not in members and draft.members.get("mission_id"):
        members["mission_id"] = None  # it belongs to the topic that goes
    changed = {name: value for name, value in members.items() if draft.members.get(name) != value}
    return Edit(
        known=frozenset(draft.filenames),
        members=changed,
        before={name: draft.members.get(name) for name in changed},
    )


def _problems(draft: Draft, wanted: Mapping[str, JsonValue], now: float) -> Iterator[Problem]:
    for name, value in wanted.items():
        if name in NOT_ECHOED:
            yield Problem(
                f"meta.{name}", say("cannot be changed by an edit (21001)."), say("Change it on the site.")
            )
        elif name in WITHOUT_EFFECT:
            yield Problem(
                f"meta.{name}", say("is not changed by an edit."), say("Change it on the site or in the app.")
            )
        elif name == "cover" and not (isinstance(value, str) and value.startswith("http")):
            yield Problem("meta.cover", say("is no address."), say("Give the URL of a cover that is stored."))
        elif name != "cover" and _is_not_the_caller_s(name):
            yield Problem(
                f"meta.{name}",
                say("is written by the library."),
                say("Take it out; parts have calls of their own."),
            )
        elif value is None and name not in _CAN_GO:
            yield Problem(
                f"meta.{name}", say("cannot be taken away."), say("Give it another value, or leave it out.")
            )
    known = _checkable(draft.members)
    merged = {**known, **_checkable(wanted)}
    when = now if "dtime" in wanted else None
    before = set(check_meta(known, now=None, interfaces=("web",)))
    yield from (
        p for p in check_meta(_together(merged, wanted), now=when, interfaces=("web",)) if p not in before
    )


def _is_not_the_caller_s(name: str) -> bool:
    return name in FIELDS and FIELDS[name].role is not Role.FREE


def _checkable(members: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Leave out what the view shows and the table does not know, or gives to others than the caller."""
    skipped = NOT_ECHOED | WITHOUT_EFFECT | {"charging_pay"}
    return {
        name: value
        for name, value in members.items()
        if value is not None and name not in skipped and not _is_not_the_caller_s(name)
    }


def _together(merged: Mapping[str, JsonValue], wanted: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return metadata for its check: a new `desc` is about to get its `desc_v2`, and the other way round."""
    other = {"desc": "desc_v2", "desc_v2": "desc"}
    aside = {other[name] for name in other if name in wanted and other[name] not in wanted}
    return {name: value for name, value in merged.items() if name not in aside}


def _with_mentions(draft: Draft, wanted: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    rich, desc = draft.members.get("desc_v2"), wanted.get("desc")
    if wanted.get("desc_v2") and "desc" not in wanted:
        return {"desc": text_of_mentions(wanted["desc_v2"])}
    if isinstance(desc, str) and rich and "desc_v2" not in wanted:
        return {"desc_v2": mentioning(desc, cast("list[JsonValue]", rich))}
    return {}


def mentioning(desc: str, rich: list[JsonValue]) -> list[JsonValue]:
    """Return the `desc_v2` of a text in which the mentions of an earlier one are kept where they still stand.

    Args:
        desc: The text, with mentions as `@name `.
        rich: The earlier `desc_v2`.
    """
    pieces = [piece for piece in rich if isinstance(piece, dict)]
    users = {
        str(piece.get("raw_text")): piece.get("biz_id") for piece in pieces if piece.get("type") == _MENTION
    }
    names = "|".join(re.escape(name) for name in sorted(users, key=len, reverse=True))
    split = re.split(f"@({names}) ", desc) if users else [desc]
    found: list[JsonValue] = []
    for place, text in enumerate(split):
        if place % 2:
            found.append({"raw_text": text, "type": _MENTION, "biz_id": users[text]})
        elif text:
            found.append({"raw_text": text, "type": 1, "biz_id": ""})
    return found
