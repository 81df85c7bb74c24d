"""By what is a network known again? By its gateway, and by the address under which Bilibili sees us.

Only digests leave this module: where somebody was online is nobody's business.
"""

from __future__ import annotations

import hashlib
import socket
import struct
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from bilibili_api.frozen import frozen

_PROC: Final = Path("/proc/net")
_ANYWHERE: Final = ("192.0.2.1", 9)
"""An address that is nobody's: it is asked for the way there, and nothing is sent."""
_NO_MAC: Final = "00:00:00:00:00:00"


@frozen
class Whereabouts:
    """A network, as digests.

    Attributes:
        place: Of its gateway; where that is not to be found, of the beginning of our own address.
        public: Of the address under which Bilibili sees us; empty while nobody knows.
    """

    place: str
    public: str = ""

    def seen_as(self, address: str) -> Whereabouts:
        """Return the network with the public address that the server has told (`uip`, section 4.2)."""
        return replace(self, public=_digest(address) if address else "")


class _Route(NamedTuple):
    metric: int
    device: str
    gateway: str


def here_is(scope: str = "", proc: Path = _PROC) -> Whereabouts:
    """Return the network that this machine is in now.

    Args:
        scope: Keeps apart what is not the same although the network is: a simulator, a proxy.
        proc: Where Linux tells of its routes.
    """
    route = _default_route(proc)
    here = f"{route.gateway} {_mac_of(route, proc)}" if route is not None else _own_beginning()
    return Whereabouts(_digest(f"{scope}|{here}"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _table(path: Path) -> list[list[str]]:
    """Return the rows of a table of Linux without its heading; none where there is no such table."""
    try:
        return [line.split() for line in path.read_text("ascii", "replace").splitlines()[1:]]
    except OSError:
        return []


def _default_route(proc: Path) -> _Route | None:
    """The way to everywhere: destination and mask are 0; of several the one that the system prefers."""
    found: list[_Route] = []
    for row in _table(proc / "route"):
        with suppress(ValueError, IndexError, struct.error):
            gateway = int(row[2], 16)
            if gateway and not int(row[1], 16) and not int(row[7], 16):
                address = socket.inet_ntoa(struct.pack("=I", gateway))
                found.append(_Route(int(row[6]), row[0], address))
    return min(found, default=None)


def _mac_of(route: _Route, proc: Path) -> str:
    for row in _table(proc / "arp"):
        if len(row) > 5 and (row[0], row[5]) == (route.gateway, route.device) and row[3] != _NO_MAC:
            return row[3]
    return ""


def _own_beginning() -> str:
    """The first three numbers of the address that this machine would send from."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_ANYWHERE)
        return str(probe.getsockname()[0]).rpartition(".")[0]
    return ""
