"""Is a login still good, and how it is renewed and ended (protocol document, sections 2.7 and 2.9)."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, Final, cast

from bilibili_api.frozen import frozen
from bilibili_api.redaction import Secret
from bilibili_api.saying import say

from .browser import FORM, HEADERS, logged_in
from .codes import Step
from .passport import PASSPORT, web_session
from .signing import signed_query
from .statuses import status_error
from .tokens import PAIRS, Session, Verification, parse_grant, signed_form
from .wire import (
    Envelope,
    JsonObject,
    Request,
    Response,
    member_int,
    member_object,
    member_str,
    open_envelope,
    serialise,
    unexpected,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .cookies import Cookies

_API: Final = "https://api.bilibili.com/x"
_WWW: Final = "https://www.bilibili.com"
_PUBLIC_KEY: Final = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDLgd2OAkcGVtoE3ThUREbio0EgUc/prcajMKXvkCKFCWhJYJcLkcM2DKKcSeFpD/j6"
    "Boy538YXnR6VhcuUJOhH2x71nzPjfdTcqMz7djHum0qSZA0AyCBDABUqCrfNgCiJ00Ra7GmRj+YCK1NJEuewlb40JNrRuoEUXpabUzGB"
    "8QIDAQAB"
)
_REFRESH_CSRF: Final = re.compile(r"<div\s+id=[\"']1-name[\"'][^>]*>\s*([0-9A-Za-z]{1,128})\s*</div>")


@frozen
class TokenState:
    """What Bilibili says about a token.

    Attributes:
        mid: The account's number.
        expires_in: Seconds it still lives.
        refresh: Whether it ought to be renewed now.
    """

    mid: int
    expires_in: int
    refresh: bool


def info_request(token: Secret, platform: str, now: int) -> Request:
    """Ask about a token, signed with the key pair it is bound to (section 2.7)."""
    query = {"access_key": token.reveal(), "actionKey": "appkey", "ts": str(now)}
    url = f"{PASSPORT}/oauth2/info?{signed_query(query, PAIRS[platform])}"
    return Request(Step.INFO, "GET", url, HEADERS)


def parse_info(response: Response) -> TokenState:
    """Read the answer to `info_request` (section 2.7).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused: -101, -658, -663 (a token of another key pair).
        ResponseException: The answer is not what the protocol says.
    """
    data = member_object(open_envelope(response, Step.INFO, Envelope.CODE), "data", Step.INFO)
    mid, left = member_int(data, "mid", Step.INFO), member_int(data, "expires_in", Step.INFO)
    return TokenState(mid, left, data.get("refresh") is True)


def refresh_request(token: Secret, refresh_token: Secret, platform: str, now: int) -> Request:
    """Trade a token for a new one and new cookies; the old one is dead afterwards (section 2.7)."""
    form = {
        "access_key": token.reveal(),
        "actionKey": "appkey",
        "refresh_token": refresh_token.reveal(),
        "ts": str(now),
    }
    url = f"{PASSPORT}/oauth2/refresh_token"
    return Request(Step.RENEW, "POST", url, {**HEADERS, **FORM}, signed_form(form, platform))


def parse_refresh(response: Response, platform: str, now: int) -> Session:
    """Read the answer to `refresh_request` (section 2.7).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
        VerificationRequired: The renewal wants a person.
    """
    grant = parse_grant(response, Step.RENEW, platform, now)
    if isinstance(grant, Verification):
        raise unexpected(Step.RENEW, say("asks for a verification"))
    return grant


@frozen
class Nav:
    """Whose cookies these are.

    Attributes:
        mid: The account's number.
        name: Its name.
        level: Its level, 0 to 6; None when the answer does not say.
    """

    mid: int
    name: str
    level: int | None


def nav_request(cookies: Cookies) -> Request:
    """Ask whether cookies are good, and whose (section 2.7)."""
    return Request(Step.INFO, "GET", f"{_API}/web-interface/nav", logged_in(cookies))


def parse_nav(response: Response) -> Nav | None:
    """Read the answer to `nav_request`: None when nobody is logged in (section 2.7).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused: -101.
        ResponseException: The answer is not what the protocol says.
    """
    data = member_object(open_envelope(response, Step.INFO, Envelope.CODE), "data", Step.INFO)
    if data.get("isLogin") is not True:
        return None
    info = data.get("level_info")
    level = cast("JsonObject", info).get("current_level") if isinstance(info, dict) else None
    return _whose(data, data.get("uname"), level)


def myinfo_request(token: Secret, platform: str, now: int) -> Request:
    """Ask whose a token is, where there are no cookies to ask with (section 0.1)."""
    query = {"access_key": token.reveal(), "ts": str(now)}
    return Request(Step.INFO, "GET", f"{_API}/space/myinfo?{signed_query(query, PAIRS[platform])}", HEADERS)


def parse_myinfo(response: Response) -> Nav:
    """Read the answer to `myinfo_request`.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    data = member_object(open_envelope(response, Step.INFO, Envelope.CODE), "data", Step.INFO)
    return _whose(data, data.get("name"), data.get("level"))


