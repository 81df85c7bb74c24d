"""Edits: what they repeat, what they change, and what they do to an archive that has changed (section 7.3)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.protocol.answers import answer, sent

from bilibili_api.exceptions import (
    ArchiveChanged,
    InvalidUpload,
    LoginLacks,
    ResponseCodeException,
    ResponseException,
)
from bilibili_api.language import translate
from bilibili_api.protocol.archive_edit import edit_request, parse_edited
from bilibili_api.protocol.cookies import Cookies
from bilibili_api.protocol.drafts import Draft, DraftPart, parse_draft
from bilibili_api.protocol.edit_rules import mentioning, meta_edit
from bilibili_api.protocol.edits import Edit, differences
from bilibili_api.protocol.interfaces import Access

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = 1_700_000_000
COOKIES = Cookies({"SESSDATA": "SYNTHETIC", "bili_jct": "fedcba9876543210fedcba9876543210"})
MENTION = [
    {"raw_text": "with ", "type": 1, "biz_id": ""},
    {"raw_text": "bob", "type": 2, "biz_id": "42"},
    {"raw_text": "as guest", "type": 1, "biz_id": ""},
]
ARCHIVE: dict[str, Any] = {
    "aid": 170001,
    "bvid": "BV17x411w7KC",
    "title": "t",
    "cover": "https://archive.biliimg.com/c.jpg",
    "tid": 21,
    "tag": "a,b",
    "copyright": 1,
    "source": "",
    "desc": "with @bob as guest",
    "desc_v2": MENTION,
    "desc_format_id": 9999,
    "dynamic": "",
    "no_reprint": 1,
    "dtime": 0,
    "ptime": 5,
    "ctime": 5,
    "state": 0,
    "state_desc": "",
    "reject_reason": "",
    "mission_id": 0,
    "topic_id": 9,
    "recreate": -1,
    "human_type2": 1008,
    "activity": None,
    "attrs": {"is_coop": 0},
    "tp_info": {},
    "limited_free": False,
    "neutral_mark": "",
    "future": "kept",
}
VIDEOS = [{"filename": f"n{n}", "title": f"P{n}", "desc": "", "cid": n, "index": n} for n in (1, 2, 3)]


def viewed(**changes: Any) -> Any:
    beside = {
        "watermark": {"state": 1, "type": 2, "url": "https://x"},
        "subtitle": {"allow": True, "lan": "zh-CN", "lan_doc": "x"},
        "no_disturbance": 1,
    }
    videos = changes.pop("videos", VIDEOS)
    return answer({"code": 0, "data": {"archive": {**ARCHIVE, **changes}, "videos": videos, **beside}})


def draft(**changes: Any) -> Draft:
    found = parse_draft(viewed(**changes))
    assert found is not None
    return found


def edit(**given: Any) -> Edit:
    return Edit(known=frozenset({"n1", "n2", "n3"}), **given)


def names(made: Draft) -> str:
    return " ".join(made.filenames)


def planned(changes: object, **of_the_archive: Any) -> Mapping[str, Any]:
    return meta_edit(draft(**of_the_archive), changes, now=NOW).members


def test_the_whole_edit_as_it_stands_on_the_wire():
    """Everything the view shows is repeated but what the recipe takes out."""
    request = edit_request(Access(cookies=COOKIES, now=NOW), draft())
    assert (request.method, request.url) == (
        "POST",
        f"https://member.bilibili.com/x/vu/web/edit?t={NOW}000&csrf={COOKIES.csrf}",
    )
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(sent(request)) == {
        "aid": 170001,
        "title": "t",
        "cover": "https://archive.biliimg.com/c.jpg",
        "tid": 21,
        "tag": "a,b",
        "copyright": 1,
        "source": "",
        "desc": "with @bob as guest",
        "desc_v2": MENTION,
        "desc_format_id": 9999,
        "dynamic": "",
        "no_reprint": 1,
        "topic_id": 9,
        "topic_detail": {"from_topic_id": 9, "from_source": "arc.web.recommend"},
        "neutral_mark": "",
        "future": "kept",
        "watermark": {"state": 1},
        "subtitle": {"open": 1, "lan": "zh-CN"},
        "no_disturbance": 1,
        "videos": [{"filename": f"n{n}", "title": f"P{n}", "desc": "", "cid": n} for n in (1, 2, 3)],
        "csrf": COOKIES.csrf,
    }


def test_an_archive_that_only_its_owner_sees_stays_so():
    """The view does not show the switch, but the state does (deduced)."""
    assert draft(state=-50).body()["is_only_self"] == 1


def test_a_login_without_cookies_cannot_edit():
    """What a token is shown is not all that must be repeated."""
    with pytest.raises(LoginLacks):
        edit_request(Access(), draft())


def test_nothing_changed_is_success():
    """Code -304 (section 8.2)."""
    parse_edited(answer({"code": -304, "message": "0"}))
    with pytest.raises(ResponseCodeException):
        parse_edited(answer({"code": 21001, "message": "no"}))


@pytest.mark.parametrize(
    "changes",
    [
        {"videos": []},
        {"videos": None},
        {"videos": [VIDEOS[0], VIDEOS[0]]},
        {"videos": [{**VIDEOS[0], "filename": ""}]},
        {"title": ""},
        {"tid": 0},
        {"tag": ""},
        {"future": "\ud800"},
        {"future": float("nan")},
    ],
)
def test_an_archive_that_cannot_be_repeated_is_not_edited(changes: dict[str, Any]):
    """An edit made of it would take away what the answer lacks."""
    with pytest.raises(ResponseException):
        parse_draft(viewed(**changes))


def test_a_foreign_archive_is_none():
    """Its bvid is empty."""
    assert parse_draft(viewed(bvid="")) is None


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (edit(removed=frozenset({"n2"})), "n1 n3"),
        (edit(replaced={"n2": DraftPart("new", "New")}), "n1 new n3"),
        (edit(added=(DraftPart("new", "New"),)), "n1 n2 n3 new"),
        (edit(added=(DraftPart("new", "New"),), after="n1"), "n1 new n2 n3"),
        (edit(order=("n3", "n1", "n2")), "n3 n1 n2"),
    ],
)
def test_changes_of_the_list_of_parts(change: Edit, wanted: str):
    """And once they are made, nothing is left to do."""
    made = change.applied(draft())
    assert names(made) == wanted
    assert (change.is_done(draft()), change.is_done(made)) == (False, True)
    assert change.applied(made) == made


def test_a_part_is_renamed_and_keeps_the_rest():
    """Its file, its number, its place."""
    change = edit(titles={"n2": "Second"})
    assert change.applied(draft()).parts[1] == DraftPart("n2", "Second", "", 2)


@pytest.mark.parametrize(
    "change",
    [
        edit(removed=frozenset({"n2"})),
        edit(replaced={"n2": DraftPart("new", "New")}),
        edit(added=(DraftPart("new", "New"),), after="n2"),
        edit(order=("n3", "n1", "n2")),
        edit(titles={"n1": "First"}),
    ],
)
def test_a_part_that_somebody_else_has_added_stays(change: Edit):
    """The list is that of now, not that of the plan."""
    other = {"filename": "theirs", "title": "T", "desc": "", "cid": 7}
    assert "theirs" in change.applied(draft(videos=[VIDEOS[0], other, *VIDEOS[1:]])).filenames


def test_a_part_that_somebody_else_has_taken_away_stops_the_edit():
    """Nobody knows whether it was meant to go."""
    with pytest.raises(ArchiveChanged, match="lost 1 of its parts since it was looked at: n3"):
        edit(titles={"n1": "First"}).applied(draft(videos=VIDEOS[:2]))


def test_what_somebody_else_has_changed_is_not_overwritten():
    """Unless they made it what we want."""
    change = meta_edit(draft(), {"title": "ours"}, now=NOW)
    with pytest.raises(ArchiveChanged, match="'title' of BV17x411w7KC is 'theirs' now; it was 't'"):
        change.applied(draft(title="theirs"))
    assert change.is_done(draft(title="ours"))
    assert change.applied(draft(desc="theirs")).members["desc"] == "theirs"


def test_a_partition_that_the_server_sets_itself_is_no_failure():
    """As reported since 2026."""
    change = meta_edit(draft(), {"tid": 17, "title": "new"}, now=NOW)
    assert change.is_done(draft(title="new", tid=122))
    assert change.unlike(draft(title="new", tid=122)) == {"tid"}


def test_no_call_adds_more_parts_than_it_may():
    """100 (section 6.4); each batch goes behind the one before."""
    new = tuple(DraftPart(f"x{n}", f"X{n}") for n in range(250))
    batches = list(edit(added=new, after="n1").batches())
    made = draft()
    for batch in batches:
        made = batch.applied(made)
    assert [len(batch.added) for batch in batches] == [100, 100, 50]
    assert made.filenames == ("n1", *(part.filename for part in new), "n2", "n3")


def test_a_change_is_told_line_by_line():
    """Before it is made."""
    new = edit(
        titles={"n1": "First"},
        removed=frozenset({"n2"}),
        added=(DraftPart("x", "X"),),
        order=("n3", "n1"),
        members={"title": "u", "dtime": NOW, "topic_id": None},
        before={"title": "t", "topic_id": 9},
    ).applied(draft())
    assert [str(line) for line in differences(draft(), new)] == [
        "  title: 't' -> 'u'",
        "- topic_id: 9",
        f"+ dtime: {NOW}",
        "- P2: 'P2'",
        "  place of P3: 3 -> 1",
        "  place of P1: 1 -> 2",
        "  P1 title: 'P1' -> 'First'",
        "+ P3: 'X'",
    ]


def test_what_a_change_changes_is_named_in_the_language():
    """Names of members, too, as far as there is a word for them."""
    new = replace(draft(), members={"title": "u", "new_member": 1})
    said = [translate(line.said, "zh") for line in differences(replace(draft(), members={"title": "t"}), new)]
    assert said == ["  标题：'t' -> 'u'", "+ new_member：1"]


def test_only_what_differs_is_a_change():
    """Values under the names of 2021 count, too."""
    changes = {"title": "t", "tag": "c", "subtitles": {"open": 0, "lan": ""}}
    assert planned(changes) == {"tag": "c", "subtitle": {"open": 0, "lan": ""}}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "x" * 81}, "meta.title"),
        ({"title": None}, "meta.title"),
        ({"tagg": "x"}, "meta.tagg"),
        ({"copyright": 2}, "meta.source"),
        ({"tid": 4}, "meta.tid"),
        ({"dtime": NOW + 60}, "meta.dtime"),
        ({"recreate": 1}, "meta.recreate"),
        ({"human_type2": 1008}, "meta.human_type2"),
        ({"up_close_reply": True}, "meta.up_close_reply"),
        ({"up_close_danmaku": True}, "meta.up_close_danmu"),
        ({"cover": "file.jpg"}, "meta.cover"),
        ({"videos": []}, "meta.videos"),
        ("title", "meta"),
    ],
)
def test_what_cannot_be_changed_is_told_before_anything_is_sent(changes: object, field: str):
    """Each with what to do."""
    with pytest.raises(InvalidUpload) as caught:
        planned(changes)
    assert [problem.field for problem in caught.value.problems] == [field]


def test_what_was_odd_before_stops_nothing():
    """An old archive may have a partition that is closed by now."""
    assert planned({"title": "new"}, tid=194, tag="a," + "b" * 30) == {"title": "new"}


def test_mentions_stay_where_the_text_still_has_them():
    """Both forms of the description say the same (section 6.2)."""
    members = planned({"desc": "@bob and @carol are here"})
    assert members["desc_v2"] == [
        {"raw_text": "bob", "type": 2, "biz_id": "42"},
        {"raw_text": "and @carol are here", "type": 1, "biz_id": ""},
    ]


def test_a_new_rich_description_brings_its_text():
    """The other way round."""
    assert planned({"desc_v2": [{"raw_text": "x", "type": 1, "biz_id": ""}]})["desc"] == "x"


def test_a_description_without_mentions_is_one_piece():
    """And an empty one none."""
    assert mentioning("text", []) == [{"raw_text": "text", "type": 1, "biz_id": ""}]
    assert mentioning("", []) == []


def test_an_activity_goes_with_its_topic():
    """It counts only together with it."""
    assert planned({"topic_id": 10}, mission_id=3) == {"topic_id": 10, "mission_id": None}
    assert planned({"topic_id": None, "mission_id": None}, mission_id=3) == {
        "topic_id": None,
        "mission_id": None,
    }
