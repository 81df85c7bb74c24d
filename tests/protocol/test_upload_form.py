"""What the upload form knows (protocol document, sections 6.4, 7.5 and 7.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.protocol.answers import answer, sent

from bilibili_api.exceptions import ResponseException
from bilibili_api.protocol.browser import HEADERS
from bilibili_api.protocol.cookies import Cookies
from bilibili_api.protocol.upload_form import (
    HumanType,
    Prediction,
    desc_format_request,
    form_request,
    human_types_request,
    parse_desc_format,
    parse_form,
    parse_human_types,
    parse_prediction,
    predict_request,
)

if TYPE_CHECKING:
    from bilibili_api.protocol.wire import Request

CSRF = "fedcba9876543210fedcba9876543210"
COOKIES = Cookies({"SESSDATA": "SYNTHETIC", "bili_jct": CSRF})
LOGGED_IN = {**HEADERS, "Cookie": f"SESSDATA=SYNTHETIC; bili_jct={CSRF}"}
ARCHIVE = "https://member.bilibili.com/x/vupre/web/archive"


@pytest.mark.parametrize(
    ("request_", "url"),
    [
        (form_request(COOKIES), f"{ARCHIVE}/pre?lang=cn"),
        (human_types_request(COOKIES), f"{ARCHIVE}/human/type2/list"),
        (
            desc_format_request(COOKIES, tid=21, is_repost=False),
            f"{ARCHIVE}/desc/format?typeid=21&copyright=1",
        ),
        (
            desc_format_request(COOKIES, tid=17, is_repost=True),
            f"{ARCHIVE}/desc/format?typeid=17&copyright=2",
        ),
    ],
)
def test_the_whole_request_as_it_stands_on_the_wire(request_: Request, url: str):
    """By cookies."""
    assert (request_.method, request_.url) == ("GET", url)
    assert request_.headers == LOGGED_IN
    assert sent(request_) == b""


def test_the_whole_request_for_a_prediction_as_it_stands_on_the_wire():
    """A form, with csrf in the query."""
    request = predict_request(COOKIES, filename="n1", title="标题&", upload_id="u")
    assert (request.method, request.url) == ("POST", f"{ARCHIVE}/types/predict?csrf={CSRF}")
    assert request.headers == {**LOGGED_IN, "Content-Type": "application/x-www-form-urlencoded"}
    assert sent(request) == b"filename=n1&title=%E6%A0%87%E9%A2%98%26&upload_id=u"
    assert CSRF not in repr(request)


def test_the_form_tells_how_many_parts_a_partition_takes():
    """From the whole tree, whatever its branches are called; what has no limit is left out; and the rest."""
    data = {
        "typelist": [
            {
                "id": 160,
                "name": "生活",
                "max_video_count": 0,
                "children": [
                    {"id": 21, "parent": 160, "name": "日常", "max_video_count": 50, "notice": "x"},
                    {"id": 122, "parent": 36, "max_video_count": 100},
                    {"id": "odd", "max_video_count": 5},
                    {"id": 7, "max_video_count": None},
                ],
            }
        ],
        "neutral_marks": ["a", None, "b"],
        "industry_list": [{"id": 1, "name": "game"}, {"id": 2}],
    }
    form = parse_form(answer({"code": 0, "data": data}))
    assert dict(form.part_limits) == {21: 50, 122: 100}
    assert dict(form.zones) == {160: "生活", 21: "日常", 122: "", 7: ""}
    assert (dict(form.notices), form.neutral_marks, form.industries) == ({21: "x"}, ("a", "b"), ("game",))
    assert form.answer == data


def test_the_new_partitions_are_read():
    """Number and name."""
    types = [{"id": 1001, "name": "影视"}, {"id": 1031, "name": "生活经验"}]
    assert parse_human_types(answer({"code": 0, "data": {"type_list": types}})) == (
        HumanType(1001, "影视"),
        HumanType(1031, "生活经验"),
    )


def test_a_prediction_is_read():
    """The first may carry the new partition."""
    data = [
        {"id": 21, "parent": 160, "max_video_count": 50, "human_type": {"id": 1030}},
        {"id": 17, "human_type": None},
    ]
    assert parse_prediction(answer({"code": 0, "data": data})) == (Prediction(21, 160, 1030), Prediction(17))


@pytest.mark.parametrize(("data", "number"), [(None, None), ({"id": 29, "components": []}, 29)])
def test_a_partition_may_have_a_description_template(data: object, number: int | None):
    """Null where it has none."""
    assert parse_desc_format(answer({"code": 0, "data": data})) == number


@pytest.mark.parametrize("data", [None, [], {"typelist": 5}, {"typelist": [None]}])
def test_a_form_of_another_shape_is_unexpected(data: object):
    """It must be an object with a tree."""
    with pytest.raises(ResponseException):
        parse_form(answer({"code": 0, "data": data}))


@pytest.mark.parametrize(
    "data", [None, {"type_list": [{"id": 1}]}, {"type_list": [{"id": "1", "name": "x"}]}]
)
def test_new_partitions_of_another_shape_are_unexpected(data: object):
    """Each has a number and a name."""
    with pytest.raises(ResponseException):
        parse_human_types(answer({"code": 0, "data": data}))


@pytest.mark.parametrize("data", [{}, [1], [{"parent": 1}]])
def test_a_prediction_of_another_shape_is_unexpected(data: object):
    """A partition without a number is none."""
    with pytest.raises(ResponseException):
        parse_prediction(answer({"code": 0, "data": data}))


@pytest.mark.parametrize("data", [[], {}, {"id": "29"}])
def test_a_description_template_of_another_shape_is_unexpected(data: object):
    """It has a number."""
    with pytest.raises(ResponseException):
        parse_desc_format(answer({"code": 0, "data": data}))
