"""Logging in by scanning a QR code (protocol document, sections 2.3 to 2.5)."""

from __future__ import annotations

import re
from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bilibili_api.exceptions import ApiException
from bilibili_api.frozen import frozen
from bilibili_api.redaction import Secret
from bilibili_api.saying import say

from .browser import FORM, HEADERS, logged_in
from .codes import Step
from .set_cookies import set_cookies
from .tokens import BILI_TV, Cookie, Session, Verification, checked_token, parse_grant, signed_form, unique
from .wire import (
    Envelope,
    JsonObject,
    Request,
    Response,
    member_int,
    member_object,
    member_str,
    member_url,
    open_envelope,
    read_json,
    serialise,
    unexpected,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .cookies import Cookies

PASSPORT: Final = "https://passport.bilibili.com/x/passport-login"
_TV: Final = "https://passport.bilibili.com/x/passport-tv-login"
QR_SECONDS: Final = 180
"""How long a code can be scanned."""


class Scan(Enum):
    """How far a code is."""

    WAITING = "waiting"
    """Nobody has scanned it yet."""
    SCANNED = "scanned"
    """It was scanned and waits for being confirmed."""
    EXPIRED = "expired"
    """Another one has to be asked for."""


_TV_STATES: Final[Mapping[int, Scan]] = {86039: Scan.WAITING, 86090: Scan.SCANNED, 86038: Scan.EXPIRED}
_WEB_STATES: Final[Mapping[int, Scan]] = {86101: Scan.WAITING, 86090: Scan.SCANNED, 86038: Scan.EXPIRED}


@frozen
class Code:
    """What is shown as a QR code.

    Attributes:
        url: What the code says; may be opened in a browser that is logged in instead. Whoever has it can
            take part in this login, hence it is not shown by accident.
        key: Asks whether it was scanned.
    """

    url: str = field(repr=False)
    key: Secret


def tv_code_request(now: int) -> Request:
    """Ask for a code that gives token and cookies (section 2.3)."""
    return _signed("qrcode/auth_code", {"local_id": "0", "ts": str(now)})


def parse_tv_code(response: Response) -> Code:
    """Read the answer to `tv_code_request` (section 2.3).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    return _code(response, "auth_code")


def tv_poll_request(code: Code, now: int) -> Request:
    """Ask whether the code was scanned (section 2.3)."""
    return _signed("qrcode/poll", {"auth_code": code.key.reveal(), "local_id": "0", "ts": str(now)})


def parse_tv_poll(response: Response, now: int) -> Scan | Session:
    """Read the answer to `tv_poll_request`: the login, once the code was confirmed (section 2.3).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
        VerificationRequired: The login wants a person.
    """
    state = read_json(response, Step.QR).get("code")
    if isinstance(state, int) and state in _TV_STATES and response.status < 300:
        return _TV_STATES[state]
    grant = parse_grant(response, Step.QR, BILI_TV, now)
    if isinstance(grant, Verification):
        raise unexpected(Step.QR, say("asks for a verification, which a scanned code is itself"))
    return grant


def confirm_request(code: Code, cookies: Cookies) -> Request:
    """Confirm a TV code with the cookies of a browser instead of scanning it (section 2.4)."""
    form = {"auth_code": code.key.reveal(), "csrf": cookies.csrf, "scanning_type": "3"}
    return Request(
        Step.QR, "POST", f"{_TV}/h5/qrcode/confirm", {**logged_in(cookies), **FORM}, serialise(form).encode()
    )


def parse_confirm(response: Response) -> None:
    """Read the answer to `confirm_request` (section 2.4).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    open_envelope(response, Step.QR, Envelope.CODE)


def web_code_request() -> Request:
    """Ask for a code that gives cookies only (section 2.5)."""
    return Request(Step.QR, "GET", f"{PASSPORT}/web/qrcode/generate", HEADERS)


def parse_web_code(response: Response) -> Code:
    """Read the answer to `web_code_request` (section 2.5).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    return _code(response, "qrcode_key")


def web_poll_request(code: Code) -> Request:
    """Ask whether the code was scanned (section 2.5)."""
    query = serialise({"qrcode_key": code.key.reveal()})
    return Request(Step.QR, "GET", f"{PASSPORT}/web/qrcode/poll?{query}", HEADERS)


def parse_web_poll(response: Response, now: int) -> Scan | Session:
    """Read the answer to `web_poll_request`: its state is `data.code`, its `code` is always 0 (section 2.5).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    data = member_object(open_envelope(response, Step.QR, Envelope.CODE), "data", Step.QR)
    state = member_int(data, "code", Step.QR)
    if state in _WEB_STATES:
        return _WEB_STATES[state]
    if state != 0:
        raise unexpected(Step.QR, say("has the state {state}, which is not known", state=state))
    return web_session(response, data, Step.QR, now)


def web_session(response: Response, data: JsonObject, step: Step, now: int) -> Session:
    """Return the login of an answer that sets cookies (sections 2.5, 2.6 and 2.7).

    Cookies come as `Set-Cookie` and, after a QR login, as query of `data.url` as well. What is set counts,
    since it says how long it lasts; both are taken as they are encoded.

    Raises:
        ResponseException: The cookies that uploads need are not among them.
    """
    url = data.get("url")
    cookies = unique((*_of_query(url if isinstance(url, str) else ""), *set_cookies(response, now)))
    refresh = data.get("refresh_token")
    try:
        session = Session(
            mid=_number(next((each.value for each in cookies if each.name == "DedeUserID"), "")),
            cookies=cookies,
            web_refresh=checked_token(refresh, "refresh_token")
            if isinstance(refresh, str) and refresh
            else None,
            issued=now,
        )
        if session.web() is not None:
            return session
    except ApiException:
        pass
    raise unexpected(step, say("does not set the cookies of a login"))


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text, re.ASCII) else 0


_OF_ACCOUNT: Final = ("SESSDATA", "bili_jct", "DedeUserID", "DedeUserID__ckMd5", "sid")


def _of_query(url: str) -> list[Cookie]:
    """Read cookies without decoding them: they are sent as they stand there."""
    try:
        query = urlsplit(url).query
    except ValueError:
        return []
    values = {name: value for name, _, value in (pair.partition("=") for pair in query.split("&"))}
    ends = _number(values.get("Expires", "")) or None
    return [Cookie(name, values[name], ends) for name in _OF_ACCOUNT if values.get(name)]


def _code(response: Response, key: str) -> Code:
    data = member_object(open_envelope(response, Step.QR, Envelope.CODE), "data", Step.QR)
    return Code(member_url(data, "url", Step.QR), Secret(member_str(data, key, Step.QR)))


def _signed(path: str, form: Mapping[str, str]) -> Request:
    return Request(Step.QR, "POST", f"{_TV}/{path}", {**HEADERS, **FORM}, signed_form(form, BILI_TV))
