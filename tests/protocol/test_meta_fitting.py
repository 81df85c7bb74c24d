"""Which interfaces carry what metadata asks for (protocol document, sections 6.2 and 6.4)."""

from __future__ import annotations

from typing import Any

import pytest

from bilibili_api.exceptions import ArgsException
from bilibili_api.protocol.fields import FREE, Column, Field
from bilibili_api.protocol.interfaces import INTERFACES
from bilibili_api.protocol.meta import check_meta, suiting

META: dict[str, Any] = {"title": "标题", "tid": 21, "tag": "a,b", "copyright": 1}
ALL = tuple(INTERFACES)


def told(interfaces: tuple[str, ...], **changed: Any) -> list[tuple[str, str, str]]:
    """Field, fault and way out of every problem."""
    problems = check_meta(META | changed, now=None, interfaces=interfaces)
    return [(problem.field, problem.what, problem.fix) for problem in problems]


FITTING: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({}, ALL),
    ({"desc": "d" * 250}, ALL),
    ({"desc": "d" * 251}, ("app", "web", "bcut-android", "bcut-pc", "web-v1")),
    ({"copyright": 3}, ()),
    ({"copyright": 3, "creation_statement": {"id": -1}}, ("web",)),
    ({"creation_statement": {"id": 1}}, ("web",)),
    ({"cover43": "https://archive.biliimg.com/c.jpg"}, ("web",)),
    ({"human_type2": 1008}, ("app", "web", "bcut-android")),
    ({"charging_pay": 1}, ("app", "bcut-android")),
    ({"watermark": {"state": 0}}, ("web", "bcut-pc", "web-v1")),
    ({"topic_id": 5}, ("app", "web", "bcut-android", "bcut-pc", "web-v1")),
    ({"build": 1092}, ALL),
    ({"mission_id": 5}, ("client",)),
    ({"mission_id": 5, "topic_id": 6}, ("app", "web", "bcut-android", "bcut-pc", "web-v1")),
    ({"mission_id": 5, "extra": {"topic_id": 6}}, ALL),
    ({"copyright": 3, "extra": {"creation_statement": None}}, ("web",)),
    ({"subtitles": {"lan": "", "open": 1}, "up_close_danmaku": True}, ALL),
    ({"subtitle": {"lan": "", "open": 1}, "up_close_danmu": True}, ALL),
    ({"charging_pay": 0, "human_type2": 0, "recreate": -1, "web_os": 1, "is_only_self": None}, ALL),
    ({"charging_pay": 1, "space_hidden": 1}, ()),
]


@pytest.mark.parametrize(("changed", "names"), FITTING, ids=repr)
def test_an_interface_suits_if_it_carries_everything_that_is_asked_for(
    changed: dict[str, Any], names: tuple[str, ...]
) -> None:
    """By the columns of the table; what asks for nothing is no obstacle."""
    assert suiting(META | changed, ALL) == names


@pytest.mark.parametrize(("changed", "names"), FITTING, ids=repr)
def test_metadata_is_refused_if_no_interface_that_is_tried_suits(
    changed: dict[str, Any], names: tuple[str, ...]
) -> None:
    """It is accepted if one does, wherever it stands in the order."""
    unsuited = tuple(name for name in ALL if name not in names)
    if names:
        assert told((*unsuited, names[-1]), **changed) == []
    for name in unsuited:
        assert told((name,), **changed)


def test_suiting_interfaces_keep_their_order() -> None:
    """The order is the engine's choice."""
    order = ("web", "client", "bcut-pc", "app")
    assert suiting({**META, "desc": "d" * 300}, order) == ("web", "bcut-pc", "app")


def test_what_is_passed_through_asks_nothing_of_an_interface() -> None:
    """It is sent whether it is known or not."""
    assert suiting({**META, "extra": {"watermark": {"state": 1}}}, ("app",), extra={"desc": "d" * 5000})


@pytest.mark.parametrize("field", FREE, ids=lambda field: field.name)
def test_every_key_is_carried_by_some_interface_of_its_columns(field: Field) -> None:
    """The table and the interfaces know the same columns."""
    some = {interface.column for interface in INTERFACES.values()}
    assert field.columns <= some <= set(Column)


def test_a_key_that_is_not_carried_is_told_with_those_that_carry_it() -> None:
    """Instead of being lost without a word."""
    assert told(("app",), watermark={"state": 1}) == [
        (
            "meta.watermark",
            "is not carried by the interface 'app'.",
            (
                "Take it out, submit through 'web', 'bcut-pc' or 'web-v1', or pass it in "
                "extra={'watermark': ...} to send it all the same."
            ),
        )
    ]


def test_what_must_come_together_is_told() -> None:
    """An activity with its topic, copyright 3 with a statement (section 6.2)."""
    assert told(("app",), mission_id=5) == [
        (
            "meta.mission_id",
            "counts only together with a topic, through the interface 'app'.",
            "Give 'topic_id' as well, or take it out.",
        )
    ]
    ((field, what, fix),) = told(("web",), copyright=3)
    assert (field, what) == (
        "meta.creation_statement",
        "is missing, and copyright 3 (nothing to declare) needs one.",
    )
    assert fix.startswith("Give {'id': n}: -1 none needed")


def test_where_none_fits_the_best_is_told_of() -> None:
    """The interface with the fewest problems."""
    (problem,) = told(("client", "app", "web"), charging_pay=1, watermark={"state": 1}, space_hidden=1)
    assert problem[:2] == ("meta.charging_pay", "is not carried by the interface 'web'.")


def test_a_key_that_is_wrong_anyway_is_told_once() -> None:
    """First its value must be right."""
    assert [field for field, _, _ in told(("app",), watermark={"state": 5}, space_hidden="1")] == [
        "meta.watermark.state",
        "meta.space_hidden",
    ]


@pytest.mark.parametrize(
    ("length", "names"), [(251, ("client",)), (2001, ("client", "app")), (2001, ("web",))]
)
def test_the_limit_of_the_description_is_that_of_the_most_generous_interface(
    length: int, names: tuple[str, ...]
) -> None:
    """250 by the PC tool, 2000 elsewhere (section 6.4)."""
    ((field, what, _),) = told(names, desc="d" * length)
    assert (field, what) == ("meta.desc", f"is {length} characters long; the limit is {length - 1}.")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"subtitles": {"lan": "", "open": 0}}, {"subtitle": {"lan": "", "open": 1}}),
        ({"up_close_danmaku": True}, {"up_close_danmu": False}),
    ],
)
def test_two_names_of_one_key_must_not_contradict_each_other(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    """Which is meant cannot be guessed (section 6.3)."""
    ((field, what, fix),) = told(("app",), **old, **new)
    (name,) = old
    assert field == f"meta.{name}"
    assert "is the old name of" in what
    assert fix == "Take one of them out."


def test_without_a_present_the_window_of_a_schedule_is_not_judged() -> None:
    """But what no present could make right is."""
    assert told(("app",), dtime=1) == []
    assert [what for _, what, _ in told(("app",), dtime=0)] == ["is 0."]
    assert told(("app",), dtime=1_700_000_000_000) == [
        ("meta.dtime", "is 1700000000000, which looks like milliseconds.", "Give seconds: 1700000000.")
    ]


def test_an_interface_that_does_not_exist_is_an_error() -> None:
    """It is the caller's mistake, not the metadata's."""
    with pytest.raises(ArgsException):
        check_meta(META, now=None, interfaces=["nothing"])


def test_without_an_interface_the_table_alone_is_asked() -> None:
    """No login is known yet."""
    assert told((), desc="d" * 2000, watermark={"state": 1}, charging_pay=1) == []
