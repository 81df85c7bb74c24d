"""What the check of metadata says, rule by rule (protocol document, 6.2, 6.3, 6.4, 7.8, 7.9)."""

from __future__ import annotations

import pathlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from bilibili_api.amounts import moment_text
from bilibili_api.protocol.fields import FIELDS, Column, Role
from bilibili_api.protocol.meta import check_meta, check_page_titles, final_meta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilibili_api.exceptions import Problem
    from bilibili_api.protocol.fields import Field

NOW = 1_700_000_000
HOUR, DAY = 3600, 86400

PUBLISHED: dict[str, Any] = {
    "copyright": 1,
    "source": "",
    "desc": "描述",
    "desc_format_id": 0,
    "dynamic": "",
    "interactive": 0,
    "open_elec": 1,
    "no_reprint": 1,
    "subtitles": {"lan": "", "open": 0},
    "tag": "标签1,标签2,标签3",
    "tid": 21,
    "title": "标题",
    "up_close_danmaku": False,
    "up_close_reply": False,
}


def check(
    *,
    without: Sequence[str] = (),
    beside: Any = None,
    interfaces: Sequence[str] = ("client",),
    **changed: Any,
) -> tuple[Problem, ...]:
    """Check the published example with some keys changed; `beside` is the argument `extra`."""
    meta = {key: value for key, value in (PUBLISHED | changed).items() if key not in without}
    return check_meta(meta, now=NOW, extra=beside, interfaces=interfaces)


def by_name(field: Field) -> str:
    return field.name


def the_problem(*, without: Sequence[str] = (), **changed: Any) -> Problem:
    (problem,) = check(without=without, **changed)
    return problem


def test_the_published_example_is_accepted() -> None:
    """The keys and types of the published reference pass as they are."""
    assert check() == ()


def test_the_published_example_with_a_schedule_is_accepted() -> None:
    """`dtime` is the optional key of the published reference."""
    assert check(dtime=NOW + 3 * HOUR) == ()


@pytest.mark.parametrize(
    "accepted",
    [
        {"title": "好" * 80},
        {"title": "👨‍👩‍👧"},
        {"tag": "a"},
        {"tag": ",".join(f"标签{n}" for n in range(10))},
        {"tag": "字" * 20},
        {"copyright": 2, "source": "https://example.org/"},
        {"copyright": 1, "source": "somewhere"},
        {"source": "s" * 200},
        {"desc": "d" * 250},
        {"dynamic": "d" * 233},
        {"dtime": NOW + 2 * HOUR + 1},
        {"dtime": NOW + 15 * DAY},
        {"dtime": None},
        {"tid": 17},
        {"mission_id": 5},
        {"no_reprint": 0},
        {"subtitle": {"open": 0, "lan": ""}},
        {"subtitle": {"open": 1, "lan": "zh-CN"}, "without": ["subtitles"]},
        {"up_close_danmu": True, "without": ["up_close_danmaku"]},
        {"human_type2": 0},
        {"is_only_self": None},
        {"recreate": -1, "no_disturbance": 0, "dolby": 0, "lossless_music": 0, "web_os": 1},
        {"extra": None},
    ],
    ids=repr,
)
def test_what_keeps_to_the_limits_is_accepted(accepted: dict[str, Any]) -> None:
    """Every value at its limit, and what asks for nothing under a key of any interface, is accepted."""
    assert check(**accepted) == ()


@pytest.mark.parametrize(
    "accepted",
    [
        {"desc": "d" * 2000},
        {"copyright": 3, "creation_statement": {"id": -1}},
        {"human_type2": 1008},
        {"topic_detail": {"from_topic_id": 1, "from_source": "arc.web.recommend"}},
        {"desc": "text", "desc_v2": [{"raw_text": "text", "type": 1, "biz_id": ""}]},
        {"recreate": 1, "no_disturbance": 1, "dolby": 1, "lossless_music": 1, "web_os": 3},
        {"porder": {"flow_id": 1, "anything": [1, "2"]}},
        {"cover43": "https://archive.biliimg.com/c.jpg", "creation_statement": {"id": -1}},
    ],
    ids=repr,
)
def test_the_web_takes_more_than_the_pc_tool(accepted: dict[str, Any]) -> None:
    """What the interface v3 carries is accepted where it is tried, behind others, and told where it is not."""
    assert check(interfaces=["web"], **accepted) == ()
    assert check(interfaces=["client", "app", "web"], **accepted) == ()
    assert check(interfaces=["client"], **accepted)


