"""The account's own archives (protocol document, sections 3.5, 7.1 and 7.2)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.protocol.answers import answer, sent

from bilibili_api.exceptions import ResponseCodeException, ResponseException, Retry
from bilibili_api.protocol.archive_states import STATES, Milestone, Status
from bilibili_api.protocol.archives import (
    Archive,
    ArchivePart,
    archive_request,
    archives_request,
    client_archive_request,
    parse_archive,
    parse_archives,
)
from bilibili_api.protocol.browser import HEADERS
from bilibili_api.protocol.cookies import Cookies
from bilibili_api.protocol.pc import USER_AGENT
from bilibili_api.redaction import Secret

TOKEN = "0123456789abcdef0123456789abcdef"
COOKIES = Cookies({"SESSDATA": "SYNTHETIC", "bili_jct": "fedcba9876543210fedcba9876543210"})
LOGGED_IN = {**HEADERS, "Cookie": "SESSDATA=SYNTHETIC; bili_jct=fedcba9876543210fedcba9876543210"}
MEMBER = "https://member.bilibili.com"

ARCHIVE: dict[str, Any] = {
    "aid": 112861976201494,
    "bvid": "BV181vnexEmB",
    "title": "t",
    "cover": "https://archive.biliimg.com/c.jpg",
    "tid": 21,
    "tag": "a",
    "state": -30,
    "state_desc": "审核中",
    "reject_reason": "",
    "dtime": 5,
    "ptime": 6,
    "ctime": 1700000000,
    "duration": 10,
    "desc": "d",
    "copyright": 2,
    "source": "s",
}
PART: dict[str, Any] = {
    "filename": "n1",
    "cid": 1,
    "title": "P1",
    "desc": "d",
    "duration": 10,
    "status": -30,
    "reject_reason": "",
    "fail_code": 0,
    "xcode_state": 2,
}
PAGE = {"pn": 1, "ps": 20, "count": 2}


def listed(*entries: Any, page: Any = PAGE) -> Any:
    return answer({"code": 0, "data": {"class": {}, "page": page, "arc_audits": list(entries)}})


def viewed(archive: Any, videos: Any) -> Any:
    return answer({"code": 0, "data": {"archive": archive, "videos": videos}})


def test_the_whole_request_for_the_list_as_it_stands_on_the_wire():
    """Every status, first page, by cookies."""
    request = archives_request(COOKIES)
    assert (request.method, request.url) == (
        "GET",
        f"{MEMBER}/x/web/archives?status=is_pubing%2Cpubed%2Cnot_pubed&pn=1&ps=20",
    )
    assert request.headers == LOGGED_IN
    assert sent(request) == b""


def test_the_list_can_be_narrowed():
    """By status, page, size and a word."""
    request = archives_request(COOKIES, statuses=["is_pubing"], page=3, size=10, keyword="标 题")
    assert request.url == (
        f"{MEMBER}/x/web/archives?status=is_pubing&pn=3&ps=10&keyword=%E6%A0%87%20%E9%A2%98"
    )


@pytest.mark.parametrize(
    ("which", "query"),
    [(112861976201494, "aid=112861976201494"), ("BV181vnexEmB", "bvid=BV181vnexEmB"), ("a&b", "bvid=a%26b")],
)
def test_the_whole_request_for_one_archive_as_it_stands_on_the_wire(which: int | str, query: str):
    """By its number or by its id; with cookies or with the token alone, which is not signed."""
    by_cookies, by_token = archive_request(COOKIES, which), client_archive_request(Secret(TOKEN), which)
    assert (by_cookies.method, by_cookies.url) == ("GET", f"{MEMBER}/x/vupre/web/archive/view?{query}")
    assert by_cookies.headers == LOGGED_IN
    assert (by_token.method, by_token.url) == (
        "GET",
        f"{MEMBER}/x/client/archive/view?access_key={TOKEN}&{query}",
    )
    assert by_token.headers == {"User-Agent": USER_AGENT}


def test_no_request_shows_a_secret():
    """Neither cookies nor token."""
    requests = (
        archives_request(COOKIES),
        archive_request(COOKIES, 1),
        client_archive_request(Secret(TOKEN), 1),
    )
    assert not any(secret in repr(requests) for secret in (TOKEN, "SYNTHETIC", COOKIES.csrf))


def test_the_list_gives_archives_with_their_parts():
    """In the server's order, with the page."""
    page = parse_archives(listed({"Archive": ARCHIVE, "Videos": [PART], "stat": {"view": 0}}))
    assert page.archives == (Archive(**ARCHIVE, parts=(ArchivePart(**PART),)),)
    assert (page.number, page.size, page.count) == (1, 20, 2)