def _whose(data: JsonObject, name: object, level: object) -> Nav:
    return Nav(
        member_int(data, "mid", Step.INFO),
        name if isinstance(name, str) else "",
        level if isinstance(level, int) and not isinstance(level, bool) else None,
    )


def cookie_info_request(cookies: Cookies) -> Request:
    """Ask whether cookies ought to be renewed (section 2.7)."""
    url = f"{PASSPORT}/web/cookie/info?{serialise({'csrf': cookies.csrf})}"
    return Request(Step.INFO, "GET", url, logged_in(cookies))


def parse_cookie_info(response: Response) -> tuple[bool, int]:
    """Return whether cookies ought to be renewed, and the server's time in milliseconds (section 2.7).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused: -101.
        ResponseException: The answer is not what the protocol says.
    """
    data = member_object(open_envelope(response, Step.INFO, Envelope.CODE), "data", Step.INFO)
    return data.get("refresh") is True, member_int(data, "timestamp", Step.INFO)


def correspond_path(milliseconds: int) -> str:
    """Return the path that proves that one is a browser: RSA-OAEP in lower-case hex (section 2.7)."""
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415 - slow

    key = cast("rsa.RSAPublicKey", load_der_public_key(b64decode(_PUBLIC_KEY)))
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    return key.encrypt(f"refresh_{milliseconds}".encode(), oaep).hex()


def correspond_request(cookies: Cookies, path: str) -> Request:
    """Ask for the page that holds the csrf of the renewal (section 2.7)."""
    return Request(Step.RENEW, "GET", f"{_WWW}/correspond/1/{path}", logged_in(cookies))


def parse_correspond(response: Response) -> Secret:
    """Return the csrf of the renewal (section 2.7).

    Raises:
        NetworkException: The HTTP status is an error; 404 for a path that is too old.
        ResponseException: The page does not hold it.
    """
    if response.status >= 300:
        raise status_error(Step.RENEW, response.status, "", response.headers)
    match = _REFRESH_CSRF.search(response.body.decode("utf-8", "replace"))
    if match is None:
        raise unexpected(Step.RENEW, say("is a page without refresh_csrf"))
    return Secret(match[1])


def cookie_refresh_request(cookies: Cookies, refresh_csrf: Secret, web_refresh: Secret) -> Request:
    """Trade cookies for new ones (section 2.7)."""
    form = {
        "csrf": cookies.csrf,
        "refresh_csrf": refresh_csrf.reveal(),
        "source": "main_web",
        "refresh_token": web_refresh.reveal(),
    }
    return _posted("web/cookie/refresh", form, cookies)


def parse_cookie_refresh(response: Response, now: int) -> Session:
    """Read the answer to `cookie_refresh_request`: new cookies and what renews them (section 2.7).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused: 86095 and others.
        ResponseException: The answer is not what the protocol says.
    """
    data = member_object(open_envelope(response, Step.RENEW, Envelope.CODE), "data", Step.RENEW)
    member_str(data, "refresh_token", Step.RENEW)
    return web_session(response, data, Step.RENEW, now)


def confirm_refresh_request(fresh: Cookies, old_refresh: Secret) -> Request:
    """Let the old cookies die, with the new ones (section 2.7)."""
    return _posted("web/confirm/refresh", {"csrf": fresh.csrf, "refresh_token": old_refresh.reveal()}, fresh)


def parse_done(response: Response, step: Step) -> None:
    """Read an answer that says no more than that it was done.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    open_envelope(response, step, Envelope.CODE)


def logout_request(cookies: Cookies) -> Request:
    """End the login of cookies (section 2.7)."""
    url = "https://passport.bilibili.com/login/exit/v2"
    body = serialise({"biliCSRF": cookies.csrf}).encode()
    return Request(Step.LOGOUT, "POST", url, {**logged_in(cookies), **FORM}, body)


def buvid_request() -> Request:
    """Ask for the cookies that stand for a browser (section 2.9)."""
    return Request(Step.INFO, "GET", f"{_API}/frontend/finger/spi", HEADERS)


def parse_buvid(response: Response) -> tuple[str, str]:
    """Return `buvid3` and `buvid4` (section 2.9).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    data = member_object(open_envelope(response, Step.INFO, Envelope.CODE), "data", Step.INFO)
    return member_str(data, "b_3", Step.INFO), member_str(data, "b_4", Step.INFO)


def _posted(path: str, form: Mapping[str, str], cookies: Cookies) -> Request:
    body = serialise(form).encode()
    return Request(Step.RENEW, "POST", f"{PASSPORT}/{path}", {**logged_in(cookies), **FORM}, body)