@pytest.mark.parametrize("key", ["title", "tid", "tag", "copyright"])
def test_a_required_key_must_be_there(key: str) -> None:
    """What cannot be guessed must be given, and the fix says what to give."""
    problem = the_problem(without=[key])
    assert (problem.field, problem.what) == (f"meta.{key}", "is missing.")
    assert problem.fix.startswith("Give ")


@pytest.mark.parametrize("key", ["title", "tag"])
@pytest.mark.parametrize("blank", ["", "   ", "\u3000"])
def test_a_required_text_must_not_be_blank(key: str, blank: str) -> None:
    """White space is no title and no tag."""
    assert the_problem(**{key: blank}).what == "is empty."


TABLE: list[tuple[dict[str, Any], str, str, str]] = [
    # what was given, where the problem is, what it says, what the fix says
    (
        {"title": "好" * 93},
        "meta.title",
        "is 93 characters long; the limit is 80.",
        "Shorten it by 13, for example to",
    ),
    ({"source": "s" * 201}, "meta.source", "is 201 characters long; the limit is 200.", "Shorten it by 1"),
    ({"dynamic": "d" * 234}, "meta.dynamic", "the limit is 233.", "Shorten it by 1"),
    ({"desc": "d" * 251}, "meta.desc", "the limit is 250.", "extra={'desc': ...}"),
    ({"title": 5}, "meta.title", "is 5; text is expected.", "Write '5' instead of 5."),
    ({"title": None}, "meta.title", "is None; text is expected.", "1 to 80 characters"),
    ({"title": ["a"]}, "meta.title", "is a list; text is expected.", "1 to 80 characters"),
    ({"title": b"a"}, "meta.title", "type bytes", "1 to 80 characters"),
    ({"title": pathlib.PurePosixPath("a")}, "meta.title", "type PurePosixPath", "1 to 80 characters"),
    ({"title": "a\ud800"}, "meta.title", "half a surrogate pair at character 2", "1 to 80 characters"),
    ({"tag": ["a", "b"]}, "meta.tag", "is a list; text is expected.", "'a,b'"),
    ({"tag": 7}, "meta.tag", "is 7; text is expected.", "Write '7'"),
    ({"tag": ",".join("abcdefghijk")}, "meta.tag", "has 11 tags; the limit is 10.", "Take 1 out."),
    (
        {"tag": "a," + "x" * 21},
        "meta.tag",
        "tags over 20 characters: 'xxxxxxxxxxxxxxxxxxxxx' (21).",
        "Shorten",
    ),
    ({"tag": "a,,b"}, "meta.tag", "has an empty tag between its commas.", "Write 'a,b'."),
    ({"tag": "a,b,"}, "meta.tag", "has an empty tag between its commas.", "Write 'a,b'."),
    ({"tag": "a,b,A"}, "meta.tag", "has the tag 'A' more than once.", "Keep one"),
    ({"tag": "游戏，搞笑"}, "meta.tag", "has the full-width comma '，'", "Write '游戏,搞笑'."),
    ({"tag": "a\nb"}, "meta.tag", "has a control character in the tag 'a\\nb'.", "Take it out."),
    ({"tag": ",，,"}, "meta.tag", "is empty.", "at least one tag"),
    ({"copyright": 3}, "meta.copyright", "only the web interface v3", "1 for your own work"),
    ({"copyright": 0}, "meta.copyright", "is 0, which is not among the known values.", "1 for your own work"),
    (
        {"copyright": "1"},
        "meta.copyright",
        "is the text '1'; a whole number is expected.",
        "Write 1 instead of '1'.",
    ),
    ({"copyright": 2}, "meta.source", "a repost (copyright 2) must name its origin", "address or the name"),
    ({"copyright": 2, "source": "  "}, "meta.source", "must name its origin", "address or the name"),
    ({"tid": 4}, "meta.tid", "4 (游戏) is a main partition", "17 (单机游戏)"),
    ({"tid": 160}, "meta.tid", "160 (生活) is a main partition", "21 (日常)"),
    ({"tid": 194}, "meta.tid", "194 (电音) has been retired.", "130 (音乐综合)"),
    ({"tid": 165}, "meta.tid", "165 (广告) has been retired.", "21 (日常)"),
    ({"tid": 145}, "meta.tid", "145 (欧美电影) is kept for publishers with a licence.", "extra={'tid': 145}"),
    ({"tid": 99999}, "meta.tid", "99999 is no partition.", "21 (日常)"),
    ({"tid": 1711}, "meta.tid", "1711 is no partition.", "171 (电子竞技)"),
    ({"tid": 1008}, "meta.tid", "is one of the new partitions (游戏)", "'human_type2'"),
    ({"tid": "日常"}, "meta.tid", "is the name '日常'; its number is expected.", "Write 21."),
    ({"tid": "游戏"}, "meta.tid", "is the text '游戏'; a number is expected.", "17 (单机游戏)"),
    ({"tid": "21"}, "meta.tid", "is the text '21'; a number is expected.", "Write 21."),
    ({"tid": True}, "meta.tid", "is True; a whole number is expected.", "bilibili_api.channel"),
    ({"tid": 21.0}, "meta.tid", "is 21.0; a whole number is expected.", "Write 21 instead of 21.0."),
    ({"tid": 10**5000}, "meta.tid", "does not fit into 64 bits", "bilibili_api.channel"),
    ({"dtime": NOW + 2 * HOUR}, "meta.dtime", "only 120 min away", "leave the key out"),
    ({"dtime": NOW + 15 * DAY + 1}, "meta.dtime", "more than 15 days away", moment_text(NOW + 15 * DAY)),
    ({"dtime": NOW - 1}, "meta.dtime", "in the past", moment_text(NOW + 2 * HOUR)),
    ({"dtime": 0}, "meta.dtime", "is 0.", "Leave the key out to publish at once."),
    ({"dtime": (NOW + DAY) * 1000}, "meta.dtime", "looks like milliseconds", f"Give seconds: {NOW + DAY}."),
    ({"dtime": 2**62}, "meta.dtime", "more than 15 days away", "The window"),
    ({"dtime": -(2**62)}, "meta.dtime", "in the past", "The window"),
    ({"dtime": NOW + 0.5}, "meta.dtime", "a whole number is expected", "Unix seconds"),
    ({"dtime": "tomorrow"}, "meta.dtime", "is the text 'tomorrow'", "Unix seconds"),
    (
        {"no_reprint": True},
        "meta.no_reprint",
        "is True; a whole number is expected.",
        "Write 1 instead of True.",
    ),
    (
        {"open_elec": False},
        "meta.open_elec",
        "is False; a whole number is expected.",
        "Write 0 instead of False.",
    ),
    ({"open_elec": 2}, "meta.open_elec", "is 2, which is not among the known values.", "Give 0 or 1."),
    ({"up_close_reply": 1}, "meta.up_close_reply", "True or False is expected.", "Write True instead of 1."),
    (
        {"up_close_danmaku": "no"},
        "meta.up_close_danmaku",
        "True or False is expected.",
        "Give True or False.",
    ),
    ({"mission_id": None}, "meta.mission_id", "is None; a whole number is expected.", "Leave the key out"),
    ({"mission_id": "5"}, "meta.mission_id", "is the text '5'", "Write 5"),
    ({"desc_format_id": 0.5}, "meta.desc_format_id", "is 0.5", "Give a whole number."),
    ({"interactive": float("nan")}, "meta.interactive", "NaN or an infinity", "Give 0 or 1."),
    ({"subtitles": "zh"}, "meta.subtitles", "is the text 'zh'; a dict is expected.", "'lan', 'open'"),
    (
        {"subtitles": {"lan": "", "opn": 0}},
        "meta.subtitles",
        "has the unknown member 'opn'.",
        "Write 'open'.",
    ),
    ({"subtitles": {"lan": "", "open": True}}, "meta.subtitles.open", "is True", "Write 1 instead of True."),
    ({"subtitles": {"lan": 1, "open": 0}}, "meta.subtitles.lan", "is 1; text is expected.", "Write '1'"),
    ({"subtitles": {"lan": ""}}, "meta.subtitles", "lacks the member 'open'.", "Give 0 or 1."),
    ({"desc_v2": ["a"]}, "meta.desc_v2[0]", "a dict is expected.", "'raw_text', 'type', 'biz_id'"),
    ({"desc_v2": [{"type": 9}]}, "meta.desc_v2[0].type", "is 9", "Give 1 or 2."),
    ({"watermark": {"state": 5}}, "meta.watermark.state", "is 5", "Give 0 or 1."),
    ({"recreate": 0}, "meta.recreate", "is 0", "Give -1 or 1."),
    ({"human_type2": 2001}, "meta.human_type2", "only the server assigns", "1008 (游戏)"),
    ({"human_type2": 21}, "meta.human_type2", "21 is no new partition.", "1008 (游戏)"),
    ({"videos": []}, "meta.videos", "is written by the uploader itself.", "Take it out"),
    ({"cover": ""}, "meta.cover", "is written by the uploader itself.", "Take it out"),
    ({"csrf": "0" * 32}, "meta.csrf", "belongs to the login.", "Take it out"),
    ({"aid": 1}, "meta.aid", "belongs to the edit of an archive that exists.", "Take it out"),
    ({"limited_free": 1}, "meta.limited_free", "refuse the whole submission (21001)", "Take it out."),
    ({"tittle": "x"}, "meta.tittle", "is not a known key.", "Did you mean 'title'?"),
    ({"up_close_danmuku": True}, "meta.up_close_danmuku", "is not a known key.", "'up_close_danmaku'"),
    ({"Tag": "x"}, "meta.Tag", "is not a known key.", "Did you mean 'tag'?"),
    ({"qqqqqqq": 1}, "meta.qqqqqqq", "is not a known key.", "extra={...}"),
    ({"videos[].title": "x"}, "meta.videos[].title", "is not a known key.", "extra={...}"),
    ({"标题\n": 1}, "meta['标题\\n']", "is not a known key.", "extra={...}"),
    ({"extra": 5}, "meta.extra", "is of type int; a dict is expected.", "leave it out"),
    ({"extra": {"cover": "x"}}, "meta.extra.cover", "is written by the uploader itself.", "Take it out"),
    ({"extra": {"x": {1, 2}}}, "meta.extra.x", "type set", "what JSON has"),
    ({"extra": {"x": {1: 2}}}, "meta.extra.x", "a key of type int", "what JSON has"),
    ({"extra": {1: 2}}, "meta.extra", "has a key of type int", "as text"),
    ({"extra": {"\ud800": 2}}, "meta.extra['\\ud800']", "half a surrogate pair", "what JSON has"),
]


