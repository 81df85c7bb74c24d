"""What the journal keeps of an error can be said in any language later."""

from __future__ import annotations

import pytest

from bilibili_api.engine.kept_words import packed, unpacked
from bilibili_api.exceptions import SourceChanged
from bilibili_api.language import translate
from bilibili_api.saying import joined, listed, say, several


@pytest.mark.parametrize(
    "text",
    [
        say("The credential has no cookies."),
        say("The name {host} cannot be resolved.", host="a.example"),
        several(3, "{n} part", "{n} parts"),
        joined("; ", [say("The credential has no cookies."), "plain"]),
        listed(["a", "b"]),
        SourceChanged(say("{title!r} cannot be read: {error}", title="x", error=say("Check the path."))).said,
    ],
)
def test_a_sentence_comes_back_as_it_was(text: str) -> None:
    """In English, and in Chinese."""
    again = unpacked(packed(text))
    assert str(again) == str(text)
    assert translate(again, "zh") == translate(text, "zh")


@pytest.mark.parametrize("text", ["", "It failed.", "{", '{"a": 1}', "[]", "{'x'}"])
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    """Whatever it looks like; earlier versions have written nothing else."""
    assert unpacked(packed(text)) == text


def test_half_a_character_is_written_as_an_escape() -> None:
    """File names have such; the database takes none."""
    assert unpacked(packed(say("{path} is empty.", path="\udcff.mp4"))) == "\\udcff.mp4 is empty."
    assert packed("\udcff") == "\\udcff"
