"""Sends a `Request` byte for byte, gives a `Response` or a typed error.

Facts behind the settings (measured, see docs/design.md, "Data path"): the HTTP library's read time-out does
not see a peer that stops reading, hence the watch on bytes the peer has taken; a graceful close goes on
sending what is queued, hence the abort with linger 0; URLs are signed, hence `encoded=True`.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from itertools import product
from typing import TYPE_CHECKING, Final, Self

import aiohttp
from yarl import URL

from bilibili_api.exceptions import (
    ApiException,
    ConnectionLost,
    NetworkException,
    ProxyFailed,
    ResponseException,
    Retry,
    Unreachable,
)
from bilibili_api.protocol.bodies import Framed, Stretch
from bilibili_api.protocol.codes import STORAGE
from bilibili_api.protocol.lines import STORAGE_HOSTS
from bilibili_api.protocol.wire import Request, Response
from bilibili_api.saying import because, say

from .binding import FAMILIES
from .connectors import connector, time_connection, trust
from .flow import Flow, Watch
from .sockets import Sockets

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter

    from .network import Network
    from .options import Options, Server
    from .rate import Limit

BLOCK: Final = 192 * 1024
"""Bytes that are handed to a connection at once.

It holds several such blocks, read, encrypted and queued. With 128 KiB an upload computes a tenth more.
"""
COLD_BLOCK: Final = 512 * 1024
"""Bytes that a thread reads at once when the disk has to be waited for."""
MAX_ANSWER: Final = 4 * 1024 * 1024
_UNTRUSTED: Final = say(
    "Something stands between you and Bilibili: a proxy, the sign-in page of a network, or a wrong clock."
)


class _Body(aiohttp.payload.Payload):
    """Sends a body block by block; ends the connection at once when it may not finish."""

    _autoclose = True

    def __init__(self, body: Framed | Stretch, flow: Flow, limit: Limit | None = None) -> None:
        super().__init__(body, headers={})
        self._size = len(body)
        self._body = body
        self._flow = flow
        self._limit = limit

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Refuse: the base class asks for it, nobody else does."""
        del encoding, errors
        raise TypeError("this body is sent, not read")

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write the whole body."""
        await self.write_with_length(writer, None)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Write the whole body; its length is exact, so `content_length` says nothing new."""
        del content_length
        self._consumed = True  # else the HTTP library sends a PUT again by itself, behind the policy's back
        transport: asyncio.Transport | None = getattr(writer, "transport", None)
        if transport is not None:
            transport.set_write_buffer_limits(high=BLOCK // 2)  # with TLS asyncio would queue four blocks
        self._flow.began(transport, len(self._body))
        try:
            if isinstance(self._body, Framed):
                for piece in (memoryview(self._body.head), self._body.content, memoryview(self._body.tail)):
                    await self._write_piece(writer, piece)
            else:
                await self._write_stretch(writer, self._body)
        except BaseException as error:
            if isinstance(error, ApiException):
                self._flow.failure = error
            self._flow.reset()
            raise

    async def _write_piece(self, writer: AbstractStreamWriter, piece: memoryview) -> None:
        start = 0
        while start < len(piece):
            count = min(BLOCK, len(piece) - start)
            if self._limit is not None and self._limit.is_asked:
                count = await self._allowed(self._limit, count)
            await writer.write(piece[start : start + count])
            self._flow.wrote(count)
            start += count
            await asyncio.sleep(0)  # a fast peer never makes write() wait: let others run

    async def _allowed(self, limit: Limit, count: int) -> int:
        self._flow.is_held = True
        try:
            return await limit.take(count)
        finally:
            self._flow.is_held = False

    async def _write_stretch(self, writer: AbstractStreamWriter, stretch: Stretch) -> None:
        """Read in the loop what needs no disk, the rest in a thread; each time into a fresh buffer.

        A transport without TLS keeps views of what it has not sent yet: a buffer used again would corrupt it.
        """
        at = stretch.start
        while at < stretch.end:
            room = memoryview(bytearray(min(BLOCK, stretch.end - at)))
            count = stretch.source.read_now(at, room)
            if not count:
                room = memoryview(bytearray(min(COLD_BLOCK, stretch.end - at)))
                await asyncio.to_thread(stretch.source.read_into, at, room)
                count = len(room)
            await self._write_piece(writer, room[:count])
            at += count


class Http:
    """Connections of one upload. Use as an asynchronous context manager.

    Calls of the interface get a connection each, since a reused one that the server has just closed would
    lose an answer; chunks share connections.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._sessions: dict[tuple[bool, bool], aiohttp.ClientSession] = {}
        self._sockets = Sockets(options.network.binding)
        self._was_trusted = False
        self._exit = AsyncExitStack()

    async def __aenter__(self) -> Self:
        options = self._options
        self._trusted = trusted = await asyncio.to_thread(trust, options.server)
        connect = options.patience.connect
        self._exit.push_async_callback(self._sockets.end)
        for shared, is_upload in product((False, True), repeat=2):
            self._sessions[shared, is_upload] = session = aiohttp.ClientSession(
                connector=connector(options, trusted, self._sockets, shared=shared, is_upload=is_upload),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=("User-Agent", "Accept-Encoding", "Content-Type"),
                timeout=aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect),
            )
            self._exit.push_async_callback(session.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exit.aclose()  # each is closed even if the closing of another one is cancelled

    async def time_connection(self, host: str) -> tuple[float, float]:
        """See `connectors.time_connection`."""
        return await time_connection(self._options, self._trusted, self._sockets, host)

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
        watch = Watch(flow, patience.stall, answer_within or patience.answer)
        try:
            async with asyncio.timeout(patience.connect + (answer_within or patience.answer)) as deadline:
                watch.start(deadline, loop)
                return await self._exchange(request, flow)
        except aiohttp.ConnectionTimeoutError:
            raise _late(request, self._options) from None
        except TimeoutError:
            raise watch.error(request.place) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise flow.failure or self._translated(error, request) from None
        finally:
            watch.stop()

    async def _exchange(self, request: Request, flow: Flow) -> Response:
        body = request.body
        try:
            async with self._sessions[not isinstance(body, bytes), _is_upload(request)].request(
                request.method,
                URL(request.url, encoded=True),
                headers={"Accept": "*/*", "Accept-Encoding": "identity", **request.headers},
                data=(body or None) if isinstance(body, bytes) else _Body(body, flow, self._options.limit),
                allow_redirects=False,
            ) as answer:
                content = await _read(answer, request.place)
                headers = {name.lower(): value for name, value in answer.headers.items()}
                if "set-cookie" in headers:
                    headers["set-cookie"] = "\n".join(answer.headers.getall("Set-Cookie"))
                self._was_trusted = True
                return Response(answer.status, headers, content)
        except BaseException:
            flow.reset()
            raise

    def _translated(self, error: Exception, request: Request) -> NetworkException | ResponseException:
        if isinstance(error, aiohttp.ClientConnectorCertificateError) and self._was_trusted:
            # A sign-in page of another network, or a clock that jumped: it passes, as any outage does.
            return Unreachable(
                say("The certificate of {host} is not trusted any more.", host=request.host), hint=_UNTRUSTED
            )
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return _unresolved(request, self._options.network)
        if isinstance(error, aiohttp.ClientConnectorError) and self._sockets.unbound is not None:
            return self._sockets.unbound
        return _translated(error, request, self._options.server)


def _is_upload(request: Request) -> bool:
    """Which of the two ways of `Network` a request takes: by what it is for, and by where it goes."""
    return request.step in STORAGE or STORAGE_HOSTS.fullmatch(request.host) is not None


def _late(request: Request, options: Options) -> Unreachable:
    proxy, within = options.network.proxy(is_upload=_is_upload(request)), options.patience.connect
    if proxy is not None:
        return ProxyFailed(
            say(
                "The proxy {proxy} gave no connection to {host} within {within:g} s.",
                proxy=proxy,
                host=request.host,
                within=within,
            )
        )
    return Unreachable(say("No connection to {host} within {within:g} s.", host=request.host, within=within))


def _unresolved(request: Request, network: Network) -> Unreachable:
    proxy = network.proxy(is_upload=_is_upload(request))
    family = FAMILIES.get(network.family)
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
            host=request.host,
            family=family,
        )
    )


async def _read(answer: aiohttp.ClientResponse, place: str) -> bytes:
    content = bytearray()
    async for block in answer.content.iter_chunked(64 * 1024):
        content += block
        if len(content) > MAX_ANSWER:
            raise ResponseException(
                say("The answer of {place} is over {most} bytes long.", place=place, most=MAX_ANSWER)
            )
    return bytes(content)


def _translated(
    error: Exception, request: Request, server: Server | None
) -> NetworkException | ResponseException:
    """Name the most specific of our errors; the library's own text may hold a signed URL: it stays behind."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return Unreachable(
            say("The certificate of {host} is not trusted.", host=request.host),
            retry=Retry.NO,
            hint=say(
                "{advice} For a simulator name its certificate authority (ca_file, BVUP_CA).",
                advice=_UNTRUSTED,
            ),
        )
    if server and server.is_loopback and isinstance(error, aiohttp.ClientConnectorError):
        return Unreachable(
            say("Nothing answers at {url}.", url=server.url),
            retry=Retry.NO,  # on this machine nothing comes back by waiting
            hint=say("Start the simulator (bvup simulator), or mend the address."),
        )
    if isinstance(error, aiohttp.ClientConnectorError):
        return Unreachable(
            say(
                "No connection to {host}: {reason}.",
                host=request.host,
                reason=because(error.os_error, say("refused")),
            )
        )
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.InvalidURL | ValueError):
        return ResponseException(say("The answer of {place} is not proper HTTP.", place=request.place))
    return ConnectionLost(
        say("The connection to {place} broke before the answer had come.", place=request.place)
    )
