"""One file in several submissions, or several times in one: each stored file goes into one place of one archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.engine.crashing import Death, Fate, MortalJournal
from tests.engine.today import DATA, PART, PARTS, Today, md5, simulator_of_today

from bilibili_api.video_uploader import VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options, VideoUploader

OTHER = b"another film"


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


class Desk:
    """Processes that upload some of two files."""

    def __init__(self, today: Today, folder: Path) -> None:
        self.sim = today.sim
        self._today, self._folder = today, folder
        (folder / "film.mp4").write_bytes(DATA)
        (folder / "other.mp4").write_bytes(OTHER)

    def process(self, *names: str, fate: Fate | None = None) -> VideoUploader:
        pages = [VideoUploaderPage(self._folder / f"{name}.mp4", title=name) for name in names]
        journal = MortalJournal(self._folder / "journal.db", fate or Fate())
        return self._today.make(pages=pages, journal=journal, threads=1, chunk_size=PART)

    async def stops_before_submitting(self, *names: str) -> None:
        """Upload everything, and die."""
        writes = 4 + sum(PARTS + 1 if name == "film" else 2 for name in names) + 2 * (len(names) - 1)
        with pytest.raises(Death):
            await self.process(*names, fate=Fate(writes)).start()
        assert (len(self.sim.seen("complete")), self.sim.archives) == (len(names), [])

    def published(self) -> list[list[str]]:
        """The stored names of each archive, whose contents are those of the files."""
        contents = {md5(DATA), md5(OTHER)}
        assert all(video.md5 in contents for archive in self.sim.archives for video in archive.videos)
        return [[video.filename for video in archive.videos] for archive in self.sim.archives]


@pytest.fixture
def desk(sim: Simulator, account: Account, options: Options, tmp_path: Path) -> Desk:
    return Desk(Today(sim, account, options), tmp_path)


async def test_a_submission_takes_over_what_another_one_has_stored(desk: Desk):
    """A page is left out, and nothing has to be sent again."""
    await desk.stops_before_submitting("film", "other")
    assert await desk.process("film").start()
    assert len([seen for seen in desk.sim.seen("part") if seen.status == 200]) == PARTS + 1


async def test_no_stored_file_gets_into_two_archives(desk: Desk):
    """What one submission took over from another one, that one sends anew."""
    await desk.stops_before_submitting("film", "other")
    assert await desk.process("film").start()
    assert await desk.process("film", "other").start()
    [[film], [again, _]] = desk.published()
    assert film != again


async def test_a_file_that_is_given_twice_is_stored_twice(desk: Desk):
    """Also when it was taken over."""
    await desk.stops_before_submitting("film", "other")
    assert await desk.process("film", "film").start()
    [[first, second]] = desk.published()
    assert first != second
