"""Opens media files through PyAV (the extra `media`), confined to the one file that was given."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Generator

    from av.container import InputContainer
    from av.video.stream import VideoStream

    from .source import Source

BUFFER: Final = 256 * 1024
"""Bytes that PyAV asks for at a time."""
ATTACHED: Final = 1024
"""FFmpeg's mark of a stream that is a picture, not a video: the cover of a song, the thumbnail of a film."""


class SourceFile(io.RawIOBase):
    """A source as a file with a position of its own."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._size = source.size()
        self._at = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: object, /) -> int:
        """Read as much as there is and fits."""
        room = memoryview(cast("bytearray", buffer)).cast("B")
        count = max(0, min(len(room), self._size - self._at))
        self._source.read_into(self._at, room[:count])
        self._at += count
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a position."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at


@contextmanager
def opened(source: Source) -> Generator[InputContainer]:
    """Open a media file. Blocks, as does reading from it.

    Raises:
        av.error.FFmpegError: It is none that FFmpeg knows, or its head is damaged.
    """
    import av  # noqa: PLC0415 - an extra, and large

    alone = {"protocol_whitelist": ""}  # no playlist leads to other files or into the network
    file = io.BufferedReader(SourceFile(source), BUFFER)
    with av.open(
        file, "r", container_options=alone, buffer_size=BUFFER, metadata_errors="replace"
    ) as container:
        yield container


def videos_in(container: InputContainer) -> list[VideoStream]:
    """Return the streams that are videos, not pictures."""
    return [s for s in container.streams.video if not s.disposition.value & ATTACHED]
