"""What only a person can do for a login: a captcha, a code sent to the account's phone (section 2.6).

It is handed over as a `Puzzle` and comes back as a `Solution`; nothing here gets round it.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from bilibili_api.frozen import frozen
from bilibili_api.redaction import Secret

from .browser import FORM, HEADERS
from .codes import Step
from .passport import PASSPORT, web_session
from .wire import Envelope, JsonObject, Request, Response, member_object, member_str, open_envelope, serialise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .tokens import Session, Verification

_SAFE: Final = "https://passport.bilibili.com/x/safecenter"
_LOGIN_CHECK: Final = "loginTelCheck"


@frozen
class Puzzle:
    """A geetest captcha that a person has to solve in a browser (section 2.6).

    Attributes:
        gt: Names the kind of captcha.
        challenge: Names this one.
        token: Goes back with the solution.
    """

    gt: str
    challenge: str
    token: Secret


@frozen
class Solution:
    """What the widget gives when a person has solved it.

    Attributes:
        challenge: The captcha; it may have changed on the way.
        validate: Proves that it was solved.
        seccode: As the widget gives it, or `""`: it is made of `validate`.
    """

    challenge: str
    validate: str = field(repr=False)
    seccode: str = field(default="", repr=False)

    @property
    def sealed(self) -> str:
        """The seccode (section 2.6: `validate` and `|jordan`)."""
        return self.seccode or f"{self.validate}|jordan"


def captcha_request() -> Request:
    """Ask for a captcha (section 2.6)."""
    return Request(Step.CAPTCHA, "GET", f"{PASSPORT}/captcha?source=main_web", HEADERS)


def parse_captcha(response: Response) -> Puzzle:
    """Read the answer to `captcha_request` (section 2.6).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    data = member_object(open_envelope(response, Step.CAPTCHA, Envelope.CODE), "data", Step.CAPTCHA)
    geetest = member_object(data, "geetest", Step.CAPTCHA)
    return Puzzle(
        member_str(geetest, "gt", Step.CAPTCHA),
        member_str(geetest, "challenge", Step.CAPTCHA),
        Secret(member_str(data, "token", Step.CAPTCHA)),
    )


@frozen
class Sent:
    """A code is on its way to a phone.

    Attributes:
        key: Goes back with the code.
    """

    key: Secret


def verify_captcha_request() -> Request:
    """Ask for the captcha that comes before a phone is verified (section 2.6)."""
    return Request(Step.CAPTCHA, "POST", f"{_SAFE}/captcha/pre", {**HEADERS, **FORM})


def parse_verify_captcha(response: Response) -> Puzzle:
    """Read the answer to `verify_captcha_request` (section 2.6).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    data = member_object(open_envelope(response, Step.CAPTCHA, Envelope.CODE), "data", Step.CAPTCHA)
    return Puzzle(
        member_str(data, "gee_gt", Step.CAPTCHA),
        member_str(data, "gee_challenge", Step.CAPTCHA),
        Secret(member_str(data, "recaptcha_token", Step.CAPTCHA)),
    )


def verify_sms_request(asked: Verification, puzzle: Puzzle, solution: Solution) -> Request:
    """Have a code sent to the phone of the account that is logging in (section 2.6)."""
    form = {
        "tmp_code": asked.tmp_token.reveal(),
        "sms_type": _LOGIN_CHECK if asked.request_id else "secLogin",
        **solved(puzzle, solution, with_gt=True),
    }
    return _plain(f"{_SAFE}/common/sms/send", form)


def parse_verify_sms(response: Response) -> Sent:
    """Read the answer to `verify_sms_request` (section 2.6).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    return Sent(Secret(member_str(_data(response), "captcha_key", Step.VERIFY)))


def verify_request(asked: Verification, sent: Sent, code: str) -> Request:
    """Verify the phone with the code that came (section 2.6)."""
    form = {
        "code": code,
        "tmp_code": asked.tmp_token.reveal(),
        "captcha_key": sent.key.reveal(),
        "source": "risk",
    }
    if asked.request_id:
        form |= {"type": _LOGIN_CHECK, "request_id": asked.request_id}
        return _plain(f"{_SAFE}/login/tel/verify", form)
    return _plain(f"{_SAFE}/sec/verify", {**form, "verify_type": "sms"})


def parse_verify(response: Response) -> Secret:
    """Return what is exchanged for cookies (section 2.6).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused: 1006, 1007 and others.
        ResponseException: The answer is not what the protocol says.
    """
    return Secret(member_str(_data(response), "code", Step.VERIFY))


def exchange_request(code: Secret) -> Request:
    """Exchange a verified phone for cookies (section 2.6)."""
    return _plain(f"{PASSPORT}/web/exchange_cookie", {"code": code.reveal(), "source": "risk"})


def parse_exchange(response: Response, now: int) -> Session:
    """Read the answer to `exchange_request` (section 2.6).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    return web_session(response, _data(response), Step.VERIFY, now)


def solved(puzzle: Puzzle | None, solution: Solution | None, *, with_gt: bool) -> dict[str, str]:
    """Return the fields by which a solution goes back; none when there is none."""
    if puzzle is None or solution is None:
        return {}
    form = {
        "gee_challenge": solution.challenge,
        "gee_seccode": solution.sealed,
        "gee_validate": solution.validate,
        "recaptcha_token": puzzle.token.reveal(),
    }
    return {**form, "gee_gt": puzzle.gt} if with_gt else form


def puzzle_of(url: str) -> Puzzle | None:
    """Return the captcha that the query of a URL describes, or None."""
    try:
        query = parse_qs(urlsplit(url).query)
    except ValueError:
        return None
    gt, challenge, token = (
        query.get(name, [""])[0] for name in ("gee_gt", "gee_challenge", "recaptcha_token")
    )
    return Puzzle(gt, challenge, Secret(token)) if gt and challenge and token else None


def _data(response: Response) -> JsonObject:
    return member_object(open_envelope(response, Step.VERIFY, Envelope.CODE), "data", Step.VERIFY)


def _plain(url: str, form: Mapping[str, str]) -> Request:
    return Request(Step.VERIFY, "POST", url, {**HEADERS, **FORM}, serialise(form).encode())
