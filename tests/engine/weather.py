"""What lies between a client and the simulator: names, routes and connections that fail, and a clock one holds."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bilibili_api.video_uploader import Server, World

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from tests.kit import FakeWorld

    from bilibili_api.video_uploader import Options

NAME = "simulator.test"
"""A name of the simulator under which it does not seem to be on this machine: there all failures are final."""


class Weather:
    """A network that can be away. Its hours pass by the clock of the world."""

    def __init__(self, fake: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        self._fake = fake
        self._when: Callable[[], object] = lambda: False
        self._length = 0.0
        self._over: float | None = None
        self._sockets: list[socket.socket] = []
        self.has_names = True
        """Whether names are resolved."""
        loop = asyncio.get_running_loop()
        resolve, connect = loop.getaddrinfo, loop.sock_connect

        async def getaddrinfo(host: str, *args: Any, **kwargs: Any) -> Any:
            if not self.has_names:
                raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
            return await resolve("127.0.0.1" if host == NAME else host, *args, **kwargs)

        async def sock_connect(sock: socket.socket, address: Any) -> None:
            if self.is_away:
                raise OSError(101, "Network is unreachable")
            await connect(sock, address)
            self._sockets.append(sock.dup())

        monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(loop, "sock_connect", sock_connect)

    def options(self, options: Options) -> Options:
        """The options, by way of this network."""
        assert options.server is not None
        port = urlsplit(options.server.url).port
        return replace(options, server=Server(f"https://{NAME}:{port}", options.server.ca_file))

    def goes_away(self, seconds: float, when: Callable[[], object]) -> None:
        """From the first connection that is tried while `when` holds, for that long."""
        self._length, self._when = seconds, when

    @property
    def is_away(self) -> bool:
        """Whether no connection comes about."""
        now = self._fake.world.elapsed()
        if self._over is None and self._when():
            self._over = now + self._length
        return self._over is not None and now < self._over

    def cut_all(self) -> None:
        """End every connection there is."""
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self.close()

    def close(self) -> None:
        """Let go of the sockets."""
        while self._sockets:
            self._sockets.pop().close()


class HeldWorld:
    """A clock that stands still until `passes` moves it; who sleeps wakes when the time has come."""

    def __init__(self, begun: float = 1_700_000_000.0) -> None:
        self._begun, self._passed = begun, 0.0
        self._sleeping: list[tuple[float, asyncio.Future[None]]] = []
        self.world = World(
            now=lambda: self._begun + self._passed,
            elapsed=lambda: self._passed,
            sleep=self._sleep,
            dice=lambda: 0.5,
        )

    @property
    def sleepers(self) -> list[float]:
        """Seconds that each sleep still lasts."""
        return sorted(end - self._passed for end, future in self._sleeping if not future.done())

    async def _sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleeping.append((self._passed + seconds, future))
        await future

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self._passed += seconds
        for end, future in self._sleeping:
            if end <= self._passed and not future.done():
                future.set_result(None)
