"""Where the bytes of a page come from: read at any offset, from any thread, without blocking the event loop.

Three kinds: a regular file is read in parallel without a lock and independently of the stream's position; any
other seekable stream under a lock; a stream that cannot seek is first copied to an unnamed temporary file.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, cast
from weakref import WeakKeyDictionary

from bilibili_api.exceptions import SourceChanged
from bilibili_api.saying import because, say

if TYPE_CHECKING:
    from collections.abc import Generator

BLOCK: Final = 1024 * 1024

Stream = io.BufferedIOBase | io.RawIOBase


class Source(Protocol):
    """Bytes that can be read at any offset. All methods but `read_now` block: call them in a thread."""

    def size(self) -> int:
        """Size in bytes."""
        ...

    def stamp(self) -> tuple[object, ...]:
        """What differs when the bytes do, as far as one can tell without reading them."""
        ...

    def read_into(self, offset: int, room: memoryview) -> None:
        """Fill `room` from `offset`.

        Raises:
            SourceChanged: There are fewer bytes than there were, or they cannot be read any more.
        """
        ...

    def read_now(self, offset: int, room: memoryview) -> int:
        """Read into `room` what is there without waiting for a disk; 0: it would wait. Does not block."""
        ...

    def check_unchanged(self) -> None:
        """Raise SourceChanged if the bytes may differ from what they were when the source was opened."""
        ...

    def close(self) -> None:
        """Let go of what was opened here; the caller's stream stays open and where it was."""
        ...


class FileSource:
    """A regular file, through a descriptor of its own."""

    def __init__(self, descriptor: int, path: str | None = None) -> None:
        self._descriptor = descriptor
        self._path = path
        self._lock = threading.Lock()  # only where the system cannot read at an offset
        self._seen = os.fstat(descriptor)

    def size(self) -> int:
        """Size in bytes, from the file system."""
        return self._seen.st_size

    def stamp(self) -> tuple[object, ...]:
        """Size, time of change and identity."""
        seen = self._seen
        return seen.st_size, seen.st_mtime_ns, seen.st_dev, seen.st_ino

    def read_into(self, offset: int, room: memoryview) -> None:
        """Fill `room` from `offset`, in parallel with other readers."""
        done, size = 0, len(room)
        while done < size:
            left = room[done:] if done else room
            try:
                if hasattr(os, "preadv"):
                    count = os.preadv(self._descriptor, (left,), offset + done)
                else:
                    count = self._read_there(offset + done, left)
            except OSError as error:
                raise _lost(error) from None
            if count == 0:
                raise SourceChanged(
                    say(
                        "The file ends at byte {offset} but had {size} bytes.",
                        offset=offset + done,
                        size=self._seen.st_size,
                    )
                )
            done += count

    def read_now(self, offset: int, room: memoryview) -> int:
        """Read what the page cache has; where the system cannot tell, nothing."""
        if sys.platform != "linux" or not hasattr(os, "RWF_NOWAIT"):  # a Python for an old C library, or musl
            return 0
        try:
            return os.preadv(self._descriptor, [room], offset, os.RWF_NOWAIT)
        except (OSError, NotImplementedError):  # not in the cache; or the system or its library cannot tell
            return 0

    can_be_told = sys.platform == "linux"
    """Whether the system can be told what will be needed."""

    def will_need(self, offset: int, size: int) -> None:
        """Have the system read a stretch into its cache. Blocks at most until the disk has been asked."""
        if sys.platform == "linux":
            with suppress(OSError):  # a file system that knows nothing of it
                os.posix_fadvise(self._descriptor, offset, size, os.POSIX_FADV_WILLNEED)

    def _read_there(self, offset: int, room: memoryview) -> int:
        """Read where the system cannot read at an offset (Windows)."""
        with self._lock:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            data = os.read(self._descriptor, len(room))
            room[: len(data)] = data
            return len(data)

    def check_unchanged(self) -> None:
        """Compare size, time of change and identity with those at the beginning."""
        try:
            now = os.fstat(self._descriptor)
        except OSError as error:  # a network share that has forgotten it
            raise _lost(error) from None
        if (now.st_size, now.st_mtime_ns) != (self._seen.st_size, self._seen.st_mtime_ns):
            raise SourceChanged(say("The file was written to while it was being uploaded."))
        if self._path is not None and not self._is_still_there(self._path):
            raise SourceChanged(say("Another file has taken the place of the one that was being uploaded."))

    def _is_still_there(self, path: str) -> bool:
        try:
            return os.path.samestat(Path(path).stat(), self._seen)
        except OSError:  # removed or unmounted: the descriptor still holds what was begun
            return True

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._descriptor)


