"""What the parts of the passport share, and what all of them demand of a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilibili_api.simulator.form import URLENCODED
from bilibili_api.simulator.reply import RefusalError, refusal
from bilibili_api.simulator.signing import BAD_KEY, check_signed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from bilibili_api.simulator.eras import EraRules
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.passport.captcha import Captchas
    from bilibili_api.simulator.passport.key import LoginKey
    from bilibili_api.simulator.passport.qr import QrCodes
    from bilibili_api.simulator.passport.risk import Risks
    from bilibili_api.simulator.passport.sms import TextMessages
    from bilibili_api.simulator.state import State

HOST = "//passport.bilibili.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that several ways to log in need."""

    state: State
    rules: EraRules
    clock: Callable[[], float]
    key: LoginKey
    captchas: Captchas
    messages: TextMessages
    qr: QrCodes
    risks: Risks


def refuse(wrong: tuple[int, str] | None) -> None:
    """Answer this code and message, if there is something wrong.

    Raises:
        RefusalError: there is.
    """
    if wrong is not None:
        raise RefusalError(refusal(*wrong))


def demand_form(form: Form) -> None:
    """Take nothing but a form (section 2, "Common").

    Raises:
        RefusalError: -400, it is something else.
    """
    if form.content_type != URLENCODED:
        raise RefusalError(refusal(-400, f"the form must be {URLENCODED}"))


def demand_fields(value: Callable[[str], str | None], names: Iterable[str], code: int = -400) -> None:
    """Demand that each field is there and not empty.

    Raises:
        RefusalError: with `code`, naming the ones that are missing.
    """
    missing = [name for name in names if not value(name)]
    if missing:
        raise RefusalError(refusal(code, f"missing: {', '.join(missing)}"))


def demand_exactly(value: Callable[[str], str | None], **expected: str) -> None:
    """Demand that fields have these values.

    Raises:
        RefusalError: -400, one has another.
    """
    for name, text in expected.items():
        if value(name) != text:
            raise RefusalError(refusal(-400, f"{name} must be {text}"))


def demand_signature(text: str, value: Callable[[str], str | None], appkeys: Collection[str]) -> str:
    """Demand a right signature with one of these keys and Unix seconds as `ts`; return the key.

    Raises:
        RefusalError: -2 for another key, -3 for a wrong signature, -400 for a strange `ts`.
    """
    refuse(check_signed(text))
    appkey = value("appkey") or ""
    if appkey not in appkeys:
        raise RefusalError(refusal(BAD_KEY, "this appkey is not for this call"))
    if not (value("ts") or "").isdecimal():
        raise RefusalError(refusal(-400, "ts must be Unix seconds"))
    return appkey
