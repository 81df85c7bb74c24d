"""Logging in by a QR code, on the TV and on the web (protocol document, sections 2.3 to 2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from bilibili_api.simulator.identity import by_cookies
from bilibili_api.simulator.passport.desk import (
    HOST,
    demand_exactly,
    demand_fields,
    demand_form,
    demand_signature,
)
from bilibili_api.simulator.passport.handover import cross_domain_url, tv_data, web_reply
from bilibili_api.simulator.reply import refusal, success
from bilibili_api.simulator.signing import QR_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.passport.desk import Desk
    from bilibili_api.simulator.passport.qr import QrCode
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router

_TV = f"{HOST}/x/passport-tv-login"
_WEB = f"{HOST}/x/passport-login/web/qrcode"
_EXPIRED = (86038, "the code has expired")
_TV_STAGES: Mapping[str, tuple[int, str]] = {
    "shown": (86039, "not scanned yet"),
    "scanned": (86090, "scanned, not confirmed yet"),
    "expired": _EXPIRED,
    "used": _EXPIRED,
}
_WEB_STAGES = {**_TV_STAGES, "shown": (86101, "not scanned yet")}


class QrLogin:
    """Makes codes and tells how far they have come."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add("POST", f"{_TV}/qrcode/auth_code", "qr", self.auth_code, interface="tv")
        router.add("POST", f"{_TV}/qrcode/poll", "poll", self.poll_tv, interface="tv")
        router.add("POST", f"{_TV}/h5/qrcode/confirm", "confirm", self.confirm, interface="tv")
        router.add("GET", f"{_WEB}/generate", "qr", self.generate, interface="web")
        router.add("GET", f"{_WEB}/poll", "poll", self.poll_web, interface="web")

    async def auth_code(self, _received: Received, form: Form) -> Reply:
        """Make a code of the TV (section 2.3)."""
        made = self._desk.qr.make("tv", _demand_tv_form(form))
        return success({"url": made.url, "auth_code": made.code})

    async def poll_tv(self, _received: Received, form: Form) -> Reply:
        """Tell how far a code has come, by `code`; hand the login over, once (section 2.3)."""
        appkey = _demand_tv_form(form)
        demand_fields(form.value, ["auth_code"])
        found = self._found("tv", form.value("auth_code"))
        if found is None or found.appkey != appkey:
            return refusal(-404, "there is no such auth_code")
        stage = self._desk.qr.stage_of(found)
        if stage != "confirmed" or found.account is None:
            return refusal(*_TV_STAGES[stage])
        found.stage = "used"
        login = self._desk.state.logins.issue(found.account, appkey)
        return success(tv_data(login, self._desk.clock()))

    async def confirm(self, received: Received, form: Form) -> Reply:
        """Let web cookies confirm a code of the TV (section 2.4)."""
        demand_form(form)
        account = by_cookies(self._desk.state, received, form, csrf=True)
        demand_fields(form.value, ["auth_code"])
        demand_exactly(form.value, scanning_type="3")
        found = self._found("tv", form.value("auth_code"))
        if found is None:
            return refusal(-404, "there is no such auth_code")
        if self._desk.qr.stage_of(found) not in {"shown", "scanned"}:
            return refusal(*_EXPIRED)
        self._desk.qr.confirm(found.code, account)
        return success(None)

    async def generate(self, _received: Received, _form: Form) -> Reply:
        """Make a code of the web (section 2.5)."""
        made = self._desk.qr.make("web")
        return success({"url": made.url, "qrcode_key": made.code})

    async def poll_web(self, received: Received, _form: Form) -> Reply:
        """Tell how far a code has come, by `data.code`; hand the cookies over, once (section 2.5)."""
        demand_fields(received.query_value, ["qrcode_key"])
        found = self._found("web", received.query_value("qrcode_key"))
        stage = "expired" if found is None else self._desk.qr.stage_of(found)
        if found is None or found.account is None or stage != "confirmed":
            return success(_web_data(*_WEB_STAGES[stage]))
        found.stage = "used"
        login = self._desk.state.logins.issue_web(found.account)
        return web_reply(login, _web_data(0, "", cross_domain_url(login), int(self._desk.clock() * 1000)))

    def _found(self, kind: Literal["tv", "web"], code: str | None) -> QrCode | None:
        found = self._desk.qr.get(code or "")
        return found if found is not None and found.kind == kind else None


def _demand_tv_form(form: Form) -> str:
    demand_form(form)
    appkey = demand_signature(form.text, form.value, QR_KEYS)
    demand_exactly(form.value, local_id="0")
    return appkey


def _web_data(code: int, message: str, url: str = "", timestamp: int = 0) -> dict[str, Any]:
    return {"url": url, "refresh_token": "", "timestamp": timestamp, "code": code, "message": message}
