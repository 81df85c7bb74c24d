"""A thread that writes is not left behind when its upload is stopped."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bilibili_api.engine.undivided import undivided


async def test_who_is_stopped_waits_for_the_end():
    """Else the claims of an upload would be free while its job is still being written."""
    begun, may_end, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        may_end.wait(10)
        done.set()

    task = asyncio.create_task(undivided(work))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    await asyncio.sleep(0.01)
    assert not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()


async def test_what_it_returns_or_raises_is_its_own():
    """As of any thread."""
    assert await undivided(lambda: 1) == 1
    with pytest.raises(ValueError, match="x"):
        await undivided(lambda: int("x"))


async def test_its_error_is_not_told_to_nobody(caplog: pytest.LogCaptureFixture):
    """Who is stopped asks no more; asyncio would complain of an error that nobody has looked at."""
    may_end = threading.Event()

    def work() -> None:
        may_end.wait(10)
        raise ValueError

    task = asyncio.create_task(undivided(work))
    await asyncio.sleep(0.01)
    task.cancel()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    del task
    assert "never retrieved" not in caplog.text