@pytest.mark.parametrize(
    ("given", "field", "what", "fix"), TABLE, ids=[f"{row[1]}-{row[2]}" for row in TABLE]
)
def test_what_breaks_a_rule_is_named_with_its_fix(
    given: dict[str, Any], field: str, what: str, fix: str
) -> None:
    """Each broken rule gives one problem that names the field, the fault and the way out."""
    problem = the_problem(**given)
    assert problem.field == field
    assert what in problem.what
    assert fix in problem.fix


def test_all_problems_come_at_once() -> None:
    """Several faults in several fields, and in one field, are all reported together."""
    found = check(title="x" * 81, tag="a,,a", tid=4, copyright=2, videos=[], tittle="")
    fields = [problem.field for problem in found]
    assert sorted(fields) == [
        "meta.source", "meta.tag", "meta.tag", "meta.tid", "meta.title", "meta.tittle", "meta.videos",
    ]  # fmt: skip


def test_problems_follow_the_order_of_the_keys() -> None:
    """Who reads the list finds the keys in the order in which they were written."""
    found = check_meta({"title": "", "tid": 0, "tag": "", "copyright": 9}, now=NOW)
    assert [problem.field for problem in found] == ["meta.title", "meta.tid", "meta.tag", "meta.copyright"]


def test_the_proposed_title_fits_and_is_a_beginning() -> None:
    """The cut that is proposed can be pasted as it is."""
    problem = the_problem(title="标" * 100)
    assert f"'{'标' * 80}'" in problem.fix


