"""Proxies on loopback, HTTP and SOCKS5, that note what they are asked and count what passes through them."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncGenerator

BLOCK = 256 * 1024
EXIT = "127.0.0.3"
"""Where proxies connect from, so that a server can tell them from their clients."""


@dataclass
class LoopbackProxy:
    """A proxy, and what it saw.

    Attributes:
        kind: `http` or `socks5`.
        login: User and password it wants, or None.
        says: What it answers instead of leading anything on: a status line, or the number of a SOCKS5 reply.
        holds: Bytes from its clients after which it takes no more, until this is None.
        exit: The address it connects from.
        asked: The hosts and ports it was asked for.
        sources: The addresses of its clients.
        up: Bytes that clients sent through it.
        open: Connections that are led on now.
    """

    kind: str = "http"
    login: tuple[str, str] | None = None
    says: str | int | None = None
    holds: int | None = None
    exit: str = EXIT
    host: str = "127.0.0.1"
    port: int = 0
    asked: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    sources: set[str] = field(default_factory=set[str])
    up: int = 0
    open: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    @property
    def url(self) -> str:
        login = ":".join(self.login) + "@" if self.login else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.kind}://{login}{host}:{self.port}"

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        self.sources.add(writer.get_extra_info("peername")[0])
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await (self._http if self.kind == "http" else self._socks)(reader, writer)
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            self.tasks.discard(task)
            writer.transport.abort()

    async def _http(self, reader: StreamReader, writer: StreamWriter) -> None:
        first = await reader.readexactly(1)
        if not first.isalpha():
            return writer.write(b"HTTP/1.1 400 What?\r\n\r\n")
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, _ = head.split(maxsplit=2)
        host, _, port = target.rpartition(":")
        self.asked.append((host.strip("[]"), int(port)))
        words = base64.b64encode(":".join(self.login or ()).encode()).decode()
        if self.login and f"\r\nProxy-Authorization: Basic {words}\r\n" not in head:
            writer.write(b'HTTP/1.1 407 Who are you?\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n')
        elif self.says or method != "CONNECT":
            writer.write(f"{self.says or 'HTTP/1.1 405 No'}\r\n\r\n".encode())
        else:
            far = await self._beyond()
            writer.write(b"HTTP/1.1 200 Connected\r\nX-More: y\r\n\r\n")
            await self._lead(reader, writer, *far)
        return await writer.drain()

    async def _socks(self, reader: StreamReader, writer: StreamWriter) -> None:
        version, count = await reader.readexactly(2)
        if version != 5:
            return None
        offered = await reader.readexactly(count)
        method = 2 if self.login else 0
        writer.write(bytes((5, method if method in offered else 255)))
        if method not in offered:
            return await writer.drain()
        if self.login:
            _, size = await reader.readexactly(2)
            user = await reader.readexactly(size)
            password = await reader.readexactly((await reader.readexactly(1))[0])
            is_known = (user.decode(), password.decode()) == self.login
            writer.write(bytes((1, not is_known)))
            if not is_known:
                return await writer.drain()
        _, command, _, kind = await reader.readexactly(4)
        size = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
        host = await reader.readexactly(size)
        (port,) = struct.unpack(">H", await reader.readexactly(2))
        name = (
            host.decode()
            if kind == 3
            else socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6, host)
        )
        self.asked.append((name, port))
        if self.says is not None or command != 1:
            writer.write(bytes((5, int(self.says or 7), 0, 1)) + bytes(6))
            return await writer.drain()
        far = await self._beyond()
        writer.write(bytes((5, 0, 0, 3, 2)) + b"me" + bytes(2))
        return await self._lead(reader, writer, *far)

    async def _beyond(self) -> tuple[StreamReader, StreamWriter]:
        host, port = self.asked[-1]
        local = (self.exit, 0) if ":" not in host else None
        return await asyncio.open_connection(host, port, local_addr=local)

    async def _lead(
        self, reader: StreamReader, writer: StreamWriter, far_reader: StreamReader, far_writer: StreamWriter
    ) -> None:
        self.open += 1
        back = asyncio.create_task(_copy(far_reader, writer))
        try:
            while block := await reader.read(BLOCK):
                self.up += len(block)
                far_writer.write(block)
                await far_writer.drain()
                while self.holds is not None and self.up >= self.holds:  # noqa: ASYNC110 - a test says when
                    await asyncio.sleep(0.005)
        finally:
            self.open -= 1
            back.cancel()
            far_writer.transport.abort()


async def _copy(reader: StreamReader, writer: StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while block := await reader.read(BLOCK):
            writer.write(block)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def proxy(made: LoopbackProxy | None = None) -> AsyncGenerator[LoopbackProxy]:
    """Serve as long as the block lasts."""
    made = made or LoopbackProxy()
    server = await asyncio.start_server(made.serve, made.host, limit=BLOCK)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for _ in range(3):  # a connection that was just accepted has no task yet, and then no end
            await asyncio.sleep(0.01)  # the loop begins such tasks, and closes transports
            tasks = list(made.tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
