"""The UPOS line (protocol document, sections 4.2 to 4.9)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.answers import answer, sent

from bilibili_api.exceptions import (
    NetworkException,
    PartsMissing,
    ResponseCodeException,
    ResponseException,
    Retry,
)
from bilibili_api.protocol.bodies import Stretch
from bilibili_api.protocol.browser import HEADERS
from bilibili_api.protocol.cookies import Cookies
from bilibili_api.protocol.lines import KNOWN
from bilibili_api.protocol.upos import (
    Profile,
    Ticket,
    complete_request,
    has_expired,
    init_request,
    parse_complete,
    parse_init,
    parse_part,
    parse_preupload,
    part_request,
    preupload_request,
)
from bilibili_api.protocol.wire import Response
from bilibili_api.redaction import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    Parser = Callable[[Response], object]

AUTH = (
    "ak=1494471752&cdn=%2F%2Fupos-cs-upcdnbda2.bilivideo.com&os=upos&sign=0123456789abcdef0123456789abcdef"
    "&timestamp=1700000000.123&uid=10001&uip=192.0.2.7&uport=40000&use_dqp=0"
)
NAME = "n231114synthetic0000000000000000"
BDA2, QN = "upos-cs-upcdnbda2.bilivideo.com", "upos-cs-upcdnqn.bilivideo.com"
GRANTED: dict[str, object] = {
    "OK": 1,
    "auth": AUTH,
    "biz_id": 500001630152509,
    "chunk_retry": 10,
    "chunk_retry_delay": 3,
    "chunk_size": 10485760,
    "endpoint": f"//{BDA2}",
    "endpoints": [f"//{BDA2}", f"//{QN}"],
    "expose_params": None,
    "put_query": "os=upos&profile=ugcfx%2Fbup",
    "threads": 3,
    "timeout": 1200,
    "uip": "192.0.2.7",
    "upos_uri": f"upos://ugcfx2lf/{NAME}.mp4",
}
TICKET = Ticket(
    auth=Secret(AUTH),
    hosts=(BDA2, QN),
    path=f"/ugcfx2lf/{NAME}.mp4",
    filename=NAME,
    biz_id=500001630152509,
    part_size=10485760,
    threads=3,
    issued=1700000000.123,
)
BEGUN = TICKET.begun("26c674b4-0dce-45f5-a9cd-000000000000")
OTHER = Profile("ugcfx/bup", "2.14.0", "2140000")
COOKIES = Cookies({"SESSDATA": "abc%2C1", "bili_jct": "0f"})
OBJECT = f"https://{QN}/ugcfx2lf/{NAME}.mp4"

parsers = pytest.mark.parametrize("parse", [parse_init, parse_part, parse_complete])
"""Of what the storage answers."""


class Bytes:
    """A source in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read_into(self, offset: int, room: memoryview) -> None:
        room[:] = self._content[offset : offset + len(room)]

    def read_now(self, offset: int, room: memoryview) -> int:
        self.read_into(offset, room)
        return len(room)


def test_the_whole_preupload_request_as_it_stands_on_the_wire():
    """File, profile and wished line in the query, the account in the cookies, the rest as a browser."""
    request = preupload_request(COOKIES, name="第 1 集&.mp4", size=12345, line=KNOWN["bda2"])
    assert request.method == "GET"
    assert request.url == (
        "https://member.bilibili.com/preupload?name=%E7%AC%AC%201%20%E9%9B%86%26.mp4&size=12345&r=upos"
        "&profile=ugcupos%2Fbup&version=2.14.0&build=2140000&ssl=0&webVersion=2.14.0"
        "&probe_version=20221109&upcdn=bda2&zone=cs"
    )
    assert request.headers == {**HEADERS, "Cookie": "SESSDATA=abc%2C1; bili_jct=0f"}
    assert sent(request) == b""


def test_a_name_that_is_not_utf8_is_still_sent():
    """An undecodable byte becomes a question mark, at preupload and completion alike."""
    name = "caf\udce9.mp4"
    assert "name=caf%3F.mp4&" in preupload_request(COOKIES, name=name, size=1, line=KNOWN["qn"]).url
    assert "name=caf%3F.mp4&" in complete_request(BEGUN, QN, name=name, parts=1).url


def test_the_sample_of_the_document_makes_a_ticket():
    """Everything later steps need, the profile that was asked for included."""
    assert parse_preupload(answer(GRANTED)) == TICKET
    assert parse_preupload(answer(GRANTED), OTHER) == replace(TICKET, profile=OTHER)


