"""A journal that is removed, full or at a loss: the process itself knows, and writes it anew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import DATA, PART, PARTS, Today, simulator_of_today
from tests.kit import until

from bilibili_api.exceptions import JournalFailed, SubmissionUnknown
from bilibili_api.journal import Journal
from bilibili_api.simulator import Cut, Simulator, Stall
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


def remove(path: Path) -> None:
    path.unlink()


def rewrite(path: Path, data: bytes) -> None:
    path.write_bytes(data)


async def stopped(sim: Simulator, uploader: VideoUploader, step: Any, after: int) -> None:
    """Start, and stop in the middle of a step that has been done so often since."""
    before = len([seen for seen in sim.seen(step) if seen.status == 200])
    hanging = sim.faults.add(step, Stall(), after=after)
    running = asyncio.create_task(uploader.start())
    await asyncio.wait_for(hanging.fired.wait(), 10)
    await until(lambda: len([seen for seen in sim.seen(step) if seen.status == 200]) >= before + after)
    await uploader.abort()
    assert await running is None


async def test_a_journal_that_is_gone_does_not_undo_what_the_process_knows(
    today: Today, sim: Simulator, journal: Journal, video: Path
):
    """Nobody knows whether it was submitted: that stays so, and nothing is uploaded again."""
    sim.faults.add("submit", Cut())
    uploader = today.make(pages=pages(video), journal=journal, has="key", line="pc", interface="app")
    assert isinstance(await today.ends_with(uploader), SubmissionUnknown)
    remove(journal.path)
    assert isinstance(await today.ends_with(uploader), SubmissionUnknown)
    assert today.count("preupload", "submit") == [1, 1]
    [job] = await journal.jobs()
    assert (job.state, job.is_stored) == ("unsure", True)


async def test_a_journal_that_is_gone_does_not_cost_what_is_stored(
    today: Today, sim: Simulator, journal: Journal, video: Path
):
    """The uploader that is started again sends only the rest, and writes it all down anew."""
    uploader = today.make(pages=pages(video), journal=journal, threads=1)
    await stopped(sim, uploader, "part", after=2)
    remove(journal.path)
    await stopped(sim, uploader, "part", after=1)
    assert (await journal.job(1)).stored == 3 * PART
    await today.ends_right(uploader)
    assert today.count("preupload") == [1]


async def test_a_file_that_changed_after_the_journal_was_lost_is_sent_anew(
    today: Today, sim: Simulator, journal: Journal, video: Path
):
    """What the process knows is of the file as it was."""
    uploader = today.make(pages=pages(video), journal=journal, threads=1)
    await stopped(sim, uploader, "part", after=2)
    remove(journal.path)
    rewrite(video, DATA[::-1])
    await today.ends_right(uploader, DATA[::-1])


async def test_what_could_not_be_written_is_still_known(
    today: Today, sim: Simulator, journal: Journal, video: Path
):
    """A disk that was full for a while costs nothing as long as the process lives."""
    uploader = today.make(pages=pages(video), journal=journal, threads=1)
    await stopped(sim, uploader, "part", after=2)
    with journal.opened() as database:
        database.write([("DELETE FROM part", {}), ("UPDATE page SET ticket = NULL", {})])
    await today.ends_right(uploader)
    assert (len(today.parts(stored=True)), today.count("preupload")) == (PARTS, [1])


async def test_what_another_account_has_stored_is_not_taken_up(
    today: Today, sim: Simulator, journal: Journal, video: Path, options: Options
):
    """The uploader was given another login meanwhile."""
    uploader = today.make(pages=pages(video), journal=journal, threads=1)
    await stopped(sim, uploader, "part", after=2)
    uploader.credential = Today(sim, sim.add_account("bob", "pw"), options).credential()
    await today.ends_right(uploader)
    assert today.count("preupload") == [2]


@pytest.mark.parametrize("odd", [2**70, "\udc80"], ids=ascii)
async def test_what_the_journal_cannot_hold_is_an_error_of_the_journal(journal: Journal, odd: int | str):
    """A server may say what fits into no column; nothing of it is written."""
    statement = "INSERT INTO login (digest, account) VALUES (:digest, :account)"
    with journal.opened() as database:
        with pytest.raises(JournalFailed):
            database.write([(statement, {"digest": "a", "account": name}) for name in ("b", odd)])
        assert database.read("SELECT * FROM login") == []


async def test_what_another_submission_has_taken_over_is_not_taken_back(
    today: Today, sim: Simulator, journal: Journal, video: Path, tmp_path: Path
):
    """A stored file belongs into one archive, whatever the process that began it remembers."""
    rewrite(other := tmp_path / "other.mp4", DATA[:-1])
    rewrite(third := tmp_path / "third.mp4", DATA[:-2])
    first = today.make(pages=pages(video, other), journal=journal, threads=1)
    await stopped(sim, first, "part", after=2)
    await today.ends_right(today.make(pages=pages(video, third), journal=journal), DATA, DATA[:-2])
    await first.start()
    names = [video.filename for archive in sim.archives for video in archive.videos]
    assert (len(names), len(set(names))) == (4, 4)
