"""How late the event loop runs while it sends at full speed, beside one that only waits."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks.bench import LINE, Bench, spread, tell
from benchmarks.children import python
from benchmarks.report import Figure

from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = 4
TARGET = 20


def lag(bench: Bench) -> Iterator[Figure]:
    """Watch uploads over both lines."""
    for line, name in ((LINE, say("UPOS")), ("pc", say("PC line"))):
        seen: list[dict[str, float]] = []
        for number in range(bench.rounds):
            tell(f"lag of the event loop, {name}: {number + 1} of {bench.rounds}")
            seen.append(bench.ours(bench.files.whole, THREADS, line, watch=True).answer)
        largest, own, computed, usual = (
            [1000 * one[key] for one in seen] for key in ("largest", "own", "computed", "99th percentile")
        )
        yield Figure(
            say(
                "**largest lag of the event loop, {line}** (uploads: {spread})",
                line=name,
                spread=spread(largest, 0),
            ),
            median(largest),
            "ms",
            TARGET,
        )
        less = say(
            "{line}: the same less waiting for a core (uploads: {spread})", line=name, spread=spread(own, 0)
        )
        yield Figure(less, median(own), "ms")
        stretch = say(
            "{line}: longest stretch of computing (uploads: {spread})", line=name, spread=spread(computed, 0)
        )
        yield Figure(stretch, median(computed), "ms")
        yield Figure(say("{line}: 99th percentile of the lag", line=name), median(usual), "ms")
    idle = python("upload.py", {"watch": True, "seconds": 10}).answer
    yield Figure(say("largest lag of an event loop that only waits, 10 s"), 1000 * idle["largest"], "ms")
