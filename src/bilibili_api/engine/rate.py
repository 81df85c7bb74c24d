"""The limit of one upload: how many bytes each of its connections may send now.

Two limits may hold, the upload's own and one that it shares with others; the smaller one decides by itself,
since bytes have to pass both. An upload waits for at most one promise of the shared clock at a time, however
many connections it has, and its connections take turns.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from bilibili_api.amounts import rate_text
from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.saying import say

from .rate_clock import Mark, slice_of
from .rate_schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .options import World
    from .rate_clock import Clock
    from .shared_rate import Share

LOOK: Final = 0.5
"""Seconds between two looks at what may have changed: the time of day, the shared limit, the journal."""
_GLANCE: Final = 0.2
"""Seconds between two looks of who only wants to know what holds, and asks several times for each part."""
_MOST_AT_ONCE: Final = 1.0
"""Seconds of the own limit for which is taken from the shared one at once."""

log = logging.getLogger("bilibili_api")


class Limit(Protocol):
    """What the sender of bytes asks."""

    @property
    def is_asked(self) -> bool:
        """Whether `take` has something to say now; otherwise anything may be sent."""
        ...

    @property
    def in_force(self) -> RateLimit | None:
        """What holds now; None: no limit."""
        ...

    async def take(self, wanted: int) -> int:
        """Wait until something may be sent, and return how many of `wanted` bytes; at least one."""
        ...


class Kept(Protocol):
    """Where an upload's own limit is kept, so that it may be changed there."""

    async def limited(self, changed: str | None) -> str | None:
        """Write the limit if it was changed here; return the one that is kept, or None: nothing is known."""
        ...


@frozen
class RateLimit:
    """The limit in force.

    Attributes:
        bytes_per_second: The limit.
        until: Unix seconds at which the time of day changes it; None: it stays as it is.
        whose: `upload`, the upload's own, or `shared`, one that it shares with others.
    """

    bytes_per_second: int
    until: float | None
    whose: str

    @property
    def said(self) -> str:
        """What `str` says, in a form that `bilibili_api.language` translates."""
        rate = rate_text(self.bytes_per_second)
        if self.until is None:
            return rate
        end = time.strftime("%H:%M", time.localtime(self.until))
        return say("{rate} until {time}", rate=rate, time=end)

    def __str__(self) -> str:
        return str(self.said)


@frozen
class _Rates:
    """What holds at one moment, bytes per second; None: no limit."""

    own: int | None = None
    shared: int | None = None

    @property
    def least(self) -> int | None:
        return min((rate for rate in (self.own, self.shared) if rate is not None), default=None)


@frozen
class _Promise:
    """What the shared clock has promised: how many bytes, when they were asked for, when they may be sent."""

    count: int
    asked: float
    begins: float

    def lateness(self, now: float) -> float:
        """Return how long it was until its use, `now`, by how long it had to be waited for; 1 to 2."""
        wait = self.begins - self.asked
        return min(2.0, max(1.0, (now - self.asked) / wait)) if wait > 0 else 1.0


