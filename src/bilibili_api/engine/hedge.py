"""The slowest of the last chunks once more, over another connection: when, and who of the two counts.

Only for lines whose chunks may be put again (protocol document, section 4.7): the same bytes under the same
number.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from .flow import Flow

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


SETUP: Final = 0.5
"""Seconds that a new connection takes until its stream is up to speed, at the most usually."""
CLEARLY: Final = 2.0
"""How many times longer than a second attempt the first one must still take."""
LOOK: Final = 0.5
"""Seconds between two looks at how the last chunks get on."""
_KEPT: Final = 0.7
"""How much of what was counted before still counts after one more chunk."""


def seconds_left(size: int, taken: int, age: float, fresh: float) -> float:
    """Return how long an attempt will still take.

    At the rate it has had; but who is late already, without having ended, will take as long again.

    Args:
        size: Bytes of the chunk.
        taken: Bytes of it that the other side has taken.
        age: Seconds since the attempt began.
        fresh: Seconds that a new attempt would take.
    """
    at_its_rate = (size - taken) * age / taken if taken else math.inf
    return max(age - fresh, at_its_rate)


def is_worth_it(size: int, taken: int, age: float, fresh: float) -> bool:
    """Whether a second attempt is expected to win clearly. One that has just begun is given its time.

    Args:
        size: As for `seconds_left`, and so are the others.
        taken: See there.
        age: See there.
        fresh: See there.
    """
    return age > fresh / 2 and seconds_left(size, taken, age, fresh) > CLEARLY * fresh


@dataclass(eq=False, slots=True)
class Race:
    """One chunk on its way; a second attempt may join.

    Attributes:
        chunk: The chunk.
        size: Its bytes.
        flow: How far the first attempt is.
        begun: When that one began, by the steady clock.
        is_hedged: Whether a second attempt has been made.
    """

    chunk: Any
    size: int
    flow: Flow
    begun: float
    is_hedged: bool = False
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _winner: asyncio.Task[Any] | None = None

    async def enter(self, work: Coroutine[Any, Any, None]) -> None:
        """Do one of the two works; return when it is done, or when the other one has won.

        Raises:
            ApiException: What the work failed with.
        """
        if self._winner is not None:
            work.close()
            return
        task = asyncio.create_task(work)
        self._tasks.add(task)
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            await asyncio.wait({task})
            self._tasks.discard(task)
        if not task.cancelled() and self._winner in (None, task):  # else it is stored all the same
            task.result()

    async def won(self) -> bool:
        """Say, from within one of the works, that the chunk is stored: the other work is ended at once.

        Returns:
            Whether this one was the first.
        """
        present = asyncio.current_task()
        if self._winner is None:
            self._winner = present
            if losers := [task for task in self._tasks if task is not present]:
                for task in losers:
                    task.cancel()
                await asyncio.wait(losers)  # nothing of theirs is sent any more when the buffer is given back
        return self._winner is present


class Tail:
    """The chunks on their way, and how fast chunks were stored lately.

    Args:
        elapsed: A steady clock, in seconds.
    """

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._races: set[Race] = set()
        self._ended = asyncio.Event()
        self._bytes = 0.0
        self._seconds = 0.0

    def begin(self, chunk: Any, size: int) -> Race:
        """Note that a chunk goes on its way."""
        race = Race(chunk, size, Flow(), self._elapsed())
        self._races.add(race)
        return race

    def renew(self, race: Race, flow: Flow) -> None:
        """Note that the first attempt at a chunk begins, or another one in its place."""
        race.flow, race.begun = flow, self._elapsed()

    def end(self, race: Race, *, stored: bool) -> None:
        """Note that it is there, or will not be."""
        self._races.discard(race)
        self._ended.set()
        if stored:
            self._bytes = _KEPT * self._bytes + race.size
            self._seconds = _KEPT * self._seconds + self._elapsed() - race.begun

    async def next(self, may_help: Callable[[], bool]) -> Race | None:
        """Wait for a chunk that is worth a second attempt, and take it; None: all have ended.

        Args:
            may_help: Whether there is room for one now.
        """
        while self._races:
            is_time = may_help() and not self._is_busy()
            if is_time and (race := self.find_slowest()) is not None:
                race.is_hedged = True
                return race
            self._ended.clear()
            try:
                async with asyncio.timeout(LOOK):
                    await self._ended.wait()
            except TimeoutError:
                pass
        return None

    def _is_busy(self) -> bool:
        """Whether half of those under way are sent twice: if all are slow it may be our own way that is."""
        return 2 * sum(race.is_hedged for race in self._races) >= max(2, len(self._races))

    def find_slowest(self) -> Race | None:
        """Return the chunk that will take longest of those that are worth a second attempt, or None."""
        now = self._elapsed()
        slow = {race: left for race in self._races if (left := self._left(race, now)) > 0}
        return max(slow, key=lambda race: slow[race], default=None)

    def _left(self, race: Race, now: float) -> float:
        """Seconds that a chunk will still take if it is worth a second attempt; else 0."""
        if race.is_hedged or self._seconds <= 0:
            return 0.0
        fresh = SETUP + race.size * self._seconds / self._bytes
        state = (race.size, race.flow.taken, now - race.begun, fresh)
        return seconds_left(*state) if is_worth_it(*state) else 0.0
