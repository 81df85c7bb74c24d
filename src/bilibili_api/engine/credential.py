"""Who uploads (the published credential)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from bilibili_api.exceptions import ApiException, ArgsException
from bilibili_api.protocol.tokens import Session
from bilibili_api.saying import say

from .given import jar_of, platform_of, secret_of, text_of
from .holder import Holder, LogInAgain
from .stored import session_in_file, session_in_profile

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from pathlib import Path

    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.login import Token

    from .accounts import Place
    from .keeper import Keeper
    from .options import Options


class VideoUploaderCredential(Holder):
    """Who uploads: an access key, cookies or both, or account and password to get an access key with.

    Args:
        access_key: Token of the account (32 hex digits).
        account: Name, mail address or phone number.
        password: Its password.
        refresh_token: Renews the access key.
        cookies: Web cookies: a mapping, or text as in a `Cookie` header.
        platform: Whose token it is, as `cookies.json` names it: `BiliTV` or `Android`; `pc` for the PC tool.
            None: it is found out where it matters.
        log_in_again: Called when the login is dead and only a person can help; returns another credential, or
            None. An upload waits for it.
        options: Server, patience, clock and dice for the login; by default `Server.from_environment()`.

    Attributes:
        account: As given.
        password: As given.

    Raises:
        ArgsException: Neither `access_key`, cookies, nor both `account` and `password` were given; or
            something given cannot work.
    """

    def __init__(
        self,
        access_key: str | None = None,
        account: str | None = None,
        password: str | None = None,
        *,
        refresh_token: str | None = None,
        cookies: Mapping[str, str] | str | None = None,
        platform: str | None = None,
        log_in_again: LogInAgain | None = None,
        options: Options | None = None,
    ) -> None:
        super().__init__(options, log_in_again)
        self.account = text_of(account, "account")
        self.password = text_of(password, "password")
        self._session = Session(
            token=secret_of(access_key, "access_key"),
            cookies=jar_of(cookies),
            refresh_token=secret_of(refresh_token, "refresh_token"),
            platform=platform_of(platform),
        )
        is_given = self._session.token is not None or self._session.cookies
        if not (is_given or (account and password)):
            raise ArgsException(
                say("A credential needs an access key, cookies, or account and password together."),
                hint=say("Pass access_key=..., cookies=..., or account=... and password=...."),
            )
        if (refresh_token or platform) and not is_given:
            raise ArgsException(
                say("refresh_token and platform belong to an access key, and none was given."),
                hint=say("Pass access_key=..., too, or leave them out."),
            )
        self._session.web()

    @classmethod
    def from_file(
        cls,
        path: str | os.PathLike[str],
        *,
        log_in_again: LogInAgain | None = None,
        options: Options | None = None,
    ) -> Self:
        """Read a login from a file in any form of section 2.8; a renewal is written back to a `cookies.json`.

        Raises:
            ArgsException: It cannot be read, or holds no login; the error says what is wrong with it.
        """
        return cls._of(*session_in_file(path), log_in_again, options)

    @classmethod
    def from_profile(
        cls,
        name: str | None = None,
        *,
        log_in_again: LogInAgain | None = None,
        options: Options | None = None,
        folder: Path | None = None,
    ) -> Self:
        """Take a login that is kept under a name; None: the one in use.

        Args:
            name: The profile.
            log_in_again: As for the constructor.
            options: As for the constructor.
            folder: Where profiles are kept; by default in the user's data directory.

        Raises:
            ArgsException: There is no such profile, or it cannot be read.
        """
        return cls._of(*session_in_profile(name, folder), log_in_again, options)

    @classmethod
    def of_session(
        cls, session: Session, *, log_in_again: LogInAgain | None = None, options: Options | None = None
    ) -> Self:
        """Return the credential that a login gives."""
        return cls._of(session, None, log_in_again, options)

    @classmethod
    def _of(
        cls, session: Session, place: Place | None, log_in_again: LogInAgain | None, options: Options | None
    ) -> Self:
        made = cls(
            session.token.reveal() if session.token is not None else None,
            cookies={cookie.name: cookie.value for cookie in session.cookies},
            log_in_again=log_in_again,
            options=options,
        )
        made.hold(session, place)
        return made

    @property
    def access_key(self) -> str | None:
        """The access key, or None; changes when it is renewed.

        Another one may be set at any time. It is used from then on, with the same cookies, and is not
        written to where the login was kept.

        Raises:
            ArgsException: What is set can be no access key.
        """
        token = self.session().token
        return None if token is None else token.reveal()

    @access_key.setter
    def access_key(self, given: str | None) -> None:
        token, session = secret_of(given, "access_key"), self.session()
        if token == session.token:
            return
        self._session = Session(0, token, None, session.cookies, platform=session.platform)
        self._keeper = None

    @property
    def cookies(self) -> Mapping[str, str]:
        """The web cookies by name; empty when there is none."""
        return {cookie.name: cookie.value for cookie in self.session().cookies}

    @property
    def platform(self) -> str | None:
        """Whose token it is, or None: it is not known."""
        return self.session().platform

    @property
    def mid(self) -> int:
        """The account's number; 0 when it is not known."""
        return self.session().mid

    def _given(self) -> Session:
        return self._session

    def _kept(self) -> Keeper:
        keeper = super()._kept()
        keeper.signs_in = self._sign_in if self.account and self.password else None
        return keeper

    async def access(self) -> Access:
        """Return what requests may use now; signs in first where there is nothing but account and password.

        Raises:
            ApiException: As `login`; or the login is dead and needs a person.
        """
        if not self.cookies:
            try:
                self.access_key = await self.get_access_key()
            except ApiException as error:
                await self._kept().begin_after(error)
        return await super().access()

    async def login(self) -> None:
        """Sign in with account and password and set `access_key` (sections 2.1, 2.2).

        Callers that come while it runs share one login.

        Raises:
            ArgsException: There are no account and password.
            VerificationRequired: The login wants a second factor; the error says what to do.
            ResponseCodeException: It was refused: -629 (wrong password), -105 (captcha wanted), 86066 (frozen
                route) and so on; where a person is needed, the error says what to do.
            NetworkException: The network failed.
        """
        await self._kept().sign_in()

    async def get_access_key(self) -> str:
        """Return the access key, signing in first when there is none.

        Raises:
            ArgsException: There are only cookies.
            ApiException: As `login`.
        """
        if not self.access_key:
            await self.login()
        return self.access_key or ""

    async def renew(self, stale: str) -> str | None:
        """Return an access key other than `stale`, or None when account and password are not known.

        Raises:
            ApiException: As `login`.
        """
        if not (self.account and self.password):
            return None
        if self.access_key == stale:
            await self.login()
        return self.access_key

    async def _sign_in(self) -> Token:
        from .login import sign_in  # noqa: PLC0415 - few log in by password

        return await sign_in(self.options, self.account or "", self.password or "")

    def __repr__(self) -> str:
        known = [name for name in ("access_key", "account", "password", "cookies") if getattr(self, name)]
        return f"<VideoUploaderCredential with {', '.join(known) or 'nothing'}>"

    def __setstate__(self, state: Mapping[str, object]) -> None:
        del state
        super().__init__()
        self.account = self.password = None
        self._session = Session()

    def __copy__(self) -> VideoUploaderCredential:
        made = VideoUploaderCredential(
            self.access_key,
            self.account,
            self.password,
            cookies=self.cookies,
            log_in_again=self._log_in_again,
            options=self._options,
        )
        made.share(self)
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> VideoUploaderCredential:
        return self.__copy__()
