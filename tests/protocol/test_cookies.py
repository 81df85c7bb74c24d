"""Web cookies (protocol document, sections 0.2, 2.5 and 2.8)."""

from __future__ import annotations

import traceback
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilibili_api.exceptions import ArgsException
from bilibili_api.protocol.cookies import Cookies

CSRF = "0123456789abcdef0123456789abcdef"
GIVEN = {"SESSDATA": "a1%2C1715552000%2Cb2*31", "bili_jct": CSRF, "DedeUserID": "10001"}
SECRET = "Zq7PlantedXk9"


def test_the_header_has_every_cookie_in_the_order_given():
    """Names and values as they are: escapes are neither undone nor done again."""
    assert Cookies(GIVEN).header == (f"SESSDATA=a1%2C1715552000%2Cb2*31; bili_jct={CSRF}; DedeUserID=10001")


def test_bili_jct_is_what_posts_repeat():
    """Called `csrf` there (section 6.1)."""
    assert Cookies(GIVEN).csrf == CSRF


def test_cookies_are_never_shown():
    """Neither names nor values."""
    assert repr(Cookies(GIVEN)) == str(Cookies(GIVEN)) == "Cookies()"


def test_cookies_do_not_change_with_the_dictionary_they_came_from():
    """They are frozen, and so is what they hold."""
    source = dict(GIVEN)
    cookies = Cookies(source)
    source["bili_jct"] = "other"
    assert cookies == Cookies(GIVEN)
    with pytest.raises(TypeError):
        cast("dict[str, str]", cookies.values)["bili_jct"] = "other"


@pytest.mark.parametrize(
    ("values", "lacking"),
    [
        ({}, "SESSDATA and bili_jct"),
        ({"SESSDATA": "a"}, "bili_jct"),
        ({"bili_jct": "a"}, "SESSDATA"),
        ({"SESSDATA": "a", "bili_jct": ""}, "bili_jct"),
        ({"sessdata": "a", "bili_jct": "a"}, "SESSDATA"),
    ],
)
def test_cookies_that_cannot_do_anything_are_refused(values: dict[str, str], lacking: str):
    """Both the session and the csrf token are needed; names count with their case."""
    with pytest.raises(ArgsException, match=rf"^The cookies lack {lacking}\.\n") as caught:
        Cookies(values)
    assert "browser" in caught.value.hint
    assert "log in again" in caught.value.hint


@pytest.mark.parametrize("value", ["a,b*c", "a%2Cb", "a=b==", "!#$&'()+-./:<>?@[]^_`{|}~", ""])
def test_a_value_may_hold_what_browsers_show(value: str):
    """Commas too: SESSDATA has them once it is decoded (section 2.5)."""
    assert f"sid={value}" in Cookies({**GIVEN, "sid": value}).header


@pytest.mark.parametrize("char", ["\r", "\n", "\x00", "\t", "\x7f", " ", ";", '"', "\\", "é", "视", "\udce9"])
def test_a_value_that_would_break_the_header_is_refused(char: str):
    """The cookie is named, its value is not told."""
    with pytest.raises(ArgsException, match="The cookie SESSDATA has characters") as caught:
        Cookies({**GIVEN, "SESSDATA": f"{SECRET}{char}{SECRET}"})
    assert SECRET not in "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))


@pytest.mark.parametrize("char", ["", "=", ";", " ", ",", "\r\n", "\x00", "[", "(", '"', "/", "视"])
def test_a_name_that_would_break_the_header_is_refused(char: str):
    """It is not told: a line pasted whole as a name has a secret in it."""
    name = f"SESSDATA{char}{SECRET}" if char else ""
    with pytest.raises(ArgsException, match="The name of a cookie") as caught:
        Cookies({**GIVEN, name: "x"})
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("value", [5, None, b"x", ["x"], {"value": "x"}])
def test_a_value_that_is_no_text_is_refused(value: object):
    """As it may come from a file."""
    with pytest.raises(ArgsException, match="The cookie sid has characters"):
        Cookies(cast("dict[str, str]", {**GIVEN, "sid": value}))


@given(st.dictionaries(st.text(max_size=8), st.text(st.characters(exclude_categories=()), max_size=8)))
def test_any_cookies_are_refused_or_make_one_line(more: dict[str, str]):
    """A line that splits again into the same names and values."""
    try:
        cookies = Cookies({**GIVEN, **more})
    except ArgsException:
        return
    assert cookies.header.isascii()
    assert cookies.header.isprintable()
    assert [tuple(pair.split("=", 1)) for pair in cookies.header.split("; ")] == list(cookies.values.items())
