"""One login where it is kept: read, renewed and replaced in its place, so that none that works is lost."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ApiException, ArgsException, Retry
from bilibili_api.saying import say

from .renewal import finish, needs_person, prove, renew

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.tokens import Session

    from .accounts import Place
    from .asking import Asking
    from .options import World

_GRACE: Final = 10.0
"""Seconds for which the answer to a renewal is waited for by an upload that is being stopped."""

log = logging.getLogger("bilibili_api")


class Kept:
    """A login and its place.

    Args:
        session: The login.
        place: Where it is kept; None: in memory only.
        world: Clock and sleep, for the lock of the place.

    Attributes:
        session: The login as it stands.
    """

    def __init__(self, session: Session, place: Place | None, world: World) -> None:
        self.session = session
        self._place = place
        self._world = world

    async def look(self, ask: Asking) -> None:
        """Take what another process may have put into the place meanwhile.

        Raises:
            ArgsException: The place cannot be read.
            ApiException: What a renewal left behind could not be judged.
        """
        place = self._place
        if place is None:
            return
        if place.load_unproven() is not None:
            async with place.locked(self._world):
                await self._adopt(ask, place)
        self.session = place.load() or self.session

    async def renew(self, ask: Asking) -> None:
        """Renew the login, if there is something to renew it with and that is not refused.

        Raises:
            ArgsException: The place cannot be read or written; nothing was renewed then.
            ApiException: The network failed.
        """
        stale = self.session
        if self._place is not None:
            await self._renew_in_place(ask, self._place, stale)
        elif (fresh := await _unbroken(self._try(ask, stale, None))) is not None:
            await finish(ask, stale, fresh)

    async def replace(self, fresh: Session) -> None:
        """Use and keep a login that came another way, in place of the one that is there.

        Raises:
            ArgsException: The place cannot be written.
        """
        self.session = fresh
        if self._place is not None:
            async with self._place.locked(self._world):
                if _stored(self._place) != fresh:
                    self._place.save(fresh)

    async def _adopt(self, ask: Asking, place: Place) -> None:
        """Judge what an interrupted renewal left beside the login; the place is locked."""
        left, stored = place.load_unproven(), place.load()
        if left is not None and stored is not None and is_same(left.access(), stored.access()):
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
            log.warning(say("a renewed login does not work and is dropped: {error}", error=error))
            place.reject()
            return False
        place.accept()
        return True

    async def _renew_in_place(self, ask: Asking, place: Place, stale: Session) -> None:
        async with place.locked(self._world):
            await self._adopt(ask, place)
            if not is_same(self.session.access(), stale.access()):
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
            log.warning(say("the login was not renewed: {error}", error=error))
            return None
        if fresh is not None:
            self.session = fresh
            if place is not None:
                place.save_unproven(fresh)
        return fresh


def is_same(one: Access, other: Access) -> bool:
    """Whether requests carry the same with both."""
    return (one.token, one.cookies) == (other.token, other.cookies)


def _stored(place: Place) -> Session | None:
    with suppress(ArgsException):  # what cannot be read is not what is to be there
        return place.load()
    return None


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
