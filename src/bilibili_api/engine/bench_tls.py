"""How fast libcurl encrypts and sends, as uploads do: a body to a server in this process, over loopback.

The server takes what comes without decrypting it, and only the processor's time of the thread that sends is
counted, so that neither what the other end does nor other programs are measured.
"""

from __future__ import annotations

import socket
import ssl
import tempfile
import threading
import time
from concurrent.futures import CancelledError
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bilibili_api.exceptions import ConnectionLost
from bilibili_api.protocol.bodies import Stretch
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.wire import Request
from bilibili_api.saying import listed

from .connection import Connection, Spare
from .flow import Flow
from .libcurl import LIBRARIES
from .trust import Trust

_NAME: Final = "bench.invalid"
_ENDLESS: Final = 1 << 40
"""Bytes that the body says it has; it is broken off long before."""
_ROOM: Final = 1024 * 1024


def measure_tls(seconds: float, stop: threading.Event) -> tuple[int, float, str]:
    """Send for so long, or until somebody says stop.

    Returns:
        Bytes, the seconds of a processor that they took, and by which cipher and libraries.
    """
    with tempfile.TemporaryDirectory(prefix="bvup-bench-") as folder:  # its owner's only
        both = Path(folder, "both.pem")  # both sides want a file
        both.write_bytes(b"".join(_certificate()))
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(both)
        serving.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE  # the cipher is that which uploads like best
        near, far = _connected()
        swallowing = _Swallowing(far, serving)
        connection = Connection(near, Trust(file=str(both)), Spare())
        swallowing.start()
        try:
            watch = _Watch(seconds, stop)
            _send(connection, watch)
        finally:
            connection.close()
            swallowing.join()
    libraries = (name.replace("/", " ") for name in LIBRARIES)
    return watch.sent, watch.spent, listed([swallowing.cipher, *libraries])


def _connected() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        near = socket.create_connection(listening.getsockname())
        far, _ = listening.accept()
        return near, far


def _send(connection: Connection, watch: _Watch) -> None:
    request = Request(Step.CHUNK, "PUT", f"https://{_NAME}/", body=Stretch(_Zeros(), 0, _ENDLESS))
    flow = Flow()
    flow.connected(connection.socket)
    with suppress(ConnectionLost):  # that is how it ends
        connection.exchange(request, flow, watch.allowed, is_kept=False)


class _Zeros:
    """A source that costs nothing to read: a block has them already."""

    def read_into(self, offset: int, room: memoryview) -> None:
        """See `Readable`."""
        del offset, room

    def read_now(self, offset: int, room: memoryview) -> int:
        """See `Readable`."""
        del offset
        return len(room)


class _Watch:
    """Counts what is sent from the first block on, and breaks off when it is enough."""

    def __init__(self, seconds: float, stop: threading.Event) -> None:
        self._seconds = seconds
        self._stop = stop
        self._begun: tuple[float, float] | None = None
        self._given = 0
        self.sent = 0
        self.spent = 0.0

    def allowed(self, count: int) -> int:
        """Allow the next block: those before it were sent. Called by the thread that sends."""
        now, spent = time.perf_counter(), time.thread_time()
        begun, spent_before = self._begun = self._begun or (now, spent)
        self.sent, self.spent = self._given, spent - spent_before
        if self._stop.is_set() or (self.sent and now - begun >= self._seconds):
            raise CancelledError
        self._given += count
        return count


class _Swallowing(threading.Thread):
    """A server that agrees on TLS, and then takes what comes without looking at it."""

    def __init__(self, connected: socket.socket, context: ssl.SSLContext) -> None:
        super().__init__(name="bench", daemon=True)
        self._connected = connected
        self._context = context
        self.cipher = ""

    def run(self) -> None:
        """Serve until the client ends it."""
        room = bytearray(_ROOM)
        with self._connected, suppress(OSError):  # it breaks the connection off
            self._agree()
            while self._connected.recv_into(room):
                pass

    def _agree(self) -> None:
        to_us, to_them = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self._context.wrap_bio(to_us, to_them, server_side=True)
        while not self.cipher:
            try:
                tls.do_handshake()
                self.cipher, *_ = tls.cipher() or ("?",)
            except ssl.SSLWantReadError:
                pass
            self._connected.sendall(to_them.read())
            if not self.cipher:
                if not (came := self._connected.recv(_ROOM)):
                    return
                to_us.write(came)


def _certificate() -> tuple[bytes, bytes]:
    from cryptography import x509  # noqa: PLC0415 - a large import, for this alone
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, _NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(_NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), secret
