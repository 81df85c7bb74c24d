"""What tests of a single request share: a clock that can be moved, requests, and a look at connections."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tests.engine.peer import HOST, Connection, Peer

from bilibili_api.engine.options import Patience
from bilibili_api.protocol.bodies import Framed
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.wire import Request, Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

    from bilibili_api.engine.http import Http


MIB = 1024 * 1024
PATIENT = Patience()

Start: TypeAlias = "Callable[..., Awaitable[Peer]]"
To: TypeAlias = "Callable[..., Http]"


class Clock:
    """The clock of the loop, which a test can move: nobody waits for real."""

    def __init__(self, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.passed = 0.0
        real = loop.time
        monkeypatch.setattr(loop, "time", lambda: real() + self.passed)

    async def move(self, seconds: float) -> None:
        """Let time pass, a second at a time, so that everything due is done in its order."""
        end = self.passed + seconds
        while self.passed < end:
            self.passed += 1
            for _ in range(10):
                await asyncio.sleep(0)

    async def outlast(self, task: asyncio.Task[Response]) -> None:
        """Let time pass until a task has ended."""
        while not task.done() and self.passed < 1000:
            await self.move(1)


async def settled(count: Callable[[], int]) -> int:
    """Wait until a number has stopped growing: every buffer on the way is full."""
    seen = [-1] * 4
    while seen[0] <= 0 or len(set(seen)) > 1:
        await asyncio.sleep(0.005)
        seen = [*seen[1:], count()]
    return seen[0]


def post(data: bytes | bytearray, path: str = "/chunk?sig=%2f") -> Request:
    body = Framed(b"<", memoryview(data), b">")
    return Request(Step.CHUNK, "POST", f"https://{HOST}{path}", {"Content-Type": "text/plain"}, body)


def get(path: str = "/key") -> Request:
    return Request(Step.KEY, "GET", f"https://{HOST}{path}")


def connections_to(peer: Peer) -> set[int]:
    """The connections of this process to a peer, by their own ports; also those that only libcurl has yet."""
    return {port for one in Path("/dev/fd").iterdir() if (port := _port_if_to(peer, int(one.name)))}


def _port_if_to(peer: Peer, number: int) -> int:
    try:
        with socket.socket(fileno=os.dup(number)) as connection:
            leads_to_it = connection.getpeername() == ("127.0.0.1", peer.port)
            return int(connection.getsockname()[1]) if leads_to_it else 0
    except OSError:  # it is no socket, listens, or is closed
        return 0


async def never(_: Connection) -> None:
    await asyncio.Event().wait()
