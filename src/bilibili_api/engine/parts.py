"""The parts of a file, sent straight from it; the disk is told what comes next.

Nothing is hashed, and nothing is copied ahead: where the system can be told what will be needed, it reads
that into its own cache while parts before it are sent.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bilibili_api.frozen import frozen
from bilibili_api.protocol.bodies import Stretch

from .undivided import undivided

if TYPE_CHECKING:
    from .source import FileSource

AHEAD: Final = 32 * 1024 * 1024
"""Bytes behind the latest part that is being sent for which the disk is told to get ready."""
STEP: Final = 8 * 1024 * 1024
"""Bytes that it is told of at once: who stops waits for no more."""


@frozen
class Part:
    """One part; its bytes are read while they are sent."""

    number: int
    content: Stretch
    mark: str = ""

    @property
    def offset(self) -> int:
        """Its first byte in the file."""
        return self.content.start


class PartList:
    """All parts of a file."""

    def __init__(self, source: FileSource, size: int, part_size: int, senders: int) -> None:
        self._source = source
        self._size = size
        self._part_size = part_size
        self._offset = 0
        self._moved = asyncio.Event()
        self.senders = min(senders, -(-size // part_size))

    async def run(self) -> None:
        """Have the disk get ready, a little ahead of what is sent; in a thread, since it may wait for it."""
        if not self._source.can_be_told:
            return
        for at in range(0, self._size, STEP):
            while at > self._offset + AHEAD:
                self._moved.clear()
                await self._moved.wait()
            length = min(STEP, self._size - at)
            if not self._source.read_now(at, memoryview(bytearray(1))):
                await undivided(lambda at=at, length=length: self._source.will_need(at, length))

    async def next(self) -> Part | None:
        """Return the next part, or None after the last."""
        start = self._offset
        if start >= self._size:
            return None
        self._offset = min(start + self._part_size, self._size)
        self._moved.set()
        return Part(start // self._part_size, Stretch(self._source, start, self._offset))

    def give_back(self, chunk: Part) -> None:
        """Parts have no buffers."""

    def digest(self) -> str:
        """The line does not ask for one."""
        return ""
