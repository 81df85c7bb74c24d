"""Ends the connections that nobody looks after any more when an upload closes its own.

A connection that is cancelled while it is made, on its way through a proxy or in the TLS handshake, is kept
by nobody; the thread that has it may not have noticed yet.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from weakref import WeakSet

from bilibili_api.exceptions import Unreachable
from bilibili_api.saying import because, say

if TYPE_CHECKING:
    from .binding import Binding

Address: TypeAlias = tuple[int, int, int, str, tuple[Any, ...]]
"""As `socket.getaddrinfo` gives it."""

_GONE: Final = say("Connect the network that it belongs to, or name another address or interface.")
_TURNS: Final = (0.0,) * 10 + (0.01,) * 20
"""Seconds to wait until what has ended is closed: a matter of a few turns of the loop, or of a thread."""


class Sockets:
    """The sockets of all connections that were begun.

    Args:
        binding: Where they leave from; None: the system decides.
    """

    def __init__(self, binding: Binding | None = None) -> None:
        self._binding = binding
        self._made: WeakSet[socket.socket] = WeakSet()
        self.unbound: Unreachable | None = None
        """What to say if the last one could not leave from where it should, or None."""

    def make(self, address: Address) -> socket.socket:
        """Return a new socket for a connection to `address`.

        Raises:
            OSError: What it should leave from is gone.
        """
        family, kind, protocol, _, _ = address
        made = socket.socket(family, kind, protocol)
        self._made.add(made)
        if self._binding is not None:
            self._bind(made, self._binding)
        return made

    def _bind(self, made: socket.socket, binding: Binding) -> None:
        self.unbound = None
        try:
            binding.apply(made)
        except OSError as error:
            made.close()
            self.unbound = Unreachable(
                say("No connection from {name}: {reason}.", name=binding.name, reason=because(error)),
                hint=_GONE,
            )
            raise

    async def end(self) -> None:
        """End what is open, and wait until who has it has seen that and closed it."""
        for made in self._open():
            with contextlib.suppress(OSError):  # it has ended already
                made.shutdown(socket.SHUT_RDWR)
        for pause in _TURNS:
            if not self._open():
                return
            await asyncio.sleep(pause)

    def _open(self) -> list[socket.socket]:
        return [made for made in self._made if made.fileno() != -1]
