"""Metadata as a typed value: the same judge, the same table, the same body (protocol document, 6.2, 6.3)."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from pydantic import ValidationError
from tests.protocol.test_meta_properties import LIKELY, LOOP, SPOILT, VALUE

from bilibili_api.exceptions import InvalidUpload
from bilibili_api.protocol.fields import FREE, Field, Kind
from bilibili_api.protocol.interfaces import INTERFACES
from bilibili_api.protocol.meta import check_meta, final_meta, suiting
from bilibili_api.protocol.video_meta import VideoMeta

ALL = tuple(INTERFACES)
VIDEOS = [{"title": "P1", "desc": "", "filename": "n1", "cid": 5}]
META: dict[str, Any] = {"title": "标题", "tid": 21, "tag": "a,b", "copyright": 1}
PUBLISHED: dict[str, Any] = {
    **META,
    "source": "",
    "desc": "描述",
    "desc_format_id": 0,
    "dynamic": "",
    "interactive": 0,
    "open_elec": 1,
    "no_reprint": 1,
    "subtitles": {"lan": "zh-CN", "open": 1},
    "up_close_danmaku": True,
    "up_close_reply": False,
}
SAMPLES: dict[Kind, list[object]] = {
    Kind.TEXT: ["x"],
    Kind.NUMBER: [21, 1700000000, 1001, 0, 1, 2, 3, 4, -1],
    Kind.SWITCH: [True, False],
    Kind.OBJECT: [
        {},
        {"lan": "", "open": 1},
        {"from_topic_id": 5, "from_source": "x"},
        {"state": 1},
        {"id": -1},
    ],
    Kind.LIST: [[], [{"raw_text": "x", "type": 1, "biz_id": ""}]],
}
TYPES = {
    Kind.TEXT: "string",
    Kind.NUMBER: "integer",
    Kind.SWITCH: "boolean",
    Kind.OBJECT: "object",
    Kind.LIST: "array",
}
SCHEMA: dict[str, Any] = VideoMeta.model_json_schema()
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def made(meta: Any) -> VideoMeta | InvalidUpload:
    """What comes of metadata: the value, or the refusal; any other exception fails the test."""
    try:
        return VideoMeta.model_validate(meta)
    except InvalidUpload as refusal:
        return refusal


def by_name(field: Field) -> str:
    return field.name


def schema_of(property_schema: dict[str, Any]) -> dict[str, Any]:
    """A property's schema without its "or null", its references followed."""
    options = [
        option for option in property_schema.get("anyOf", [property_schema]) if option.get("type") != "null"
    ]
    (schema,) = options
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


@unhurried
@given(meta=VALUE | SPOILT | LIKELY)
@example(meta={**META, "source": LOOP, "extra": {"source": "x"}})
@example(meta={"extra": {"title": 5, "tid": "x", "tag": None, "copyright": []}})
@example(meta={**META, "title": "x" * 100, "extra": {"title": ""}})
@example(meta={**META, "desc_v2": ({"raw_text": "x"},), "porder": {"a": (1, 2.5, None)}})
@example(meta={**META, "dtime": None, "is_only_self": None, "extra": None})
def test_exactly_what_the_check_accepts_is_accepted(meta: Any):
    """With the same problems where it is not."""
    problems = check_meta(meta, now=None, interfaces=ALL)
    outcome = made(meta)
    if isinstance(outcome, InvalidUpload):
        assert outcome.problems == problems != ()
    else:
        assert problems == ()


@unhurried
@given(meta=LIKELY)
@pytest.mark.parametrize("interface", ALL)
def test_the_body_is_the_one_of_the_dict(interface: str, meta: Any):
    """Whichever way the metadata is passed."""
    outcome = made(meta)
    if isinstance(outcome, VideoMeta):
        body = outcome.body(interface, VIDEOS, "cover", "cover43")
        assert body == final_meta(meta, cover="cover", videos=VIDEOS, interface=interface, cover43="cover43")


@unhurried
@given(meta=LIKELY)
def test_what_was_given_comes_back_and_is_accepted_again(meta: Any):
    """`given` is the dict it was made of, less what means nothing; the check takes either."""
    outcome = made(meta)
    if isinstance(outcome, VideoMeta):
        assert outcome.given() == {key: value for key, value in meta.items() if value is not None}
        assert made(outcome.given()) == outcome
        assert check_meta(outcome, now=None, interfaces=ALL) == ()
        assert suiting(outcome, ALL) == suiting(meta, ALL)


def test_every_key_that_a_caller_may_give_is_a_field():
    """And no other, besides what is passed through."""
    assert set(VideoMeta.model_fields) == {field.name for field in FREE} | {"extra"}


