"""Submission and missions (protocol document, sections 3.5, 6.1 and 7.5)."""

from __future__ import annotations

import math

import pytest
from tests.protocol.answers import answer, sent

from bilibili_api.exceptions import ArgsException, ResponseCodeException, ResponseException, Retry
from bilibili_api.protocol.pc import USER_AGENT
from bilibili_api.protocol.submit import (
    Added,
    client_add_request,
    missions_request,
    parse_add,
    parse_missions,
)
from bilibili_api.redaction import Secret

TOKEN = "0123456789abcdef0123456789abcdef"


def test_the_whole_submission_as_it_stands_on_the_wire():
    """Compact JSON in UTF-8, members in the order given; the token and its signature in the query."""
    body = {"title": "标题", "tid": 21, "up_close_reply": False, "videos": [{"filename": "n1", "desc": ""}]}
    request = client_add_request(Secret(TOKEN), body)
    assert request.method == "POST"
    assert request.url == (
        f"https://member.bilibili.com/x/vu/client/add?access_key={TOKEN}"
        "&sign=3a17ecf7f7e2dd5013a654210bd67a96"
    )
    assert request.headers == {"User-Agent": USER_AGENT, "Content-Type": "application/json"}
    assert sent(request) == (
        '{"title":"标题","tid":21,"up_close_reply":false,"videos":[{"filename":"n1","desc":""}]}'.encode()
    )


@pytest.mark.parametrize(
    "value", [b"bytes", {1, 2}, math.nan, math.inf, "half\ud800pair", {(1, 2): 3}], ids=str
)
def test_metadata_that_json_cannot_hold_is_refused(value: object):
    """Before anything is sent."""
    with pytest.raises(ArgsException):
        client_add_request(Secret(TOKEN), {"title": value})


def test_metadata_that_contains_itself_is_refused():
    """A circle has no JSON."""
    circle: dict[str, object] = {}
    circle["self"] = circle
    with pytest.raises(ArgsException):
        client_add_request(Secret(TOKEN), circle)


def test_a_submission_gives_aid_and_bvid():
    """An aid is larger than 32 bits."""
    added = parse_add(
        answer(
            {"code": 0, "message": "0", "ttl": 1, "data": {"aid": 112861976201494, "bvid": "BV181vnexEmB"}}
        )
    )
    assert added == Added(112861976201494, "BV181vnexEmB")


@pytest.mark.parametrize("code", [21070, 21590, 1, -400])
def test_positive_codes_are_errors_too(code: int):
    """The 2021 library took them for success (section 9.4)."""
    with pytest.raises(ResponseCodeException) as caught:
        parse_add(answer({"code": code, "message": "no", "data": {"aid": 1, "bvid": "BV1"}}))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"aid": 1},
        {"bvid": "BV1"},
        {"aid": "1", "bvid": "BV1"},
        {"aid": True, "bvid": "BV1"},
        {"aid": 1.5, "bvid": "BV1"},
        {"aid": 1, "bvid": 1},
        {"aid": 1, "bvid": "BV1\x1b[2J"},
    ],
)
def test_a_submission_without_aid_or_bvid_is_unexpected(data: object):
    """Such an answer is not repeated: the archive may exist."""
    with pytest.raises(ResponseException) as caught:
        parse_add(answer({"code": 0, "data": data}))
    assert caught.value.retry is Retry.NO


def test_the_whole_missions_request_as_it_stands_on_the_wire():
    """Missions need no login."""
    request = missions_request(21)
    assert (request.method, request.url) == (
        "GET",
        "https://member.bilibili.com/x/vupre/app/h5/mission/type/all?tid=21",
    )
    assert request.headers == {"User-Agent": USER_AGENT}
    assert sent(request) == b""


@pytest.mark.parametrize("data", [[], [{"id": 1, "name": "任务"}, {}]])
def test_missions_are_given_back_as_they_came(data: list[object]):
    """Their members are the server's affair."""
    assert parse_missions(answer({"code": 0, "data": data})) == data


@pytest.mark.parametrize("body", [{"code": 0}, {"code": 0, "data": None}])
def test_a_partition_may_have_no_missions(body: object):
    """Then the list is empty."""
    assert parse_missions(answer(body)) == []


@pytest.mark.parametrize("data", [{}, "none", 0, [1], [{}, None]])
def test_missions_of_another_shape_are_unexpected(data: object):
    """Anything but a list of objects."""
    with pytest.raises(ResponseException):
        parse_missions(answer({"code": 0, "data": data}))
