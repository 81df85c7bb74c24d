"""Makes processes that upload out of one that has loaded everything, which takes a fiftieth of the time.

Reads a line of orders for each, and answers with its number.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys

from benchmarks.chaos.child import run

for name in ("bilibili_api.engine.continuing", "bilibili_api.engine.http"):
    importlib.import_module(name)


def main() -> None:
    """Make processes until the input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody has to be told of their end
    while line := sys.stdin.buffer.readline():
        child = os.fork()
        if not child:
            _be_born(line)
        print(child, flush=True)


def _be_born(line: bytes) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    try:
        run(line)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
