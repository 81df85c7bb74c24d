"""The PC path against curl, over https on loopback: CPU, memory, lag of the event loop; start-up.

    python -m benchmarks [--rounds N] [--mib SIZE] [--folder DIR] [--dry]

Needs Linux, curl and about 8 GiB in the folder (/dev/shm if it has the room). Takes minutes. Figures compare
only within one run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.children import HERE, Cost, python, run
from benchmarks.curl import Piece, curl
from benchmarks.report import Figure, write
from benchmarks.startup import startup

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

MIB = 1024 * 1024
CHUNK = 2 * MIB
THREADS = 3
SPARSE_GIB, SPARSE_THREADS = 4, 8
IMPORT = "import bilibili_api.video_uploader, bilibili_api.engine.http"
"""All that an upload loads; the HTTP library comes with the first connection."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What all measurements need."""

    place: dict[str, Any]
    folder: Path
    rounds: int
    whole: Path
    pieces: Sequence[Piece]
    md5: str

    def ours(self, file: Path, threads: int, *, watch: bool = False) -> Cost:
        job = {"file": str(file), "threads": threads, "chunk_size": CHUNK, "watch": watch}
        return python("upload.py", {**self.place, **job})

    def curl(self) -> Cost:
        return curl(self.place, self.pieces, self.md5, THREADS, self.folder / "curl.txt")


