"""What a submission must look like, and the codes for what is wrong (protocol document, 6.2 and 6.4).

The first thing found wrong is answered, as the live service does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from bilibili_api.simulator.columns import CHOICES, CLIENT, FORBIDDEN, INNER_CHOICES, REQUIRED
from bilibili_api.simulator.reply import RefusalError, refusal
from bilibili_api.simulator.zones import LEAVES, MAINS

if TYPE_CHECKING:
    from collections.abc import Collection

    from bilibili_api.simulator.columns import Column

TITLE_LENGTH = 80
TAG_COUNT = 12
TAG_LENGTH = 20
SOURCE_LENGTH = 200
DYNAMIC_LENGTH = 233
PART_COUNT = 100
SHORTEST_DELAY = 2 * 3600
LONGEST_DELAY = 15 * 86400
COLLECTING_TID = 21  # where main partitions end up (section 6.2)


class RefusedMetaError(RefusalError):
    """A submission breaks a rule."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(refusal(code, message))


@dataclass(frozen=True, slots=True)
class Part:
    """One entry of `videos`; `cid` is None when it was not given or nobody reads it."""

    filename: str
    title: str
    desc: str
    cid: int | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """Metadata that passed; `tid` is the partition it will really be in."""

    title: str
    tid: int
    cover: str
    parts: tuple[Part, ...]
    cover43: str = ""
    topic: int | None = None
    mission: int | None = None


def check_meta(
    meta: Any, now: float, column: Column = CLIENT, *, most_parts: int | None = PART_COUNT
) -> Submission:
    """Check everything that can be said without knowing what is stored.

    Args:
        meta: the parsed JSON body.
        now: Unix seconds, for `dtime`.
        column: what the interface knows.
        most_parts: how many there may be in one call, None: however many.

    Raises:
        RefusedMetaError: with the code of the first broken rule.
    """
    if not isinstance(meta, dict):
        raise RefusedMetaError(21001, "the body must be a JSON object")
    fields = cast("dict[str, Any]", meta)
    _check_members(fields, column)
    parts = _parts(fields["videos"], column, most_parts)
    _check_texts(fields, column)
    _check_tags(fields["tag"])
    _check_dtime(fields.get("dtime"), now)
    topic, mission = fields.get("topic_id") if "topic_id" in column.types else None, fields.get("mission_id")
    if mission is not None and not topic and column.missions_need_topics:
        raise RefusedMetaError(21001, "mission_id counts only with a topic_id")
    return Submission(
        fields["title"],
        _partition(fields["tid"]),
        fields.get("cover") or "",
        parts,
        fields.get("cover43") or "" if "cover43" in column.types else "",
        topic or None,
        mission,
    )


def _check_members(meta: dict[str, Any], column: Column) -> None:
    for name in FORBIDDEN:
        if name in meta:
            raise RefusedMetaError(21001, f"{name} must not be there")
    if not meta.get("videos"):
        raise RefusedMetaError(21011, "there are no videos")
    _check_types(meta, column)
    _check_choice("copyright", meta["copyright"], column.copyrights)
    for name in meta.keys() & column.types.keys():
        _check_choices(name, meta[name])
    if meta["copyright"] not in {1, 2} and meta.get("creation_statement") is None:
        raise RefusedMetaError(21001, "copyright 3 needs a creation_statement")


def _check_types(meta: dict[str, Any], column: Column) -> None:
    for name, kind in REQUIRED.items():
        _check_type(name, meta.get(name), kind)
    for name, kind in column.types.items():
        if name in meta and not (column.nulls and meta[name] is None):
            _check_type(name, meta[name], kind)
    for name in ("dtime", "mission_id"):
        if meta.get(name) is not None:
            _check_type(name, meta[name], int)
    if "desc_v2" in column.types:
        for item in cast("list[Any]", meta.get("desc_v2") or []):
            _check_rich(item)


def _check_type(name: str, value: Any, kind: type) -> None:
    # `type is`, not isinstance: to the service true is no number.
    if type(value) is not kind:
        raise RefusedMetaError(21001, f"{name} must be {kind.__name__}, not {type(value).__name__}")


