"""How long it takes until something happens: CPU of processes that only import, show help, or refuse.

Modules come compiled, from a folder of their own: neither this machine's settings nor older runs matter.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from benchmarks.report import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BVUP: Final = "from bilibili_api.apps.cli.main import main; main()"


def startup(folder: Path, rounds: int) -> Iterator[Figure]:
    """Measure each in turns; the least counts, since everything that disturbs only adds.

    Args:
        folder: Where the compiled modules are put.
        rounds: How often each is run.
    """
    bare, loop, ours, shown, refused = least(
        {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "compiled")},
        rounds,
        ["pass"],
        ["import asyncio"],
        ["import bilibili_api.video_uploader"],
        [_BVUP, "--help"],
        [_BVUP, "upload", str(folder / "missing.mp4"), "--title", "missing"],
    )
    yield Figure("CPU of starting Python", bare, "s")
    yield Figure("CPU of `import asyncio`, Python included", loop, "s")
    yield Figure("**CPU of `import bilibili_api.video_uploader`**, Python included", ours, "s", 0.2)
    yield Figure("**CPU of `bvup --help`**, Python included", shown, "s", 0.25)
    yield Figure("**CPU of `bvup upload` refusing a file that is not there**", refused, "s", 0.5)


def least(environment: dict[str, str], rounds: int, *programs: list[str]) -> list[float]:
    """Return the least CPU of each program, in seconds; the first round, which compiles, does not count."""
    runs = [[_cpu(program, environment) for program in programs] for _ in range(rounds + 1)]
    return [min(times) for times in zip(*runs[1:], strict=True)]


def _cpu(program: list[str], environment: dict[str, str]) -> float:
    child = subprocess.Popen(
        [sys.executable, "-c", *program],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime
