"""The one importer of the HTTP library: sends a `Request` byte for byte, gives a `Response` or a typed error.

Facts behind the settings (measured, see docs/design.md, "Data path"): the HTTP library's read time-out does
not see a peer that stops reading, hence the watch on bytes the peer has taken; a graceful close goes on sending
what is queued, hence the abort with linger 0; URLs are signed, hence `encoded=True`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import sys
from typing import TYPE_CHECKING, Final, Self

import aiohttp
from aiohttp.abc import AbstractResolver, AbstractStreamWriter, ResolveResult
from yarl import URL

from bilibili_api.exceptions import (
    ArgsException,
    ConnectionLost,
    NetworkException,
    ResponseException,
    Retry,
    Unreachable,
)
from bilibili_api.protocol.wire import Framed, Request, Response

if TYPE_CHECKING:
    from .options import Options, Server

if sys.platform == "linux":
    import fcntl
    import termios

BLOCK: Final = 256 * 1024
MAX_ANSWER: Final = 4 * 1024 * 1024
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class Flow:
    """How much of one request body the peer has taken."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._written = 0
        self._length = 0

    def began(self, transport: asyncio.Transport | None, length: int) -> None:
        """Note the connection; the HTTP library forgets it when a request is cancelled."""
        self._transport, self._length = transport, length

    def wrote(self, count: int) -> None:
        """Count bytes handed to the connection."""
        self._written += count

    @property
    def taken(self) -> int:
        """Bytes written less those that still wait in this process or in the kernel."""
        if self._transport is None:
            return 0
        waiting = self._transport.get_write_buffer_size() + _queued(self._transport)
        return max(0, self._written - waiting)

    @property
    def has_begun(self) -> bool:
        """Whether the body has a connection."""
        return self._transport is not None

    @property
    def is_sending(self) -> bool:
        """Whether some of the body has not been taken yet."""
        return self.taken < self._length

    def reset(self) -> None:
        """End the connection at once; what is queued is thrown away instead of being sent on."""
        transport = self._transport
        if transport is not None and not transport.is_closing():
            raw = transport.get_extra_info("socket")
            with contextlib.suppress(OSError):  # the peer may have closed it already
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            transport.abort()


def _queued(transport: asyncio.Transport) -> int:
    """Bytes in the kernel's send queue, not acknowledged by the peer; 0 where the system does not tell."""
    if sys.platform != "linux" or transport.is_closing():
        return 0
    room = bytearray(4)
    try:
        fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, room)
    except OSError:
        return 0
    return struct.unpack("i", room)[0]


class _Body(aiohttp.payload.Payload):
    """Sends a body block by block; ends the connection at once when it may not finish."""

    _autoclose = True

    def __init__(self, body: Framed, flow: Flow) -> None:
        super().__init__(body, headers={})
        self._size = len(body)
        self._body = body
        self._flow = flow

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return the body as text (asked for by the base class only)."""
        return b"".join((self._body.head, self._body.content, self._body.tail)).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write the whole body."""
        await self.write_with_length(writer, None)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Write the whole body; its length is exact, so `content_length` says nothing new."""
        del content_length
        self._flow.began(getattr(writer, "transport", None), len(self._body))
        try:
            for piece in (memoryview(self._body.head), self._body.content, memoryview(self._body.tail)):
                for start in range(0, len(piece), BLOCK):
                    block = piece[start : start + BLOCK]
                    await writer.write(block)
                    self._flow.wrote(len(block))
                    await asyncio.sleep(0)  # a fast peer never makes write() wait: let others run
        except BaseException:
            self._flow.reset()
            raise


class _Pinned(AbstractResolver):
    """Resolves every name to one server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the server's addresses, under the name that was asked for."""
        del port
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(
            self._server.host, self._server.port, type=socket.SOCK_STREAM, family=family
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=self._server.port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


def _trust(server: Server | None) -> ssl.SSLContext:
    ca_file = server.ca_file if server else None
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ArgsException(
            f"The certificate authority {str(ca_file)!r} cannot be read: {error.strerror or error}.",
            hint="Name a PEM file; the simulator prints the one it uses when it starts.",
        ) from None


class _Watch:
    """Moves a deadline ahead whenever the peer has taken something."""

    def __init__(self, flow: Flow, stall: float, answer: float) -> None:
        self._flow = flow
        self._stall = stall
        self._answer = answer
        self._seen: object = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self, deadline: asyncio.Timeout, loop: asyncio.AbstractEventLoop) -> None:
        """Look from now on, several times within the shortest patience."""
        state = (self._flow.has_begun, self._flow.taken)
        if state != self._seen and self._flow.has_begun:
            self._seen = state
            deadline.reschedule(loop.time() + (self._stall if self._flow.is_sending else self._answer))
        self._timer = loop.call_later(min(1.0, self._stall / 5, self._answer / 5), self.start, deadline, loop)

    def stop(self) -> None:
        """Stop looking."""
        if self._timer is not None:
            self._timer.cancel()

    def error(self, place: str) -> ConnectionLost:
        """What to say when the deadline has passed."""
        if self._flow.is_sending:
            return ConnectionLost(
                f"{place} has taken nothing for {self._stall:g} s; the connection was closed."
            )
        return ConnectionLost(f"{place} took the request but did not answer within {self._answer:g} s.")


