"""Logging in as the Android app does: by password or by a code sent to a phone (sections 2.2 and 2.6)."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final, cast

from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.redaction import Secret
from bilibili_api.saying import say

from .browser import FORM, HEADERS
from .codes import Step
from .passport import PASSPORT
from .tokens import BILI_ANDROID, Session, Verification, parse_grant, signed_form
from .verification import Puzzle, Sent, Solution, puzzle_of, solved
from .wire import Envelope, JsonObject, Request, Response, member_object, open_envelope, read_json, unexpected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CAPTCHA: Final = -105
_SMS_APP: Final = {
    "actionKey": "appkey",
    "build": "6510400",
    "channel": "bili",
    "device": "phone",
    "mobi_app": "android",
    "platform": "android",
}
_PASSWORD_APP: Final = {
    "actionKey": "appkey",
    "build": "6270200",
    "channel": "bili",
    "device": "phone",
    "mobi_app": "android",
    "permission": "ALL",
    "platform": "android",
    "subid": "1",
}


def password_request(
    account: str, encrypted: str, now: int, puzzle: Puzzle | None = None, solution: Solution | None = None
) -> Request:
    """Log in with account and password (section 2.2, Android).

    Args:
        account: Mail address, phone number or name.
        encrypted: The password as `login.encrypt_password` returns it.
        now: The present, Unix seconds.
        puzzle: The captcha that was asked for, if one was.
        solution: What a person made of it.
    """
    fields = {"captcha": "", "challenge": "", "seccode": "", "validate": ""}
    if puzzle is not None and solution is not None:
        fields = {
            "captcha": puzzle.token.reveal(),
            "challenge": solution.challenge,
            "seccode": solution.sealed,
            "validate": solution.validate,
        }
    form = {**_PASSWORD_APP, **fields, "username": account, "password": encrypted, "ts": str(now)}
    return _posted(Step.LOGIN, f"{PASSPORT}/oauth2/login", form)


def parse_password(response: Response, now: int) -> Session | Verification | Puzzle:
    """Read the answer to `password_request`; a captcha may come first (section 2.2).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused: -629 and others; -105 when it does not say which captcha.
        ResponseException: The answer is not what the protocol says.
        VerificationRequired: The login wants a person and does not say for what.
    """
    answer = read_json(response, Step.LOGIN)
    data = answer.get("data")
    if answer.get("code") == _CAPTCHA and isinstance(data, dict):
        url = cast("JsonObject", data).get("url")
        if isinstance(url, str) and (puzzle := puzzle_of(url)) is not None:
            return puzzle
    return parse_grant(response, Step.LOGIN, BILI_ANDROID, now)


@frozen
class Phone:
    """Where a code is sent to.

    Attributes:
        number: The number without its country code, digits only.
        country: The country code, for instance `86`.
        buvid: The device that asks (section 2.9).
    """

    number: str = field(repr=False)
    country: str
    buvid: str

    @classmethod
    def of(cls, number: str, country: str, choose: Callable[[str], str]) -> Phone:
        """Clean a number as people write it and make a device that asks.

        Args:
            number: The number; blanks and hyphens are taken out.
            country: The country code, with or without `+`.
            choose: Returns one character of the text it is given.

        Raises:
            ArgsException: These are no numbers.
        """
        digits, code = re.sub(r"[\s()-]", "", number), country.strip().removeprefix("+")
        if not re.fullmatch(r"[0-9]{4,15}", digits, re.ASCII) or not re.fullmatch(
            r"[0-9]{1,4}", code, re.ASCII
        ):
            raise ArgsException(
                say("The phone number has something else than digits, or too few or too many of them."),
                hint=say("Give it without the country code (13800000000), and the country code apart (86)."),
            )
        return cls(digits, code, make_buvid(choose))


def make_buvid(choose: Callable[[str], str]) -> str:
    """Make the number of a device that has no hardware address: 37 characters (section 2.9)."""
    digest = "".join(choose("0123456789ABCDEF") for _ in range(32))
    return f"XW{digest[2]}{digest[12]}{digest[22]}{digest}"


def sms_request(
    phone: Phone, now: int, puzzle: Puzzle | None = None, solution: Solution | None = None
) -> Request:
    """Ask for a code, which is good for five minutes and is sent once in 60 seconds (section 2.6)."""
    form = {**_of_phone(phone, now), **solved(puzzle, solution, with_gt=False)}
    return _posted(Step.SMS, f"{PASSPORT}/sms/send", form)


def parse_sms(response: Response) -> Sent | Puzzle:
    """Read the answer to `sms_request`: the code was sent, or a captcha comes first (section 2.6).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused: 1002, 1003, 86203 and others.
        ResponseException: The answer is not what the protocol says.
    """
    data = member_object(open_envelope(response, Step.SMS, Envelope.CODE), "data", Step.SMS)
    key, url = data.get("captcha_key"), data.get("recaptcha_url")
    if isinstance(key, str) and key:
        return Sent(Secret(key))
    puzzle = puzzle_of(url) if isinstance(url, str) else None
    if puzzle is None:
        raise unexpected(Step.SMS, say("has neither a captcha_key nor a captcha to solve"))
    return puzzle


def sms_login_request(phone: Phone, sent: Sent, code: str, now: int) -> Request:
    """Log in with the code that came (section 2.6)."""
    form = {**_of_phone(phone, now), "captcha_key": sent.key.reveal(), "code": code}
    return _posted(Step.SMS, f"{PASSPORT}/login/sms", form)


def parse_sms_login(response: Response, now: int) -> Session | Verification:
    """Read the answer to `sms_login_request` (section 2.6).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused: 1006, 1007 and others.
        ResponseException: The answer is not what the protocol says.
        VerificationRequired: The login wants a person and does not say for what.
    """
    return parse_grant(response, Step.SMS, BILI_ANDROID, now)


def _of_phone(phone: Phone, now: int) -> dict[str, str]:
    return {**_SMS_APP, "buvid": phone.buvid, "cid": phone.country, "tel": phone.number, "ts": str(now)}


def _posted(step: Step, url: str, form: Mapping[str, str]) -> Request:
    return Request(step, "POST", url, {**HEADERS, **FORM}, signed_form(form, BILI_ANDROID))