def main() -> None:
    """Measure, print, and write docs/performance.md."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the PC path against curl."
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="interleaved rounds, of which the median counts"
    )
    parser.add_argument("--mib", type=int, default=1024, help="size of the file")
    parser.add_argument("--folder", type=Path, default=roomy_folder(), help="where the files are made")
    parser.add_argument("--dry", action="store_true", help="leave docs/performance.md alone")
    given = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="bvup-bench-") as made:
        folder = Path(made)
        whole, pieces, md5 = make_files(folder, given.mib)
        with server(folder) as place:
            bench = Bench(place, folder, given.rounds, whole, pieces, md5)
            figures = [*cpu_and_memory(bench), *sparse(bench), *lag(bench)]
        tell("start-up")
        figures += startup(folder, 4 * given.rounds)
    what = (
        f"{given.mib} MiB in {len(pieces)} chunks, {THREADS} at once, {given.rounds} interleaved rounds; "
        f"load of the machine {load:.1f} before, {os.getloadavg()[0]:.1f} after"
    )
    write(what, figures, None if given.dry else HERE.parent / "docs" / "performance.md")


def roomy_folder() -> Path:
    """Return a folder in memory if there is room, so that the disk does not disturb."""
    shm = Path("/dev/shm")
    return (
        shm if shm.is_dir() and shutil.disk_usage(shm).free > 12 * 1024 * MIB else Path(tempfile.gettempdir())
    )


def make_files(folder: Path, mib: int) -> tuple[Path, list[Piece], str]:
    """Make a file of random bytes and, for curl, each of its chunks; all of it stays in the cache."""
    whole, digest, pieces = folder / "whole.mp4", hashlib.md5(), list[Piece]()
    with whole.open("wb") as file:
        for number in range(mib * MIB // CHUNK):
            data = os.urandom(CHUNK)
            file.write(data)
            digest.update(data)
            path = folder / f"chunk{number:04}"
            path.write_bytes(data)
            pieces.append(Piece(path, CHUNK, hashlib.md5(data).hexdigest()))
    return whole, pieces, digest.hexdigest()


@contextmanager
def server(folder: Path) -> Generator[dict[str, Any]]:
    """Run the simulator in a process of its own."""
    command = [sys.executable, "-P", HERE / "server.py"]
    environment = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        yield json.loads(child.stdout.readline())
        child.stdin.close()


def cpu_and_memory(bench: Bench) -> Iterator[Figure]:
    """Compare with curl and two digests, in turns."""
    ours, theirs, digests = list[Cost](), list[Cost](), list[Cost]()
    for number in range(bench.rounds):
        tell(f"round {number + 1} of {bench.rounds}: curl, md5, ours")
        theirs.append(bench.curl())
        digests.append(python("md5_twice.py", str(bench.whole)))
        ours.append(bench.ours(bench.whole, THREADS))
    ratios = [
        mine.cpu / (curls.cpu + md5s.cpu) for mine, curls, md5s in zip(ours, theirs, digests, strict=True)
    ]
    yield Figure("CPU of this library, everything included", cpu(ours), "s")
    yield Figure("CPU of curl -F", cpu(theirs), "s")
    yield Figure("CPU of two md5", cpu(digests), "s")
    reference = cpu(theirs) + cpu(digests)
    yield Figure(
        f"**CPU, this library / (curl + md5)** (rounds: {spread(ratios)})", cpu(ours) / reference, "", 1.25
    )
    fixed = cpu([run([sys.executable, "-c", IMPORT]) for _ in range(bench.rounds)])
    yield Figure("the same without starting Python and importing", (cpu(ours) - fixed) / reference, "")
    yield Figure("time of this library", median(cost.wall for cost in ours), "s")
    yield Figure("time of curl, without md5", median(cost.wall for cost in theirs), "s")
    yield Figure("peak memory of this library", median(cost.rss for cost in ours), "MiB")
    yield Figure("peak memory of curl", median(cost.rss for cost in theirs), "MiB")
    yield Figure(
        "peak memory, this library / curl", median(c.rss for c in ours) / median(c.rss for c in theirs), ""
    )


def sparse(bench: Bench) -> Iterator[Figure]:
    """Measure memory where it would show that it grows with the file or the threads."""
    tell(f"memory: {SPARSE_GIB} GiB, {SPARSE_THREADS} threads")
    file = bench.folder / "sparse.mp4"
    with file.open("wb") as made:
        made.truncate(SPARSE_GIB * 1024 * MIB)
    bare = median(
        run([sys.executable, "-c", f"{IMPORT}; import time; time.sleep(0.2)"]).rss for _ in range(3)
    )
    peak = bench.ours(file, SPARSE_THREADS).rss
    file.unlink()
    yield Figure("peak memory of the bare import", bare, "MiB")
    yield Figure(
        f"**peak memory over the bare import**, {SPARSE_GIB} GiB, threads={SPARSE_THREADS}",
        peak - bare,
        "MiB",
        60,
    )


def lag(bench: Bench) -> Iterator[Figure]:
    """Measure how late the event loop runs while it sends, beside one that only waits."""
    seen: list[dict[str, float]] = []
    for number in range(min(3, bench.rounds)):
        tell(f"lag of the event loop: {number + 1}")
        seen.append(bench.ours(bench.whole, THREADS, watch=True).said)
    idle = python("upload.py", {"watch": True, "seconds": 10}).said
    largest, own, computed = ([1000 * one[name] for one in seen] for name in ("largest", "own", "computed"))
    yield Figure(
        f"**largest lag of the event loop** (uploads: {spread(largest, 0)})", median(largest), "ms", 50
    )
    yield Figure(f"the same less waiting for a core (uploads: {spread(own, 0)})", median(own), "ms")
    yield Figure(f"longest stretch of computing (uploads: {spread(computed, 0)})", median(computed), "ms")
    yield Figure("99th percentile of the lag", median(1000 * one["99th percentile"] for one in seen), "ms")
    yield Figure("largest lag of an event loop that only waits, 10 s", 1000 * idle["largest"], "ms")


def cpu(costs: Sequence[Cost]) -> float:
    """Return the median of the CPU seconds."""
    return median(cost.cpu for cost in costs)


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Write the smallest and the largest."""
    return f"{min(values):.{digits}f} to {max(values):.{digits}f}"


def tell(what: str) -> None:
    """Say what is being measured."""
    print(what, file=sys.stderr, flush=True)
