"""A proxy as people write it: `http://USER:PASSWORD@HOST:PORT` or `socks5://...`."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes, urlsplit

from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.redaction import Secret
from bilibili_api.saying import say

if TYPE_CHECKING:
    from urllib.parse import SplitResult

HTTP: Final = "http"
SOCKS5: Final = "socks5"
_SCHEMES: Final = {"http": HTTP, "socks5": SOCKS5, "socks5h": SOCKS5}
_CALLED: Final = say("proxy")
_FORM: Final = say(
    "Give it as http://HOST:PORT or socks5://HOST:PORT, a login as USER:PASSWORD@ before the host."
)
_LONGEST: Final = 255
"""Bytes of a name, a password or a host, which is what SOCKS5 can say (RFC 1928, RFC 1929)."""


@frozen
class Proxy:
    """A proxy that leads on connections without looking into them.

    Names of servers are resolved by the proxy, whichever kind it is. Shows itself without the login.

    Attributes:
        kind: `http` (CONNECT) or `socks5`.
        host: Its name or address.
        port: Its port.
        user: Who logs in there; None: nobody.
        password: The password; empty where there is none.
    """

    kind: str
    host: str
    port: int
    user: Secret | None = field(default=None, repr=False)
    password: Secret = field(default=Secret(""), repr=False)

    def __str__(self) -> str:
        return f"{self.kind}://{in_url(self.host)}:{self.port}"

    @classmethod
    def parse(cls, text: str, called: str = _CALLED) -> Proxy:
        """Read the URL of a proxy; without `http://` before it, too, as other programs allow.

        Args:
            text: The URL.
            called: What the proxy is for, as errors name it.

        Raises:
            ArgsException: It cannot be used. The URL itself is not shown: it may hold a password.
        """
        full = text if "://" in text or "@" in text else f"http://{text}"
        try:
            parts = urlsplit(full)
            problem = _problem(parts, full)
        except ValueError:
            parts, problem = urlsplit(""), say("it is no URL.")
        if problem:
            raise ArgsException(
                say("The {called} cannot be used: {problem}", called=called, problem=problem), hint=_FORM
            )
        user = None if parts.username is None else _word(parts.username)
        return cls(
            _SCHEMES[parts.scheme],
            parts.hostname or "",
            parts.port or 0,
            None if user is None else Secret(user),
            Secret(_word(parts.password or "")),
        )


def _problem(parts: SplitResult, text: str) -> str:
    """Return what is wrong with a URL, as a clause; nothing of its login is in it."""
    user, password = _word(parts.username or ""), _word(parts.password or "")
    is_http = parts.scheme == HTTP
    wrong = {
        say("its URL has characters that have to be percent-encoded."): not re.fullmatch(r"[!-~]+", text),
        say("a proxy that is itself spoken to by TLS is not supported."): parts.scheme == "https",
        say("it is neither http:// nor socks5://."): parts.scheme not in _SCHEMES,
        say("it names no host."): not 0 < len(parts.hostname or "") <= _LONGEST,
        say("it names no port."): not parts.port,
        say("it has more than a login, a host and a port."): parts.path.strip("/")
        or parts.query
        or parts.fragment,
        say("its login is too long."): any(len(word.encode()) > _LONGEST for word in (user, password)),
        say("a user with a colon cannot log in to an HTTP proxy."): is_http and ":" in user,
        say("a login of SOCKS5 has a user and a password."): not is_http and bool(user) != bool(password),
    }
    return next((what for what, holds in wrong.items() if holds), "")


def _word(encoded: str) -> str:
    """Decode a user or a password."""
    return unquote_to_bytes(encoded).decode("utf-8", "replace")


def in_url(host: str) -> str:
    """Return a host as URLs write it."""
    return f"[{host}]" if ":" in host else host
