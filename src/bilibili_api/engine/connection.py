"""One connection, over which libcurl speaks TLS and HTTP/1.1. What it does blocks: it belongs into a thread.

libcurl gets a socket that is connected already, and has nothing to decide: it resolves no name, opens no
second connection, follows no redirect, sends no request twice (no body can be rewound), keeps no cookie and
heeds nothing of the environment but SSLKEYLOGFILE, and CURL_IMPERSONATE as far as that is about TLS. It
holds Python's lock only while it fetches a block of a body, so encrypting never stalls the event loop
(docs/design.md, "Data path").
"""

from __future__ import annotations

import os
import re
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bilibili_api.exceptions import ConnectionLost, ResponseException, Unreachable
from bilibili_api.protocol.wire import Request, Response
from bilibili_api.saying import say

from .crossing import MAX_ANSWER, Incoming, Outgoing
from .libcurl import Code, Easy, LibcurlError, Option
from .trust import unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .flow import Flow
    from .trust import Trust

BLOCK: Final = 256 * 1024
"""Bytes that libcurl is given, and encrypts, at once.

With 128 KiB an upload computes a tenth more, with 512 KiB a twentieth less; but while it encrypts, it does
not hear that a server refuses, and a reset behind the refusal can swallow that.
"""
_NATIVE_CA: Final = 16
"""`CURLSSLOPT_NATIVE_CA`."""
_CIPHERS: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:"
    "AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA:AES256-SHA"
)
"""Those of browsers for TLS 1.2. This libcurl offers others by itself, two of which it cannot speak."""
_TLS_1_2: Final = 6
_HTTP_1_1: Final = 2
_VISIBLE: Final = re.compile(r"[!-~]+")
_METHOD: Final = re.compile(r"[A-Z]+")
_NOWHERE: Final = b"::127.0.0.1:9"
"""What libcurl thinks it connects to: an address, so that it resolves no name."""
_NOT_HTTP: Final = frozenset(
    {
        Code.UNSUPPORTED_PROTOCOL,  # HTTP/0.9: whatever does not begin like HTTP
        Code.WEIRD_SERVER_REPLY,
        Code.BAD_CONTENT_ENCODING,
        Code.WRITE_ERROR,
        Code.TOO_LARGE,
    }
)


class Spare:
    """Handles of connections that are over, for the next ones."""

    def __init__(self) -> None:
        self._handles: list[Easy] = []
        self._is_over = False
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._handles)

    def take(self) -> Easy:
        """Return a handle, if need be a new one."""
        with self._lock:
            return self._handles.pop() if self._handles else Easy()

    def give(self, handle: Easy) -> None:
        """Keep a handle whose connection is over; in the end close it."""
        with self._lock:
            if self._is_over:
                handle.close()
            else:
                handle.reset()
                self._handles.append(handle)

    def end(self) -> None:
        """Close them, and those that are still to come."""
        with self._lock:
            self._is_over = True
            for handle in self._handles:
                handle.close()
            self._handles.clear()


class UntrustedError(Exception):
    """The certificate is not trusted."""


