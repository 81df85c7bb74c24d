"""Logins as files: the shared `cookies.json` and its dialects (protocol document, section 2.8)."""

from __future__ import annotations

import json
import pickle
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bilibili_api.exceptions import ArgsException
from bilibili_api.protocol.cookie_files import dump, parse, rewrite
from bilibili_api.protocol.tokens import Cookie, Session
from bilibili_api.redaction import Secret

TOKEN = "0123456789abcdef0123456789abcdef"
REFRESH = "fedcba9876543210fedcba9876543210"
NAMES = ["SESSDATA", "bili_jct", "DedeUserID", "DedeUserID__ckMd5", "sid"]


def canonical() -> dict[str, Any]:
    """The example of section 2.8."""
    values = ["SYNTHETIC", TOKEN, "10001", "0123456789abcdef", "abcdefgh"]
    return {
        "cookie_info": {
            "cookies": [
                {
                    "expires": 1715552000,
                    "http_only": int(name == "SESSDATA"),
                    "name": name,
                    "secure": 0,
                    "value": value,
                }
                for name, value in zip(NAMES, values, strict=True)
            ],
            "domains": [".bilibili.com", ".biligame.com"],
        },
        "sso": ["https://passport.bilibili.com/api/v2/sso"],
        "token_info": {
            "access_token": TOKEN,
            "expires_in": 15552000,
            "mid": 10001,
            "refresh_token": REFRESH,
        },
        "platform": "BiliTV",
    }


def read(document: object) -> Session:
    return parse(json.dumps(document).encode())


def values(session: Session) -> dict[str, str]:
    return {cookie.name: cookie.value for cookie in session.cookies}


def test_the_canonical_form_is_read():
    """Tokens, number, life, platform and all cookies with their ends."""
    session = read(canonical())
    assert (session.mid, session.platform, session.expires_in) == (10001, "BiliTV", 15552000)
    assert (session.token, session.refresh_token) == (Secret(TOKEN), Secret(REFRESH))
    assert session.cookies[0] == Cookie("SESSDATA", "SYNTHETIC", 1715552000, http_only=True)
    assert list(values(session)) == NAMES


def test_the_canonical_form_survives_being_read_and_written():
    """Nothing is added, nothing lost, nothing of another type."""
    assert json.loads(dump(read(canonical()))) == canonical()


def test_what_was_pasted_with_a_byte_order_mark_is_read():
    """As Windows' editor saves it."""
    assert parse(b"\xef\xbb\xbf" + json.dumps(canonical()).encode()).mid == 10001


def test_unknown_members_survive_a_rewrite():
    """At the top, beside the tokens, beside the cookies and in a cookie."""
    document = canonical()
    document["theirs"] = {"any": ["thing", None]}
    document["token_info"]["theirs"] = 1
    document["cookie_info"]["theirs"] = 2
    document["cookie_info"]["cookies"][1]["theirs"] = 3
    session = replace(read(document), token=Secret("new"))
    document["token_info"]["access_token"] = "new"
    assert json.loads(dump(session)) == document


def test_the_raw_answer_of_the_tv_login_is_read():
    """As biliAPI stores it: a superset without `platform`."""
    document = {**canonical(), "is_new": False, "mid": 10001, "access_token": TOKEN}
    del document["platform"]
    session = read(document)
    assert (session.mid, session.token, session.platform) == (10001, Secret(TOKEN), None)


def test_tokens_that_stand_twice_change_together():
    """Other programs re-save them at the top, too: no reader may find the old one."""
    document = {**canonical(), "access_token": TOKEN, "refresh_token": REFRESH}
    written = json.loads(dump(replace(read(document), token=Secret("a"), refresh_token=Secret("b"))))
    assert (written["access_token"], written["refresh_token"]) == ("a", "b")
    assert (written["token_info"]["access_token"], written["token_info"]["refresh_token"]) == ("a", "b")


def test_an_answer_that_was_exported_whole_is_read():
    """As bilitool does: the login stands in `data`."""
    session = read({"code": 0, "message": "0", "data": {**canonical(), "access_token": TOKEN}})
    assert (session.mid, session.token) == (10001, Secret(TOKEN))
    assert "SESSDATA" in values(session)


