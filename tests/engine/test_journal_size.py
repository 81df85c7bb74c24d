"""A journal keeps of what is done no more than it needs to know it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.engine.today import DATA, Today, simulator_of_today

from bilibili_api.journal import Journal
from bilibili_api.video_uploader import VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


async def test_covers_are_kept_until_all_is_done(
    sim: Simulator, account: Account, options: Options, cover: bytes, tmp_path: Path
):
    """Also when it is started once more afterwards."""
    journal, video = Journal(tmp_path / "journal.db"), tmp_path / "video.mp4"
    video.write_bytes(DATA)
    for _ in range(2):
        pages = [VideoUploaderPage(video, title="P1")]
        assert await Today(sim, account, options).make(pages=pages, cover=cover, journal=journal).start()
        [job] = await journal.jobs()
        assert await journal.pictures(job.id) == {}
    assert len(sim.archives) == 1
