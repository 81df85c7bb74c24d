"""Who one is, the browser's name, and goodbye (protocol document, sections 2.7 and 2.9)."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Any

from bilibili_api.simulator.identity import by_cookies, cookies_of, login_by_cookies, same
from bilibili_api.simulator.passport.desk import HOST, demand_form, refuse
from bilibili_api.simulator.passport.handover import farewell_reply
from bilibili_api.simulator.reply import RefusalError, refusal, success
from bilibili_api.simulator.signing import check_signed

if TYPE_CHECKING:
    from bilibili_api.simulator.accounts import Account
    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.passport.desk import Desk
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router

_API = "//api.bilibili.com"
_FACE = "https://i0.hdslb.com/bfs/face/member/noface.jpg"
# Section 1.5: there even for visitors who are not logged in.
_WBI_IMG = {
    "img_url": "https://i0.hdslb.com/bfs/wbi/00000000000000000000000000000001.png",
    "sub_url": "https://i0.hdslb.com/bfs/wbi/00000000000000000000000000000002.png",
}


class WhoAmI:
    """Tells visitors who they are, and lets them go."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add("GET", f"{_API}/x/web-interface/nav", "nav", self.nav, interface="web")
        router.add("GET", f"{_API}/x/space/myinfo", "nav", self.my_info, interface="app")
        router.add("GET", f"{_API}/x/frontend/finger/spi", "buvid", self.finger)
        router.add("POST", f"{HOST}/login/exit/v2", "logout", self.logout)

    async def nav(self, received: Received, _form: Form) -> Reply:
        """Say whose the cookies are; without valid ones, -101 and what everybody may know."""
        try:
            account = by_cookies(self._desk.state, received)
        except RefusalError:
            return refusal(-101, "not logged in", {"isLogin": False, "wbi_img": _WBI_IMG})
        return success(_navigation(account))

    async def my_info(self, received: Received, _form: Form) -> Reply:
        """Say whose the token or the cookies are."""
        account = self._asking(received)
        return success({"mid": account.mid, "name": account.name, "face": _FACE, "level": account.level})

    async def finger(self, _received: Received, _form: Form) -> Reply:
        """Name a browser (section 2.9); nobody has to be logged in."""
        name = f"{uuid.uuid4()}".upper()
        return success({"b_3": f"{name}{secrets.randbelow(10**5):05d}infoc", "b_4": f"{name}-{name}"})

    async def logout(self, received: Received, form: Form) -> Reply:
        """End a login for good, its token included."""
        demand_form(form)
        login = login_by_cookies(self._desk.state, received)
        cookies = cookies_of(received)
        if cookies.get("DedeUserID") != str(login.account.mid):
            return refusal(-101, "the cookie DedeUserID is missing or somebody else's")
        if not same(form.value("biliCSRF"), login.csrf) or not same(cookies.get("bili_jct"), login.csrf):
            return refusal(2202, "biliCSRF does not fit the cookies")
        self._desk.state.logins.revoke(login)
        return farewell_reply(login)

    def _asking(self, received: Received) -> Account:
        if received.query_value("access_key") is None:
            return by_cookies(self._desk.state, received)
        refuse(check_signed(received.query_string))
        account = self._desk.state.account_of(received.query_value("access_key"))
        if account is None:
            raise RefusalError(refusal(-101, "not logged in: access_key is unknown or expired"))
        return account


def _navigation(account: Account) -> dict[str, Any]:
    return {
        "isLogin": True,
        "mid": account.mid,
        "uname": account.name,
        "face": _FACE,
        "level_info": {"current_level": account.level},
        "wbi_img": _WBI_IMG,
    }
