"""A job of the journal belongs to one account and to files of any name, and an upload says which job it is."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import DATA, Today, simulator_of_today

from bilibili_api.exceptions import ArgsException, UploadBusy
from bilibili_api.journal import Journal
from bilibili_api.simulator import Code, Simulator, Stall
from bilibili_api.video_uploader import VideoUploader, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

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
    return Journal(tmp_path / "journal.db")


@pytest.fixture
def page(tmp_path: Path) -> VideoUploaderPage:
    path = tmp_path / "video.mp4"
    path.write_bytes(DATA)
    return VideoUploaderPage(path, title="P1")


@pytest.fixture
def oddly_named(tmp_path: Path) -> Path:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b.mp4"))
    path.write_bytes(DATA)
    return path


async def stopped(sim: Simulator, uploader: VideoUploader, step: Any) -> None:
    """Start, and stop in the middle of a step."""
    hanging = sim.faults.add(step, Stall())
    running = asyncio.create_task(uploader.start())
    await asyncio.wait_for(hanging.fired.wait(), 10)
    await uploader.abort()
    assert await running is None


async def test_a_login_of_another_account_does_not_go_on_with_it(
    today: Today, sim: Simulator, journal: Journal, page: VideoUploaderPage, options: Options
):
    """The error names both accounts, and nothing of the upload is sent."""
    await stopped(sim, today.make(pages=[page], journal=journal), "part")
    [job] = await journal.jobs()
    bob = sim.add_account("bob", "pw")
    resumed = VideoUploader.resume(
        job, Today(sim, bob, options).credential(), journal=journal, options=options
    )
    error = await today.ends_with(resumed)
    assert isinstance(error, ArgsException)
    assert str(today.account.mid) in str(error)
    assert str(bob.mid) in str(error)
    assert len(sim.seen("preupload")) == 1


async def test_progress_names_the_job(
    today: Today, sim: Simulator, journal: Journal, page: VideoUploaderPage
):
    """Once it is in the journal, so that whoever stops can say how to go on."""
    uploader = today.make(pages=[page], journal=journal)
    assert uploader.progress.job is None
    await stopped(sim, uploader, "part")
    [job] = await journal.jobs()
    assert uploader.progress.job == job.id


@pytest.mark.parametrize(("step", "said"), [("part", "open"), ("submit", "submitting")])
async def test_progress_says_whether_the_submission_was_sent(
    today: Today, sim: Simulator, page: VideoUploaderPage, step: str, said: str
):
    """Whoever stops it then does not know whether there is an archive."""
    uploader = today.make(pages=[page])
    await stopped(sim, uploader, step)
    assert uploader.progress.submission == said


async def test_progress_says_that_it_is_done(today: Today, page: VideoUploaderPage):
    """There is an archive."""
    uploader = today.make(pages=[page])
    await uploader.start()
    assert uploader.progress.submission == "done"


async def test_the_name_of_a_file_need_not_be_utf_8(
    today: Today, sim: Simulator, journal: Journal, oddly_named: Path, options: Options
):
    """The job knows it, byte by byte, and goes on."""
    given = VideoUploaderPage(oddly_named, title="P1")
    await stopped(sim, today.make(pages=[given], journal=journal), "part")
    [job] = await journal.jobs()
    assert job.pages[0].path == str(oddly_named)
    await today.ends_right(VideoUploader.resume(job, today.credential(), journal=journal, options=options))


async def test_an_account_that_is_not_known_at_first_is_the_same_when_it_is(
    today: Today, sim: Simulator, journal: Journal, page: VideoUploaderPage
):
    """A bare access key that cannot be asked goes by a digest; its job is the account's all the same."""
    given: dict[str, Any] = {"pages": [page], "journal": journal, "line": "pc", "has": "key"}
    sim.faults.add("info", Code(-400))
    await stopped(sim, today.make(**given), "complete")
    assert not (await journal.job(1)).account.isdecimal()
    first = await today.make(**given).start()
    sim.faults.add("info", Code(-400))
    assert await today.make(**given).start() == first
    assert ([job.account for job in await journal.jobs()], len(sim.archives)) == ([str(today.account.mid)], 1)
    assert today.count("preupload") == [1]


async def test_an_account_has_a_file_whether_it_is_known_or_not(
    today: Today, sim: Simulator, journal: Journal, page: VideoUploaderPage
):
    """The second upload of the same login stops, although only it knows whose it is."""
    given: dict[str, Any] = {"pages": [page], "journal": journal, "line": "pc", "has": "key"}
    sim.faults.add("info", Code(-400))
    hanging = sim.faults.add("chunk", Stall())
    running = asyncio.create_task((first := today.make(**given)).start())
    await asyncio.wait_for(hanging.fired.wait(), 10)
    assert isinstance(await today.ends_with(today.make(**given)), UploadBusy)
    await first.abort()
    await running
