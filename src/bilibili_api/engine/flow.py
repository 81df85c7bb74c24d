"""What happens on a connection while a body is sent: how much the peer takes, and when that is too little."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ConnectionLost
from bilibili_api.saying import say

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

if sys.platform == "linux":
    import fcntl
    import termios

_RESET_ON_CLOSE: Final = struct.pack("HH" if sys.platform == "win32" else "ii", 1, 0)


class Flow:
    """How much of one request body the peer has taken. Written by the thread that sends, read by the loop."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._taken = 0
        self._length = 0
        self.written = 0
        """Bytes handed to the kernel."""
        self.has_begun = False
        """Whether the connection stands, TLS included, and the request is being sent."""
        self.is_reset = False
        """Whether it shall not go on."""
        self.is_held = False
        """Whether the next block waits on our side, for a limit of the rate."""
        self.host: str | None = None
        """Where it goes; None before that is decided, and where there is no choice."""
        self.when_begun: Callable[[], object] | None = None
        """Told when the request begins to be sent; in the thread that sends it."""
        self.when_reset: Callable[[], object] | None = None
        """Told when it shall not go on: what the thread that sends may be waiting for."""

    def connected(self, connected: socket.socket) -> None:
        """Note the connection that a request goes over."""
        self._socket, self._length, self._taken, self.written = connected, 0, 0, 0
        self.has_begun = self.is_reset = False

    def began(self, length: int) -> None:
        """Note that the connection stands, and that a body of `length` bytes is going to be sent."""
        self._length = length
        self.has_begun = True
        if (told := self.when_begun) is not None:
            told()

    def ended(self, *, is_whole: bool) -> None:
        """Let go of the connection, which may serve another request; with `is_whole` all was taken."""
        self._taken = self._length if is_whole else self.taken
        self._socket = None

    @property
    def taken(self) -> int:
        """Bytes written less those that still wait in the kernel.

        Once the connection is being closed: as many as were last seen.
        """
        if self._socket is not None and not self.is_reset:
            self._taken = max(0, self.written - _queued(self._socket))
        return self._taken

    @property
    def is_sending(self) -> bool:
        """Whether some of the body has not been taken yet."""
        return self.taken < self._length

    @property
    def waits_for_us(self) -> bool:
        """Whether the peer has taken all that it was given, and is given more when a limit allows it."""
        return self.is_held and self.taken >= self.written

    def reset(self) -> None:
        """End the connection at once; what is queued is thrown away instead of being sent on.

        The thread sees the end of what it reads and closes the connection; nobody else may, while it uses it.
        """
        self._taken, self.is_reset = self.taken, True
        if (told := self.when_reset) is not None:
            told()
        if self._socket is not None:
            with contextlib.suppress(OSError):  # closed already
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                self._socket.shutdown(socket.SHUT_RD)


def _queued(connected: socket.socket) -> int:
    """Bytes in the kernel's send queue, not acknowledged by the peer; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0
    room = bytearray(4)
    try:
        fcntl.ioctl(connected.fileno(), termios.TIOCOUTQ, room)
    except (OSError, ValueError):  # closed meanwhile
        return 0
    return struct.unpack("i", room)[0]


class Watch:
    """Moves a deadline ahead when a request begins to be sent, and whenever the peer has taken something."""

    def __init__(self, flow: Flow, stall: float, answer: float) -> None:
        self._flow = flow
        self._stall = stall
        self._answer = answer
        self._seen: int | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False

    def start(self, deadline: asyncio.Timeout, loop: asyncio.AbstractEventLoop) -> None:
        """Look when the request begins to be sent, and from then on several times within the patience."""
        self._flow.when_begun = lambda: loop.call_soon_threadsafe(self._look, deadline, loop)

    def _look(self, deadline: asyncio.Timeout, loop: asyncio.AbstractEventLoop) -> None:
        if self._is_over or deadline.expired():
            return
        taken = self._flow.taken
        if taken != self._seen or self._flow.waits_for_us:
            self._seen = taken
            deadline.reschedule(loop.time() + (self._stall if self._flow.is_sending else self._answer))
        self._timer = loop.call_later(min(1.0, self._stall / 5, self._answer / 5), self._look, deadline, loop)

    def stop(self) -> None:
        """Stop looking."""
        self._is_over = True
        self._flow.when_begun = None
        if self._timer is not None:
            self._timer.cancel()

    def error(self, place: str) -> ConnectionLost:
        """What to say when the deadline has passed."""
        if self._flow.is_sending:
            return ConnectionLost(
                say(
                    "{place} has taken nothing for {stall:g} s; the connection was closed.",
                    place=place,
                    stall=self._stall,
                )
            )
        return ConnectionLost(
            say(
                "{place} took the request but did not answer within {answer:g} s.",
                place=place,
                answer=self._answer,
            )
        )
