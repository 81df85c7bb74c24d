"""Makes the HTTP library's connectors: where connections go, through which proxy, and whom they trust.

A proxy stands where the server would: every name leads to it, and each connection is led on before TLS
begins, so that certificates are the server's, and what watches a connection sees the one that there is.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, Self

import aiohappyeyeballs
import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from bilibili_api.exceptions import ArgsException, ProxyFailed, Unreachable
from bilibili_api.saying import because, say

from .tunnel import lead_on

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from .options import Options, Server
    from .proxy import Proxy
    from .sockets import Address, Sockets


_HEAD_START: Final = 0.25
"""Seconds that the first address has before the next is tried beside it; the HTTP library's own."""
_SYSTEM: Final[ssl.SSLContext] = (
    getattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", None) or ssl.create_default_context()
)
"""Trusts whom the system trusts. The HTTP library has read its authorities when it was loaded, which takes
longer than all else about a connection: 50 ms of computing and a megabyte each time. That it keeps them under
this name is its own affair: a version that does not costs the time once."""


def trust(server: Server | None) -> ssl.SSLContext:
    """Return what decides whose certificates are trusted.

    Raises:
        ArgsException: The server's certificate authority cannot be read.
    """
    ca_file = server.ca_file if server else None
    if ca_file is None:
        return _SYSTEM
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ArgsException(
            say(
                "The certificate authority {ca_file!r} cannot be read: {reason}.",
                ca_file=str(ca_file),
                reason=because(error),
            ),
            hint=say("Name a PEM file; the simulator prints the one it uses when it starts."),
        ) from None


def connector(
    options: Options, trusted: ssl.SSLContext, sockets: Sockets, *, shared: bool, is_upload: bool
) -> aiohttp.TCPConnector:
    """Return what makes the connections of one kind of request.

    Args:
        options: Server and network.
        trusted: From `trust`.
        sockets: Makes their sockets.
        shared: Whether a connection serves several requests.
        is_upload: Which of the two ways of `Network` they take.
    """
    server, network = options.server, options.network
    proxy = network.proxy(is_upload=is_upload)
    place = proxy or server
    given: dict[str, Any] = {
        "limit": 0,
        "ssl": trusted,
        "family": network.family,
        "resolver": _Pinned(place.host, place.port) if place else None,
        "force_close": not shared,
        "socket_factory": sockets.make,
    }
    if proxy is None:
        return aiohttp.TCPConnector(**given)
    return _Through(**given).lead(proxy, server, sockets)


async def time_connection(
    options: Options, trusted: ssl.SSLContext, sockets: Sockets, host: str
) -> tuple[float, float]:
    """Connect to a host of the storage as uploads do, and end it.

    Returns:
        Seconds until the connection stood, through the proxy if there is one, and until TLS was agreed on.

    Raises:
        Unreachable: It could not be.
    """
    proxy, server = options.network.proxy(is_upload=True), options.server
    end = (server.host, server.port) if server else (host, 443)
    near = (proxy.host, proxy.port) if proxy else end
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(*near, type=socket.SOCK_STREAM, family=options.network.family)
        begun = time.perf_counter()
        connected = await _connected(found, sockets)
        if proxy is not None:
            with _closed_on_failure(connected):
                await lead_on(connected, proxy, *end)
        stood = time.perf_counter()
        with _ended_on_failure(connected):
            _, writer = await asyncio.open_connection(sock=connected, ssl=trusted, server_hostname=host)
    except OSError as error:
        raise Unreachable(
            say("No connection to {host}: {reason}.", host=host, reason=because(error, say("refused")))
        ) from None
    agreed = time.perf_counter()
    writer.transport.abort()
    return stood - begun, agreed - stood


@contextmanager
def _closed_on_failure(connected: socket.socket) -> Generator[None]:
    """Close a socket that nobody else has yet."""
    try:
        yield
    except BaseException:
        connected.close()
        raise


@contextmanager
def _ended_on_failure(connected: socket.socket) -> Generator[None]:
    """End a connection that the loop has taken: it closes the socket when it sees the end.

    Closing the socket beneath it would leave its transport open for good.
    """
    try:
        yield
    except BaseException:
        with suppress(OSError):  # closed already
            connected.shutdown(socket.SHUT_RDWR)
        raise


async def _connected(addresses: Sequence[Address], sockets: Sockets) -> socket.socket:
    """Connect to whichever address answers."""
    return await aiohappyeyeballs.start_connection(  # pyright: ignore[reportUnknownMemberType] - untyped addresses
        addresses, happy_eyeballs_delay=_HEAD_START, interleave=1, socket_factory=sockets.make
    )


class _Pinned(AbstractResolver):
    """Resolves every name to one place."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the place's addresses, under the name that was asked for."""
        del port
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM, family=family)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=self._port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


class _Through(aiohttp.TCPConnector):
    """Reaches everything through one proxy: see `lead`."""

    _proxy: Proxy
    _server: Server | None
    _sockets: Sockets

    def lead(self, proxy: Proxy, server: Server | None, sockets: Sockets) -> Self:
        """Go through `proxy`, to a server or wherever requests want to go; `sockets` makes the sockets."""
        self._proxy, self._server, self._sockets = proxy, server, sockets
        return self

    async def _wrap_create_connection(
        self, *args: Any, addr_infos: list[Address], req: Any, **given: Any
    ) -> tuple[asyncio.Transport, Any]:
        """Connect to the proxy and be led on; the HTTP library calls this for each connection."""
        server = self._server
        host, port = (server.host, server.port) if server else (req.url.raw_host, req.port)
        async with asyncio.timeout(given["timeout"].sock_connect):
            connected = await self._at_proxy(addr_infos)
            with _closed_on_failure(connected):
                await lead_on(connected, self._proxy, host, port)
            with _ended_on_failure(connected):
                return await self._wrap_existing_connection(*args, req=req, sock=connected, **given)

    async def _at_proxy(self, addresses: list[Address]) -> socket.socket:
        try:
            return await _connected(addresses, self._sockets)
        except OSError as error:
            away = ProxyFailed(
                say(
                    "No connection to the proxy {proxy}: {reason}.",
                    proxy=self._proxy,
                    reason=because(error, say("refused")),
                )
            )
            raise self._sockets.unbound or away from None
