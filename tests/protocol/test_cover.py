"""Cover (protocol document, sections 3.4 and 5)."""

from __future__ import annotations

import hashlib

import pytest
from tests.protocol.answers import answer, sent

from bilibili_api.exceptions import ArgsException, ResponseException
from bilibili_api.protocol.cover import cover_request, parse_cover
from bilibili_api.protocol.pc import USER_AGENT
from bilibili_api.redaction import Secret

TOKEN = "0123456789abcdef0123456789abcdef"


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


@pytest.mark.parametrize("mime", ["image/gif", "", "image/png\r\nX: y", "IMAGE/PNG"])
def test_a_cover_of_another_type_is_refused(mime: str):
    """The hint names the types there are."""
    with pytest.raises(ArgsException) as caught:
        cover_request(Secret(TOKEN), b"GIF89a", mime)
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
