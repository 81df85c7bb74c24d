"""Covers over the web (protocol document, section 5)."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from tests.simulator.conftest import picture_of
from tests.simulator.raw import JSON, MEMBER, URLENCODED, md5, meta
from tests.simulator.storing import CSRF, LOGGED_IN, stored, submit

from bilibili_api.simulator import DEMO_COOKIES, Simulator, Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.simulator.conftest import Clock
    from tests.simulator.raw import Got, RawClient

UP = f"{MEMBER}/x/vu/web/cover/up"


@pytest.fixture
async def sim(clock: Clock, tmp_path: Path) -> AsyncIterator[Simulator]:
    async with Simulator(clock=clock, era="today", store=tmp_path) as running:
        yield running


def uri(image: bytes, kind: str = "image/jpeg") -> str:
    return f"data:{kind};base64,{base64.b64encode(image).decode()}"


def form(**values: str) -> str:
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in values.items())


async def send(
    client: RawClient, body: str, kind: str = URLENCODED, cookie: str = LOGGED_IN["Cookie"]
) -> Got:
    return await client.send("POST", UP, body, kind, Cookie=cookie)


async def test_an_image_gets_a_url_made_of_its_sha1(client: RawClient, sim: Simulator, picture: bytes):
    """The answer has the envelope and today's host; the bytes are kept."""
    got = await send(client, form(cover=uri(picture), csrf=CSRF))
    name = f"{hashlib.sha1(picture).hexdigest()}.jpg"
    url = f"https://archive.biliimg.com/bfs/archive/{name}"
    assert got.json == {"code": 0, "message": "0", "ttl": 1, "data": {"url": url}}
    (cover,) = sim.covers
    assert (cover.name, cover.md5, cover.size, cover.width) == (name, md5(picture), len(picture), 960)
    assert cover.path is not None
    assert cover.path.read_bytes() == picture


async def test_the_url_shows_the_image(client: RawClient, picture: bytes):
    """And submissions take it."""
    url = (await send(client, form(cover=uri(picture), csrf=CSRF))).json["data"]["url"]
    assert (await client.get(url)).body == picture
    body = meta((await stored(client)).filename, cover=url, subtitles=..., up_close_danmaku=...)
    assert (await submit(client, "web", body)).code == 0


async def test_a_time_in_the_query_is_welcome(client: RawClient, picture: bytes):
    """`t` or `ts`, milliseconds."""
    body = form(cover=uri(picture), csrf=CSRF)
    assert (await client.send("POST", f"{UP}?t=1700000000000", body, URLENCODED, **LOGGED_IN)).code == 0


@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "image/{jpeg}", "x"])
async def test_the_type_in_the_uri_is_not_looked_at(client: RawClient, kind: str):
    """Section 5: one client even emits braces."""
    assert (await send(client, form(cover=uri(picture_of("PNG", 960, 600), kind), csrf=CSRF))).code == 0


async def test_an_image_of_several_megabytes_is_taken(client: RawClient, sim: Simulator):
    """Base64 and escapes make it longer; of the form only the beginning is kept."""
    image = picture_of("PNG", 960, 600) + bytes(5_000_000)
    assert (await send(client, form(cover=uri(image), csrf=CSRF))).code == 0
    (field, _) = sim.seen("cover")[0].fields
    assert (field.value, field.size) == ("data:image/jpeg;base64,", len(uri(image)))
    assert field.md5 == md5(uri(image).encode())


async def test_a_plus_that_was_not_escaped_is_minus_400(client: RawClient):
    """In a form a plus is a space, and base64 has none."""
    image = picture_of("PNG", 960, 600)
    image += bytes(-len(image) % 3) + b"\xfb\xef\xbe"
    assert "+" in uri(image)
    body = f"cover={quote(uri(image), safe='+')}&csrf={CSRF}"
    assert (await send(client, body)).code == -400


@pytest.mark.parametrize(
    "cover",
    [
        "",
        "https://example.com/cover.jpg",
        "data:image/jpeg;base64,",
        "data:image/jpeg;base64,####",
        "data:image/jpeg;base64,QUJ",
        uri(b"no image"),
        uri(picture_of("JPEG", 959, 600)),
        uri(picture_of("JPEG", 960, 599)),
        uri(picture_of("GIF", 960, 600)),
        uri(picture_of("JPEG", 960, 600)[:-500]),
    ],
)
async def test_what_is_no_large_enough_image_is_minus_400(client: RawClient, sim: Simulator, cover: str):
    """Section 5: at least 960 x 600."""
    assert (await send(client, form(cover=cover, csrf=CSRF))).code == -400
    assert sim.covers == []


async def test_without_a_login_it_is_minus_101(client: RawClient, picture: bytes):
    """Cookies, not tokens."""
    assert (await send(client, form(cover=uri(picture), csrf=CSRF), cookie="")).code == -101


@pytest.mark.parametrize("csrf", ["", "0" * 32])
async def test_a_wrong_csrf_is_minus_111(client: RawClient, picture: bytes, csrf: str):
    """It stands in the form."""
    assert (await send(client, form(cover=uri(picture), csrf=csrf))).code == -111


async def test_csrf_may_be_said_twice(client: RawClient, picture: bytes):
    """bilibili-api-python adds it as csrf_token."""
    assert (await send(client, form(cover=uri(picture), csrf=CSRF, csrf_token=CSRF))).code == 0


async def test_csrf_must_be_the_cookie(client: RawClient, picture: bytes):
    """Without bili_jct nothing can be written."""
    cookie = f"SESSDATA={DEMO_COOKIES['SESSDATA']}"
    assert (await send(client, form(cover=uri(picture), csrf=CSRF), cookie=cookie)).code == -111


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (form(csrf=CSRF), URLENCODED),
        (form(cover="x"), URLENCODED),
        (form(cover="x", csrf=CSRF, more="x"), URLENCODED),
        ("{}", JSON),
        ("", ""),
    ],
)
async def test_any_other_form_is_minus_400(client: RawClient, body: str, kind: str):
    """Section 5: cover and csrf, form-urlencoded."""
    assert (await send(client, body, kind)).code == -400


async def test_a_fault_can_concern_one_way(client: RawClient, sim: Simulator, picture: bytes):
    """The cover of the PC tool is another."""
    sim.faults.add("cover", Status(503), interface="web", times=None)
    assert (await client.cover(picture)).code == 0
    assert (await send(client, form(cover=uri(picture), csrf=CSRF))).status == 503
