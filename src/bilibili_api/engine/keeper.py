"""One login for everybody who uses it: checked before use, renewed once for all workers and processes."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ApiException, Retry

from .asking import asking
from .renewal import Health, check, finish, needs_person, prove, renew
from .shared import Shared

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.tokens import Session

    from .accounts import Place
    from .asking import Asking
    from .options import Options

    LogIn = Callable[[], Awaitable[Session | None]]

_CHECKED_FOR: Final = 3600.0
"""Seconds for which a login that was found good is not asked about again."""

_GRACE: Final = 10.0
"""Seconds for which the answer to a renewal is waited for by an upload that is being stopped."""

log = logging.getLogger("bilibili_api")


class Keeper:
    """Looks after one login.

    Args:
        session: The login.
        options: Server, patience, clock and dice.
        place: Where it is kept; None: in memory only.
        log_in: Called when only a person can help; returns another login, or None.
    """

    def __init__(
        self,
        session: Session,
        options: Options,
        place: Place | None = None,
        log_in: LogIn | None = None,
    ) -> None:
        self.session = session
        self._options = options
        self._place = place
        self._log_in = log_in
        self.asks_person = False
        """Whether a person is being waited for."""
        self._checked_at: float | None = None
        self._checking = Shared(self._check)
        self._renewing = Shared(self._renew)

    async def access(self) -> Access:
        """Return what requests may use now; asks first whether it is good, and renews it when it ends soon.

        Raises:
            ApiException: It is dead and cannot be renewed without a person, or the network failed.
        """
        elapsed = self._options.world.elapsed()
        if self._checked_at is None or elapsed - self._checked_at > _CHECKED_FOR:
            await self._checking.run()
        return self.session.access()

    async def renewed(self, stale: Access) -> Access | None:
        """Return other access than `stale`, or None when there is no way to it without a person.

        Raises:
            ApiException: The network failed.
        """
        if _is_same(self.session, stale) and not await self._renewed():
            return None
        return self.session.access()

    async def renew(self) -> bool:
        """Renew the login now, whatever its age; return whether there is another one.

        Raises:
            ApiException: The network failed.
        """
        return await self._renewed()

    async def _check(self) -> None:
        async with asking(self._options) as ask:
            await self._look(ask)
            found = await check(ask, self.session)
            self.session = found.session
            if found.health is Health.GOOD:
                self._checked_at = self._options.world.elapsed()
                return
        try:
            done = await self._renewed()
        except ApiException as error:
            if found.error is not None:
                raise
            log.warning("the login ends soon and could not be renewed yet: %s", error)
            done = False
        if not done and found.error is not None:
            raise found.error
        if not done:
            log.warning("the login ends soon and cannot be renewed by itself: log in again")
        self._checked_at = self._options.world.elapsed()

    async def _look(self, ask: Asking) -> None:
        """Take what another process may have put into the place meanwhile."""
        place = self._place
        if place is None:
            return
        if place.load_unproven() is not None:
            async with place.locked(self._options.world):
                await self._adopt(ask, place)
        self.session = place.load() or self.session

    async def _adopt(self, ask: Asking, place: Place) -> None:
        """Judge what an interrupted renewal left beside the login; the place is locked."""
        left, stored = place.load_unproven(), place.load()
        if left is not None and stored is not None and _is_same(left, stored.access()):
            place.reject()
        elif left is not None:
            await self._settle(ask, place, left)
        self.session = place.load() or self.session

    async def _settle(self, ask: Asking, place: Place, fresh: Session) -> bool:
        """Put a new login in the place of the old one if it works; return whether it does.

        Raises:
            ApiException: It could not be found out: the new login stays beside the old one.
        """
        try:
            await prove(ask, fresh)
        except ApiException as error:
            if error.retry is not Retry.LOGIN:
                raise
            log.warning("a renewed login does not work and is dropped: %s", error)
            place.reject()
            return False
        place.accept()
        return True

    async def _renewed(self) -> bool:
        stale = self.session.access()
        await self._renewing.run()
        return not _is_same(self.session, stale)

    async def _renew(self) -> None:
        stale = self.session
        async with asking(self._options) as ask:
            if self._place is not None:
                await self._renew_in_place(ask, self._place, stale)
            elif (fresh := await _unbroken(self._try(ask, stale, None))) is not None:
                await finish(ask, stale, fresh)
        if self.session is stale and self._log_in is not None:
            await self._ask_person(self._log_in)

    async def _renew_in_place(self, ask: Asking, place: Place, stale: Session) -> None:
        async with place.locked(self._options.world):
            await self._adopt(ask, place)
            if not _is_same(self.session, stale.access()):
                return  # another process was faster
            self.session = stale
            place.save_unproven(stale)  # that there is room is found out before the old login dies
            fresh = await _unbroken(self._try(ask, stale, place))
            if fresh is None:
                place.reject()
                return
            if await self._settle(ask, place, fresh):
                await finish(ask, stale, fresh)
            else:
                self.session = stale

    async def _try(self, ask: Asking, stale: Session, place: Place | None) -> Session | None:
        """Renew, and keep what comes; None where there is nothing to renew it with, or it is refused."""
        try:
            fresh = await renew(ask, stale)
        except ApiException as error:
            if not needs_person(error):
                raise
            log.warning("the login was not renewed: %s", error)
            return None
        if fresh is not None:
            self.session = fresh
            if place is not None:
                place.save_unproven(fresh)
        return fresh

    async def _ask_person(self, log_in: LogIn) -> None:
        self.asks_person = True
        try:
            fresh = await log_in()
        finally:
            self.asks_person = False
        if fresh is None:
            return
        if self._place is not None and self._place.load() != fresh:
            self._place.save(fresh)
        self.session = fresh


async def _unbroken(renewal: Coroutine[None, None, Session | None]) -> Session | None:
    """Renew; who stops this waits a little for the answer: it may be the only login that still works."""
    task = asyncio.get_running_loop().create_task(renewal)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=_GRACE)
        raise
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])


def _is_same(session: Session, access: Access) -> bool:
    own = session.access()
    return (own.token, own.cookies) == (access.token, access.cookies)
