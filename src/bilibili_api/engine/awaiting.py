"""Waits until somebody has logged in again, in this process or another one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ApiException, ArgsException
from bilibili_api.saying import say

from .accounts import Shelf
from .asking import asking
from .credential import VideoUploaderCredential
from .options import Options, Server
from .renewal import check

if TYPE_CHECKING:
    from bilibili_api.protocol.tokens import Session

    from .accounts import Place
    from .holder import Holder

Found = Iterator[tuple[str, Callable[[], "tuple[Session, Place | None] | None"]]]
"""Places by their names, each with what reads the login there."""

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

    def places() -> Found:
        place = place_of()
        yield "", lambda: _in_place(place)

    return await _found(_Watch(places, than, options), options)


async def await_account(
    than: Holder, also: Callable[[], Holder | None] | None, options: Options | None
) -> VideoUploaderCredential:
    """Return a good login of the same account as soon as one is kept under any name (section 2.7).

    Args:
        than: The login that was refused. Where nobody knows whose it was, only what is kept from now on
            counts.
        also: Says each time what another place holds, or None.
        options: Server, patience, clock and dice; by default those of `than`.
    """
    options = options or than.options
    shelf, elsewhere = Shelf(), also or (lambda: None)

    def places() -> Found:
        for name in shelf.names():
            yield name, lambda name=name: _in_place(shelf.place(name))
        yield "", lambda: _given(elsewhere)

    watch = _Watch(places, than, options)
    if not than.session().mid:
        watch.leave_out_present()
    return await _found(watch, options)


async def _found(watch: _Watch, options: Options) -> VideoUploaderCredential:
    while (found := await watch.look()) is None:
        await options.world.sleep(EVERY)
    return found


def _in_place(place: Place) -> tuple[Session, Place | None] | None:
    session = place.load()
    return None if session is None else (session, place if session.document else None)


def _given(also: Callable[[], Holder | None]) -> tuple[Session, Place | None] | None:
    holder = also()
    return None if holder is None else (holder.session(), None)


class _Watch:
    """Looks at places; what was found wanting there is not asked about again."""

    def __init__(self, places: Callable[[], Found], than: Holder | None, options: Options) -> None:
        self._places = places
        self._options = options
        self._mid = than.session().mid if than is not None else 0
        self._refused = than.session() if than is not None else None
        self._seen: dict[str, Session] = {}
        self._is_judged = False

    def leave_out_present(self) -> None:
        """Take nothing that is there already."""
        self._seen |= {name: session for name, session, _ in self._new()}

    async def look(self) -> VideoUploaderCredential | None:
        """Return the login that is there now if it is good."""
        for name, session, place in self._new():
            proven = await self._proven(session)
            if proven is not None:
                made = VideoUploaderCredential.of_session(proven, options=self._options)
                made.hold(proven, place)
                return made
            if self._is_judged:
                self._seen[name] = session
        return None

    def _new(self) -> list[tuple[str, Session, Place | None]]:
        """Return what is there and was neither refused nor found wanting."""
        found: list[tuple[str, Session, Place | None]] = []
        with suppress(ArgsException):  # it is being written, or not there yet
            for name, load in self._places():
                with suppress(ArgsException):
                    there = load()
                    old = (self._refused, self._seen.get(name))
                    if there is not None and not any(_is_same(there[0], each) for each in old):
                        found.append((name, *there))
        return found

    async def _proven(self, session: Session) -> Session | None:
        """Return a login, with what was learned of it, if a half of it at least is good."""
        try:
            async with asking(self._options) as ask:
                found = await check(ask, session)
        except ApiException as error:
            log.warning(say("the new login cannot be checked yet: {error}", error=error))
            self._is_judged = False
            return None
        self._is_judged = True
        mid = found.session.mid
        if not found.living:
            log.warning(say("the login that is there now does not work: {error}", error=found.error))
        elif self._mid and mid and mid != self._mid:
            log.warning(
                say(
                    "the new login is of account {number}; one of account {wanted} is needed.",
                    number=mid,
                    wanted=self._mid,
                )
            )
        else:
            return found.session
        return None


def _is_same(one: Session, other: Session | None) -> bool:
    if other is None:
        return False
    mine, theirs = one.access(), other.access()
    return (mine.token, mine.cookies) == (theirs.token, theirs.cookies)
