"""Runs a program and says what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
_LOOK_EVERY = 0.02


@dataclass(frozen=True, slots=True)
class Cost:
    """What a child took: seconds of CPU (user and system), seconds, MiB at its peak; and what it printed."""

    cpu: float
    wall: float
    rss: float
    said: Any = None


def run(command: Sequence[str | os.PathLike[str]], job: object = None) -> Cost:
    """Run a program to its end; it gets `job` as JSON and may print one line of JSON.

    Raises:
        RuntimeError: It failed.
    """
    began = time.perf_counter()
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(json.dumps(job).encode())
    child.stdin.close()
    peak = 0
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            break
        peak = max(peak, _peak_kib(child.pid))
        time.sleep(_LOOK_EVERY)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    said = child.stdout.read()
    child.stdout.close()
    if child.returncode:
        raise RuntimeError(f"{command[0]} ended with status {child.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, peak / 1024, json.loads(said) if said else None)


def python(script: str, job: object = None) -> Cost:
    """Run a script of this folder in the interpreter that runs this one."""
    return run([sys.executable, "-P", HERE / script], job)


def _peak_kib(pid: int) -> int:
    """Return the peak so far. Unlike `ru_maxrss`, it does not begin with the size of the parent."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)
