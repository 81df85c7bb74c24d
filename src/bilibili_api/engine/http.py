"""Sends a `Request` byte for byte, gives a `Response` or a typed error.

Here is what needs the event loop: which connection, how long, and what to do when it is enough. What goes
over a connection is in `connection.py`, in threads.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, Self, TypeVar
from urllib.parse import urlsplit

from bilibili_api.exceptions import ProxyFailed, Retry, Unreachable
from bilibili_api.protocol.codes import STORAGE
from bilibili_api.protocol.lines import STORAGE_HOSTS
from bilibili_api.saying import say

from .connection import Connection, Spare, UntrustedError
from .flow import Flow, Watch
from .reach import Reach
from .sockets import Sockets
from .trust import trust

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.protocol.wire import Request, Response

    from .options import Options
    from .rate import Limit

T = TypeVar("T")

SHORT: Final = 64 * 1024
"""Bytes of the longest body that waits for no limit of the rate: that of a call that carries no picture."""
KEPT: Final = 15.0
"""Seconds for which a connection is kept that serves nobody; servers keep theirs a little longer."""
_THREADS: Final = 256
"""More than there can be requests at once: parts, hedged ones, and calls beside them."""
_UNTRUSTED: Final = say(
    "Something stands between you and Bilibili: a proxy, the sign-in page of a network, or a wrong clock."
)


class Http:
    """Connections of one upload. Use as an asynchronous context manager.

    Calls of the interface get a connection each, since a reused one that the server has just closed would
    lose an answer; chunks share connections.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._sockets = Sockets(options.network.binding)
        self._reach = Reach(options, self._sockets)
        self._kept: dict[tuple[str, int, bool], list[tuple[float, Connection]]] = defaultdict(list)
        self._spare = Spare()
        self._was_trusted = False

    async def __aenter__(self) -> Self:
        self._trusted = await asyncio.to_thread(trust, self._options.server)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="connection")
        return self

    async def __aexit__(self, *_: object) -> None:
        for kept in self._kept.values():
            for each in kept:
                each[1].close()
        self._spare.end()
        self._threads.shutdown(wait=False)
        await self._sockets.end()

    async def time_connection(self, host: str) -> tuple[float, float]:
        """Connect to a host of the storage as uploads do, and end it.

        Returns:
            Seconds until the connection stood, through the proxy if there is one, and until TLS was agreed
            on.

        Raises:
            Unreachable: It could not be.
        """
        begun = time.perf_counter()
        connected = await self._reach.connected(host, 443, is_upload=True)
        stood, connection = time.perf_counter(), Connection(connected, self._trusted, self._spare)
        flow = Flow()
        flow.connected(connected)
        try:
            await self._in_thread(partial(connection.agree, host))
        except UntrustedError:
            raise self._untrusted(host) from None
        finally:
            flow.reset()
            connection.close()
        return stood - begun, time.perf_counter() - stood

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
        watch = Watch(flow, patience.stall, answer_within or patience.answer)
        try:
            async with asyncio.timeout(patience.connect) as deadline:
                watch.start(deadline, asyncio.get_running_loop())
                return await self._exchange(request, flow)
        except TimeoutError:
            if flow.has_begun:
                raise watch.error(request.place) from None
            raise _late(request, self._options) from None
        except UntrustedError:
            raise self._untrusted(request.host) from None
        finally:
            watch.stop()

    async def _exchange(self, request: Request, flow: Flow) -> Response:
        parts, is_upload = urlsplit(request.url), _is_upload(request)
        if parts.scheme != "https":
            raise ValueError("requests carry secrets: they are sent over https only")
        is_shared, port = not isinstance(request.body, bytes), parts.port or 443
        kept = self._kept[request.host, port, is_upload]
        for each in self._kept.values():
            _sweep(each)
        connection = kept.pop()[1] if is_shared and kept else None
        if connection is None:
            connected = await self._reach.connected(request.host, port, is_upload=is_upload)
            connection = Connection(connected, self._trusted, self._spare)
        flow.connected(connection.socket)
        allowed = _limited(self._options.limit, request, flow)
        try:
            answer = await self._in_thread(
                partial(connection.exchange, request, flow, allowed, is_kept=is_shared)
            )
        except BaseException:
            flow.reset()
            connection.close()
            raise
        if not connection.is_over:
            kept.append((time.monotonic(), connection))
        self._was_trusted = True
        return answer

    async def _in_thread(self, work: Callable[[], T]) -> T:
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, work)

    def _untrusted(self, host: str) -> Unreachable:
        if self._was_trusted:
            # A sign-in page of another network, or a clock that jumped: it passes, as any outage does.
            return Unreachable(
                say("The certificate of {host} is not trusted any more.", host=host), hint=_UNTRUSTED
            )
        return Unreachable(
            say("The certificate of {host} is not trusted.", host=host),
            retry=Retry.NO,
            hint=say(
                "{advice} For a simulator name its certificate authority (ca_file, BVUP_CA).",
                advice=_UNTRUSTED,
            ),
        )


def _sweep(kept: list[tuple[float, Connection]]) -> None:
    """Close what has served nobody for long, or has ended."""
    oldest = time.monotonic() - KEPT
    for one in [one for one in kept if one[0] < oldest or one[1].has_ended]:
        kept.remove(one)
        one[1].close()


def _limited(limit: Limit | None, request: Request, flow: Flow) -> Callable[[int], int]:
    """Return what a thread asks how much it may send now; calls do not wait for their turn."""
    if limit is None or len(request.body) <= SHORT:
        return lambda count: count
    loop = asyncio.get_running_loop()

    def allowed(count: int) -> int:
        if not limit.is_asked:
            return count
        waiting = asyncio.run_coroutine_threadsafe(limit.take(count), loop)
        flow.is_held, flow.when_reset = True, waiting.cancel
        try:
            if flow.is_reset:
                waiting.cancel()
            return waiting.result()
        finally:
            flow.is_held, flow.when_reset = False, None

    return allowed


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
