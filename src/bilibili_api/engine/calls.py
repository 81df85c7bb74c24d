"""Calls of the interface that carry a login: tried again by their policy, once more with a renewed login."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from bilibili_api.exceptions import ApiException, Retry
from bilibili_api.saying import say

from .pacer import Turns
from .retry import persist
from .waits import Waits

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bilibili_api.protocol.codes import Step
    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.wire import Request, Response

    from .http import Http
    from .options import Options
    from .waits import Tell

T = TypeVar("T")

log = logging.getLogger("bilibili_api")


class Login(Protocol):
    """Where access comes from."""

    async def access(self) -> Access:
        """What requests may use now."""
        ...

    async def renewed(self, stale: Access) -> Access | None:
        """Other access than `stale`, or None when there is no way to get it without a person."""
        ...


class Calls:
    """Makes calls for one login.

    Args:
        http: Connections.
        options: Patience, clock and dice.
        login: Where access comes from.
        tell: Where events about waiting go; None: nobody listens.
    """

    def __init__(self, http: Http, options: Options, login: Login, tell: Tell | None = None) -> None:
        self.http = http
        self.options = options
        self.waits = Waits(options.world, tell)
        self._login = login
        self._waiting = 0

    @property
    def waits_for_login(self) -> bool:
        """Whether a call stands still because it has no access yet."""
        return self._waiting > 0

    async def access(self) -> Access:
        """What requests may use now."""
        return await self._stood(self._login.access())

    async def renewed(self, stale: Access) -> Access | None:
        """Other access than `stale`, or None when there is none; a person may be waited for."""
        return await self._stood(self._login.renewed(stale))

    async def ask(self, step: Step, build: Callable[[Access], Request], parse: Callable[[Response], T]) -> T:
        """Send what `build` makes and return what `parse` finds; see `using`."""

        async def attempt(access: Access) -> T:
            return parse(await self.http.send(build(access)))

        return await self.using(step, attempt)

    async def using(self, step: Step, attempt: Callable[[Access], Awaitable[T]]) -> T:
        """Make an attempt with the login; when it is refused as expired, once more with a renewed one.

        Raises:
            ApiException: What could not be helped.
        """
        access = await self.access()
        try:
            return await self._persist(step, attempt, access)
        except ApiException as error:
            fresh = await self._stood(self._login.renewed(access)) if error.retry is Retry.LOGIN else None
            if fresh is None:
                raise
            log.warning(
                say(
                    "{step}: {error} Tried again with what the login gives now.", step=step.value, error=error
                )
            )
        return await self._persist(step, attempt, fresh)

    async def _persist(self, step: Step, attempt: Callable[[Access], Awaitable[T]], access: Access) -> T:
        turns = Turns.of(self.options, access, step)
        return await persist(
            step, lambda: attempt(self._dated(access)), self.options, self.waits, turns=turns
        )

    async def _stood(self, getting: Awaitable[T]) -> T:
        self._waiting += 1
        try:
            return await getting
        finally:
            self._waiting -= 1

    def _dated(self, access: Access) -> Access:
        """Each attempt is signed with its own time."""
        return replace(access, now=int(self.options.world.now()))
