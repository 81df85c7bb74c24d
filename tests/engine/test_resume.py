"""An upload that was stopped is gone on with by another uploader, of which the first one knows nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import DATA, PART, PARTS, Today, simulator_of_today
from tests.kit import until

from bilibili_api.journal import Journal
from bilibili_api.simulator import Simulator, Stall
from bilibili_api.video_uploader import VideoUploader, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account
    from bilibili_api.video_uploader import Options


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


async def stopped(sim: Simulator, uploader: VideoUploader, step: str, after: int) -> None:
    """Start, and stop when a step has been done so often."""
    hanging = sim.faults.add(step, Stall(), after=after)
    running = asyncio.create_task(uploader.start())
    await asyncio.wait_for(hanging.fired.wait(), 10)
    await until(lambda: len([seen for seen in sim.seen(step) if seen.status == 200]) >= after)
    await uploader.abort()
    assert await running is None


LINES = {"upos": ("bda2", "token and cookies", "part"), "pc": ("pc", "key", "chunk")}


class TestResume:
    """Only what the server does not have is sent."""

    @pytest.mark.parametrize(("line", "has", "step"), LINES.values(), ids=LINES)
    async def test_another_uploader_sends_only_the_rest(
        self, today: Today, sim: Simulator, journal: Journal, video: Path, line: str, has: str, step: str
    ):
        """Every part is stored once, at one target."""
        given: dict[str, Any] = {
            "line": line,
            "has": has,
            "journal": journal,
            "threads": 1,
            "chunk_size": PART,
        }
        await stopped(sim, today.make(pages=pages(video), **given), step, after=2)
        await today.ends_right(today.make(pages=pages(video), **given))
        taken = [seen for seen in sim.seen(step) if seen.status == 200]
        assert (len(taken), len(sim.seen("preupload"))) == (PARTS, 1)
