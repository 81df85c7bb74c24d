"""An upload whose time of publication comes too near while it is unfinished."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import DATA, Today, simulator_of_today
from tests.kit import good_meta, until

from bilibili_api.exceptions import InvalidUpload
from bilibili_api.journal import Journal
from bilibili_api.simulator import Code, LostAnswer, Simulator, Stall
from bilibili_api.video_uploader import VideoUploader, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account
    from bilibili_api.video_uploader import Options

HOUR = 3600.0


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


@pytest.fixture
def given(tmp_path: Path, fake: FakeWorld) -> dict[str, Any]:
    """A file that is to be published in three hours, and a journal."""
    path = tmp_path / "video.mp4"
    path.write_bytes(DATA)
    return {
        "pages": [VideoUploaderPage(path, title="video")],
        "meta": good_meta() | {"dtime": int(fake.now() + 3 * HOUR)},
        "journal": Journal(tmp_path / "journal.db"),
    }


async def stopped(sim: Simulator, uploader: VideoUploader) -> None:
    """Stop it when two parts are stored."""
    hanging = sim.faults.add("part", Stall(), after=2)
    running = asyncio.create_task(uploader.start())
    await asyncio.wait_for(hanging.fired.wait(), 10)
    await until(lambda: sum(seen.status == 200 for seen in sim.seen("part")) >= 2)
    await uploader.abort()
    assert await running is None


@pytest.mark.parametrize("late", [2 * HOUR, 30 * HOUR], ids=["too near", "past"])
async def test_what_was_begun_in_time_goes_on_and_gets_the_earliest_time(
    today: Today,
    sim: Simulator,
    given: dict[str, Any],
    fake: FakeWorld,
    caplog: pytest.LogCaptureFixture,
    late: float,
):
    """The same upload again sends only the rest; its publication is set to what can be had, and that is said."""
    await stopped(sim, today.make(**given))
    fake.naps.append(late)
    with caplog.at_level(logging.WARNING, "bilibili_api"):
        await today.ends_right(today.make(**given))
    assert today.count("preupload") == [1]
    dtime = sim.archives[0].meta["dtime"]
    assert 2 * HOUR < dtime - fake.now() < 2.2 * HOUR
    assert dtime % 60 == 0
    assert "has come too near meanwhile: it is set to " in caplog.text


async def test_the_same_uploader_goes_on_without_a_journal(today: Today, sim: Simulator, fake: FakeWorld):
    """What this process has stored is not given up for a time either."""
    uploader = today.make(meta=good_meta() | {"dtime": int(fake.now() + 3 * HOUR)})
    await stopped(sim, uploader)
    fake.naps.append(2 * HOUR)
    await today.ends_right(uploader)


async def test_a_job_that_is_resumed_gets_the_earliest_time(
    today: Today, sim: Simulator, given: dict[str, Any], fake: FakeWorld
):
    """`VideoUploader.resume` does as the same upload again does."""
    await stopped(sim, today.make(**given))
    fake.naps.append(2 * HOUR)
    [job] = await given["journal"].jobs()
    resumed = VideoUploader.resume(job, today.credential(), journal=given["journal"], options=today.options)
    await today.ends_right(resumed)


async def test_a_time_that_passes_during_the_upload_is_set_anew(
    today: Today, sim: Simulator, given: dict[str, Any], fake: FakeWorld
):
    """The window is looked at again when it is submitted; a slow link does not make it be refused."""

    def time_passes(_: object) -> bool:
        if len(sim.seen("part")) == 2:
            fake.naps.append(2 * HOUR)
        return False

    sim.faults.add("part", Stall(), when=time_passes)
    await today.ends_right(today.make(**given))
    assert sim.archives[0].meta["dtime"] > fake.now() + 2 * HOUR


async def test_a_time_that_is_still_right_stays(today: Today, sim: Simulator, given: dict[str, Any]):
    """Nothing is moved without need."""
    await today.ends_right(today.make(**given))
    assert sim.archives[0].meta["dtime"] == given["meta"]["dtime"]


async def test_what_nothing_is_stored_of_is_refused(
    today: Today, sim: Simulator, given: dict[str, Any], fake: FakeWorld
):
    """Who begins an upload is asked for a time that can be had; the journal does not hear of it."""
    fake.naps.append(2 * HOUR)
    error = await today.ends_with(today.make(**given))
    assert isinstance(error, InvalidUpload)
    assert [problem.field for problem in error.problems] == ["meta.dtime"]
    assert (await given["journal"].jobs(), sim.seen("preupload")) == ((), [])


async def test_a_time_too_far_away_is_refused_whatever_is_stored(
    today: Today, sim: Simulator, given: dict[str, Any], fake: FakeWorld
):
    """That is a mistake of whoever gave it, and nothing that time has done."""
    await stopped(sim, today.make(**given))
    given["meta"]["dtime"] = int(fake.now() + 400 * HOUR)
    assert isinstance(await today.ends_with(today.make(**given)), InvalidUpload)


async def test_a_lost_submission_is_looked_for_by_the_same_upload_again(
    today: Today, sim: Simulator, given: dict[str, Any], fake: FakeWorld
):
    """Its time is over, but what was submitted before is found, and nothing is submitted twice."""
    sim.faults.add("submit", LostAnswer())
    sim.faults.add("archives", Code(-400))
    await today.ends_with(today.make(**given))
    fake.naps.append(4 * HOUR)
    await today.ends_right(today.make(**given))
    assert today.count("submit") == [1]
