"""Runs a program and says what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE = Path(__file__).parent
CLIENT, SERVER = 0, 1
"""The cores of the two sides, of those that there are."""
COMPILED = str(HERE.parent / "build" / "bench-compiled")
_LOOK_EVERY = 0.01
LONGEST: Final = 900.0
"""Seconds that a program may run."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a child took: seconds of CPU (user and system), seconds, MiB at its peak; and what it printed."""

    cpu: float
    wall: float
    rss: float
    said: str = ""

    @property
    def answer(self) -> Any:
        """The JSON that it printed."""
        return json.loads(self.said)


def run(
    command: Sequence[str | os.PathLike[str]],
    job: object = None,
    *,
    more: Mapping[str, str] | None = None,
    folder: Path | None = None,
    within: Sequence[str] = (),
) -> Cost:
    """Run a program to its end on the client's core; it gets `job` as JSON.

    `more` goes into its environment, `folder` is where it runs, `within` what starts it.

    Raises:
        RuntimeError: It failed.
    """
    complaints = tempfile.TemporaryFile()  # noqa: SIM115  closed below, whatever happens
    began = time.perf_counter()
    child = subprocess.Popen(
        [*on_core(CLIENT), *within, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        env=environment(more),
        cwd=folder,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with suppress(BrokenPipeError):  # not every program reads
        child.stdin.write(json.dumps(job).encode())
        child.stdin.close()
    peak = 0
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            break
        peak = max(peak, peak_kib(child.pid))
        if time.perf_counter() - began > LONGEST:
            child.kill()
        time.sleep(_LOOK_EVERY)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    said = child.stdout.read()
    child.stdout.close()
    complaints.seek(0)
    with complaints:
        complaint = complaints.read().decode(errors="replace")
    if child.returncode:
        raise RuntimeError(f"{command[0]} ended with status {child.returncode}: {complaint}")
    if "waits:" in complaint:
        print(complaint, file=sys.stderr)
    return Cost(usage.ru_utime + usage.ru_stime, wall, peak / 1024, said.decode(errors="replace"))


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return ours and more; Python keeps what it compiles, so that neither settings nor first runs matter."""
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": COMPILED}
    return {**os.environ, **kept, **(more or {})}


def on_core(number: int) -> list[str]:
    """Return what keeps a program on one core, if there are two: client and server must not share one."""
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[number])] if len(cores) > 1 else []


def python(script: str, job: object = None, *, within: Sequence[str] = ()) -> Cost:
    """Run a script of this folder in the interpreter that runs this one."""
    return run([sys.executable, "-P", HERE / script], job, within=within)


def peak_kib(pid: int) -> int:
    """Return the peak so far. Unlike `ru_maxrss`, it does not begin with the size of the parent."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)
