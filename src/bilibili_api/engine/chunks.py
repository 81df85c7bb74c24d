"""Reads a page chunk by chunk and hashes it on the way: each chunk, and the whole file in order.

Buffers go round between readers and those who send: one for each chunk that is being sent and two that are
read ahead, up to a fixed number, so memory is bounded whatever the file size. Reading and hashing run in
threads (hashlib lets go of the interpreter lock), and who sends does not wait until all before is hashed.
"""

from __future__ import annotations

import asyncio
import hashlib
import mmap
from contextlib import suppress
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
    buffer: memoryview
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
        self._ring: asyncio.Queue[memoryview] = asyncio.Queue()
        self._room = room
        self._memory = _memory(self._most * self._room)
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
            self._ring.put_nowait(self._memory[self._room * (self._buffers - 1) :][: self._room])

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
            content = buffer[: min(self._chunk_size, self._size - offset)]
            md5 = await asyncio.to_thread(self._read_and_hash, number, content)
            hashed = hashing.create_task(self._whole.feed(number, content))
            self._hand_out(HashedChunk(number, offset, content, md5, buffer, hashed))

    def _read_and_hash(self, number: int, content: memoryview) -> str:
        self._source.read_into(number * self._chunk_size, content)
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        self._whole.feed_now(number, content)
        return md5

    def _hand_out(self, chunk: HashedChunk) -> None:
        """Make chunks ready in order, whichever reader was faster."""
        self._early[chunk.number] = chunk
        while (ready := self._early.pop(self._handed, None)) is not None:
            self._ready.put_nowait(ready)
            self._handed += 1


def _memory(size: int) -> memoryview:
    """Return memory of which only what is used is taken.

    Linux is asked for huge pages: a chunk is larger than a processor's map of small ones, so that copying it
    through them takes a twentieth of all that an upload computes.
    """
    memory = mmap.mmap(-1, size)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):  # a system that has none
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memoryview(memory)


class _WholeDigest:
    """md5 of the whole file, fed chunk by chunk in order."""

    def __init__(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._fed = 0
        """Chunks that were fed; counted by the thread that feeds."""
        self._turns: dict[int, asyncio.Event] = {}

    def feed_now(self, number: int, content: memoryview) -> None:
        """Take a chunk if it is its turn already, as it mostly is; in the thread that has just read it."""
        if self._fed == number:
            self._md5.update(content)
            self._fed += 1

    async def feed(self, number: int, content: memoryview) -> None:
        """See to it that a chunk is taken, after all before it."""
        if self._fed < number:
            await self._turns.setdefault(number, asyncio.Event()).wait()
        if self._fed == number:
            await asyncio.to_thread(self.feed_now, number, content)
        if (turn := self._turns.pop(number + 1, None)) is not None:
            turn.set()

    def hexdigest(self) -> str:
        """The digest of all that was fed."""
        return self._md5.hexdigest()
