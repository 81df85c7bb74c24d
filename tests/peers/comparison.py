"""Compares the requests of another client of today with ours, step by step and field by field."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bilibili_api.simulator import Exchange, Field

NONE = "none"
_NOT_COMPARED = ("header host", "header content-length")  # compared as host; follows from the body
_SECRET = (
    *("access_key", "csrf", "csrf_token", "sign", "uploadId"),
    *("SESSDATA", "sessdata", "bili_jct", "DedeUserID__ckMd5", "sid"),
)
_SIZES = ("filesize", "partsize")
_AS_ANSWERED = ("biz_id", "cid")
_TIMES = ("t", "ts")
_OF_A_PAGE = ("preupload", "init", "part", "complete")
_NAME = re.compile(r"\bn[0-9]{6}[0-9a-f]{25}\b")
_COVER = re.compile(r"(?<=/bfs/archive/)[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact about one step that is not the same."""

    step: str
    what: str
    theirs: str
    ours: str


Label = tuple[str, int, int]
"""Step, number of the page (0 for what belongs to no page), number of the part or of the repetition."""


def observed(theirs: Sequence[Exchange], ours: Sequence[Exchange]) -> set[Difference]:
    """Return every difference between two uploads of the same things."""
    their_requests, our_requests = labelled(theirs), labelled(ours)
    orders = order(their_requests), order(our_requests)
    found = (
        {Difference("all", "order of the steps", *orders)} if orders[0] != orders[1] else set[Difference]()
    )
    for label in {**their_requests, **our_requests}:
        pair = their_requests.get(label), our_requests.get(label)
        found.update(_compare(label[0], *pair))
    return found


def labelled(exchanges: Sequence[Exchange]) -> dict[Label, Exchange]:
    """Name each request by what it is for; the pages are numbered in the order of their preupload."""
    found: dict[Label, Exchange] = {}
    pages: dict[str, int] = {}
    page = 0
    for exchange in exchanges:
        step = name_of(exchange)
        page += step == "preupload"
        if step == "init":
            pages[exchange.path] = page
        of_page = 0 if step not in _OF_A_PAGE else pages.get(exchange.path, page)
        number = exchange.part or 1
        while (step, of_page, number) in found:
            number += 1
        found[step, of_page, number] = exchange
    return found


def name_of(exchange: Exchange) -> str:
    """Return the step; where one step stands for several ways, with the way."""
    assert exchange.step is not None, f"{exchange.method} {exchange.host}{exchange.path} is no known step"
    if exchange.step == "submit":
        return f"submit by {exchange.interface}"
    if exchange.step in {"info", "nav"}:
        return exchange.path.rpartition("/")[2]
    return exchange.step


def order(requests: Mapping[Label, Exchange]) -> str:
    """Return the steps in their order, the pages as one."""
    steps = ("pages" if step in _OF_A_PAGE else step.partition(" ")[0] for step, _, _ in requests)
    return ", ".join(dict.fromkeys(steps))


def _compare(step: str, theirs: Exchange | None, ours: Exchange | None) -> Iterator[Difference]:
    if theirs is None or ours is None:
        yield Difference(step, "request", _request(theirs), _request(ours))
        return
    then, now = facts(theirs), facts(ours)
    for what in {**then, **now}:
        before, after = then.get(what, NONE), now.get(what, NONE)
        if before != after and what not in _NOT_COMPARED:
            yield Difference(step, what, before, after)


def _request(exchange: Exchange | None) -> str:
    return NONE if exchange is None else f"{exchange.method} {exchange.host}{_masked(exchange.path)}"


def facts(exchange: Exchange) -> dict[str, str]:
    """Return everything that is compared of a request, by its name in the table."""
    return {
        "method": exchange.method,
        "scheme": exchange.scheme,
        "host": exchange.host,
        "path": _masked(exchange.path),
        **{f"query {name}": shape(name, value) for name, value in exchange.query},
        **{name: value for header in exchange.headers for name, value in _header(*header)},
        **{f"field {item.name}": _field(item) for item in exchange.fields},
        **_json(exchange.json),
    }


def _header(name: str, value: str) -> Iterable[tuple[str, str]]:
    match name.lower():
        case "cookie":
            pairs = (item.strip().partition("=") for item in value.split(";"))
            yield from ((f"cookie {cookie}", shape(cookie, said)) for cookie, _, said in pairs)
        case "x-upos-auth":
            names = ", ".join(item for item, _ in parse_qsl(value))
            yield "header x-upos-auth", f"as answered: {names}"
        case other:
            yield f"header {other}", _masked(value)


def _field(item: Field) -> str:
    value = item.value or ""
    if item.name == "cover":
        return value.partition(",")[0]
    return shape(item.name, value)


def _json(members: Mapping[str, Any] | None) -> dict[str, str]:
    return {name: said for member, value in (members or {}).items() for name, said in _member(member, value)}


def _member(name: str, value: Any) -> Iterable[tuple[str, str]]:
    """Tell the members of each page one by one, others as they are."""
    if name != "videos":
        yield f"member {name}", shape(name, json.dumps(value, ensure_ascii=False, sort_keys=True))
        return
    for number, video in enumerate(value, 1):
        for key, said in video.items():
            yield f"member videos[{number}].{key}", shape(key, json.dumps(said, ensure_ascii=False))


def shape(name: str, value: str) -> str:
    """Put the shape in the place of what is secret, random or of this moment."""
    if name in _SECRET:
        return f"{len(value)} characters"
    if name in _SIZES:
        return "bytes"
    if name in _AS_ANSWERED and re.fullmatch(r"\d{15}", value):
        return "as answered"
    if name in _TIMES:
        unit = "milliseconds" if re.match(r"\d{13}", value) else "seconds"
        return unit + (" with decimals" if "." in value else "")
    return _masked(value)


def _masked(value: str) -> str:
    """Blank out server names, digests and the versions of what happens to be installed."""
    value = _COVER.sub("SHA1", _NAME.sub("NAME", value))
    value = re.sub(r"^Mozilla/.* Chrome/.* Safari/.*", "Mozilla/* Chrome/* Safari/*", value)
    return re.sub(r"^Python/\S+ aiohttp/\S+", "Python/* aiohttp/*", value)
