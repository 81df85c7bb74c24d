"""All measurements, in one run."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import checked, cpu, lag, link, memory, rivals, startup, stopping
from benchmarks.bench import Bench, make_files
from benchmarks.children import HERE
from benchmarks.place import place
from benchmarks.report import Section, write

from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.report import Figure

    from bilibili_api.saying import Said

    Measurement = Callable[[Bench], Iterable[Figure]]

DOCUMENTS = HERE.parent / "docs"


def main() -> None:
    """Measure, print, and write docs/performance.md, in both languages."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure everything.")
    parser.add_argument(
        "--rounds", type=int, default=5, help="interleaved rounds, of which the median counts"
    )
    parser.add_argument("--mib", type=int, default=1024, help="size of the file")
    parser.add_argument(
        "--only", help="only the measurements whose name begins like this; writes no document"
    )
    parser.add_argument("--long", action="store_true", help="memory for 64 GiB, too: some minutes more")
    parser.add_argument(
        "--dry", action="store_true", help="leave docs/performance.md and docs/zh/performance.md alone"
    )
    parser.add_argument("--folder", type=Path, default=HERE.parent / "build", help="where the files are made")
    given = parser.parse_args()
    given.folder.mkdir(exist_ok=True)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="bench-") as made, place(Path(made)) as where:
        bench = Bench(where, given.rounds, make_files(Path(made), given.mib))
        os.sync()  # what is still to be written would disturb
        checked.check(bench)
        sections = [
            Section(name, list(measure(bench)))
            for name, measure in measurements(long=given.long).items()
            if not given.only or name.startswith(given.only)
        ]
    what = say(
        "{mib} MiB, {rounds} interleaved rounds; load of the machine {before:.1f} before, {after:.1f} after",
        mib=given.mib,
        rounds=given.rounds,
        before=load,
        after=os.getloadavg()[0],
    )
    write(what, sections, None if given.dry or given.only else DOCUMENTS)


def measurements(*, long: bool) -> dict[Said, Measurement]:
    """Return all of them by name, in their order."""
    return {
        say("CPU: UPOS"): cpu.upos,
        say("CPU: PC line"): cpu.pc,
        say("Others"): rivals.rivals,
        say("Narrow link"): link.link,
        say("Event loop"): lag.lag,
        say("Stopping"): stopping.stopping,
        say("Start-up"): lambda bench: startup.startup(bench.place.folder, 4 * bench.rounds),
        say("Memory"): lambda bench: memory.memory(bench, long=long),  # the last: it empties the page cache
    }
