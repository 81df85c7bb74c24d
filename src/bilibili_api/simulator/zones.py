"""Partitions, old and new, and the fixed lists around them (protocol document, 6.2, 7.5, 7.8 and 7.9)."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_PARTS, _MOST_PARTS_WIDE = 50, 100
_WIDE = (171, 137, 122, 29, 20, 156, 169)  # section 6.4
_SPECIAL = 1028  # exists, but is not offered

_NAMES = (
    "影视 娱乐 音乐 舞蹈 动画 绘画 鬼畜 游戏 资讯 知识 人工智能 科技数码 汽车 时尚美妆 家装房产 户外潮流 健身"
    " 体育运动 手工 美食 小剧场 旅游出行 三农 动物 亲子 健康 情感 - vlog 生活兴趣 生活经验"
)
HUMAN_TYPES: Mapping[int, str] = {
    number: name for number, name in enumerate(_NAMES.split(), 1001) if number != _SPECIAL
}
# The document tells what the six say, not how; these are the simulator's words.
NEUTRAL_MARKS = (
    "made with AI",
    "dangerous acts, do not imitate",
    "for entertainment only",
    "may cause discomfort",
    "consume rationally",
    "personal opinion",
)
INDUSTRIES: Mapping[int, str] = {
    1: "mobile game",
    2: "app",
    3: "cosmetics",
    4: "clothing",
    5: "bags",
    6: "food",
    7: "media",
    8: "hardware",
    9: "other",
    20: "console",
    21: "web game",
    22: "PC",
    23: "online",
    213: "medical",
    214: "finance",
}


def _load() -> list[dict[str, Any]]:
    text = resources.files("bilibili_api.simulator").joinpath("data", "partitions.json").read_text("utf-8")
    return json.loads(text)["partitions"]


_TREE = _load()
LEAVES: Mapping[int, str] = {int(tid): name for main in _TREE for tid, name in main["leaves"].items()}
MAINS: Mapping[int, str] = {int(main["tid"]): main["name"] for main in _TREE}


def parent_of(tid: int) -> int:
    """Return the main partition of a leaf."""
    return next(int(main["tid"]) for main in _TREE if str(tid) in main["leaves"])


def leaf(tid: int) -> dict[str, Any]:
    """Describe a leaf as `archive/pre` and the prediction do."""
    return {
        "id": tid,
        "parent": parent_of(tid),
        "name": LEAVES[tid],
        "notice": "",
        "max_video_count": _MOST_PARTS_WIDE if tid in _WIDE else _MOST_PARTS,
    }


def tree() -> list[dict[str, Any]]:
    """Return the old partitions with their leaves, as `archive/pre` lists them."""
    return [
        {
            "id": int(main["tid"]),
            "parent": 0,
            "name": main["name"],
            "children": [leaf(int(tid)) for tid in main["leaves"]],
        }
        for main in _TREE
    ]
