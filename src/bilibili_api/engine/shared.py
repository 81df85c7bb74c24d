"""One run of a coroutine for everybody who asks while it runs, such as a login."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Run(Generic[T]):
    """The coroutine under way, and how many wait for it."""

    task: asyncio.Task[T]
    waiting: int = 0

    def can_be_joined(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether one more may wait for it; not for one that is given up, but has not ended yet."""
        return not self.task.done() and not self.task.cancelling() and self.task.get_loop() is loop


class Shared(Generic[T]):
    """Runs a coroutine once for everybody who asks while it runs; result and error are shared, too.

    When all who wait are cancelled, so is the coroutine; the last of them waits until it has ended.
    """

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        self._work = work
        self._latest: _Run[T] | None = None

    async def run(self) -> T:
        """Join the run in progress, or begin one."""
        loop = asyncio.get_running_loop()
        if self._latest is None or not self._latest.can_be_joined(loop):
            self._latest = _Run(loop.create_task(self._call()))
        run = self._latest
        run.waiting += 1
        try:
            return await asyncio.shield(run.task)
        finally:
            run.waiting -= 1
            if not run.waiting and not run.task.done():
                run.task.cancel()
                await asyncio.wait([run.task])

    async def _call(self) -> T:
        return await self._work()
