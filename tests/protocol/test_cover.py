"""Cover (protocol document, sections 3.4 and 5)."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.answers import answer, sent

from bilibili_api.exceptions import ArgsException, ResponseException
from bilibili_api.protocol.browser import HEADERS
from bilibili_api.protocol.cookies import Cookies
from bilibili_api.protocol.cover import cover_request, parse_cover, web_cover_request
from bilibili_api.protocol.pc import USER_AGENT
from bilibili_api.redaction import Secret

TOKEN = "0123456789abcdef0123456789abcdef"
CSRF = "fedcba9876543210fedcba9876543210"
COOKIES = Cookies({"SESSDATA": "SYNTHETIC", "bili_jct": CSRF})


@pytest.mark.parametrize(
    ("mime", "name"),
    [("image/jpeg", "cover.jpg"), ("image/png", "cover.png"), ("image/webp", "cover.webp")],
)
def test_the_whole_cover_request_as_it_stands_on_the_wire(mime: str, name: str):
    """One file in a form; the token and its signature in the query, over https."""
    content = b"\x89image"
    mark = hashlib.md5(content).hexdigest()
    request = cover_request(Secret(TOKEN), content, mime)
    assert request.method == "POST"
    assert request.url == (
        f"https://member.bilibili.com/x/vu/client/cover/up?access_key={TOKEN}"
        "&sign=3a17ecf7f7e2dd5013a654210bd67a96"
    )
    assert request.headers == {
        "User-Agent": USER_AGENT,
        "Content-Type": f"multipart/form-data; boundary=----bvup{mark}",
    }
    assert sent(request) == (
        f'------bvup{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {mime}\r\n\r\n".encode()
        + content
        + f"\r\n------bvup{mark}--\r\n".encode()
    )


@pytest.mark.parametrize("mime", ["image/jpeg", "image/png", "image/webp"])
def test_the_whole_web_cover_request_as_it_stands_on_the_wire(mime: str):
    """A form with the image as data URI and the csrf token; the cookies in their header."""
    request = web_cover_request(COOKIES, b"\xfb\xff\xfe?", mime)
    assert request.method == "POST"
    assert request.url == "https://member.bilibili.com/x/vu/web/cover/up"
    assert request.headers == {
        **HEADERS,
        "Cookie": f"SESSDATA=SYNTHETIC; bili_jct={CSRF}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert sent(request) == (
        f"cover=data%3Aimage%2F{mime[6:]}%3Bbase64%2C%2B%2F%2F%2BPw%3D%3D&csrf={CSRF}".encode()
    )


@given(st.binary(max_size=300))
def test_any_image_arrives_as_it_was_in_the_form(content: bytes):
    """Every byte, whatever padding base64 needs and whatever of it a form must escape."""
    form = parse_qs(sent(web_cover_request(COOKIES, content, "image/png")).decode(), strict_parsing=True)
    assert form["csrf"] == [CSRF]
    (uri,) = form["cover"]
    assert base64.b64decode(uri.removeprefix("data:image/png;base64,"), validate=True) == content


def test_a_web_cover_request_shows_no_secret():
    """Neither cookie nor token."""
    shown = repr(web_cover_request(COOKIES, b"image", "image/png"))
    assert not any(secret in shown for secret in (CSRF, "SYNTHETIC"))


@pytest.mark.parametrize("mime", ["image/gif", "", "image/png\r\nX: y", "IMAGE/PNG"])
def test_a_cover_of_another_type_is_refused(mime: str):
    """The hint names the types there are."""
    for refused in (
        lambda: cover_request(Secret(TOKEN), b"GIF89a", mime),
        lambda: web_cover_request(COOKIES, b"GIF89a", mime),
    ):
        with pytest.raises(ArgsException) as caught:
            refused()
        assert "image/webp" in caught.value.hint


@pytest.mark.parametrize(
    "url", ["http://i0.hdslb.com/bfs/archive/ab.jpg", "https://archive.biliimg.com/bfs/archive/ab.jpg"]
)
def test_the_url_of_the_cover_is_given_back_as_it_came(url: str):
    """It is submitted as it is, whatever its scheme."""
    assert parse_cover(answer({"code": 0, "data": {"url": url}})) == url


@pytest.mark.parametrize(
    "data",
    [None, {}, {"url": ""}, {"url": 1}, {"url": "javascript:alert(1)"}, {"url": "//i0.hdslb.com/a.jpg"}],
)
def test_a_cover_answer_without_a_url_is_unexpected(data: object):
    """`data` must hold an absolute http or https URL."""
    with pytest.raises(ResponseException):
        parse_cover(answer({"code": 0, "message": "0", "data": data}))
