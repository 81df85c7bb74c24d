"""Logging in by a text message, by an app and on the web (protocol document, section 2.6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilibili_api.simulator.passport.captcha import GEETEST, ON_WEB
from bilibili_api.simulator.passport.desk import (
    HOST,
    demand_exactly,
    demand_fields,
    demand_form,
    demand_signature,
)
from bilibili_api.simulator.passport.handover import app_data, web_reply
from bilibili_api.simulator.passport.password import demand_device, web_data
from bilibili_api.simulator.reply import RefusalError, refusal, success
from bilibili_api.simulator.signing import ANDROID_KEY, PC_SECRETS

if TYPE_CHECKING:
    from bilibili_api.simulator.accounts import Account
    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.passport.desk import Desk
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router

_LOGIN = f"{HOST}/x/passport-login"
_KEYS = (ANDROID_KEY, *PC_SECRETS)
_ANDROID_FIELDS = ("build", "channel", "device")
_PC_FIELDS = ("device_id", "device_name", "device_platform")
# Section 2.9: 37 characters, or 36 as one client sends and is let in.
_APP_BUVID = re.compile(r"(?:X[XUYW]|Y)[0-9A-F]{35}")
# What the web calls China is 86 in one client and 1, an internal number, in another.
_WEB_CHINA = ("86", "1")
_SOURCES = ("main-fe-header", "main_web")
_FOR_WEB = "web"
_WRONG_CAPTCHA = refusal(-105, "the captcha is missing, solved wrongly or used before")


class SmsLogin:
    """Sends codes and trades them for tokens and cookies."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add("POST", f"{_LOGIN}/sms/send", "sms", self.send_to_app, interface="app")
        router.add("POST", f"{_LOGIN}/login/sms", "login", self.by_app, interface="sms")
        router.add("POST", f"{_LOGIN}/web/sms/send", "sms", self.send_to_web, interface="web")
        router.add("POST", f"{_LOGIN}/web/login/sms", "login", self.on_web, interface="web-sms")

    async def send_to_app(self, _received: Received, form: Form) -> Reply:
        """Send a code, or ask for a captcha first by `recaptcha_url`."""
        appkey = _demand_app_form(form)
        phone = form.value("tel") or ""
        account = self._desk.state.account_with_phone(phone)
        if account is not None and account.wants_captcha:
            if not form.value("gee_challenge"):
                return _sent("", self._desk.captchas.make().url)
            if not self._desk.captchas.solved(form.value, GEETEST):
                return _WRONG_CAPTCHA
        return _sent(self._desk.messages.send(phone, appkey))

    async def by_app(self, _received: Received, form: Form) -> Reply:
        """Compare a code and answer tokens and cookies; the phone is verified by that."""
        appkey = _demand_app_form(form)
        account = self._owner(form, appkey)
        return success(app_data(self._desk.state.logins.issue(account, appkey), self._desk.clock()))

    async def send_to_web(self, _received: Received, form: Form) -> Reply:
        """Send a code, if the captcha is solved."""
        _demand_web_form(form)
        if form.value("source") not in _SOURCES:
            return refusal(-400, f"source must be one of {', '.join(_SOURCES)}")
        if not self._desk.captchas.solved(form.value, ON_WEB):
            return _WRONG_CAPTCHA
        return success({"captcha_key": self._desk.messages.send(form.value("tel") or "", _FOR_WEB)})

    async def on_web(self, _received: Received, form: Form) -> Reply:
        """Compare a code and set cookies; status 5 is the phone verification of the web."""
        _demand_web_form(form)
        demand_exactly(form.value, source="main_web", keep="true")
        account = self._owner(form, _FOR_WEB)
        if account.needs_verification:
            return success(web_data(5, self._desk.risks.find_risky(account, with_request=False)))
        data = web_data(0, "") | {"is_new": False}
        return web_reply(self._desk.state.logins.issue_web(account), data)

    def _owner(self, form: Form, purpose: str) -> Account:
        demand_fields(form.value, ["captcha_key", "code"])
        phone = form.value("tel") or ""
        self._desk.messages.use(phone, purpose, form.value("captcha_key"), form.value("code"))
        account = self._desk.state.account_with_phone(phone)
        if account is None:
            raise RefusalError(refusal(-626, "nobody has this number; the simulator registers nobody"))
        return account


def _sent(captcha_key: str, recaptcha_url: str = "") -> Reply:
    return success({"is_new": False, "captcha_key": captcha_key, "recaptcha_url": recaptcha_url})


def _demand_app_form(form: Form) -> str:
    demand_form(form)
    appkey = demand_signature(form.text, form.value, _KEYS)
    demand_fields(form.value, ["tel", "cid", "buvid"])
    demand_exactly(form.value, cid="86")
    if appkey in PC_SECRETS:
        demand_fields(form.value, _PC_FIELDS)
        demand_device(form)
        return appkey
    demand_fields(form.value, _ANDROID_FIELDS)
    demand_exactly(form.value, actionKey="appkey", mobi_app="android", platform="android")
    if not _APP_BUVID.fullmatch(form.value("buvid") or ""):
        raise RefusalError(refusal(-400, "buvid must be XX, XU, XY or XW and 35 characters of 0-9 and A-F"))
    return appkey


def _demand_web_form(form: Form) -> None:
    demand_form(form)
    demand_fields(form.value, ["tel"])
    if form.value("cid") not in _WEB_CHINA:
        raise RefusalError(refusal(-400, "cid must be China's, 86 or 1"))
