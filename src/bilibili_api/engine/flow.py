"""What happens on a connection while a body is sent: how much the peer takes, and when that is too little."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ApiException, ConnectionLost
from bilibili_api.saying import say

if TYPE_CHECKING:
    import asyncio

if sys.platform == "linux":
    import fcntl
    import termios

_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class Flow:
    """How much of one request body the peer has taken."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._socket: socket.socket | None = None
        self._written = 0
        self._taken = 0
        self._length = 0
        self.is_held = False
        """Whether the next block waits on our side, for a limit of the rate."""
        self.host: str | None = None
        """Where it goes; None before that is decided, and where there is no choice."""
        self.failure: ApiException | None = None
        """What went wrong on our side; the HTTP library would hide it behind an error of its own."""

    def began(self, transport: asyncio.Transport | None, length: int) -> None:
        """Note the connection; the HTTP library forgets it when a request is cancelled."""
        self._transport, self._length = transport, length
        self._socket = transport.get_extra_info("socket") if transport is not None else None

    def wrote(self, count: int) -> None:
        """Count bytes handed to the connection."""
        self._written += count

    @property
    def taken(self) -> int:
        """Bytes written less those that still wait in this process or in the kernel.

        Once the connection is being closed: as many as were last seen.
        """
        if self._transport is not None and not self._transport.is_closing():
            waiting = self._transport.get_write_buffer_size() + _queued(self._socket)
            self._taken = max(0, self._written - waiting)
        return self._taken

    @property
    def has_begun(self) -> bool:
        """Whether the body has a connection."""
        return self._transport is not None

    @property
    def is_sending(self) -> bool:
        """Whether some of the body has not been taken yet."""
        return self.taken < self._length

    @property
    def waits_for_us(self) -> bool:
        """Whether the peer has taken all that it was given, and is given more when a limit allows it."""
        return self.is_held and self.taken >= self._written

    def reset(self) -> None:
        """End the connection at once; what is queued is thrown away instead of being sent on.

        The HTTP library may have begun to close it, which alone would go on sending.
        """
        if self._socket is not None:
            with contextlib.suppress(OSError):  # closed already
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        if self._transport is not None:
            self._transport.abort()


def _queued(connected: socket.socket | None) -> int:
    """Bytes in the kernel's send queue, not acknowledged by the peer; 0 where the system does not tell."""
    if sys.platform != "linux" or connected is None:
        return 0
    room = bytearray(4)
    try:
        fcntl.ioctl(connected.fileno(), termios.TIOCOUTQ, room)
    except OSError:
        return 0
    return struct.unpack("i", room)[0]


class Watch:
    """Moves a deadline ahead whenever the peer has taken something."""

    def __init__(self, flow: Flow, stall: float, answer: float) -> None:
        self._flow = flow
        self._stall = stall
        self._answer = answer
        self._seen: object = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self, deadline: asyncio.Timeout, loop: asyncio.AbstractEventLoop) -> None:
        """Look from now on, several times within the shortest patience."""
        state = (self._flow.has_begun, self._flow.taken)
        is_moving = state != self._seen or self._flow.waits_for_us
        if is_moving and self._flow.has_begun and not deadline.expired():
            self._seen = state
            deadline.reschedule(loop.time() + (self._stall if self._flow.is_sending else self._answer))
        self._timer = loop.call_later(min(1.0, self._stall / 5, self._answer / 5), self.start, deadline, loop)

    def stop(self) -> None:
        """Stop looking."""
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
