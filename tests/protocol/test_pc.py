"""The PC line (protocol document, sections 3.1 to 3.3)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.protocol.answers import answer, sent

from bilibili_api.exceptions import ResponseCodeException, ResponseException, Retry
from bilibili_api.protocol.pc import (
    USER_AGENT,
    VERSION,
    Ticket,
    chunk_count,
    chunk_request,
    complete_request,
    parse_chunk,
    parse_complete,
    parse_preupload,
    preupload_request,
)
from bilibili_api.redaction import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.protocol.wire import Response

URL = "https://upcdn-szhw.bilivideo.com/ugcfr/n211101?e=a%2Fb%3D&uip=%2B&sig=SIGNED"
COMPLETE = "https://upcdn-szhw.bilivideo.com/ugcfr/n211101/complete?sig=SIGNED%20TOO"
NAME = "n211101synthetic0000000000000000"
GRANTED = {"OK": 1, "url": URL, "complete": COMPLETE, "filename": NAME}
TICKET = Ticket(URL, COMPLETE, NAME)


def test_the_whole_preupload_request_as_it_stands_on_the_wire():
    """Token, account number and profile in the query, over https."""
    request = preupload_request(Secret("0123/abc"), 42)
    assert request.method == "GET"
    assert request.url == (
        "https://member.bilibili.com/preupload?access_key=0123%2Fabc&mid=42&profile=ugcfr%2Fpc3"
    )
    assert request.headers == {"User-Agent": USER_AGENT}
    assert sent(request) == b""


def test_preupload_needs_no_account_number():
    """0 stands in for it."""
    assert "&mid=0&" in preupload_request(Secret("abc")).url


def test_version_and_user_agent_tell_of_the_same_tool():
    """A tool that contradicts itself would look forged."""
    assert VERSION in USER_AGENT
    assert f"build/{VERSION.rpartition('.')[2]} " in USER_AGENT


def test_a_ticket_keeps_the_signed_urls_byte_for_byte():
    """Escapes are neither undone nor done again."""
    assert parse_preupload(answer(GRANTED)) == TICKET


@pytest.mark.parametrize("scheme", ["http", "HTTP", "https", "HTTPS"])
def test_a_ticket_is_always_for_https(scheme: str):
    """The URLs are signed, so they do not travel in the open; only their scheme changes."""
    rest = URL.removeprefix("https")
    ticket = parse_preupload(answer({**GRANTED, "url": scheme + rest, "complete": scheme + rest}))
    assert (ticket.url, ticket.complete_url) == (URL, URL)


def test_a_ticket_does_not_show_its_urls():
    """Its repr tells the file name only."""
    assert repr(TICKET) == f"Ticket(filename={NAME!r})"


@pytest.mark.parametrize(
    "url",
    [
        "",
        7,
        None,
        "/ugcfr/path",
        "//host/path",
        "ftp://host/path",
        "https:///path",
        "https://?query",
        "https://user@host/path",
        "https://user:word@host/path",
        "https://host\\@other/path",
        "https://host/a path",
        "https://host/a\tpath",
        "https://host/a\r\nHeader: x",
        "https://host/\x00",
        "https://host/\x7f",
        "https://host/视频",
        "https://主机/path",
        "https://host/path#fragment",
        "https://host:99999/path",
        "https://host:port/path",
        "https://a..b/path",
        "https://" + "a" * 64 + "/path",
        " https://host/path",
        "https://host/path\n",
        "https://[::1/path",
    ],
)
@pytest.mark.parametrize("member", ["url", "complete"])
def test_a_ticket_with_an_unusable_url_is_refused(member: str, url: object):
    """Relative, without host, with user name, fragment, spaces, control characters or non-ASCII."""
    with pytest.raises(ResponseException, match=f"'{member}'"):
        parse_preupload(answer({**GRANTED, member: url}))


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.com",
        "bilivideo.com.example.com",
        "evilbilivideo.com",
        "localhost",
        "127.0.0.1",
    ],
)
@pytest.mark.parametrize("member", ["url", "complete"])
def test_a_ticket_that_leads_to_a_stranger_is_refused(member: str, host: str):
    """The video and its signature go to Bilibili only (section 0.1)."""
    with pytest.raises(ResponseException, match="Bilibili's"):
        parse_preupload(answer({**GRANTED, member: f"https://{host}/ugcfr/n?sig=1"}))


@pytest.mark.parametrize(
    "host", ["upcdn-szhw.bilivideo.com:8443", "member.bilibili.com", "UPCDN.BILIVIDEO.CN"]
)
def test_a_ticket_may_lead_to_any_host_of_bilibili(host: str):
    """Which one is the server's choice (section 3.1)."""
    url = f"https://{host}/ugcfr/n?sig=1"
    assert parse_preupload(answer({**GRANTED, "url": url})).url == url


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "a b", "a\n", "\x00", "a\x7f", "名", "x" * 201, 5, None, ["n"]]
)
def test_a_ticket_with_a_strange_file_name_is_refused(name: object):
    """The name goes into the submission and into records, so it must be bare."""
    with pytest.raises(ResponseException, match="'filename'"):
        parse_preupload(answer({**GRANTED, "filename": name}))


