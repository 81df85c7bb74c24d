"""Limits of the rate as users of the library meet them: given, changed while it runs, remembered, shown."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import content, make_uploader, until

from bilibili_api.engine.flow import Flow, Watch
from bilibili_api.exceptions import ArgsException
from bilibili_api.journal import Journal
from bilibili_api.video_uploader import SharedRate, UserRate, VideoUploader, VideoUploaderPage, World

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options

SIZE = 600_000
CHUNK = 100_000


@pytest.fixture
def video(tmp_path: Path) -> VideoUploaderPage:
    path = tmp_path / "video.mp4"
    path.write_bytes(content(SIZE))
    return VideoUploaderPage(path, title="P1")


async def test_an_upload_takes_the_time_that_its_limit_allows(
    sim: Simulator, account: Account, options: Options, fake: FakeWorld
) -> None:
    """Heads of chunks count as well; the simulator has every byte."""
    uploader = make_uploader(account, options, content(SIZE), chunk_size=CHUNK, rate="300KB")
    assert await uploader.start()
    sent = sum(seen.taken for seen in sim.seen("chunk"))
    assert sent > SIZE
    assert sum(fake.naps) == pytest.approx(sent / 300_000, rel=0.03)


async def test_uploads_of_a_program_may_share_a_limit(
    account: Account, options: Options, fake: FakeWorld
) -> None:
    """They are given the same object; the limit may be changed in it."""
    share = SharedRate("1K")
    share.limit = "600KB"
    shared = replace(options, shared_rate=share)
    uploaders = [make_uploader(account, shared, content(SIZE, seed), chunk_size=CHUNK) for seed in (1, 2)]
    async with asyncio.TaskGroup() as group:
        for uploader in uploaders:
            group.create_task(uploader.start())
    assert sum(fake.naps) >= 0.97 * 2 * SIZE / 600_000


async def test_a_limit_is_changed_while_it_runs(account: Account, options: Options, fake: FakeWorld) -> None:
    """After the first chunk there is none any more."""
    uploader = make_uploader(account, options, content(SIZE), chunk_size=CHUNK, threads=1, rate="300KB")

    @uploader.on("AFTER_CHUNK")
    async def lift(_: object) -> None:  # pyright: ignore[reportUnusedFunction] - the uploader calls it
        uploader.rate = None

    assert await uploader.start()
    assert uploader.rate == "off"
    assert sum(fake.naps) < 0.5 * SIZE / 300_000


async def test_the_limit_in_force_is_shown(
    account: Account, options: Options, caplog: pytest.LogCaptureFixture
) -> None:
    """In the progress and in the log."""
    caplog.set_level(logging.INFO, "bilibili_api")
    uploader = make_uploader(account, options, content(SIZE), rate="08:00-08:01 2MB, else 2MB")
    limit = uploader.progress.limit
    assert limit is not None
    assert (limit.bytes_per_second, limit.until, limit.whose) == (2_000_000, None, "upload")
    await uploader.start()
    assert "Limited to 2.0 MB/s." in caplog.messages
    assert make_uploader(account, options).progress.limit is None


def test_a_limit_that_makes_no_sense_is_refused_at_once(account: Account, options: Options) -> None:
    """When it is given as well as later."""
    with pytest.raises(ArgsException, match="10 bananas"):
        make_uploader(account, options, rate="10 bananas")
    uploader = make_uploader(account, options, rate="3M")
    with pytest.raises(ArgsException):
        uploader.rate = "0"
    assert uploader.rate == "3M"


async def test_the_limit_of_the_user_is_not_for_programs_that_do_not_ask(
    account: Account, options: Options, fake: FakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `UserRate` they do."""
    monkeypatch.setenv("BVUP_HOME", str(tmp_path))
    UserRate().limit = "300KB"
    assert await make_uploader(account, options, content(SIZE)).start()
    assert sum(fake.naps) == 0
    assert await make_uploader(account, replace(options, shared_rate=UserRate()), content(SIZE, 2)).start()
    assert sum(fake.naps) == pytest.approx(SIZE / 300_000, rel=0.05)


