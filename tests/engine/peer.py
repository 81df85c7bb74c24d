"""A server of a few lines over TLS that does exactly what a test says, one connection at a time or many."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator

HOST = "member.bilibili.com"


class Connection:
    """One connection, seen from the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def head(self) -> bytes:
        """Read the request line and the header fields."""
        return await self._reader.readuntil(b"\r\n\r\n")

    async def exactly(self, size: int) -> bytes:
        return await self._reader.readexactly(size)

    async def request(self) -> tuple[bytes, bytes]:
        """Read a whole request: its head, and the body its Content-Length announces."""
        head = await self.head()
        return head, await self.exactly(length_of(head))

    async def some(self, size: int = 65536) -> bytes:
        """Read what there is, at most `size` bytes; nothing at the end."""
        return await self._reader.read(size)

    async def count(self) -> int:
        """Read until the connection ends in whatever way; return the number of bytes."""
        total = 0
        with contextlib.suppress(ConnectionError):
            while block := await self.some(1 << 20):
                total += len(block)
        return total

    async def say(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()
        await asyncio.sleep(0)  # a connection that TLS has begun to close never makes drain() wait

    async def answer(self, status: int = 200, body: bytes = b"{}", headers: str = "") -> None:
        await self.say(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)

    @property
    def has_been_reset(self) -> bool:
        """Whether RST has come and was not noticed yet."""
        raw = self._writer.get_extra_info("socket")
        return raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNRESET

    def reset(self) -> None:
        """End with RST."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def finish(self) -> None:
        """End with FIN and nothing before it."""
        self._writer.get_extra_info("socket").shutdown(socket.SHUT_WR)


Script = Callable[[Connection], Awaitable[None]]


def length_of(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


@dataclass
class Peer:
    """A running server.

    Attributes:
        port: Where it listens.
        connections: How many came.
    """

    port: int
    connections: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])


@contextlib.asynccontextmanager
async def listening(script: Script, context: ssl.SSLContext | None, room: int = 0) -> AsyncGenerator[Peer]:
    """Run `script` for every connection; `room` bounds what the kernel takes on behalf of it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.connections += 1
        task = asyncio.current_task()
        assert task is not None
        peer.tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await script(Connection(reader, writer))
                writer.close()
        except asyncio.CancelledError:
            pass  # the test is over; asyncio would log a cancelled handler
        finally:
            if not writer.is_closing():
                writer.transport.abort()

    listener = socket.create_server(("127.0.0.1", 0))
    if room:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    peer = Peer(listener.getsockname()[1])
    server = await asyncio.start_server(serve, sock=listener, ssl=context, limit=room or 65536)
    try:
        yield peer
    finally:
        server.close()
        for task in list(peer.tasks):
            task.cancel()
        await asyncio.gather(*peer.tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # the loop closes the transports


class Tap:
    """Stands before a peer and passes on what a client sends; sees the end of its connection beneath TLS."""

    def __init__(self, target: Peer) -> None:
        self._target = target
        self.passed = 0
        """Bytes that came from the client."""
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """"reset" or "finished", once the client has ended the connection."""

    async def script(self, connection: Connection) -> None:
        """Serve a client; run it without TLS."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._target.port)
        back = asyncio.create_task(self._pass_back(reader, connection))
        try:
            while block := await connection.some():
                self.passed += len(block)
                writer.write(block)
                await self._drained(writer, connection)
        except ConnectionResetError:
            self.ended.set_result("reset")
        else:
            self.ended.set_result("finished")
        finally:
            back.cancel()
            writer.transport.abort()

    async def _drained(self, writer: asyncio.StreamWriter, connection: Connection) -> None:
        """Wait until the peer takes more; meanwhile nobody reads from the client, and so would see its end."""
        draining = asyncio.ensure_future(writer.drain())
        try:
            while not (await asyncio.wait([draining], timeout=0.01))[0]:
                if connection.has_been_reset:
                    raise ConnectionResetError
        finally:
            draining.cancel()

    async def _pass_back(self, reader: asyncio.StreamReader, connection: Connection) -> None:
        while block := await reader.read(65536):
            await connection.say(block)
