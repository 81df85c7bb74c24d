"""What every credential is: a login that is checked before use and renewed once for all who use it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from bilibili_api.exceptions import ArgsException

from .options import Options, Server

if TYPE_CHECKING:
    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.tokens import Session

    from .accounts import Place
    from .keeper import Keeper

LogInAgain = Callable[[], Awaitable["Holder | None"]]


class Holder:
    """A login, whatever it is made of; what uploads and `bilibili_api.account` take."""

    def __init__(self, options: Options | None = None, log_in_again: LogInAgain | None = None) -> None:
        self._options = options
        self._lent: Options | None = None
        self._log_in_again = log_in_again
        self._keeper: Keeper | None = None

    def session(self) -> Session:
        """Return what the login consists of, as it stands.

        Raises:
            ArgsException: There is nothing, or it cannot be used.
        """
        return self._given() if self._keeper is None else self._keeper.session

    def _given(self) -> Session:
        """Return the login as the caller gave it."""
        raise NotImplementedError

    async def access(self) -> Access:
        """Return what requests may use now, after it was checked and, where it ends soon, renewed.

        What could not be checked is used as it is. Of a login with an access key and cookies one half may
        have died for good: then it is left out, which the log says.

        Raises:
            ArgsException: There is nothing to log in with.
            ApiException: The login is dead and needs a person, or the network failed.
        """
        return await self._kept().access()

    async def renewed(self, stale: Access) -> Access | None:
        """Return other access than `stale`, or None when there is no way to it without a person.

        Raises:
            ApiException: The network failed, or signing in was refused.
        """
        return await self._kept().renewed(stale)

    async def renew_now(self) -> bool:
        """Renew the login whatever its age; return whether there is another one.

        Raises:
            ApiException: The network failed.
        """
        return await self._kept().renew()

    @property
    def login_needed(self) -> bool:
        """Whether a person is being waited for: `log_in_again` was called and has not returned yet."""
        return self._keeper is not None and self._keeper.asks_person

    @property
    def options(self) -> Options:
        """Server, patience, clock and dice."""
        if self._options is None and self._lent is not None:
            return Options(server=self._lent.server, network=self._lent.network)
        return self._options or Options(server=Server.from_environment())

    def lend(self, options: Options) -> None:
        """Take the server and the network of an upload, if this login was given no options of its own."""
        if self._options is None:
            self._lent = options
            if self._keeper is not None:
                self._keeper.take_way(options)

    def hold(self, session: Session, place: Place | None) -> None:
        """Use this login from now on; a renewal is written to its place, if it has one."""
        self._keeper = self._make_keeper(session, place)

    def share(self, other: Holder) -> None:
        """Use the same login as another one, so that both check and renew it once."""
        with suppress(ArgsException):  # there is nothing in it that could be used, now or later
            self._keeper = other._kept()

    def _kept(self) -> Keeper:
        if self._keeper is None:
            self._keeper = self._make_keeper(self._given(), None)
        return self._keeper

    def _make_keeper(self, session: Session, place: Place | None) -> Keeper:
        async def log_in() -> Session | None:
            again = await self._log_in_again() if self._log_in_again is not None else None
            return None if again is None else again.session()

        from .keeper import Keeper  # noqa: PLC0415 - with all of renewal; a credential alone should cost little

        return Keeper(session, self.options, place, log_in if self._log_in_again is not None else None)

    def __getstate__(self) -> dict[str, object]:
        """Leave every secret behind: a pickle may end up in a file, a cache or another machine.

        Not empty: the oldest pickle protocols would not call `__setstate__`.
        """
        return {"secrets": None}