def test_a_ticket_does_not_show_its_auth():
    """Not in its repr; the value itself stays byte for byte."""
    ticket = parse_preupload(answer(GRANTED))
    assert "sign" not in repr(ticket)
    assert ticket.auth.reveal() == AUTH


@pytest.mark.parametrize(
    ("uri", "path", "filename"),
    [
        ("upos://ugc/n1.mp4", "/ugc/n1.mp4", "n1"),
        ("upos://ugcfx2lf/n1.flv", "/ugcfx2lf/n1.flv", "n1"),
        ("upos://ugc/n1", "/ugc/n1", "n1"),
        ("upos://ugc/n1.a.mp4", "/ugc/n1.a.mp4", "n1.a"),
        ("upos://ugc/n_1-2.MP4~", "/ugc/n_1-2.MP4~", "n_1-2"),
    ],
)
def test_the_stored_name_is_the_last_of_the_uri_without_extension(uri: str, path: str, filename: str):
    """The path keeps it (section 4.5)."""
    ticket = parse_preupload(answer({**GRANTED, "upos_uri": uri}))
    assert (ticket.path, ticket.filename) == (path, filename)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        None,
        7,
        "n1.mp4",
        "upos://ugc",
        "upos://ugc/",
        "upos:///n1.mp4",
        "upos://ugc/../n1.mp4",
        "upos://ugc/..",
        "upos://ugc/.mp4",
        "upos://ugc/a/n1.mp4",
        "upos://ugc/n1.mp4?x=y",
        "upos://ugc/n1.mp4#x",
        "upos://ugc/n 1.mp4",
        "upos://ugc/n%2F1.mp4",
        "upos://ugc/n1.mp4\n",
        "upos://ugc/n1.mp4\r\nX: y",
        "upos://ugc/视.mp4",
        "upos://ugc/" + "n" * 201,
        "https://ugc/n1.mp4",
    ],
)
def test_a_ticket_with_a_strange_uri_is_refused(uri: object):
    """Its parts go into URLs and into the submission, so they must be bare."""
    with pytest.raises(ResponseException, match="'upos_uri'"):
        parse_preupload(answer({**GRANTED, "upos_uri": uri}))


@pytest.mark.parametrize("auth", ["", None, 7, "a\r\nX: y", "a\x00", "a\x7f", "视", "\udce9"])
def test_a_ticket_with_an_unusable_auth_is_refused(auth: object):
    """It goes into a header; it is not told."""
    with pytest.raises(ResponseException, match="'auth'"):
        parse_preupload(answer({**GRANTED, "auth": auth}))


MANY = tuple(f"h{n}.bilivideo.com" for n in range(99))


@pytest.mark.parametrize(
    ("endpoint", "endpoints", "hosts"),
    [
        (f"//{BDA2}", [f"//{BDA2}", f"//{QN}"], (BDA2, QN)),
        (f"//{QN}", [f"//{BDA2}", f"//{QN}"], (QN, BDA2)),
        (f"//{QN}", [], (QN,)),
        (f"//{QN}", None, (QN,)),
        (None, [f"//{BDA2}"], (BDA2,)),
        ("//evil.example.com", [f"//{BDA2}", "//evil.example.com", 7, None], (BDA2,)),
        ("//c3350892csdsa.anitama.cn", None, ("c3350892csdsa.anitama.cn",)),
        (f"//{BDA2}", [f"//h{n}.bilivideo.com" for n in range(99)], (BDA2, *MANY[:15])),
    ],
)
def test_the_hosts_are_the_endpoint_and_its_alternatives(
    endpoint: object, endpoints: object, hosts: tuple[str, ...]
):
    """The preferred one first, each once, 16 at most; strangers are left out."""
    ticket = parse_preupload(answer({**GRANTED, "endpoint": endpoint, "endpoints": endpoints}))
    assert ticket.hosts == hosts


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        None,
        7,
        QN,
        f"http://{QN}",
        f"//{QN}/",
        f"//{QN}:8080",
        f"//user@{QN}",
        f"//{QN}\n",
        "//example.com",
        "//bilivideo.com.example.com",
        f"//example.com/{QN}",
        "//127.0.0.1",
    ],
)
def test_a_ticket_that_leads_away_from_bilibilis_storage_is_refused(endpoint: object):
    """A stranger would be handed what the account may do for five days."""
    with pytest.raises(ResponseException, match="no host of Bilibili's storage"):
        parse_preupload(answer({**GRANTED, "endpoint": endpoint, "endpoints": [endpoint]}))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        *(("biz_id", value) for value in (None, "5", True, 1.0, -1, 2**63)),
        *(("chunk_size", value) for value in (None, "5", True, 10485760.0, 0, -1, 128 * 1024**2 + 1)),
    ],
)
def test_a_ticket_with_an_impossible_number_is_refused(member: str, value: object):
    """Without it the file cannot be cut, or not be found again."""
    with pytest.raises(ResponseException, match=f"'{member}'"):
        parse_preupload(answer({**GRANTED, member: value}))


