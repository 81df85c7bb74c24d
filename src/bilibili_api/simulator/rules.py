"""What a submission must look like, and the codes for what is wrong (protocol document, 6.2 and 6.4).

The first thing found wrong is answered, as the live service does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

from bilibili_api.simulator.reply import RefusalError, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLE_LENGTH = 80
TAG_COUNT = 12
TAG_LENGTH = 20
DESC_LENGTH = 250  # through the PC tool
SOURCE_LENGTH = 200
DYNAMIC_LENGTH = 233
PART_COUNT = 100
SHORTEST_DELAY = 2 * 3600
LONGEST_DELAY = 15 * 86400
COLLECTING_TID = 21  # where main partitions end up (section 6.2)

_REQUIRED: Mapping[str, type] = {"title": str, "copyright": int, "tid": int, "tag": str, "videos": list}
_OPTIONAL: Mapping[str, type] = {
    "source": str,
    "desc": str,
    "desc_format_id": int,
    "dynamic": str,
    "interactive": int,
    "cover": str,
    "no_reprint": int,
    "open_elec": int,
    "subtitles": dict,
    "subtitle": dict,
    "up_close_danmaku": bool,
    "up_close_danmu": bool,
    "up_close_reply": bool,
    "up_selection_reply": bool,
    "build": int,
}
_NULLABLE: Mapping[str, type] = {"dtime": int, "mission_id": int}
_CHOICES = {"copyright": (1, 2), "interactive": (0, 1), "no_reprint": (0, 1), "open_elec": (0, 1)}
# Unknown members are ignored, but this one is known to be refused (section 6.2).
_FORBIDDEN = ("limited_free",)


class RefusedMetaError(RefusalError):
    """A submission breaks a rule."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(refusal(code, message))


@dataclass(frozen=True, slots=True)
class Part:
    """One entry of `videos`."""

    filename: str
    title: str
    desc: str


@dataclass(frozen=True, slots=True)
class Submission:
    """Metadata that passed; `tid` is the partition it will really be in."""

    title: str
    tid: int
    cover: str
    parts: tuple[Part, ...]


def check_meta(meta: Any, now: float) -> Submission:
    """Check everything that can be said without knowing what is stored.

    Args:
        meta: the parsed JSON body.
        now: Unix seconds, for `dtime`.

    Raises:
        RefusedMetaError: with the code of the first broken rule.
    """
    if not isinstance(meta, dict):
        raise RefusedMetaError(21001, "the body must be a JSON object")
    fields = cast("dict[str, Any]", meta)
    _check_members(fields)
    parts = _parts(fields["videos"])
    _check_texts(fields)
    _check_tags(fields["tag"])
    _check_dtime(fields.get("dtime"), now)
    return Submission(fields["title"], _partition(fields["tid"]), fields.get("cover", ""), parts)


def _check_members(meta: dict[str, Any]) -> None:
    for name in _FORBIDDEN:
        if name in meta:
            raise RefusedMetaError(21001, f"{name} must not be there")
    if not meta.get("videos"):
        raise RefusedMetaError(21011, "there are no videos")
    _check_types(meta)
    for name, allowed in _CHOICES.items():
        if name in meta and meta[name] not in allowed:
            raise RefusedMetaError(21001, f"{name} must be one of {allowed}")


def _check_types(meta: dict[str, Any]) -> None:
    for name, kind in _REQUIRED.items():
        _check_type(name, meta.get(name), kind)
    for name, kind in _OPTIONAL.items():
        if name in meta:
            _check_type(name, meta[name], kind)
    for name, kind in _NULLABLE.items():
        if meta.get(name) is not None:
            _check_type(name, meta[name], kind)


def _check_type(name: str, value: Any, kind: type) -> None:
    # `type is`, not isinstance: to the service true is no number.
    if type(value) is not kind:
        raise RefusedMetaError(21001, f"{name} must be {kind.__name__}, not {type(value).__name__}")


def _parts(videos: list[Any]) -> tuple[Part, ...]:
    if len(videos) > PART_COUNT:
        raise RefusedMetaError(21058, f"{len(videos)} parts; {PART_COUNT} at most in one call")
    return tuple(_part(number, video) for number, video in enumerate(videos, 1))


def _part(number: int, video: Any) -> Part:
    if not isinstance(video, dict):
        raise RefusedMetaError(21001, f"videos[{number - 1}] must be an object")
    fields = cast("dict[str, Any]", video)
    for name in ("filename", "title", "desc"):
        _check_type(f"videos[{number - 1}].{name}", fields.get(name), str)
    if len(fields["title"]) > TITLE_LENGTH:
        raise RefusedMetaError(21104, f"the title of part {number} has more than {TITLE_LENGTH} characters")
    return Part(fields["filename"], fields["title"], fields["desc"])


def _check_texts(meta: dict[str, Any]) -> None:
    if not 0 < len(meta["title"].strip()) <= len(meta["title"]) <= TITLE_LENGTH:
        raise RefusedMetaError(21103, f"the title must have 1 to {TITLE_LENGTH} characters")
    source = meta.get("source", "")
    if meta["copyright"] == 2 and not source.strip():
        raise RefusedMetaError(21021, "a repost must name its source")
    if len(source) > SOURCE_LENGTH:
        raise RefusedMetaError(21001, f"source has more than {SOURCE_LENGTH} characters")
    if len(meta.get("desc", "")) > DESC_LENGTH:
        raise RefusedMetaError(21052, f"the description has more than {DESC_LENGTH} characters")
    if len(meta.get("dynamic", "")) > DYNAMIC_LENGTH:
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
    if tid in _LEAVES:
        return tid
    if tid in _MAINS:
        return COLLECTING_TID
    raise RefusedMetaError(21002, f"partition {tid} is not available")


def _load_partitions() -> tuple[frozenset[int], frozenset[int]]:
    text = resources.files("bilibili_api.simulator").joinpath("data", "partitions.json").read_text("utf-8")
    partitions = json.loads(text)["partitions"]
    leaves = frozenset(int(tid) for main in partitions for tid in main["leaves"])
    return leaves, frozenset(int(main["tid"]) for main in partitions)


_LEAVES, _MAINS = _load_partitions()
