"""How the requests of the library of 2021 differ from ours, field by field, and why each difference is meant."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, urlencode

from bilibili_api.simulator.exchange import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bilibili_api.simulator import Exchange, Field, Step

Label = tuple["Step", int, int]
"""Step, number of the page (0 before the first), index of the chunk (0 for other steps)."""

_SECRET_OR_RANDOM = ("access_key", "sign", "ts", "password", "buvid", "device_id")
_SIGNED_BY_THE_SERVER = ("chunk", "complete")  # the simulator compares these queries byte for byte
_NOT_COMPARED = ("host", "content-length")  # the host is compared by itself, the length follows from the body


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one step that the two libraries send differently."""

    step: Step
    what: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class Row:
    """A difference that is meant, in the steps in which it shows."""

    steps: tuple[Step, ...]
    what: str
    then: str
    now: str
    why: str


_PASSPORT: tuple[Step, ...] = ("key", "login")
_LINE: tuple[Step, ...] = ("chunk", "complete")
_MEMBER: tuple[Step, ...] = ("preupload", "cover", "submit")
_AGENT_THEN = "Python/* aiohttp/*"
_NONE = "none"

ROWS = (
    Row(
        _MEMBER,
        "scheme",
        "http",
        "https",
        "The access_key stands in the query: it must not be readable on the way.",
    ),
    Row(("key",), "query", "appkey, ts, sign", _NONE, "The answer is the same without them (section 2.1)."),
    Row(
        _PASSPORT,
        "header user-agent",
        _AGENT_THEN,
        "Mozilla/* Chrome/* Safari/*",
        "Without a browser's headers the login is found risky more often (section 2).",
    ),
    Row(_PASSPORT, "header referer", _NONE, "https://www.bilibili.com/", "Likewise."),
    Row(
        (*_MEMBER, *_LINE),
        "header user-agent",
        _AGENT_THEN,
        "PcUploader/2.3.0.1092 os/Windows pc_app/pcUploader build/1092 osVer/10.0_x86_64",
        "What the PC tool itself sends (section 3.5).",
    ),
    Row(
        STEPS[:7],
        "header accept-encoding",
        "gzip, deflate",
        "identity",
        "Answers are short; a compressed one could unpack to any size.",
    ),
    Row(("login",), "field device_name", "(another free text)", "bvup", "Free text (section 2.2)."),
    Row(
        _LINE,
        "field version",
        "2.3.0.1066",
        "2.3.0.1092",
        "The newest version of the PC tool that is known to have worked (section 3.2).",
    ),
    Row(
        ("chunk", "cover"),
        "header content-type",
        "multipart/form-data; boundary=HEX",
        "multipart/form-data; boundary=----bvupHEX",
        "The boundary is made from the md5 that is known anyway; any boundary is allowed.",
    ),
    Row(
        ("chunk",),
        "file name",
        "%E7%AC%AC%E4%BA%8C%E9%9B%86%20100%25.mp4",
        "第二集 100%.mp4",
        "Its HTTP library percent-encodes the name; browsers send UTF-8, and completion then has the same name.",
    ),
    Row(
        ("chunk",),
        "type of text fields",
        "text/plain; charset=utf-8",
        _NONE,
        "Its HTTP library adds it; text is what a field without a type is.",
    ),
    Row(("cover",), "file name", "cover..jpg", "cover.jpg", "The double dot was a slip (section 3.4)."),
    Row(
        ("complete",),
        "a space in the form",
        "+",
        "%20",
        "Both are understood; %20 is what signatures are made over elsewhere (section 1.1).",
    ),
    Row(
        ("submit",),
        "notation of the JSON",
        "ASCII, with spaces",
        "UTF-8, without spaces",
        "The same members and values in fewer bytes.",
    ),
)


def meant() -> set[Difference]:
    """Return the table, one entry for each step of a row."""
    return {Difference(step, row.what, row.then, row.now) for row in ROWS for step in row.steps}


def observed(then: Sequence[Exchange], now: Sequence[Exchange]) -> set[Difference]:
    """Compare two uploads of the same things, request by request.

    Raises:
        KeyError: One made a request that the other did not make.
    """
    ours = dict(labelled(now))
    return {
        difference
        for label, exchange in labelled(then)
        for difference in _compare(label[0], facts(exchange), facts(ours[label]))
    }


def labelled(exchanges: Sequence[Exchange]) -> list[tuple[Label, Exchange]]:
    """Name each exchange by what it is for; chunks of a page, which overtake each other, in their order."""
    found: list[tuple[Label, Exchange]] = []
    page = 0
    for exchange in exchanges:
        assert exchange.step is not None, f"{exchange.method} {exchange.host}{exchange.path} is no known step"
        page += exchange.step == "preupload"
        found.append(((exchange.step, page, exchange.chunk or 0), exchange))
    blocks = (
        sorted(block, key=lambda item: item[0]) for _, block in groupby(found, lambda item: item[0][:2])
    )
    return [item for block in blocks for item in block]


