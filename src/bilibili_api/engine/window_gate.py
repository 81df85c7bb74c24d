"""Lets as many senders be at work as the window says, over all pages of an upload together.

Looks from time to time how much was taken; between two looks nothing is counted but chunks.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from typing import TYPE_CHECKING, Final

from bilibili_api.events import VideoUploaderEvents as E
from bilibili_api.exceptions import Unreachable
from bilibili_api.saying import say

from .window import Sample, Window, after, within

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from .flow import Flow
    from .waits import Tell

TICK: Final = 0.5
"""Seconds between two looks."""
LATE: Final = 3.0
"""How many times as long a look may be overdue and still count: a machine that slept saw nothing."""

log = logging.getLogger("bilibili_api")


class Gate:
    """Senders enter it for each chunk; the earlier page first.

    Args:
        threads: The most that may ever be at work.
        tell: Where changes are told.
    """

    def __init__(self, threads: int, tell: Tell) -> None:
        self.threads = threads
        self.window = Window.begin(threads)
        self.opening = asyncio.Lock()
        """Held while a page asks for its target: one at a time (protocol document, section 4.2)."""
        self._tell = tell
        self._busy = 0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._tickets = count()
        self._ceilings: dict[int, int] = {}
        self._flows: dict[Flow, int] = {}
        self._moved = self._stored = self._failed = 0

    @contextmanager
    def looking(self) -> Generator[None]:
        """Look after the rate until the end of the block."""
        loop = asyncio.get_running_loop()
        begun = loop.time()

        def look() -> None:
            nonlocal begun, timer
            now = loop.time()
            self._look(now - begun)
            begun, timer = now, loop.call_later(TICK, look)

        timer = loop.call_later(TICK, look)
        try:
            yield
        finally:
            timer.cancel()

    @contextmanager
    def page(self, order: int) -> Generator[None]:
        """Let a page take part for the length of the block; its place says whose chunks go first."""
        self._ceilings[order] = self.threads
        try:
            yield
        finally:
            del self._ceilings[order]

    def keep_to(self, order: int, ceiling: int) -> None:
        """Have at most so many at work while the page goes over a line that bears no more (section 4.7)."""
        self._ceilings[order] = ceiling
        ceiling = min(self.threads, *self._ceilings.values())
        if ceiling != self.window.ceiling:
            self._becomes(within(self.window, ceiling))

    @property
    def is_full(self) -> bool:
        """Whether who comes now would have to wait."""
        return bool(self._waiting) or self._busy >= self.window.size

    @asynccontextmanager
    async def turn(self, order: float) -> AsyncGenerator[None]:
        """Be at work for the length of the block; wait before it until there is room, by the page's place."""
        if self.is_full:
            await self._wait(order)
        else:
            self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            self._admit()

    async def _wait(self, order: float) -> None:
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (order, next(self._tickets), admitted))
        try:
            await admitted
        except asyncio.CancelledError:
            if not admitted.cancelled():  # let in and stopped at once
                self._busy -= 1
                self._admit()
            raise

    def _admit(self) -> None:
        while self._waiting and self._busy < self.window.size:
            admitted = heapq.heappop(self._waiting)[2]
            if not admitted.done():
                admitted.set_result(None)
                self._busy += 1

    @contextmanager
    def watching(self, flow: Flow) -> Generator[None]:
        """Count what is taken of one attempt at a chunk, and whether it fails.

        Where no connection comes about, it is not that there are too many.
        """
        self._flows[flow] = 0
        try:
            yield
        except Unreachable:
            raise
        except Exception:
            self._failed += 1
            raise
        else:
            self._stored += 1
        finally:
            self._moved += flow.taken - self._flows.pop(flow)

    def _look(self, seconds: float) -> None:
        for flow, before in self._flows.items():
            self._flows[flow] = flow.taken
            self._moved += self._flows[flow] - before
        sample = Sample(seconds, max(0, self._moved), self._busy, self._stored, self._failed)
        self._moved = self._stored = self._failed = 0
        if seconds <= LATE * TICK:
            self._becomes(after(self.window, sample))

    def _becomes(self, window: Window) -> None:
        before, self.window = self.window, window
        if window.size == before.size:
            return
        log.debug(
            say(
                "{size} chunks at once instead of {before}: {reason}.",
                size=window.size,
                before=before.size,
                reason=window.reason,
            )
        )
        self._tell(E.WINDOW_CHANGED, {"from": before.size, "to": window.size, "reason": window.reason})
        self._admit()
