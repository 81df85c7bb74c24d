"""Streams that behave in odd but legal ways."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bilibili_api.engine.source import Source


class Dribble(io.BufferedIOBase):
    """Seekable; gives at most `most` bytes at a time, as a decrypting or remote stream may."""

    def __init__(self, data: bytes, most: int = 3) -> None:
        self._inner = io.BytesIO(data)
        self._most = most

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self._inner.read(self._most if size is None or size < 0 else min(size, self._most))

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()


class Flipped(Dribble):
    """Like a decrypting stream: keeps a real file in `file`, but its own bytes are others."""

    def __init__(self, data: bytes, file: io.BufferedIOBase) -> None:
        super().__init__(data, most=1 << 20)
        self.file = file


class Flow(io.BufferedIOBase):
    """Cannot seek: gives the blocks one by one, then the end; an error among them is raised once."""

    def __init__(self, blocks: Iterable[bytes | Exception]) -> None:
        self._blocks = iter(blocks)
        self.reads = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int | None = -1, /) -> bytes:
        if size == 0:
            return b""
        self.reads += 1
        block = next(self._blocks, b"")
        if isinstance(block, Exception):
            raise block
        assert size is None or size < 0 or len(block) <= size
        return block


class Gated(io.BytesIO):
    """Seekable; a read waits until `gate` is set, and `waiting` tells that one does."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.gate = threading.Event()
        self.waiting = threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        if size != 0:
            self.waiting.set()
            assert self.gate.wait(10)
        return super().read(size)


def read_at(source: Source, offset: int, size: int) -> bytes:
    room = bytearray(size)
    source.read_into(offset, memoryview(room))
    return bytes(room)


def read_all(source: Source) -> bytes:
    return read_at(source, 0, source.size())