def test_an_exported_answer_is_dumped_in_the_canonical_form():
    """The wrapper is left behind."""
    assert json.loads(dump(read({"code": 0, "data": canonical()}))) == canonical()


def test_an_exported_answer_is_rewritten_in_its_wrapper():
    """So that the program it belongs to goes on reading it."""
    document = {"code": 0, "message": "0", "data": {**canonical(), "access_token": TOKEN}}
    written = json.loads(rewrite(replace(read(document), token=Secret("new"))))
    assert (written["code"], written["message"]) == (0, "0")
    assert written["data"]["access_token"] == written["data"]["token_info"]["access_token"] == "new"


def test_bare_tokens_are_read():
    """The form with nothing but two tokens."""
    session = read({"access_token": TOKEN, "refresh_token": REFRESH})
    assert (session.token, session.refresh_token, session.cookies) == (Secret(TOKEN), Secret(REFRESH), ())


@pytest.mark.parametrize("text", [TOKEN, f"  {TOKEN}\n"])
def test_a_pasted_access_key_is_read(text: str):
    """32 hex digits and nothing else."""
    assert parse(text.encode()).token == Secret(TOKEN)


def test_numbers_written_as_text_are_read_and_written_as_numbers():
    """Text breaks strict readers."""
    document = canonical()
    document["token_info"]["mid"] = "10001"
    document["token_info"]["expires_in"] = "15552000"
    assert json.loads(dump(read(document))) == canonical()


def test_a_session_of_cookies_is_written_for_strict_readers():
    """All members of `token_info` are there, with their types."""
    written = json.loads(dump(Session(mid=7, cookies=(Cookie("SESSDATA", "s"), Cookie("bili_jct", "j")))))
    assert written["token_info"] == {"access_token": "", "expires_in": 0, "mid": 7, "refresh_token": ""}
    assert (written["platform"], written["sso"]) == (None, ["https://passport.bilibili.com/api/v2/sso"])
    assert [set(each) for each in written["cookie_info"]["cookies"]] == [
        {"expires", "http_only", "name", "secure", "value"}
    ] * 2


def test_what_only_we_know_comes_back():
    """When the token was issued, the token of the web renewal, and the platform others would stumble over."""
    cookies = (Cookie("SESSDATA", "s"), Cookie("bili_jct", "j"))
    session = Session(
        1, Secret("t"), Secret("r"), cookies, Secret("web"), platform="pc", expires_in=5, issued=9
    )
    again = parse(dump(session).encode())
    assert replace(again, document={}) == session
    assert json.loads(dump(session))["platform"] is None


NETSCAPE = """# Netscape HTTP Cookie File
# https://example.com/any remark

#HttpOnly_.bilibili.com\tTRUE\t/\tTRUE\t1715552000\tSESSDATA\tabc%2C123%2C*
.bilibili.com\tTRUE\t/\tFALSE\t1715552000\tbili_jct\tcsrf
.bilibili.com\tTRUE\t/\tFALSE\t0\tDedeUserID\t10001
.bilibili.com\tTRUE\t/\tFALSE\t0\tother\tnoise
.example.com\tTRUE\t/\tFALSE\t0\tSESSDATA\tforeign
"""


def test_a_netscape_file_is_read():
    """The account's cookies of bilibili.com, http-only ones included, and nobody else's."""
    session = parse(NETSCAPE.encode())
    assert session.cookies[0] == Cookie("SESSDATA", "abc%2C123%2C*", 1715552000, http_only=True, secure=True)
    assert values(session) == {"SESSDATA": "abc%2C123%2C*", "bili_jct": "csrf", "DedeUserID": "10001"}
    assert (session.mid, session.token) == (10001, None)


def test_a_netscape_file_of_windows_is_read():
    """Lines end in CR LF."""
    assert values(parse(NETSCAPE.replace("\n", "\r\n").encode()))["bili_jct"] == "csrf"


@pytest.mark.parametrize("prefix", ["", "Cookie: ", "cookie:"])
def test_a_cookie_header_is_read(prefix: str):
    """With or without its name; cookies that say nothing about the account stay behind."""
    session = parse(
        f"{prefix}_uuid=x; SESSDATA=a%2Cb; bili_jct=j; DedeUserID=42; ac_time_value=web\n".encode()
    )
    assert values(session) == {"SESSDATA": "a%2Cb", "bili_jct": "j", "DedeUserID": "42"}
    assert (session.mid, session.web_refresh) == (42, Secret("web"))


