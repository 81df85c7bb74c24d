"""How long it takes until something happens: processes that only import, show help, or refuse.

Modules come compiled, from a folder of their own: neither this machine's settings nor older runs matter.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

from benchmarks.bench import IMPORT, tell
from benchmarks.children import environment
from benchmarks.report import Figure

from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BVUP: Final = "from bilibili_api.apps.cli.main import program; program()"


def startup(folder: Path, rounds: int) -> Iterator[Figure]:
    """Measure each in turns; the least counts, since everything that disturbs only adds.

    Args:
        folder: Where a file is missing.
        rounds: How often each is run.
    """
    tell("start-up")
    bare, loop, ours, all_of_it, shown, refused = _least(
        rounds,
        ["pass"],
        ["import asyncio"],
        ["import bilibili_api.video_uploader"],
        [IMPORT],
        [_BVUP, "--help"],
        [_BVUP, "upload", str(folder / "missing.mp4"), "--title", "missing"],
    )
    yield Figure(say("time of starting Python (CPU {cpu:.2f} s)", cpu=bare[1]), bare[0], "s")
    yield Figure(say("`import asyncio`, Python included (CPU {cpu:.2f} s)", cpu=loop[1]), loop[0], "s")
    yield Figure(
        say("**`import bilibili_api.video_uploader`**, Python included (CPU {cpu:.2f} s)", cpu=ours[1]),
        ours[0],
        "s",
        0.20,
    )
    yield Figure(say("the same and the HTTP library (CPU {cpu:.2f} s)", cpu=all_of_it[1]), all_of_it[0], "s")
    yield Figure(say("**`bvup --help`** (CPU {cpu:.2f} s)", cpu=shown[1]), shown[0], "s", 0.25)
    yield Figure(
        say("**`bvup upload` refusing a file that is not there** (CPU {cpu:.2f} s)", cpu=refused[1]),
        refused[0],
        "s",
        0.5,
    )


def _least(rounds: int, *programs: list[str]) -> list[tuple[float, float]]:
    """Return the least time and the least CPU of each; the first round, which compiles, does not count."""
    runs = [[_cost(program) for program in programs] for _ in range(rounds + 1)]
    return [
        (min(wall for wall, _ in costs), min(cpu for _, cpu in costs))
        for costs in zip(*runs[1:], strict=True)
    ]


def _cost(program: list[str]) -> tuple[float, float]:
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-c", *program],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime
