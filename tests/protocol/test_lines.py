"""The lines of UPOS and how they are measured (protocol document, section 4.1)."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.answers import answer, sent

from bilibili_api.exceptions import ArgsException, NetworkException, ResponseCodeException, ResponseException
from bilibili_api.protocol.browser import HEADERS
from bilibili_api.protocol.lines import (
    DEFAULT,
    KNOWN,
    STORAGE_HOST,
    Line,
    Probe,
    line_named,
    measure_request,
    parse_probe,
    probe_request,
)
from bilibili_api.protocol.wire import Response

BDA2 = {
    "os": "upos",
    "query": "probe_version=20221109&upcdn=bda2&zone=cs",
    "probe_url": "//upos-cs-upcdnbda2.bilivideo.com/OK",
}
LISTED = {"OK": 1, "lines": [BDA2], "probe": {"post": 0.1}}

TABLE = {
    # name: upcdn, zone, host
    "bda2": ("bda2", "cs", "upos-cs-upcdnbda2.bilivideo.com"),
    "bldsa": ("bldsa", "cs", "upos-cs-upcdnbldsa.bilivideo.com"),
    "tx": ("tx", "cs", "upos-cs-upcdntx.bilivideo.com"),
    "txa": ("txa", "cs", "upos-cs-upcdntxa.bilivideo.com"),
    "alia": ("alia", "cs", "upos-cs-upcdnalia.bilivideo.com"),
    "bda": ("bda", "cs", "upos-cs-upcdnbda.bilivideo.com"),
    "qn": ("qn", "cs", "upos-cs-upcdnqn.bilivideo.com"),
    "ws": ("ws", "cs", "upos-cs-upcdnws.bilivideo.com"),
    "cnbldsa": ("cnbldsa", "cs", "upos-cs-upcdnbldsa.bilivideo.cn"),
    "cnbd": ("cnbd", "cs", "upos-cs-upcdnbd.bilivideo.cn"),
    "cntx": ("cntx", "cs", "upos-cs-upcdntx.bilivideo.com"),
    "andsa": ("andsa", "cs", "c3350892csdsa.anitama.cn"),
    "anbd": ("anbd", "cs", "c3350892csbd.anitama.cn"),
    "antx": ("antx", "cs", "c3350892cstx.anitama.cn"),
    "atdsa": ("atdsa", "cs", "c3350892csdsa.anitama.net"),
    "atbd": ("atbd", "cs", "c3350892csbd.anitama.net"),
    "attx": ("attx", "cs", "c3350892cstx.anitama.net"),
    "jd-alia": ("alia", "jd", "upos-jd-upcdnalia.bilivideo.com"),
    "jd-bd": ("bd", "jd", "upos-jd-upcdnbd.bilivideo.com"),
    "jd-bldsa": ("bldsa", "jd", "upos-jd-upcdnbldsa.bilivideo.com"),
    "jd-tx": ("tx", "jd", "upos-jd-upcdntx.bilivideo.com"),
    "jd-txa": ("txa", "jd", "upos-jd-upcdntxa.bilivideo.com"),
    "estx": ("estx", "cs", ""),
    "hw": ("hw", "sz", ""),
    "qnhk": ("qnhk", "cs", ""),
}


@pytest.mark.parametrize(("name", "row"), TABLE.items())
def test_each_line_of_the_document_is_known(name: str, row: tuple[str, str, str]):
    """By its name, with what preupload is told of it and the host to measure, where there is one."""
    upcdn, zone, host = row
    line = line_named(name)
    assert line == Line(name, f"probe_version=20221109&upcdn={upcdn}&zone={zone}", host, "/OK")


def test_no_other_line_is_known():
    """The table above is complete; its first names are those users are told first."""
    assert list(KNOWN) == list(TABLE)


def test_the_line_taken_without_measuring_is_bilibilis_own():
    """Its own network."""
    assert line_named("bldsa") == DEFAULT


@pytest.mark.parametrize("name", ["BLDSA", " bldsa\n", "Bldsa"])
def test_case_and_spaces_around_a_name_do_not_matter(name: str):
    """As people type."""
    assert line_named(name) is KNOWN["bldsa"]


@pytest.mark.parametrize("name", ["", "kodo", "cos", "bldsa2", "upos", "\x1b[2J", "x" * 10_000])
def test_an_unknown_line_is_refused_with_all_that_are_known(name: str):
    """Those that died in 2023 too (section 0.2); what was typed is shown short and printable."""
    with pytest.raises(ArgsException, match="There is no line") as caught:
        line_named(name)
    assert all(known in caught.value.hint for known in (*KNOWN, "auto"))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 80


def test_the_whole_probe_request_as_it_stands_on_the_wire():
    """A browser's header fields, and no login."""
    request = probe_request()
    assert (request.method, request.url) == ("GET", "https://member.bilibili.com/preupload?r=probe")
    assert (request.headers, sent(request)) == (HEADERS, b"")
    assert set(HEADERS) == {"User-Agent", "Referer"}


