"""CPU seconds of both lines against curl, in turns."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks.bench import LINE, Bench, spread, tell
from benchmarks.children import Cost, python
from benchmarks.curl import curl_forms, curl_puts
from benchmarks.report import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PC_THREADS = 3
TARGETS = {1: 1.1, 4: 1.1, 8: 1.3}
"""Parts at once, and the most that the CPU of our upload may be, in units of curl's."""


def upos(bench: Bench) -> Iterator[Figure]:
    """Compare with `curl -T` of the same parts, for several at once."""
    fixed = bench.start()
    yield Figure("CPU of starting Python and importing all that an upload needs", fixed, "s")
    for threads, target in TARGETS.items():
        ours, theirs = list[Cost](), list[Cost]()
        for number in range(bench.rounds):
            tell(f"UPOS, {threads} at once, round {number + 1} of {bench.rounds}: curl, ours")
            theirs.append(curl_puts(bench.place, bench.files.parts, threads))
            ours.append(bench.ours(bench.files.whole, threads, LINE))
        yield from _compared(f"UPOS, N={threads}", ours, theirs, cpu(theirs), fixed, target, "`curl -T`")


def pc(bench: Bench) -> Iterator[Figure]:
    """Compare with `curl -F` of the same chunks and the two digests that the line wants of each byte."""
    fixed = bench.start()
    ours, theirs, digests = list[Cost](), list[Cost](), list[Cost]()
    for number in range(bench.rounds):
        tell(f"PC line, round {number + 1} of {bench.rounds}: curl, md5, ours")
        theirs.append(curl_forms(bench.place, bench.files.chunks, bench.files.md5, PC_THREADS))
        digests.append(python("md5_twice.py", str(bench.files.whole)))
        ours.append(bench.ours(bench.files.whole, PC_THREADS, "pc"))
    yield Figure("PC line, CPU of two md5 of the file", cpu(digests), "s")
    reference = cpu(theirs) + cpu(digests)
    yield from _compared(
        f"PC line, N={PC_THREADS}", ours, theirs, reference, fixed, 1.15, "(`curl -F` + two md5)"
    )


def _compared(
    what: str,
    ours: Sequence[Cost],
    theirs: Sequence[Cost],
    reference: float,
    fixed: float,
    target: float,
    name: str,
) -> Iterator[Figure]:
    yield Figure(f"{what}: CPU of curl", cpu(theirs), "s")
    yield Figure(f"{what}: CPU of the library, everything included", cpu(ours), "s")
    sending = [(one.cpu - fixed) / reference for one in ours]
    yield Figure(
        f"**{what}: CPU of the upload / {name}** (rounds: {spread(sending)})", median(sending), "", target
    )
    yield Figure(f"{what}: the same with starting Python and importing", cpu(ours) / reference, "")
    yield Figure(f"{what}: time of curl", median(one.wall for one in theirs), "s")
    yield Figure(f"{what}: time of the library", median(one.wall for one in ours), "s")
    yield Figure(f"{what}: peak memory of curl", median(one.rss for one in theirs), "MiB")
    yield Figure(f"{what}: peak memory of the library", median(one.rss for one in ours), "MiB")


def cpu(costs: Sequence[Cost]) -> float:
    """Return the median of the CPU seconds."""
    return median(cost.cpu for cost in costs)
