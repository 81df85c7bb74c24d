"""`bilibili_api.channel` as published: a partition by number or name, as `(main, sub)`."""

from __future__ import annotations

from typing import Any

import pytest

from bilibili_api.channel import get_channel_info_by_name, get_channel_info_by_tid, get_channel_list


def test_a_main_partition_by_number() -> None:
    """A main partition comes alone, with its leaves in `sub`."""
    main, sub = get_channel_info_by_tid(4)
    assert main is not None
    assert (main["tid"], main["name"], sub) == (4, "游戏", None)
    assert {"tid": 17, "name": "单机游戏", "state": "open"} in main["sub"]


def test_a_leaf_by_number() -> None:
    """A leaf comes with its main partition."""
    main, sub = get_channel_info_by_tid(21)
    assert main is not None
    assert sub is not None
    assert (main["name"], sub["tid"], sub["name"]) == ("生活", 21, "日常")


def test_a_main_partition_by_name() -> None:
    """Names work like numbers."""
    assert get_channel_info_by_name("游戏") == get_channel_info_by_tid(4)


def test_a_leaf_by_name() -> None:
    """Names work like numbers."""
    assert get_channel_info_by_name("日常") == get_channel_info_by_tid(21)


@pytest.mark.parametrize("unknown", [99999, -1, True, None, "21", [], 21.5])
def test_an_unknown_number_is_a_pair_of_none(unknown: Any) -> None:
    """Not found is not an error, whatever was passed."""
    assert get_channel_info_by_tid(unknown) == (None, None)


@pytest.mark.parametrize("unknown", ["", "no such", None, []])
def test_an_unknown_name_is_a_pair_of_none(unknown: Any) -> None:
    """Not found is not an error, whatever was passed."""
    assert get_channel_info_by_name(unknown) == (None, None)


def test_a_retired_leaf_still_resolves() -> None:
    """Old videos can be told their partition, and that it is gone."""
    main, sub = get_channel_info_by_tid(194)
    assert main is not None
    assert main["tid"] == 3
    assert sub == {"tid": 194, "name": "电音", "state": "retired"}


def test_what_is_returned_belongs_to_the_caller() -> None:
    """Changing an answer does not change the next one."""
    main, _ = get_channel_info_by_tid(4)
    assert main is not None
    main["name"] = "changed"
    main["sub"][0]["name"] = "changed"
    main["sub"].clear()
    again, _ = get_channel_info_by_tid(4)
    assert again is not None
    assert again["name"] == "游戏"
    assert again["sub"][0]["name"] == "单机游戏"


def test_the_list_is_the_tree_of_today() -> None:
    """All main partitions with all leaves of today; retired ones are not in it."""
    tree = get_channel_list()
    assert len(tree) == 21
    assert (tree[0]["name"], tree[-1]["name"]) == ("动画", "电视剧")
    assert not [leaf for main in tree for leaf in main["sub"] if leaf["state"] == "retired"]