def test_one_archive_is_read_like_one_of_the_list():
    """Its members stand under other names."""
    assert parse_archive(viewed(ARCHIVE, [PART])) == Archive(**ARCHIVE, parts=(ArchivePart(**PART),))


@pytest.mark.parametrize("entries", [None, []])
def test_the_list_may_be_empty(entries: object):
    """`arc_audits` may be null."""
    page = parse_archives(answer({"code": 0, "data": {"page": PAGE, "arc_audits": entries}}))
    assert page.archives == ()
    assert page.is_last


@pytest.mark.parametrize(
    ("page", "is_last"),
    [
        ({"pn": 1, "ps": 20, "count": 20}, True),
        ({"pn": 1, "ps": 20, "count": 21}, False),
        ({"pn": 2, "ps": 20, "count": 21}, True),
    ],
)
def test_the_last_page_is_known(page: dict[str, int], *, is_last: bool):
    """By how many archives there are."""
    assert parse_archives(listed({"Archive": ARCHIVE, "Videos": []}, page=page)).is_last is is_last


def test_what_decides_nothing_may_be_missing_or_odd():
    """The rest is still worth knowing."""
    archive = parse_archive(
        viewed({"aid": 1, "bvid": "BV1", "state": 0, "title": 5, "tid": "x"}, [{"filename": "n"}])
    )
    assert archive == Archive(1, "BV1", "", 0, parts=(ArchivePart("n", 0, ""),))


@pytest.mark.parametrize(
    ("filenames", "held"), [(["n1"], True), (["n2", "n1"], True), (["n1", "n3"], False), (["n"], False)]
)
def test_an_archive_tells_whether_it_holds_files(filenames: list[str], *, held: bool):
    """All of them, in any order; so a submission whose answer was lost is found again."""
    archive = parse_archive(viewed(ARCHIVE, [PART, {**PART, "filename": "n2"}]))
    assert archive is not None
    assert archive.holds(filenames) is held


def test_an_archive_without_its_parts_tells_nothing_about_files():
    """Absence is not proven by what is not said."""
    archive = parse_archive(viewed(ARCHIVE, None))
    assert archive is not None
    assert archive.parts is None
    assert archive.holds(["n1"]) is None


@pytest.mark.parametrize(
    ("videos", "held"),
    [
        ([], None),
        ([{"cid": 1}], None),
        ([{**PART, "filename": ""}], None),
        ([{**PART, "filename": None}, {**PART, "filename": "n2"}], None),
        ([{"cid": 1}, PART], True),
    ],
)
def test_parts_without_their_names_prove_no_absence(videos: object, held: object):
    """A name that is not told could be the one that is looked for; one that is told is found all the same."""
    page = parse_archives(listed({"Archive": ARCHIVE, "Videos": videos}))
    assert [archive.holds(["n1"]) for archive in page.archives] == [held]


def test_a_foreign_archive_is_none():
    """It comes with an empty bvid (section 7.2)."""
    assert parse_archive(viewed({**ARCHIVE, "bvid": ""}, [PART])) is None


