"""One upload over the PC line: the chunks the simulator holds, and the file they make."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from pathlib import Path

    from bilibili_api.simulator.state import StoredVideo

CHUNK_HOST = "upcdn-szhw.bilivideo.com"
LINE_PATH = "/ugcfr/pc3/"
COMPLETE_PATH = "/ugcfr/pc3/complete/"


class RefusedError(Exception):
    """The chunk or the completion contradicts something; the text says what."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk as it was announced and received.

    Attributes:
        index: from 0.
        total: how many chunks the file has, as this request says.
        declared: the field `filesize`, the length of this chunk or of a full one (section 3.2).
        size: bytes really received.
        path: where its bytes are until the upload is complete.
    """

    index: int
    total: int
    declared: int
    size: int
    md5: str
    name: str
    version: str
    path: Path

    @property
    def is_last(self) -> bool:
        """Whether this chunk may be shorter than the others."""
        return self.index == self.total - 1


@dataclass(frozen=True, slots=True)
class Completion:
    """What the client says about the whole file (section 3.3)."""

    chunks: int
    filesize: int
    md5: str
    name: str
    version: str


@dataclass(slots=True)
class Upload:
    """A server file name, the URLs that were handed out for it, and what came in."""

    filename: str
    mid: int
    chunk_target: str = field(repr=False)
    complete_target: str = field(repr=False)
    chunks: dict[int, Chunk] = field(default_factory=dict[int, Chunk])
    stored: StoredVideo | None = None
    completion: Completion | None = None
    completing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def add(self, chunk: Chunk) -> None:
        """Take a chunk in place of an earlier one of the same index.

        Raises:
            RefusedError: it contradicts the chunks held, or the file is complete and differs.
        """
        self._check(chunk)
        earlier = self.chunks.get(chunk.index)
        if self.completion is not None:
            chunk.path.unlink(missing_ok=True)
            if earlier is None or earlier.md5 != chunk.md5:
                raise RefusedError("this file is complete already and its chunk has other bytes")
            return
        self.chunks[chunk.index] = chunk
        if earlier is not None:
            earlier.path.unlink(missing_ok=True)

    def check_completion(self, said: Completion) -> None:
        """Compare what the client says with the chunks held, the md5 excepted.

        Raises:
            RefusedError: names the first contradiction.
        """
        if not self.chunks:
            raise RefusedError("no chunk has arrived yet")
        for what, value, held in (
            ("chunks", said.chunks, {chunk.total for chunk in self.chunks.values()}),
            ("version", said.version, {chunk.version for chunk in self.chunks.values()}),
            ("name", unquote(said.name), {unquote(chunk.name) for chunk in self.chunks.values()}),
        ):
            if held != {value}:
                raise RefusedError(f"{what} is {value!r} here, but the chunks said {sorted(map(str, held))}")
        missing = [index for index in range(said.chunks) if index not in self.chunks]
        if missing:
            raise RefusedError(f"{len(missing)} of {said.chunks} chunks missing, the first is {missing[0]}")
        self._check_sizes()
        size = sum(chunk.size for chunk in self.chunks.values())
        if size != said.filesize:
            raise RefusedError(f"filesize is {said.filesize} here, but the chunks have {size} bytes together")

    def in_order(self) -> list[Chunk]:
        """Return the chunks held, by index."""
        return [self.chunks[index] for index in sorted(self.chunks)]

    def _check(self, chunk: Chunk) -> None:
        for other in self.chunks.values():
            if other.total != chunk.total:
                raise RefusedError(f"chunks is {chunk.total} here, but was {other.total} before")
            if other.index != chunk.index and not chunk.is_last and not other.is_last:
                _check_same_size(chunk, other)
        if not chunk.is_last and chunk.declared != chunk.size:
            raise RefusedError(f"filesize is {chunk.declared}, but the chunk has {chunk.size} bytes")
        if chunk.declared < chunk.size:
            raise RefusedError(f"filesize is {chunk.declared}, but the last chunk has {chunk.size} bytes")

    def _check_sizes(self) -> None:
        *full, last = self.in_order()
        allowed = {last.size} | {chunk.size for chunk in full}
        if full and (last.size > full[0].size or last.declared not in allowed):
            raise RefusedError(
                f"the last chunk has {last.size} bytes and said {last.declared}; full: {full[0].size}"
            )


def _check_same_size(chunk: Chunk, other: Chunk) -> None:
    if other.size != chunk.size:
        raise RefusedError(f"this chunk has {chunk.size} bytes, but chunk {other.index} had {other.size}")


def new_upload(mid: int, now: float) -> Upload:
    """Open an upload: a server name, and signed targets full of characters a client may spoil."""
    name = server_name(now)
    query = _signed_query(mid, now)
    return Upload(
        name, mid, chunk_target=f"{LINE_PATH}{name}?{query}", complete_target=f"{COMPLETE_PATH}{name}?{query}"
    )


def server_name(now: float) -> str:
    """Return a fresh file name of the server: n, the date, 25 characters."""
    return time.strftime("n%y%m%d", time.gmtime(now)) + secrets.token_hex(13)[:25]


def _signed_query(mid: int, now: float) -> str:
    # Escapes that a URL library would rewrite: lower-case hex, an escaped unreserved character,
    # an escaped slash, plus and equals sign. Sent back changed, the URL is refused (section 3.1).
    signature = quote(secrets.token_urlsafe(12), safe="")
    return f"deadline={int(now) + 86400}&mid={mid}&os=pc3&sig=%2f%7E{signature}%2B%2f%3D&tag=a+b%20c"
