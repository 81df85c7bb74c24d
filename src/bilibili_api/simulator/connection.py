"""What can be done to a connection from inside a request."""

from __future__ import annotations

import asyncio
import select
import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import web

_LOOK_EVERY = 0.05  # seconds
_LINGER_ZERO = struct.pack("ii", 1, 0)


def reset(request: web.BaseRequest) -> None:
    """Break the connection so that the client gets a reset, not an orderly end."""
    transport = request.transport
    if transport is None:
        return
    connected = transport.get_extra_info("socket")
    if connected is not None:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()


async def client_gone(request: web.BaseRequest) -> None:
    """Wait until the client has left.

    A connection of which nothing is read does not report that by itself, so the kernel is asked;
    where it cannot be asked (Windows), this waits until it is cancelled.
    """
    while not _has_left(request):  # noqa: ASYNC110  the kernel sets no asyncio.Event
        await asyncio.sleep(_LOOK_EVERY)


def _has_left(request: web.BaseRequest) -> bool:
    transport = request.transport
    if transport is None or transport.is_closing():
        return True
    connected = transport.get_extra_info("socket")
    if connected is None or connected.fileno() < 0 or not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(connected.fileno(), getattr(select, "POLLRDHUP", select.POLLHUP))
    return bool(poll.poll(0))
