"""How connections are made: from which address, by which IP version, through which proxies."""

from __future__ import annotations

import os
import socket
from dataclasses import field
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.saying import say

from .binding import FAMILIES, Binding, binding_of
from .proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .options import Server

Version: TypeAlias = Literal["auto", "4", "6"]

_FAMILY: Final = {"auto": socket.AF_UNSPEC, "4": socket.AF_INET, "6": socket.AF_INET6}
_API_PROXY: Final = say("API proxy")
_UPLOAD_PROXY: Final = say("upload proxy")
_DIRECT: Final = "direct"
_USUAL: Final = ("HTTPS_PROXY", "ALL_PROXY")
_API_HOST: Final = "member.bilibili.com"
_UPLOAD_HOST: Final = "upos-cs-upcdnbda2.bilivideo.com"
"""Hosts that stand for all of their kind (protocol document, section 0.1)."""


@frozen
class Network:
    """The way of all connections of an upload or a login. Everything is checked at once; nothing is sent.

    Two kinds of requests may take two ways: uploads, that is everything at the hosts of the storage
    (measuring lines, begin, parts or chunks, completion), and calls, that is the rest (login, preupload,
    cover, submission). Names are resolved as the system does it, those of a proxied connection by the proxy.

    Args:
        bind: An address of this machine, or one of its interfaces, that all connections leave from, those to
            proxies, too. Where the system keeps binding to an interface to its administrator, the interface's
            address is taken.
        ip: The IP version of all connections, those to proxies, too: `4`, `6`, or `auto`: whichever answers.
        api_proxy: The proxy of calls, as `http://USER:PASSWORD@HOST:PORT` or `socks5://...`; None: none.
        upload_proxy: The proxy of uploads.

    Raises:
        ArgsException: Something of it cannot work.
    """

    bind: str | None = None
    ip: Version = "auto"
    api_proxy: Proxy | str | None = None
    upload_proxy: Proxy | str | None = None
    binding: Binding | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.ip not in _FAMILY:
            raise ArgsException(
                say("The IP version {ip!r:.20} is none.", ip=self.ip), hint=say('Give "4", "6" or "auto".')
            )
        for name, called in (("api_proxy", _API_PROXY), ("upload_proxy", _UPLOAD_PROXY)):
            given = getattr(self, name)
            if isinstance(given, str):  # as text it would show its password
                object.__setattr__(self, name, Proxy.parse(given, called))
        binding = None if self.bind is None else binding_of(self.bind)
        object.__setattr__(self, "binding", binding)
        wanted = _FAMILY[self.ip]
        if binding is not None and wanted in FAMILIES and not binding.can(wanted):
            raise ArgsException(
                say(
                    "Connections from {bind} cannot be of {families}: it has no such address.",
                    bind=self.bind,
                    families=FAMILIES[wanted],
                ),
                hint=say("Leave out the IP version, or give another address or interface."),
            )

    @property
    def family(self) -> socket.AddressFamily:
        """The family of all connections; `AF_UNSPEC`: whichever answers."""
        return (self.binding and self.binding.family) or _FAMILY[self.ip]

    def proxy(self, *, is_upload: bool) -> Proxy | None:
        """The proxy of one of the two kinds of requests."""
        return cast("Proxy | None", self.upload_proxy if is_upload else self.api_proxy)

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str] = os.environ, *, server: Server | None = None
    ) -> Network:
        """Return what the environment says, as `bvup` takes it; the library does so only when it is asked.

        `BVUP_BIND`, `BVUP_IP`, `BVUP_API_PROXY` and `BVUP_UPLOAD_PROXY` (`direct`: none). Where one of the
        proxies is not said, `HTTPS_PROXY` or `ALL_PROXY` is taken for it, in lower case first, unless
        `NO_PROXY` names where it leads: `bilibili.com` for all calls, `bilivideo.com` for all uploads. They
        have no business with a server on this machine.

        Args:
            environ: The variables.
            server: Where connections go instead of to Bilibili.

        Raises:
            ArgsException: Something of it cannot work.
        """
        here = server is not None and server.is_loopback

        def proxy(name: str, called: str, host: str) -> Proxy | None:
            said, source = environ.get(name, "").strip(), name
            if not said and not here:
                said, source = _usual(environ, server.host if server else host)
            called = say("{proxy} ({variable})", proxy=called, variable=source)
            return None if said.lower() in ("", _DIRECT) else Proxy.parse(said, called)

        return cls(
            bind=environ.get("BVUP_BIND", "").strip() or None,
            ip=cast("Version", environ.get("BVUP_IP", "").strip().lower() or "auto"),
            api_proxy=proxy("BVUP_API_PROXY", _API_PROXY, _API_HOST),
            upload_proxy=proxy("BVUP_UPLOAD_PROXY", _UPLOAD_PROXY, _UPLOAD_HOST),
        )


def _usual(environ: Mapping[str, str], host: str) -> tuple[str, str]:
    """Return the proxy that the environment tells all programs of, and the variable; empty: none."""

    def said(name: str) -> str:
        return (environ.get(name.lower()) or environ.get(name) or "").strip()

    if any(_covers(each.strip().lower(), host.lower()) for each in said("NO_PROXY").split(",")):
        return "", ""
    return next(((found, name) for name in _USUAL if (found := said(name))), ("", ""))


def _covers(exception: str, host: str) -> bool:
    """Whether an entry of `NO_PROXY` (`*`, a domain, an address, a network) is about a host."""
    try:
        return ip_address(host) in ip_network(exception, strict=False)
    except ValueError:
        domain = exception.removeprefix("*").removeprefix(".")
        return exception == "*" or (bool(domain) and (host == domain or host.endswith(f".{domain}")))
