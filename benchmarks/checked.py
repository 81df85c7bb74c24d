"""What is measured is right: the same programs against the simulator that compares every byte, once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.asking import seen
from benchmarks.bench import LINE, Bench, make_files, tell
from benchmarks.children import run
from benchmarks.curl import curl_forms, curl_puts

if TYPE_CHECKING:
    from pathlib import Path

MIB = 64
THREADS = 4


def check(bench: Bench) -> None:
    """Upload a smaller file in each way.

    Raises:
        RuntimeError: What arrived is not what was sent.
    """
    tell(f"{MIB} MiB in each way, every byte compared")
    folder: Path = bench.place.folder / "checked"
    folder.mkdir()
    files = make_files(folder, MIB)
    strict = replace(bench, place=bench.place.checked, files=files)
    strict.ours(files.whole, THREADS, "pc")
    strict.ours(files.whole, THREADS, LINE)
    run(strict.bvup(files.whole, threads=THREADS), more=strict.home)
    curl_forms(strict.place, files.chunks, files.md5, THREADS)
    curl_puts(strict.place, files.parts, THREADS)
    arrived = seen(bench.place)["videos"]
    if arrived != [files.md5] * 5:
        raise RuntimeError(f"{len(arrived)} files arrived, and not all as they were sent")
