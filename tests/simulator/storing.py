"""A raw client of the UPOS storage and of today's interfaces: says exactly what a test tells it."""

from __future__ import annotations

import json as jsonlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.simulator.raw import JSON, MEMBER, query, sign

from bilibili_api.simulator import DEMO_ACCOUNT, DEMO_COOKIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.simulator.raw import Got, RawClient

BINARY = "application/octet-stream"
TV = ("4409e2ce8ffd12b8", "59b43e04ad6965f34319062b478f83dd")
BCUT = ("5dce947fe22167f9", "5491a31c6bc11fb764a9b1f8d4acf092")
BCUT_PC_AGENT = "bcut-pc build:12911853"
CSRF = DEMO_COOKIES["bili_jct"]

APP_QUERY = {
    "build": "7800300",
    "c_locale": "zh-Hans_CN",
    "channel": "bili",
    "disable_rcmd": "0",
    "mobi_app": "android",
    "platform": "android",
    "s_locale": "zh-Hans_CN",
    "statistics": '"appId":1,"platform":3,"version":"7.80.0","abtest":""',
}
BCUT_QUERY = {
    "aurora_version": "2.39.0",
    "build": "2800030",
    "c_locale": "zh-Hans_CN",
    "channel": "master",
    "mobi_app": "android_bbs",
    "montage_version": "1.42.1.0",
    "platform": "android",
    "s_locale": "zh-Hans_CN",
    "sdk_type": "mon",
}


def cookie_header(cookies: Mapping[str, str] = DEMO_COOKIES) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


LOGGED_IN = {"Cookie": cookie_header()}


@dataclass(frozen=True, slots=True)
class Ticket:
    """What preupload gave."""

    answer: dict[str, Any]
    host: str
    upload_id: str = ""

    @property
    def auth(self) -> dict[str, str]:
        return {"X-Upos-Auth": self.answer["auth"]}

    @property
    def path(self) -> str:
        return "/" + self.answer["upos_uri"].removeprefix("upos://")

    @property
    def url(self) -> str:
        return f"https:{self.host}{self.path}"

    @property
    def filename(self) -> str:
        found = re.fullmatch(r"/[^/]+/([^./]+)\.[a-z0-9]+", self.path)
        assert found is not None
        return found[1]

    def at(self, host: str) -> Ticket:
        return replace(self, host=host)


async def preupload(
    client: RawClient, size: int = 2500, cookies: Mapping[str, str] = DEMO_COOKIES, /, **changes: object
) -> Got:
    """Ask for a ticket; `changes` replace a parameter or, with None, leave it out."""
    values = {
        "name": "clip.mp4",
        "size": size,
        "r": "upos",
        "profile": "ugcfx/bup",
        "ssl": 0,
        "version": "2.14.0",
        "build": 2140000,
        "webVersion": "2.14.0",
    } | changes
    asked = query(**{name: value for name, value in values.items() if value is not None})
    return await client.get(f"{MEMBER}/preupload?{asked}", Cookie=cookie_header(cookies))


async def ticket(client: RawClient, size: int = 2500, /, **changes: object) -> Ticket:
    got = (await preupload(client, size, **changes)).json
    return Ticket(got, got["endpoint"])


async def begin(client: RawClient, size: int = 2500, /, **changes: object) -> Ticket:
    """Ask for a ticket and begin the multipart upload."""
    given = await ticket(client, size, **changes)
    got = await client.send("POST", f"{given.url}?uploads&output=json", **given.auth)
    return replace(given, upload_id=got.json["upload_id"])


