"""How late the event loop runs while it sends at full speed, beside one that only waits."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks.bench import LINE, Bench, spread, tell
from benchmarks.children import python
from benchmarks.report import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = 4
TARGET = 20


def lag(bench: Bench) -> Iterator[Figure]:
    """Watch uploads over both lines."""
    for line, name in ((LINE, "UPOS"), ("pc", "PC line")):
        seen: list[dict[str, float]] = []
        for number in range(bench.rounds):
            tell(f"lag of the event loop, {name}: {number + 1} of {bench.rounds}")
            seen.append(bench.ours(bench.files.whole, THREADS, line, watch=True).answer)
        largest, own, computed, usual = (
            [1000 * one[key] for one in seen] for key in ("largest", "own", "computed", "99th percentile")
        )
        yield Figure(
            f"**largest lag of the event loop, {name}** (uploads: {spread(largest, 0)})",
            median(largest),
            "ms",
            TARGET,
        )
        yield Figure(
            f"{name}: the same less waiting for a core (uploads: {spread(own, 0)})", median(own), "ms"
        )
        yield Figure(
            f"{name}: longest stretch of computing (uploads: {spread(computed, 0)})", median(computed), "ms"
        )
        yield Figure(f"{name}: 99th percentile of the lag", median(usual), "ms")
    idle = python("upload.py", {"watch": True, "seconds": 10}).answer
    yield Figure("largest lag of an event loop that only waits, 10 s", 1000 * idle["largest"], "ms")