@pytest.mark.parametrize(
    ("value", "threads"), [(1, 1), (5, 5), (64, 64), (65, 3), (0, 3), (-1, 3), (None, 3), ("5", 3), (True, 3)]
)
def test_a_senseless_suggestion_of_threads_is_passed_over(value: object, threads: int):
    """Three is usual (section 4.7)."""
    assert parse_preupload(answer({**GRANTED, "threads": value})).threads == threads


@pytest.mark.parametrize(
    ("auth", "issued"),
    [
        ("timestamp=1700000000.123", 1700000000.123),
        ("a=b&timestamp=1700000000", 1700000000.0),
        ("a=b", 0.0),
        ("timestamp=", 0.0),
        ("timestamp=soon", 0.0),
        ("timestamp=nan", 0.0),
        ("timestamp=1e9", 0.0),
        ("timestamp=%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1", 0.0),
        ("timestamp=" + "9" * 50, 0.0),
        ("opaque", 0.0),
    ],
)
def test_the_age_of_a_ticket_is_read_from_its_auth(auth: str, issued: float):
    """0 where it does not say."""
    assert parse_preupload(answer({**GRANTED, "auth": auth})).issued == issued


@pytest.mark.parametrize(
    ("age", "stale"), [(-3600, False), (0, False), (4.49, False), (4.51, True), (5.1, True), (400, True)]
)
def test_a_ticket_is_stale_after_four_days_and_a_half(age: float, stale: bool):
    """Of its five, half a day is left for the transfer (section 4.9); a slow clock is no harm."""
    assert TICKET.is_stale(TICKET.issued + age * 86400) is stale


def test_a_ticket_of_unknown_age_is_not_stale():
    """The storage will say."""
    assert not replace(TICKET, issued=0.0).is_stale(1800000000)


def test_being_too_fast_is_told_with_its_code():
    """HTTP 406 with code 601 is a limit of the account, to be waited for (section 4.2)."""
    body = {"OK": 0, "info": "上传过快", "code": 601, "message": "", "detail": {"v_voucher": "voucher_1"}}
    with pytest.raises(ResponseCodeException, match="上传过快") as caught:
        parse_preupload(answer(body, 406))
    assert (caught.value.code, caught.value.kind, caught.value.retry) == (601, "RATE_LIMITED", Retry.LATER)


@pytest.mark.parametrize(
    ("response", "kind", "retry"),
    [
        (Response(403, {}, b""), "NOT_LOGGED_IN", Retry.LOGIN),
        (Response(406, {}, b"<html>"), "RATE_LIMITED", Retry.LATER),
        (Response(412, {}, b"<html>"), "ADDRESS_BLOCKED", Retry.LATER),
        (Response(502, {}, b"<html>"), "SERVER_TROUBLE", Retry.SAME),
        (answer({"OK": 0, "info": "no"}), "NOT_OK", Retry.NO),
        (answer({"OK": 0, "code": -101, "message": "no"}), "NOT_LOGGED_IN", Retry.LOGIN),
    ],
)
def test_a_refused_preupload_says_what_helps(response: Response, kind: str, retry: Retry):
    """As the table of section 4.2 has it."""
    with pytest.raises((NetworkException, ResponseCodeException)) as caught:
        parse_preupload(response)
    assert (caught.value.kind, caught.value.retry) == (kind, retry)