def test_lines_are_read_in_the_order_of_the_server():
    """The sample of the document, and a second line."""
    second = {**BDA2, "query": "upcdn=qn&zone=cs", "probe_url": "//upos-cs-upcdnqn.bilivideo.com/OK"}
    probe = parse_probe(answer({**LISTED, "lines": [second, BDA2]}))
    assert probe.lines == (
        Line("qn", "upcdn=qn&zone=cs", "upos-cs-upcdnqn.bilivideo.com"),
        KNOWN["bda2"],
    )


@pytest.mark.parametrize(
    ("query", "url", "name"),
    [
        ("upcdn=tx&zone=cs", "//upos-cs-upcdntx.bilivideo.com/OK", "tx"),
        ("upcdn=alia&zone=jd", "//upos-jd-upcdnalia.bilivideo.com/OK", "jd-alia"),
        ("upcdn=dsa&zone=cs", "//c3350892csdsa.anitama.net/OK", "atdsa"),
        ("zone=sz&upcdn=ws", "//upos-sz-upcdnws.bilivideo.com/OK", "ws"),
        ("probe_version=20260101&upcdn=estx", "//upos-cs-upcdnestx.bilivideo.com/OK", "estx"),
        ("zone=cs", "//upos-cs-new.bilivideo.com/OK", "upos-cs-new.bilivideo.com"),
    ],
)
def test_a_line_is_called_as_users_know_it(query: str, url: str, name: str):
    """By its host; a new one by what preupload is told, else by its host. The query is kept as it is."""
    (line,) = parse_probe(answer({**LISTED, "lines": [{**BDA2, "query": query, "probe_url": url}]})).lines
    assert (line.name, line.query) == (name, query)


def test_a_line_without_a_known_host_is_measured_where_the_server_says():
    """The table has nothing to measure for it; an answer that names its host has."""
    url = "//upos-cs-upcdnestx.bilivideo.com/OK"
    probe = parse_probe(
        answer({**LISTED, "lines": [{**BDA2, "query": KNOWN["estx"].query, "probe_url": url}]})
    )
    assert probe.lines == (replace(KNOWN["estx"], probe_host="upos-cs-upcdnestx.bilivideo.com"),)
    assert measure_request(probe.lines[0], probe).url == f"https:{url}"


@pytest.mark.parametrize("url", ["//h.bilivideo.com/OK", "https://h.bilivideo.com/OK"])
def test_a_line_is_measured_over_https(url: str):
    """Addresses without a scheme are meant so."""
    probe = parse_probe(answer({**LISTED, "lines": [{**BDA2, "probe_url": url}]}))
    assert measure_request(probe.lines[0], probe).url == "https://h.bilivideo.com/OK"


def test_a_line_listed_twice_is_measured_once():
    """It would only slow the choice down."""
    assert len(parse_probe(answer({**LISTED, "lines": [BDA2, BDA2]})).lines) == 1


UNUSABLE = [
    None,
    7,
    "bda2",
    [BDA2],
    {},
    {**BDA2, "os": "kodo"},
    {**BDA2, "os": None},
    {**BDA2, "query": None},
    {**BDA2, "query": ""},
    {**BDA2, "query": "upcdn"},
    {**BDA2, "query": "upcdn=a b"},
    {**BDA2, "query": "upcdn=a#b"},
    {**BDA2, "query": "upcdn=a&&zone=cs"},
    {**BDA2, "query": "upcdn=a\r\nX: y"},
    {**BDA2, "query": "upcdn=视"},
    {**BDA2, "query": "upcdn=" + "a" * 300},
    {**BDA2, "probe_url": None},
    {**BDA2, "probe_url": ""},
    {**BDA2, "probe_url": "//upos-cs-upcdnbda2.bilivideo.com"},
    {**BDA2, "probe_url": "http://upos-cs-upcdnbda2.bilivideo.com/OK"},
    {**BDA2, "probe_url": "//upos-cs-upcdnbda2.bilivideo.com:8080/OK"},
    {**BDA2, "probe_url": "//user@upos-cs-upcdnbda2.bilivideo.com/OK"},
    {**BDA2, "probe_url": "//upos-cs-upcdnbda2.bilivideo.com/OK?a=b"},
    {**BDA2, "probe_url": "//upos-cs-upcdnbda2.bilivideo.com/O K"},
    {**BDA2, "probe_url": "//127.0.0.1/OK"},
    {**BDA2, "probe_url": "//localhost/OK"},
    {**BDA2, "probe_url": "//example.com/OK"},
    {**BDA2, "probe_url": "//bilivideo.com.example.com/OK"},
    {**BDA2, "probe_url": "//evilbilivideo.com/OK"},
]