async def test_an_upload_that_goes_on_keeps_its_limit(
    account: Account, options: Options, video: VideoUploaderPage, tmp_path: Path
) -> None:
    """Whoever begins it again, and however; another one may be given then."""
    journal = Journal(tmp_path / "journal.db")
    first = make_uploader(account, options, pages=[video], chunk_size=CHUNK, rate="900KB", journal=journal)

    @first.on("AFTER_CHUNK")
    async def stop(_: object) -> None:  # pyright: ignore[reportUnusedFunction] - the uploader calls it
        asyncio.get_running_loop().create_task(first.abort())

    assert await first.start() is None
    [job] = await journal.jobs()
    assert job.rate == "900KB"

    given: list[tuple[dict[str, Any], str]] = [({}, "900KB"), ({"rate": "5M"}, "5M")]
    for more, rate in given:
        again = VideoUploader.resume(job, first.credential, journal=journal, options=options, **more)
        await again.start()
        assert again.rate == rate
        [job] = await journal.jobs()
        assert job.rate == rate


async def test_another_process_changes_the_limit_of_an_upload_that_runs(
    account: Account, options: Options, fake: FakeWorld, video: VideoUploaderPage, tmp_path: Path
) -> None:
    """By the journal, in which the upload looks twice a second."""
    journal = Journal(tmp_path / "journal.db")
    uploader = make_uploader(
        account, options, pages=[video], chunk_size=CHUNK, threads=1, rate="100KB", journal=journal
    )

    @uploader.on("AFTER_CHUNK")
    async def change(_: object) -> None:  # pyright: ignore[reportUnusedFunction] - the uploader calls it
        await journal.limit(1, "off")

    assert await uploader.start()
    assert uploader.rate == "off"
    assert sum(fake.naps) < 0.9 * SIZE / 100_000  # how soon depends on how fast the journal is read meanwhile


async def test_a_job_that_is_not_there_gets_no_limit(tmp_path: Path) -> None:
    """Neither does one get a limit that makes no sense."""
    journal = Journal(tmp_path / "journal.db")
    with pytest.raises(ArgsException, match="no job 7"):
        await journal.limit(7, "5M")
    with pytest.raises(ArgsException, match="fast"):
        await journal.limit(7, "fast")


async def test_stopping_ends_the_wait_for_the_limit_at_once(account: Account, options: Options) -> None:
    """At a kilobyte a second each connection waits for minutes."""
    uploader = make_uploader(account, replace(options, world=World()), content(SIZE), rate=1024)
    running = asyncio.ensure_future(uploader.start())
    await until(lambda: uploader.progress.sent)
    begun = time.monotonic()
    await uploader.abort()
    assert time.monotonic() - begun < 10
    assert await running is None


@pytest.mark.parametrize(("waiting", "is_stalled"), [(0, False), (100, True)])
async def test_a_connection_that_waits_for_the_limit_has_not_stalled(
    monkeypatch: pytest.MonkeyPatch, waiting: int, is_stalled: bool
) -> None:
    """Unless the peer does not take what it was given before."""
    loop = asyncio.get_running_loop()
    passed, real = [0.0], loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + passed[0])

    def queued(_: socket.socket) -> int:
        return waiting

    monkeypatch.setattr("bilibili_api.engine.flow._queued", queued)
    flow = Flow()
    watch = Watch(flow, stall=30, answer=60)
    ended = False
    try:
        async with asyncio.timeout(30) as deadline:
            watch.start(deadline, loop)
            with socket.socket() as connected:
                flow.connected(connected)
                flow.written, flow.is_held = 500, True
                flow.began(1000)
            for _ in range(100):
                passed[0] += 1
                for _ in range(3):
                    await asyncio.sleep(0)
    except TimeoutError:
        ended = True
    finally:
        watch.stop()
    assert ended is is_stalled