def facts(exchange: Exchange) -> dict[str, str]:
    """Return everything that is compared of a request, by its name in the table."""
    return {
        "method": exchange.method,
        "scheme": exchange.scheme,
        "host": exchange.host,
        "path": _masked(exchange.path),
        "query": ", ".join(name for name, _ in exchange.query) or _NONE,
        **_query(exchange),
        **{f"header {name.lower()}": _masked(value) for name, value in exchange.headers},
        "fields": ", ".join(item.name for item in exchange.fields) or _NONE,
        **{name: value for item in exchange.fields for name, value in _field(item)},
        **_json(exchange),
        **_space(exchange),
    }


def _query(exchange: Exchange) -> dict[str, str]:
    if exchange.step in _SIGNED_BY_THE_SERVER:
        return {}
    return {f"query {name}": _shape(name, value) for name, value in exchange.query}


def _field(item: Field) -> Iterable[tuple[str, str]]:
    if item.value is None:
        yield "file name", item.filename or _NONE
        yield "file type", item.content_type or _NONE
        yield "file length", str(item.size)
        return
    yield f"field {item.name}", _shape(item.name, item.value)
    if item.content_type:
        yield "type of text fields", item.content_type


def _json(exchange: Exchange) -> dict[str, str]:
    if exchange.json is None:
        return {}
    notations = {
        "ASCII, with spaces": json.dumps(exchange.json),
        "UTF-8, without spaces": json.dumps(exchange.json, ensure_ascii=False, separators=(",", ":")),
    }
    members: Mapping[str, object] = exchange.json
    return {
        "members of the JSON": ", ".join(sorted(members)),
        **{f"member {name}": _masked(json.dumps(value)) for name, value in members.items()},
        "notation of the JSON": _of_that_length(exchange, notations),
    }


def _space(exchange: Exchange) -> dict[str, str]:
    """Tell how a space was encoded, where a form had one."""
    pairs = [(item.name, item.value or "") for item in exchange.fields]
    if exchange.step != "complete" or not any(" " in value for _, value in pairs):
        return {}
    ways = {"+": quote_plus, "%20": quote}
    return {
        "a space in the form": _of_that_length(
            exchange, {name: urlencode(pairs, quote_via=way, safe="") for name, way in ways.items()}
        )
    }


def _of_that_length(exchange: Exchange, candidates: Mapping[str, str]) -> str:
    length = exchange.header("content-length")
    return next((name for name, text in candidates.items() if str(len(text.encode())) == length), "other")


def _shape(name: str, value: str) -> str:
    """Put the shape in the place of what is secret or random."""
    if name in _SECRET_OR_RANDOM:
        return f"{len(value)} characters"
    if name == "device_name" and value != "bvup":
        return "(another free text)"
    return _masked(value)


def _masked(value: str) -> str:
    """Blank out server names, random digests and the versions of what happens to be installed."""
    value = re.sub(r"\bn[0-9]{6}[0-9a-f]{25}\b", "NAME", value)
    value = re.sub(r"(?<=boundary=)([^0-9a-f]*(?:bvup)?)[0-9a-f]{32}", r"\1HEX", value)
    value = re.sub(r"^Mozilla/.* Chrome/.* Safari/.*", "Mozilla/* Chrome/* Safari/*", value)
    return re.sub(r"^Python/\S+ aiohttp/\S+", _AGENT_THEN, value)


def _compare(step: Step, then: Mapping[str, str], now: Mapping[str, str]) -> Iterable[Difference]:
    for what in {**then, **now}:
        before, after = then.get(what, _NONE), now.get(what, _NONE)
        if before != after and not _is_told_elsewhere(what, before, after):
            yield Difference(step, what, before, after)


def _is_told_elsewhere(what: str, *values: str) -> bool:
    """Tell whether another fact says the same: the lists of names, the host, the body that has that length."""
    kind, _, name = what.partition(" ")
    if kind == "header":
        return name in _NOT_COMPARED
    return kind in {"query", "field", "member"} and name != "" and _NONE in values


def table(words: Callable[[str], str] = str) -> str:
    """Return the rows as the table of docs/differences-2021.md, or with other words for what is English."""
    head = (words(cell) for cell in ("where", "what", "library of 2021", "this library", "why"))
    lines = [f"| {' | '.join(head)} |", "|---|---|---|---|---|"]
    lines += [
        f"| {', '.join(map(words, row.steps))} | {words(row.what)} | `{row.then}` | `{row.now}` "
        f"| {words(row.why)} |"
        for row in ROWS
    ]
    return "\n".join(lines) + "\n"
