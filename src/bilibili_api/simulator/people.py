"""What scripts do with accounts and logins without a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilibili_api.simulator.accounts import DEMO_ACCOUNT, HIGHEST_LEVEL, Account
from bilibili_api.simulator.passport.handover import PLATFORMS, cookies_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator.logins import Login
    from bilibili_api.simulator.state import State


class People:
    """The accounts of a simulator and what they are logged in with."""

    def __init__(self, state: State, clock: Callable[[], float]) -> None:
        self._state = state
        self._clock = clock

    @property
    def accounts(self) -> list[Account]:
        """Who can log in."""
        return list(self._state.accounts)

    def add_account(
        self,
        name: str,
        password: str,
        *,
        mid: int | None = None,
        access_key: str | None = None,
        frozen: bool = False,
        phone: str = "",
        level: int = HIGHEST_LEVEL,
        wants_captcha: bool = False,
        needs_verification: bool = False,
    ) -> Account:
        """Register somebody.

        Args:
            name: what is typed as user name.
            password: at most 101 bytes can be sent (protocol document, section 2.1).
            mid: the account's number; made up if not given.
            access_key: a token that is valid from the start; made up if not given.
            frozen: answer every login 86066.
            phone: where text messages go, without the country code 86; made up if not given.
            level: 0 to 6.
            wants_captcha: password and text message logins of the app want a captcha.
            needs_verification: a login wants the phone verified first.

        Raises:
            ValueError: the name, number, token or telephone belongs to another account.
        """
        draft = Account(
            mid or 0,
            name,
            password,
            access_key or "",
            frozen,
            phone,
            level,
            wants_captcha,
            needs_verification,
        )
        return self._state.add_account(draft)

    def log_in(self, account: Account = DEMO_ACCOUNT, platform: str = "BiliTV") -> Login:
        """Return a new login of an account, as its QR code or its password would give.

        Args:
            account: who logs in.
            platform: "BiliTV" or "Android": the key that the token is bound to.

        Raises:
            ValueError: there is no such platform.
        """
        if platform not in PLATFORMS:
            raise ValueError(f"platform must be one of {', '.join(PLATFORMS)}, not {platform!r}")
        return self._state.logins.issue(account, PLATFORMS[platform])

    def cookies_json(self, account: Account = DEMO_ACCOUNT, platform: str = "BiliTV") -> str:
        """Return the text of a `cookies.json` with a new login (protocol document, section 2.8).

        Raises:
            ValueError: there is no such platform.
        """
        return cookies_file(self.log_in(account, platform), platform, self._clock())

    def tokens(self, account: Account = DEMO_ACCOUNT) -> list[str]:
        """Return an account's valid tokens, oldest first."""
        logins = self._state.logins.of(account)
        return [login.access_token for login in logins if login.access_token is not None]

    def cookies(self, account: Account = DEMO_ACCOUNT) -> dict[str, str]:
        """Return the web cookies of an account's latest valid login.

        Raises:
            ValueError: it has none.
        """
        logins = self._state.logins.of(account)
        if not logins:
            raise ValueError(f"{account.name!r} is not logged in; `log_in` helps")
        return dict(logins[-1].cookies)

    def expire_login(self, account: Account = DEMO_ACCOUNT, *, renewable: bool = True) -> None:
        """Let everything that an account is logged in with expire now.

        Args:
            account: whose.
            renewable: a refresh token still gets new tokens and cookies.
        """
        self._state.logins.expire(account, renewable=renewable)

    def expire_tokens(self) -> None:
        """Forget every token issued so far, but no cookies; a new login gets a valid one."""
        self._state.logins.forget_tokens()
