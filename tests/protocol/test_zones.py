"""Partitions: numbers, names, what can be chosen, what to suggest (protocol document, 7.8 and 7.9)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from bilibili_api.protocol.zones import (
    Zone,
    ZoneState,
    human_type_name,
    human_type_number,
    is_leaf,
    leaves_of,
    nearest_leaf,
    nearest_leaves,
    zone_by_name,
    zone_by_tid,
    zones,
)

if TYPE_CHECKING:
    from pathlib import Path

MAINS = [1, 13, 167, 3, 129, 4, 36, 188, 234, 223, 160, 211, 217, 119, 155, 202, 5, 181, 177, 23, 11]
RETIRED = [194, 39, 96, 98, 189, 190, 191, 224, 225, 226, 174, 192, 131, 163, 165, 166]
LICENSED = [145, 146, 83, 187, 202, 203, 204, 205, 206]


def zone(tid: int) -> Zone:
    found = zone_by_tid(tid)
    assert found is not None
    return found


def test_the_main_partitions_of_today_in_their_order() -> None:
    """Twenty-one main partitions head the tree of section 7.8."""
    assert [one.tid for one in zones() if one.is_main and one.state is not ZoneState.RETIRED] == MAINS


def test_every_leaf_stands_below_a_main_partition() -> None:
    """The tree has two levels and no loose ends."""
    assert all(zone(one.parent).is_main for one in zones() if one.parent is not None)


def test_no_number_stands_twice() -> None:
    """A number is one partition."""
    assert max(Counter(one.tid for one in zones()).values()) == 1


def test_the_leaves_of_a_main_partition_in_their_order() -> None:
    """Games are the eight of section 7.8; retired leaves are not listed."""
    assert [leaf.tid for leaf in leaves_of(zone(4))] == [17, 171, 172, 65, 173, 121, 136, 19]
    assert 194 not in [leaf.tid for leaf in leaves_of(zone(3))]


@pytest.mark.parametrize("tid", RETIRED)
def test_a_retired_number_still_resolves(tid: int) -> None:
    """Old videos carry it, so its name can be asked for; it cannot be chosen."""
    assert zone(tid).state is ZoneState.RETIRED
    assert not zone(tid).can_be_chosen


@pytest.mark.parametrize("tid", LICENSED)
def test_what_is_absent_from_the_upload_tree_cannot_be_chosen(tid: int) -> None:
    """Film, foreign series and the news group are kept for publishers with a licence."""
    assert zone(tid).state is ZoneState.LICENSED
    assert not zone(tid).can_be_chosen


@pytest.mark.parametrize("tid", MAINS)
def test_a_main_partition_cannot_be_chosen(tid: int) -> None:
    """Only leaves can."""
    assert not zone(tid).can_be_chosen
    assert not is_leaf(tid)


@pytest.mark.parametrize("one", zones(), ids=lambda one: str(one.tid))
def test_what_is_suggested_can_be_chosen(one: Zone) -> None:
    """For every partition there is an open leaf to suggest: itself, if it is one."""
    suggestion = nearest_leaf(one.tid)
    assert suggestion.can_be_chosen
    assert suggestion is one or not one.can_be_chosen


@pytest.mark.parametrize(
    ("wanted", "tid"),
    [
        (1, 27), (3, 130), (129, 154), (160, 21), (181, 261), (217, 75), (223, 176), (234, 238),
        (4, 17), (13, 51),
        (163, 238), (98, 232), (192, 159), (194, 130), (174, 21),
        (145, 261), (202, 21),
        (1008, 17), (1003, 130),
        (99999, 21), (0, 21), (-5, 21), (1711, 171), (10**5000, 21),
        ("21", 21), ("游戏", 17), ("日常", 21), ("游戏解说", 17), ("单机游", 17), ("mmd", 25), ("MMD·3d", 25),
        ("", 21), ("a", 21), ("nothing like it", 21), ("x" * 10**6, 21), ("9" * 5000, 21),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) or value < 10**9 else "huge",
)  # fmt: skip
def test_the_nearest_leaf(wanted: int | str, tid: int) -> None:
    """General leaf of a main partition, successor of a retired one, nearest spelling, else 日常."""
    assert nearest_leaf(wanted).tid == tid


@pytest.mark.parametrize(
    ("wanted", "tids"),
    [
        (129, (154, 20, 198)), (163, (238, 235, 249)), (1711, (171, 17, 172)), (1008, (17, 171, 172)),
        ("舞蹈", (154, 156, 20)), ("mmd", (25, 26, 24)), ("手办", (210, 161, 24)),
        (99999, (21,)), ("nothing like it", (21,)), ("", (21,)), ("x" * 10**6, (21,)),
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_the_nearest_leaves(wanted: int | str, tids: tuple[int, ...]) -> None:
    """The nearest, then names of like spelling, then leaves of the same partition; each can be chosen."""
    near = nearest_leaves(wanted)
    assert tuple(one.tid for one in near) == tids
    assert all(one.can_be_chosen for one in near)


@pytest.mark.parametrize(
    ("name", "tid"),
    [
        ("日常", 21), (" 日常 ", 21), ("游戏", 4), ("mad·amv", 24), ("电音", 194),
        ("资讯", 202), ("番剧/资讯", 51), ("国创-资讯", 170), ("综合", 27), ("运动", 234),
        ("短片", 256), ("中国舞", 200), ("爬宠", 222), ("广告", 165),
    ],
)  # fmt: skip
def test_a_partition_is_found_by_its_name(name: str, tid: int) -> None:
    """Names of today before those of 2021, main partitions before leaves, `main/leaf` for what is left."""
    found = zone_by_name(name)
    assert found is not None
    assert found.tid == tid


def test_an_unknown_name_or_number_is_none() -> None:
    """Looking up never guesses; `nearest_leaf` does."""
    assert zone_by_name("单机游") is None
    assert zone_by_tid(99999) is None
    assert not is_leaf(99999)


def test_the_new_partitions_have_names() -> None:
    """`human_type2` numbers are known by name; 1028 is not offered."""
    assert human_type_name(1001) == "影视"
    assert human_type_name(1031) == "生活经验"
    assert human_type_name(1028) is None


@pytest.mark.parametrize(
    ("name", "number"), [("影视", 1001), (" VLOG ", 1029), ("生活经验", 1031), ("日常", None), ("", None)]
)
def test_new_partitions_are_found_by_name(name: str, number: int | None):
    """In any case, and only they."""
    assert human_type_number(name) == number


def test_nothing_is_read_before_it_is_needed(tmp_path: Path) -> None:
    """Importing the module does not load the table."""
    script = tmp_path / "lazy.py"
    script.write_text(
        "import json\nfrom unittest.mock import patch\n"
        "with patch('json.loads', side_effect=AssertionError):\n"
        "    from bilibili_api.protocol import zones\n"
        "print(json.dumps(zones.zone_by_tid(21).name))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, check=True)
    assert json.loads(done.stdout) == "日常"
