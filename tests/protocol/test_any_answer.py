"""Whatever comes as an answer to whatever request: a value or a typed error, and no secret in either."""

from __future__ import annotations

import json
import traceback
from functools import wraps
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bilibili_api.exceptions import ApiException
from bilibili_api.protocol import app_login, passport, renewal, seasons, upos, verification
from bilibili_api.protocol.archive_edit import parse_edited
from bilibili_api.protocol.archives import parse_archive, parse_archives
from bilibili_api.protocol.codes import RULES
from bilibili_api.protocol.cover import parse_cover
from bilibili_api.protocol.drafts import parse_draft
from bilibili_api.protocol.lines import parse_probe
from bilibili_api.protocol.login import parse_key, parse_login
from bilibili_api.protocol.pc import parse_chunk, parse_complete, parse_preupload
from bilibili_api.protocol.submit import parse_add, parse_missions
from bilibili_api.protocol.subtitles import parse_saved
from bilibili_api.protocol.topics import parse_tag_check, parse_topic_search, parse_zone_topics
from bilibili_api.protocol.upload_form import (
    parse_desc_format,
    parse_form,
    parse_human_types,
    parse_prediction,
)
from bilibili_api.protocol.wire import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Parser = Callable[[Response], object]


def at_some_time(parse: Callable[..., object], *given: object) -> Parser:
    """A parser that is also told whose login it is and the present."""

    @wraps(parse)
    def told(response: Response) -> object:
        return parse(response, *given, 1700000000)

    return told


PARSERS = (
    at_some_time(passport.parse_tv_poll),
    at_some_time(passport.parse_web_poll),
    at_some_time(app_login.parse_password),
    at_some_time(renewal.parse_refresh, "BiliTV"),
    at_some_time(renewal.parse_cookie_refresh),
    passport.parse_tv_code,
    app_login.parse_sms,
    verification.parse_captcha,
    renewal.parse_nav,
    renewal.parse_correspond,
    parse_key,
    parse_login,
    parse_preupload,
    parse_chunk,
    parse_complete,
    parse_cover,
    parse_add,
    parse_missions,
    parse_probe,
    upos.parse_preupload,
    upos.parse_init,
    upos.parse_part,
    upos.parse_complete,
    parse_archives,
    parse_archive,
    parse_draft,
    parse_edited,
    parse_tag_check,
    parse_zone_topics,
    parse_topic_search,
    parse_form,
    parse_human_types,
    parse_prediction,
    parse_desc_format,
    seasons.parse_seasons,
    seasons.parse_season,
    seasons.parse_section,
    seasons.parse_created,
    seasons.parse_done,
    parse_saved,
)
PUBLIC = (parse_cover, parse_missions, parse_probe, upos.parse_init)
"""What these return is not secret."""
unhurried = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=4 * settings().max_examples
)
"""A busy machine is no fault of a parser. To make an answer up takes longer than to have all parsers read it."""

SECRET = "Zq7PlantedXk9"
MEMBERS = [
    "code",
    "OK",
    "message",
    "info",
    "error",
    "data",
    "hash",
    "key",
    "status",
    "token_info",
    "mid",
    "access_token",
    "refresh_token",
    "expires_in",
    "url",
    "complete",
    "filename",
    "aid",
    "bvid",
    "auth",
    "upos_uri",
    "endpoint",
    "endpoints",
    "biz_id",
    "chunk_size",
    "threads",
    "upload_id",
    "lines",
    "probe",
    "post",
    "os",
    "query",
    "probe_url",
    "arc_audits",
    "Archive",
    "archive",
    "Videos",
    "videos",
    "page",
    "pn",
    "ps",
    "count",
    "state",
    "topics",
    "result",
    "page_info",
    "id",
    "name",
    "typelist",
    "children",
    "max_video_count",
    "type_list",
    "human_type",
    "cookie_info",
    "cookies",
    "value",
    "expires",
    "auth_code",
    "qrcode_key",
    "captcha_key",
    "recaptcha_url",
    "geetest",
    "gt",
    "challenge",
    "token",
    "refresh",
    "timestamp",
    "isLogin",
    "level_info",
    "b_3",
    "b_4",
]
CODES = sorted({code for rule in RULES for code in rule.codes})

statuses = st.one_of(
    st.sampled_from([200, 200, 200, 302, 403, 404, 406, 412, 429, 503]), st.integers(100, 999)
)
headers = st.dictionaries(
    st.sampled_from(["retry-after", "content-type", "x-upos-auth", "set-cookie"]), st.text(max_size=12)
)
any_text = st.text(st.characters(exclude_categories=()), max_size=20)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, 1, *CODES, 10**400, -(2**63)]),
    st.floats(),
    any_text,
    st.sampled_from(["https://host/a?b=c", "http://host", "n1", "BV1", "Successful."]),
    st.sampled_from(["upos://ugc/n1.mp4", "//upos-cs-upcdnqn.bilivideo.com", "upos", "upcdn=qn"]),
    st.sampled_from(["//upos-cs-upcdnqn.bilivideo.com/OK", "PART_COUNT_ERR_GOT_1_EXPECT_2"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(MEMBERS), any_text), inner, max_size=6),
    ),
    max_leaves=12,
)
objects = st.dictionaries(st.sampled_from(MEMBERS), values, max_size=8)


def outcome(parse: Parser, response: Response) -> object:
    """The value, or the typed error; any other exception fails the test."""
    try:
        return parse(response)
    except ApiException as error:
        return error


