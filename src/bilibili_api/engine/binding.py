"""Which way connections leave this machine: a source address, or an interface."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any, Final, TypeAlias

from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.saying import listed, say

if sys.platform == "linux":
    import fcntl

Family: TypeAlias = socket.AddressFamily
FAMILIES: Final = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
"""What people call them."""

_SIOCGIFADDR: Final = 0x8915
_IF_INET6: Final = Path("/proc/net/if_inet6")
_BOUND_IF: Final = {
    socket.AF_INET: (socket.IPPROTO_IP, 25),
    socket.AF_INET6: (socket.IPPROTO_IPV6, 125),
}
"""`IP_BOUND_IF` and `IPV6_BOUND_IF` of macOS, which Python does not name."""


@frozen
class Binding:
    """Where connections come from.

    Attributes:
        name: What the caller said: an address, or the name of an interface.
        address: The address as a socket takes it; None: an interface.
        family: The address's family; None: an interface has both.
    """

    name: str
    address: tuple[Any, ...] | None = None
    family: Family | None = None

    def can(self, family: Family) -> bool:
        """Whether connections of a family can leave this way, as far as one can know."""
        if self.family is not None:
            return self.family == family
        return sys.platform != "linux" or address_of(self.name, family) is not None

    def apply(self, made: socket.socket) -> None:
        """Let a new socket leave this way.

        Raises:
            OSError: The address or the interface is gone, or has no address of the socket's family.
        """
        if self.address is not None:
            made.bind(self.address)
        elif sys.platform == "darwin":
            level, option = _BOUND_IF[made.family]
            made.setsockopt(level, option, socket.if_nametoindex(self.name))
        else:
            self._to_device(made)

    def _to_device(self, made: socket.socket) -> None:
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, os.fsencode(self.name))
        except PermissionError:  # before Linux 5.7 this is the administrator's
            found = address_of(self.name, made.family)
            if found is None:
                raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL)) from None
            made.bind(found)


def binding_of(name: str) -> Binding:
    """Read what a caller says of where connections come from, and look whether it is there.

    Raises:
        ArgsException: It is neither an address of this machine nor one of its interfaces.
    """
    try:
        address = ip_address(name)
    except ValueError:
        return _interface(name)
    return _source(name, address)


def _source(name: str, address: IPv4Address | IPv6Address) -> Binding:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        place = socket.getaddrinfo(name, 0, family, socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)[0][4]
        with socket.socket(family, socket.SOCK_DGRAM) as probe:  # sends nothing
            probe.bind(place)
    except OSError:
        raise ArgsException(
            say("The address {name} to connect from is none of this machine.", name=name),
            hint=say("Give one that the machine has now, or the name of an interface."),
        ) from None
    return Binding(name, place, family)


def _interface(name: str) -> Binding:
    try:
        socket.if_nametoindex(name)
    except (OSError, ValueError, UnicodeError):
        there = listed(each for _, each in socket.if_nameindex())
        raise ArgsException(
            say("There is no interface {name!r} to connect from.", name=name[:40]),
            hint=say("Give an address of this machine, or one of its interfaces: {there}.", there=there),
        ) from None
    if sys.platform not in ("linux", "darwin"):
        raise ArgsException(
            say("Connections cannot be bound to the interface {name!r} on this system.", name=name),
            hint=say("Give the address that this machine has there."),
        )
    return Binding(name)


def address_of(interface: str, family: Family) -> tuple[Any, ...] | None:
    """Return an address of an interface as a socket takes it; None: it has none, or nobody tells."""
    if sys.platform != "linux":
        return None
    if family == socket.AF_INET:
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asked = struct.pack("256s", os.fsencode(interface)[:15])
            answer = fcntl.ioctl(asking.fileno(), _SIOCGIFADDR, asked)
            return (socket.inet_ntoa(answer[20:24]), 0)
        return None
    return _address_6(interface)


def _address_6(interface: str) -> tuple[Any, ...] | None:
    """An address of IPv6, one that is good everywhere first."""
    with contextlib.suppress(OSError):
        rows = (line.split() for line in _IF_INET6.read_text("ascii").splitlines())
        mine = sorted((int(row[3], 16), row[0], int(row[1], 16)) for row in rows if row[5] == interface)
        for scope, digits, index in mine:
            is_local = scope == 0x20
            return (str(IPv6Address(int(digits, 16))), 0, 0, index if is_local else 0)
    return None
