"""The lines to the storage: their hosts, and how fast each is (protocol document, section 4.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bilibili_api.simulator.pace import Throttle

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROBE_VERSION = 20221109
_MOST_ENDPOINTS = 3  # section 4.2
# Every host of the family, also those of no line below: section 4.8 has clients that put together a name.
_STORAGE_HOST = re.compile(
    r"upos-[a-z]{2}-upcdn[a-z0-9]+\.bilivideo\.(?:com|cn)|c3350892cs[a-z]+\.anitama\.(?:cn|net)"
)


@dataclass(slots=True, eq=False)
class Line:
    """One way to the storage. Latency and bandwidth may be changed at any time.

    Attributes:
        name: what clients call it.
        upcdn: what the query of its probe and of preupload calls it.
        latency: seconds that each request to its host waits.
        bandwidth: bytes per second over all connections to its host; None for no limit.
        per_connection: bytes per second of each connection to its host; None for no limit.
        refuses: whether its host answers 403 to whatever it is asked.
    """

    name: str
    host: str
    upcdn: str
    zone: str = "cs"
    latency: float = 0.0
    bandwidth: float | None = None
    per_connection: float | None = None
    refuses: bool = False
    throttle: Throttle = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.throttle = Throttle(lambda: self.bandwidth)

    def throttles(self) -> list[Throttle]:
        """What one more request to its host has to keep to."""
        return [self.throttle, Throttle(lambda: self.per_connection)]

    @property
    def endpoint(self) -> str:
        """The host as preupload names it."""
        return f"//{self.host}"

    @property
    def query(self) -> str:
        """What a client repeats at preupload to get this line."""
        return f"probe_version={_PROBE_VERSION}&upcdn={self.upcdn}&zone={self.zone}"


class Lines(Mapping[str, Line]):
    """The lines by name.

    Attributes:
        listed: names of the lines that a probe is told, the best first.
        endpoints: names of the hosts that share an upload, in place of the asked line and two listed ones.
        method: how clients are asked to measure.
        mebibytes: how much they are asked to send or fetch.
    """

    def __init__(self) -> None:
        self._lines = {line.name: line for line in _known()}
        self.listed = ["bda2", "bldsa", "tx"]
        self.endpoints: list[str] | None = None
        self.method: Literal["get", "post"] = "post"
        self.mebibytes = 0.1

    def __getitem__(self, name: str) -> Line:
        return self._lines[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def of_host(self, host: str) -> Line | None:
        """Return the line that a host belongs to, or None."""
        return next((line for line in self.values() if line.host == host), None)

    def asked(self, upcdn: str | None, zone: str | None) -> list[Line]:
        """Return the lines whose hosts share an upload; the asked one is a hint (section 4.1)."""
        if self.endpoints is not None:
            return [self[name] for name in self.endpoints]
        asked = [line for line in self.values() if (line.upcdn, line.zone) == (upcdn, zone)]
        hosts = {line.host: line for line in (*asked[:1], *(self[name] for name in self.listed))}
        return list(hosts.values())[:_MOST_ENDPOINTS]


def is_storage(host: str) -> bool:
    """Tell whether a host belongs to the storage."""
    return _STORAGE_HOST.fullmatch(host) is not None


def _known() -> Iterator[Line]:
    for name in ("bda2", "bldsa", "tx", "txa", "alia", "bda", "qn", "ws"):
        yield Line(name, f"upos-cs-upcdn{name}.bilivideo.com", name)
    for name in ("bldsa", "bd"):
        yield Line(f"cn{name}", f"upos-cs-upcdn{name}.bilivideo.cn", f"cn{name}")
    yield Line("cntx", "upos-cs-upcdntx.bilivideo.com", "cntx")
    for prefix, domain in (("an", "cn"), ("at", "net")):
        for suffix in ("dsa", "bd", "tx"):
            name = prefix + suffix
            yield Line(name, f"c3350892cs{suffix}.anitama.{domain}", name)
    for suffix in ("alia", "bd", "bldsa", "tx", "txa"):
        yield Line(f"jd-{suffix}", f"upos-jd-upcdn{suffix}.bilivideo.com", suffix, "jd")
    yield Line("hw", "upos-sz-upcdnhw.bilivideo.com", "hw", "sz")
    # The document has no hosts of these two; they get names like the others'.
    yield Line("estx", "upos-cs-upcdnestx.bilivideo.com", "estx")
    yield Line("qnhk", "upos-cs-upcdnqnhk.bilivideo.com", "qnhk", refuses=True)
