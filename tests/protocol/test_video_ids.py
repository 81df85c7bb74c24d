"""How a video may be named (protocol document, section 7.10)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilibili_api.exceptions import ArgsException
from bilibili_api.protocol.video_ids import VideoId
from bilibili_api.simulator.bvid import bvid_of

VECTORS = [(2, "BV1xx411c7mD"), (170001, "BV17x411w7KC"), (112861976201494, "BV181vnexEmB")]


@pytest.mark.parametrize(("aid", "bvid"), VECTORS)
def test_the_numbers_of_the_document(aid: int, bvid: str):
    """Both ways."""
    assert (VideoId(aid).bvid, VideoId.of(bvid).aid) == (bvid, aid)


@given(st.integers(1, 2**51 - 1))
def test_every_number_has_one_bvid(aid: int):
    """The simulator reads the document by itself, and agrees."""
    assert VideoId(aid).bvid == bvid_of(aid)
    assert VideoId.of(VideoId(aid).bvid).aid == aid


@pytest.mark.parametrize(
    "text",
    [
        "170001",
        170001,
        " av170001 ",
        "AV170001",
        "BV17x411w7KC",
        "bv17x411w7KC",
        "https://www.bilibili.com/video/BV17x411w7KC",
        "https://www.bilibili.com/video/BV17x411w7KC/?p=2&vd_source=0123",
        "http://m.bilibili.com/video/av170001?p=2#reply1",
        "www.bilibili.com/video/av170001/",
        "https://b23.tv/BV17x411w7KC",
        "https://member.bilibili.com/platform/upload/video/frame?type=edit&version=new&bvid=BV17x411w7KC",
        "https://member.bilibili.com/x/vupre/web/archive/view?aid=170001",
    ],
)
def test_every_way_to_name_a_video(text: object):
    """As people copy it."""
    assert VideoId.of(text) == VideoId(170001)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "-5",
        0,
        True,
        None,
        1.5,
        str(2**51),
        "9" * 17,
        "BV17x411w7K",
        "BV1OOOOOOOOO",
        "BV1ffffffffff",
        "https://example.com/video/BV17x411w7KC",
        "https://www.bilibili.com/read/cv1234",
        "https://[www.bilibili.com/video/av1",
        "١٢٣",
    ],
)
def test_what_names_no_video_is_refused(text: object):
    """With what to give instead."""
    with pytest.raises(ArgsException) as caught:
        VideoId.of(text)
    assert "BV..." in caught.value.hint


def test_a_bvid_that_no_number_has_is_refused():
    """Its digits decode, but not to a number that is written so."""
    with pytest.raises(ArgsException, match=r"no bvid|out of range"):
        VideoId.of("BV1ZZZZZZZZZ")


def test_a_short_link_is_told_what_it_is():
    """Only a browser can follow it."""
    with pytest.raises(ArgsException) as caught:
        VideoId.of("https://b23.tv/a1B2c3D")
    assert "short link" in caught.value.hint
