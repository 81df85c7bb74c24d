"""The ways to submit, as they stand on the wire, and their order (protocol document, sections 1.1, 6.1)."""

from __future__ import annotations

import dataclasses
import math

import pytest
from tests.protocol.answers import sent

from bilibili_api.exceptions import ArgsException
from bilibili_api.protocol.browser import HEADERS
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.cookies import Cookies
from bilibili_api.protocol.fields import Column
from bilibili_api.protocol.interfaces import (
    ALIASES,
    INTERFACES,
    Access,
    Interface,
    check_interface,
    interface_named,
    order_for,
)
from bilibili_api.protocol.pc import USER_AGENT
from bilibili_api.redaction import Secret

TOKEN = "0123456789abcdef0123456789abcdef"
CSRF = "fedcba9876543210fedcba9876543210"
COOKIES = Cookies({"SESSDATA": "SYNTHETIC%2C1", "bili_jct": CSRF})
ACCESS = Access(Secret(TOKEN), COOKIES, 1_700_000_000)
MEMBER = "https://member.bilibili.com"
BODY = {"title": "标题", "tid": 21, "up_close_reply": False, "videos": [{"filename": "n1", "cid": 5}]}
JSON = '{"title":"标题","tid":21,"up_close_reply":false,"videos":[{"filename":"n1","cid":5}]}'
WITH_CSRF = JSON[:-1] + f',"csrf":"{CSRF}"}}'
COOKIE = f"SESSDATA=SYNTHETIC%2C1; bili_jct={CSRF}"

WIRE = {
    "client": (
        f"{MEMBER}/x/vu/client/add?access_key={TOKEN}&sign=3a17ecf7f7e2dd5013a654210bd67a96",
        {"User-Agent": USER_AGENT, "Content-Type": "application/json"},
        JSON,
    ),
    "app": (
        (
            f"{MEMBER}/x/vu/app/add?access_key={TOKEN}&appkey=4409e2ce8ffd12b8&build=7800300&c_locale=zh-Hans_CN"
            "&channel=bili&disable_rcmd=0&mobi_app=android&platform=android&s_locale=zh-Hans_CN"
            "&statistics=%22appId%22%3A1%2C%22platform%22%3A3%2C%22version%22%3A%227.80.0%22%2C%22abtest%22%3A%22%22"
            "&ts=1700000000&sign=6aa0776119688f776ebd0d9a55fecc2d"
        ),
        {
            "User-Agent": "Mozilla/5.0 BiliDroid/7.80.0 (bbcallen@gmail.com) os/android model/MI 6 mobi_app/android "
            "build/7800300 channel/bili innerVer/7800310 osVer/13 network/2",
            "Content-Type": "application/json",
        },
        JSON,
    ),
    "web": (
        f"{MEMBER}/x/vu/web/add/v3?t=1700000000000&csrf={CSRF}",
        {**HEADERS, "Cookie": COOKIE, "Content-Type": "application/json; charset=utf-8"},
        WITH_CSRF,
    ),
    "bcut-android": (
        (
            f"{MEMBER}/x/vu/mvp/add?access_key={TOKEN}&appkey=5dce947fe22167f9&aurora_version=2.39.0&build=2800030"
            "&c_locale=zh-Hans_CN&channel=master&mobi_app=android_bbs&montage_version=1.42.1.0&platform=android"
            "&s_locale=zh-Hans_CN&sdk_type=mon&ts=1700000000&sign=16737fb425fd945042dbc948d412b9e4"
        ),
        {
            "User-Agent": "Mozilla/5.0 os/android model/Mi 10 Pro mobi_app/android_bbs build/2800030 channel/master "
            "osVer/13 network/2 BiliDroid/5.6.0",
            "Content-Type": "application/json",
        },
        JSON,
    ),
    "bcut-pc": (
        f"{MEMBER}/x/vu/mvp/pc/add?csrf={CSRF}&platform=BcutPc-windows&build=12911853",
        {"User-Agent": "bcut-pc build:12911853", "Cookie": COOKIE, "Content-Type": "application/json"},
        WITH_CSRF,
    ),
    "web-v1": (
        f"{MEMBER}/x/vu/web/add?t=1700000000000&csrf={CSRF}",
        {**HEADERS, "Cookie": COOKIE, "Content-Type": "application/json; charset=utf-8"},
        WITH_CSRF,
    ),
}
every = pytest.mark.parametrize("interface", INTERFACES.values(), ids=lambda interface: interface.name)


@every
def test_the_whole_submission_as_it_stands_on_the_wire(interface: Interface):
    """Query, signature, header fields and JSON, byte for byte; csrf in query and body of those with cookies."""
    url, headers, body = WIRE[interface.name]
    request = interface.request(ACCESS, BODY)
    assert (request.step, request.method) == (Step.SUBMIT, "POST")
    assert request.url == url
    assert request.headers == headers
    assert sent(request) == body.encode()


@every
def test_an_interface_needs_no_more_than_it_says(interface: Interface):
    """A login with just that can submit."""
    access = Access(
        Secret(TOKEN) if "token" in interface.needs else None,
        COOKIES if "cookies" in interface.needs else None,
        1,
    )
    assert interface.can_use(has_token=access.token is not None, has_cookies=access.cookies is not None)
    interface.request(access, BODY)


