"""A page on this machine that a person fills in, for what only a person can do.

It was looked at in a browser with a stand-in for the captcha's widget. The real widget comes from the
network and is not part of any test.
"""

from __future__ import annotations

import asyncio
import secrets
from pkgutil import get_data  # importlib.resources takes far longer to import
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import parse_qs

from bilibili_api.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST: Final = "127.0.0.1"
_LONGEST_HEAD: Final = 16 * 1024
_LONGEST_FORM: Final = 16 * 1024
_PATIENCE: Final = 10.0
"""Seconds a browser may take for one request."""
_WIDGET: Final = "https://*.geetest.com https://*.geevisit.com"
"""Where the captcha's widget comes from: Geetest (protocol document, section 2.6), and its second domain."""
_POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    f"script-src 'unsafe-inline' 'unsafe-eval' {_WIDGET}; style-src 'unsafe-inline' {_WIDGET}; "
    f"img-src data: {_WIDGET}; connect-src {_WIDGET}"
)
"""The page may load the widget and nothing else. What its script evaluates is its maker's business."""


def template(name: str) -> str:
    """Return one of our pages."""
    return (get_data("bilibili_api.engine", f"pages/{name}") or b"").decode()


@frozen
class _Asked:
    """One request of a browser."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class LocalPage:
    """One page with a form, served on 127.0.0.1 under a path that nobody can guess, until it is filled in.

    Args:
        content: The page; it posts its form to its own address.
        fields: What the form has to have.
    """

    def __init__(self, content: str, fields: tuple[str, ...]) -> None:
        self._content = content
        self._fields = fields
        self._path = f"/{secrets.token_urlsafe(24)}"
        self._answer: asyncio.Future[Mapping[str, str]] | None = None
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        if self._server is None:
            raise RuntimeError("use the page inside `async with LocalPage(...) as page:`")
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """Where the page is. Whoever has it can fill it in: it is shown to the person only."""
        return f"http://{HOST}:{self.port}{self._path}"

    async def answer(self) -> Mapping[str, str]:
        """Wait for the form."""
        if self._answer is None:
            raise RuntimeError("use the page inside `async with LocalPage(...) as page:`")
        return await asyncio.shield(self._answer)

    async def __aenter__(self) -> Self:
        self._answer = asyncio.get_running_loop().create_future()
        self._server = await asyncio.start_server(self._serve, HOST, 0, limit=_LONGEST_HEAD)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        if self._answer is not None:
            self._answer.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                status, content = self._reply(await _read(reader))
                writer.write(_head(status, len(content)) + content)
                await writer.drain()
        except (TimeoutError, OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # no browser, or one that went away
        finally:
            writer.close()

    def _reply(self, asked: _Asked) -> tuple[str, bytes]:
        """Answer to our own name and path only: another site's script must not reach the form."""
        ours = {f"{HOST}:{self.port}", f"localhost:{self.port}"}
        if asked.headers.get("host", "").lower() not in ours:
            return "421 Misdirected Request", b""
        if not secrets.compare_digest(asked.path.encode(), self._path.encode()):
            return "404 Not Found", b""
        if asked.method == "GET":
            return "200 OK", self._content.encode()
        return self._take(asked.body) if asked.method == "POST" else ("405 Method Not Allowed", b"")

    def _take(self, body: bytes) -> tuple[str, bytes]:
        form = parse_qs(body.decode("utf-8", "replace"))
        values = {name: form.get(name, [""])[0].strip() for name in self._fields}
        if not all(values.values()):
            return "400 Bad Request", b"something is missing"
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(values)
        return "200 OK", template("done.html").encode()


async def _read(reader: asyncio.StreamReader) -> _Asked:
    """Read one request.

    Raises:
        ValueError: It is not HTTP, or too long.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    length = int(headers.get("content-length") or 0)
    if not 0 <= length <= _LONGEST_FORM:
        raise ValueError(length)
    return _Asked(method, path, headers, await reader.readexactly(length))


def _head(status: str, length: int) -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\n"
        f"Content-Security-Policy: {_POLICY}\r\nReferrer-Policy: no-referrer\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    ).encode()
