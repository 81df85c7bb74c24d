"""Captchas, with people played by a fixed answer (protocol document, section 2.6)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bilibili_api.simulator.identity import same
from bilibili_api.simulator.passport.desk import HOST, demand_exactly
from bilibili_api.simulator.reply import success

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router

_URL = "https://www.bilibili.com/h5/project-msg-auth/verify"


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the fields that answer a captcha; `token` is None where there is none."""

    token: str | None
    challenge: str = "challenge"
    validate: str = "validate"
    seccode: str = "seccode"


ON_WEB = Names("token")
BY_PASSWORD = Names(None)
GEETEST = Names("recaptcha_token", "gee_challenge", "gee_validate", "gee_seccode")


@dataclass(frozen=True, slots=True)
class Challenge:
    """A captcha that somebody has to solve.

    Attributes:
        token: what Bilibili calls `token` or `recaptcha_token`.
        challenge: what geetest calls it.
    """

    token: str
    gt: str
    challenge: str

    @property
    def url(self) -> str:
        """The page that shows it to a person."""
        query = f"recaptcha_token={self.token}&gee_gt={self.gt}&gee_challenge={self.challenge}"
        return f"{_URL}?ct=geetest&{query}"

    def geetest(self) -> dict[str, str]:
        """Return the members by which phone verification names it."""
        return {"recaptcha_token": self.token, "gee_gt": self.gt, "gee_challenge": self.challenge}


class Captchas:
    """Sets captchas and knows how they are solved.

    Attributes:
        validate: what a person who solves any of them gets from geetest, hence what has to be sent.
    """

    def __init__(self) -> None:
        self.validate = secrets.token_hex(16)
        self._gt = secrets.token_hex(16)
        self._open: dict[str, Challenge] = {}

    @property
    def open(self) -> list[Challenge]:
        """The captchas that nobody has answered yet, oldest first."""
        return list(self._open.values())

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add("GET", f"{HOST}/x/passport-login/captcha", "captcha", self.show)
        router.add("POST", f"{HOST}/x/safecenter/captcha/pre", "captcha", self.show_to_verify)

    def make(self) -> Challenge:
        """Set another captcha."""
        made = Challenge(secrets.token_hex(16), self._gt, secrets.token_hex(16))
        self._open[made.challenge] = made
        return made

    def solved(self, value: Callable[[str], str | None], names: Names) -> bool:
        """Tell whether fields answer a captcha; each can be answered once, right or wrong."""
        made = self._open.pop(value(names.challenge) or "", None)
        return (
            made is not None
            and (names.token is None or value(names.token) == made.token)
            and same(value(names.validate), self.validate)
            and same(value(names.seccode), f"{self.validate}|jordan")
        )

    async def show(self, received: Received, _form: Form) -> Reply:
        """Set a captcha for a login on the web."""
        demand_exactly(received.query_value, source="main_web")
        made = self.make()
        geetest: dict[str, Any] = {"gt": made.gt, "challenge": made.challenge}
        return success({"type": "geetest", "token": made.token, "geetest": geetest})

    async def show_to_verify(self, _received: Received, _form: Form) -> Reply:
        """Set a captcha for phone verification."""
        return success(self.make().geetest())
