"""From Ctrl-C to silence on the wire: when the server took the last byte after the signal.

The first Ctrl-C lets chunks that are under way land, for as long as `--grace` says; so what is measured is
the signal that wants silence: the only one with `--grace 0`, and the second one with the grace of five
seconds.
"""

from __future__ import annotations

import signal
import subprocess
import time
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.asking import seen
from benchmarks.bench import Bench, spread, tell
from benchmarks.children import CLIENT, environment, on_core
from benchmarks.report import Figure

from bilibili_api.saying import say

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

THREADS = 4
TARGET = 50
_SENDING_FOR = 1.0
"""Seconds of full speed before the signal."""
_BETWEEN = 0.02
"""Seconds between the two signals: at full speed a part takes some 50 ms, and shall not have landed."""
_LONGEST = 60.0


def stopping(bench: Bench) -> Iterator[Figure]:
    """Stop uploads at full speed, each round in both ways."""
    file = bench.place.folder / "sparse.mp4"
    with file.open("wb") as made:
        made.truncate(64 * 1024**3)
    at_once, second, first = list[float](), list[float](), list[float]()
    for number in range(bench.rounds):
        tell(f"Ctrl-C: {number + 1} of {bench.rounds}")
        command = bench.bvup(file, threads=THREADS, more=("--no-journal", "--grace", "0"))
        at_once.append(_silence(bench, command, signals=1))
        command = bench.bvup(file, threads=THREADS, more=("--no-journal",))
        first.append(_silence(bench, command, signals=1))
        second.append(_silence(bench, command, signals=2))
    file.unlink()
    for what, values, target in (
        (say("**Ctrl-C with `--grace 0` to silence on the wire**"), at_once, TARGET),
        (say("**second Ctrl-C to silence on the wire**"), second, TARGET),
        (say("first Ctrl-C to silence, parts under way landing first"), first, None),
    ):
        measured = say("{what} (uploads: {spread})", what=what, spread=spread(values, 0))
        yield Figure(measured, median(values), "ms", target)


def _silence(bench: Bench, command: Sequence[str | os.PathLike[str]], signals: int) -> float:
    """Return the milliseconds from the last of the signals to the last byte that the server took."""
    seen(bench.place)
    child = subprocess.Popen(
        [*on_core(CLIENT), *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(bench.home),
    )
    until = time.monotonic() + _LONGEST
    while not seen(bench.place)["first"]:
        if child.poll() is not None or time.monotonic() > until:
            raise RuntimeError("bvup does not send")
        time.sleep(0.05)
    time.sleep(_SENDING_FOR)
    for _ in range(signals - 1):
        child.send_signal(signal.SIGINT)
        time.sleep(_BETWEEN)
    said = time.monotonic()
    child.send_signal(signal.SIGINT)
    child.wait(_LONGEST)
    time.sleep(0.1)  # what the peer had in its buffers
    return 1000 * max(0.0, seen(bench.place)["last"] - said)