def _check_choices(name: str, value: Any) -> None:
    if value is None:
        return
    if name in CHOICES:
        _check_choice(name, value, CHOICES[name])
    for inner, allowed in INNER_CHOICES.get(name, {}).items():
        _check_choice(f"{name}.{inner}", value.get(inner), allowed)


def _check_choice(name: str, value: Any, allowed: Collection[Any]) -> None:
    if value not in allowed:
        raise RefusedMetaError(21001, f"{name} must be one of {', '.join(map(repr, allowed))}")


def _check_rich(item: Any) -> None:
    if not isinstance(item, dict):
        raise RefusedMetaError(21001, "desc_v2 must be a list of objects")
    fields = cast("dict[str, Any]", item)
    for name, kind in (("raw_text", str), ("type", int), ("biz_id", str)):
        _check_type(f"desc_v2[].{name}", fields.get(name), kind)
    if fields["type"] not in {1, 2} or (fields["type"] == 1) != (not fields["biz_id"]):
        raise RefusedMetaError(21001, "desc_v2: type 1 is text without biz_id, type 2 a mention with one")


def _parts(videos: list[Any], column: Column, most: int | None) -> tuple[Part, ...]:
    if most is not None and len(videos) > most:
        raise RefusedMetaError(21058, f"{len(videos)} parts; {most} at most in one call")
    return tuple(_part(number, video, column) for number, video in enumerate(videos, 1))


def _part(number: int, video: Any, column: Column) -> Part:
    where = f"videos[{number - 1}]"
    if not isinstance(video, dict):
        raise RefusedMetaError(21001, f"{where} must be an object")
    fields = cast("dict[str, Any]", video)
    untitled = column.part_title_null and fields.get("title") is None
    for name in ("filename", "desc") if untitled else ("filename", "title", "desc"):
        _check_type(f"{where}.{name}", fields.get(name), str)
    title = fields.get("title") or ""
    if len(title) > TITLE_LENGTH:
        raise RefusedMetaError(21104, f"the title of part {number} has more than {TITLE_LENGTH} characters")
    cid = fields.get("cid") if column.cid else None
    if cid is not None:
        _check_type(f"{where}.cid", cid, int)
    return Part(fields["filename"], title, fields["desc"], cid)


def _check_texts(meta: dict[str, Any], column: Column) -> None:
    if not 0 < len(meta["title"].strip()) <= len(meta["title"]) <= TITLE_LENGTH:
        raise RefusedMetaError(21103, f"the title must have 1 to {TITLE_LENGTH} characters")
    source, desc, dynamic = (meta.get(name) or "" for name in ("source", "desc", "dynamic"))
    if meta["copyright"] == 2 and not source.strip():
        raise RefusedMetaError(21021, "a repost must name its source")
    if len(source) > SOURCE_LENGTH:
        raise RefusedMetaError(21001, f"source has more than {SOURCE_LENGTH} characters")
    if len(desc) > column.desc_length:
        raise RefusedMetaError(21052, f"the description has more than {column.desc_length} characters")
    if len(dynamic) > DYNAMIC_LENGTH:
        raise RefusedMetaError(21001, f"dynamic has more than {DYNAMIC_LENGTH} characters")


def _check_tags(joined: str) -> None:
    tags = [tag.strip() for tag in joined.split(",")]
    if not all(tags):
        raise RefusedMetaError(21005, "a tag is empty")
    if len(tags) > TAG_COUNT:
        raise RefusedMetaError(21005, f"{len(tags)} tags; {TAG_COUNT} at most")
    if any(len(tag) > TAG_LENGTH for tag in tags):
        raise RefusedMetaError(21005, f"a tag has more than {TAG_LENGTH} characters")


def _check_dtime(dtime: int | None, now: float) -> None:
    if dtime is not None and not SHORTEST_DELAY < dtime - now <= LONGEST_DELAY:
        raise RefusedMetaError(21001, "dtime must be more than 2 hours and at most 15 days from now")


def _partition(tid: int) -> int:
    if tid in LEAVES:
        return tid
    if tid in MAINS:
        return COLLECTING_TID
    raise RefusedMetaError(21002, f"partition {tid} is not available")
