"""Texts with variables: what they may say, and what is refused."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from bilibili_api.apps.cli.templates import Subject, TemplateError, fill

RECORDED = datetime(2026, 2, 3, 4, 5).astimezone()


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    """Part 2 of 12, recorded on a known day."""
    (tmp_path / "trip").mkdir()
    path = tmp_path / "trip" / "day one.mp4"
    path.write_bytes(b"video")
    os.utime(path, (RECORDED.timestamp(), RECORDED.timestamp()))
    return Subject([path], 2, 12, lambda: 3723.4, "The trip")


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("plain", "plain"),
        ("{stem}", "day one"),
        ("{name} of {folder}", "day one.mp4 of trip"),
        ("{date}", "2026-02-03"),
        ("{date:%d.%m.%Y %H:%M}", "03.02.2026 04:05"),
        ("{n}/{count} {n:03}", "2/12 002"),
        ("{duration}", "1:02:03"),
        ("{title}: {stem}", "The trip: day one"),
        ("{{n}} {{}}", "{n} {}"),
    ],
)
def test_variables_are_filled_in(subject: Subject, text: str, made: str) -> None:
    """Names, dates and numbers with a format; doubled braces are braces."""
    assert fill(text, subject.variables()) == made


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{steam}", "there is no variable {steam}. Did you mean {stem}?"),
        ("{xyz}", "There are {count}, {date}, {duration}, {folder}, {n}, {name}, {stem}, {title}"),
        ("{}", "there is no variable {}."),
        ("{0}", "there is no variable {0}."),
        ("{stem.__class__}", "there is no variable {stem.__class__}."),
        ("{date.year}", "Did you mean {date}?"),
        ("{stem[0]}", "there is no variable {stem[0]}."),
        ("{n!r}", "there is no variable {n!r}."),
        ("{n:{count}}", "{n} takes no format"),
        ("{n:x}", "{n} takes no format 'x'; give for example 03."),
        ("{n:999999999}", "{n} takes no format"),
        ("{stem:>9}", "{stem} takes no format '>9'."),
        ("{date:{n}}", "{date} takes no variables in its format"),
        ("a { b", "a brace stands alone"),
        ("a } b", "a brace stands alone"),
    ],
)
def test_what_is_no_variable_is_refused(subject: Subject, text: str, said: str) -> None:
    """With what comes near; no attribute and no index leads out of what is known."""
    with pytest.raises(TemplateError) as caught:
        fill(text, subject.variables())
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "written", "made"),
    [
        ("[MV] {Official} {n:02}", "[MV] {{Official}} {n:02}", "[MV] {Official} 02"),
        ("a { b", "a {{ b", "a { b"),
        ("{x}} y", "{{x}}}} y", "{x}} y"),
        ("{{x}} {y} {stem!r}", "{{x}} {{y}} {{stem!r}}", "{x} {y} {stem!r}"),
        ("}}}", "}}}}", "}}"),
    ],
)
def test_braces_that_are_meant_are_told_how_to_be_written(
    subject: Subject, text: str, written: str, made: str
) -> None:
    """The whole text, ready to be copied, in which variables stay variables."""
    with pytest.raises(TemplateError) as caught:
        fill(text, subject.variables())
    assert str(caught.value).endswith(f" If braces are meant, write: {written}")
    assert fill(written, subject.variables()) == made


def test_a_long_text_is_not_repeated(subject: Subject) -> None:
    """Only what to do."""
    with pytest.raises(TemplateError, match=r"If braces are meant, write \{\{ and \}\} for them\.$"):
        fill("{x}" + "y" * 200, subject.variables())


def test_a_title_cannot_be_made_of_itself() -> None:
    """It is a variable of what is filled in after it."""
    with pytest.raises(TemplateError, match="no variable"):
        fill("{title}", Subject([Path("a")], 1, 1, lambda: None).variables())


def test_a_length_that_nobody_knows_is_told() -> None:
    """Rather than an empty place in a title."""
    with pytest.raises(TemplateError, match=r"how long a\.mp4 is cannot be found out"):
        fill("{duration}", Subject([Path("a.mp4")], 1, 1, lambda: None).variables())


def test_only_what_is_used_is_found_out() -> None:
    """No video is opened for a text that does not ask how long it is."""

    def never() -> float:
        raise AssertionError

    assert fill("{stem}", Subject([Path("a.mp4")], 1, 1, never).variables()) == "a"