@every
def test_an_interface_refuses_a_login_that_lacks_what_it_needs(interface: Interface):
    """And says how to get it."""
    lacking = Access(None if "token" in interface.needs else Secret(TOKEN), None, 1)
    assert not interface.can_use(has_token=lacking.token is not None, has_cookies=False)
    with pytest.raises(ArgsException) as caught:
        interface.request(lacking, BODY)
    assert "QR code" in caught.value.hint


@every
@pytest.mark.parametrize("value", [b"bytes", math.nan, "half\ud800pair"], ids=str)
def test_metadata_that_json_cannot_hold_is_refused(interface: Interface, value: object):
    """Before anything is sent."""
    with pytest.raises(ArgsException):
        interface.request(ACCESS, {"title": value})


@every
def test_the_body_is_not_modified(interface: Interface):
    """What is added for one interface does not reach the next."""
    body = dict(BODY)
    interface.request(ACCESS, body)
    assert body == BODY


@every
def test_no_secret_is_shown(interface: Interface):
    """Neither by the login nor by the request."""
    shown = repr(ACCESS) + repr(interface) + repr(interface.request(ACCESS, BODY)) + str(ACCESS)
    assert not any(secret in shown for secret in (TOKEN, CSRF, "SYNTHETIC"))


def test_an_access_is_a_value():
    """Frozen, and equal to another of the same parts."""
    assert Access(Secret(TOKEN), None, 5) == Access(Secret(TOKEN), None, 5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        ACCESS.now = 6  # pyright: ignore[reportAttributeAccessIssue] - that it fails is what is tested


ORDERS: list[tuple[bool, bool, str | None, list[str]]] = [
    # token, cookies, platform of the token, order
    (True, False, None, ["client", "app", "bcut-android"]),
    (True, False, "pc", ["client", "app", "bcut-android"]),
    (True, False, "PC", ["client", "app", "bcut-android"]),
    (True, False, "BiliTV", ["app", "bcut-android"]),
    (True, False, "Android", ["app", "bcut-android"]),
    (True, True, None, ["app", "web", "bcut-android", "bcut-pc", "web-v1"]),
    (True, True, "BiliTV", ["app", "web", "bcut-android", "bcut-pc", "web-v1"]),
    (True, True, "pc", ["app", "web", "bcut-android", "bcut-pc", "web-v1"]),
    (False, True, None, ["web", "bcut-pc", "web-v1"]),
    (False, False, None, []),
]


@pytest.mark.parametrize(("token", "cookies", "platform", "names"), ORDERS)
def test_the_order_follows_what_the_login_can_do(
    *, token: bool, cookies: bool, platform: str | None, names: list[str]
):
    """A bare key of the PC tool tries that tool first; cookies beside a token open every way of today."""
    order = order_for(token, cookies, platform)
    assert [interface.name for interface in order] == names
    assert all(interface.can_use(has_token=token, has_cookies=cookies) for interface in order)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *((name, name) for name in INTERFACES),
        *ALIASES.items(),
        ("APP", "app"),
        (" web ", "web"),
        ("bcut_pc", "bcut-pc"),
    ],
)
def test_an_interface_is_found_by_any_of_its_names(name: str, meant: str):
    """As users of other clients know it, in any case."""
    assert interface_named(name) is INTERFACES[meant]


def test_an_unknown_interface_is_answered_with_the_known_ones():
    """And with the nearest of them."""
    with pytest.raises(ArgsException, match="There is no interface 'wbe'") as caught:
        interface_named("wbe")
    assert caught.value.hint == (
        "Did you mean 'web'? Known are: client, app, web, bcut-android, bcut-pc, web-v1."
    )


FORCED = [
    ("app", True, False, None),
    ("v3", False, True, None),
    ("web", True, False, "'web' needs cookies, which the login does not have."),
    ("b-cut-android", False, True, "'bcut-android' needs an access key, which the login does not have."),
    ("nothing", True, True, "'nothing' is unknown."),
    ("", True, True, "'' is unknown."),
    (5, True, True, "is of type int; text is expected."),
]


@pytest.mark.parametrize(("name", "token", "cookies", "what"), FORCED)
def test_an_interface_that_is_forced_must_fit_the_login(
    *, name: object, token: bool, cookies: bool, what: str | None
):
    """What is wrong is told before anything is uploaded, with the way out."""
    problems = check_interface(name, has_token=token, has_cookies=cookies)
    assert [(problem.field, problem.what) for problem in problems] == ([("interface", what)] if what else [])
    assert all(problem.fix for problem in problems)


def test_only_the_web_v3_carries_what_only_it_knows():
    """And only the PC tool has the short description (section 6.4)."""
    assert [name for name, interface in INTERFACES.items() if interface.is_v3] == ["web"]
    assert {name: interface.desc_limit for name, interface in INTERFACES.items()} == {
        name: 250 if name == "client" else 2000 for name in INTERFACES
    }
    assert {interface.column for interface in INTERFACES.values()} == set(Column)