class Http:
    """Connections of one upload. Use as an asynchronous context manager.

    Calls of the interface get a connection each, since a reused one that the server has just closed would
    lose an answer; chunks share connections.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        server = self._options.server
        trust = await asyncio.to_thread(_trust, server)
        connect = self._options.patience.connect
        for shared in (False, True):
            connector = aiohttp.TCPConnector(
                limit=0, ssl=trust, resolver=_Pinned(server) if server else None, force_close=not shared
            )
            self._sessions[shared] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=("User-Agent", "Accept-Encoding", "Content-Type"),
                timeout=aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect),
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in self._sessions.values():
            await session.close()

    async def send(
        self, request: Request, *, answer_within: float | None = None, flow: Flow | None = None
    ) -> Response:
        """Send `request` once and read its answer whole. Redirects are not followed.

        Args:
            request: What to send.
            answer_within: Seconds for the answer once the request was taken; default: `Patience.answer`.
            flow: Tells meanwhile how much was taken.

        Raises:
            Unreachable: No connection came about.
            ConnectionLost: The connection broke, or nothing moved for too long.
            ResponseException: The answer is not HTTP, or too long.
        """
        flow = flow or Flow()
        patience = self._options.patience
        loop = asyncio.get_running_loop()
        watch = _Watch(flow, patience.stall, answer_within or patience.answer)
        try:
            async with asyncio.timeout(patience.connect + (answer_within or patience.answer)) as deadline:
                watch.start(deadline, loop)
                return await self._exchange(request, flow)
        except aiohttp.ConnectionTimeoutError:
            raise Unreachable(f"No connection to {request.host} within {patience.connect:g} s.") from None
        except TimeoutError:
            raise watch.error(request.place) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _translated(error, request) from None
        finally:
            watch.stop()

    async def _exchange(self, request: Request, flow: Flow) -> Response:
        body = request.body
        try:
            async with self._sessions[isinstance(body, Framed)].request(
                request.method,
                URL(request.url, encoded=True),
                headers={"Accept": "*/*", "Accept-Encoding": "identity", **request.headers},
                data=_Body(body, flow) if isinstance(body, Framed) else body or None,
                allow_redirects=False,
            ) as answer:
                content = await _read(answer, request.place)
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Response(answer.status, headers, content)
        except BaseException:
            flow.reset()
            raise


async def _read(answer: aiohttp.ClientResponse, place: str) -> bytes:
    content = bytearray()
    async for block in answer.content.iter_chunked(64 * 1024):
        content += block
        if len(content) > MAX_ANSWER:
            raise ResponseException(f"The answer of {place} is over {MAX_ANSWER} bytes long.")
    return bytes(content)


def _translated(error: Exception, request: Request) -> NetworkException | ResponseException:
    """Name the most specific of our errors; the library's own text may hold a signed URL: it stays behind."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return Unreachable(
            f"The certificate of {request.host} is not trusted.",
            retry=Retry.NO,
            hint="Something stands between you and Bilibili (a proxy, a wrong clock); "
            "for a simulator name its certificate authority (ca_file, BVUP_CA).",
        )
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Unreachable(f"The name {request.host} cannot be resolved.")
    if isinstance(error, aiohttp.ClientConnectorError):
        return Unreachable(f"No connection to {request.host}: {error.os_error.strerror or 'refused'}.")
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.InvalidURL | ValueError):
        return ResponseException(f"The answer of {request.place} is not proper HTTP.")
    return ConnectionLost(f"The connection to {request.place} broke before the answer had come.")
