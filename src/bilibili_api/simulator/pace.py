"""How fast the simulator takes bytes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = 256 * 1024
_GRAINS_PER_SECOND = 20
_HOUR = 3600
_LEAST_RATE = 1.0  # bytes per second: 0 means as good as nothing, not a division by it


@dataclass(slots=True)
class Limits:
    """What the simulated service allows; None switches a limit off. May be changed at any time.

    Attributes:
        bandwidth: bytes per second over all connections together.
        preuploads_per_hour: per account, over both kinds of line; one more is answered with the HTTP 406
            of section 8.2. The profile `ugcfx/bcut-pc` is exempt, as reported (section 4.2).
        submit_gap: seconds that must lie between two submissions of an account, else 21070
            (30 s on the live service, section 6.4). Measured with the simulator's clock.
        submits_per_day: per account and interface; one more is refused in the interface's own way
            (9 to 10 on the live service, section 6.4).
        chunk_size: bytes of a UPOS part, as preupload prescribes.
        threads: the concurrency that preupload suggests.
    """

    bandwidth: float | None = None
    preuploads_per_hour: int | None = None
    submit_gap: float | None = None
    submits_per_day: int | None = None
    chunk_size: int = 10485760
    threads: int = 3


class Quota:
    """Counts the preuploads of each account within the last hour."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._taken: dict[int, list[float]] = {}

    def take(self, mid: int) -> bool:
        """Count one more, or return False because it would be one too many."""
        now, allowed = self._clock(), self._limits.preuploads_per_hour
        recent = [moment for moment in self._taken.get(mid, ()) if now - moment < _HOUR]
        self._taken[mid] = recent
        if allowed is not None and len(recent) >= allowed:
            return False
        recent.append(now)
        return True


class Throttle:
    """Makes all who spend from it keep to one rate in bytes per second."""

    def __init__(self, rate: Callable[[], float | None]) -> None:
        self._rate = rate
        self._free_at = 0.0

    def grain(self) -> int:
        """How many bytes to take at once, so that the flow is even."""
        rate = self._rate()
        return BLOCK if rate is None else max(1, min(BLOCK, int(rate / _GRAINS_PER_SECOND)))

    async def spend(self, size: int) -> None:
        """Wait until `size` more bytes were allowed to pass."""
        rate = self._rate()
        if rate is None:
            return
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now) + size / max(rate, _LEAST_RATE)
        await asyncio.sleep(self._free_at - now)
