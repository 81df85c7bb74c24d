"""The network between the processes and the simulator: it can lose every connection at once."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_BLOCK = 16 * 1024


class Way:
    """A port that leads to another one."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self._to = port
        self._open: set[asyncio.StreamWriter] = set()
        self.is_away = False
        """Whether no connection comes about."""
        self.rate: float | None = None
        """Bytes per second over all connections together, on the way there."""
        self._free_at = 0.0

    @property
    def is_quiet(self) -> bool:
        """Whether there is no connection."""
        return not self._open

    def cut(self) -> None:
        """End every connection; what was on its way is lost."""
        for writer in self._open:
            writer.transport.abort()

    async def lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Lead one connection through."""
        if self.is_away:
            writer.transport.abort()
            return
        self._open.add(writer)
        try:
            with suppress(OSError):
                await self._through(reader, writer)
        finally:
            self._open.discard(writer)
            writer.close()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        self._open.add(back)
        pumps = [asyncio.create_task(self._there(reader, back)), asyncio.create_task(_back(there, writer))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._open.discard(back)
            back.close()

    async def _there(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while (block := await reader.read(_BLOCK)) and not writer.is_closing():
                writer.write(block)
                await writer.drain()
                await self._spend(len(block))

    async def _spend(self, size: int) -> None:
        if self.rate is not None:
            now = asyncio.get_running_loop().time()
            self._free_at = max(self._free_at, now) + size / self.rate
            await asyncio.sleep(self._free_at - now)


async def _back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while block := await reader.read(_BLOCK):
            writer.write(block)
            await writer.drain()


@asynccontextmanager
async def way_to(port: int) -> AsyncGenerator[Way]:
    """Open a way to a port of this machine."""
    way = Way(port)
    server = await asyncio.start_server(way.lead, "127.0.0.1", 0)
    way.port = server.sockets[0].getsockname()[1]
    try:
        yield way
    finally:
        server.close()
        way.cut()
