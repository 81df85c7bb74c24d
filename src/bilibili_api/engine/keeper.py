"""One login for everybody who uses it: checked before use, renewed once for all workers and processes."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ApiException, ArgsException
from bilibili_api.protocol.tokens import PC_TOOL
from bilibili_api.saying import say

from .asking import asking
from .kept import Kept, is_same
from .renewal import Health, check, halves, needs_person
from .shared import Shared

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bilibili_api.protocol.interfaces import Access, Need
    from bilibili_api.protocol.login import Token
    from bilibili_api.protocol.tokens import Session

    from .accounts import Place
    from .asking import Asking
    from .options import Options
    from .renewal import Checkup

    LogIn = Callable[[], Awaitable[Session | None]]
    SignIn = Callable[[], Awaitable[Token]]

_CHECKED_FOR: Final = 3600.0
"""Seconds for which a login that was found good is not asked about again."""

_MISTYPED: Final = frozenset({"WRONG_PASSWORD", "NO_SUCH_ACCOUNT", ArgsException.kind})
"""Kinds of refusals of the first login that are told at once: what was given has to be mended."""

HALF: Final[dict[Need, str]] = {"token": say("access key"), "cookies": say("cookies")}
"""What the halves of a login are called."""

log = logging.getLogger("bilibili_api")


class Keeper:
    """Looks after one login.

    A login may have two halves, an access key and cookies. When one of them dies and cannot be renewed, the
    login goes on with the other one.

    Args:
        session: The login.
        options: Server, patience, clock and dice.
        place: Where it is kept; None: in memory only.
        log_in: Called when only a person can help; returns another login, or None.

    Attributes:
        signs_in: Gets an access key with account and password; None while they are not known.
        asks_person: Whether a person is being waited for.
    """

    def __init__(
        self,
        session: Session,
        options: Options,
        place: Place | None = None,
        log_in: LogIn | None = None,
    ) -> None:
        self._kept = Kept(session, place, options.world)
        self._options = options
        self._log_in = log_in
        self.signs_in: SignIn | None = None
        self.asks_person = False
        self._dead: frozenset[Need] = frozenset()
        """The half that is not used any more; kept, since it still belongs to the login's file."""
        self._checked_at: float | None = None
        self._found: Checkup | None = None
        """What a check has just found, for the renewal that follows from it."""
        self._beginning = Shared(self._ask_person)
        self._signing_in = Shared(self._sign_in_anew)
        self._checking = Shared(self._check)
        self._renewing = Shared(self._renew)

    def take_way(self, options: Options) -> None:
        """Connect as these options say from now on; clock and patience stay."""
        self._options = replace(self._options, server=options.server, network=options.network)

    @property
    def session(self) -> Session:
        """The login as it stands, with both of its halves."""
        return self._kept.session

    async def access(self) -> Access:
        """Return what requests may use now; asks first whether it is good, and renews it when it ends soon.

        Raises:
            ApiException: It is dead and cannot be renewed without a person, or the network failed.
        """
        elapsed = self._options.world.elapsed()
        if self._checked_at is None or elapsed - self._checked_at > _CHECKED_FOR:
            await self._checking.run()
        return self._access()

    async def renewed(self, stale: Access) -> Access | None:
        """Return other access than `stale`, or None when there is no way to it without a person.

        Raises:
            ApiException: The network failed, or signing in was refused.
        """
        if is_same(self._access(), stale) and not await self._changed():
            return None
        return self._access()

    async def renew(self) -> bool:
        """Renew the login now, whatever its age; return whether there is another one.

        Raises:
            ApiException: As `renewed`.
        """
        stale = self.session.access()
        await self._renewing.run()
        return not is_same(self.session.access(), stale)

    async def sign_in(self) -> None:
        """Get another access key with account and password; callers meanwhile share it, its failure included.

        Raises:
            ArgsException: They are not known.
            ApiException: It was refused, or the network failed.
        """
        await self._signing_in.run()

    async def begin_after(self, error: ApiException) -> None:
        """Have a person log in, where signing in for the first time did not work and that may help.

        Raises:
            ApiException: It does not help, or nobody logged in: the error that was given.
        """
        if self._log_in is None or not needs_person(error) or error.kind in _MISTYPED:
            raise error
        log.warning(say("signing in with account and password failed: {error}", error=error))
        await self._beginning.run()
        if self.session.token is None and not self.session.cookies:
            raise error

    def _access(self) -> Access:
        whole = self.session.access()
        return replace(
            whole,
            token=None if "token" in self._dead else whole.token,
            cookies=None if "cookies" in self._dead else whole.cookies,
        )

    async def _changed(self) -> bool:
        stale = self._access()
        await self._renewing.run()
        return not is_same(self._access(), stale)

    async def _sign_in_anew(self) -> None:
        if self.signs_in is None:
            raise ArgsException(
                say("There are no account and password to sign in with."),
                hint=say("Make a new VideoUploaderCredential; secrets do not survive pickling."),
            )
        token = await self.signs_in()
        fresh = replace(
            self.session,
            mid=token.mid,
            token=token.access_key,
            refresh_token=None,
            platform=PC_TOOL,
            expires_in=None,
            issued=None,
        )
        await self._kept.replace(fresh)
        self._dead -= {"token"}
        self._checked_at = self._options.world.elapsed()

    async def _check(self) -> None:
        before = self.session
        try:
            async with asking(self._options) as ask:
                await self._kept.look(ask)
                found = await check(ask, self.session)
        except ArgsException:
            raise
        except ApiException as error:  # must not stop an upload that may well work
            log.warning(
                say(
                    "whether the login is good cannot be found out, so it is used as it is: {error}",
                    error=error,
                )
            )
        else:
            self._kept.session = found.session
            if not is_same(self.session.access(), before.access()):
                self._dead = frozenset()
            await self._act_on(found)
        self._checked_at = self._options.world.elapsed()

    async def _act_on(self, found: Checkup) -> None:
        usable = halves(found.session) - found.dead
        if not found.dead:
            self._dead = frozenset()
        elif usable and found.dead <= self._dead:  # known already, and nothing helped
            return
        if found.error is not None and not found.dead:
            log.warning(
                say("the access key cannot be checked, and is used as it is: {error}", error=found.error)
            )
        if found.health is Health.GOOD:
            return
        self._found = found
        try:
            await (self._renew_dead(found) if found.dead else self._renew_early())
        finally:
            self._found = None

    async def _renew_dead(self, found: Checkup) -> None:
        if not await self._changed() and found.error is not None:
            raise found.error

    async def _renew_early(self) -> None:
        try:
            done = await self._changed()
        except ApiException as error:
            log.warning(say("the login ends soon and could not be renewed yet: {error}", error=error))
            return
        if not done:
            log.warning(say("the login ends soon and cannot be renewed by itself: log in again"))

    async def _renew(self) -> None:
        """Get a login that works: renewed, signed in anew, what is left of it, a person's; in this order."""
        stale, before = self.session, self._access()
        async with asking(self._options) as ask:
            await self._kept.renew(ask)
            if not is_same(self.session.access(), stale.access()):
                self._dead = frozenset()
                return
            await self._make_do(await self._refused(ask))
        still_good = self._found is not None and not self._found.dead
        if not still_good and is_same(self._access(), before):
            await self._ask_person()

    async def _refused(self, ask: Asking) -> frozenset[Need]:
        """Return the halves that are not accepted; of a login with one half, that is known without asking."""
        if self._found is not None:
            return self._found.dead
        own = halves(self.session)
        if len(own) < len(HALF):
            return own
        try:
            return frozenset((await check(ask, self.session)).refusals)
        except ApiException as error:
            log.warning(
                say("whether a half of the login is still good cannot be found out: {error}", error=error)
            )
            return frozenset()

    async def _make_do(self, refused: frozenset[Need]) -> None:
        """Sign in anew where that helps, and use no longer what was refused, if something is left."""
        living = halves(self.session) - refused
        if self.signs_in is not None and not (refused and "token" in living):
            try:
                await self.sign_in()
            except ApiException as error:
                if not living and (self._log_in is None or not needs_person(error)):
                    raise
                log.warning(say("signing in with account and password failed: {error}", error=error))
            else:
                refused -= {"token"}
        left = halves(self.session) - refused
        if refused and left and not refused <= self._dead:
            (dead,), (used,) = refused, left
            log.warning(
                say(
                    "the {dead} of the login: not accepted any more, and not to be renewed. The {used} alone "
                    "will be used; log in again to have both.",
                    dead=HALF[dead],
                    used=HALF[used],
                )
            )
            self._dead = refused

    async def _ask_person(self) -> None:
        if self._log_in is None:
            return
        self.asks_person = True
        try:
            fresh = await self._log_in()
        finally:
            self.asks_person = False
        if fresh is None:
            return
        await self._kept.replace(await self._of_same_account(fresh))
        self._dead = frozenset()

    async def _of_same_account(self, fresh: Session) -> Session:
        """Return a person's login if it is one of the account to which what was stored belongs.

        Raises:
            ArgsException: It is another account's.
        """
        needed = self.session.mid
        if needed and not fresh.mid:
            with suppress(ApiException):  # what cannot be found out is taken on trust
                async with asking(self._options) as ask:
                    fresh = (await check(ask, fresh)).session
        if needed and fresh.mid and fresh.mid != needed:
            raise ArgsException(
                say(
                    "The new login is of account {mid}; one of account {needed} is needed, to which "
                    "what was uploaded belongs.",
                    mid=fresh.mid,
                    needed=needed,
                ),
                hint=say("Log in again with that account, or begin a new upload with the other one."),
            )
        return fresh
