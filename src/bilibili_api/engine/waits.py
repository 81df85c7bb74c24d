"""The waits of one upload: told in the log and as events when they begin, and to be seen while they last."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from bilibili_api.amounts import moment_text
from bilibili_api.events import VideoUploaderEvents as E
from bilibili_api.exceptions import ConnectionLost, Unreachable
from bilibili_api.frozen import frozen
from bilibili_api.saying import say

from .pacer import LIMITS

if TYPE_CHECKING:
    from collections.abc import Generator

    from bilibili_api.exceptions import ApiException

    from .options import World
    from .pacer import Turns

Tell = Callable[[E, object], None]
"""Where events go."""

LONG: Final = 30.0
"""Seconds from which a wait is told by the time of day at which it ends."""

_LONGEST_SLEEP: Final = 3600.0
_DAY: Final = 86400.0

log = logging.getLogger("bilibili_api")


@frozen
class Wait:
    """A long wait that lasts.

    Attributes:
        until: Its end, Unix seconds.
        limit: What for: `too_fast`, `network` or `server`.
    """

    until: float
    limit: str


class Waits:
    """Waits on behalf of one `start()`.

    Args:
        world: Clock and sleep.
        tell: Where events go; None: nobody listens, as when somebody only logs in.
    """

    def __init__(self, world: World, tell: Tell | None = None) -> None:
        self._world = world
        self._tell = tell
        self._lasting: list[Wait] = []
        self.is_stopping = False
        """Whether nothing new is to be begun: who wants to stands still until it is cancelled."""

    async def go_on(self) -> None:
        """Return, unless the upload is being stopped."""
        if self.is_stopping:
            await asyncio.get_running_loop().create_future()

    @property
    def current(self) -> Wait | None:
        """The long wait that ends first, or None."""
        return min(self._lasting, key=lambda wait: wait.until, default=None)

    def tell(self, event: E, data: object) -> None:
        """Dispatch an event."""
        if self._tell is not None:
            self._tell(event, data)

    async def retry(self, what: str, error: ApiException, seconds: float, attempt: int) -> None:
        """Say what is tried again, why and when; then wait for it.

        Args:
            what: The step, or the chunk.
            error: What the last attempt failed with.
            seconds: How long to wait.
            attempt: How many attempts failed like this.
        """
        soon = say("Trying again in {seconds:.1f} s.", seconds=seconds)
        when = _when(self._world.now(), seconds, soon)
        log.warning(say("{what}: {error} {when}", what=what, error=error, when=when))
        self.tell(E.RETRY, {"what": what, "err": error, "wait": seconds, "attempt": attempt})
        await self.go_on()
        with self._seen(_limit_of(error), seconds, error):
            await self._world.sleep(seconds)

    async def turn(self, turns: Turns) -> None:
        """Wait until it is this upload's turn, if another one of the account was told to slow down."""
        while (seconds := min(await turns.ask(), _LONGEST_SLEEP)) > 0:
            soon = say("Going on in {seconds:.1f} s.", seconds=seconds)
            log.warning(
                say(
                    "{what}: Another upload of this account was told to slow down. {when}",
                    what=turns.step.value,
                    when=_when(self._world.now(), seconds, soon),
                )
            )
            with self._seen("too_fast", seconds, None):
                await self._world.sleep(seconds)

    @contextmanager
    def _seen(self, limit: str, seconds: float, error: ApiException | None) -> Generator[None]:
        if seconds < LONG:
            yield
            return
        wait = Wait(self._world.now() + seconds, limit)
        self.tell(E.WAITING, {"limit": limit, "until": wait.until, "err": error})
        self._lasting.append(wait)
        try:
            yield
        finally:
            self._lasting.remove(wait)


def _limit_of(error: ApiException) -> str:
    if error.kind in LIMITS:
        return "too_fast"
    return "network" if isinstance(error, Unreachable | ConnectionLost) else "server"


def _when(now: float, seconds: float, soon: str) -> str:
    """Say what is said of a short wait, and when a long one ends, by the clock on the wall."""
    if seconds < LONG:
        return soon
    if seconds >= _DAY / 2:
        return say("Next try {time}.", time=moment_text(now + seconds))
    form = "%H:%M:%S" if seconds < 600 else "%H:%M"
    return say("Next try {time}.", time=time.strftime(form, time.localtime(now + seconds)))