def test_a_cut_does_not_tear_an_emoji_apart() -> None:
    """A family emoji that spans the limit is left out whole."""
    problem = the_problem(title="x" * 78 + "👨‍👩‍👧")
    assert f"'{'x' * 78}'" in problem.fix


def test_the_cut_of_a_long_text_shows_only_its_end() -> None:
    """A proposal of hundreds of characters would hide the other problems."""
    problem = the_problem(dynamic="0123456789" * 100)
    assert len(problem.fix) < 120
    assert "ends with '34567890123456789012'" in problem.fix


def test_secrets_under_unknown_keys_are_not_shown() -> None:
    """Whatever stands under a key that is not ours to show stays out of the messages."""
    found = check(acess_key="0123secret", csrf="4567secret", aid="89secret")
    assert len(found) == 3
    assert "secret" not in " ".join(map(str, found))


@pytest.mark.parametrize("meta", [None, [], "title", 5, object(), {1, 2}])
def test_metadata_that_is_no_dict_is_one_problem(meta: Any) -> None:
    """Anything but a mapping is told what to give instead."""
    (problem,) = check_meta(meta, now=NOW)
    assert problem.field == "meta"
    assert "a dict is expected" in problem.what
    assert "'title', 'tid', 'tag' and 'copyright'" in problem.fix


