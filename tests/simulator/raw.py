"""A raw client: says exactly what a test tells it, signs as the protocol document says.

It shares nothing with the library: a misunderstanding there must not be repeated here.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json as jsonlib
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import aiohttp
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from bilibili_api.simulator import DEMO_ACCOUNT

if TYPE_CHECKING:
    from typing import Self

    from bilibili_api.simulator import Account, Simulator

JSON = "application/json"
URLENCODED = "application/x-www-form-urlencoded"

PASSPORT = "https://passport.bilibili.com"
MEMBER = "https://member.bilibili.com"
APPKEY, APPSEC = "aae92bc66f3edfab", "af125a0d5279fd576c1b4418a3e8276d"
VERSION = "2.3.0.1066"
DEVICE = "0123456789AB"


@dataclass(frozen=True, slots=True)
class Got:
    """An answer."""

    status: int
    content_type: str
    body: bytes
    headers: dict[str, str]
    cookies: dict[str, str]

    @property
    def json(self) -> Any:
        return jsonlib.loads(self.body)

    @property
    def code(self) -> Any:
        return self.json["code"]

    @property
    def ok(self) -> Any:
        return self.json["OK"]

    @property
    def info(self) -> Any:
        return self.json["info"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What preupload gave."""

    url: str
    complete: str
    filename: str


