"""Covers (protocol document, sections 3.4 and 5)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from tests.simulator.conftest import picture_of
from tests.simulator.raw import JSON, MEMBER, File, query, sign, signed

from bilibili_api.simulator import DEMO_ACCOUNT

if TYPE_CHECKING:
    from tests.simulator.raw import RawClient

    from bilibili_api.simulator import Simulator

UP = f"{MEMBER}/x/vu/client/cover/up"
AUTH = signed(access_key=DEMO_ACCOUNT.access_key)


async def test_an_image_gets_a_url_made_of_its_sha1(client: RawClient, picture: bytes):
    """The answer has the envelope of section 3.4."""
    got = await client.cover(picture)
    name = hashlib.sha1(picture).hexdigest()
    assert got.json == {
        "code": 0,
        "message": "0",
        "ttl": 1,
        "data": {"url": f"http://i0.hdslb.com/bfs/archive/{name}.jpg"},
    }


@pytest.mark.parametrize(
    ("kind", "content_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
async def test_three_formats_are_taken(client: RawClient, sim: Simulator, kind: str, content_type: str):
    """JPEG, PNG and WebP, recognised by their bytes."""
    assert (await client.cover(picture_of(kind, 960, 600))).code == 0
    cover = sim.covers[0]
    assert (cover.content_type, cover.width, cover.height, cover.mid) == (
        content_type,
        960,
        600,
        DEMO_ACCOUNT.mid,
    )


async def test_the_same_image_twice_is_one_cover(client: RawClient, sim: Simulator, picture: bytes):
    """Uploading again answers the same URL."""
    urls = {(await client.cover(picture)).json["data"]["url"] for _ in range(2)}
    assert urls == {sim.covers[0].url}
    assert len(sim.covers) == 1


@pytest.mark.parametrize("other", [b"", b"no image", b"\xff\xd8\xff"])
async def test_what_is_no_image_is_minus_400(client: RawClient, other: bytes):
    """The bytes decide."""
    assert (await client.cover(other)).code == -400


async def test_an_image_without_its_end_is_minus_400(client: RawClient, picture: bytes):
    """The image is decoded to its last pixel."""
    assert (await client.cover(picture[:-200])).code == -400


async def test_another_image_format_is_minus_400(client: RawClient):
    """A GIF is not known to be taken."""
    assert (await client.cover(picture_of("GIF", 960, 600))).code == -400


@pytest.mark.parametrize(("width", "height"), [(959, 600), (960, 599)])
async def test_a_smaller_image_is_minus_400(client: RawClient, width: int, height: int):
    """Section 5: at least 960 x 600."""
    got = await client.cover(picture_of("JPEG", width, height))
    assert got.code == -400
    assert "960 x 600" in got.json["message"]


@pytest.mark.parametrize("fields", [[], [("file", "text")], [("cover", File(b"x"))]])
async def test_a_form_without_the_file_is_minus_400(client: RawClient, fields: list[tuple[str, str | File]]):
    """The image is a file, in the field `file`."""
    assert (await client.form(f"{UP}?{AUTH}", fields)).code == -400


async def test_another_field_beside_the_file_is_minus_400(client: RawClient, picture: bytes):
    """The form has one field."""
    got = await client.form(f"{UP}?{AUTH}", [("csrf", "1"), ("file", File(picture))])
    assert got.code == -400


async def test_a_body_that_is_no_form_is_minus_400(client: RawClient):
    """The body must be multipart/form-data."""
    assert (await client.send("POST", f"{UP}?{AUTH}", "{}", JSON)).code == -400


@pytest.mark.parametrize("auth", ["", "access_key=", f"access_key={'f' * 32}"])
async def test_a_bad_token_is_minus_101(client: RawClient, picture: bytes, auth: str):
    """Not logged in."""
    assert (await client.form(f"{UP}?{auth}", [("file", File(picture))])).code == -101


async def test_a_token_alone_is_enough(client: RawClient, picture: bytes):
    """Section 1.4: the signature may be missing."""
    url = f"{UP}?{query(access_key=DEMO_ACCOUNT.access_key)}"
    assert (await client.form(url, [("file", File(picture))])).code == 0


async def test_a_wrong_signature_is_minus_3(client: RawClient, picture: bytes):
    """Section 1.4: a signature that is there must be right."""
    url = f"{UP}?{query(access_key=DEMO_ACCOUNT.access_key)}&sign={sign('x')}"
    assert (await client.form(url, [("file", File(picture))])).code == -3


async def test_the_signature_covers_all_of_the_query(client: RawClient, picture: bytes):
    """Section 3.4: `build` may be there and is signed, too."""
    url = f"{UP}?{signed(access_key=DEMO_ACCOUNT.access_key, build=1054)}"
    assert (await client.form(url, [("file", File(picture))])).code == 0