@pytest.mark.parametrize("name", ["n", "x" * 200, "n2111-a_b.c~d", "m220101a2:b"])
def test_any_bare_file_name_is_accepted(name: str):
    """What names look like is the server's affair."""
    assert parse_preupload(answer({**GRANTED, "filename": name})).filename == name


def test_the_whole_chunk_request_as_it_stands_on_the_wire():
    """The fields in the documented order, the file last, to the ticket's URL as it is."""
    content = b"\x00\xffchunk"
    md5 = hashlib.md5(content).hexdigest()
    request = chunk_request(TICKET, name="P1.mp4", number=2, total=3, content=memoryview(content), md5=md5)
    assert (request.method, request.url) == ("POST", URL)
    assert request.headers == {
        "User-Agent": USER_AGENT,
        "Content-Type": f"multipart/form-data; boundary=----bvup{md5}",
    }
    fields = (("version", VERSION), ("filesize", "7"), ("chunk", "2"), ("chunks", "3"), ("md5", md5))
    assert sent(request) == (
        b"".join(
            f'------bvup{md5}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields
        )
        + f'------bvup{md5}\r\nContent-Disposition: form-data; name="file"; filename="P1.mp4"\r\n'.encode()
        + b"Content-Type: application/octet-stream\r\n\r\n"
        + content
        + f"\r\n------bvup{md5}--\r\n".encode()
    )


def test_a_chunk_is_not_copied_into_its_request():
    """The body holds the caller's own buffer, and knows its whole length."""
    buffer = bytearray(b"chunk")
    view = memoryview(buffer)
    request = chunk_request(TICKET, name="a", number=0, total=1, content=view, md5="0" * 32)
    buffer[:] = b"CHUNK"
    assert b"CHUNK" in sent(request)
    assert len(request.body) == len(sent(request))


def test_the_whole_completion_as_it_stands_on_the_wire():
    """A form about the whole file, to the ticket's other URL as it is."""
    request = complete_request(TICKET, chunks=3, size=12345, md5="ab" * 16, name="第 1 集&.mp4")
    assert (request.method, request.url) == ("POST", COMPLETE)
    assert request.headers == {
        "User-Agent": USER_AGENT,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert sent(request) == (
        b"chunks=3&filesize=12345&md5=abababababababababababababababab"
        b"&name=%E7%AC%AC%201%20%E9%9B%86%26.mp4&version=2.3.0.1092"
    )


def test_a_name_that_is_not_utf8_is_still_sent():
    """An undecodable byte of a file name becomes a question mark, in both requests alike."""
    name = "caf\udce9.mp4"
    chunk = chunk_request(TICKET, name=name, number=0, total=1, content=memoryview(b""), md5="0" * 32)
    assert b'filename="caf?.mp4"' in sent(chunk)
    assert b"name=caf%3F.mp4" in sent(complete_request(TICKET, chunks=1, size=1, md5="0" * 32, name=name))


@pytest.mark.parametrize("parse", [parse_chunk, parse_complete])
def test_success_is_read_whatever_the_content_type_says(parse: Callable[[Response], None]):
    """The host serves JSON under another content type (section 3.1, quirk 1)."""
    parse(answer({"OK": 1, "info": "Successful."}, headers={"content-type": "text/plain"}))


@pytest.mark.parametrize("parse", [parse_chunk, parse_complete])
@pytest.mark.parametrize("state", [0, -1, 2, "1", True, None])
def test_anything_but_ok_1_is_a_failure_that_may_be_repeated(
    parse: Callable[[Response], None], state: object
):
    """The server's `info` is told, and the same request may help."""
    with pytest.raises(ResponseCodeException, match="No file in body") as caught:
        parse(answer({"OK": state, "info": "No file in body."}))
    assert (caught.value.kind, caught.value.retry) == ("NOT_OK", Retry.SAME)


def test_a_refused_preupload_is_final_and_shows_the_answer():
    """Without a message the whole answer is told (section 3.1)."""
    with pytest.raises(ResponseCodeException, match=r'"reason": 17') as caught:
        parse_preupload(answer({"OK": 0, "reason": 17}))
    assert (caught.value.code, caught.value.retry) == (0, Retry.NO)


@pytest.mark.parametrize(("size", "count"), [(1, 1), (9, 1), (10, 1), (11, 2), (100, 10), (101, 11), (0, 0)])
def test_a_file_is_cut_into_as_few_chunks_as_possible(size: int, count: int):
    """The last chunk may be shorter."""
    assert chunk_count(size, 10) == count


@settings(deadline=None)
@given(st.integers(0, 1 << 50), st.integers(1, 1 << 30))
def test_chunks_cover_the_file_and_none_is_empty(size: int, chunk_size: int):
    """However large the file."""
    count = chunk_count(size, chunk_size)
    assert (count - 1) * chunk_size < max(size, 1) <= max(count, 1) * chunk_size