def outcomes(response: Response) -> Iterator[tuple[Parser, object]]:
    """What each parser makes of an answer."""
    return ((parse, outcome(parse, response)) for parse in PARSERS)


def everything_shown(result: object) -> str:
    """What a log, a traceback or a debugger would show of it."""
    shown = repr(result) + str(result)
    if isinstance(result, ApiException):
        shown += "".join(traceback.format_exception(result)) + repr(vars(result)) + result.hint
        assert result.__context__ is None
    return shown


@unhurried
@given(statuses, headers, st.binary(max_size=200))
@example(200, {}, b"")
@example(200, {}, b'{"OK":1e999,"code":NaN}')
@example(200, {}, b'{"code":' + b"9" * 5000 + b"}")
@example(200, {}, b'{"code":' + b"9" * 4300 + b',"message":"x"}')
@example(200, {}, b"[" * 100_000)
@example(200, {}, b'{"a":' * 400 + b"1" + b"}" * 400)
@example(200, {}, b'{"OK":1,"OK":0,"code":0,"code":-1}')
@example(200, {}, b'{"code":-1,"message":"\\ud800\xff"}')
@example(200, {}, b'{"code":-1,"message":"\\ud800","\\udfff":"\\ud800"}')
@example(200, {}, b"\xef\xbb\xbf{}")
@example(503, {"retry-after": "9" * 5000}, b"")
def test_any_bytes_give_a_value_or_a_typed_error(status: int, fields: dict[str, str], body: bytes):
    """Any bytes under any status; the error can be shown on any terminal."""
    for _, result in outcomes(Response(status, fields, body)):
        everything_shown(result).encode()


@unhurried
@given(statuses, objects)
def test_any_json_gives_a_value_or_a_typed_error(status: int, body: dict[str, object]):
    """Objects with the members the parsers look for, and anything in them."""
    assert dict(outcomes(Response(status, {}, json.dumps(body).encode())))


@unhurried
@given(st.sampled_from([{"code": 0}, {"OK": 1}, {"code": 0, "OK": 1}]), values, objects)
def test_any_data_in_a_success_gives_a_value_or_a_typed_error(
    success: dict[str, object], data: object, rest: dict[str, object]
):
    """Success is said, but what should come with it is anything."""
    body = {**rest, "data": data, **success}
    assert dict(outcomes(Response(200, {}, json.dumps(body).encode())))


def planted(value: str) -> st.SearchStrategy[object]:
    """Answers of the server's own shapes that hold `value` where secrets stand."""
    url = f"https://host/path?sign={value}&e=1"
    token_info = {"mid": 1, "access_token": value, "refresh_token": value, "expires_in": 1}
    data = st.sampled_from(
        [
            None,
            {"hash": value, "key": 5},
            {"hash": value, "key": "PEM"},
            {"token_info": token_info, "status": 0},
            {"token_info": {**token_info, "mid": None}, "status": 0},
            {"token_info": token_info, "cookie_info": {"cookies": [{"name": "SESSDATA", "value": value}]}},
            {"code": 0, "url": f"https://host/?SESSDATA={value}&bili_jct={value}", "refresh_token": value},
            {"url": f"https://host/?recaptcha_token={value}&gee_gt=1&gee_challenge=2"},
            {"url": url, "auth_code": value, "qrcode_key": value, "captcha_key": value},
            {"token_info": None, "status": 2, "url": f"https://host/h5?tmp_token={value}"},
            {"url": url},
            {"url": "bad " + url},
        ]
    )
    text = st.sampled_from(
        ["", "no", f"access_key={value}", f'{{"access_token": "{value}"}}', f"see {url}", f"sid:{value}"]
    )
    return st.fixed_dictionaries(
        {"data": data, "message": text},
        optional={
            "auth": st.sampled_from([f"ak=1&sign={value}&timestamp=1700000000", f"{value}\n", f"{value}视"]),
            "upos_uri": st.sampled_from(["upos://ugc/n1.mp4", "no"]),
            "endpoint": st.sampled_from(["//upos-cs-upcdnqn.bilivideo.com", "//host"]),
            "biz_id": st.sampled_from([1, None]),
            "chunk_size": st.sampled_from([1, None]),
            "code": st.sampled_from([0, 1, *CODES]),
            "OK": st.sampled_from([0, 1, -1]),
            "info": text,
            "url": st.sampled_from([url, "bad " + url]),
            "complete": st.just(url),
            "filename": st.sampled_from(["n1", "", "a/b"]),
        },
    )


@unhurried
@given(statuses, planted(SECRET))
def test_no_secret_of_an_answer_is_ever_shown(status: int, body: object):
    """Neither by the value that was parsed nor by the error that was raised."""
    for parse, result in outcomes(Response(status, {}, json.dumps(body).encode())):
        if isinstance(result, ApiException) or parse not in PUBLIC:
            assert SECRET not in everything_shown(result), parse


@unhurried
@given(statuses, planted(SECRET), st.integers(0, 200))
def test_no_secret_of_a_broken_answer_is_ever_shown(status: int, body: object, cut: int):
    """An answer that was cut off, in any encoding."""
    for encoding in ("utf-8", "utf-16"):
        whole = json.dumps(body).encode(encoding)
        for parse, result in outcomes(Response(status, {}, whole[:cut])):
            assert SECRET not in everything_shown(result), parse