def _lost(error: OSError) -> SourceChanged:
    return SourceChanged(
        say("The file cannot be read any more: {reason}.", reason=because(error)),
        hint=say("Look after the disk or the network share that it lies on; then start again."),
    )


class SeekableSource:
    """Any other seekable stream. Its position is given back when the last source on it closes."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._shared = _share(stream)
        self._closed = False
        with self._shared.lock:
            if self._shared.users == 0:
                self._shared.position = stream.tell()
            self._shared.users += 1
        try:
            with self._shared.lock:
                self._size = stream.seek(0, os.SEEK_END)
        except BaseException:
            self.close()
            raise

    def size(self) -> int:
        """Size in bytes, from seeking to the end."""
        return self._size

    def stamp(self) -> tuple[object, ...]:
        """The size; a stream tells no more."""
        return (self._size,)

    def read_into(self, offset: int, room: memoryview) -> None:
        """Fill `room` from `offset`, while no other reader moves the stream."""
        done = 0
        with self._shared.lock, _readable():
            if self._closed:  # a thread that outlived its upload must not move the stream any more
                raise SourceChanged(say("The stream has been given back."))
            self._stream.seek(offset)
            while done < len(room):
                data = self._stream.read(len(room) - done)
                if not data:
                    raise SourceChanged(
                        say(
                            "The stream ends at byte {offset} but had {size} bytes.",
                            offset=offset + done,
                            size=self._size,
                        )
                    )
                room[done : done + len(data)] = data
                done += len(data)

    def read_now(self, offset: int, room: memoryview) -> int:
        """Read nothing: a stream may take its time."""
        del offset, room
        return 0

    def check_unchanged(self) -> None:
        """Compare the size with that at the beginning."""
        with self._shared.lock, _readable():
            size = self._stream.seek(0, os.SEEK_END)
        if size != self._size:
            raise SourceChanged(
                say("The stream has {size} bytes now but had {before}.", size=size, before=self._size)
            )

    def close(self) -> None:
        """Give the stream's position back if nobody else reads it."""
        with self._shared.lock:
            self._closed = True
            self._shared.users -= 1
            if self._shared.users == 0:
                with suppress(Exception):  # closed or broken: there is no position to give back
                    self._stream.seek(self._shared.position)


def size_of(stream: Stream) -> int:
    """Size in bytes of a seekable stream, which stays where it is."""
    source = SeekableSource(stream)
    source.close()
    return source.size()


@dataclass(slots=True)
class _Shared:
    """What all sources on one stream have in common."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0
    position: int = 0


_shared_guard = threading.Lock()
_shared: WeakKeyDictionary[Stream, _Shared] = WeakKeyDictionary()


def _share(stream: Stream) -> _Shared:
    with _shared_guard:
        return _shared.setdefault(stream, _Shared())


@contextmanager
def _readable() -> Generator[None]:
    """Turn what a stream raises into our error."""
    try:
        yield
    except SourceChanged:
        raise
    except Exception as error:  # noqa: BLE001 - zlib, lzma, HTTP libraries: each kind of stream has its own
        raise SourceChanged(
            say("The stream cannot be read any more: {reason}.", reason=because(error))
        ) from None


def md5_of(source: Source) -> str:
    """Hex md5 of the whole source."""
    total = hashlib.md5(usedforsecurity=False)
    room = memoryview(bytearray(BLOCK))
    size = source.size()
    for offset in range(0, size, BLOCK):
        part = room[: min(BLOCK, size - offset)]
        source.read_into(offset, part)
        total.update(part)
    return total.hexdigest()


def open_file(path: str) -> FileSource:
    """Open a regular file by its path."""
    return FileSource(
        os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)), path
    )


def descriptor_of(stream: object) -> int | None:
    """The descriptor behind a stream whose bytes are exactly those of a regular file, else None.

    Only the standard library's own file objects qualify: a compressed stream has one, too, but other bytes.
    """
    raw: object = getattr(stream, "file", None) if _is_temporary_file(stream) else stream
    if type(raw) is io.BufferedRandom:
        raw.flush()
    if type(raw) is io.BufferedRandom or type(raw) is io.BufferedReader:
        raw = cast("object", raw.raw)
    if type(raw) is not io.FileIO or raw.closed or not raw.readable():
        return None
    descriptor = raw.fileno()
    return descriptor if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


def _is_temporary_file(stream: object) -> bool:
    """Whether `stream` comes from `tempfile.NamedTemporaryFile`: a wrapper that is no file object itself."""
    return (type(stream).__module__, type(stream).__name__) == ("tempfile", "_TemporaryFileWrapper")
