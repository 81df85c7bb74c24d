"""CPU seconds of both lines against curl, in turns."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks.bench import LINE, Bench, spread, tell
from benchmarks.children import Cost, python
from benchmarks.curl import curl_forms, curl_puts
from benchmarks.report import Figure

from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilibili_api.saying import Said

PC_THREADS = 3
TARGETS = {1: 1.1, 4: 1.1, 8: 1.3}
"""Parts at once, and the most that the CPU of our upload may be, in units of curl's."""


def upos(bench: Bench) -> Iterator[Figure]:
    """Compare with `curl -T` of the same parts, for several at once."""
    fixed = bench.start()
    yield Figure(say("CPU of starting Python and importing all that an upload needs"), fixed, "s")
    for threads, target in TARGETS.items():
        ours, theirs = list[Cost](), list[Cost]()
        for number in range(bench.rounds):
            tell(f"UPOS, {threads} at once, round {number + 1} of {bench.rounds}: curl, ours")
            theirs.append(curl_puts(bench.place, bench.files.parts, threads))
            ours.append(bench.ours(bench.files.whole, threads, LINE))
        setup = say("UPOS, N={connections}", connections=threads)
        yield from _compared(setup, ours, theirs, cpu(theirs), fixed, target, say("`curl -T`"))


def pc(bench: Bench) -> Iterator[Figure]:
    """Compare with `curl -F` of the same chunks and the two digests that the line wants of each byte."""
    fixed = bench.start()
    ours, theirs, digests = list[Cost](), list[Cost](), list[Cost]()
    for number in range(bench.rounds):
        tell(f"PC line, round {number + 1} of {bench.rounds}: curl, md5, ours")
        theirs.append(curl_forms(bench.place, bench.files.chunks, bench.files.md5, PC_THREADS))
        digests.append(python("md5_twice.py", str(bench.files.whole)))
        ours.append(bench.ours(bench.files.whole, PC_THREADS, "pc"))
    yield Figure(say("PC line, CPU of two md5 of the file"), cpu(digests), "s")
    reference = cpu(theirs) + cpu(digests)
    setup = say("PC line, N={connections}", connections=PC_THREADS)
    yield from _compared(setup, ours, theirs, reference, fixed, 1.15, say("(`curl -F` + two md5)"))


def _compared(
    setup: Said,
    ours: Sequence[Cost],
    theirs: Sequence[Cost],
    reference: float,
    fixed: float,
    target: float,
    yardstick: Said,
) -> Iterator[Figure]:
    yield Figure(say("{setup}: CPU of curl", setup=setup), cpu(theirs), "s")
    yield Figure(say("{setup}: CPU of the library, everything included", setup=setup), cpu(ours), "s")
    sending = [(one.cpu - fixed) / reference for one in ours]
    compared = say(
        "**{setup}: CPU of the upload / {yardstick}** (rounds: {spread})",
        setup=setup,
        yardstick=yardstick,
        spread=spread(sending),
    )
    yield Figure(compared, median(sending), "", target)
    whole = say("{setup}: the same with starting Python and importing", setup=setup)
    yield Figure(whole, cpu(ours) / reference, "")
    yield Figure(say("{setup}: time of curl", setup=setup), median(one.wall for one in theirs), "s")
    yield Figure(say("{setup}: time of the library", setup=setup), median(one.wall for one in ours), "s")
    peak = median(one.rss for one in theirs)
    yield Figure(say("{setup}: peak memory of curl", setup=setup), peak, "MiB")
    peak = median(one.rss for one in ours)
    yield Figure(say("{setup}: peak memory of the library", setup=setup), peak, "MiB")


def cpu(costs: Sequence[Cost]) -> float:
    """Return the median of the CPU seconds."""
    return median(cost.cpu for cost in costs)