@pytest.mark.parametrize("field", FREE, ids=by_name)
def test_each_field_says_what_its_row_of_the_table_says(field: Field):
    """Type, length, choices and description; the two cannot drift apart."""
    described = SCHEMA["properties"][field.name]
    schema = schema_of(described)
    assert schema["type"] == TYPES[field.kind]
    assert schema.get("maxLength") == field.limit
    assert tuple(schema.get("enum", ())) == field.choices
    assert described["description"].startswith(field.note)
    assert field.ask in described["description"]
    assert (field.name in SCHEMA["required"]) == field.required


@pytest.mark.parametrize("field", [field for field in FREE if field.members], ids=by_name)
def test_each_member_of_a_field_says_what_its_row_says(field: Field):
    """Those of objects, and of the objects in a list; no other member is known."""
    schema = schema_of(SCHEMA["properties"][field.name])
    if field.kind is Kind.LIST:
        schema = schema_of(schema["items"])
    assert set(schema["properties"]) == {member.name for member in field.members}
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == set(schema["properties"])
    for member in field.members:
        inner = schema["properties"][member.name]
        assert inner["type"] == TYPES[member.kind]
        assert tuple(inner.get("enum", ())) == member.choices
        assert inner.get("description", "") == member.note


@pytest.mark.parametrize("field", FREE, ids=by_name)
def test_a_value_of_each_field_is_kept(field: Field):
    """Every key can be given by its name, and reads as it was given."""
    kept = [
        value for value in SAMPLES[field.kind] if isinstance(made({**META, field.name: value}), VideoMeta)
    ]
    assert kept
    for value in kept:
        assert getattr(VideoMeta.model_validate({**META, field.name: value}), field.name) == value


def test_it_is_made_by_keywords():
    """With what is required, and whatever else."""
    meta = VideoMeta(title="标题", tid=21, tag="a", copyright=1, subtitle={"open": 1, "lan": "zh-CN"})
    assert meta.given() == {
        "title": "标题",
        "tid": 21,
        "tag": "a",
        "copyright": 1,
        "subtitle": {"open": 1, "lan": "zh-CN"},
    }


def test_all_problems_come_at_once():
    """As problems with a fix each, not as pydantic's own error."""
    with pytest.raises(InvalidUpload) as caught:
        VideoMeta.model_validate({"title": "x" * 81, "tid": 4, "copyright": True, "titel": 1})
    assert not isinstance(caught.value, ValidationError)
    assert [problem.field for problem in caught.value.problems] == [
        "meta.title",
        "meta.tid",
        "meta.copyright",
        "meta.titel",
        "meta.tag",
    ]


def test_it_does_not_change():
    """A value, not a form."""
    meta = VideoMeta.model_validate(META)
    with pytest.raises(ValidationError):
        meta.title = "other"  # pyright: ignore[reportAttributeAccessIssue] - that it fails is what is tested


def test_it_shares_nothing_with_what_it_was_made_of():
    """Nor with the bodies that are made of it."""
    source: dict[str, Any] = {**copy.deepcopy(PUBLISHED), "extra": {"list": [1]}}
    meta = VideoMeta.model_validate(source)
    source["subtitles"]["lan"] = "changed"
    source["extra"]["list"].append(2)
    body: Any = meta.body("client", VIDEOS, "")
    body["subtitles"]["lan"] = "changed"
    body["list"].append(3)
    assert meta.given()["subtitles"] == {"lan": "zh-CN", "open": 1}
    assert meta.given()["extra"] == {"list": [1]}


def test_it_can_be_copied_and_pickled():
    """It holds no secret."""
    meta = VideoMeta.model_validate(PUBLISHED)
    assert copy.deepcopy(meta) == pickle.loads(pickle.dumps(meta)) == meta


def test_metadata_of_2021_is_taken_over_under_the_names_of_today():
    """Two keys are renamed, the others keep their names (section 6.3)."""
    given_today = VideoMeta.from_published(PUBLISHED).given()
    assert given_today.pop("subtitle") == {"lan": "zh-CN", "open": 1}
    assert given_today.pop("up_close_danmu") is True
    old = {"subtitles", "up_close_danmaku"}
    assert given_today == {key: value for key, value in PUBLISHED.items() if key not in old}


def test_what_metadata_of_2021_passes_through_stays_untouched():
    """Even under a name of 2021."""
    meta = VideoMeta.from_published({**PUBLISHED, "extra": {"subtitles": 5}})
    assert meta.extra == {"subtitles": 5}
    assert "subtitle" not in meta.given()


@pytest.mark.parametrize("given_meta", [None, [], {}, {**PUBLISHED, "videos": []}, {**PUBLISHED, 1: 2}])
def test_metadata_of_2021_is_checked_like_any_other(given_meta: Any):
    """Reserved keys included."""
    with pytest.raises(InvalidUpload):
        VideoMeta.from_published(given_meta)


@pytest.mark.parametrize(
    "module", ["bilibili_api", "bilibili_api.video_uploader", "bilibili_api.protocol.meta"]
)
def test_nobody_pays_for_pydantic_who_does_not_use_it(module: str):
    """It takes longer to import than all the rest."""
    code = f"import sys, {module}; sys.exit('pydantic' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
