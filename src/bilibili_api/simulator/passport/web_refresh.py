"""New web cookies for old ones (protocol document, section 2.7).

Clients seal the time under a fixed public key of Bilibili's, which nobody else can open. What can be
checked is: it has the form of something sealed under that key, and it comes soon after `cookie/info`.
"""

from __future__ import annotations

import base64
import re
import secrets
from functools import cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from bilibili_api.simulator.identity import login_by_cookies, same
from bilibili_api.simulator.passport.desk import HOST, demand_exactly, demand_form
from bilibili_api.simulator.passport.handover import web_reply
from bilibili_api.simulator.reply import NOT_JSON, Reply, refusal, success
from bilibili_api.simulator.routes import Route

if TYPE_CHECKING:
    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.passport.desk import Desk
    from bilibili_api.simulator.routes import Router

# The document only says that a path becomes stale.
WINDOW_SECONDS = 60
_WEB = f"{HOST}/x/passport-login/web"
_PAGE = "/correspond/1/"
_SEALED = re.compile(r"[0-9a-f]{256}")
_FIXED_KEY = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDLgd2OAkcGVtoE3ThUREbio0EgUc/prcajMKXvkCKFCWhJYJcLkcM2DKKcSeFpD/j6"
    "Boy538YXnR6VhcuUJOhH2x71nzPjfdTcqMz7djHum0qSZA0AyCBDABUqCrfNgCiJ00Ra7GmRj+YCK1NJEuewlb40JNrRuoEUXpabUzGB"
    "8QIDAQAB"
)
_MISMATCH = refusal(86095, "refresh_csrf or refresh_token does not fit the cookies")
_NO_PAGE = Reply(404, b"<html><body>404</body></html>", NOT_JSON)


class WebRefresh:
    """Renews logins of the web in four steps."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add("GET", f"{_WEB}/cookie/info", "info", self.info, interface="web")
        router.add("POST", f"{_WEB}/cookie/refresh", "refresh", self.refresh, interface="web")
        router.add("POST", f"{_WEB}/confirm/refresh", "confirm", self.confirm, interface="web")
        router.add_finder(self._find)

    async def info(self, received: Received, _form: Form) -> Reply:
        """Tell whether the cookies should be renewed, and the time to seal."""
        csrf = received.query_value("csrf") is not None
        login = login_by_cookies(self._desk.state, received, csrf=csrf)
        login.refresh_asked = self._desk.clock()
        return success(
            {
                "refresh": self._desk.state.logins.wants_renewal(login),
                "timestamp": int(login.refresh_asked * 1000),
            }
        )

    async def page(self, received: Received, _form: Form) -> Reply:
        """Show the page with `refresh_csrf`, to a path that can be right and is not stale."""
        login = login_by_cookies(self._desk.state, received)
        asked = login.refresh_asked
        fresh = asked is not None and self._desk.clock() - asked <= WINDOW_SECONDS
        if not fresh or not _can_be_sealed(received.path.removeprefix(_PAGE)):
            return _NO_PAGE
        login.refresh_csrf = secrets.token_hex(16)
        page = f'<html><body><div id="1-name">{login.refresh_csrf}</div></body></html>'
        return Reply(200, page.encode(), NOT_JSON)

    async def refresh(self, received: Received, form: Form) -> Reply:
        """Set new cookies; the old ones hold until the new ones confirm it.

        Logins by an app are renewed through their token instead.
        """
        demand_form(form)
        old = login_by_cookies(self._desk.state, received, form, csrf=True)
        demand_exactly(form.value, source="main_web")
        if old.refresh_csrf is None or old.access_token is not None:
            return _MISMATCH
        if not same(form.value("refresh_csrf"), old.refresh_csrf):
            return _MISMATCH
        if not same(form.value("refresh_token"), old.refresh_token):
            return _MISMATCH
        old.refresh_csrf = None
        fresh = self._desk.state.logins.issue_web(old.account)
        fresh.replaces = old
        return web_reply(fresh, {"status": 0, "message": ""})

    async def confirm(self, received: Received, form: Form) -> Reply:
        """End the old cookies, which the new ones ask for."""
        demand_form(form)
        fresh = login_by_cookies(self._desk.state, received, form, csrf=True)
        old = fresh.replaces
        if old is None or not same(form.value("refresh_token"), old.refresh_token):
            return _MISMATCH
        self._desk.state.logins.revoke(old)
        fresh.replaces = None
        return success(None)

    def _find(self, received: Received) -> Route | None:
        if (received.method, received.host) != ("GET", "www.bilibili.com"):
            return None
        return Route("correspond", self.page) if received.path.startswith(_PAGE) else None


def _can_be_sealed(path: str) -> bool:
    """Tell whether this is lower-case hex of a number below the modulus of the fixed key."""
    return _SEALED.fullmatch(path) is not None and int(path, 16) < _modulus()


@cache
def _modulus() -> int:
    key = load_der_public_key(base64.b64decode(_FIXED_KEY))
    return key.public_numbers().n if isinstance(key, rsa.RSAPublicKey) else 0
