"""Leads a connection on through a proxy, by CONNECT (RFC 9110, section 9.3.6) or SOCKS5 (RFC 1928, 1929).

What comes after it is encrypted between us and the server: the proxy learns the server's name and no more.
"""

from __future__ import annotations

import asyncio
import base64
import re
import struct
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ProxyFailed
from bilibili_api.saying import say

from .proxy import HTTP, Proxy, in_url

if TYPE_CHECKING:
    import socket

_MAX_HEAD: Final = 16 * 1024
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: |\r)")
_NEEDS_LOGIN: Final = 407
_LOGIN: Final = say(
    "Put the login into the proxy's URL, percent-encoded: http://USER:PASSWORD@HOST:PORT; or ask who runs it."
)
_ALLOW: Final = say("Name another proxy, or ask who runs it to let bilibili.com and bilivideo.com through.")
_NOT_ONE: Final = say("Check its URL: whether the port is right, and whether it is http:// or socks5://.")

_VERSION: Final = 5
_NOBODY, _WITH_PASSWORD, _NONE_OF_THEM = 0, 2, 255
_REPLIES: Final = {
    1: say("it failed"),
    3: say("its network does not reach it"),
    4: say("its network does not reach that host"),
    5: say("the connection was refused"),
    6: say("it took too many hops"),
}
"""Why a proxy of SOCKS5 could not connect, as far as waiting may help."""
_RULES: Final = 2


async def lead_on(connected: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    """Ask the proxy at the other end of a connection to lead it on to a host, whose name it resolves itself.

    Raises:
        ProxyFailed: It wants a login, forbids it, cannot reach the host now, broke off, or is another kind.
    """
    try:
        await (_connect if proxy.kind == HTTP else _socks)(_Wire(connected, proxy), host, port)
    except OSError:
        raise ProxyFailed(say("The proxy {proxy} broke the connection off.", proxy=proxy)) from None


class _Wire:
    """What is said to a proxy and what it answers."""

    def __init__(self, connected: socket.socket, proxy: Proxy) -> None:
        self._connected = connected
        self._loop = asyncio.get_running_loop()
        self.proxy = proxy

    async def say(self, data: bytes) -> None:
        await self._loop.sock_sendall(self._connected, data)

    async def exactly(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            got += await self._some(size - len(got))
        return got

    async def head(self) -> bytes:
        """Read up to the empty line, and nothing of what follows: that is the server's."""
        got = bytearray()
        while not got.endswith(b"\r\n\r\n"):
            got += await self._some(1)
            if len(got) >= _MAX_HEAD or (len(got) > 5 and not got.startswith(b"HTTP/")):
                raise self.strange()
        return bytes(got)

    async def _some(self, size: int) -> bytes:
        got = await self._loop.sock_recv(self._connected, size)
        if not got:
            raise ConnectionResetError
        return got

    def strange(self) -> ProxyFailed:
        """Say that this is no proxy of the kind that was named."""
        said = say("What answers at {proxy} is no {kind} proxy.", proxy=self.proxy, kind=self.proxy.kind)
        return ProxyFailed.for_good(said, hint=_NOT_ONE)

    def login(self) -> ProxyFailed:
        """Say that the proxy wants a login, or another one."""
        said = (
            say("The proxy {proxy} wants a login.", proxy=self.proxy)
            if self.proxy.user is None
            else say("The proxy {proxy} does not accept the login.", proxy=self.proxy)
        )
        return ProxyFailed.for_good(said, hint=_LOGIN, kind="PROXY_LOGIN")

    def forbids(self, host: str) -> ProxyFailed:
        """Say that the proxy has a rule against a host."""
        said = say(
            "The proxy {proxy} does not let connections to {host} through.", proxy=self.proxy, host=host
        )
        return ProxyFailed.for_good(said, hint=_ALLOW)

    def fails(self, host: str, why: str) -> ProxyFailed:
        """Say that the proxy would, but cannot."""
        return ProxyFailed(
            say("The proxy {proxy} cannot reach {host}: {why}.", proxy=self.proxy, host=host, why=why)
        )


async def _connect(wire: _Wire, host: str, port: int) -> None:
    """Speak HTTP."""
    proxy, target = wire.proxy, f"{in_url(host)}:{port}"
    login = ""
    if proxy.user is not None:
        words = f"{proxy.user.reveal()}:{proxy.password.reveal()}".encode()
        login = f"Proxy-Authorization: Basic {base64.b64encode(words).decode()}\r\n"
    await wire.say(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{login}\r\n".encode())
    match = _STATUS.match(await wire.head())
    if match is None:
        raise wire.strange()
    status = int(match[1])
    if 200 <= status < 300:
        return
    if status == _NEEDS_LOGIN:
        raise wire.login()
    if status >= 500 or status in (408, 429):
        raise wire.fails(host, say("it answers with status {status}", status=status))
    raise wire.forbids(host) if status == 403 else wire.strange()


async def _socks(wire: _Wire, host: str, port: int) -> None:
    """Speak SOCKS5."""
    await _enter(wire)
    await wire.say(bytes((_VERSION, 1, 0)) + _address(host) + struct.pack(">H", port))
    version, reply, _, kind = await wire.exactly(4)
    if version != _VERSION:
        raise wire.strange()
    if reply == _RULES:
        raise wire.forbids(host)
    if reply in _REPLIES:
        raise wire.fails(host, _REPLIES[reply])
    if reply:
        raise wire.strange()
    size = {1: 4, 3: None, 4: 16}.get(kind, 0)
    if size == 0:
        raise wire.strange()
    await wire.exactly((size or (await wire.exactly(1))[0]) + 2)  # whence it connects, which is nothing to us


async def _enter(wire: _Wire) -> None:
    """Agree on how to log in, and do it."""
    proxy = wire.proxy
    methods = (_NOBODY,) if proxy.user is None else (_NOBODY, _WITH_PASSWORD)
    await wire.say(bytes((_VERSION, len(methods), *methods)))
    version, method = await wire.exactly(2)
    if version != _VERSION:
        raise wire.strange()
    if method == _NONE_OF_THEM:
        raise wire.login()
    if method not in methods:
        raise wire.strange()
    if method == _WITH_PASSWORD and proxy.user is not None:
        words = (proxy.user.reveal().encode(), proxy.password.reveal().encode())
        await wire.say(b"\x01" + b"".join(bytes((len(word),)) + word for word in words))
        if (await wire.exactly(2))[1]:
            raise wire.login()


def _address(host: str) -> bytes:
    try:
        address = ip_address(host)
    except ValueError:
        name = host.encode("ascii", "replace")[:255]
        return bytes((3, len(name))) + name
    return (b"\x01" if address.version == 4 else b"\x04") + address.packed
