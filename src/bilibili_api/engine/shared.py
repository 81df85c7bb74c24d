"""One run of a coroutine for everybody who asks while it runs, such as a login."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


class Shared(Generic[T]):
    """Runs a coroutine once for everybody who asks while it runs; result and error are shared, too.

    When all who wait are cancelled, so is the coroutine.
    """

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        self._work = work
        self._running: asyncio.Task[T] | None = None
        self._waiting = 0

    async def run(self) -> T:
        """Join the run in progress, or begin one."""
        loop = asyncio.get_running_loop()
        if self._running is None or self._running.done() or self._running.get_loop() is not loop:
            self._running, self._waiting = loop.create_task(self._call()), 0
        task = self._running
        self._waiting += 1
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if self._waiting == 1:
                task.cancel()
            raise
        finally:
            self._waiting -= 1

    async def _call(self) -> T:
        return await self._work()
