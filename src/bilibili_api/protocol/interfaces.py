"""The ways to submit an archive: one builder each, one table (protocol document, sections 0.2 and 6.1).

All take the same body and give the same answer, which `submit.parse_add` reads. A stored file is accepted by
each of them, whatever line it was stored over.
"""

from __future__ import annotations

from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from bilibili_api.exceptions import ArgsException, LoginLacks, Problem
from bilibili_api.frozen import frozen
from bilibili_api.saying import listed, say

from .browser import logged_in
from .codes import Step
from .fields import PC_DESC_LIMIT, Column
from .json_values import nearest, shown
from .pc import MEMBER
from .signing import BCUT, TV, KeyPair, signed_query
from .submit import client_add_request, write_json
from .wire import Request, serialise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bilibili_api.redaction import Secret

    from .cookies import Cookies

Need = Literal["token", "cookies"]

APP_AGENT: Final = (
    "Mozilla/5.0 BiliDroid/7.80.0 (bbcallen@gmail.com) os/android model/MI 6 mobi_app/android build/7800300 "
    "channel/bili innerVer/7800310 osVer/13 network/2"
)
BCUT_ANDROID_AGENT: Final = (
    "Mozilla/5.0 os/android model/Mi 10 Pro mobi_app/android_bbs build/2800030 channel/master osVer/13 "
    "network/2 BiliDroid/5.6.0"
)
"""The document leaves out what stands between `osVer/13` and `BiliDroid/5.6.0`."""
BCUT_PC_AGENT: Final = "bcut-pc build:12911853"

_APP: Final = {
    "build": "7800300",
    "c_locale": "zh-Hans_CN",
    "channel": "bili",
    "disable_rcmd": "0",
    "mobi_app": "android",
    "platform": "android",
    "s_locale": "zh-Hans_CN",
    "statistics": '"appId":1,"platform":3,"version":"7.80.0","abtest":""',
}
_BCUT_ANDROID: Final = {
    "aurora_version": "2.39.0",
    "build": "2800030",
    "c_locale": "zh-Hans_CN",
    "channel": "master",
    "mobi_app": "android_bbs",
    "montage_version": "1.42.1.0",
    "platform": "android",
    "s_locale": "zh-Hans_CN",
    "sdk_type": "mon",
}
_JSON: Final = {"Content-Type": "application/json"}
_PC_TOOL: Final = frozenset({"", "pc"})
"""Platforms of a token that may be the PC tool's: it says so, or nobody knows."""


@frozen
class Access:
    """What a request is allowed to use of a login.

    Attributes:
        token: The app token (`access_key`), if there is one.
        cookies: The web cookies, if there are any.
        now: The present, Unix seconds; stands in signatures.
        platform: Whose token it is, as section 2.8 names it; None when it is not known.
        mid: The account's number; 0 when it is not known.
    """

    token: Secret | None = None
    cookies: Cookies | None = None
    now: int = 0
    platform: str | None = None
    mid: int = 0


@frozen
class Interface:
    """One way to submit.

    Attributes:
        name: What users call it.
        needs: What it authenticates with.
        column: The column of the master table (section 6.2) that says which keys it carries.
        desc_limit: The most code points of `desc` (section 6.4).
        is_v3: Whether it carries what only web v3 knows.
    """

    name: str
    needs: frozenset[Need]
    column: Column
    build: Callable[[Access, Mapping[str, object]], Request] = field(repr=False)
    desc_limit: int = 2000
    is_v3: bool = False

    def can_use(self, *, has_token: bool, has_cookies: bool) -> bool:
        """Whether a login that has these can submit this way."""
        return self.needs <= {name for name, has in (("token", has_token), ("cookies", has_cookies)) if has}

    def request(self, access: Access, body: Mapping[str, object]) -> Request:
        """Build the submission (section 6.1). It is not idempotent.

        Args:
            access: The login.
            body: The metadata as it is to be sent, with `cover` and `videos`.

        Raises:
            ArgsException: The login lacks what this interface needs, or the body cannot be written as JSON.
        """
        return self.build(access, body)


_HOW: Final[Mapping[Need, str]] = {
    "token": say(
        "Log in by scanning the TV QR code, which gives an access key and cookies, "
        "or leave the interface to be chosen."
    ),
    "cookies": say(
        "Log in by scanning a QR code or pass the cookies SESSDATA and bili_jct, "
        "or leave the interface to be chosen."
    ),
}
_CALLED: Final[Mapping[Need, str]] = {"token": say("an access key"), "cookies": say("cookies")}


def _token(access: Access) -> Secret:
    if access.token is None:
        raise LoginLacks(say("This interface"), "token")
    return access.token


def _cookies(access: Access) -> Cookies:
    if access.cookies is None:
        raise LoginLacks(say("This interface"), "cookies")
    return access.cookies


def _client(access: Access, body: Mapping[str, object]) -> Request:
    return client_add_request(_token(access), body)


def _app(access: Access, body: Mapping[str, object]) -> Request:
    return _signed("app/add", access, TV, _APP, APP_AGENT, body)


def _bcut_android(access: Access, body: Mapping[str, object]) -> Request:
    return _signed("mvp/add", access, BCUT, _BCUT_ANDROID, BCUT_ANDROID_AGENT, body)


