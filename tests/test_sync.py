"""`sync` runs a coroutine from synchronous code."""

from __future__ import annotations

import asyncio
import contextvars
import signal
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

from bilibili_api import sync

if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Coroutine


async def answer(value: int) -> int:
    await asyncio.sleep(0)
    return value


async def fail() -> None:
    raise ValueError("on purpose")


async def interrupted_while_hanging(cleaned_up: list[str]) -> None:
    signal.raise_signal(signal.SIGINT)
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0)
        cleaned_up.append("yes")


class TestWithoutALoop:
    def test_the_result_is_returned(self) -> None:
        """`sync(coroutine)` gives what awaiting the coroutine would give."""
        assert sync(answer(7)) == 7

    def test_its_error_is_raised(self) -> None:
        """What the coroutine raises comes out as it is."""
        with pytest.raises(ValueError, match="on purpose"):
            sync(fail())

    def test_it_can_be_used_again_and_again(self) -> None:
        """Each call has a loop of its own."""
        assert [sync(answer(number)) for number in range(3)] == [0, 1, 2]

    def test_ctrl_c_cancels_and_comes_out(self) -> None:
        """The coroutine is cancelled and cleans up; then KeyboardInterrupt is raised."""
        cleaned_up: list[str] = []
        with pytest.raises(KeyboardInterrupt):
            sync(interrupted_while_hanging(cleaned_up))
        assert cleaned_up == ["yes"]

    @pytest.mark.parametrize("what", [answer, 7, None])
    def test_what_is_no_coroutine_is_refused(self, what: object) -> None:
        """Forgetting to call the coroutine function is said in so many words."""
        with pytest.raises(TypeError, match=r"as in sync\(uploader\.start\(\)\)"):
            sync(cast("Any", what))


class TestInsideARunningLoop:
    async def test_the_result_is_returned(self) -> None:
        """Where a loop already runs, as in a notebook, the coroutine gets a loop of its own."""

        async def which() -> asyncio.AbstractEventLoop:
            return asyncio.get_running_loop()

        assert sync(which()) is not asyncio.get_running_loop()

    async def test_its_error_is_raised(self) -> None:
        """What the coroutine raises comes out as it is."""
        with pytest.raises(ValueError, match="on purpose"):
            sync(fail())

    async def test_its_cancellation_is_raised(self) -> None:
        """A coroutine that is cancelled raises asyncio's CancelledError."""

        async def cancelled() -> None:
            raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            sync(cancelled())

    async def test_it_may_end_the_program(self) -> None:
        """SystemExit reaches the caller."""

        async def leave() -> None:
            raise SystemExit(3)

        with pytest.raises(SystemExit, match="3"):
            sync(leave())

    async def test_it_sees_the_context_of_the_caller(self) -> None:
        """Context variables have the values they have where `sync` is called."""
        variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable")
        variable.set(7)

        async def read() -> int:
            return variable.get()

        assert sync(read()) == 7

    async def test_without_a_loop_to_be_had_it_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """When no loop can be made, that error is raised; nobody waits for ever."""

        def refuse() -> None:
            raise OSError("too many open files")

        monkeypatch.setattr(asyncio.events, "new_event_loop", refuse)
        coroutine = answer(7)
        with pytest.raises(OSError, match="too many open files"):
            sync(coroutine)
        coroutine.close()

    async def test_no_thread_stays_behind(self) -> None:
        """The thread it ran in has ended when the result is there."""
        before = threading.active_count()
        sync(answer(7))
        assert threading.active_count() == before

    async def test_tasks_it_started_are_cancelled(self) -> None:
        """What the coroutine left running ends with it, as under `asyncio.run`."""
        ended: list[str] = []

        async def linger() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("yes")

        async def start() -> asyncio.Task[None]:
            task = asyncio.create_task(linger())
            await asyncio.sleep(0)
            return task

        assert sync(start()).cancelled()
        assert ended == ["yes"]

    async def test_ctrl_c_cancels_and_comes_out(self) -> None:
        """The coroutine is cancelled and cleans up; then KeyboardInterrupt is raised."""
        cleaned_up: list[str] = []
        hanging = threading.Event()
        main = threading.main_thread().ident
        assert main is not None

        async def hang() -> None:
            hanging.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                cleaned_up.append("yes")

        def interrupt() -> None:
            hanging.wait(5)
            signal.pthread_kill(main, signal.SIGINT)

        previous = signal.signal(
            signal.SIGINT, signal.default_int_handler
        )  # the test's own loop has taken it
        interrupter = threading.Thread(target=interrupt)
        interrupter.start()
        try:
            with pytest.raises(KeyboardInterrupt):
                sync(hang())
        finally:
            interrupter.join()
            signal.signal(signal.SIGINT, previous)
        assert cleaned_up == ["yes"]

    async def test_ctrl_c_while_the_coroutine_is_handed_over_cancels_it_too(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A Ctrl-C that comes before this thread waits for the result leaves nothing running either."""
        cleaned_up: list[str] = []
        hanging = threading.Event()
        hand_over = asyncio.run_coroutine_threadsafe

        async def hang() -> None:
            hanging.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                cleaned_up.append("yes")

        def interrupted(
            coroutine: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop
        ) -> concurrent.futures.Future[None]:
            hand_over(coroutine, loop)
            assert hanging.wait(5)
            raise KeyboardInterrupt

        monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sync(hang())
        assert cleaned_up == ["yes"]
