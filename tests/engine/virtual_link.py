"""A network in virtual time: what streams to one place reach, as far as it matters for how many there should be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

TICK: Final = 0.5
"""Seconds between two samples."""
HANDSHAKES: Final = 3
"""Round trips before a new connection can send: TCP and TLS."""
FIRST_WINDOW: Final = 14_600.0
"""Bytes that a new connection sends in its first round trip; doubled with each further one."""
SLOWED: Final = 0.05
"""What part of all rates each stream costs beyond the number that a server bears."""
PAUSE: Final = 0.5
"""Seconds before a part that failed is tried again."""


@dataclass(frozen=True, slots=True)
class Link:
    """What lies between a client and the storage.

    Attributes:
        cap: Bytes a second that one connection reaches.
        total: Bytes a second that all reach together.
        rtt: Seconds that pass between the end of a part and the first byte of the next.
        failing: Share of the parts that fail when they have been sent.
        limit: Streams beyond which the server is overloaded.
        overload: What each stream beyond the limit does: "slows" all a little, or lets a tenth more of all
            parts "fails".
        part: Bytes of a part.
    """

    cap: float
    total: float
    rtt: float = 0.02
    failing: float = 0.0
    limit: int = 64
    overload: str = "slows"
    part: int = 10_485_760


@dataclass(slots=True)
class _Stream:
    """One sender: silent until a moment, or sending what is left of a part."""

    silent: float
    left: float
    most: float
    doubles: float
    rate: float = 0.0


@dataclass(slots=True)
class Seen:
    """What happened since the last sample."""

    taken: float = 0.0
    stored: int = 0
    failed: int = 0


@dataclass(slots=True)
class Network:
    """Runs streams over a link; `wanted` may change at every tick."""

    link: Link
    dice: Callable[[], float] | None = None
    now: float = 0.0
    stored: int = 0
    wanted: int = 1
    seen: Seen = field(default_factory=Seen)
    _streams: list[_Stream] = field(default_factory=list[_Stream])
    _owed: float = 0.0

    @property
    def good(self) -> float:
        """Bytes that are stored, or on their way to be."""
        under_way = sum(self.link.part - stream.left for stream in self._streams)
        return self.stored * self.link.part + under_way

    @property
    def streams(self) -> int:
        """How many there are."""
        return len(self._streams)

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while len(self._streams) < self.wanted:
            self._streams.append(self._fresh(0.0))
        while self.now < end:
            self._share()
            self._pass(min(end - self.now, *(self._next(stream) for stream in self._streams)))
            self._end_parts()

    def _fresh(self, pause: float) -> _Stream:
        rtt = self.link.rtt
        ready = self.now + pause + HANDSHAKES * rtt
        most = min(self.link.cap, FIRST_WINDOW / rtt)
        return _Stream(ready, float(self.link.part), most, ready + rtt)

    def _next(self, stream: _Stream) -> float:
        if stream.silent > self.now:
            return stream.silent - self.now
        ends = stream.left / stream.rate
        return min(ends, stream.doubles - self.now) if stream.most < self.link.cap else ends

    def _share(self) -> None:
        """Give each stream what it can take of what there is, and what it leaves to the others."""
        active = sorted((s for s in self._streams if s.silent <= self.now), key=lambda s: s.most)
        excess = len(active) - self.link.limit
        slowed = (1 - SLOWED) ** excess if excess > 0 and self.link.overload == "slows" else 1.0
        room = self.link.total * slowed
        for index, stream in enumerate(active):
            stream.rate = min(stream.most * slowed, room / (len(active) - index))
            room -= stream.rate

    def _pass(self, seconds: float) -> None:
        seconds = max(seconds, 1e-6)
        for stream in self._streams:
            if stream.silent <= self.now:
                stream.left -= stream.rate * seconds
                self.seen.taken += stream.rate * seconds
        self.now += seconds

    def _end_parts(self) -> None:
        for stream in list(self._streams):
            if stream.silent > self.now:
                continue
            if stream.doubles <= self.now:
                stream.most, stream.doubles = min(self.link.cap, 2 * stream.most), self.now + self.link.rtt
            if stream.left <= 1:
                self._end_part(stream)

    def _end_part(self, stream: _Stream) -> None:
        if failed := self._fails():
            self.seen.failed += 1
        else:
            self.seen.stored += 1
            self.stored += 1
        if len(self._streams) > self.wanted:
            self._streams.remove(stream)
        elif failed:
            self._streams[self._streams.index(stream)] = self._fresh(PAUSE)
        else:
            stream.left, stream.silent = float(self.link.part), self.now + self.link.rtt

    def _fails(self) -> bool:
        """Let parts fail evenly, or by the dice."""
        link = self.link
        excess = max(0, len(self._streams) - link.limit) if link.overload == "fails" else 0
        share = min(0.9, link.failing + 0.1 * excess)
        if self.dice is not None:
            return self.dice() < share
        self._owed += share
        if self._owed >= 1:
            self._owed -= 1
            return True
        return False
