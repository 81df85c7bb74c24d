"""What every credential is: a login that is checked before use and renewed once for all who use it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, cast

from bilibili_api.exceptions import ArgsException
from bilibili_api.protocol import cookie_files
from bilibili_api.protocol.tokens import Cookie, Session

from .keeper import Keeper
from .options import Options, Server

if TYPE_CHECKING:
    from bilibili_api.protocol.interfaces import Access

    from .accounts import Place

LogInAgain = Callable[[], Awaitable["Holder | None"]]


class Holder:
    """A login, whatever it is made of; what uploads and `bilibili_api.account` take."""

    def __init__(self, options: Options | None = None, log_in_again: LogInAgain | None = None) -> None:
        self._options = options
        self._log_in_again = log_in_again
        self._keeper: Keeper | None = None

    def session(self) -> Session:
        """Return what the login consists of, as it stands.

        Raises:
            ArgsException: There is nothing, or it cannot be used.
        """
        raise NotImplementedError

    async def access(self) -> Access:
        """Return what requests may use now, after it was checked and, where it ends soon, renewed.

        Raises:
            ApiException: The login is dead and needs a person, or the network failed.
        """
        keeper = self._kept()
        try:
            return await keeper.access()
        finally:
            self._show(keeper.session)

    async def renewed(self, stale: Access) -> Access | None:
        """Return other access than `stale`, or None when there is no way to it without a person.

        Raises:
            ApiException: The network failed.
        """
        keeper = self._kept()
        try:
            return await keeper.renewed(stale)
        finally:
            self._show(keeper.session)

    async def renew_now(self) -> bool:
        """Renew the login whatever its age; return whether there is another one.

        Raises:
            ApiException: The network failed.
        """
        keeper = self._kept()
        try:
            return await keeper.renew()
        finally:
            self._show(keeper.session)

    @property
    def login_needed(self) -> bool:
        """Whether a person is being waited for: `log_in_again` was called and has not returned yet."""
        return self._keeper is not None and self._keeper.asks_person

    @property
    def options(self) -> Options:
        """Server, patience, clock and dice."""
        return self._options or Options(server=Server.from_environment())

    def hold(self, session: Session, place: Place | None) -> None:
        """Use this login from now on; a renewal is written to its place, if it has one."""
        self._show(session)
        self._keeper = self._make_keeper(place)

    def share(self, other: Holder) -> None:
        """Use the same login as another one, so that both renew it once."""
        self._keeper = other._keeper

    def _kept(self) -> Keeper:
        if self._keeper is None:
            self._keeper = self._make_keeper(None)
        return self._keeper

    def _make_keeper(self, place: Place | None) -> Keeper:
        async def log_in() -> Session | None:
            again = await self._log_in_again() if self._log_in_again is not None else None
            return None if again is None else again.session()

        return Keeper(self.session(), self.options, place, log_in if self._log_in_again is not None else None)

    def _show(self, session: Session) -> None:
        """Let the published attributes say what is true now."""
        raise NotImplementedError

    def __getstate__(self) -> dict[str, object]:
        """Leave every secret behind: a pickle may end up in a file, a cache or another machine.

        Not empty: the oldest pickle protocols would not call `__setstate__`.
        """
        return {"secrets": None}


def jar_of_caller(cookies: object) -> tuple[Cookie, ...]:
    """Return cookies as the caller gave them.

    Raises:
        ArgsException: They are neither a mapping of text nor text.
    """
    if cookies is None or cookies == "":
        return ()
    if isinstance(cookies, str):
        return cookie_files.parse_header(cookies).cookies
    if isinstance(cookies, Mapping):
        items = list(cast("Mapping[object, object]", cookies).items())
        if all(isinstance(name, str) and isinstance(value, str) for name, value in items):
            return tuple(Cookie(cast("str", name), cast("str", value)) for name, value in items)
    raise ArgsException(
        f"cookies is {type(cast('object', cookies)).__name__}, neither a mapping of text nor text.",
        hint="Pass {'SESSDATA': ..., 'bili_jct': ...}.",
    )
