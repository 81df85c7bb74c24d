"""The simulator's own phone: buttons that scan QR codes for the demo account, and its text messages."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bilibili_api.simulator.accounts import DEMO_ACCOUNT
from bilibili_api.simulator.reply import NOT_JSON, Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bilibili_api.simulator.browser import Tongue
    from bilibili_api.simulator.passport.qr import QrCode, QrCodes
    from bilibili_api.simulator.passport.sms import TextMessage, TextMessages

_REFRESH = '<meta http-equiv="refresh" content="3">'


class QrPages:
    """Answers `/qr` and `/qr/<code>`, and does what their buttons say."""

    def __init__(self, codes: QrCodes, messages: TextMessages) -> None:
        self._codes = codes
        self._messages = messages

    def page(self, path: str, t: Tongue) -> Reply | None:
        """Return the page at a path, or None when there is no such code."""
        if path == "/qr":
            return self._shown(self._codes.pending, t)
        found = self._codes.get(path.removeprefix("/qr/"))
        return None if found is None else self._shown([found], t)

    def press(self, path: str, t: Tongue) -> Reply | None:
        """Do what the button at `/qr/<code>/<action>` says; None when there is no such button."""
        code, _, action = path.removeprefix("/qr/").partition("/")
        press = {"scan": self._codes.scan, "confirm": self._codes.confirm, "expire": self._codes.expire}
        if action not in press or self._codes.get(code) is None:
            return None
        try:
            press[action](code)
        except ValueError as error:
            return json_reply({"code": 86038, "message": str(error)}, status=409)
        return Reply(303, b"", NOT_JSON, headers=(("Location", t.link(f"/qr/{code}")),))

    def _shown(self, codes: list[QrCode], t: Tongue) -> Reply:
        rows = "".join(self._row(code, t) for code in codes)
        messages = "".join(_message(one, t) for one in reversed(self._messages.sent))
        whose = t(
            "This is the phone of the account {name}. Codes that a client shows turn up here by themselves.",
            name=escape(DEMO_ACCOUNT.name),
        )
        body = f"""<h1>{t("QR codes")}</h1>
<p>{whose}</p>
<table><tr><th>{t("client")}<th>{t("QR code")}<th>{t("stage")}<th></tr>{rows}</table>
<h1>{t("Text messages")}</h1>
<p>{t("What was sent to any number, the newest first.")}</p>
<table><tr><th>{t("phone number")}<th>{t("code")}</tr>{messages}</table>
<p><a href="{t.link("/qr")}">{t("all that can be scanned")}</a>
- <a href="{t.link("/")}">{t("overview")}</a></p>"""
        return t.page(t("Bilibili simulator: phone"), body, _REFRESH)

    def _row(self, code: QrCode, t: Tongue) -> str:
        stage = self._codes.stage_of(code)
        actions = {"shown": ("scan", "confirm", "expire"), "scanned": ("confirm", "expire")}.get(stage, ())
        page = f"/qr/{code.code}"
        buttons = "".join(_button(t.link(f"{page}/{action}"), _actions(t)[action]) for action in actions)
        link = f'<a href="{t.link(page)}">{code.code}</a>'
        return f"<tr><td>{code.kind}<td>{link}<td>{_stages(t)[stage]}<td>{buttons}</tr>"


def _stages(t: Tongue) -> Mapping[str, str]:
    return {
        "shown": t("not scanned yet"),
        "scanned": t("scanned"),
        "confirmed": t("confirmed"),
        "used": t("used"),
        "expired": t("expired"),
    }


def _actions(t: Tongue) -> Mapping[str, str]:
    return {"scan": t("scan"), "confirm": t("confirm"), "expire": t("let it expire")}


def _button(link: str, text: str) -> str:
    return f'<form method="post" action="{link}"><button>{text}</button></form>'


def _message(message: TextMessage, t: Tongue) -> str:
    code = t("{code} (used)", code=message.code) if message.used else message.code
    return f"<tr><td>{escape(message.phone)}<td>{code}</tr>"
