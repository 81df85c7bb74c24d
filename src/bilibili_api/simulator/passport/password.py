"""Logging in with a password, by an app and on the web (protocol document, sections 1.3, 2.2 and 2.6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bilibili_api.simulator.passport.captcha import BY_PASSWORD, ON_WEB
from bilibili_api.simulator.passport.desk import (
    HOST,
    demand_exactly,
    demand_fields,
    demand_form,
    demand_signature,
    refuse,
)
from bilibili_api.simulator.passport.handover import app_data, risk_data, web_reply
from bilibili_api.simulator.reply import RefusalError, refusal, success
from bilibili_api.simulator.signing import ANDROID_KEY, PC_SECRETS, SECRETS, check_login_order, check_signed

if TYPE_CHECKING:
    from bilibili_api.simulator.accounts import Account
    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.passport.desk import Desk
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router

_MISSING = -2001
_FIELDS = ("username", "password", "platform", "ts")
_PC_FIELDS = ("buvid", "device_id", "device_name", "device_platform")
_ANDROID_FIELDS = ("build", "channel", "device", "mobi_app", "permission", "subid")
_WEB_FIELDS = ("username", "password", "keep")


class PasswordLogin:
    """Trades passwords for tokens and cookies."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add(
            "POST", f"{HOST}/x/passport-login/oauth2/login", "login", self.by_app, interface="password"
        )
        router.add(
            "POST", f"{HOST}/x/passport-login/web/login", "login", self.on_web, interface="web-password"
        )

    async def by_app(self, _received: Received, form: Form) -> Reply:
        """Check the form of an app, and answer tokens and cookies (section 2.2)."""
        demand_form(form)
        refuse(check_signed(form.text))
        _demand_app_fields(form)
        appkey = demand_signature(form.text, form.value, SECRETS)
        if appkey in PC_SECRETS:
            refuse(self._desk.rules.pc_login_refusal)
        account = self._owner(form)
        if account.wants_captcha and not self._desk.captchas.solved(form.value, BY_PASSWORD):
            return refusal(-105, "captcha wanted or wrong", {"url": self._desk.captchas.make().url})
        if account.needs_verification:
            return success(risk_data(self._desk.risks.find_risky(account, with_request=True)))
        return success(app_data(self._desk.state.logins.issue(account, appkey), self._desk.clock()))

    async def on_web(self, _received: Received, form: Form) -> Reply:
        """Check the form of the web, which always has a captcha, and set cookies (section 2.6)."""
        demand_form(form)
        demand_fields(form.value, _WEB_FIELDS, _MISSING)
        demand_exactly(form.value, source="main_web")
        if not self._desk.captchas.solved(form.value, ON_WEB):
            return refusal(-105, "captcha wanted or wrong")
        account = self._owner(form)
        if account.needs_verification:
            url = self._desk.risks.find_risky(account, with_request=True)
            return success(web_data(2, url))
        return web_reply(self._desk.state.logins.issue_web(account), web_data(0, ""))

    def _owner(self, form: Form) -> Account:
        account = self._desk.state.account_named(form.value("username") or "")
        password = self._desk.key.opened(form.value("password") or "")
        if account is None:
            raise RefusalError(refusal(-626, "there is no such user"))
        if password != account.password:
            raise RefusalError(refusal(-629, "wrong password"))
        if account.frozen:
            raise RefusalError(refusal(86066, "the account is frozen"))
        return account


def web_data(status: int, url: str) -> dict[str, Any]:
    """Return what a login on the web answers beside its cookies."""
    return {"status": status, "message": "", "url": url, "refresh_token": ""}


def demand_device(form: Form) -> None:
    """Demand the fields by which the PC tool tells its device (section 2.2).

    Raises:
        RefusalError: -400, one has another form.
    """
    demand_exactly(form.value, platform="pc")
    device = form.value("device_id") or ""
    if not re.fullmatch(r"[A-Z0-9]{12}", device):
        raise RefusalError(refusal(-400, "device_id must be 12 characters of A-Z and 0-9"))
    if not re.fullmatch(rf"[A-Z0-9]{{8}}-{device}", form.value("buvid") or ""):
        raise RefusalError(refusal(-400, "buvid must be 8 characters of A-Z and 0-9, a hyphen and device_id"))


def _demand_app_fields(form: Form) -> None:
    demand_fields(form.value, _FIELDS, _MISSING)
    if form.value("appkey") in PC_SECRETS:
        demand_fields(form.value, _PC_FIELDS, _MISSING)
        refuse(check_login_order(form.text))
        demand_device(form)
    elif form.value("appkey") == ANDROID_KEY:
        demand_fields(form.value, _ANDROID_FIELDS, _MISSING)
        demand_exactly(form.value, actionKey="appkey", platform="android", mobi_app="android")
