"""Partition and topic given beside the metadata (protocol document, sections 6.2, 7.8 and 7.9)."""

from __future__ import annotations

from typing import Any

import pytest

from bilibili_api.protocol.named import Place, place_of, put_in
from bilibili_api.protocol.video_meta import VideoMeta

META: dict[str, Any] = {"title": "A title", "copyright": 1, "tag": "one"}


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        (21, Place(21)),
        ("21", Place(21)),
        ("日常", Place(21)),
        ("生活/日常", Place(21)),
        (1008, Place(17, 1008)),
        ("1008", Place(17, 1008)),
        ("游戏", Place(17, 1008)),
        ("绘画", Place(162)),
        ("生活", Place(160)),
        (4, Place(4)),
        ("no such thing", None),
        (99_999, None),
        (0, None),
    ],
)
def test_a_partition_is_found_by_number_or_name(wanted: int | str, place: Place | None):
    """Leaves first, then new partitions with the nearest leaf; main ones are left to `check_meta`."""
    assert place_of(wanted) == place


@pytest.mark.parametrize(
    ("meta", "partition", "put"),
    [
        (META, "日常", {"tid": 21}),
        (META, "游戏", {"tid": 17, "human_type2": 1008}),
        (META | {"tid": 171}, "游戏", {"tid": 171, "human_type2": 1008}),
        (META | {"tid": 21}, "日常", {"tid": 21}),
    ],
)
def test_a_partition_becomes_its_keys(meta: dict[str, Any], partition: str, put: dict[str, int]):
    """An old partition that is given stays beside a new one."""
    named = put_in(meta, None, partition=partition)
    assert (named.meta, named.problems) == (meta | put, ())


def test_a_topic_by_its_number_becomes_its_key():
    """Nothing else of the metadata changes, and the caller's stays as it was."""
    assert put_in(META, None, topic=10001).meta == META | {"topic_id": 10001}
    assert "topic_id" not in META


def test_a_typed_value_takes_them_as_well():
    """It becomes a dict with what was given."""
    meta = VideoMeta(**META, tid=21)
    assert put_in(meta, None, topic=7).meta == META | {"tid": 21, "topic_id": 7}


@pytest.mark.parametrize("meta", [META, VideoMeta(**META, tid=21), None, [1]])
def test_without_names_nothing_happens(meta: object):
    """Not even a copy is made."""
    assert put_in(meta, None).meta is meta


def test_what_is_no_metadata_is_handed_on():
    """Its own check tells what it is."""
    assert put_in(7, None, partition=21, topic=1).meta == 7


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"partition": "日尚"}, "partition", "日常"),
        ({"partition": ""}, "partition", "21"),
        ({"partition": 1.5}, "partition", "1.5"),
        ({"partition": True}, "partition", "True"),
        ({"partition": -1}, "partition", "-1"),
        ({"partition": 21, "meta": META | {"tid": 17}}, "partition", "'tid'"),
        ({"partition": 21, "extra": {"tid": 17}}, "partition", "'tid'"),
        ({"partition": 21, "meta": META | {"extra": {"tid": 17}}}, "partition", "'tid'"),
        ({"partition": 1008, "meta": META | {"human_type2": 1001}}, "partition", "'human_type2'"),
        ({"topic": " "}, "topic", "number"),
        ({"topic": 0}, "topic", "number"),
        ({"topic": True}, "topic", "number"),
        ({"topic": ["a"]}, "topic", "number"),
        ({"topic": 7, "meta": META | {"topic_id": 7}}, "topic", "twice"),
        ({"topic": "a", "extra": {"topic_id": 7}}, "topic", "twice"),
    ],
)
def test_what_cannot_be_meant_is_a_problem(given: dict[str, Any], field: str, said: str):
    """One, which names the field and says what to do."""
    meta, extra = given.pop("meta", META), given.pop("extra", None)
    [problem] = put_in(meta, extra, **given).problems
    assert (problem.field, said in str(problem), problem.fix != "") == (field, True, True)
