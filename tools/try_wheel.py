#!/usr/bin/env python3
"""Uses the package as installed from its wheel: imports it and reads every file it ships with."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import bilibili_api
from bilibili_api import channel, simulator
from bilibili_api.language import translate
from bilibili_api.saying import say

MEDIA = ("P1.mp4", "P2.mp4", "cover.jpg")


async def try_simulator() -> None:
    """Start and stop a simulator, which reads its data."""
    async with simulator.Simulator():
        pass


def main() -> None:
    """Fail with an error when something is missing."""
    place = Path(bilibili_api.__file__)
    if not place.is_relative_to(sys.prefix):
        raise SystemExit(f"this is not the installed package but {place}")
    import_module("bilibili_api.video_uploader")
    if channel.get_channel_info_by_tid(21)[1] is None:
        raise SystemExit("the table of partitions is missing or damaged")
    if not files("bilibili_api").joinpath("py.typed").is_file():
        raise SystemExit("py.typed is missing: users get no types")
    if not all(files("bilibili_api.apps.cli").joinpath("media", name).is_file() for name in MEDIA):
        raise SystemExit("the clips of the demo are missing")
    if translate(say("Check the path."), "zh") == "Check the path.":
        raise SystemExit("the catalogue of translations is missing")
    asyncio.run(try_simulator())


if __name__ == "__main__":
    main()
