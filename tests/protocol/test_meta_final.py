"""The body of a submission, as it is made from metadata without problems (protocol document, 6.1 to 6.3)."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from bilibili_api.protocol.interfaces import INTERFACES
from bilibili_api.protocol.meta import final_meta

META: dict[str, Any] = {
    "title": "标题",
    "tid": 21,
    "tag": "a,b",
    "copyright": 1,
    "subtitles": {"lan": "", "open": 0},
}
VIDEOS = [{"title": "P1", "desc": "", "filename": "n1"}, {"title": "P2", "desc": "two", "filename": "n2"}]
COVER = "https://example.org/c.jpg"


WITH_CID = [{**video, "cid": 500001630152509 + n} for n, video in enumerate(VIDEOS)]
WEB = ("web", "web-v1", "bcut-pc")
OTHERS = ("client", "app", "bcut-android")
every = pytest.mark.parametrize("interface", INTERFACES)


def final(meta: dict[str, Any] = META, *, extra: Any = None, cover: str = COVER) -> dict[str, Any]:
    return final_meta(meta, extra=extra, cover=cover, videos=VIDEOS)


def final_for(interface: str, *, cover43: str = "", extra: Any = None, **changed: Any) -> dict[str, Any]:
    """The body for one interface, of metadata with some keys changed."""
    return final_meta(
        META | changed, extra=extra, cover=COVER, videos=WITH_CID, interface=interface, cover43=cover43
    )


def test_the_body_has_metadata_cover_and_parts() -> None:
    """What the caller gave goes out under the same names, with cover and parts added."""
    body = final()
    assert {key: body[key] for key in META} == META
    assert body["cover"] == COVER
    assert body["videos"] == VIDEOS


def test_without_a_cover_its_address_is_empty() -> None:
    """The key is there even when no cover was given (section 6.3)."""
    assert final(cover="")["cover"] == ""


def test_neutral_defaults_fill_what_is_left_out() -> None:
    """Only what decides nothing for the user is filled in."""
    added = {key: value for key, value in final().items() if key not in {*META, "cover", "videos"}}
    assert added == {"source": "", "desc": "", "desc_format_id": 0, "dynamic": "", "interactive": 0}


def test_defaults_do_not_override() -> None:
    """A value of the caller stays."""
    assert final({**META, "desc": "mine", "desc_format_id": 9999})["desc"] == "mine"


def test_a_schedule_of_none_is_left_out() -> None:
    """`dtime` None means at once, which is said by leaving the key out."""
    assert "dtime" not in final({**META, "dtime": None})


def test_extra_is_merged_untouched() -> None:
    """Keys of `extra` go out as they are, over those of the metadata."""
    body = final({**META, "extra": {"tid": 1, "new": {"a": None}}}, extra={"tid": 145, "dtime": None})
    assert (body["tid"], body["new"], body["dtime"]) == (145, {"a": None}, None)
    assert "extra" not in body


def test_extra_never_overrides_what_the_uploader_writes() -> None:
    """Even unchecked, parts and cover stay the uploader's."""
    body = final(extra={"videos": [], "cover": "x"})
    assert (body["videos"], body["cover"]) == (VIDEOS, COVER)


def test_metadata_is_not_modified() -> None:
    """The caller's dict is as it was, and shares nothing with the body."""
    meta = {**copy.deepcopy(META), "extra": {"a": [1]}}
    before = copy.deepcopy(meta)
    body = final(meta)
    body["subtitles"]["lan"] = "zh"
    body["a"].append(2)
    body["videos"][0]["title"] = "changed"
    assert meta == before
    assert VIDEOS[0]["title"] == "P1"


def test_the_body_is_json() -> None:
    """Tuples and types derived from the plain ones become what JSON has."""

    class Text(str):
        __slots__ = ()

    body = final({**META, "title": Text("x")}, extra={"list": (1, 2)})
    assert type(body["title"]) is str
    assert json.loads(json.dumps(body)) == body
    assert body["list"] == [1, 2]


def test_unchecked_values_that_json_lacks_are_refused() -> None:
    """Nothing is silently converted to text."""
    with pytest.raises(ValueError, match="type set"):
        final({**META, "title": {1}})


@every
def test_every_body_has_metadata_cover_and_parts(interface: str) -> None:
    """Whatever the interface, what decides something for the user goes out as given."""
    body = final_for(interface)
    assert {key: body[key] for key in ("title", "tid", "tag", "copyright")} == {
        "title": "标题",
        "tid": 21,
        "tag": "a,b",
        "copyright": 1,
    }
    assert body["cover"] == COVER
    assert [video["filename"] for video in body["videos"]] == ["n1", "n2"]


@pytest.mark.parametrize("interface", WEB)
def test_parts_have_their_cid_on_the_web(interface: str) -> None:
    """As preupload gave it (section 6.2, row `videos[].cid`)."""
    assert final_for(interface)["videos"] == WITH_CID


