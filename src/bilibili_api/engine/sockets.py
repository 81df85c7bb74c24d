"""Ends the connections that nobody looks after any more when an upload closes its own.

A connection whose request is cancelled in the middle of the TLS handshake, or that waits for a silent peer
to agree to its end, is in no pool of the HTTP library: closing that leaves it open until asyncio gives up
waiting (30 seconds), or for good.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from weakref import WeakSet

if TYPE_CHECKING:
    from .binding import Binding

Address: TypeAlias = tuple[int, int, int, str, tuple[Any, ...]]
"""As `socket.getaddrinfo` gives it."""

_TURNS: Final = (0.0,) * 10 + (0.01,) * 20
"""Seconds to wait for the loop to close what has ended: it is a matter of a few turns."""


class Sockets:
    """The sockets of all connections that were begun.

    Args:
        binding: Where they leave from; None: the system decides.
    """

    def __init__(self, binding: Binding | None = None) -> None:
        self._binding = binding
        self._made: WeakSet[socket.socket] = WeakSet()

    def make(self, address: Address) -> socket.socket:
        """Return a new socket for a connection to `address`.

        Raises:
            OSError: What it should leave from is gone.
        """
        family, kind, protocol, _, _ = address
        made = socket.socket(family, kind, protocol)
        self._made.add(made)
        if self._binding is not None:
            try:
                self._binding.apply(made)
            except OSError:
                made.close()
                raise
        return made

    async def end(self) -> None:
        """End what is open, and wait until the loop has closed it, as it does when it sees the end."""
        for made in self._open():
            with contextlib.suppress(OSError):  # it has ended already
                made.shutdown(socket.SHUT_RDWR)
        for pause in _TURNS:
            if not self._open():
                return
            await asyncio.sleep(pause)

    def _open(self) -> list[socket.socket]:
        return [made for made in self._made if made.fileno() != -1]
