"""Verifying the phone before a login counts (protocol document, section 2.6)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bilibili_api.simulator.identity import same
from bilibili_api.simulator.passport.captcha import GEETEST
from bilibili_api.simulator.passport.desk import HOST, demand_exactly, demand_fields, demand_form
from bilibili_api.simulator.passport.handover import web_reply
from bilibili_api.simulator.reply import RefusalError, refusal, success

if TYPE_CHECKING:
    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.passport.desk import Desk
    from bilibili_api.simulator.passport.risk import Risk
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router

_SAFE = f"{HOST}/x/safecenter"
_WEB = f"{HOST}/x/passport-login/web"
_WRONG_CAPTCHA = refusal(-105, "the captcha is missing, solved wrongly or used before")


class Verification:
    """Sends a text message to a risky login's phone and trades its code for cookies."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add("POST", f"{_SAFE}/common/sms/send", "sms", self.send, interface="verify")
        router.add("POST", f"{_SAFE}/login/tel/verify", "verify", self.verify_login, interface="login")
        router.add("POST", f"{_SAFE}/sec/verify", "verify", self.verify_safety, interface="sec")
        router.add("POST", f"{_WEB}/exchange_cookie", "verify", self.exchange, interface="exchange")

    async def send(self, _received: Received, form: Form) -> Reply:
        """Send a code to the phone, once the captcha is solved."""
        risk = self._risk(form)
        demand_exactly(form.value, sms_type="secLogin" if risk.request_id is None else "loginTelCheck")
        demand_fields(form.value, ["gee_gt"])
        if not self._desk.captchas.solved(form.value, GEETEST):
            return _WRONG_CAPTCHA
        key = self._desk.messages.send(risk.account.phone, risk.tmp_token)
        return success({"captcha_key": key})

    async def verify_login(self, _received: Received, form: Form) -> Reply:
        """Compare the code of a risky login that has a `request_id`."""
        risk = self._risk(form)
        demand_exactly(form.value, type="loginTelCheck", source="risk")
        if risk.request_id is None or not same(form.value("request_id"), risk.request_id):
            return refusal(-400, "request_id is not the one beside tmp_token")
        return self._verified(risk, form)

    async def verify_safety(self, _received: Received, form: Form) -> Reply:
        """Compare the code of a risky login without `request_id`."""
        risk = self._risk(form)
        demand_exactly(form.value, verify_type="sms")
        if risk.request_id is not None:
            return refusal(-400, "there is a request_id: use login/tel/verify")
        return self._verified(risk, form)

    async def exchange(self, _received: Received, form: Form) -> Reply:
        """Trade the code of a verified phone for cookies, once."""
        demand_form(form)
        demand_exactly(form.value, source="risk")
        account = self._desk.risks.take(form.value("code"))
        if account is None:
            return refusal(-400, "code is not what the verification answered, or was used before")
        return web_reply(self._desk.state.logins.issue_web(account), {})

    def _risk(self, form: Form) -> Risk:
        demand_form(form)
        risk = self._desk.risks.named(form.value("tmp_code"))
        if risk is None:
            raise RefusalError(refusal(-400, "tmp_code is not the tmp_token of a login"))
        return risk

    def _verified(self, risk: Risk, form: Form) -> Reply:
        demand_fields(form.value, ["captcha_key", "code"])
        self._desk.messages.use(
            risk.account.phone, risk.tmp_token, form.value("captcha_key"), form.value("code")
        )
        risk.code = secrets.token_hex(16)
        return success({"code": risk.code})
