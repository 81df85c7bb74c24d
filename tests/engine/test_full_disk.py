"""When there is no room for the journal, uploads go on, and write down later what they could not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.engine.crashing import Death, Fate, MortalJournal
from tests.engine.today import DATA, PART, PARTS, Today, simulator_of_today

from bilibili_api.exceptions import JournalFailed
from bilibili_api.simulator import Simulator, Status
from bilibili_api.video_uploader import VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account
    from bilibili_api.video_uploader import Options, VideoUploader

FIRST_CHUNK = 3
"""The write that says that the first chunk is stored: after the job, a turn, and the target."""


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


class Disk:
    """Processes that upload the same file, each with a disk that is full for some of its writes."""

    def __init__(self, today: Today, folder: Path) -> None:
        self._today, self._folder = today, folder
        self._video = folder / "video.mp4"
        self._video.write_bytes(DATA)

    def process(self, fate: Fate | None = None) -> VideoUploader:
        journal = MortalJournal(self._folder / "journal.db", fate or Fate())
        pages = [VideoUploaderPage(self._video, title="P1")]
        return self._today.make(pages=pages, journal=journal, threads=1, chunk_size=PART)

    def taken(self) -> int:
        return len(self._today.parts(stored=True))


@pytest.fixture
def disk(sim: Simulator, account: Account, options: Options, tmp_path: Path) -> Disk:
    return Disk(Today(sim, account, options), tmp_path)


async def test_what_was_not_written_is_written_when_the_upload_fails(sim: Simulator, disk: Disk):
    """Two chunks find the disk full, the third is refused: the next process sends neither of the two again."""
    sim.faults.add("part", Status(400), part=3)
    with pytest.raises(Exception, match="400"):
        await disk.process(Fate(full=(FIRST_CHUNK, 2))).start()
    assert await disk.process().start()
    assert disk.taken() == PARTS


async def test_what_was_not_written_is_written_with_the_next_chunk(disk: Disk):
    """Two chunks find the disk full, and the process dies after the third was written."""
    with pytest.raises(Death):
        await disk.process(Fate(FIRST_CHUNK + 2, is_after=True, full=(FIRST_CHUNK, 2))).start()
    assert await disk.process().start()
    assert disk.taken() == PARTS


async def test_nothing_is_submitted_that_cannot_be_written_down(sim: Simulator, disk: Disk):
    """The upload stops before it; once there is room, it goes on from there."""
    with pytest.raises(JournalFailed, match="full") as caught:
        await disk.process(Fate(full=(FIRST_CHUNK, 99))).start()
    assert (sim.seen("submit"), bool(caught.value.hint)) == ([], True)
    uploader = disk.process()
    assert await uploader.start()
    assert len(sim.archives) == 1


async def test_nothing_is_sent_that_cannot_be_begun_in_the_journal(sim: Simulator, disk: Disk):
    """Without a job no other process could know of it."""
    with pytest.raises(JournalFailed, match="full"):
        await disk.process(Fate(full=(0, 1))).start()
    assert sim.seen("preupload") == []