nearly = st.one_of(
    st.none(), st.integers(), st.text(max_size=12), st.from_regex(r"//[a-z.]*bilivideo\.com.?")
)
uris = st.from_regex(r"upos://[^/]*/.*", fullmatch=True)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "upos_uri": uris,
            "endpoint": nearly,
            "auth": nearly,
            "chunk_size": nearly,
            "threads": nearly,
        },
    )
)
def test_whatever_makes_a_ticket_makes_clean_requests(strange: dict[str, object]):
    """URLs of visible ASCII that lead to Bilibili's storage, a header on one line, a bare name."""
    try:
        ticket = parse_preupload(answer({**GRANTED, **strange}))
    except ResponseException:
        return
    for host in ticket.hosts:
        request = init_request(ticket, host, size=1)
        assert re.fullmatch(r"https://[a-z0-9.-]+\.(bilivideo|anitama)\.(com|cn|net)/[!-~]+", request.url)
        assert request.headers["X-Upos-Auth"].isascii()
        assert request.headers["X-Upos-Auth"].isprintable()
    assert re.fullmatch(r"[A-Za-z0-9._-]+", ticket.filename)


def test_the_whole_init_as_it_stands_on_the_wire():
    """`uploads` without a value first, the long form after it, no body, at the host that was chosen."""
    request = init_request(TICKET, QN, size=12345)
    assert request.method == "POST"
    assert request.url == (
        f"{OBJECT}?uploads&output=json&profile=ugcupos%2Fbup&filesize=12345&partsize=10485760"
        "&biz_id=500001630152509"
    )
    assert (request.headers, sent(request)) == ({"X-Upos-Auth": AUTH}, b"")


@pytest.mark.parametrize(
    "number", ["26c674b4-0dce-45f5-a9cd-000000000000", "0123456789abcdef0123456789abcdef"]
)
def test_init_gives_the_number_of_the_upload(number: str):
    """A UUID today, 32 hex digits until 2023."""
    body = {"OK": 1, "bucket": "ugcfx2lf", "key": f"/{NAME}.mp4", "upload_id": number}
    assert TICKET.begun(parse_init(answer(body))).upload_id == number


@pytest.mark.parametrize("number", ["", None, 7, "a b", "a&b", "a\n", "视", "x" * 201, "a/b", "a%20b"])
def test_a_strange_number_of_an_upload_is_refused(number: object):
    """It goes into every URL after it; asking again may help."""
    with pytest.raises(ResponseException, match="'upload_id'") as caught:
        parse_init(answer({"OK": 1, "upload_id": number}))
    assert caught.value.retry is Retry.SAME


def test_the_whole_part_as_it_stands_on_the_wire():
    """`chunk` from 0, `partNumber` from 1, `end` exclusive; the last part is shorter."""
    source = Bytes(b"0123456789")
    request = part_request(
        BEGUN, QN, number=2, total=3, start=8, end=10, size=10, body=Stretch(source, 8, 10)
    )
    assert request.method == "PUT"
    assert request.url == (
        f"{OBJECT}?partNumber=3&uploadId=26c674b4-0dce-45f5-a9cd-000000000000&chunk=2&chunks=3&size=2"
        "&start=8&end=10&total=10"
    )
    assert request.headers == {"X-Upos-Auth": AUTH, "Content-Type": "application/octet-stream"}
    assert (sent(request), len(request.body)) == (b"89", 2)


@pytest.mark.parametrize("body", [b"MULTIPART_PUT_SUCCESS", b"", b"MULTIPART_PUT_SUCCESS\n", b'{"OK":1}'])
def test_a_stored_part_is_told_by_status_and_body(body: bytes):
    """A fixed text or nothing (section 4.4)."""
    parse_part(Response(200, {}, body))


@pytest.mark.parametrize(
    "response",
    [
        Response(200, {}, b"<html>Sign in</html>"),
        Response(200, {}, b"MULTIPART_PUT_FAILURE"),
        Response(200, {}, b'{"OK":0,"info":"no"}'),
        Response(204, {}, b""),
        Response(500, {}, b"MULTIPART_PUT_SUCCESS"),
        Response(502, {}, b""),
        Response(504, {}, b"<html>"),
    ],
)
def test_anything_else_is_no_stored_part_and_may_be_put_again(response: Response):
    """A sign-in page must not pass for a stored part."""
    with pytest.raises((NetworkException, ResponseException, ResponseCodeException)) as caught:
        parse_part(response)
    assert caught.value.retry is Retry.SAME


