"""What a successful login is answered, in each of its shapes (protocol document, 2.2, 2.3, 2.5 and 2.8)."""

from __future__ import annotations

import json
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bilibili_api.simulator.reply import success
from bilibili_api.simulator.signing import ANDROID_KEY, TV_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bilibili_api.simulator.logins import Login
    from bilibili_api.simulator.reply import Reply

PLATFORMS: Mapping[str, str] = {"BiliTV": TV_KEY, "Android": ANDROID_KEY}
"""Which key a token is bound to, by the name that `cookies.json` has for it (section 2.8)."""
_SSO = ["https://passport.bilibili.com/api/v2/sso"]
_DOMAINS = [".bilibili.com", ".biligame.com"]
_HOME = "https://www.bilibili.com"
_LONG_AGO = "Thu, 01 Jan 1970 00:00:00 GMT"


def app_data(login: Login, now: float) -> dict[str, Any]:
    """Return the data of section 2.2."""
    return {
        "is_new": False,
        "mid": login.account.mid,
        "token_info": _token_info(login, now),
        "cookie_info": _cookie_info(login),
        "sso": _SSO,
        "status": 0,
        "url": "",
    }


def risk_data(url: str) -> dict[str, Any]:
    """Return the data of a login that is not one yet: the phone has to be verified (section 2.2)."""
    return {
        "is_new": False,
        "mid": 0,
        "token_info": None,
        "cookie_info": None,
        "sso": None,
        "status": 2,
        "url": url,
    }


def tv_data(login: Login, now: float) -> dict[str, Any]:
    """Return the data of section 2.3, which tells the tokens twice."""
    info = _token_info(login, now)
    return {
        "is_new": False,
        **info,
        "token_info": info,
        "cookie_info": _cookie_info(login),
        "sso": _SSO,
    }


def web_reply(login: Login, data: dict[str, Any]) -> Reply:
    """Set the cookies and answer the refresh token among other data (section 2.5)."""
    expires = formatdate(login.expires, usegmt=True)
    headers = tuple(
        ("Set-Cookie", f"{name}={value}; Path=/; Domain=bilibili.com; Expires={expires}{_http_only(name)}")
        for name, value in login.cookies.items()
    )
    return replace(success(data | {"refresh_token": login.refresh_token}), headers=headers)


def farewell_reply(login: Login) -> Reply:
    """Take the cookies back."""
    headers = tuple(
        ("Set-Cookie", f"{name}=; Path=/; Domain=bilibili.com; Expires={_LONG_AGO}") for name in login.cookies
    )
    return replace(success({"redirectUrl": _HOME}), headers=headers)


def cross_domain_url(login: Login) -> str:
    """Return the URL that repeats the cookies as query parameters (section 2.5)."""
    parameters = {**login.cookies, "Expires": str(int(login.expires)), "gourl": quote(_HOME, safe="")}
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    return f"https://passport.biligame.com/x/passport-login/web/crossDomain?{query}"


def cookies_file(login: Login, platform: str | None, now: float) -> str:
    """Return the canonical `cookies.json` of section 2.8."""
    document: dict[str, Any] = {
        "cookie_info": _cookie_info(login),
        "sso": _SSO,
        "token_info": _token_info(login, now),
    }
    if platform is not None:
        document["platform"] = platform
    return json.dumps(document, indent=2)


def _token_info(login: Login, now: float) -> dict[str, Any]:
    return {
        "mid": login.account.mid,
        "access_token": login.access_token,
        "refresh_token": login.refresh_token,
        "expires_in": max(0, int(login.expires - now)),
    }


def _cookie_info(login: Login) -> dict[str, Any]:
    return {
        "cookies": [
            {
                "name": name,
                "value": value,
                "http_only": int(name == "SESSDATA"),
                "expires": int(login.expires),
                "secure": 0,
            }
            for name, value in login.cookies.items()
        ],
        "domains": _DOMAINS,
    }


def _http_only(name: str) -> str:
    return "; HttpOnly" if name == "SESSDATA" else ""
