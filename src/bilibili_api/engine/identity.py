"""By what a journal knows a page again: not by its name, but by what it holds.

A file is the same when its size, its time of change and samples of its bytes are; where it lies may change
meanwhile. A stream says nothing of the kind and needs a key of the caller's.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from typing import TYPE_CHECKING, Final

from bilibili_api.frozen import frozen

from .source import FileSource

if TYPE_CHECKING:
    from .origin import Origin
    from .source import Source

_SAMPLES: Final = 16
_SAMPLE: Final = 64 * 1024


@frozen
class Identity:
    """What a page is.

    Attributes:
        content: Digest of what makes it the same page; its path is no part of it.
        place: By what it is kept from being uploaded twice at once: the file's device and inode, or its key.
        path: Where the file is; None for a stream.
        size: Bytes of the file; 0 for a stream.
        stamp: What the source says of itself now.
    """

    content: str
    place: str
    path: str | None = None
    size: int = 0
    stamp: tuple[object, ...] = ()

    @property
    def claimed(self) -> tuple[str, str]:
        """By what it is claimed: its place, and what it holds, since two copies of a file are one upload."""
        return self.place, self.content


async def identify(origin: Origin, key: str | None) -> Identity | None:
    """Return what a page is, or None: it is a stream that cannot be known again, and has no key.

    Raises:
        SourceChanged: It cannot be read.
    """
    if origin.is_seekable:
        async with origin.opened() as source:
            if isinstance(source, FileSource):
                return await asyncio.to_thread(_of_file, source, origin)
    if key is None:
        return None
    return Identity(_digest("key", key), _digest("key", key))


def _of_file(source: FileSource, origin: Origin) -> Identity:
    _, _, device, inode = source.stamp()
    name = origin.path or getattr(origin.given, "name", None)
    return Identity(
        content=content_of(source),
        place=f"{device}-{inode}",
        path=os.path.abspath(name) if isinstance(name, str) else None,  # noqa: PTH100 - links stay as given
        size=source.size(),
        stamp=source.stamp(),
    )


def content_of(source: FileSource) -> str:
    """Return the digest of what makes a file the same page.

    Raises:
        SourceChanged: It cannot be read.
    """
    size, changed, *_ = source.stamp()
    return _digest("file", size, changed, _sampled(source))


def _sampled(source: Source) -> str:
    """Digest of blocks all over a file, the first and the last among them."""
    size = source.size()
    last = max(0, size - _SAMPLE)
    digest = hashlib.sha256()
    for offset in sorted({last * number // (_SAMPLES - 1) for number in range(_SAMPLES)}):
        room = memoryview(bytearray(min(_SAMPLE, size - offset)))
        source.read_into(offset, room)
        digest.update(room)
    return digest.hexdigest()


def _digest(*what: object) -> str:
    return hashlib.sha256(repr(what).encode("utf-8", "surrogateescape")).hexdigest()
