"""Makes connections: where they go, from where, and through which proxy. TLS and HTTP come later.

A proxy stands where the server would: every name leads to it, and each connection is led on before TLS
begins, so that certificates are the server's, and what watches a connection sees the one that there is.
"""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING, Final

import aiohappyeyeballs

from bilibili_api.exceptions import ProxyFailed, Retry, Unreachable
from bilibili_api.saying import because, say

from .binding import FAMILIES
from .tunnel import lead_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .options import Options
    from .proxy import Proxy
    from .sockets import Address, Sockets

_HEAD_START: Final = 0.25
"""Seconds that the first address has before the next is tried beside it (RFC 8305)."""


class Reach:
    """Connects to hosts as the options say.

    Args:
        options: Server and network.
        sockets: Makes the sockets.
    """

    def __init__(self, options: Options, sockets: Sockets) -> None:
        self._server = options.server
        self._network = options.network
        self._sockets = sockets

    async def connected(self, host: str, port: int, *, is_upload: bool) -> socket.socket:
        """Return a socket that is connected to a host, or to the server that stands for all hosts.

        Args:
            host: Its name.
            port: Its port.
            is_upload: Which of the two ways of `Network` is taken.

        Raises:
            Unreachable: It could not be.
            ProxyFailed: The proxy could not be reached, or does not lead on.
        """
        proxy, server = self._network.proxy(is_upload=is_upload), self._server
        end = (server.host, server.port) if server else (host, port)
        near = (proxy.host, proxy.port) if proxy else end
        addresses = await self._resolved(*near, host, proxy)
        try:
            connected = await self._first(addresses)
        except OSError as error:
            raise self._refused(error, host, proxy) from None
        if proxy is None:
            return connected
        try:
            await lead_on(connected, proxy, *end)
        except BaseException:
            connected.close()
            raise
        return connected

    async def _resolved(self, name: str, port: int, host: str, proxy: Proxy | None) -> Sequence[Address]:
        loop, family = asyncio.get_running_loop(), self._network.family
        try:
            return await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM, family=family)
        except (OSError, UnicodeError):  # a label of a name that is too long is no OSError
            raise _unresolved(host, FAMILIES.get(family), proxy) from None

    async def _first(self, addresses: Sequence[Address]) -> socket.socket:
        """Connect to whichever address answers."""
        return await aiohappyeyeballs.start_connection(  # pyright: ignore[reportUnknownMemberType] - untyped addresses
            addresses, happy_eyeballs_delay=_HEAD_START, interleave=1, socket_factory=self._sockets.make
        )

    def _refused(self, error: OSError, host: str, proxy: Proxy | None) -> Unreachable:
        if error.errno:  # without the address, which asyncio puts into it
            error = OSError(error.errno, os.strerror(error.errno))
        reason = because(error, say("refused"))
        if self._sockets.unbound is not None:
            return self._sockets.unbound
        if proxy is not None:
            return ProxyFailed(
                say("No connection to the proxy {proxy}: {reason}.", proxy=proxy, reason=reason)
            )
        if self._server and self._server.is_loopback:
            return Unreachable(
                say("Nothing answers at {url}.", url=self._server.url),
                retry=Retry.NO,  # on this machine nothing comes back by waiting
                hint=say("Start the simulator (bvup simulator), or mend the address."),
            )
        return Unreachable(say("No connection to {host}: {reason}.", host=host, reason=reason))


def _unresolved(host: str, family: str | None, proxy: Proxy | None) -> Unreachable:
    if proxy is not None:
        return ProxyFailed(
            say(
                "The name of the proxy {proxy} cannot be resolved to an address of {family}."
                if family
                else "The name of the proxy {proxy} cannot be resolved.",
                proxy=proxy,
                family=family,
            )
        )
    return Unreachable(
        say(
            "The name {host} cannot be resolved to an address of {family}."
            if family
            else "The name {host} cannot be resolved.",
            host=host,
            family=family,
        )
    )
