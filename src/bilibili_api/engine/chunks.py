"""Reads a page chunk by chunk and hashes it on the way: each chunk, and the whole file in order.

Buffers go round between readers and those who send: one for each chunk that is being sent and two that are
read ahead, up to a fixed number, so memory is bounded whatever the file size. Reading and hashing run in
threads (hashlib lets go of the interpreter lock), and nobody who sends waits for a hash of the whole file.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .options import CHUNK_MEMORY

if TYPE_CHECKING:
    from .source import Source

READERS: Final = 2


@dataclass(slots=True, eq=False)
class HashedChunk:
    """One chunk in a buffer that is given back after use.

    Attributes:
        number: Its number, from 0.
        offset: Its first byte in the file.
        content: Its bytes.
        mark: Hex md5 of its bytes.
    """

    number: int
    offset: int
    content: memoryview
    mark: str
    buffer: bytearray
    hashed: asyncio.Future[None]


class ChunkReader:
    """All chunks of a source, in order; `run` reads them while `next` hands them out."""

    def __init__(self, source: Source, size: int, chunk_size: int, senders: int) -> None:
        self._source = source
        self._size = size
        self._chunk_size = chunk_size
        self._total = -(-size // chunk_size)
        room = min(chunk_size, size)
        self._most = min(senders + READERS, max(2, CHUNK_MEMORY // room), self._total)
        self.senders = min(senders, self._most)
        """How many can send at once: fewer than asked for when chunks are few or very large."""
        self._ring: asyncio.Queue[bytearray] = asyncio.Queue()
        self._room = room
        self._buffers = self._out = 0
        self._have_buffers()
        self._ready: asyncio.Queue[HashedChunk | None] = asyncio.Queue()
        self._early: dict[int, HashedChunk] = {}
        self._begun = self._handed = 0
        self._whole = _WholeDigest()

    async def run(self) -> None:
        """Read everything; ends when the last chunk is ready and the whole is hashed.

        Raises:
            SourceChanged: The source is not what it was.
        """
        async with asyncio.TaskGroup() as hashing:
            async with asyncio.TaskGroup() as reading:
                for _ in range(READERS):
                    reading.create_task(self._read(hashing))
            for _ in range(self.senders):
                self._ready.put_nowait(None)

    async def next(self) -> HashedChunk | None:
        """Return the next chunk, or None after the last."""
        self._out += 1
        self._have_buffers()
        return await self._ready.get()

    def _have_buffers(self) -> None:
        """Make as many as the chunks that are out and those that are read ahead take."""
        while self._buffers < min(self._most, self._out + READERS):
            self._buffers += 1
            self._ring.put_nowait(bytearray(self._room))

    def give_back(self, chunk: HashedChunk) -> None:
        """Let the buffer of `chunk` be used again once the whole has been fed with it."""
        self._out -= 1
        chunk.hashed.add_done_callback(lambda _: self._ring.put_nowait(chunk.buffer))

    def digest(self) -> str:
        """Hex md5 of the whole file, after `run`."""
        return self._whole.hexdigest()

    async def _read(self, hashing: asyncio.TaskGroup) -> None:
        while self._begun < self._total:
            buffer = await self._ring.get()
            if self._begun == self._total:  # another reader took the last one meanwhile
                return
            number, self._begun = self._begun, self._begun + 1
            offset = number * self._chunk_size
            content = memoryview(buffer)[: min(self._chunk_size, self._size - offset)]
            md5 = await asyncio.to_thread(_read_and_hash, self._source, offset, content)
            hashed = hashing.create_task(self._whole.feed(number, content))
            self._hand_out(HashedChunk(number, offset, content, md5, buffer, hashed))

    def _hand_out(self, chunk: HashedChunk) -> None:
        """Make chunks ready in order, whichever reader was faster."""
        self._early[chunk.number] = chunk
        while (ready := self._early.pop(self._handed, None)) is not None:
            self._ready.put_nowait(ready)
            self._handed += 1


class _WholeDigest:
    """md5 of the whole file, fed chunk by chunk in order."""

    def __init__(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._turns: dict[int, asyncio.Event] = {}
        self._turn_of(0).set()

    def _turn_of(self, number: int) -> asyncio.Event:
        return self._turns.setdefault(number, asyncio.Event())

    async def feed(self, number: int, content: memoryview) -> None:
        """Take chunk `number` after all chunks before it."""
        await self._turn_of(number).wait()
        await asyncio.to_thread(self._md5.update, content)
        self._turn_of(number + 1).set()
        del self._turns[number]

    def hexdigest(self) -> str:
        """The digest of all that was fed."""
        return self._md5.hexdigest()


def _read_and_hash(source: Source, offset: int, content: memoryview) -> str:
    source.read_into(offset, content)
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