def test_any_mapping_will_do() -> None:
    """A read-only view of metadata is as good as a dict."""
    assert check_meta(MappingProxyType(PUBLISHED), now=NOW) == ()


def test_a_mapping_that_cannot_be_read_is_a_problem() -> None:
    """A mapping of the caller's own that raises does not make the check raise."""

    class Broken(dict[str, Any]):
        def items(self) -> Any:
            raise RuntimeError("no")

    (problem,) = check_meta(Broken(PUBLISHED), now=NOW)
    assert problem.what == "cannot be read: RuntimeError was raised."


def test_a_value_that_cannot_be_shown_is_a_problem() -> None:
    """Messages never depend on the repr of the caller's own types."""

    class Unshowable:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    assert "type Unshowable" in the_problem(title=Unshowable()).what


def test_keys_that_are_no_text_are_each_a_problem() -> None:
    """JSON has text keys only."""
    found = check_meta({**PUBLISHED, 1: 2, None: 3}, now=NOW)
    assert [(problem.field, problem.what) for problem in found] == [
        ("meta", "has a key of type int; keys are text."),
        ("meta", "has a key of type NoneType; keys are text."),
    ]


def test_a_list_that_contains_itself_is_a_problem() -> None:
    """A loop is found, not followed."""
    loop: list[object] = []
    loop.append(loop)
    assert the_problem(porder={"a": loop}).what == "contains itself."


def test_a_source_that_cannot_be_read_is_one_problem() -> None:
    """The rule about reposts does not complain a second time about what cannot be sent anyway."""
    assert the_problem(copyright=2, source=b"https://example.org").field == "meta.source"


def test_a_value_nested_without_end_is_a_problem() -> None:
    """Depth that no server would take is refused before it exhausts the stack."""
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    assert "levels deep" in the_problem(porder={"a": deep}).what


def test_a_value_that_unfolds_without_end_is_a_problem() -> None:
    """Twenty lines of sharing can make a body of any size; it is refused before it is built."""
    wide: list[object] = []
    for _ in range(20):
        wide = [wide] * 10
    assert "more than 100000 values" in the_problem(porder={"a": wide}).what


def test_extra_passes_what_the_check_refuses() -> None:
    """Keys in `extra` are the caller's responsibility: unknown ones, and known ones with other values."""
    assert check(beside={"tid": 145, "brand_new": [1, None, {"a": 0.5}], "limited_free": 0}) == ()


def test_extra_inside_meta_is_the_same_as_extra_beside_it() -> None:
    """`meta["extra"]` is the other way to pass keys through."""
    assert check(beside={"tid": 145}) == check_meta({**PUBLISHED, "extra": {"tid": 145}}, now=NOW) == ()


def test_a_required_key_may_stand_in_extra() -> None:
    """A key that is sent is not missing."""
    assert check(without=["title", "copyright"], beside={"title": "x", "copyright": 3}) == ()


def test_what_extra_overrides_is_not_checked() -> None:
    """The value that is not sent cannot be wrong."""
    assert check(title="x" * 100, copyright=2, beside={"title": "x", "source": "y"}) == ()