@pytest.mark.parametrize("interface", OTHERS)
def test_parts_have_no_cid_elsewhere(interface: str) -> None:
    """There it has not been seen."""
    assert final_for(interface)["videos"] == VIDEOS


@every
@pytest.mark.parametrize(
    ("old", "new", "value"),
    [("subtitles", "subtitle", {"lan": "zh-CN", "open": 1}), ("up_close_danmaku", "up_close_danmu", True)],
)
def test_names_of_2021_become_those_of_today(interface: str, old: str, new: str, value: Any) -> None:
    """Except for the interface that was documented with them (section 6.3)."""
    body = final_for(interface, **{old: value})
    known, unknown = (old, new) if interface == "client" else (new, old)
    assert body[known] == value
    assert unknown not in body


@every
def test_the_build_of_the_pc_tool_goes_to_its_interface_only(interface: str) -> None:
    """To others it says nothing."""
    assert final_for(interface, build=1092).get("build") == (1092 if interface == "client" else None)


def test_todays_name_counts_where_both_are_given() -> None:
    """They were found to say the same."""
    body = final_for("app", subtitles={"lan": "", "open": 0}, subtitle={"open": 0, "lan": ""})
    assert body["subtitle"] == {"open": 0, "lan": ""}
    assert "subtitles" not in body


@every
def test_the_web_is_sent_what_its_clients_always_send(interface: str) -> None:
    """And only the web (section 6.3, last row; section 6.1, sample)."""
    added = {key: value for key, value in final_for(interface).items() if key not in META}
    neutral = {"source": "", "desc": "", "desc_format_id": 0, "dynamic": "", "interactive": 0}
    web = {
        "recreate": -1,
        "act_reserve_create": 0,
        "no_disturbance": 0,
        "dolby": 0,
        "lossless_music": 0,
        "up_selection_reply": False,
        "web_os": 1,
    }
    expected = neutral | (web if interface in WEB else {})
    if interface == "web":
        expected |= {"desc_format_id": 9999, "cover43": ""}
    assert {key: added[key] for key in added if key not in {"cover", "videos", "subtitle"}} == expected


@pytest.mark.parametrize("interface", WEB)
def test_the_defaults_of_the_web_do_not_override(interface: str) -> None:
    """A value of the caller stays."""
    body = final_for(interface, recreate=1, desc_format_id=0, no_disturbance=1)
    assert (body["recreate"], body["desc_format_id"], body["no_disturbance"]) == (1, 0, 1)


@every
def test_a_second_cover_goes_to_web_v3_only(interface: str) -> None:
    """The 4:3 image (section 6.2, row `cover43`)."""
    body = final_for(interface, cover43="https://example.org/43.jpg")
    assert body.get("cover43") == ("https://example.org/43.jpg" if interface == "web" else None)


def test_a_second_cover_that_was_uploaded_replaces_the_one_of_the_metadata() -> None:
    """Without one, that of the metadata is sent."""
    assert final_for("web", cover43="new")["cover43"] == "new"
    body = final_meta({**META, "cover43": "old"}, cover="", videos=VIDEOS, interface="web")
    assert body["cover43"] == "old"


@every
def test_a_topic_brings_its_detail_on_the_web(interface: str) -> None:
    """The two are sent together (section 6.2, row `topic_detail`)."""
    detail = {"from_topic_id": 7, "from_source": "arc.web.recommend"}
    assert final_for(interface, topic_id=7).get("topic_detail") == (detail if interface in WEB else None)


def test_a_topic_detail_of_the_caller_stays() -> None:
    """Only what is missing is filled in."""
    detail = {"from_topic_id": 7, "from_source": "elsewhere"}
    assert final_for("web", topic_id=7, topic_detail=detail)["topic_detail"] == detail


@every
def test_extra_goes_out_untouched_on_every_interface(interface: str) -> None:
    """Neither renamed nor completed, and over what an interface is always sent."""
    extra = {"subtitles": None, "web_os": 5, "recreate": None, "new": [1]}
    body = final_for(interface, extra=extra)
    assert {key: body[key] for key in extra} == extra


@every
def test_extra_never_overrides_parts_and_cover_on_any_interface(interface: str) -> None:
    """Even unchecked."""
    body = final_for(interface, extra={"videos": [], "cover": "x"})
    assert ([video["filename"] for video in body["videos"]], body["cover"]) == (["n1", "n2"], COVER)


@every
def test_no_body_has_a_member_that_json_lacks_or_the_server_refuses(interface: str) -> None:
    """No null where nothing was given, and never `limited_free`."""
    body = final_for(interface, dtime=None, is_only_self=None)
    assert None not in body.values()
    assert "limited_free" not in body
    assert json.loads(json.dumps(body)) == body
