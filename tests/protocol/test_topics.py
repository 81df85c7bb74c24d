"""Tags and topics (protocol document, section 7.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.protocol.answers import answer, sent

from bilibili_api.exceptions import ResponseCodeException, ResponseException, Retry
from bilibili_api.protocol.browser import HEADERS
from bilibili_api.protocol.cookies import Cookies
from bilibili_api.protocol.topics import (
    Topic,
    TopicsFound,
    parse_tag_check,
    parse_topic_search,
    parse_zone_topics,
    tag_check_request,
    topic_search_request,
    zone_topics_request,
)

if TYPE_CHECKING:
    from bilibili_api.protocol.wire import Request

COOKIES = Cookies({"SESSDATA": "SYNTHETIC", "bili_jct": "fedcba9876543210fedcba9876543210"})
TOPIC = "https://member.bilibili.com/x/vupre/web/topic"


@pytest.mark.parametrize(
    ("request_", "url"),
    [
        (tag_check_request(COOKIES, "标 签&"), f"{TOPIC}/tag/check?tag=%E6%A0%87%20%E7%AD%BE%26"),
        (zone_topics_request(COOKIES, 21), f"{TOPIC}/type?type_id=21&pn=0&ps=200&title="),
        (
            zone_topics_request(COOKIES, 17, page=2, size=5),
            f"{TOPIC}/type?type_id=17&pn=2&ps=5&title=",
        ),
        (topic_search_request(COOKIES, "a b"), f"{TOPIC}/search?page_size=20&offset=0&keywords=a%20b"),
        (
            topic_search_request(COOKIES, "a", offset=20, size=5),
            f"{TOPIC}/search?page_size=5&offset=20&keywords=a",
        ),
    ],
)
def test_the_whole_request_as_it_stands_on_the_wire(request_: Request, url: str):
    """By cookies; nothing of them is shown."""
    assert (request_.method, request_.url) == ("GET", url)
    assert request_.headers == {**HEADERS, "Cookie": f"SESSDATA=SYNTHETIC; bili_jct={COOKIES.csrf}"}
    assert sent(request_) == b""
    assert "SYNTHETIC" not in repr(request_)


def test_a_tag_without_an_error_may_be_used():
    """Code 0 is all that is said."""
    parse_tag_check(answer({"code": 0, "message": "0", "ttl": 1}))


def test_a_banned_tag_is_named():
    """16025, and nothing helps but another tag."""
    with pytest.raises(ResponseCodeException) as caught:
        parse_tag_check(answer({"code": 16025, "message": "标签不可用"}))
    assert (caught.value.kind, caught.value.retry) == ("BAD_TAG", Retry.NO)
    assert "标签不可用" in str(caught.value)


def test_the_topics_of_a_partition_are_read():
    """With the activity each belongs to."""
    topics = [
        {"topic_id": 5, "topic_name": "话题", "mission_id": 7, "activity_text": "奖", "arc_play_vv": 1},
        {"topic_id": 6, "topic_name": "x"},
    ]
    assert parse_zone_topics(answer({"code": 0, "data": {"topics": topics, "maxpage": 3}})) == (
        Topic(5, "话题", 7, "奖"),
        Topic(6, "x"),
    )


def test_a_search_for_topics_is_read():
    """With where it goes on."""
    result = {
        "topics": [{"id": 5, "name": "话题", "mission_id": 0, "state": 0}],
        "page_info": {"has_more": True, "offset": 20},
    }
    assert parse_topic_search(answer({"code": 0, "data": {"result": result}})) == TopicsFound(
        (Topic(5, "话题"),), has_more=True, offset=20
    )


@pytest.mark.parametrize("topics", [None, []])
def test_there_may_be_no_topic(topics: object):
    """A list without members, or null."""
    assert parse_zone_topics(answer({"code": 0, "data": {"topics": topics}})) == ()
    found = parse_topic_search(answer({"code": 0, "data": {"result": {"topics": topics, "page_info": {}}}}))
    assert found == TopicsFound((), has_more=False, offset=0)


@pytest.mark.parametrize("data", [None, [], {"topics": {}}, {"topics": [5]}, {"topics": [{"topic_id": 5}]}])
def test_topics_of_another_shape_are_unexpected(data: object):
    """A topic without number or name cannot be chosen."""
    with pytest.raises(ResponseException):
        parse_zone_topics(answer({"code": 0, "data": data}))


@pytest.mark.parametrize("data", [None, {}, {"result": []}, {"result": {"topics": []}}])
def test_a_search_of_another_shape_is_unexpected(data: object):
    """Both the topics and the page stand in `result`."""
    with pytest.raises(ResponseException):
        parse_topic_search(answer({"code": 0, "data": data}))
