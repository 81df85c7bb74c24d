"""Logins as state: tokens and cookies, whose they are, the key they are bound to, when they end."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bilibili_api.simulator.accounts import DEMO_ACCOUNT, DEMO_COOKIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bilibili_api.simulator.accounts import Account

# Section 2.7 says that a renewal may be wanted before the end, not how long before.
_LAST_PART_OF_LIFE = 6


@dataclass(slots=True, eq=False)
class Login:
    """What one login handed out; it lives and dies together.

    Attributes:
        account: whose it is.
        cookies: the five web cookies, encoded as they are sent.
        refresh_token: renews the token, or after a login on the web the cookies.
        access_token: None after a login on the web.
        appkey: the key that the token is bound to (section 1.2); None binds it to none.
        expires: Unix seconds, by the simulator's clock.
        refresh_asked: when `cookie/info` was asked last (section 2.7).
        refresh_csrf: what the page of section 2.7 gave last.
        replaces: the login that this one renewed on the web, until that is confirmed.
    """

    account: Account
    cookies: Mapping[str, str] = field(repr=False)
    refresh_token: str = field(repr=False)
    access_token: str | None = field(repr=False)
    appkey: str | None
    expires: float
    refresh_asked: float | None = None
    refresh_csrf: str | None = field(default=None, repr=False)
    replaces: Login | None = None

    @property
    def csrf(self) -> str:
        """The cookie `bili_jct`."""
        return self.cookies["bili_jct"]


class Logins:
    """All logins that were not revoked."""

    def __init__(self, clock: Callable[[], float], seconds: int) -> None:
        self._clock = clock
        self._seconds = seconds
        self._by_token: dict[str, Login] = {}
        self._by_session: dict[str, Login] = {}

    def prepare(self, account: Account) -> None:
        """Make the access_key that an account comes with valid, and cookies to go with it."""
        given = DEMO_COOKIES if account == DEMO_ACCOUNT else None
        self._keep(self._made(account, account.access_key, None, given))

    def issue(self, account: Account, appkey: str) -> Login:
        """Log an account in by an app: token and cookies."""
        return self._keep(self._made(account, secrets.token_hex(16), appkey))

    def issue_web(self, account: Account) -> Login:
        """Log an account in on the web: cookies only (section 2.5)."""
        return self._keep(self._made(account, None, None))

    def with_token(self, access_token: str | None) -> Login | None:
        """Return the login of a token, even one whose time is over; None for one never heard of."""
        return self._by_token.get(access_token or "")

    def with_session(self, sessdata: str | None) -> Login | None:
        """Return the login of a `SESSDATA` in either encoding, even one whose time is over."""
        return self._by_session.get(unquote(sessdata or ""))

    def in_time(self, login: Login) -> bool:
        """Tell whether a login has not expired."""
        return self._clock() < login.expires

    def wants_renewal(self, login: Login) -> bool:
        """Tell whether the last sixth of a login's life has begun."""
        return login.expires - self._clock() < self._seconds / _LAST_PART_OF_LIFE

    def revoke(self, login: Login) -> None:
        """End a login for good."""
        self._by_token.pop(login.access_token or "", None)
        self._by_session.pop(unquote(login.cookies["SESSDATA"]), None)

    def expire(self, account: Account, *, renewable: bool) -> None:
        """End an account's logins as if their time were over, or so that nothing can renew them."""
        for login in self.of(account):
            login.expires = self._clock()
            if not renewable:
                self.revoke(login)

    def of(self, account: Account) -> list[Login]:
        """Return an account's valid logins, oldest first."""
        known = dict.fromkeys([*self._by_token.values(), *self._by_session.values()])
        return [login for login in known if login.account == account and self.in_time(login)]

    def forget_tokens(self) -> None:
        """Forget every token; the cookies stay."""
        self._by_token.clear()

    def _made(
        self, account: Account, token: str | None, appkey: str | None, given: Mapping[str, str] | None = None
    ) -> Login:
        expires = self._clock() + self._seconds
        cookies = given or _cookies(account, int(expires))
        return Login(account, cookies, secrets.token_hex(16), token, appkey, expires)

    def _keep(self, login: Login) -> Login:
        if login.access_token is not None:
            self._by_token[login.access_token] = login
        self._by_session[unquote(login.cookies["SESSDATA"])] = login
        return login


def _cookies(account: Account, expires: int) -> dict[str, str]:
    return {
        "SESSDATA": f"{secrets.token_hex(4)}%2C{expires}%2C{secrets.token_hex(3)[:5]}%2A01",
        "bili_jct": secrets.token_hex(16),
        "DedeUserID": str(account.mid),
        "DedeUserID__ckMd5": secrets.token_hex(8),
        "sid": secrets.token_hex(4),
    }
