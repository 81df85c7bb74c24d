"""Memory where it would show that it grows with the file or with the parts in flight."""

from __future__ import annotations

import sys
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.bench import Bench, spread, tell
from benchmarks.children import run
from benchmarks.report import Figure

from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = 8
TARGET = 30
_GIB = 1024**3
_OWN_PEAK = 'import re; print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])'
"""Says at its end what it took: it is too short-lived to be watched."""


def memory(bench: Bench, *, long: bool) -> Iterator[Figure]:
    """Upload sparse files with bvup, 8 parts at once; the larger one takes minutes."""
    version = median(_short("--version") for _ in range(3))
    yield Figure(say("peak memory of `bvup --version`"), version, "MiB")
    file = bench.place.folder / "sparse.mp4"
    for gib in (4, 64) if long else (4,):
        tell(f"memory: {gib} GiB, {THREADS} at once")
        with file.open("wb") as made:
            made.truncate(gib * _GIB)
        runs = 1 if gib == 64 else min(3, bench.rounds)
        costs = [run(bench.bvup(file, threads=THREADS), more=_home(bench, number)) for number in range(runs)]
        file.unlink()
        over = [one.rss - version for one in costs]
        cost = costs[0]
        yield Figure(
            say(
                "**peak memory of `bvup upload` over `bvup --version`**, {gib} GiB, N={connections}"
                " (runs: {spread})",
                gib=gib,
                connections=THREADS,
                spread=spread(over, 0),
            ),
            median(over),
            "MiB",
            TARGET,
        )
        yield Figure(say("{gib} GiB: time, CPU {cpu:.0f} s", gib=gib, cpu=cost.cpu), cost.wall, "s")


def _home(bench: Bench, number: int) -> dict[str, str]:
    """Return an environment with a journal that knows nothing."""
    return {"BVUP_HOME": str(bench.place.folder / f"home of memory {number}")}


def _short(argument: str) -> float:
    script = f"""
import sys
sys.argv = ["bvup", "{argument}"]
from bilibili_api.apps.cli.main import main
try:
    main()
except SystemExit:
    {_OWN_PEAK}
"""
    return int(run([sys.executable, "-P", "-c", script]).said.split()[-1]) / 1024
