"""Streams of somebody's own, with the same bytes."""

from __future__ import annotations

import hashlib
import io
import os
import threading

from tests.kit import content

BYTES = content(300_000)
MD5 = hashlib.md5(BYTES).hexdigest()
CHUNK = 64 * 1024


class Own(io.BufferedIOBase):
    """A seekable stream of somebody's own: gives less than asked for and counts what it gave."""

    def __init__(self, data: bytes = BYTES) -> None:
        self._inner = io.BytesIO(data)
        self.given = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = 10_000 if size is None or size < 0 else min(size, 10_000)
        data = self._inner.read(wanted)
        self.given += len(data)
        return data


class Once(Own):
    """A stream that cannot seek."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        raise io.UnsupportedOperation("seek")

    def tell(self) -> int:
        raise io.UnsupportedOperation("tell")


class Gated(Own):
    """A stream whose reads wait until somebody opens the gate."""

    def __init__(self, data: bytes = BYTES) -> None:
        super().__init__(data)
        self.gate = threading.Event()
        self.reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        if size == 0:
            return b""
        self.reads += 1
        assert self.gate.wait(10), "nobody opened the gate: the event loop is blocked"
        return super().read(size)
