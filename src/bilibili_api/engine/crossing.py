"""What crosses a connection, block by block: a body on its way out, an answer on its way in.

libcurl calls these in the thread that sends (`libcurl.py`), and cannot pass on what is raised: nothing is.
"""

from __future__ import annotations

from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Final

from bilibili_api.protocol.bodies import Framed

from .libcurl import ABORT

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.protocol.bodies import Body

    from .flow import Flow

MAX_ANSWER: Final = 4 * 1024 * 1024
MAX_HEAD: Final = 256 * 1024
"""Bytes of all header fields of an answer; more are no answer of Bilibili's."""


class Outgoing:
    """A body on its way out, and what libcurl tells of it.

    Args:
        body: The body.
        flow: Told how it goes, and tells when it shall end.
        allowed: Waits until a limit of the rate allows some of so many bytes, and tells how many.
    """

    def __init__(self, body: Body, flow: Flow, allowed: Callable[[int], int]) -> None:
        self._fill = _filling(body)
        self._length = len(body)
        self._flow = flow
        self._allowed = allowed
        self._at = 0
        self.failure: BaseException | None = None
        """Why it stopped, if that is not because it was told to."""

    @property
    def is_whole(self) -> bool:
        """Whether libcurl has all of it."""
        return self._at == self._length

    def begin(self) -> int:
        """The connection stands; 0: go on.

        Who has given up by now has said that nothing was sent: then nothing is.
        """
        try:
            self._flow.began(self._length)
        except RuntimeError:  # the event loop is closed
            return 1
        return int(self._flow.is_reset)

    def went(self, uploaded: int) -> int:
        """So much was handed to the kernel; 0: go on."""
        flow = self._flow
        flow.written = uploaded
        return flow.is_reset

    def read(self, room: memoryview) -> int:
        """Put the next block into `room`, and return how long it is, or `ABORT`."""
        try:
            at = self._at
            count = min(len(room), self._length - at)
            if count:
                count = self._allowed(count)
                self._fill(at, room[:count])
        except CancelledError:  # of the wait for a limit
            return ABORT
        except BaseException as error:  # noqa: BLE001 - raised where the exchange is waited for
            self.failure = error
            return ABORT
        self._at = at + count
        return ABORT if self._flow.is_reset else count


def _filling(body: Body) -> Callable[[int, memoryview], None]:
    """Return what fills a block from a place of the body on; called for every block of every part."""
    if isinstance(body, bytes):
        whole = memoryview(body)
    elif isinstance(body, Framed):
        return lambda at, room: _of_frame(body, at, room)
    else:
        read_into, start = body.source.read_into, body.start
        return lambda at, room: read_into(start + at, room)

    def fill(at: int, room: memoryview) -> None:
        room[:] = whole[at : at + len(room)]

    return fill


def _of_frame(body: Framed, start: int, room: memoryview) -> None:
    """Fill a block with a stretch of a framed body."""
    first, last, end = len(body.head), len(body.head) + body.content.nbytes, start + len(room)
    if first <= start and end <= last:
        room[:] = body.content[start - first : end - first]
        return
    pieces = (
        body.head[start:end],
        body.content[max(0, start - first) : max(0, end - first)],
        body.tail[max(0, start - last) : max(0, end - last)],
    )
    room[:] = b"".join(pieces)


class Incoming:
    """An answer on its way in; less than all of a block taken ends it."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.content = bytearray()
        self.is_too_long = False
        self._head = 0
        self._is_preliminary = False
        self._is_done = False

    def head(self, line: bytes) -> int:
        """Take a line of its head. What comes behind the body says nothing."""
        self._head += len(line)
        if not self._is_done:
            self._take(line)
        return 0 if self._head > MAX_HEAD else len(line)

    def _take(self, line: bytes) -> None:
        if line.startswith(b"HTTP/"):
            self.fields.clear()
            self._is_preliminary = line.partition(b" ")[2].startswith(b"1")  # the real one follows
        elif not line.strip():
            self._is_done = not self._is_preliminary
        name, colon, value = line.decode("utf-8", "surrogateescape").partition(":")
        if colon:
            self._set(name.strip().lower(), value.strip())

    def _set(self, name: str, value: str) -> None:
        if name == "set-cookie" and name in self.fields:
            value = f"{self.fields[name]}\n{value}"
        self.fields[name] = value

    def body(self, block: bytes) -> int:
        """Take some of its body."""
        self.is_too_long = len(self.content) + len(block) > MAX_ANSWER
        if self.is_too_long:
            return 0
        self.content += block
        return len(block)