class _ToSimulator(AbstractResolver):
    """Every host is the simulator: https goes to one port, http to the other."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        real = {443: self._sim.port, 80: self._sim.http_port}.get(port, port)
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=real, family=socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None:
        """Nothing to close."""


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def sign(text: str, secret: str = APPSEC) -> str:
    return md5((text + secret).encode())


def query(**values: object) -> str:
    return "&".join(f"{name}={quote(str(value), safe='')}" for name, value in values.items())


def login_body(account: str, sealed: str, **changes: str | None) -> str:
    """Build the form of section 1.3; `changes` replace a field or, with None, leave it out."""
    values: dict[str, str | None] = {
        "appkey": APPKEY,
        "buvid": f"A1B2C3D4-{DEVICE}",
        "device_id": DEVICE,
        "device_name": "test box",
        "device_platform": "Windows 10",
        "password": sealed,
        "platform": "pc",
        "ts": "1700000000",
        "username": account,
    } | changes
    pairs = {name: quote(value, safe="") for name, value in sorted(values.items()) if value is not None}
    signature = sign("&".join(f"{name}={value}" for name, value in pairs.items()))
    first = [f"{name}={value}" for name, value in pairs.items() if name not in {"ts", "username"}]
    last = [f"{name}={value}" for name, value in pairs.items() if name in {"ts", "username"}]
    return "&".join([*first, f"sign={signature}", *last])


@dataclass(frozen=True, slots=True)
class File:
    """A file field of a form."""

    data: bytes
    filename: str = "clip.mp4"


FormFields = list[tuple[str, str | File]]


def multipart(fields: FormFields, boundary: str = "frontier") -> bytes:
    body = b""
    for name, value in fields:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'.encode()
        if isinstance(value, File):
            body += (
                f'; filename="{value.filename}"\r\nContent-Type: application/octet-stream\r\n\r\n'.encode()
            )
            body += value.data
        else:
            body += b"\r\n\r\n" + value.encode()
        body += b"\r\n"
    return body + f"--{boundary}--\r\n".encode()


def chunk_form(data: bytes, index: int = 0, total: int = 1, /, **changes: str | None) -> FormFields:
    """Build the fields of section 3.2; `changes` replace a field or, with None, leave it out."""
    values: dict[str, str | None] = {
        "version": VERSION,
        "filesize": str(len(data)),
        "chunk": str(index),
        "chunks": str(total),
        "md5": md5(data),
    } | changes
    fields: FormFields = [(name, value) for name, value in values.items() if value is not None]
    return [*fields, ("file", File(data))]


def completion(data: bytes, count: int = 1, /, **changes: str | None) -> str:
    """Build the form of section 3.3."""
    values: dict[str, str | None] = {
        "chunks": str(count),
        "filesize": str(len(data)),
        "md5": md5(data),
        "name": "clip.mp4",
        "version": VERSION,
    } | changes
    return urlencode({name: value for name, value in values.items() if value is not None})


def meta(*filenames: str, **changes: object) -> dict[str, Any]:
    """Build a submission that passes; `changes` replace a member or, with `...`, leave it out."""
    values: dict[str, Any] = {
        "copyright": 1,
        "source": "",
        "desc": "",
        "desc_format_id": 0,
        "dynamic": "",
        "interactive": 0,
        "open_elec": 0,
        "no_reprint": 1,
        "subtitles": {"lan": "", "open": 0},
        "tag": "test",
        "tid": 21,
        "title": "A title",
        "up_close_danmaku": False,
        "up_close_reply": False,
        "cover": "",
        "videos": [{"title": f"P{n}", "desc": "", "filename": name} for n, name in enumerate(filenames, 1)],
    } | changes
    return {name: value for name, value in values.items() if value is not ...}


class RawClient:
    """One HTTP session that takes every host for the simulator."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        context = ssl.create_default_context(cafile=str(sim.ca_file))
        connector = aiohttp.TCPConnector(
            resolver=_ToSimulator(sim), use_dns_cache=False, ssl=context, limit=0
        )
        self.session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),  # a test says which cookies are sent
            timeout=aiohttp.ClientTimeout(total=20),
            skip_auto_headers=["Content-Type"],
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def send(
        self, method: str, url: str, body: bytes | str | None = None, kind: str = "", **headers: str
    ) -> Got:
        # A stream, because aiohttp warns of large bodies given as bytes.
        data = None if body is None else io.BytesIO(body.encode() if isinstance(body, str) else body)
        if kind:
            headers["Content-Type"] = kind
        async with self.session.request(
            method, yarl.URL(url, encoded=True), data=data, headers=headers, allow_redirects=False
        ) as got:
            cookies = {name: morsel.value for name, morsel in got.cookies.items()}
            return Got(got.status, got.content_type, await got.read(), dict(got.headers), cookies)

    async def get(self, url: str, **headers: str) -> Got:
        return await self.send("GET", url, **headers)

    async def sealed(self, password: str) -> str:
        """Fetch a key and encrypt a password with it (section 2.1)."""
        data = (await self.get(f"{PASSPORT}/x/passport-login/web/key")).json["data"]
        return seal(data["key"], data["hash"] + password)

    async def login(self, body: str, kind: str = URLENCODED) -> Got:
        return await self.send("POST", f"{PASSPORT}/x/passport-login/oauth2/login", body, kind)

    async def preupload(self, account: Account = DEMO_ACCOUNT, **changes: object) -> Got:
        values = {"access_key": account.access_key, "mid": account.mid, "profile": "ugcfr/pc3"} | changes
        return await self.get(f"{MEMBER}/preupload?{query(**values)}")

    async def ticket(self, account: Account = DEMO_ACCOUNT) -> Ticket:
        got = (await self.preupload(account)).json
        return Ticket(got["url"], got["complete"], got["filename"])

    async def form(self, url: str, fields: FormFields) -> Got:
        return await self.send("POST", url, multipart(fields), "multipart/form-data; boundary=frontier")

    async def chunk(
        self, ticket: Ticket, data: bytes, index: int = 0, total: int = 1, /, **changes: str | None
    ) -> Got:
        return await self.form(ticket.url, chunk_form(data, index, total, **changes))

    async def complete(self, ticket: Ticket, data: bytes, count: int = 1, /, **changes: str | None) -> Got:
        return await self.send("POST", ticket.complete, completion(data, count, **changes), URLENCODED)

    async def stored(self, data: bytes = b"film", account: Account = DEMO_ACCOUNT) -> str:
        """Upload a file in one chunk and return its server name."""
        ticket = await self.ticket(account)
        assert (await self.chunk(ticket, data)).ok == 1
        assert (await self.complete(ticket, data)).ok == 1
        return ticket.filename

    async def cover(self, image: bytes, account: Account = DEMO_ACCOUNT) -> Got:
        url = f"{MEMBER}/x/vu/client/cover/up?{signed(access_key=account.access_key)}"
        return await self.form(url, [("file", File(image, "cover.jpg"))])

    async def submit(self, body: object, account: Account = DEMO_ACCOUNT, kind: str = JSON) -> Got:
        text = body if isinstance(body, str) else jsonlib.dumps(body)
        return await self.send(
            "POST", f"{MEMBER}/x/vu/client/add?{signed(access_key=account.access_key)}", text, kind
        )


def signed(**values: object) -> str:
    return f"{query(**values)}&sign={sign(query(**values))}"


def seal(pem: str, text: str) -> str:
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, rsa.RSAPublicKey)
    return base64.b64encode(key.encrypt(text.encode(), padding.PKCS1v15())).decode()
