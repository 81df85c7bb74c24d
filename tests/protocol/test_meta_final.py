"""The body of `client/add`, as it is made from metadata without problems (protocol document, 6.2, 9.3)."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

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


def final(meta: dict[str, Any] = META, *, extra: Any = None, cover: str = COVER) -> dict[str, Any]:
    return final_meta(meta, extra=extra, cover=cover, videos=VIDEOS)


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
