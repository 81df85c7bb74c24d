"""`VideoUploader.abort()`, and cancelling the task that awaits `start()`, sentence by sentence."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import (
    chunk_numbers,
    content,
    listen,
    make_uploader,
    names,
    password_of,
    stored_chunks,
    until,
)

from bilibili_api.exceptions import (
    VideoUploadException,
)
from bilibili_api.simulator import Latency, Simulator, Slow, Stall, Status
from bilibili_api.video_uploader import Options, Patience, VideoUploaderCredential

if TYPE_CHECKING:
    from bilibili_api.simulator import Account, Rule, Step

CHUNK = 50_000
TEN_CHUNKS = content(10 * CHUNK - 7)


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


@pytest.fixture
def patient(options: Options) -> Options:
    """Options under which a stall is only ended by an abort."""
    return replace(options, patience=Patience())


STOPS: dict[str, tuple[Step, bool]] = {
    "at the login": ("login", True),
    "at the preupload": ("preupload", False),
    "at a chunk": ("chunk", False),
    "at the completion": ("complete", False),
    "at the cover": ("cover", False),
}
"""Where an upload hangs when it is stopped; for a login it needs account and password."""

stops = pytest.mark.parametrize(("step", "by_password"), STOPS.values(), ids=STOPS)


class TestAbort:
    """`async abort()`: stops a running `start()`, which then returns `None`."""

    @stops
    async def test_start_returns_none_aborted_is_told_once_and_nothing_keeps_running(
        self,
        sim: Simulator,
        account: Account,
        patient: Options,
        cover: bytes,
        step: Step,
        by_password: bool,
    ):
        """No task, no thread, no connection."""
        stalled = sim.faults.add(step, Stall(), times=None)
        credential = password_of(account, patient) if by_password else None
        uploader = make_uploader(account, patient, TEN_CHUNKS, chunk_size=CHUNK, cover=cover)
        uploader.credential = credential or uploader.credential
        heard = listen(uploader)
        running = asyncio.create_task(uploader.start())
        await stalled.fired.wait()
        await uploader.abort()
        assert await running is None
        assert Counter(names(heard))["ABORTED"] == 1
        assert not {"FAILED", "COMPLETE"} & set(names(heard))
        await _nothing_runs(sim, stalled)

    @stops
    async def test_what_was_uploaded_stays_resumable(
        self,
        sim: Simulator,
        account: Account,
        patient: Options,
        cover: bytes,
        step: Step,
        by_password: bool,
    ):
        """The next `start()` sends only the rest."""
        stalled = sim.faults.add(step, Stall(), after=3 if step == "chunk" else 0)
        uploader = make_uploader(account, patient, TEN_CHUNKS, chunk_size=CHUNK, cover=cover, threads=2)
        uploader.credential = password_of(account, patient) if by_password else uploader.credential
        heard = listen(uploader)
        running = asyncio.create_task(uploader.start())
        await stalled.fired.wait()
        await uploader.abort()
        assert await running is None
        assert await uploader.start() == {"aid": sim.archives[0].aid, "bvid": sim.archives[0].bvid}
        stored = [data["chunk_number"] for name, data in heard if name == "AFTER_CHUNK"]
        assert sorted(stored) == list(range(10))
        assert names(heard).count("PRE_CHUNK") <= 10 + 2  # what was in flight is sent again
        assert (len(sim.archives), sim.videos[0].md5) == (1, md5(TEN_CHUNKS))

    async def test_stopped_in_the_middle_of_submitting_nothing_is_submitted_again_blindly(
        self, sim: Simulator, account: Account, patient: Options
    ):
        """The archive may exist: `start()` says so as often as it is called; the user has to decide."""
        stalled = sim.faults.add("submit", Stall())
        uploader = make_uploader(account, patient)
        running = asyncio.create_task(uploader.start())
        await stalled.fired.wait()
        await uploader.abort()
        assert await running is None
        for _ in range(2):
            with pytest.raises(VideoUploadException, match="submitted"):
                await uploader.start()
        assert len(sim.archives) == 0
        await uploader.submit(again=True)
        assert len(sim.archives) == 1

    async def test_it_returns_when_nothing_runs_any_more(
        self, sim: Simulator, account: Account, patient: Options
    ):
        """Only `start()` itself has still to return."""
        stalled = sim.faults.add("chunk", Stall())
        uploader = make_uploader(account, patient, TEN_CHUNKS, chunk_size=CHUNK)
        running = asyncio.create_task(uploader.start())
        await stalled.fired.wait()
        await uploader.abort()
        assert [str(task) for task in asyncio.all_tasks() - {running} if _is_ours(task)] == []
        assert await running is None

    async def test_aborting_twice_tells_once(self, sim: Simulator, account: Account, patient: Options):
        """At once or one after the other."""
        stalled = sim.faults.add("chunk", Stall())
        uploader = make_uploader(account, patient)
        heard = listen(uploader)
        running = asyncio.create_task(uploader.start())
        await stalled.fired.wait()
        await asyncio.gather(uploader.abort(), uploader.abort())
        await uploader.abort()
        await running
        assert Counter(names(heard))["ABORTED"] == 1

    async def test_each_run_that_is_aborted_tells_once(
        self, sim: Simulator, account: Account, patient: Options
    ):
        """Two runs, two events."""
        stalled = sim.faults.add("chunk", Stall(), times=None)
        uploader = make_uploader(account, patient)
        heard = listen(uploader)
        for hits in (1, 2):
            running = asyncio.create_task(uploader.start())
            await until(lambda hits=hits: stalled.hits == hits)
            await uploader.abort()
            assert await running is None
        assert Counter(names(heard))["ABORTED"] == 2

    async def test_a_handler_may_abort(self, sim: Simulator, account: Account, options: Options):
        """For instance after the third chunk."""
        uploader = make_uploader(account, options, TEN_CHUNKS, chunk_size=CHUNK, threads=1)

        @uploader.on("AFTER_CHUNK")
        async def stop(chunk: dict[str, Any]) -> None:
            if chunk["chunk_number"] == 2:
                await uploader.abort()

        assert await uploader.start() is None
        assert sim.archives == []

    async def test_aborting_while_tries_are_being_repeated_ends_at_once(
        self, sim: Simulator, account: Account, options: Options
    ):
        """A nap before the next attempt does not hold it up."""
        sim.faults.add("chunk", Status(503), times=None)
        napping = asyncio.Event()

        async def nap(seconds: float) -> None:
            napping.set()
            await asyncio.Event().wait()

        sleepy = replace(options, world=replace(options.world, sleep=nap))
        uploader = make_uploader(account, sleepy)
        running = asyncio.create_task(uploader.start())
        await napping.wait()
        await uploader.abort()
        assert await running is None

    async def test_without_anything_running_it_only_tells(self, account: Account, options: Options):
        """As the 2021 library did."""
        uploader = make_uploader(account, options)
        heard = listen(uploader)
        await uploader.abort()
        await uploader.drain()
        assert heard == [("ABORTED", None)]


class TestCancellation:
    """Cancelling the task that awaits `start()` is different: `CancelledError` passes through."""

    @stops
    async def test_cancelled_error_passes_through_and_nothing_keeps_running(
        self,
        sim: Simulator,
        account: Account,
        patient: Options,
        cover: bytes,
        step: Step,
        by_password: bool,
    ):
        """Neither ABORTED nor FAILED is told: the one who cancels knows."""
        stalled = sim.faults.add(step, Stall(), times=None)
        credential = password_of(account, patient) if by_password else None
        uploader = make_uploader(account, patient, TEN_CHUNKS, chunk_size=CHUNK, cover=cover)
        uploader.credential = credential or uploader.credential
        heard = listen(uploader)
        running = asyncio.create_task(uploader.start())
        await stalled.fired.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await uploader.drain()
        assert not {"FAILED", "ABORTED", "COMPLETE"} & set(names(heard))
        await _nothing_runs(sim, stalled)

    async def test_a_cancellation_from_inside_is_no_abort(self, account: Account, options: Options):
        """A credential that gives up passes through, too; only `abort()` makes `start()` return None."""

        class GivesUp(VideoUploaderCredential):
            async def get_access_key(self) -> str:
                raise asyncio.CancelledError

        uploader = make_uploader(account, options, credential=GivesUp(access_key="x", options=options))
        with pytest.raises(asyncio.CancelledError):
            await uploader.start()

    async def test_a_timeout_around_start_works(self, sim: Simulator, account: Account, patient: Options):
        """`asyncio.timeout` is a cancellation."""
        sim.faults.add("chunk", Stall(), times=None)
        uploader = make_uploader(account, patient)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await uploader.start()

    async def test_after_it_start_sends_only_the_rest(
        self, sim: Simulator, account: Account, patient: Options
    ):
        """What was uploaded stays resumable here, too."""
        stalled = sim.faults.add("complete", Stall())
        uploader = make_uploader(account, patient, TEN_CHUNKS, chunk_size=CHUNK)
        running = asyncio.create_task(uploader.start())
        await stalled.fired.wait()
        running.cancel()
        await asyncio.wait([running])
        await uploader.start()
        assert chunk_numbers(stored_chunks(sim)) == list(range(10))
        assert len(sim.archives) == 1


async def _nothing_runs(sim: Simulator, stalled: Rule) -> None:
    """The simulator has seen the end of every request that hung; no task and no thread of ours is left."""
    await until(lambda: [seen.fault for seen in sim.exchanges].count(stalled.fault) == stalled.hits)
    assert [str(task) for task in asyncio.all_tasks() if _is_ours(task)] == []
    await until(lambda: not [t for t in threading.enumerate() if t.name.startswith(("bvup", "bilibili"))])


def _is_ours(task: asyncio.Task[Any]) -> bool:
    coroutine = task.get_coro()
    code = getattr(coroutine, "cr_code", None)
    is_server = code is not None and code.co_filename.endswith("web_protocol.py")
    return not is_server and task is not asyncio.current_task()


class TestGrace:
    """`abort(grace=...)`: what is in flight may land, nothing new takes off."""

    async def test_chunks_under_way_are_stored_and_no_other_is_begun(
        self, sim: Simulator, account: Account, options: Options
    ):
        """The next `start()` does not send them again."""
        slow = sim.faults.add("chunk", Slow(CHUNK * 5), times=None)
        uploader = make_uploader(account, options, TEN_CHUNKS, chunk_size=CHUNK, threads=2)
        running = asyncio.create_task(uploader.start())
        await slow.fired.wait()
        await uploader.abort(grace=1000.0)
        assert (await running, len(sim.seen("chunk")), len(stored_chunks(sim))) == (None, 2, 2)

    async def test_a_submission_under_way_is_answered(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Then all is done, and `start()` returns it."""
        late = sim.faults.add("submit", Latency(0.2))
        uploader = make_uploader(account, options)
        running = asyncio.create_task(uploader.start())
        await late.fired.wait()
        await uploader.abort(grace=1000.0)
        assert await running == {"aid": sim.archives[0].aid, "bvid": sim.archives[0].bvid}

    async def test_what_does_not_land_in_time_is_cut_off(
        self, sim: Simulator, account: Account, patient: Options
    ):
        """A server that takes nothing any more does not hold anybody up."""
        stalled = sim.faults.add("chunk", Stall(), times=None)
        uploader = make_uploader(account, patient, TEN_CHUNKS, chunk_size=CHUNK)
        running = asyncio.create_task(uploader.start())
        await stalled.fired.wait()
        await uploader.abort(grace=5.0)
        assert await running is None

    async def test_a_second_abort_ends_at_once(self, sim: Simulator, account: Account, patient: Options):
        """Whoever asks twice means it."""
        stalled = sim.faults.add("chunk", Stall(), times=None)
        real = replace(patient, world=replace(patient.world, elapsed=time.monotonic, sleep=asyncio.sleep))
        uploader = make_uploader(account, real, TEN_CHUNKS, chunk_size=CHUNK)
        running = asyncio.create_task(uploader.start())
        await stalled.fired.wait()
        landing = asyncio.create_task(uploader.abort(grace=1000.0))
        await asyncio.sleep(0)
        await uploader.abort()
        await landing
        assert await running is None

    async def test_a_wait_for_the_next_try_ends_at_once(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Nothing is in flight while a retry is waited for."""
        failing = sim.faults.add("chunk", Status(500), times=None)
        uploader = make_uploader(account, options, TEN_CHUNKS, chunk_size=CHUNK, threads=1)
        running = asyncio.create_task(uploader.start())
        await failing.fired.wait()
        await uploader.abort(grace=1000.0)
        assert await running is None