class Connection:
    """A connection, from its socket on; serves one request after the other.

    Args:
        connected: The socket; it is closed with the connection.
        trusted: Whose certificates are trusted.
        spare: Handles of connections that are over, which know TLS sessions already.
    """

    def __init__(self, connected: socket.socket, trusted: Trust, spare: Spare) -> None:
        self.socket = connected
        self.is_over = False
        """Whether it serves no other request."""
        self._lock = threading.Lock()
        self._is_busy = self._is_let_go = False
        self._has_stood = self._has_finished = False
        self._spare = spare
        self._trusted = trusted
        self._curl = curl = spare.take()
        curl.connect_by(connected)
        curl.set(Option.NOSIGNAL, 1)
        curl.set(Option.CONNECT_TO, [_NOWHERE])
        curl.set(Option.PROXY, "")  # nor that of the environment
        curl.set(Option.HTTPBASEHEADER, [])  # those of a browser, which the environment can name
        curl.set(Option.SSLVERSION, _TLS_1_2)  # at least
        curl.set(Option.SSL_CIPHER_LIST, _CIPHERS)
        curl.set(Option.HTTP_VERSION, _HTTP_1_1)
        curl.set(Option.UPLOAD_BUFFERSIZE, BLOCK)
        curl.set(Option.CONNECTTIMEOUT, 2**20)  # how long is waited is the caller's affair
        _let_trust(curl, trusted)

    def agree(self, host: str) -> None:
        """Agree on TLS with a host, and no more.

        Raises:
            UntrustedError: Its certificate is not trusted.
            ArgsException: The authorities cannot be read.
            Unreachable: It could not be.
        """
        with self._used():
            self._curl.set(Option.URL, f"https://{host}/")
            self._curl.set(Option.CONNECT_ONLY, 1)
            try:
                self._curl.perform()
            except LibcurlError as error:
                raise self._without_tls(error.code, host) from None

    def exchange(
        self, request: Request, flow: Flow, allowed: Callable[[int], int], *, is_kept: bool
    ) -> Response:
        """Send a request and read its answer whole.

        Args:
            request: What to send.
            flow: Told how it goes, and tells when it shall end.
            allowed: Waits until a limit of the rate allows some of so many bytes, and tells how many.
            is_kept: Whether the connection may serve another request.

        Raises:
            UntrustedError: The certificate is not trusted.
            ArgsException: The authorities cannot be read.
            Unreachable: TLS was not agreed on.
            ConnectionLost: It broke, or was reset.
            ResponseException: The answer is not HTTP, or too long.
        """
        going, coming = Outgoing(request.body, flow, allowed), Incoming()
        with self._used():  # from the first option on: whoever closes it meanwhile must not give it to others
            self._prepare(request, is_kept=is_kept)
            try:
                self._curl.perform(going, coming)
            except LibcurlError as error:
                flow.ended(is_whole=False)
                raise going.failure or self._failure(error.code, request, flow, coming) from None
            flow.ended(is_whole=going.is_whole)
            self._has_stood = True
            if not is_kept or not self._curl.is_connected:
                self.is_over = self._has_finished = True  # it stays so if somebody has closed it meanwhile
            return Response(self._curl.status, coming.fields, bytes(coming.content))

    @property
    def has_ended(self) -> bool:
        """Whether the peer has ended it, or said something unasked; libcurl looks too seldom to notice."""
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Close it: now, or as soon as the thread that uses it has seen that it shall end."""
        with self._lock:
            self.is_over = True
            if not self._is_busy:
                self._let_go()

    @contextmanager
    def _used(self) -> Generator[None]:
        """Have it for this thread; an error closes it."""
        with self._lock:
            if self.is_over:
                raise ConnectionLost(say("The connection was closed."))
            self._is_busy = True
        try:
            yield
        except BaseException:
            self.is_over = True
            raise
        finally:
            with self._lock:
                self._is_busy = False
                if self.is_over:
                    self._let_go()

    def _let_go(self) -> None:
        if self._is_let_go:
            return
        self._is_let_go = True
        # libcurl first: whoever closes the socket last ends the connection, by RST if it was reset.
        if not self._curl.is_connected:
            if self._has_finished:  # libcurl waits for the peer's word before it closes its duplicate
                with suppress(OSError):
                    self.socket.shutdown(socket.SHUT_RDWR)
            self._spare.give(self._curl)
        else:
            self._curl.close()
        self.socket.close()

    def _prepare(self, request: Request, *, is_kept: bool) -> None:
        if not (_VISIBLE.fullmatch(request.url) and _METHOD.fullmatch(request.method)):
            raise ValueError("a request has more than one line")
        curl, parts = self._curl, urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        target = request.url[len(origin) :]
        curl.set(Option.URL, f"{origin}/")
        # Signed: byte for byte, whatever a library would tidy up.
        curl.set(Option.REQUEST_TARGET, target if target.startswith("/") else f"/{target}")
        if request.body or request.method != "GET":
            curl.set(Option.UPLOAD, 1)
            curl.set(Option.INFILESIZE_LARGE, len(request.body))
        else:
            curl.set(Option.HTTPGET, 1)
        curl.set(Option.CUSTOMREQUEST, request.method)
        curl.set(Option.HTTPHEADER, _fields(request))
        curl.set(Option.FORBID_REUSE, int(not is_kept))

    def _failure(self, code: int, request: Request, flow: Flow, coming: Incoming) -> Exception:
        if not flow.has_begun and not self._has_stood:
            return self._without_tls(code, request.host)
        if coming.is_too_long:
            return ResponseException(
                say("The answer of {place} is over {most} bytes long.", place=request.place, most=MAX_ANSWER)
            )
        if code in _NOT_HTTP:
            return ResponseException(say("The answer of {place} is not proper HTTP.", place=request.place))
        return ConnectionLost(
            say("The connection to {place} broke before the answer had come.", place=request.place)
        )

    def _without_tls(self, code: int, host: str) -> Exception:
        if code == Code.PEER_FAILED_VERIFICATION:
            return UntrustedError()
        if code == Code.SSL_CACERT_BADFILE:
            return unreadable(self._trusted)
        return Unreachable(say("{host} and this program did not agree on TLS.", host=host))


def _let_trust(curl: Easy, trusted: Trust) -> None:
    if trusted.file or trusted.folder:  # each left out would be that which libcurl was built with
        curl.set(Option.CAINFO, trusted.file or os.devnull)
        curl.set(Option.CAPATH, trusted.folder or os.devnull)
    if trusted.is_native:
        curl.set(Option.SSL_OPTIONS, _NATIVE_CA)


def _fields(request: Request) -> list[bytes]:
    """Header fields as libcurl takes them: one without a value is one that it shall not send by itself."""
    fields = {"Accept": "*/*", "Accept-Encoding": "identity", **request.headers}
    lines = [f"{name}: {value}" if value else f"{name};" for name, value in fields.items()]
    if any(char in line for line in lines for char in "\r\n\0"):
        raise ValueError("a header field has more than one line")
    own = {name.lower() for name in fields}
    lines += [f"{name}:" for name in ("Content-Type", "Expect", "User-Agent") if name.lower() not in own]
    return [line.encode() for line in lines]
