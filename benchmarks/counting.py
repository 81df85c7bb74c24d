"""The fast other side: counts the bodies of parts and chunks instead of hashing them.

It answers what carries the bytes of videos, and submissions; everything else goes on to the simulator. A
thread for each connection takes some 700 MB/s over TLS from one core. What is not right about the number or
the length of parts is refused, so an upload that is accepted was complete; whether its bytes were right,
only the simulator can tell.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

OWN_HOST: Final = "counting.invalid"
"""Ask it for /seen, to read the counters and to put them back to zero."""
_ROOM: Final = 256 * 1024
_SUBMISSION: Final = re.compile(r"/x/vu/[a-z/]+/add(/v3)?")
_LINES: Final = (".bilivideo.com", ".bilivideo.cn")
_NOT_PASSED_ON: Final = frozenset({"connection", "transfer-encoding", "content-length", "expect"})


class _ClosedError(Exception):
    """The client has closed its connection."""


@dataclass(slots=True)
class Seen:
    """What has come in since somebody last asked."""

    bytes: int = 0
    bodies: int = 0
    connections: int = 0
    ciphers: set[str] = field(default_factory=set[str])
    first: float = 0.0
    last: float = 0.0
    """Of the first and the last bytes of a part: seconds of the clock that all processes share."""
    submitted: int = 0

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {"ciphers": sorted(self.ciphers)}


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    target: str
    headers: Mapping[str, str]
    rest: bytes

    @property
    def host(self) -> str:
        return self.headers.get("host", "").partition(":")[0]

    @property
    def length(self) -> int:
        return int(self.headers.get("content-length", 0))

    def value(self, name: str) -> str:
        return parse_qs(urlsplit(self.target).query).get(name, [""])[0]


class Counting:
    """Listens on two free ports: `port` for https, `proxy_port` for `CONNECT`.

    Args:
        trust: Certificate and key.
        host: Address to listen on.
        behind: Plain port of the simulator.
        videos: Gives the md5 of each file that the simulator itself has taken.
    """

    def __init__(
        self, trust: ssl.SSLContext, host: str, behind: int, videos: Callable[[], list[str]]
    ) -> None:
        self._trust = trust
        self._behind = behind
        self._videos = videos
        self._seen = Seen()
        self._lock = threading.Lock()
        self._parts: dict[str, dict[int, int]] = {}
        self._listeners = [socket.create_server((host, 0), backlog=256) for _ in range(2)]
        self.port, self.proxy_port = (one.getsockname()[1] for one in self._listeners)

    def start(self) -> None:
        """Serve in threads that end with the process."""
        for listener in self._listeners:
            threading.Thread(target=self._listen, args=(listener,), daemon=True).start()

    def _listen(self, listener: socket.socket) -> None:
        while True:
            connected, _ = listener.accept()
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            is_proxy = listener is self._listeners[1]
            threading.Thread(target=self._serve, args=(connected, is_proxy), daemon=True).start()

    def _serve(self, connected: socket.socket, is_proxy: bool) -> None:  # noqa: FBT001  which of the two ports
        with suppress(OSError, _ClosedError), connected:
            if is_proxy:
                _head(connected)
                connected.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            with self._trust.wrap_socket(connected, server_side=True) as secured:
                with self._lock:
                    self._seen.connections += 1
                    self._seen.ciphers.add((secured.cipher() or ("",))[0])
                room = memoryview(bytearray(_ROOM))
                while self._answer(secured, room):
                    pass

    def _answer(self, secured: ssl.SSLSocket, room: memoryview) -> bool:
        """Serve one request; whether the connection goes on."""
        request = _head(secured)
        if request.headers.get("expect", "").lower() == "100-continue":
            secured.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        closes = request.headers.get("connection", "").lower() == "close"
        if request.method in {"PUT", "POST"} and request.host.endswith(_LINES):
            status, kind, body = self._take(request, secured, room)
        else:
            whole = _whole(request, secured)
            status, kind, body = self._other(request, whole)
        last = "Connection: close\r\n" if closes else ""
        head = f"HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{last}\r\n"
        secured.sendall(head.encode("latin-1") + body)
        return not closes

    def _take(self, request: _Request, secured: ssl.SSLSocket, room: memoryview) -> tuple[int, str, bytes]:
        """Take what goes to a line: parts and chunks are counted, beginnings passed on."""
        if request.method == "PUT":
            self._count(request, secured, room)
            return self._part(request)
        if request.target.startswith("/ugcfr/"):
            self._count(request, secured, room)
            return 200, "text/html", b'{"OK":1,"info":"Successful."}'
        whole = _whole(request, secured)
        upload = request.value("uploadId")
        if not upload:
            return self._pass_on(request, whole)
        parts = self._parts.pop(upload, {})
        if sorted(parts) != list(range(1, len(parts) + 1)) or not parts:
            return 500, "text/plain", b"parts are missing"
        path = urlsplit(request.target).path
        said = {"OK": 1, "location": path.lstrip("/"), "bucket": "ugc", "key": path, "etag": ""}
        return 200, "application/json", json.dumps(said).encode()

    def _count(self, request: _Request, secured: ssl.SSLSocket, room: memoryview) -> None:
        left, seen = request.length - len(request.rest), self._seen
        with self._lock:
            seen.first = seen.first or time.monotonic()
        while left:
            count = secured.recv_into(room, min(left, _ROOM))
            if not count:
                raise _ClosedError
            left -= count
            seen.last = time.monotonic()
        with self._lock:
            seen.bytes += request.length
            seen.bodies += 1

    def _part(self, request: _Request) -> tuple[int, str, bytes]:
        start, end = int(request.value("start") or 0), int(request.value("end") or 0)
        if request.length != end - start:
            return 400, "text/plain", b"the part has another length"
        with self._lock:
            parts = self._parts.setdefault(request.value("uploadId"), {})
            parts[int(request.value("partNumber"))] = request.length
        return 200, "text/plain", b"MULTIPART_PUT_SUCCESS"

    def _other(self, request: _Request, whole: bytes) -> tuple[int, str, bytes]:
        if request.host == OWN_HOST:
            with self._lock:
                seen, self._seen = self._seen, Seen()
            return 200, "application/json", json.dumps(seen.as_json() | {"videos": self._videos()}).encode()
        if request.method == "POST" and _SUBMISSION.fullmatch(urlsplit(request.target).path):
            with self._lock:
                self._seen.submitted += 1
            said = {
                "code": 0,
                "message": "0",
                "ttl": 1,
                "data": {"aid": 112861976201494, "bvid": "BV1GJ411x7h7"},
            }
            return 200, "application/json", json.dumps(said).encode()
        return self._pass_on(request, whole)

    def _pass_on(self, request: _Request, whole: bytes) -> tuple[int, str, bytes]:
        behind = http.client.HTTPConnection("127.0.0.1", self._behind, timeout=30)
        headers = {name: value for name, value in request.headers.items() if name not in _NOT_PASSED_ON}
        behind.request(
            request.method, request.target, whole or None, {**headers, "content-length": str(len(whole))}
        )
        answer = behind.getresponse()
        body = answer.read()
        kept = [f"{name}: {value}" for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        behind.close()
        return answer.status, "\r\n".join((answer.getheader("content-type") or "text/plain", *kept)), body


def _head(connected: socket.socket) -> _Request:
    """Read the head of a request, and what of its body came with it."""
    head = b""
    while b"\r\n\r\n" not in head:
        more = connected.recv(16 * 1024)
        if not more:
            raise _ClosedError
        head += more
    head, _, rest = head.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split()
    pairs = (line.partition(":") for line in lines)
    return _Request(method, target, {name.lower(): value.strip() for name, _, value in pairs}, rest)


def _whole(request: _Request, connected: socket.socket) -> bytes:
    """Read a short body."""
    if "chunked" in request.headers.get("transfer-encoding", ""):
        raise _ClosedError
    body = request.rest
    while len(body) < request.length:
        more = connected.recv(64 * 1024)
        if not more:
            raise _ClosedError
        body += more
    return body
