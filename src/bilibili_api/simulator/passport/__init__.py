"""passport.bilibili.com: every way to log in, stay logged in and leave (protocol document, section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilibili_api.simulator.passport.captcha import Captchas
from bilibili_api.simulator.passport.desk import Desk
from bilibili_api.simulator.passport.key import LoginKey
from bilibili_api.simulator.passport.password import PasswordLogin
from bilibili_api.simulator.passport.qr import QrCodes
from bilibili_api.simulator.passport.qr_login import QrLogin
from bilibili_api.simulator.passport.risk import Risks
from bilibili_api.simulator.passport.sms import TextMessages
from bilibili_api.simulator.passport.sms_login import SmsLogin
from bilibili_api.simulator.passport.tokens import Tokens
from bilibili_api.simulator.passport.verification import Verification
from bilibili_api.simulator.passport.web_refresh import WebRefresh
from bilibili_api.simulator.passport.whoami import WhoAmI

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator.eras import EraRules
    from bilibili_api.simulator.routes import Router
    from bilibili_api.simulator.state import State


class Passport:
    """All of the passport.

    Attributes:
        captchas: how people solve captchas.
        messages: the text messages that were sent.
        qr: the QR codes, and the phones that scan them.
    """

    def __init__(self, state: State, rules: EraRules, clock: Callable[[], float]) -> None:
        self.captchas = Captchas()
        self.messages = TextMessages(clock)
        self.qr = QrCodes(clock)
        self._desk = Desk(
            state=state,
            rules=rules,
            clock=clock,
            key=LoginKey(clock),
            captchas=self.captchas,
            messages=self.messages,
            qr=self.qr,
            risks=Risks(),
        )

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        self.captchas.add_routes(router)
        self._desk.key.add_routes(router)
        for part in (PasswordLogin, QrLogin, SmsLogin, Verification, Tokens, WebRefresh, WhoAmI):
            part(self._desk).add_routes(router)