BROKEN: list[dict[str, object]] = [
    {"code": 0, "data": None},
    {"code": 0, "data": {"arc_audits": []}},
    {"code": 0, "data": {"page": {"pn": 1, "ps": 20}, "arc_audits": []}},
    {"code": 0, "data": {"page": PAGE, "arc_audits": {}}},
    {"code": 0, "data": {"page": PAGE, "arc_audits": [None]}},
    {"code": 0, "data": {"page": PAGE, "arc_audits": [{}]}},
    {"code": 0, "data": {"page": PAGE, "arc_audits": [{"Archive": {**ARCHIVE, "aid": "1"}}]}},
    {"code": 0, "data": {"page": PAGE, "arc_audits": [{"Archive": {**ARCHIVE, "bvid": ""}}]}},
    {"code": 0, "data": {"page": PAGE, "arc_audits": [{"Archive": ARCHIVE, "Videos": {}}]}},
    {"code": 0, "data": {"page": PAGE, "arc_audits": [{"Archive": ARCHIVE, "Videos": [None]}]}},
    {"code": 0, "data": {"page": PAGE, "arc_audits": [{"Archive": {**ARCHIVE, "bvid": "BV1\x1b[2J"}}]}},
]


@pytest.mark.parametrize("body", BROKEN)
def test_a_list_that_cannot_be_read_whole_is_unexpected(body: object):
    """An archive that was skipped could be the one that is looked for."""
    with pytest.raises(ResponseException):
        parse_archives(answer(body))


@pytest.mark.parametrize(
    ("code", "kind", "retry"),
    [(-404, "NO_SUCH_ARCHIVE", Retry.NO), (-101, "NOT_LOGGED_IN", Retry.LOGIN), (-403, "NO_RIGHT", Retry.NO)],
)
def test_a_refusal_is_named(code: int, kind: str, retry: Retry):
    """As section 8.2 says."""
    with pytest.raises(ResponseCodeException) as caught:
        parse_archive(answer({"code": code, "message": "no"}))
    assert (caught.value.kind, caught.value.retry) == (kind, retry)


@pytest.mark.parametrize(
    ("state", "meaning"),
    [(0, "public"), (-30, "submitted, in review"), (-16, "transcoding failed: upload it again"), (-77, "怪")],
)
def test_a_state_is_told_in_words(state: int, meaning: str):
    """Of section 7.2; the server's own for those that are not in it."""
    archive = parse_archive(viewed({**ARCHIVE, "state": state, "state_desc": "怪"}, []))
    assert archive is not None
    assert archive.meaning == meaning


def test_a_state_that_nobody_knows_is_told_as_its_number():
    """Rather than as nothing."""
    assert Archive(1, "BV1", "", -77).meaning == "unknown state -77"


def test_every_state_of_the_document_is_known():
    """The table of section 7.2."""
    assert set(STATES) == {1, *range(-16, 1), -20, -30, -40, -50, -100}


def test_reasons_are_one_printable_line():
    """They are shown on terminals."""
    archive = parse_archive(viewed({**ARCHIVE, "reject_reason": "a\n\x1b[2Jb"}, []))
    assert archive is not None
    assert archive.reject_reason == "a [2Jb"


@pytest.mark.parametrize(
    ("state", "status", "reached"),
    [
        (0, Status.PUBLIC, [*Milestone]),
        (-40, Status.SCHEDULED, [Milestone.TRANSCODED, Milestone.PASSED]),
        (-50, Status.PRIVATE, [Milestone.TRANSCODED, Milestone.PASSED]),
        (-30, Status.IN_REVIEW, []),
        (-2, Status.REJECTED, []),
        (-4, Status.LOCKED, []),
        (-77, Status.UNKNOWN, []),
    ],
)
def test_how_far_an_archive_has_come(state: int, status: Status, reached: list[Milestone]):
    """By its state; a part that is still being transcoded holds back what is in review only."""
    archive = Archive(1, "BV1", "", state, parts=(ArchivePart("n", 1, "P1", xcode_state=2),))
    assert archive.status is status
    assert [milestone for milestone in Milestone if archive.has_reached(milestone)] == reached


@pytest.mark.parametrize(("states", "is_done"), [((6, 6), True), ((6, 2), False), ((), False)])
def test_in_review_the_parts_tell_whether_it_is_transcoded(states: tuple[int, ...], *, is_done: bool):
    """All of them."""
    parts = tuple(ArchivePart("n", 1, "P1", xcode_state=state) for state in states)
    assert Archive(1, "BV1", "", -30, parts=parts).has_reached(Milestone.TRANSCODED) is is_done