def _signed(
    path: str,
    access: Access,
    pair: KeyPair,
    fixed: Mapping[str, str],
    agent: str,
    body: Mapping[str, object],
) -> Request:
    """Sign the query only; the JSON is not covered (section 1.1)."""
    query = signed_query({**fixed, "access_key": _token(access).reveal(), "ts": str(access.now)}, pair)
    url = f"{MEMBER}/x/vu/{path}?{query}"
    return Request(Step.SUBMIT, "POST", url, {"User-Agent": agent, **_JSON}, write_json(body))


def _web(access: Access, body: Mapping[str, object]) -> Request:
    return _from_browser("add/v3", access, body)


def _web_v1(access: Access, body: Mapping[str, object]) -> Request:
    return _from_browser("add", access, body)


def _from_browser(path: str, access: Access, body: Mapping[str, object]) -> Request:
    cookies = _cookies(access)
    query = serialise({"t": str(access.now * 1000), "csrf": cookies.csrf})
    headers = {**logged_in(cookies), "Content-Type": "application/json; charset=utf-8"}
    url = f"{MEMBER}/x/vu/web/{path}?{query}"
    return Request(Step.SUBMIT, "POST", url, headers, _with_csrf(body, cookies))


def _bcut_pc(access: Access, body: Mapping[str, object]) -> Request:
    cookies = _cookies(access)
    query = serialise({"csrf": cookies.csrf, "platform": "BcutPc-windows", "build": "12911853"})
    headers = {"User-Agent": BCUT_PC_AGENT, "Cookie": cookies.header, **_JSON}
    url = f"{MEMBER}/x/vu/mvp/pc/add?{query}"
    return Request(Step.SUBMIT, "POST", url, headers, _with_csrf(body, cookies))


def _with_csrf(body: Mapping[str, object], cookies: Cookies) -> bytes:
    return write_json({**body, "csrf": cookies.csrf})


_TOKEN: Final[frozenset[Need]] = frozenset({"token"})
_COOKIES: Final[frozenset[Need]] = frozenset({"cookies"})

INTERFACES: Final[Mapping[str, Interface]] = MappingProxyType(
    {
        interface.name: interface
        for interface in (
            Interface("client", _TOKEN, Column.CLIENT, _client, desc_limit=PC_DESC_LIMIT),
            Interface("app", _TOKEN, Column.APP, _app),
            Interface("web", _COOKIES, Column.WEB, _web, is_v3=True),
            Interface("bcut-android", _TOKEN, Column.APP, _bcut_android),
            Interface("bcut-pc", _COOKIES, Column.WEB, _bcut_pc),
            Interface("web-v1", _COOKIES, Column.WEB, _web_v1),
        )
    }
)
"""Every interface by its name (the table of section 6.1)."""

ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "b-cut-android": "bcut-android",
        "bcut": "bcut-android",
        "b-cut-pc": "bcut-pc",
        "v1": "web-v1",
        "v3": "web",
        "web-v3": "web",
        "pc": "client",
    }
)
"""Other names that users of other clients know."""


def interface_named(name: str) -> Interface:
    """Return the interface a user names, in any case and by any of its names.

    Raises:
        ArgsException: There is no such interface.
    """
    key = name.strip().lower().replace("_", "-")
    interface = INTERFACES.get(ALIASES.get(key, key))
    if interface is None:
        near = nearest(key, (*INTERFACES, *ALIASES))
        hint = say("Known are: {interfaces}.", interfaces=listed(INTERFACES))
        if near:
            hint = say("Did you mean {name!r}? {advice}", name=near, advice=hint)
        raise ArgsException(say("There is no interface {name}.", name=shown(name)), hint=hint)
    return interface


def check_interface(name: object, *, has_token: bool, has_cookies: bool) -> tuple[Problem, ...]:
    """Find what is wrong with an interface that is to be used and no other.

    Args:
        name: What the caller passed in.
        has_token: Whether the login has an access key.
        has_cookies: Whether the login has cookies.
    """
    if not isinstance(name, str):
        fix = say("Give one of {interfaces}, or leave it out.", interfaces=listed(INTERFACES))
        return (
            Problem("interface", say("is of type {type}; text is expected.", type=type(name).__name__), fix),
        )
    try:
        interface = interface_named(name)
    except ArgsException as error:
        return (Problem("interface", say("{name} is unknown.", name=shown(name)), error.hint),)
    if interface.can_use(has_token=has_token, has_cookies=has_cookies):
        return ()
    need: Need = "token" if "token" in interface.needs else "cookies"
    what = say(
        "{interface!r} needs {need}, which the login does not have.",
        interface=interface.name,
        need=_CALLED[need],
    )
    return (Problem("interface", what, _HOW[need]),)


def order_for(
    has_token: bool,  # noqa: FBT001 - the two belong together, as in a credential
    has_cookies: bool,  # noqa: FBT001
    token_platform: str | None,
) -> tuple[Interface, ...]:
    """Return the interfaces a login can use, in the order in which they are tried.

    A bare access_key is the PC tool's unless its platform says otherwise, and speaks that tool's interface
    first; since it is retired (21590), what works today comes right behind it. With cookies beside it that
    interface is not tried at all.

    Args:
        has_token: Whether there is an access key.
        has_cookies: Whether there are cookies.
        token_platform: Whose token it is: `pc`, or as section 2.8 names it; None when it is not known.
    """
    if has_token and has_cookies:
        names = ("app", "web", "bcut-android", "bcut-pc", "web-v1")
    elif has_cookies:
        names = ("web", "bcut-pc", "web-v1")
    elif has_token:
        names = ("app", "bcut-android")
        names = ("client", *names) if (token_platform or "").lower() in _PC_TOOL else names
    else:
        names = ()
    return tuple(INTERFACES[name] for name in names)