def part_query(given: Ticket, number: int, total: int, /, **changes: object) -> str:
    """Build the query of section 4.4; `changes` replace a parameter or, with None, leave it out."""
    each = given.answer["chunk_size"]
    start, end = (number - 1) * each, min(number * each, total)
    values: dict[str, object] = {
        "partNumber": number,
        "uploadId": given.upload_id,
        "chunk": number - 1,
        "chunks": -(-total // each),
        "size": end - start,
        "start": start,
        "end": end,
        "total": total,
    } | changes
    return query(**{name: value for name, value in values.items() if value is not None})


async def put(client: RawClient, given: Ticket, data: bytes, number: int, /, **changes: object) -> Got:
    """Put the part of this number of a whole file."""
    each = given.answer["chunk_size"]
    return await put_bytes(
        client, given, data[(number - 1) * each : number * each], number, len(data), **changes
    )


async def put_bytes(
    client: RawClient, given: Ticket, piece: bytes, number: int, total: int, /, **changes: object
) -> Got:
    headers = {**given.auth, "Content-Length": str(len(piece))}
    url = f"{given.url}?{part_query(given, number, total, **changes)}"
    return await client.send("PUT", url, piece, BINARY, **headers)


async def complete(
    client: RawClient, given: Ticket, body: str = '{"parts":[]}', kind: str = JSON, /, **changes: object
) -> Got:
    values: dict[str, object] = {
        "output": "json",
        "name": "clip.mp4",
        "profile": "ugcfx/bup",
        "uploadId": given.upload_id,
        "biz_id": given.answer["biz_id"],
    } | changes
    asked = query(**{name: value for name, value in values.items() if value is not None})
    return await client.send("POST", f"{given.url}?{asked}", body, kind, **given.auth)


async def stored(client: RawClient, data: bytes = bytes(2500)) -> Ticket:
    """Store a whole file."""
    given = await begin(client, len(data))
    for number in range(1, -(-len(data) // given.answer["chunk_size"]) + 1):
        assert (await put(client, given, data, number)).status == 200
    assert (await complete(client, given)).ok == 1
    return given


def signed_by(pair: tuple[str, str], values: Mapping[str, object]) -> str:
    """Sign a query as section 1.1 says; None leaves a parameter out."""
    present = {"appkey": pair[0], **values}
    serialised = "&".join(
        f"{name}={quote(str(value), safe='')}" for name, value in sorted(present.items()) if value is not None
    )
    return f"{serialised}&sign={sign(serialised, pair[1])}"


@dataclass(frozen=True, slots=True)
class Way:
    """How one interface is called: a complete and valid request but for the body."""

    path: str
    pair: tuple[str, str] | None
    query: Mapping[str, object]
    headers: Mapping[str, str]

    def url(self, **changes: object) -> str:
        values = {**self.query, **changes}
        if self.pair is not None:
            return f"{MEMBER}{self.path}?{signed_by(self.pair, values)}"
        return f"{MEMBER}{self.path}?{query(**{k: v for k, v in values.items() if v is not None})}"


_TOKEN: dict[str, object] = {"access_key": DEMO_ACCOUNT.access_key, "ts": 1700000000}
WAYS: dict[str, Way] = {
    "app": Way("/x/vu/app/add", TV, {**_TOKEN, **APP_QUERY}, {}),
    "bcut-android": Way("/x/vu/mvp/add", BCUT, {**_TOKEN, **BCUT_QUERY}, {}),
    "web": Way("/x/vu/web/add/v3", None, {"t": 1700000000000, "csrf": CSRF}, LOGGED_IN),
    "web-v1": Way("/x/vu/web/add", None, {"csrf": CSRF}, LOGGED_IN),
    "bcut-pc": Way(
        "/x/vu/mvp/pc/add",
        None,
        {"csrf": CSRF, "platform": "BcutPc-windows", "build": 12911853},
        {**LOGGED_IN, "User-Agent": BCUT_PC_AGENT},
    ),
}
BY_TOKEN = ("app", "bcut-android")
BY_COOKIES = ("web", "web-v1", "bcut-pc")


async def submit(client: RawClient, way: str, body: object, kind: str = JSON, /, **changes: object) -> Got:
    """Submit through one of today's interfaces; `changes` replace parameters of the query."""
    text = body if isinstance(body, str) else jsonlib.dumps(body)
    return await client.send("POST", WAYS[way].url(**changes), text, kind, **WAYS[way].headers)
