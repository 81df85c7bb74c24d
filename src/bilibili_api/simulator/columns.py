"""The members of a submission, by the columns of the master table (protocol document, section 6.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bilibili_api.simulator.zones import HUMAN_TYPES, NEUTRAL_MARKS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_DESC_OF_THE_PC_TOOL = 250
_DESC = 2000

REQUIRED: Mapping[str, type] = {"title": str, "copyright": int, "tid": int, "tag": str, "videos": list}
_EVERYWHERE: Mapping[str, type] = {
    "source": str,
    "desc": str,
    "desc_format_id": int,
    "dynamic": str,
    "interactive": int,
    "cover": str,
    "no_reprint": int,
    "open_elec": int,
    "subtitle": dict,
    "up_close_danmu": bool,
    "up_close_reply": bool,
    "up_selection_reply": bool,
    "build": int,
}
_PC_TOOL: Mapping[str, type] = {"subtitles": dict, "up_close_danmaku": bool}
_TODAY: Mapping[str, type] = {
    "desc_v2": list,
    "topic_id": int,
    "human_type2": int,
    "recreate": int,
    "dolby": int,
    "lossless_music": int,
    "is_only_self": int,
    "neutral_mark": str,
}
_APP: Mapping[str, type] = {"charging_pay": int, "open_subtitle": bool}
_WEB: Mapping[str, type] = {
    "topic_detail": dict,
    "no_disturbance": int,
    "act_reserve_create": int,
    "space_hidden": int,
    "watermark": dict,
    "is_360": int,
    "porder": dict,
    "adorder_type": int,
    "web_os": int,
    "csrf": str,
}
_WEB_V3: Mapping[str, type] = {"cover43": str, "creation_statement": dict}

CHOICES: Mapping[str, Collection[Any]] = {
    "interactive": (0, 1),
    "no_reprint": (0, 1),
    "open_elec": (0, 1),
    "recreate": (-1, 1),
    "dolby": (0, 1),
    "lossless_music": (0, 1),
    "is_only_self": (0, 1),
    "charging_pay": (0, 1),
    "no_disturbance": (0, 1),
    "space_hidden": (1, 2),
    "is_360": (-1, 1),
    "neutral_mark": ("", *NEUTRAL_MARKS),
    "human_type2": (0, *HUMAN_TYPES),
}
# Of members that are objects: which choice each of theirs has.
INNER_CHOICES: Mapping[str, Mapping[str, Collection[Any]]] = {
    "creation_statement": {"id": (-1, 1, 2, 3, 4)},
    "watermark": {"state": (0, 1)},
    "subtitle": {"open": (0, 1)},
}
# Unknown members are ignored, but this one is known to be refused.
FORBIDDEN = ("limited_free",)
# An edit must not echo these, though the view of an archive has them (section 7.3).
FORBIDDEN_IN_EDITS = ("recreate", "human_type2", "activity", "attrs", "tp_info")
# Members of a submission that an edit is reported not to change (section 7.3).
WITHOUT_EFFECT = frozenset({"up_close_danmu", "up_close_reply", "up_selection_reply", "open_elec"})
# What the view of an archive shows (section 7.2): an edit that leaves it out loses it. What it does not
# show no client could repeat, hence it stays (deduced).
SHOWN = frozenset({
    "title", "cover", "tid", "tag", "copyright", "source", "desc", "desc_v2", "desc_format_id", "dynamic",
    "no_reprint", "dtime", "mission_id", "topic_id", "charging_pay", "neutral_mark", "subtitle",
    "watermark", "no_disturbance", "videos",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """What one interface knows of a submission.

    Attributes:
        types: of the members it knows and that may be missing; it ignores all others.
        desc_length: longest description, characters.
        copyrights: its choices for `copyright`.
        nulls: a member that may be missing may be null, as one client sends it.
        part_title_null: so may the title of a part.
        cid: it reads `videos[].cid`.
        missions_need_topics: `mission_id` counts only with a topic.
    """

    types: Mapping[str, type]
    desc_length: int = _DESC
    copyrights: tuple[int, ...] = (1, 2)
    nulls: bool = True
    part_title_null: bool = False
    cid: bool = False
    missions_need_topics: bool = True


CLIENT = Column(
    {**_EVERYWHERE, **_PC_TOOL}, desc_length=_DESC_OF_THE_PC_TOOL, nulls=False, missions_need_topics=False
)
APP = Column({**_EVERYWHERE, **_TODAY, **_APP}, part_title_null=True)
WEB = Column({**_EVERYWHERE, **_TODAY, **_WEB}, cid=True)
WEB_V3 = Column({**WEB.types, **_WEB_V3}, copyrights=(1, 2, 3), cid=True)
