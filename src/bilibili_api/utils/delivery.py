"""Events on their way to a handler: what waits, what is being delivered, who is given up.

A `Listener` is one handler and the events it has not heard yet. It hands one event at a time to its lane
(`loop_lane.py`, `thread_lane.py`), which knows how to call it.
"""

from __future__ import annotations

import asyncio
import functools
import heapq
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

if TYPE_CHECKING:
    from threading import RLock

Handler = Callable[[Any], object]

log: Final = logging.getLogger("bilibili_api")

CLEAN_UP: Final = 1.0
"""Seconds a cancelled handler gets to clean up before it is left behind."""

delivering: Final[ContextVar[Delivery | None]] = ContextVar("delivering", default=None)
"""The delivery in whose handler the current code runs."""


class Lane(Protocol):
    """A way of calling handlers."""

    def push(self, delivery: Delivery) -> None:
        """Line `delivery` up; its handler is free. The lock is held."""
        ...

    def wake(self) -> None:
        """See to it that what is lined up gets delivered. The lock is not held."""
        ...

    def cancel(self, listener: Listener) -> bool:
        """Cancel the call `listener` is in; return whether that is possible."""
        ...


@dataclass(slots=True, eq=False)
class Registration:
    """One `add_event_listener`; no longer active once it was taken back."""

    listener: Listener
    active: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """One event for one handler.

    Attributes:
        number: Grows with each delivery of the dispatcher.
        registration: Why the handler hears it.
        event: Name of the event, in upper case.
        data: What the handler is called with.
    """

    number: int
    registration: Registration
    event: str
    data: object = field(repr=False)

    @property
    def listener(self) -> Listener:
        """Who hears it."""
        return self.registration.listener

    def call(self) -> object:
        """Call the handler and return what it returns; None if its registration was taken back."""
        if not self.registration.active:
            return None
        delivering.set(self)
        return self.listener.handler(self.data)

    def log_failure(self, error: BaseException) -> None:
        """Log that the handler failed."""
        log.error("handler %s failed on event %s", self.listener.name, self.event, exc_info=error)


class DeliveryQueue:
    """Deliveries whose handlers are free, by number."""

    def __init__(self) -> None:
        self._ready: list[tuple[int, Delivery]] = []

    def __bool__(self) -> bool:
        return bool(self._ready)

    def push(self, delivery: Delivery) -> None:
        """Line `delivery` up."""
        heapq.heappush(self._ready, (delivery.number, delivery))

    def pop(self) -> Delivery:
        """Take out the oldest one."""
        return heapq.heappop(self._ready)[1]


class Listener:
    """One handler, and the events it has not heard yet. The lock is the dispatcher's.

    Attributes:
        handler: The handler.
        name: Its name, for the log.
    """

    def __init__(self, handler: Handler, lane: Lane, lock: RLock) -> None:
        self.handler = handler
        self.name = _name_of(handler)
        self._lane = lane
        self._lock = lock
        self._current: Delivery | None = None
        self._backlog: deque[Delivery] = deque()
        self._accepted = 0
        self._settled = 0
        self._given_up = False
        self._watchers: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return f"<Listener {self.name}: {self._settled} of {self._accepted} delivered>"

    @property
    def occupied(self) -> bool:
        """Whether an event is on its way to the handler or being delivered."""
        return self._current is not None

    @property
    def to_be_waited_for(self) -> bool:
        """Whether the code that asks may wait for this handler: it is occupied, and not with the asker."""
        asker = delivering.get()
        return self.occupied and not self._given_up and (asker is None or asker is not self._current)

    def accept(self, delivery: Delivery) -> None:
        """Take one more event. The lock is held."""
        if self._given_up:
            return
        self._accepted += 1
        if self._current is None:
            self._current = delivery
            self._lane.push(delivery)
        else:
            self._backlog.append(delivery)

    def finish(self, delivery: Delivery) -> Delivery | None:
        """Note that `delivery` is done; return the next one, which the caller delivers or pushes.

        The lock is held. Finishing twice does no harm.
        """
        if self._current is not delivery:
            return None
        self._given_up = False
        self._settled += 1
        self._current = self._backlog.popleft() if self._backlog else None
        for tell in self._watchers:
            tell()
        return self._current

    async def settle(self, patience: float) -> None:
        """Wait until what has been accepted so far is delivered.

        Args:
            patience: Seconds the handler may spend in one event before it is given up.
        """
        loop, progress = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            with suppress(RuntimeError):  # that loop has been closed: nobody waits any longer
                loop.call_soon_threadsafe(progress.set)

        with self._lock:
            self._watchers.append(tell)
            target = self._accepted
        try:
            while self._settled < target and self.to_be_waited_for:
                progress.clear()
                before = self._settled
                self._lane.wake()
                in_time = await _came(progress, patience)
                if not in_time and self._settled == before and self._give_up(patience):
                    await _came(progress, CLEAN_UP)
        finally:
            with self._lock:
                self._watchers.remove(tell)

    def _give_up(self, patience: float) -> bool:
        """Give the handler up; return whether its call has been cancelled and is about to end."""
        with self._lock:
            stuck = self._current
            if stuck is None:
                return False
            self._given_up = True
            dropped = len(self._backlog)
            self._backlog.clear()
            self._settled += dropped
        log.error(
            "handler %s has not returned from event %s for %g s and is given up; "
            "%d further events waited for it and are dropped",
            self.name,
            stuck.event,
            patience,
            dropped,
        )
        return self._lane.cancel(self)


async def _came(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await event.wait()
    return False


def _name_of(handler: object) -> str:
    """Return the name of a handler; never its `repr`, which may show the arguments of a partial."""
    while isinstance(handler, functools.partial):
        handler = cast("functools.partial[object]", handler).func
    name = getattr(handler, "__qualname__", None)
    return name if isinstance(name, str) else type(handler).__qualname__
