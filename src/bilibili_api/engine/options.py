"""What an upload may be told about its surroundings: the server, its patience, clock and dice."""

from __future__ import annotations

import asyncio
import os
import random
import time
from dataclasses import field, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.home import simulator_authority
from bilibili_api.saying import say

from .network import Network
from .trust import check_authority

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from .line_memory import LineMemory
    from .pacer import Pacer
    from .rate import Limit
    from .shared_rate import Share

MAX_THREADS: Final = 64
MAX_CHUNK_SIZE: Final = 64 * 1024 * 1024
CHUNK_MEMORY: Final = 256 * 1024 * 1024
"""Bytes that the chunk buffers of one page may take together; beyond it fewer chunks fly at once."""


@frozen
class Server:
    """Where connections go instead of to Bilibili's own addresses, for instance to a simulator.

    Only the address changes: URLs, host names and the names checked in certificates stay Bilibili's.

    Args:
        url: `https://HOST:PORT`.
        ca_file: PEM file with the certificate authority to trust, instead of the system's.

    Raises:
        ArgsException: The URL is not of that form.
    """

    url: str
    ca_file: str | os.PathLike[str] | None = None

    def __post_init__(self) -> None:
        problem = _problem_of_url(self.url)
        if problem:
            raise ArgsException(
                say("The server {url!r} cannot be used: {problem}", url=self.url, problem=problem),
                hint=say("Give it as https://HOST:PORT."),
            )

    @property
    def host(self) -> str:
        """Name or address to connect to."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Port to connect to."""
        return urlsplit(self.url).port or 443

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def check(self) -> None:
        """Refuse an authority that would fail the first connection.

        Raises:
            ArgsException: The file cannot be read, or holds no certificate.
        """
        if self.ca_file is not None:
            check_authority(self.ca_file)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Server | None:
        """Return the server named by `BVUP_SERVER`, or None: Bilibili itself.

        `BVUP_CA` names the certificate authority; for a server on this machine the one that `bvup simulator`
        keeps is trusted by itself.
        """
        url = environ.get("BVUP_SERVER", "")
        return cls(url, environ.get("BVUP_CA") or None).trusting_simulator() if url else None

    def trusting_simulator(self) -> Server:
        """Return this server, trusting the kept simulator's authority where none is named and it is local."""
        kept = simulator_authority() / "ca.pem"
        if self.ca_file is None and self.is_loopback and kept.exists():
            return replace(self, ca_file=kept)
        return self


def _problem_of_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"{error}."
    if parts.scheme != "https":
        return say("secrets are sent over https only.")
    if not parts.hostname or port == 0:
        return say("it names no host.")
    if parts.username or parts.path not in ("", "/") or parts.query or parts.fragment:
        return say("it has more than a host and a port.")
    return ""


@frozen
class Patience:
    """How long is waited, in seconds. No limit grows with the size of what is sent: slow links may finish."""

    connect: float = 15.0
    """For a connection, TLS included."""
    stall: float = 30.0
    """While sending, without the other side taking a single byte."""
    answer: float = 60.0
    """For an answer after the request was taken."""
    complete: float = 300.0
    """For the answer to a completion: large files take their time (section 4.5)."""
    outage: float = 86400.0
    """Without any connection, before an upload is given up; at the login 15 minutes are the most."""


@frozen
class World:
    """Clock and dice; tests put others in their place."""

    now: Callable[[], float] = time.time
    """Wall clock, Unix seconds."""
    elapsed: Callable[[], float] = time.monotonic
    """Seconds since some fixed moment; never goes back."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    dice: Callable[[], float] = random.random
    """A number in [0, 1)."""
    choose: Callable[[str], str] = random.choice
    """One character of a text."""


@frozen
class Options:
    """How the server is reached, how long it is waited for, and what uploads share."""

    server: Server | None = None
    patience: Patience = field(default_factory=Patience)
    world: World = field(default_factory=World)
    network: Network = field(default_factory=Network)
    """How connections are made; by default as the system makes them, without a proxy."""
    pacer: Pacer | None = None
    """Keeps the uploads of an account to its limits; None: one that all uploads of this process share."""
    line_memory: LineMemory | None = None
    """Remembers for a day how fast lines were on a network; None: for as long as this process lasts."""
    shared_rate: Share | None = None
    """A limit of the rate that the upload shares with others: a `SharedRate`, which uploads of one program
    have in common, or `UserRate()`, the one that `bvup rate` sets. None: only `VideoUploader(rate=)`."""
    limit: Limit | None = None
    """Asked before each block of a chunk is sent; `VideoUploader` puts its own here."""
