"""The simulator's own phone: buttons that scan QR codes for the demo account, and its text messages."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bilibili_api.simulator.accounts import DEMO_ACCOUNT
from bilibili_api.simulator.reply import NOT_JSON, Reply, json_reply

if TYPE_CHECKING:
    from bilibili_api.simulator.passport.qr import QrCode, QrCodes
    from bilibili_api.simulator.passport.sms import TextMessage, TextMessages

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Bilibili simulator: phone</title>
<meta http-equiv="refresh" content="3">
<style>body{{font-family:sans-serif;margin:2em}}td,th{{padding:.2em 1em .2em 0;text-align:left}}
form{{display:inline}}</style></head>
<body><h1>QR codes</h1>
<p>This is the phone of the account {name}. Codes that a client shows turn up here by themselves.</p>
<table><tr><th>for<th>code<th>stage<th></tr>{rows}</table>
<h1>Text messages</h1>
<p>What was sent to any number, the newest first.</p>
<table><tr><th>to<th>code</tr>{messages}</table>
<p><a href="/qr">all that can be scanned</a> - <a href="/">overview</a></p>
</body></html>"""


class QrPages:
    """Answers `/qr` and `/qr/<code>`, and does what their buttons say."""

    def __init__(self, codes: QrCodes, messages: TextMessages) -> None:
        self._codes = codes
        self._messages = messages

    def page(self, path: str) -> Reply | None:
        """Return the page at a path, or None when there is no such code."""
        if path == "/qr":
            return self._shown(self._codes.pending)
        found = self._codes.get(path.removeprefix("/qr/"))
        return None if found is None else self._shown([found])

    def press(self, path: str) -> Reply | None:
        """Do what the button at `/qr/<code>/<action>` says; None when there is no such button."""
        code, _, action = path.removeprefix("/qr/").partition("/")
        press = {"scan": self._codes.scan, "confirm": self._codes.confirm, "expire": self._codes.expire}
        if action not in press or self._codes.get(code) is None:
            return None
        try:
            press[action](code)
        except ValueError as error:
            return json_reply({"code": 86038, "message": str(error)}, status=409)
        return Reply(303, b"", NOT_JSON, headers=(("Location", f"/qr/{code}"),))

    def _shown(self, codes: list[QrCode]) -> Reply:
        rows = "".join(map(self._row, codes))
        messages = "".join(map(_message, reversed(self._messages.sent)))
        page = _PAGE.format(name=escape(DEMO_ACCOUNT.name), rows=rows, messages=messages)
        return Reply(200, page.encode(), NOT_JSON)

    def _row(self, code: QrCode) -> str:
        stage = self._codes.stage_of(code)
        actions = {"shown": ("scan", "confirm", "expire"), "scanned": ("confirm", "expire")}.get(stage, ())
        buttons = "".join(
            f'<form method="post" action="/qr/{code.code}/{action}"><button>{action}</button></form>'
            for action in actions
        )
        link = f'<a href="/qr/{code.code}">{code.code}</a>'
        return f"<tr><td>{code.kind}<td>{link}<td>{stage}<td>{buttons}</tr>"


def _message(message: TextMessage) -> str:
    return f"<tr><td>{escape(message.phone)}<td>{message.code}{' (used)' if message.used else ''}</tr>"
