#!/usr/bin/env python3
"""Make `src/bilibili_api/protocol/data/zones.json` from the partition tree and the list of new partitions.

    python tools/make_zones.py partitions.json human_types.json > src/bilibili_api/protocol/data/zones.json

`partitions.json` is a list of `{"tid", "name", "sub": [{"tid", "name"}]}`, `human_types.json` a list of
`{"id", "name"}`. What those files do not tell (retired ids, former names, which leaf stands for a whole main
partition) is written below and comes from section 7.8 of the protocol document.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SOURCES = (
    "Protocol document, sections 7.8 and 7.9. Partition tree: SocialSisterYi bilibili-API-collect "
    "(video_zone.md), Nemo2011 bilibili-api (video_zone.json, meta_pre.json), MoyuScript bilibili-api v9 "
    "(channel.json). New partitions: SocialSisterYi bilibili-API-collect (video_zone_v2.md), renmu123 "
    "bilibili-API-collect-next."
)

EVERYDAY = 21
"""日常: what the server itself falls back to (section 6.2, row tid)."""

GENERAL = {1: 27, 3: 130, 5: 241, 129: 154, 160: 21, 181: 261, 202: EVERYDAY, 217: 75, 223: 176, 234: 238}
"""Main partition -> the leaf that takes anything; where none is named so, the first leaf stands in."""

LICENSED = {145: 261, 146: 261, 83: 261, 187: 261, **dict.fromkeys((202, 203, 204, 205, 206), EVERYDAY)}
"""Absent from the upload tree of ordinary accounts -> the leaf to suggest instead."""

RETIRED_MAIN = {165: "广告"}

RETIRED = {
    3: {194: "电音"},
    36: {39: "演讲·公开课", 96: "星海", 98: "机械"},
    188: {189: "电脑装机", 190: "摄影摄像", 191: "影音智能"},
    223: {224: "汽车文化", 225: "汽车极客", 226: "智能出行"},
    160: {174: "其他", 163: "运动"},
    155: {192: "风尚标"},
    5: {131: "Korea相关"},
    165: {166: "广告"},
}
"""Main partition -> its leaves that are gone. That 166 stood below 165 is deduced from `165/166`."""

SUCCESSOR = {98: 232, 163: 238, 192: 159}
"""Retired leaf -> a leaf of today that clearly continues it; the others are sent to the general leaf."""

FORMER = {
    47: "短片·手书·配音",
    200: "中国舞",
    232: "工业·工程·机械",
    235: "篮球·足球",
    222: "爬宠",
    220: "大熊猫",
    137: "明星",
    85: "短片",
}
"""Leaf -> its name of 2021, where it differs."""


def rows(tree: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return every partition as one flat row, each main partition before its leaves."""
    found: list[dict[str, Any]] = []
    retired = [{"tid": tid, "name": name, "sub": []} for tid, name in RETIRED_MAIN.items()]
    for main in [*tree, *retired]:
        first = main["sub"][0]["tid"] if main["sub"] else EVERYDAY
        general = GENERAL.get(main["tid"], first)
        found.append(row(main["tid"], main["name"], None, general))
        found += [row(leaf["tid"], leaf["name"], main["tid"], general) for leaf in main["sub"]]
        found += [row(tid, name, main["tid"], general) for tid, name in RETIRED.get(main["tid"], {}).items()]
    return found


def row(tid: int, name: str, parent: int | None, general: int) -> dict[str, Any]:
    """Return one partition; `instead` is the leaf to suggest where this one cannot be chosen."""
    line: dict[str, Any] = {"tid": tid, "name": name, "parent": parent, "state": "open"}
    if tid in LICENSED:
        line |= {"state": "licensed", "instead": LICENSED[tid]}
    elif tid in RETIRED_MAIN or tid in RETIRED.get(parent or 0, {}):
        line |= {"state": "retired", "instead": SUCCESSOR.get(tid, general)}
    elif parent is None:
        line["instead"] = general
    if tid in FORMER:
        line["former"] = FORMER[tid]
    return line


def main(partitions: str, human_types: str) -> None:
    """Write the data file to standard output, one partition a line."""
    tree = json.loads(Path(partitions).read_text("utf-8"))
    new = [{"id": one["id"], "name": one["name"]} for one in json.loads(Path(human_types).read_text("utf-8"))]
    parts = [f'"sources": {json.dumps(SOURCES, ensure_ascii=False)}']
    for name, lines in (("zones", rows(tree)), ("human_types", new)):
        body = ",\n".join("  " + json.dumps(line, ensure_ascii=False) for line in lines)
        parts.append(f'"{name}": [\n{body}\n ]')
    sys.stdout.write("{\n " + ",\n ".join(parts) + "\n}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
