"""The same upload started again is the same upload: whatever its metadata are made of, however it is known."""

from __future__ import annotations

import asyncio
import shutil
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import DATA, Today, simulator_of_today
from tests.kit import good_meta, until

from bilibili_api.exceptions import UploadBusy
from bilibili_api.journal import Journal
from bilibili_api.simulator import Simulator, Stall
from bilibili_api.video_uploader import VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account
    from bilibili_api.video_uploader import Options, VideoUploader


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "data" / "journal.db")


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "video.mp4"
    path.write_bytes(DATA)
    return path


def pages(*paths: Path) -> list[VideoUploaderPage]:
    return [VideoUploaderPage(path, title=path.stem) for path in paths]


async def stopped(sim: Simulator, uploader: VideoUploader, step: Any, after: int = 0) -> None:
    """Start, and stop in the middle of a step that has been done so often."""
    hanging = sim.faults.add(step, Stall(), after=after)
    running = asyncio.create_task(uploader.start())
    await asyncio.wait_for(hanging.fired.wait(), 10)
    await until(lambda: len([seen for seen in sim.seen(step) if seen.status == 200]) >= after)
    await uploader.abort()
    assert await running is None


@pytest.mark.parametrize("value", [(1, 2), MappingProxyType({"a": 1}), {"a": (1,)}], ids=repr)
async def test_metadata_need_not_be_made_of_lists_and_dicts(
    today: Today, sim: Simulator, journal: Journal, video: Path, value: object
):
    """What is sent of them counts: a finished upload with a tuple in it is found again."""
    given: dict[str, Any] = {"pages": pages(video), "journal": journal, "extra": {"member": value}}
    first = await today.make(**given).start()
    assert (await today.make(**given).start(), len(sim.archives)) == (first, 1)


async def test_a_finished_one_is_found_although_another_was_begun_since(
    today: Today, sim: Simulator, journal: Journal, video: Path
):
    """The same files under another title were stopped: that makes nothing of the first one undone."""
    first = await today.make(pages=pages(video), journal=journal).start()
    other = today.make(pages=pages(video), journal=journal, meta=good_meta() | {"title": "B"})
    await stopped(sim, other, "part")
    assert (await today.make(pages=pages(video), journal=journal).start(), len(sim.archives)) == (first, 1)


async def test_two_copies_of_a_file_are_one_upload(
    today: Today, sim: Simulator, journal: Journal, video: Path, tmp_path: Path
):
    """They are known by what they hold, hence claimed by it: the second one stops."""
    copy = tmp_path / "copy.mp4"
    shutil.copy2(video, copy)
    hanging = sim.faults.add("part", Stall(), times=None)
    running = asyncio.create_task((first := today.make(pages=pages(video), journal=journal)).start())
    await hanging.fired.wait()
    error = await today.ends_with(today.make(pages=pages(copy), journal=Journal(journal.path)))
    assert (type(error), today.count("preupload")) == (UploadBusy, [1])
    await first.abort()
    await running