class Limiter:
    """Keeps one upload to its limits.

    Args:
        world: Clock.
        own: The upload's own limit, as `VideoUploader` takes it; None: whatever is kept of it.
        share: A limit that it shares with others, or None.

    Raises:
        ArgsException: The limit cannot be understood.
    """

    def __init__(self, world: World, own: str | float | None = None, share: Share | None = None) -> None:
        self._world = world
        self._own = Schedule.of(own)
        self._share = share
        self._kept: Kept | None = None
        self._changed = own is not None
        """Whether the own limit was given or changed here, and not yet kept."""
        self._known: str | None = None
        """What was last seen to be kept."""
        self._mark = Mark()
        """The clock of the own limit."""
        self._rates: _Rates = _Rates()
        self._is_limited = False
        self._credit = 0
        """Bytes that may be sent now by the shared clock."""
        self._promise: _Promise | None = None
        """What may be sent next."""
        self._turn = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._next_look = self._next_glance = -math.inf
        self._glanced: RateLimit | None = None
        self._told: int | None = None

    @property
    def own(self) -> str:
        """The upload's own limit as it was given; may be changed at any time, also from another thread."""
        return self._own.text

    @own.setter
    def own(self, limit: str | float | None) -> None:
        self._own = Schedule.of(limit)
        self._changed = True
        self._next_look = self._next_glance = -math.inf

    @asynccontextmanager
    async def kept_in(self, kept: Kept | None) -> AsyncGenerator[None]:
        """Take up the limit that is kept there, unless one was given here, and heed what becomes of it."""
        self._kept, self._known = kept, None
        await self._look()
        try:
            yield
        finally:
            self._kept = None

    @property
    def in_force(self) -> RateLimit | None:
        """What holds now; None: no limit."""
        if (elapsed := self._world.elapsed()) >= self._next_glance:
            self._next_glance, self._glanced = elapsed + _GLANCE, self._in_force()
        return self._glanced

    def _in_force(self) -> RateLimit | None:
        now = datetime.fromtimestamp(self._world.now())  # noqa: DTZ006 - the clock on the wall is meant
        rates = self._at(now)
        if rates.least is None:
            return None
        whose = "upload" if rates.own == rates.least else "shared"
        return RateLimit(rates.least, self._until(now, rates.least), whose)

    @property
    def is_asked(self) -> bool:
        """See `Limit`. Without any limit this is a comparison of numbers."""
        return self._is_limited or self._world.elapsed() >= self._next_look

    async def take(self, wanted: int) -> int:
        """See `Limit`."""
        if self._loop is not (loop := asyncio.get_running_loop()):  # a lock belongs to one
            self._turn, self._loop = asyncio.Lock(), loop
        async with self._turn:
            while True:
                await self._look_if_due()
                if (rates := self._rates).least is None:
                    return wanted
                count = await self._allowed(min(wanted, slice_of(rates.least)), rates)
                if count:
                    return count

    async def _allowed(self, count: int, rates: _Rates) -> int:
        """Return how many of `count` bytes may be sent; 0: the limits have changed."""
        if self._credit > 0:
            count = min(count, self._credit)
        if rates.own is not None:
            self._mark, begins = self._mark.promised(count, rates.own, self._world.elapsed())
            if not await self._waited(begins, rates):
                return 0
        if rates.shared is None or self._share is None:
            return count
        if self._credit <= 0 and not await self._has_credit(self._share.clock, rates.shared, rates):
            return 0
        count = min(count, self._credit)
        self._credit -= count
        return count

    async def _has_credit(self, clock: Clock, rate: int, rates: _Rates) -> bool:
        """Wait for what the shared clock has promised; return False as soon as other limits hold."""
        if self._promise is None:
            self._promise = await self._asked(clock, rate, rates, 1.0)
        promise = self._promise
        if not await self._waited(promise.begins, rates):
            return False
        # Asked for now, not when it is needed, and more if this one is used late: who is slow to wake, or
        # waits for answers, would else lose his place to those who are not.
        self._credit = promise.count
        self._promise = await self._asked(clock, rate, rates, promise.lateness(self._world.elapsed()))
        return True

    async def _asked(self, clock: Clock, rate: int, rates: _Rates, slices: float) -> _Promise:
        count = int(slice_of(rate) * slices)
        if rates.own is not None:
            count = min(count, int(rates.own * _MOST_AT_ONCE))
        asked = self._world.elapsed()
        return _Promise(count, asked, await clock.promise(count, rate, self._world))

    async def _waited(self, begins: float, rates: _Rates) -> bool:
        """Wait; return False as soon as other limits hold."""
        while (left := begins - self._world.elapsed()) > 0:
            await self._world.sleep(min(left, LOOK))
            await self._look_if_due()
            if self._rates != rates:
                return False
        return True

    async def _look_if_due(self) -> None:
        if self._world.elapsed() >= self._next_look:
            await self._look()

    async def _look(self) -> None:
        """Find out what holds now."""
        may_change = self._share is not None or self._kept is not None or not self._own.is_constant
        self._next_look = self._world.elapsed() + LOOK if may_change else math.inf
        if self._kept is not None:
            await self._compare(self._kept)
        rates = self._at(datetime.fromtimestamp(self._world.now()))  # noqa: DTZ006 - the clock on the wall is meant
        if rates != self._rates:
            self._rates, self._is_limited = rates, rates.least is not None
            self._credit, self._promise = 0, None
            self._next_glance = -math.inf
            self._tell(rates.least)

    async def _compare(self, kept: Kept) -> None:
        """Let the last change count, here or where it is kept."""
        changed, self._changed = self._changed, False
        said = await kept.limited(self._own.text if changed else None)
        if said is None:
            self._changed = self._changed or changed  # it could not be written: once more, later
        if said is None or self._changed or said == self._known:
            return
        self._known = said
        try:
            self._own = Schedule.of(said)
        except ArgsException as error:
            log.warning(
                say("The limit that the journal has for this upload is not heeded: {error}", error=error)
            )

    def _at(self, when: datetime) -> _Rates:
        return _Rates(self._own.at(when), None if self._share is None else self._share.schedule.at(when))

    def _until(self, now: datetime, least: int) -> float | None:
        schedules = [self._own] if self._share is None else [self._own, self._share.schedule]
        ends = sorted(end for schedule in schedules if (end := schedule.until(now)) is not None)
        return next((end.timestamp() for end in ends if self._at(end).least != least), None)

    def _tell(self, least: int | None) -> None:
        if least == self._told:
            return
        self._told = least
        limit = self.in_force
        if limit is None:
            log.info(say("No limit of the rate is in force any more."))
        else:
            log.info(say("Limited to {limit}.", limit=limit))
