"""How fast it goes and how long it will still take. No clock of its own: times are passed in."""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW: Final = 8.0
"""Seconds over which the rate is an average: long enough to be steady, short enough to notice a change."""
SETTLED: Final = 0.5
"""Seconds of samples before a rate is shown at all."""


class Meter:
    """Rate of bytes the other side has taken, as an average over the last seconds."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def add(self, now: float, taken: int) -> None:
        """Note that `taken` bytes in all had been taken at `now` (seconds of a steady clock)."""
        self._samples.append((now, taken))
        while len(self._samples) > 2 and self._samples[1][0] <= now - WINDOW:
            self._samples.popleft()

    @property
    def rate(self) -> float | None:
        """Bytes a second, never negative (chunks sent again go back), or None: too early to say."""
        if not self._samples:
            return None
        (begun, before), (now, taken) = self._samples[0], self._samples[-1]
        return max(0.0, (taken - before) / (now - begun)) if now - begun >= SETTLED else None

    @property
    def samples(self) -> int:
        """How many samples are remembered."""
        return len(self._samples)

    def left(self, remaining: int) -> float | None:
        """Seconds that `remaining` bytes will take at this rate, or None when nobody can know."""
        if remaining <= 0:
            return 0.0
        return remaining / self.rate if self.rate else None
