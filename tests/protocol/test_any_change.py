"""An answer as it should be, one member of which is anything: a value or a typed error."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.protocol.answers import answer
from tests.protocol.test_any_answer import everything_shown, outcome, values

from bilibili_api.exceptions import ApiException
from bilibili_api.protocol import seasons
from bilibili_api.protocol.archives import parse_archive, parse_archives
from bilibili_api.protocol.cover import parse_cover
from bilibili_api.protocol.drafts import parse_draft
from bilibili_api.protocol.submit import parse_add, parse_missions
from bilibili_api.protocol.topics import parse_topic_search, parse_zone_topics
from bilibili_api.protocol.upload_form import (
    parse_desc_format,
    parse_form,
    parse_human_types,
    parse_prediction,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.protocol.test_any_answer import Parser

ARCHIVE = {"aid": 1, "bvid": "BV1", "title": "t", "state": 0, "dtime": 0, "reject_reason": ""}
PART = {"filename": "n1", "cid": 1, "title": "P1", "reject_reason": ""}
BESIDE = {"watermark": {"state": 1}, "subtitle": {"allow": True, "lan": ""}, "no_disturbance": 0}
SEASON = {"season": {"id": 1, "title": "t", "state": -6}, "sections": {"sections": [{"id": 2, "epCount": 1}]}}
TOPIC = {"topic_id": 1, "topic_name": "x", "mission_id": 2, "activity_text": "y"}
FOUND = {"topics": [{"id": 1, "name": "x"}], "page_info": {"has_more": True, "offset": 5}}
ZONES = [{"id": 1, "children": [{"id": 21, "max_video_count": 50}]}]
GOOD: list[tuple[Parser, Any]] = [
    (parse_add, {"aid": 1, "bvid": "BV1"}),
    (parse_cover, {"url": "https://archive.biliimg.com/c.jpg"}),
    (parse_missions, [{"id": 1}]),
    (
        parse_archives,
        {"page": {"pn": 1, "ps": 20, "count": 1}, "arc_audits": [{"Archive": ARCHIVE, "Videos": [PART]}]},
    ),
    (parse_archive, {"archive": ARCHIVE, "videos": [PART]}),
    (
        parse_draft,
        {"archive": {**ARCHIVE, "tid": 21, "tag": "a", "copyright": 1}, "videos": [PART], **BESIDE},
    ),
    (seasons.parse_seasons, {"seasons": [SEASON], "total": 1}),
    (seasons.parse_season, SEASON),
    (seasons.parse_section, {"episodes": [{"id": 1, "aid": 2, "cid": 3, "bvid": "BV1", "title": "t"}]}),
    (parse_zone_topics, {"topics": [TOPIC]}),
    (parse_topic_search, {"result": FOUND}),
    (parse_form, {"typelist": ZONES}),
    (parse_human_types, {"type_list": [{"id": 1001, "name": "x"}]}),
    (parse_prediction, [{"id": 21, "parent": 160, "human_type": {"id": 1030}}]),
    (parse_desc_format, {"id": 29}),
]
each = pytest.mark.parametrize(
    ("parse", "data"), GOOD, ids=[getattr(parse, "__name__", "") for parse, _ in GOOD]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to every member, at any depth."""
    members: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        members = list(cast("dict[Any, Any]", value).items())
    elif isinstance(value, list):
        members = list(enumerate(cast("list[Any]", value)))
    for key, member in members:
        yield (*path, key)
        yield from places(member, (*path, key))


@each
def test_an_answer_as_it_should_be_is_a_value(parse: Parser, data: Any):
    """Or the test below would not begin where it should."""
    assert not isinstance(outcome(parse, answer({"code": 0, "data": data})), ApiException)


@each
@settings(deadline=None)
@given(draw=st.data())
def test_one_odd_member_gives_a_value_or_a_typed_error(parse: Parser, data: Any, draw: st.DataObject):
    """Wherever it stands, whatever it is, and also if it is missing."""
    changed = copy.deepcopy(data)
    *above, last = draw.draw(st.sampled_from(list(places(data))))
    place = changed
    for key in above:
        place = place[key]
    if draw.draw(st.booleans()):
        place[last] = draw.draw(values)
    else:
        del place[last]
    everything_shown(outcome(parse, answer({"code": 0, "data": changed}))).encode()
