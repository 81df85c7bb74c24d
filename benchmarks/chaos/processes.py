"""Processes that upload: started, watched, and killed without any warning."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from benchmarks.chaos.child import Orders

ROOT = Path(__file__).parents[2]


class Process:
    """One of them."""

    def __init__(self, pid: int, outcome: Path) -> None:
        self._outcome = outcome
        self._over = asyncio.Event()
        try:
            self._handle = os.pidfd_open(pid)
        except ProcessLookupError:
            self._over.set()
        else:
            asyncio.get_running_loop().add_reader(self._handle, self._ended)

    def _ended(self) -> None:
        asyncio.get_running_loop().remove_reader(self._handle)
        os.close(self._handle)
        self._over.set()

    async def ended(self) -> None:
        """Wait for its end."""
        await self._over.wait()

    def kill(self) -> bool:
        """Kill it; return whether it was still at work."""
        if self._over.is_set() or self._outcome.exists():
            return False
        signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        return True

    def outcome(self) -> dict[str, Any] | None:
        """Return how it ended; None if it did not come to say it."""
        if not self._outcome.exists():
            return None
        return json.loads(self._outcome.read_text())


class Nursery:
    """Where processes come from."""

    def __init__(self, loaded: asyncio.subprocess.Process) -> None:
        self._loaded = loaded
        self._turn = asyncio.Lock()

    async def born(self, orders: Orders) -> Process:
        """Start a process that has loaded everything."""
        assert self._loaded.stdin is not None
        assert self._loaded.stdout is not None
        async with self._turn:
            self._loaded.stdin.write(orders.as_line())
            pid = int(await self._loaded.stdout.readline())
        return Process(pid, Path(orders.outcome))

    async def fresh(self, orders: Orders) -> Process:
        """Start a process that has to load everything itself."""
        made = await _python("benchmarks.chaos.child", stdout=asyncio.subprocess.DEVNULL)
        assert made.stdin is not None
        made.stdin.write(orders.as_line())
        return Process(made.pid, Path(orders.outcome))


@asynccontextmanager
async def nursery() -> AsyncGenerator[Nursery]:
    """Open a nursery."""
    loaded = await _python("benchmarks.chaos.nursery", stdout=asyncio.subprocess.PIPE)
    assert loaded.stdin is not None
    try:
        yield Nursery(loaded)
    finally:
        loaded.stdin.close()
        await loaded.wait()


async def _python(module: str, *, stdout: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=stdout
    )
