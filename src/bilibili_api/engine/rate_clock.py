"""Who may send when: a clock that is ahead of the real one by what was promised and is not sent yet.

Each promise moves it on by the time that the promised bytes take at the rate that holds; who was promised
something sends when the real clock has come to where it stood. Promises are small and take equal times, and
nobody asks for another one before the last has come true: so all who ask share alike, and what one does not
want is the others'.
"""

from __future__ import annotations

import logging
import math
import os
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from bilibili_api.frozen import frozen
from bilibili_api.saying import because, say

from .locks import open_lock, try_lock

if TYPE_CHECKING:
    from pathlib import Path

    from .options import World

SLICE: Final = 0.02
"""Seconds that a promise is worth: long enough to be cheap, short enough to share fairly within a second."""
LEAST_SLICE: Final = 1024
"""Bytes of the smallest promise."""
BURST: Final = 0.1
"""Seconds that may be caught up: timers ring late, and answers are waited for. Of ten seconds 1 %."""
_AHEAD: Final = 60.0
"""Seconds; a clock that is further ahead was written before the machine was started, or by a madman."""
_TRIES: Final = 50
_PAUSE: Final = 0.002
_FORM: Final = struct.Struct("<8sdd")
_MAGIC: Final = b"bvuprate"

log = logging.getLogger("bilibili_api")


def slice_of(rate: int) -> int:
    """Return how many bytes are promised at once at a rate."""
    return max(LEAST_SLICE, int(rate * SLICE))


@frozen
class Mark:
    """Where the clock stands.

    Attributes:
        free: When all that was promised will have been sent; seconds of a clock that never goes back.
        rate: Bytes per second by which that was reckoned.
    """

    free: float = 0.0
    rate: float = 1.0

    def promised(self, count: int, rate: int, now: float) -> tuple[Mark, float]:
        """Return the clock after a promise of `count` bytes at `rate`, and when they may be sent."""
        free = self.free
        if not math.isfinite(free) or free - now > _AHEAD:
            free = now
        if rate != self.rate:  # what was promised at another rate is neither waited for long nor forgotten
            free = min(free, now + BURST)
        begins = max(free, now - BURST)
        return Mark(begins + count / rate, rate), begins


class Clock(Protocol):
    """Makes promises."""

    async def promise(self, count: int, rate: int, world: World) -> float:
        """Return when `count` bytes may be sent, as `World.elapsed` counts."""
        ...


class MemoryClock:
    """A clock for those who have this object."""

    def __init__(self) -> None:
        self._mark = Mark()

    async def promise(self, count: int, rate: int, world: World) -> float:
        """See `Clock`."""
        self._mark, begins = self._mark.promised(count, rate, world.elapsed())
        return begins


class FileClock:
    """A clock for all processes of this machine that use one file.

    They have `time.monotonic` in common, which is the system's. Where the file cannot be used, or its file
    system has no locks, each process has a clock of its own, and the log says so once.

    Args:
        path: The file; made when it is first wanted. What it holds is worth nothing after a restart.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._alone = MemoryClock()
        self._told = False

    async def promise(self, count: int, rate: int, world: World) -> float:
        """See `Clock`; somebody who is stopped while he has the lock is not waited for."""
        for _ in range(_TRIES):
            try:
                begins = self._promised(count, rate, world.elapsed())
            except OSError as error:
                self._tell(error)
                break
            if begins is not None:
                return begins
            await world.sleep(_PAUSE * (0.5 + world.dice()))
        return await self._alone.promise(count, rate, world)

    def _promised(self, count: int, rate: int, now: float) -> float | None:
        """Return when; None: somebody else is at the file. Takes some 30 microseconds."""
        descriptor = open_lock(self._path)
        try:
            if not try_lock(descriptor):
                return None
            mark, begins = _read(descriptor).promised(count, rate, now)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, _FORM.pack(_MAGIC, mark.free, mark.rate))
        finally:
            os.close(descriptor)
        return begins

    def _tell(self, error: OSError) -> None:
        if not self._told:
            self._told = True
            log.warning(
                say(
                    "{path} cannot be used ({reason}): other processes do not count towards the common "
                    "limit.",
                    path=self._path,
                    reason=because(error),
                )
            )


def _read(descriptor: int) -> Mark:
    """Return what the file holds; a new clock where that is nothing that this module has written."""
    content = os.read(descriptor, _FORM.size)
    with suppress(struct.error):
        magic, free, rate = _FORM.unpack(content)
        if magic == _MAGIC and rate > 0:
            return Mark(free, rate)
    return Mark()
