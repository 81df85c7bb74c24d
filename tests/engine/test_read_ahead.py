"""What is sent next from a file is on its way from the disk while other parts are sent."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from tests.kit import until

from bilibili_api.engine import parts
from bilibili_api.engine.parts import PartList
from bilibili_api.engine.source import FileSource

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

PART = 1000
STEP, AHEAD = 500, 2000


class Disk(FileSource):
    """A file of which a part lies in the cache; keeps what it was told of."""

    can_be_told = True

    def __init__(self, descriptor: int, cached: int = 0) -> None:
        super().__init__(descriptor)
        self._cached = cached
        self.told: list[tuple[int, int]] = []

    def read_now(self, offset: int, room: memoryview) -> int:
        return len(room) if offset < self._cached else 0

    def will_need(self, offset: int, size: int) -> None:
        self.told.append((offset, size))

    @property
    def ready(self) -> int:
        """Up to which byte the disk knows."""
        return max((offset + size for offset, size in self.told), default=0)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "STEP", STEP)
    monkeypatch.setattr(parts, "AHEAD", AHEAD)


@asynccontextmanager
async def running(tmp_path: Path, cached: int = 0) -> AsyncGenerator[tuple[Disk, PartList]]:
    path = tmp_path / "video.mp4"
    path.write_bytes(bytes(10 * PART + 300))
    disk = Disk(os.open(path, os.O_RDONLY), cached)
    listed = PartList(disk, disk.size(), PART, 3)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(listed.run())
        yield disk, listed
        task.cancel()
    disk.close()


async def settled(disk: Disk, at_least: int = 1) -> int:
    """Up to where the disk was told, once it was told that much and nothing more comes."""
    await until(lambda: disk.ready >= at_least)
    before = -1
    while before != disk.ready:
        before = disk.ready
        await asyncio.sleep(0.01)
    return before


async def test_the_disk_is_told_of_what_comes_next_and_of_no_more(tmp_path: Path):
    """A little ahead of the latest part that was taken."""
    async with running(tmp_path) as (disk, listed):
        for taken in range(0, 4 * PART, PART):
            assert await settled(disk, taken + AHEAD + STEP) == taken + AHEAD + STEP
            await listed.next()


async def test_it_is_told_of_every_byte_once(tmp_path: Path):
    """In order, to the last one."""
    async with running(tmp_path) as (disk, listed):
        while await listed.next() is not None:
            await settled(disk)
    assert disk.told == [(at, min(STEP, 10_300 - at)) for at in range(0, 10_300, STEP)]


async def test_what_is_in_the_cache_costs_nothing(tmp_path: Path):
    """The disk is not asked for it."""
    async with running(tmp_path, cached=1500) as (disk, _):
        await settled(disk)
        assert disk.told[0] == (1500, STEP)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot be told")
def test_linux_can_be_told(tmp_path: Path):
    """And nothing is read by that."""
    path = tmp_path / "video.mp4"
    path.write_bytes(b"video")
    source = FileSource(os.open(path, os.O_RDONLY))
    assert source.can_be_told
    source.will_need(0, 5)
    source.close()
