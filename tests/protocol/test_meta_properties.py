"""Whatever is passed as metadata is either accepted or refused with a list of problems."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bilibili_api.exceptions import Problem
from bilibili_api.protocol.fields import FIELDS
from bilibili_api.protocol.interfaces import INTERFACES
from bilibili_api.protocol.meta import check_meta, check_page_titles, final_meta, suiting
from bilibili_api.protocol.zones import nearest_leaf
from bilibili_api.simulator import columns, rules

NOW = 1_700_000_000
VIDEOS = [{"title": "P1", "desc": "", "filename": "n1"}]


class Hostile(dict[str, Any]):
    """A mapping that raises when it is read."""

    def items(self) -> Any:
        raise ZeroDivisionError


def pretender() -> object:
    """Return what says that it is a dict, and is none."""
    return Mock(spec=dict)


LOOP: list[object] = []
LOOP.append({"again": LOOP})

VALID_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=100)
ANY_TEXT = st.text(alphabet=st.characters(), max_size=100) | VALID_TEXT.map(lambda text: text * 30)
SCALAR: st.SearchStrategy[object] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.builds(lambda: 10**5000),
    st.sampled_from([2**63, 0, 1, 2, 21, 4, NOW + 9000]),
    st.floats(),
    st.complex_numbers(),
    ANY_TEXT,
    st.binary(max_size=5),
    st.dates(),
    st.decimals(),
    st.builds(pretender),
    st.builds(Hostile),
    st.just(LOOP),
)
KEY = st.sampled_from([*FIELDS, "extra", "titel", ""]) | ANY_TEXT
VALUE: st.SearchStrategy[object] = st.recursive(
    SCALAR,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEY | st.integers() | st.none(), inner, max_size=4)
    ),
    max_leaves=10,
)
WORD = st.one_of(
    st.text(alphabet="标签游戏搞笑生活abcdefg", min_size=1, max_size=20),
    st.sampled_from(["x" * 21, "a b", ""]),
)
LIKELY: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {
        "title": VALID_TEXT.map(lambda text: text + "题"),
        "tid": st.sampled_from([21, 17, 24, 153, 261, 4, 145, 194]),
        "tag": st.lists(WORD, min_size=1, max_size=11, unique=True).map(",".join),
        "copyright": st.sampled_from([1, 1, 1, 2, 3]),
    },
    optional={
        "source": VALID_TEXT,
        "desc": VALID_TEXT | VALID_TEXT.map(lambda text: text * 4),
        "dtime": st.none() | st.integers(NOW + 7000, NOW + 16 * 86400),
        "no_reprint": st.integers(0, 1),
        "interactive": st.integers(0, 1),
        "up_close_reply": st.booleans(),
        "subtitles": st.fixed_dictionaries({"lan": VALID_TEXT, "open": st.integers(0, 1)}),
        "mission_id": st.integers(1, 2**40),
    },
)
SPOILT = st.tuples(LIKELY, st.dictionaries(KEY, VALUE, max_size=2)).map(lambda both: {**both[0], **both[1]})


@given(meta=VALUE | SPOILT, extra=st.none() | VALUE)
@example(meta={"title": "x", "tid": 21, "tag": "a", "copyright": 1, "source": LOOP}, extra={"source": "x"})
@example(meta={"title": pretender()}, extra=Hostile())
def test_any_metadata_is_accepted_or_refused_with_a_list(meta: Any, extra: Any) -> None:
    """Nothing that Python can hold makes the check raise; what it accepts can be written as JSON and sent."""
    problems = check_meta(meta, now=NOW, extra=extra)
    for problem in problems:
        assert isinstance(problem, Problem)
        assert problem.field.startswith(("meta", "extra"))
        assert problem.what
        assert problem.fix
        str(problem).encode()
        assert len(str(problem)) < 1000
    if not problems:
        body = final_meta(meta, extra=extra, cover="", videos=VIDEOS)
        assert json.loads(json.dumps(body, allow_nan=False, ensure_ascii=False).encode()) == body


FLAG = st.integers(0, 1)
TODAYS: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {},
    optional={
        "human_type2": st.sampled_from([0, 1001, 1031]),
        "desc_v2": st.just([{"raw_text": "x", "type": 1, "biz_id": ""}]),
        "cover43": st.just(""),
        "charging_pay": FLAG,
        "subtitle": st.fixed_dictionaries({"lan": st.just("zh-CN"), "open": FLAG}),
        "up_close_danmu": st.booleans(),
        "up_selection_reply": st.booleans(),
        "recreate": st.sampled_from([-1, 1]),
        "no_disturbance": FLAG,
        "dolby": FLAG,
        "lossless_music": FLAG,
        "is_only_self": st.none() | FLAG,
        "space_hidden": st.sampled_from([1, 2]),
        "watermark": st.fixed_dictionaries({"state": FLAG}),
        "creation_statement": st.fixed_dictionaries({"id": st.sampled_from([-1, 1, 2, 3, 4])}),
        "is_360": st.sampled_from([-1, 1]),
        "web_os": st.integers(1, 3),
        "copyright": st.just(3),
        "build": st.just(1092),
    },
)
COLUMNS = {
    "client": columns.CLIENT,
    "app": columns.APP,
    "web": columns.WEB_V3,
    "bcut-android": columns.APP,
    "bcut-pc": columns.WEB,
    "web-v1": columns.WEB,
}


@given(meta=st.tuples(LIKELY, TODAYS).map(lambda both: {**both[0], **both[1]}) | LIKELY)
@pytest.mark.parametrize("interface", INTERFACES)
def test_what_is_accepted_passes_the_rules_of_the_server(interface: str, meta: Any) -> None:
    """Metadata that is accepted here is not refused after hours of uploading (the simulator is the judge).

    Nor does the server ignore any of it, unless it asks for nothing.
    """
    if check_meta(meta, now=NOW, interfaces=[interface]):
        return
    assert suiting(meta, [interface]) == (interface,)
    body = json.loads(json.dumps(final_meta(meta, cover="", videos=VIDEOS, interface=interface)))
    rules.check_meta(body, NOW, COLUMNS[interface])
    known = {*COLUMNS[interface].types, *columns.REQUIRED, "mission_id", "dtime"}
    assert {key for key in body if key not in known and body[key] not in (0, -1, "", None)} <= {"web_os"}


@given(titles=st.lists(VALUE, max_size=5), descriptions=st.lists(VALUE, max_size=5))
def test_any_titles_are_accepted_or_refused_with_a_list(
    titles: list[object], descriptions: list[object]
) -> None:
    """Titles and descriptions may be anything, too."""
    for problem in check_page_titles(titles, descriptions):
        assert problem.field.startswith("pages")


@given(wanted=st.integers() | ANY_TEXT)
def test_any_number_or_name_has_a_nearest_leaf(wanted: int | str) -> None:
    """A suggestion is always a leaf that can be chosen."""
    assert nearest_leaf(wanted).can_be_chosen
