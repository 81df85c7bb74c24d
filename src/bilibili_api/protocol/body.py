"""The body of a submission, made of metadata in which no problem was found (sections 6.1 to 6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .fields import FIELDS, TODAY, Column
from .fitting import WEB_DEFAULTS
from .json_values import JsonValue, items_of, plain
from .meta_rules import text_of_mentions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .interfaces import Interface

EXTRA: Final = "extra"
"""The key of `meta` whose mapping is passed through; it is not sent itself."""

DEFAULTS: Final[Mapping[str, JsonValue]] = {
    "source": "",
    "desc": "",
    "desc_format_id": 0,
    "dynamic": "",
    "interactive": 0,
}
"""What every client sends and what decides nothing for the user; filled in where `meta` lacks it."""

_V3_DEFAULTS: Final[Mapping[str, JsonValue]] = {"desc_format_id": 9999, "cover43": ""}
"""As the site itself sends them (section 6.1, sample)."""


def parts_of(meta: object, extra: object) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
    """Split metadata into what is sent by our rules and what is passed through untouched.

    Args:
        meta: The metadata, which may have a mapping to pass through in `extra`.
        extra: Further keys to pass through, or None.

    Returns:
        The metadata's own keys, less those that are passed through and those whose value means nothing, and
        the keys that are passed through.

    Raises:
        NotJson: The metadata was not checked.
    """
    own = items_of(meta).named
    passed = {**items_of(own.pop(EXTRA, None) or {}).named, **items_of(extra or {}).named}
    kept = {key: value for key, value in own.items() if key not in passed and not _means_nothing(key, value)}
    return _plain(kept), _plain(passed)


def compose(
    interface: Interface,
    own: Mapping[str, JsonValue],
    *,
    cover43: str,
    videos: Sequence[Mapping[str, object]],
) -> dict[str, object]:
    """Return what one interface is sent, without the cover and what is passed through.

    Args:
        interface: Which one.
        own: The metadata, as `parts_of` gives it.
        cover43: Address of a 4:3 cover, or `""`; only web v3 has it.
        videos: The parts.
    """
    on_web = interface.column is Column.WEB
    body: dict[str, object] = {**DEFAULTS}
    if on_web:
        body |= WEB_DEFAULTS
    if interface.is_v3:
        body |= _V3_DEFAULTS
    body |= own if interface.column is Column.CLIENT else todays(own)
    if own.get("desc_v2") and not own.get("desc"):
        body["desc"] = text_of_mentions(own["desc_v2"])
    if interface.is_v3 and cover43:
        body["cover43"] = cover43
    if on_web and "topic_id" in own:
        body.setdefault("topic_detail", _topic_detail(own["topic_id"]))
    return body | {"videos": [_video(video, with_cid=on_web) for video in videos]}


def todays(meta: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return metadata under the names of today; where both names are given, today's counts (section 6.3).

    The `build` of the PC tool says nothing to others and is left out.
    """
    return {
        TODAY.get(key, key): value
        for key, value in meta.items()
        if TODAY.get(key) not in meta and key != "build"
    }


def _topic_detail(topic_id: JsonValue) -> dict[str, JsonValue]:
    return {"from_topic_id": topic_id, "from_source": "arc.web.recommend"}


def _video(video: Mapping[str, object], *, with_cid: bool) -> dict[str, object]:
    return {key: value for key, value in video.items() if with_cid or key != "cid"}


def _plain(values: Mapping[str, object]) -> dict[str, JsonValue]:
    return {key: plain(value) for key, value in values.items()}


def _means_nothing(key: str, value: object) -> bool:
    """Whether a value says the same as leaving its key out."""
    field = FIELDS.get(key)
    return value is None and field is not None and field.nullable