def test_the_whole_completion_as_it_stands_on_the_wire():
    """Name, profile and number in the query; the parts in order, with the literal `etag`."""
    request = complete_request(BEGUN, QN, name="第 1 集&.mp4", parts=2)
    assert request.method == "POST"
    assert request.url == (
        f"{OBJECT}?output=json&name=%E7%AC%AC%201%20%E9%9B%86%26.mp4&profile=ugcupos%2Fbup"
        "&uploadId=26c674b4-0dce-45f5-a9cd-000000000000&biz_id=500001630152509"
    )
    assert request.headers == {"X-Upos-Auth": AUTH, "Content-Type": "application/json; charset=utf-8"}
    assert sent(request) == b'{"parts":[{"partNumber":1,"eTag":"etag"},{"partNumber":2,"eTag":"etag"}]}'


@given(st.integers(0, 4000))
def test_completion_lists_every_part_once(parts: int):
    """As JSON, from 1 on, however many."""
    listed = json.loads(sent(complete_request(BEGUN, QN, name="a", parts=parts)))["parts"]
    assert [part["partNumber"] for part in listed] == list(range(1, parts + 1))


def test_init_and_completion_name_the_profile_of_the_ticket():
    """As preupload did."""
    ticket = replace(BEGUN, profile=OTHER)
    for request in (init_request(ticket, QN, size=1), complete_request(ticket, QN, name="a", parts=1)):
        assert "&profile=ugcfx%2Fbup&" in request.url


def test_success_of_completion_is_ok_1():
    """Whatever else it says."""
    parse_complete(answer({"OK": 1, "location": "ugcfx2lf/n1.mp4", "bucket": "ugcfx2lf", "etag": "x"}))


@pytest.mark.parametrize(("status", "ok"), [(500, None), (200, 0)])
def test_missing_parts_are_counted(status: int, ok: int | None):
    """Got and expected, from the text that the storage's own error has (section 4.5)."""
    error = "multipart.lua:210: PART_COUNT_ERR_GOT_127_EXPECT_446"
    body = {"OK": ok, "error": error, "http_code": 500, "reqid": "", "title": "UposstorException"}
    with pytest.raises(PartsMissing, match="127 of the 446") as caught:
        parse_complete(answer(body, status))
    assert (caught.value.got, caught.value.expected) == (127, 446)
    assert (caught.value.kind, caught.value.retry) == ("PARTS_MISSING", Retry.NEW_TICKET)
    assert caught.value.hint.endswith(".")


def test_a_count_that_lacks_nothing_is_the_servers_trouble():
    """Putting parts again would not help; completing again may."""
    with pytest.raises(NetworkException, match="GOT_5_EXPECT_5") as caught:
        parse_complete(answer({"error": "PART_COUNT_ERR_GOT_5_EXPECT_5"}, 500))
    assert caught.value.retry is Retry.SAME


@parsers
def test_a_ticket_of_more_than_five_days_has_expired(parse: Parser):
    """HTTP 403, an empty body, and a header that says why (section 4.6)."""
    headers = {"x-upos-auth": f"AUTH_TS_GT_5DAY AUTH={AUTH} Now=1700449893 DURATION=449893"}
    with pytest.raises(NetworkException) as caught:
        parse(Response(403, headers, b""))
    assert has_expired(caught.value)
    assert caught.value.retry is Retry.NEW_TICKET
    assert "sign" not in str(caught.value) + repr(vars(caught.value))


@parsers
def test_another_403_refuses_the_ticket_but_not_for_its_age(parse: Parser):
    """A new one helps; perhaps another host does (section 4.8)."""
    with pytest.raises(NetworkException) as caught:
        parse(Response(403, {}, b""))
    assert not has_expired(caught.value)
    assert caught.value.retry is Retry.NEW_TICKET


@pytest.mark.parametrize(
    ("parse", "retry"),
    [(parse_init, Retry.NO), (parse_part, Retry.NEW_TICKET), (parse_complete, Retry.NEW_TICKET)],
)
def test_404_is_a_mistake_at_init_and_a_dead_target_later(parse: Parser, retry: Retry):
    """Sections 8.2 and 4.9."""
    with pytest.raises(NetworkException) as caught:
        parse(Response(404, {}, b""))
    assert caught.value.retry is retry


@parsers
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_passing_trouble_of_the_storage_may_be_tried_again(parse: Parser, status: int):
    """The same request, at this host or another (section 8.2)."""
    with pytest.raises(NetworkException) as caught:
        parse(Response(status, {}, b"<html>"))
    assert caught.value.retry is Retry.SAME