@pytest.mark.parametrize("entry", UNUSABLE)
def test_an_entry_that_makes_no_sense_is_left_out(entry: object):
    """Of another kind of storage, without host or query, or at a host that is not Bilibili's."""
    assert parse_probe(answer({**LISTED, "lines": [entry, BDA2]})).lines == (KNOWN["bda2"],)


@given(st.from_regex(r"(https:)?//[a-z.]*bilivideo\.com/.*", fullmatch=True), st.text(max_size=12))
def test_whatever_makes_a_line_makes_clean_requests(url: str, upcdn: str):
    """URLs of visible ASCII at Bilibili's storage, and a query that adds to preupload what it says."""
    try:
        probe = parse_probe(
            answer({**LISTED, "lines": [{**BDA2, "query": f"upcdn={upcdn}", "probe_url": url}]})
        )
    except ResponseException:
        return
    (line,) = probe.lines
    assert re.fullmatch(r"https://[a-z0-9.-]+\.bilivideo\.com/[!-~]+", measure_request(line, probe).url)
    assert re.fullmatch(r"upcdn=[!-~]*", line.query)
    assert "#" not in line.query


@pytest.mark.parametrize("lines", [None, 7, {}, [], UNUSABLE])
def test_an_answer_without_a_usable_line_is_unexpected(lines: object):
    """Then the default is taken, hence no empty choice."""
    with pytest.raises(ResponseException, match="names no line"):
        parse_probe(answer({**LISTED, "lines": lines}))


@pytest.mark.parametrize(
    ("how", "method", "size"),
    [
        ({"post": 0.1}, "POST", 104857),
        ({"post": 1}, "POST", 1048576),
        ({"post": 10}, "POST", 10485760),
        ({"post": 16}, "POST", 16777216),
        ({"post": 16.1}, "POST", 104857),
        ({"post": 0}, "POST", 104857),
        ({"post": -1}, "POST", 104857),
        ({"post": True}, "POST", 104857),
        ({"post": None}, "POST", 104857),
        ({"post": "1"}, "POST", 104857),
        ({"post": float("nan")}, "POST", 104857),
        ({"post": 10**400}, "POST", 104857),
        ({"get": 0.1}, "GET", 0),
        ({"get": 5}, "GET", 0),
        ({}, "GET", 0),
        (None, "GET", 0),
        ("post", "GET", 0),
    ],
)
def test_the_server_says_how_to_measure(how: object, method: str, size: int):
    """POST with a number of MiB, 0.1 where that makes no sense; or GET."""
    probe = parse_probe(answer({**LISTED, "probe": how}))
    assert (probe.method, probe.size) == (method, size)


def test_the_whole_measurement_as_it_stands_on_the_wire():
    """As many zeros as the server asked for, to the line's host."""
    request = measure_request(KNOWN["qn"], Probe((), "POST", 5))
    assert (request.method, request.url) == ("POST", "https://upos-cs-upcdnqn.bilivideo.com/OK")
    assert (request.headers, sent(request)) == ({}, b"\0" * 5)


def test_a_measurement_by_get_has_no_body():
    """Only the time of the answer counts."""
    request = measure_request(KNOWN["qn"], Probe((), "GET", 0))
    assert (request.method, sent(request)) == ("GET", b"")


def test_a_refused_probe_says_to_name_a_line():
    """It needs no login, so a login would not help."""
    with pytest.raises(ResponseCodeException, match="busy") as caught:
        parse_probe(answer({"OK": 0, "message": "busy"}))
    assert "Name a line" in caught.value.hint


def test_a_block_page_instead_of_lines_is_told_by_its_status():
    """HTTP 412 (section 8.2)."""
    with pytest.raises(NetworkException) as caught:
        parse_probe(Response(412, {}, b"<!DOCTYPE html>"))
    assert caught.value.kind == "ADDRESS_BLOCKED"


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_known_would_be_accepted_from_the_server(name: str):
    """The hosts, where there are any, are the storage's, and the queries name line and zone."""
    line = KNOWN[name]
    assert not line.probe_host or re.fullmatch(STORAGE_HOST, line.probe_host)
    assert set(parse_qs(line.query)) == {"probe_version", "upcdn", "zone"}


@pytest.mark.parametrize(
    "host",
    [
        "",
        "bilivideo.com",
        "-a.bilivideo.com",
        "a-.bilivideo.com",
        "a..bilivideo.com",
        ".bilivideo.com",
        "a" * 64 + ".bilivideo.com",
        "a." * 9 + "bilivideo.com",
        "A.bilivideo.com",
        "a_b.bilivideo.com",
        "a.bilivideo.net",
        "a.bilivideo.com.",
        "a.bilivideoxcom",
    ],
)
def test_what_is_no_host_of_the_storage(host: str):
    """Names that could not be looked up, and names of others."""
    assert not re.fullmatch(STORAGE_HOST, host)
