"""What do the hosts really do? Counts the bytes they take, fair to how many streams share the way."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .line_choice import By, Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .flow import Flow

ENOUGH: Final = 1024 * 1024
"""Bytes by which a host may be judged once a part is there; before, its first streams get up to speed."""
LONG_ENOUGH: Final = 10.0
"""Seconds of streams by which one may be judged in any case."""
_KEPT: Final = 0.6
"""How much of what was counted before still counts after one more part: the last few tell."""


@dataclass(slots=True, eq=False)
class _Stream:
    """A body under way.

    Attributes:
        flow: How far it is.
        begun: Since when it counts.
        share: The shares that had been given out by then.
        before: Bytes that were taken before, which do not count.
    """

    flow: Flow
    begun: float
    share: float
    before: int = 0

    @property
    def taken(self) -> int:
        """Bytes that were taken since it counts."""
        return self.flow.taken - self.before


@dataclass(slots=True)
class _Count:
    """What one host took: parts, bytes, seconds of its streams, their share of all time, and when last."""

    last: float
    parts: int = 0
    taken: float = 0.0
    seconds: float = 0.0
    share: float = 0.0
    live: set[_Stream] = field(default_factory=set[_Stream])


class Throughput:
    """Counts what hosts take.

    Streams share the way: of n at once each is given a share of 1/n of the time that passes. Bytes by share
    are what all of them together would do at a host, whether it is the way that limits them or the host.

    Args:
        elapsed: A steady clock, in seconds.
    """

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._counts: dict[str, _Count] = {}
        self._streams = 0
        self._last = 0.0
        self._shares = 0.0

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that were sent anything."""
        return tuple(self._counts)

    @contextmanager
    def stream(self, host: str, flow: Flow, size: int) -> Generator[None]:
        """Count a body of `size` bytes that goes to a host while this lasts; whole if nothing is raised."""
        begun, share = self._advance()
        count = self._counts.setdefault(host, _Count(begun))
        stream = _Stream(flow, begun, share)
        count.live.add(stream)
        self._streams += 1
        done = False
        try:
            yield
            done = True
        finally:
            now, shares = self._advance()
            self._streams -= 1
            count.live.discard(stream)
            count.last = now
            count.parts += done
            count.taken = _KEPT * count.taken + (size - stream.before if done else stream.taken)
            count.seconds = _KEPT * count.seconds + now - stream.begun
            count.share = _KEPT * count.share + shares - stream.share

    def of(self, host: str) -> Seen | None:
        """Return what a host does, its streams under way included; None while there is too little to tell."""
        count = self._counts.get(host)
        if count is None:
            return None
        now, shares = self._advance()
        taken = count.taken + sum(stream.taken for stream in count.live)
        seconds = count.seconds + sum(now - stream.begun for stream in count.live)
        share = count.share + sum(shares - stream.share for stream in count.live)
        is_enough = (count.parts > 0 and taken >= ENOUGH) or seconds >= LONG_ENOUGH
        if share <= 0 or not is_enough:
            return None
        return Seen(taken / share, max(1.0, seconds / share), by=By.PARTS)

    def age(self, host: str) -> float:
        """Return for how many seconds nothing has gone to a host that was sent something; 0 while it does."""
        count = self._counts[host]
        return 0.0 if count.live else self._elapsed() - count.last

    def forget(self) -> None:
        """Count from now on only: what was seen so far says nothing of what can be done now."""
        now, shares = self._advance()
        for count in self._counts.values():
            count.parts = 0
            count.taken = count.seconds = count.share = 0.0
            for stream in count.live:
                stream.begun, stream.share, stream.before = now, shares, stream.flow.taken

    def _advance(self) -> tuple[float, float]:
        now = self._elapsed()
        if self._streams:
            self._shares += (now - self._last) / self._streams
        self._last = now
        return now, self._shares
