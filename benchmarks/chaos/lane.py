"""Lanes: in each, one submission after the other is uploaded to a server of its own."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from benchmarks.chaos.figures import PART, THREADS
from benchmarks.chaos.trouble import LINES, order_faults
from benchmarks.chaos.way import way_to

from bilibili_api.simulator import Latency, Simulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

    from benchmarks.chaos.figures import Figures
    from benchmarks.chaos.processes import Nursery
    from benchmarks.chaos.trouble import Blow

    from bilibili_api.journal import Journal
    from bilibili_api.simulator import Received, Step

NOTICED = 0.01
"""Seconds in which the server notices that connections have ended."""
_LULL = 3.0
"""Seconds after which a blow falls although its moment has not come."""


@dataclass(frozen=True)
class War:
    """What all lanes share.

    Attributes:
        seed: of all chance.
        wanted: how many kills there are to be.
        folder: for files.
        journal: of all processes.
        nursery: where processes come from.
        figures: what comes of it.
    """

    seed: int
    wanted: int
    folder: Path
    journal: Journal
    nursery: Nursery
    figures: Figures

    @property
    def lasts(self) -> bool:
        """Whether there are kills to come."""
        return self.figures.kills < self.wanted


class Lane:
    """One submission after the other, at a server of its own."""

    def __init__(self, war: War, mid: int) -> None:
        self.war = war
        self._mid = mid
        self._exit = AsyncExitStack()
        self._counts: dict[Step | None, int] = {}
        self._stirred = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.sim = await self._exit.enter_async_context(Simulator(era="today"))
        self.sim.limits.chunk_size, self.sim.limits.threads = PART, THREADS
        self.account = self.sim.add_account(f"user {self._mid}", "a password", mid=self._mid)
        self.login = self.war.folder / f"login-{self._mid}.json"
        self.login.write_text(self.sim.cookies_json(self.account))
        self.login.chmod(0o600)
        self.way = await self._exit.enter_async_context(way_to(self.sim.port))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exit.aclose()

    def begin(self, dice: Random, line: str, arrives: Callable[[Received], object]) -> None:
        """Make ready for the next submission, which is told of each request that begins."""
        self._arrives = arrives
        self.sim.faults.clear()
        self.sim.exchanges.clear()
        for step in LINES[line]:  # tells when a request arrives, and leaves it alone
            self.sim.faults.add(step, Latency(0), times=None, when=self._arrived)
        if self.war.lasts:
            order_faults(dice, self.sim, line, dice.randrange(6))

    def _arrived(self, received: Received) -> bool:
        self._counts[received.step] = self._counts.get(received.step, 0) + 1
        self._stirred.set()
        self._arrives(received)
        return False

    async def moment(self, one: Blow) -> None:
        """Wait for the moment of a blow, though not for ever."""
        self._counts.clear()
        try:
            async with asyncio.timeout(_LULL):
                while one.step is not None and self._counts.get(one.step, 0) <= one.after:
                    self._stirred.clear()
                    await self._stirred.wait()
        except TimeoutError:
            return
        await asyncio.sleep(one.delay)

    async def quiet(self) -> None:
        """Wait until the server has noticed that nobody is there any more."""
        async with asyncio.timeout(5):
            while not self.way.is_quiet:  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0.001)
        await asyncio.sleep(NOTICED)
