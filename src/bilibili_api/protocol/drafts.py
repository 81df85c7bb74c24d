"""An archive as an edit repeats it: metadata and parts (protocol document, sections 7.2 and 7.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from bilibili_api.frozen import frozen
from bilibili_api.saying import say

from .archives import Archive, parse_archive
from .codes import Step
from .json_values import JsonValue, NotJson, plain
from .members import data_of, number_in, text_in
from .wire import unexpected

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .wire import JsonObject, Response

NOT_ECHOED: Final = frozenset({"recreate", "human_type2", "activity", "attrs", "tp_info", "limited_free"})
"""What the view shows and an edit must not repeat (21001)."""

_OF_THE_SERVER: Final = frozenset({
    "aid", "bvid", "state", "state_desc", "reject_reason", "ptime", "ctime", "duration",
})  # fmt: skip
"""What the view tells of the archive and no edit is about."""

_NONE: Final = frozenset({"dtime", "mission_id", "topic_id"})
"""What is 0 where there is none, and must then be left out (section 6.2, row `dtime`)."""

_PRIVATE: Final = -50


@frozen
class DraftPart:
    """One part.

    Attributes:
        filename: The server's name of the stored file.
        title: Its title.
        desc: Its description.
        cid: Its number; 0: not known.
    """

    filename: str
    title: str
    desc: str = ""
    cid: int = 0

    def as_json(self) -> dict[str, JsonValue]:
        """Return it as an edit sends it."""
        said: dict[str, JsonValue] = {"filename": self.filename, "title": self.title, "desc": self.desc}
        return said | {"cid": self.cid} if self.cid else said


@frozen
class Draft:
    """What an edit would send.

    Attributes:
        archive: The archive it was made from.
        members: Its metadata, all that is repeated but the parts.
        parts: Its parts in their order.
    """

    archive: Archive
    members: Mapping[str, JsonValue]
    parts: tuple[DraftPart, ...]

    @property
    def filenames(self) -> tuple[str, ...]:
        """The stored names of the parts, in their order."""
        return tuple(part.filename for part in self.parts)

    def with_members(self, changes: Mapping[str, JsonValue]) -> Draft:
        """Return it with these members changed; None takes one out."""
        merged = {**self.members, **changes}
        return replace(self, members={name: value for name, value in merged.items() if value is not None})

    def with_parts(self, parts: Iterable[DraftPart]) -> Draft:
        """Return it with another list of parts."""
        return replace(self, parts=tuple(parts))

    def body(self) -> dict[str, object]:
        """Return the body of the edit (section 7.3), without what belongs to the login."""
        topic = self.members.get("topic_id")
        detail = {"from_topic_id": topic, "from_source": "arc.web.recommend"}
        return {
            "aid": self.archive.aid,
            **self.members,
            **({"topic_detail": detail} if topic else {}),
            "videos": [part.as_json() for part in self.parts],
        }


def parse_draft(response: Response) -> Draft | None:
    """Read the answer to `archives.archive_request` as what an edit would have to repeat (section 7.3).

    Returns:
        The draft, or None if the archive belongs to another account.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused; -404: there is no such archive.
        ResponseException: The answer is not what the protocol says, or lacks what no edit can do without.
    """
    archive = parse_archive(response)
    if archive is None:
        return None
    data = data_of(response, Step.ARCHIVES)
    parts = tuple(DraftPart(part.filename, part.title, part.desc, part.cid) for part in archive.parts or ())
    names = {part.filename for part in parts}
    if not parts or "" in names or len(names) < len(parts):
        raise unexpected(Step.ARCHIVES, say("does not name each part of the archive"))
    if not (archive.title and archive.tid and archive.tag and archive.copyright):
        raise unexpected(
            Step.ARCHIVES, say("lacks title, tid, tag or copyright, without which no edit is possible")
        )
    return Draft(archive, _members(data), parts)


def _members(data: JsonObject) -> dict[str, JsonValue]:
    """Return what is to be repeated: all that the recipe of section 7.3 does not take out."""
    archive = _object(data, "archive")
    try:
        shown = {
            name: plain(value) for name, value in archive.items() if name not in NOT_ECHOED | _OF_THE_SERVER
        }
    except NotJson:
        raise unexpected(Step.ARCHIVES, say("has metadata that cannot be sent back")) from None
    members = {
        name: value
        for name, value in shown.items()
        if value is not None and not (name in _NONE and value == 0)
    }
    return members | _beside(data) | ({"is_only_self": 1} if archive.get("state") == _PRIVATE else {})


def _beside(data: JsonObject) -> dict[str, JsonValue]:
    """Return what stands beside `archive` in the answer and has another form in an edit."""
    found: dict[str, JsonValue] = {}
    if isinstance(data.get("watermark"), dict):
        found["watermark"] = {"state": number_in(_object(data, "watermark"), "state")}
    if isinstance(data.get("subtitle"), dict):
        subtitle = _object(data, "subtitle")
        found["subtitle"] = {"open": int(bool(subtitle.get("allow"))), "lan": text_in(subtitle, "lan")}
    if "no_disturbance" in data:
        found["no_disturbance"] = number_in(data, "no_disturbance")
    return found


def _object(data: JsonObject, name: str) -> JsonObject:
    value = data.get(name)
    return cast("JsonObject", value) if isinstance(value, dict) else {}
