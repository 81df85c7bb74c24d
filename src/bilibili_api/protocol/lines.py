"""The lines of UPOS: which there are and how they are measured (protocol document, section 4.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.saying import listed, say

from .browser import HEADERS
from .codes import Step
from .wire import Envelope, JsonObject, Request, Response, open_envelope, unexpected

if TYPE_CHECKING:
    from collections.abc import Mapping

PREUPLOAD: Final = "https://member.bilibili.com/preupload"
PROBE_VERSION: Final = "20221109"
STORAGE_HOST: Final = (
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}(?:bilivideo\.(?:com|cn)|anitama\.(?:cn|net))"
)
"""Regular expression of the hosts of Bilibili's storage, as far as they are known (sections 0.1 and 4.1)."""
STORAGE_HOSTS: Final = re.compile(STORAGE_HOST, re.IGNORECASE)
"""The same, to be matched whole."""

_MEBIBYTE: Final = 1024 * 1024
_PROBE_SIZE: Final = 0.1
_LARGEST_PROBE: Final = 16
_PROBE_URL: Final = rf"(?:https:)?//({STORAGE_HOST})(/[A-Za-z0-9._~/-]{{1,200}})"
_QUERY: Final = r"[A-Za-z0-9._~%-]+=[A-Za-z0-9._~%-]*(?:&[A-Za-z0-9._~%-]+=[A-Za-z0-9._~%-]*)*"
_LONGEST_QUERY: Final = 300


@frozen
class Line:
    """A way to the storage.

    Attributes:
        name: What users call it.
        query: What preupload is told of it, percent-encoded.
        probe_host: The host to measure; empty for a line that can only be named: preupload says where it is.
        probe_path: What to ask it for.
    """

    name: str
    query: str
    probe_host: str = ""
    probe_path: str = "/OK"


def _line(name: str, host: str = "", upcdn: str = "", zone: str = "cs") -> Line:
    return Line(name, f"probe_version={PROBE_VERSION}&upcdn={upcdn or name}&zone={zone}", host)


KNOWN: Final[Mapping[str, Line]] = {
    line.name: line
    for line in (
        *(
            _line(name, f"upos-cs-upcdn{name}.bilivideo.com")
            for name in ("bda2", "bldsa", "tx", "txa", "alia", "bda", "qn", "ws")
        ),
        _line("cnbldsa", "upos-cs-upcdnbldsa.bilivideo.cn"),
        _line("cnbd", "upos-cs-upcdnbd.bilivideo.cn"),
        _line("cntx", "upos-cs-upcdntx.bilivideo.com"),
        *(_line(f"an{tail}", f"c3350892cs{tail}.anitama.cn") for tail in ("dsa", "bd", "tx")),
        *(_line(f"at{tail}", f"c3350892cs{tail}.anitama.net") for tail in ("dsa", "bd", "tx")),
        *(
            _line(f"jd-{tail}", f"upos-jd-upcdn{tail}.bilivideo.com", tail, "jd")
            for tail in ("alia", "bd", "bldsa", "tx", "txa")
        ),
        _line("estx"),
        _line("hw", zone="sz"),  # the zone in which it was seen
        _line("qnhk"),
    )
}
"""Lines by the names users know; of the last three the document does not know what to measure."""

DEFAULT: Final = KNOWN["bldsa"]
"""Bilibili's own network; taken when nothing can be measured."""

_NAMES: Final = {line.probe_host: line.name for line in reversed(KNOWN.values()) if line.probe_host}
"""Names by host; where two lines share one, the first."""


def line_named(name: str) -> Line:
    """Return the line a user names, in whatever case.

    Raises:
        ArgsException: There is no such line.
    """
    line = KNOWN.get(name.strip().lower())
    if line is None:
        raise ArgsException(
            say("There is no line {name!r}.", name=name[:40]),
            hint=say("Known lines: {known}; or `auto`.", known=listed(KNOWN)),
        )
    return line


def name_of(host: str) -> str:
    """Return what users call the line that a host belongs to; the host itself where it has no name."""
    return _NAMES.get(host, host)


@frozen
class Probe:
    """How to measure lines.

    Attributes:
        lines: What the server proposes, best guess first.
        method: `GET` or `POST`.
        size: Bytes to send with POST.
    """

    lines: tuple[Line, ...]
    method: str
    size: int


def most_at_once(name: str) -> int:
    """Return how many parts at once a line is known to bear (section 4.7).

    Args:
        name: Of the line, or its host where it has none.
    """
    return 1 if name in {"qn", "ws"} else 12


def probe_request() -> Request:
    """Build the request for the lines there are; it needs no login."""
    return Request(Step.PROBE, "GET", f"{PREUPLOAD}?r=probe", HEADERS)


def parse_probe(response: Response) -> Probe:
    """Read the answer to `probe_request`; entries that make no sense are left out.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says, or no line is left.
    """
    answer = open_envelope(response, Step.PROBE, Envelope.OK)
    entries = answer.get("lines")
    listed = cast("list[object]", entries) if isinstance(entries, list) else []
    lines = tuple(dict.fromkeys(line for line in map(_parse_line, listed) if line is not None))
    if not lines:
        raise unexpected(Step.PROBE, say("names no line of UPOS"))
    how = answer.get("probe")
    wanted: JsonObject = cast("JsonObject", how) if isinstance(how, dict) else {}
    if "post" not in wanted:
        return Probe(lines, "GET", 0)
    return Probe(lines, "POST", int(_mebibytes(wanted["post"]) * _MEBIBYTE))


def _mebibytes(amount: object) -> float:
    if isinstance(amount, int | float) and not isinstance(amount, bool) and 0 < amount <= _LARGEST_PROBE:
        return amount
    return _PROBE_SIZE


def _parse_line(entry: object) -> Line | None:
    if not isinstance(entry, dict):
        return None
    members = cast("JsonObject", entry)
    query, url = members.get("query"), members.get("probe_url")
    if members.get("os") != "upos" or not isinstance(query, str) or not isinstance(url, str):
        return None
    place = re.fullmatch(_PROBE_URL, url)
    if place is None or len(query) > _LONGEST_QUERY or not re.fullmatch(_QUERY, query):
        return None
    upcdn = re.search(r"(?:^|&)upcdn=([^&]+)", query)
    host, path = place.groups()
    return Line(_NAMES.get(host) or (upcdn[1] if upcdn else host), query, host, path)


def measure_request(line: Line, probe: Probe) -> Request:
    """Build the request whose time tells how far a line is; any status but 200 rules the line out.

    Args:
        line: One of the probe's: those are told with a host, which a line of `KNOWN` may lack.
        probe: How to measure.
    """
    url = f"https://{line.probe_host}{line.probe_path}"
    return Request(Step.PROBE, probe.method, url, body=bytes(probe.size))
