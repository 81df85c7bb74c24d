"""An HTTP proxy on loopback behind which every host is the simulator, for programs whose names cannot be led."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncGenerator

    from bilibili_api.simulator import Simulator

_BLOCK = 256 * 1024
_DOMAINS = (".bilibili.com", ".bilivideo.com")


@asynccontextmanager
async def tunnel_to(sim: Simulator) -> AsyncGenerator[str]:
    """Serve as long as the block lasts; gives the URL of the proxy.

    TLS passes through untouched, so that names, certificates and headers are between client and simulator. A
    name that is none of Bilibili's is refused: nothing leaves the machine.
    """

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            await _serve(head.decode("latin-1").split()[:2], sim, reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _serve(request: list[str], sim: Simulator, reader: StreamReader, writer: StreamWriter) -> None:
    method, target = request
    host, _, port = target.rpartition(":")
    if method != "CONNECT" or port != "443" or not host.endswith(_DOMAINS):
        writer.write(b"HTTP/1.1 403 Not one of Bilibili's names\r\n\r\n")
        return
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", sim.port)
    writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
    async with asyncio.TaskGroup() as both_ways:
        both_ways.create_task(_pass_on(reader, far_writer))
        both_ways.create_task(_pass_on(far_reader, writer))


async def _pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(OSError):
        while block := await reader.read(_BLOCK):
            writer.write(block)
            await writer.drain()
    writer.close()