def test_the_list_of_a_browser_extension_is_read():
    """Names, values and ends of the account's cookies."""
    session = read(
        [
            {"name": "SESSDATA", "value": "s", "domain": ".bilibili.com", "expirationDate": 1715552000.5},
            {"name": "bili_jct", "value": "j", "domain": ".bilibili.com", "httpOnly": False},
            {"name": "SESSDATA", "value": "foreign", "domain": ".example.com"},
        ]
    )
    assert values(session) == {"SESSDATA": "s", "bili_jct": "j"}
    assert session.expires == 1715552000


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_refused(protocol: int):
    """Reading one could run a program; the error says so."""
    with pytest.raises(ArgsException, match="pickle"):
        parse(pickle.dumps(canonical(), protocol))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"\xff\xfe\x00", "not text"),
        (b"SQLite format 3\x00rest", "data base"),
        (b"hello", "no form"),
        (b"{}", "neither a token nor cookies"),
        (b"[1, 2]", "neither a token nor cookies"),
        (b"NaN", "no form"),
        (b'{"a": NaN}', "cannot be read"),
        (b'{"a": 1e999}', "cannot be read"),
        (b"[" * 100_000, "JSON"),
        (b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", "nested"),
        (b"SESSDATA=x", "lack bili_jct"),
        (b"bili_jct=x", "lack SESSDATA"),
        (b'{"access_token": "line\\nbreak"}', "characters that no token has"),
        (NETSCAPE[: NETSCAPE.index("1715552000")].encode(), "4 of 7 fields"),
        (b" " * 2_000_000, "too large"),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_told_apart(content: bytes, said: str):
    """Each error names what is wrong and what to do."""
    with pytest.raises(ArgsException, match=said) as raised:
        parse(content)
    assert raised.value.hint.endswith(".")


@given(st.integers(min_value=1, max_value=len(json.dumps(canonical(), indent=2)) - 1))
def test_a_file_cut_anywhere_is_an_error_that_says_so(length: int):
    """Half a file never passes for a login, and no other exception comes out."""
    with pytest.raises(ArgsException, match="breaks off") as raised:
        parse(json.dumps(canonical(), indent=2).encode()[:length])
    assert raised.value.__context__ is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cookie_info",
                    "cookies",
                    "token_info",
                    "access_token",
                    "mid",
                    "data",
                    "name",
                    "value",
                    "expires",
                    "refresh_token",
                    "platform",
                    "bvup",
                    "sso",
                    "domains",
                    "ac_time_value",
                    "expires_in",
                    "issued",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(JSON)
@example({"cookie_info": {"cookies": [{"name": ["x"], "value": 1}]}, "access_token": "t"})
@example({"access_token": "t", "mid": -1, "expires_in": 1e300, "platform": "\ud800"})
def test_whatever_json_holds_it_is_a_login_or_an_error_about_it(document: object):
    """What is accepted can be written, and read again as the same."""
    try:
        session = read(document)
    except ArgsException:
        return  # it says what is wrong
    again = parse(dump(session).encode())
    assert replace(again, document={}) == replace(session, document={})


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_whatever_bytes_a_file_holds(content: bytes):
    """A session or an error about the file; never another exception."""
    with suppress(ArgsException):
        parse(content)


def test_a_session_does_not_show_what_it_holds():
    """Neither its repr nor that of its parts."""
    session = replace(read({**canonical(), "bvup": {"x": "hidden"}}), web_refresh=Secret("weblong"))
    for secret in (TOKEN, REFRESH, "SYNTHETIC", "abcdefgh", "hidden", "weblong"):
        assert secret not in repr(session)


def test_an_error_does_not_show_what_the_file_holds():
    """Neither in the message nor behind it."""
    with pytest.raises(ArgsException) as raised:
        parse(json.dumps(canonical()).encode()[:-30])
    assert TOKEN not in f"{raised.value} {raised.value.hint} {raised.value.__notes__}"