def test_reserved_keys_are_refused_in_extra() -> None:
    """Pages and cover are never overridden."""
    found = check(beside={"videos": [], "cover": ""})
    assert [problem.field for problem in found] == ["extra.videos", "extra.cover"]


def test_extra_that_is_no_dict_is_a_problem() -> None:
    """`extra` must be a mapping of keys."""
    assert check(beside=[1])[0].field == "extra"


def test_the_table_names_every_key_of_the_published_reference() -> None:
    """Each published key is a free key of the client column."""
    assert all(Column.CLIENT in FIELDS[key].columns and FIELDS[key].role is Role.FREE for key in PUBLISHED)


@pytest.mark.parametrize(
    "field", [field for field in FIELDS.values() if field.role is Role.FREE], ids=by_name
)
def test_every_row_of_the_table_checks_its_type(field: Field) -> None:
    """Whatever the row, a value of a type that no row has is refused by naming the field."""
    changed: dict[str, Any] = {field.name: 1.5}
    (problem,) = check(**changed)
    assert problem.field == f"meta.{field.name}"


@pytest.mark.parametrize("field", FIELDS.values(), ids=by_name)
def test_every_row_of_the_table_is_complete(field: Field) -> None:
    """A row stands under its own name and says where it comes from."""
    assert FIELDS[field.name] is field
    assert field.section.startswith("6.2")
    assert field.columns or field.role is Role.HARMFUL
    assert field.grade in "ABCX"


def test_pages_with_titles_at_the_limit_are_accepted() -> None:
    """A hundred parts with titles of eighty characters are what one submission can have."""
    assert check_page_titles(["好" * 80] * 100, ["desc"] * 100) == ()


def test_no_page_is_a_problem() -> None:
    """A submission without a part is refused (21011)."""
    (problem,) = check_page_titles([])
    assert (problem.field, problem.what) == ("pages", "is empty.")


def test_more_than_a_hundred_pages_are_a_problem() -> None:
    """One submission takes a hundred parts (21058)."""
    (problem,) = check_page_titles(["x"] * 101)
    assert problem.field == "pages"
    assert problem.what == "has 101 pages; the limit of one submission is 100."


@pytest.mark.parametrize(
    ("title", "what"),
    [
        ("x" * 81, "is 81 characters long; the limit is 80."),
        (None, "is None; text is expected."),
        (b"a", "type bytes"),
        ("a\udcff.mp4", "half a surrogate pair at character 2"),
    ],
)
def test_a_title_that_cannot_be_sent_is_named_with_its_page(title: object, what: str) -> None:
    """The number of the page counts from 0, as in the list that was passed in."""
    (problem,) = check_page_titles(["P1", title])
    assert problem.field == "pages[1].title"
    assert what in problem.what


def test_a_description_must_be_text() -> None:
    """Descriptions of parts have no limit, but a type."""
    (problem,) = check_page_titles(["P1"], [5])
    assert problem.field == "pages[0].description"


class TestMentions:
    """`desc` must be the text of `desc_v2`, else later edits of the site break (section 6.2)."""

    RICH: ClassVar[list[dict[str, Any]]] = [
        {"raw_text": "Thanks to ", "type": 1, "biz_id": ""},
        {"raw_text": "alice", "type": 2, "biz_id": "10001"},
        {"raw_text": "!", "type": 1, "biz_id": ""},
    ]

    def test_it_is_made_of_it(self) -> None:
        """Mentions become `@name `, with a space at the end."""
        meta = {key: value for key, value in PUBLISHED.items() if key != "desc"} | {"desc_v2": self.RICH}
        assert check_meta(meta, now=NOW, interfaces=["web"]) == ()
        assert final_meta(meta, cover="", videos=(), interface="web")["desc"] == "Thanks to @alice !"

    def test_another_text_is_a_problem(self) -> None:
        """The problem shows the one it should be."""
        problem = the_problem(desc="Thanks", desc_v2=self.RICH, interfaces=["web"])
        assert (problem.field, "Thanks to @alice !" in problem.fix) == ("meta.desc", True)

    def test_the_same_text_is_none(self) -> None:
        """Both may be given."""
        assert check(desc="Thanks to @alice !", desc_v2=self.RICH, interfaces=["web"]) == ()
