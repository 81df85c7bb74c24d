"""What the caller gave for a page, a stream or a path: opened when needed, spooled at most once."""

from __future__ import annotations

import asyncio
import io
import os
import threading
import weakref
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from bilibili_api.exceptions import SourceChanged, SpoolFailed
from bilibili_api.saying import because, say

from .source import (
    BLOCK,
    FileSource,
    SeekableSource,
    Source,
    Stream,
    descriptor_of,
    md5_of,
    open_file,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

T = TypeVar("T")


class Origin:
    """A page's bytes. The caller keeps its stream: it is neither closed nor left at another position."""

    def __init__(self, given: Stream | str | os.PathLike[str]) -> None:
        self.given = given
        self._spool: _Spool | None = None
        self._known: tuple[int, str] | None = None

    @property
    def path(self) -> str | None:
        """The path that was given, if one was."""
        return os.fspath(self.given) if isinstance(self.given, str | os.PathLike) else None

    @property
    def is_file(self) -> bool:
        """Whether it is a path, or the standard library's own stream on a regular file."""
        return isinstance(self.given, str | os.PathLike) or descriptor_of(self.given) is not None

    @property
    def is_its_own(self) -> bool:
        """Whether it may be read beside others: members of one archive move one stream behind them all."""
        try:
            return self.is_file or type(self.given) is io.BytesIO
        except ValueError:  # closed: a page that is stored needs it no more
            return False

    @property
    def is_seekable(self) -> bool:
        """Whether the bytes can be read more than once without a copy."""
        try:
            return isinstance(self.given, str | os.PathLike) or self.given.seekable()
        except ValueError as error:  # closed
            raise SourceChanged(
                say("The stream cannot be read: {reason}.", reason=because(error)), hint=say("Open it again.")
            ) from None

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Source]:
        """Open the bytes for reading; a stream that cannot seek is copied to disk first.

        Raises:
            SourceChanged: They cannot be read.
            SpoolFailed: There is no room for the copy.
        """
        if not isinstance(self.given, str | os.PathLike) and not self.is_seekable:
            self._spool = self._spool or _Spool(self.given)
            while not self._spool.is_full:  # another who waits for it may have paused it
                await _in_daemon_thread(self._spool.fill, self._spool.pause)
            # not in a thread: one that is slow to end would keep the copy beyond its page
            source: Source = FileSource(os.dup(self._spool.descriptor))
        else:
            source = await asyncio.to_thread(self._open)
        try:
            yield source
        finally:
            await asyncio.to_thread(source.close)

    def _open(self) -> Source:
        try:
            if isinstance(self.given, str | os.PathLike):
                return open_file(os.fspath(self.given))
            descriptor = descriptor_of(self.given)
            return SeekableSource(self.given) if descriptor is None else FileSource(os.dup(descriptor))
        except SourceChanged:
            raise
        except Exception as error:  # noqa: BLE001 - as in `source.py`: each kind of stream has its own
            raise SourceChanged(
                self._unread(because(error)), hint=say("Open it again for reading.")
            ) from None

    def _unread(self, reason: str) -> str:
        if isinstance(self.given, str | os.PathLike):
            return say("{path!r} cannot be read: {reason}.", path=os.fspath(self.given), reason=reason)
        return say("The page cannot be read: {reason}.", reason=reason)

    async def size(self) -> int:
        """Size in bytes."""
        if self._known is not None:
            return self._known[0]
        async with self.opened() as source:
            return source.size()

    async def md5(self) -> str:
        """Hex md5 of the bytes."""
        if self._known is not None:
            return self._known[1]
        async with self.opened() as source:
            return await asyncio.to_thread(md5_of, source)

    def done(self, size: int, md5: str) -> None:
        """The bytes are stored on the server: remove the temporary copy, remember what may still be asked."""
        if self._spool is not None:
            self._known = (size, md5)
            self._spool.close()


class _Spool:
    """A copy of a stream in an unnamed temporary file, filled once, in as many goes as it takes."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._paused = threading.Event()
        self._file: io.FileIO | None = None
        self._unwritten = b""
        self.is_full = False

    @property
    def descriptor(self) -> int:
        """Of the temporary file."""
        if self._file is None or self._file.closed:
            raise SourceChanged(
                say("The stream has been read to its end and its temporary copy was removed."),
                hint=say("Give a new stream for a new upload."),
            )
        return self._file.fileno()

    def fill(self) -> None:
        """Copy until the end of the stream, or until `pause`; blocks."""
        self._paused.clear()
        with self._lock:
            try:
                self._file = self._file or self._new_file()
            except OSError as error:
                raise SpoolFailed(
                    say("No temporary file can be made: {reason}.", reason=because(error))
                ) from None
            while not self.is_full and not self._paused.is_set():
                self._copy_block(self._file)

    def _new_file(self) -> io.FileIO:
        file = _unnamed_file()
        weakref.finalize(self, file.close)  # the page was never uploaded, and is forgotten
        return file

    def _copy_block(self, file: io.FileIO) -> None:
        if not self._unwritten:
            self._unwritten = self._read_block()
            self.is_full = not self._unwritten
        while self._unwritten:  # what was read from a pipe cannot be read again: keep it until it is on disk
            try:
                written = file.write(self._unwritten)
            except OSError as error:
                raise SpoolFailed(
                    say("A stream cannot be copied to disk: {reason}.", reason=because(error))
                ) from None
            self._unwritten = self._unwritten[written:]

    def _read_block(self) -> bytes:
        try:
            data = self._stream.read(BLOCK)
        except Exception as error:  # noqa: BLE001 - as in `source.py`: each kind of stream has its own
            raise SourceChanged(
                say("The stream cannot be read any more: {reason}.", reason=because(error))
            ) from None
        if data is None:
            raise SourceChanged(say("The stream is in non-blocking mode and has nothing to read now."))
        return data

    def pause(self) -> None:
        """Stop copying after the block that is being read."""
        self._paused.set()

    def close(self) -> None:
        """Remove the copy."""
        if self._file is not None:
            self._file.close()


def _unnamed_file() -> io.FileIO:
    import tempfile  # noqa: PLC0415 - brings three compressors with it, and few streams are copied

    return tempfile.TemporaryFile(prefix="bvup-", buffering=0)


async def _in_daemon_thread(work: Callable[[], T], on_cancel: Callable[[], None]) -> T:
    """Run `work` in a thread that keeps neither the loop nor the process alive: a pipe may block for ever."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    todo = [work]

    def settle(set_it: Callable[[], None]) -> None:
        if not future.done():
            set_it()

    def run() -> None:
        try:
            result = todo.pop()()  # nothing of it is held once it is done, however slowly the thread ends
        except BaseException as error:  # noqa: BLE001 - handed on to the one who waits
            report: Callable[[], None] = partial(future.set_exception, error)
        else:
            report = partial(future.set_result, result)
        try:
            loop.call_soon_threadsafe(settle, report)
        except RuntimeError:  # the loop is closed: nobody waits any more
            return

    threading.Thread(target=run, name="bvup-spool", daemon=True).start()
    try:
        return await future
    except asyncio.CancelledError:
        on_cancel()
        raise
