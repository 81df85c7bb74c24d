"""Waits until somebody has logged in again, in this process or another one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ApiException, ArgsException

from .asking import asking
from .credential import VideoUploaderCredential
from .options import Options, Server
from .renewal import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.protocol.tokens import Session

    from .accounts import Place
    from .holder import Holder

EVERY: Final = 3.0
"""Seconds between two looks at the place where the login will be."""

log = logging.getLogger("bilibili_api")


async def await_login(
    place_of: Callable[[], Place], than: Holder | None, options: Options | None
) -> VideoUploaderCredential:
    """Return the login of a place as soon as it is a good one (section 2.7).

    Args:
        place_of: Says where the login is; asked anew each time, since it may move into the keyring.
        than: The login that was refused. It is not taken again, nor one of another account, to which what
            was uploaded does not belong.
        options: Server, patience, clock and dice.
    """
    options = options or (than.options if than is not None else Options(server=Server.from_environment()))
    watch = _Watch(place_of, than, options)
    while (found := await watch.look()) is None:
        await options.world.sleep(EVERY)
    return found


class _Watch:
    """Looks at one place; what was found wanting there is not asked about again."""

    def __init__(self, place_of: Callable[[], Place], than: Holder | None, options: Options) -> None:
        self._place_of = place_of
        self._options = options
        self._mid = than.session().mid if than is not None else 0
        self._refused = than.session() if than is not None else None

    async def look(self) -> VideoUploaderCredential | None:
        """Return the login that is there now if it is good."""
        try:
            place = self._place_of()
            session = place.load()
            if session is None or _is_same(session, self._refused):
                return None
        except ArgsException:  # it is being written, or not there yet
            return None
        session = await self._proven(session)
        if session is None:
            return None
        made = VideoUploaderCredential.of_session(session, options=self._options)
        made.hold(session, place if session.document else None)
        return made

    async def _proven(self, session: Session) -> Session | None:
        """Return a login, with what was learned of it, if a half of it at least is good."""
        try:
            async with asking(self._options) as ask:
                found = await check(ask, session)
        except ApiException as error:
            log.warning("the new login cannot be checked yet: %s", error)
            return None
        mid = found.session.mid
        if not found.living:
            log.warning("the login that is there now does not work: %s", found.error)
        elif self._mid and mid and mid != self._mid:
            log.warning("the new login is of account %d; one of account %d is needed.", mid, self._mid)
        else:
            return found.session
        self._refused = session
        return None


def _is_same(one: Session, other: Session | None) -> bool:
    if other is None:
        return False
    mine, theirs = one.access(), other.access()
    return (mine.token, mine.cookies) == (theirs.token, theirs.cookies)
