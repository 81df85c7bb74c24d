"""Who uploads (the published credential)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, cast

from bilibili_api.exceptions import ArgsException
from bilibili_api.protocol.interfaces import Access
from bilibili_api.protocol.tokens import PAIRS, Session, checked_token
from bilibili_api.redaction import Secret

from .accounts import Place, Shelf, place_of_file
from .holder import Holder, LogInAgain, jar_of_caller
from .login import sign_in
from .shared import Shared

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from pathlib import Path

    from .calls import Login
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
        access_key: The access key, or None; changes when it is renewed.
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
        given = {"access_key": access_key, "account": account, "password": password}
        for name, value in {**given, "refresh_token": refresh_token, "platform": platform}.items():
            if value is not None and not isinstance(cast("object", value), str):
                raise ArgsException(f"{name} is {type(value).__name__}, not a text.")
        jar = jar_of_caller(cookies)
        if not (access_key or jar or (account and password)):
            raise ArgsException(
                "A credential needs an access_key, cookies, or account and password together.",
                hint="Pass access_key=..., cookies=..., or account=... and password=....",
            )
        if (refresh_token or platform) and not (access_key or jar):
            raise ArgsException(
                "refresh_token and platform belong to an access_key, and none was given.",
                hint="Pass access_key=..., too, or leave them out.",
            )
        self.access_key = access_key
        self.account = account
        self.password = password
        self._session = Session(
            cookies=jar,
            refresh_token=checked_token(refresh_token, "refresh_token") if refresh_token else None,
            platform=_checked_platform(platform),
        )
        self.session().web()
        self._login = Shared(self._sign_in)

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
        place = place_of_file(path)
        try:
            session = place.load()
        except ArgsException as error:
            raise ArgsException(f"{str(path)!r}: {error.msg}", hint=error.hint) from None
        if session is None:
            raise ArgsException(f"There is no file {str(path)!r}.", hint="Check the path, or log in first.")
        return cls._of(session, place if session.document else None, log_in_again, options)

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
        shelf = Shelf(folder)
        name = name or shelf.current()
        if name is None:
            raise ArgsException(
                "No profile is in use.",
                hint=f"Name one of: {', '.join(shelf.names())}." if shelf.names() else "Log in first.",
            )
        shelf.known(name)
        place = shelf.place(name)
        session = place.load()
        if session is None:
            raise ArgsException(f"The profile {name!r} is empty.", hint="Log in again under this name.")
        return cls._of(session, place, log_in_again, options)

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
    def cookies(self) -> Mapping[str, str]:
        """The web cookies by name; empty when there is none."""
        return {cookie.name: cookie.value for cookie in self._session.cookies}

    @property
    def platform(self) -> str | None:
        """Whose token it is, or None: it is not known."""
        return self._session.platform

    @property
    def mid(self) -> int:
        """The account's number; 0 when it is not known."""
        return self._session.mid

    def session(self) -> Session:
        """Return what the login consists of, as it stands.

        Raises:
            ArgsException: The access key cannot be one.
        """
        token = checked_token(self.access_key, "access_key") if self.access_key else None
        if token == self._session.token:
            return self._session
        return Session(
            self._session.mid,
            token,
            self._session.refresh_token,
            self._session.cookies,
            platform=self.platform,
        )

    async def access(self) -> Access:
        """Return what requests may use now.

        A bare access key is used as it is; what can be renewed is checked first.

        Raises:
            ApiException: The login is dead and needs a person, or the network failed.
        """
        if self._is_bare:
            return Access(token=Secret(await self.get_access_key()))
        return await super().access()

    async def renewed(self, stale: Access) -> Access | None:
        """Return other access than `stale`, or None when there is no way to it without a person.

        Raises:
            ApiException: As `login`.
        """
        if not self._is_bare:
            return await super().renewed(stale)
        fresh = await self.renew(stale.token.reveal()) if stale.token else None
        if fresh is not None:
            return Access(token=Secret(fresh))
        return await super().renewed(stale) if self._log_in_again is not None else None

    @property
    def _is_bare(self) -> bool:
        """Whether there is nothing that could be checked or renewed but by account and password."""
        session = self._session
        return not (session.cookies or session.refresh_token or session.platform or self._keeper)

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
        await self._login.run()

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

    async def _sign_in(self) -> None:
        if not (self.account and self.password):
            raise ArgsException(
                "There are no account and password to sign in with.",
                hint="Make a new VideoUploaderCredential; secrets do not survive pickling.",
            )
        token = await sign_in(self.options, self.account, self.password)
        self.access_key = token.access_key.reveal()

    def _show(self, session: Session) -> None:
        self._session = session
        self.access_key = session.token.reveal() if session.token is not None else None

    def __repr__(self) -> str:
        known = [name for name in ("access_key", "account", "password", "cookies") if getattr(self, name)]
        return f"<VideoUploaderCredential with {', '.join(known) or 'nothing'}>"

    def __setstate__(self, state: Mapping[str, object]) -> None:
        del state
        super().__init__()
        self.access_key = self.account = self.password = None
        self._session = Session()
        self._login = Shared(self._sign_in)

    def __copy__(self) -> VideoUploaderCredential:
        made = VideoUploaderCredential(
            self.access_key,
            self.account,
            self.password,
            cookies=self.cookies,
            log_in_again=self._log_in_again,
            options=self._options,
        )
        made._session = self._session
        made.share(self)
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> VideoUploaderCredential:
        return self.__copy__()


def _checked_platform(platform: str | None) -> str | None:
    if platform is None or platform in PAIRS:
        return platform
    raise ArgsException(
        f"platform is {platform!r:.40}, which is unknown.",
        hint=f"Known are: {', '.join(PAIRS)}. Leave it out, then.",
    )


class _Published:
    """Somebody else's credential that has what the published one had."""

    def __init__(self, credential: Any) -> None:
        self._credential = credential

    async def access(self) -> Access:
        return Access(token=Secret(await self._credential.get_access_key()))

    async def renewed(self, stale: Access) -> Access | None:
        renew = getattr(self._credential, "renew", None)
        fresh = await renew(stale.token.reveal()) if renew is not None and stale.token else None
        return Access(token=Secret(fresh)) if fresh else None


def is_login_needed(credential: object) -> bool:
    """Return whether a person is waited for to log in."""
    return isinstance(credential, Holder) and credential.login_needed


def login_of(credential: object) -> Login:
    """Return where access comes from for whatever was passed in as a credential."""
    return credential if isinstance(credential, Holder) else _Published(credential)
