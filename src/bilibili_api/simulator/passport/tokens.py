"""What is asked of a token itself: does it hold, and a new one for it (protocol document, section 2.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilibili_api.simulator.identity import same
from bilibili_api.simulator.passport.desk import (
    HOST,
    demand_exactly,
    demand_fields,
    demand_form,
    demand_signature,
)
from bilibili_api.simulator.passport.handover import app_data
from bilibili_api.simulator.reply import RefusalError, refusal, success
from bilibili_api.simulator.signing import ANDROID_GENERAL_KEY, ANDROID_KEY, SECRETS

if TYPE_CHECKING:
    from collections.abc import Collection

    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.logins import Login
    from bilibili_api.simulator.passport.desk import Desk
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router

_NEW = f"{HOST}/x/passport-login/oauth2"


class Tokens:
    """Tells how long tokens hold, and renews them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add("GET", f"{_NEW}/info", "info", self.info, interface="app")
        router.add("POST", f"{_NEW}/refresh_token", "refresh", self.refresh, interface="app")
        router.add("GET", f"{HOST}/api/oauth2/info", "info", self.old_info, interface="app")
        router.add(
            "POST", f"{HOST}/api/v2/oauth2/refresh_token", "refresh", self.old_refresh, interface="app"
        )

    async def info(self, received: Received, form: Form) -> Reply:
        """Tell how long a token holds, and whether it should be renewed already."""
        demand_exactly(received.query_value, actionKey="appkey")
        return await self.old_info(received, form)

    async def old_info(self, received: Received, _form: Form) -> Reply:
        """Do the same at the URL of 2021, which wants no `actionKey`."""
        appkey = demand_signature(received.query_string, received.query_value, SECRETS)
        # Tokens of the first key work with the second, too (section 1.2).
        allowed = {appkey, ANDROID_KEY} if appkey == ANDROID_GENERAL_KEY else {appkey}
        login = self._login(received.query_value("access_key"), allowed)
        if not self._desk.state.logins.in_time(login):
            return refusal(-658, "the token has expired")
        return success(
            {
                "mid": login.account.mid,
                "access_token": login.access_token,
                "expires_in": int(login.expires - self._desk.clock()),
                "refresh": self._desk.state.logins.wants_renewal(login),
            }
        )

    async def refresh(self, received: Received, form: Form) -> Reply:
        """Trade a token and its refresh token for a new login; the old one is dead at once."""
        demand_exactly(form.value, actionKey="appkey")
        return await self.old_refresh(received, form)

    async def old_refresh(self, _received: Received, form: Form) -> Reply:
        """Do the same at the other URL, which wants no `actionKey`."""
        demand_form(form)
        appkey = demand_signature(form.text, form.value, SECRETS)
        demand_fields(form.value, ["access_key", "refresh_token"])
        login = self._login(form.value("access_key"), {appkey})
        if not same(form.value("refresh_token"), login.refresh_token):
            return refusal(-101, "refresh_token does not belong to this access_key")
        logins = self._desk.state.logins
        logins.revoke(login)
        return success(app_data(logins.issue(login.account, appkey), self._desk.clock()))

    def _login(self, access_key: str | None, appkeys: Collection[str]) -> Login:
        login = self._desk.state.logins.with_token(access_key)
        if login is None:
            raise RefusalError(refusal(-101, "not logged in: access_key is missing, unknown or revoked"))
        if login.appkey is not None and login.appkey not in appkeys:
            raise RefusalError(refusal(-663, "this token was made with another appkey"))
        return login
