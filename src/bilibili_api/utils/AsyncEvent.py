"""Registering handlers for named events, and telling them (protocol document, section 9.1)."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from enum import Enum
from itertools import count
from types import BuiltinMethodType, MethodType, MethodWrapperType
from typing import Any, ClassVar, Final, TypeVar

from .delivery import Delivery, Handler, Listener, Registration, log
from .loop_lane import LoopLane, is_coroutine_handler
from .thread_lane import ThreadLane

EVERYTHING: Final = "__ALL__"
"""The name under which a handler hears every event."""

H = TypeVar("H", bound=Callable[[Any], object])


class AsyncEvent:
    """Something that dispatches named events to handlers.

    A name is text in any case, or an enum member, which stands for its value. The name `__ALL__` hears every
    event, after the handlers of the event itself, as `{"name": NAME IN UPPER CASE, "data": data}`.

    A handler takes one argument, the data of the event, and may be

    - a *coroutine function* (or whatever else is one when called: a partial, an object with an asynchronous
      `__call__`): it runs in the event loop, as a task;
    - a *plain function*: it runs outside the event loop, in a thread, so that it may block without stopping
      anything. To reach the loop from there, use `loop.call_soon_threadsafe` or
      `asyncio.run_coroutine_threadsafe`. If it returns an awaitable, that is awaited in the loop.

    What is promised:

    - Each handler hears its events one at a time and in the order in which they happened, whatever the names
      it is registered for. Handlers of the same kind are started in that order as well, while they keep up.
    - A handler that raises or hangs stops neither the dispatcher nor other handlers. Its error is logged to
      the logger `bilibili_api` and never raised.
    - The data are handed on as they are, not copied.
    - Everything here may be called from any thread and from inside a handler.
    - Events for plain functions are delivered without an event loop, too. Those for coroutine functions wait
      for one: they are delivered in the loop in which something was last dispatched or drained, or else from
      the next `dispatch` or `drain` inside a loop on. What one loop had not begun to deliver when it was
      closed, the next one delivers.
    - Threads end by themselves when there is nothing to do, and do not keep the interpreter from ending. Call
      `drain` before that, or the last events may not be delivered.
    """

    _event_aliases: ClassVar[Mapping[str, str]] = {}
    """Other names of events, in upper case, with the name each stands for."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._numbers = count()
        self._registrations: defaultdict[str, list[Registration]] = defaultdict(list)
        self._listeners: list[Listener] = []
        self._ignored: set[str] = set()
        self._loop_lane = LoopLane(self._lock)
        self._thread_lane = ThreadLane(self._lock, self._loop_lane)

    def add_event_listener(self, name: str | Enum, handler: Handler) -> None:
        """Call `handler` with the data of each event of this name, from now on.

        Args:
            name: Name of the event, or `__ALL__`.
            handler: Function or coroutine function of one argument. Added twice, it is called twice.

        Raises:
            TypeError: `name` is not a name, or `handler` cannot be called.
        """
        key = self._key(name)
        if not callable(handler):
            message = f"a handler must be callable, not {type(handler).__name__}; pass the function itself"
            raise TypeError(message)
        with self._lock:
            self._registrations[key].append(Registration(self._listener_of(handler)))

    def on(self, name: str | Enum) -> Callable[[H], H]:
        """Return a decorator that adds the decorated function as a handler of `name`.

        Raises:
            TypeError: `name` is not a name.
        """
        self._key(name)

        def add(handler: H) -> H:
            self.add_event_listener(name, handler)
            return handler

        return add

    def remove_event_listener(self, name: str | Enum, handler: Handler) -> bool:
        """Take back one `add_event_listener` of the same name and handler.

        A call that has begun goes on; events that are still on their way to the handler are not delivered.

        Returns:
            Whether there was one.

        Raises:
            TypeError: `name` is not a name.
        """
        with self._lock:
            registered = self._registrations[self._key(name)]
            for registration in registered:
                if _same(registration.listener.handler, handler):
                    registration.active = False
                    registered.remove(registration)
                    return True
        return False

    def remove_all_event_listener(self) -> None:
        """Take back every `add_event_listener`, as `remove_event_listener` does."""
        with self._lock:
            for registered in self._registrations.values():
                for registration in registered:
                    registration.active = False
            self._registrations.clear()

    def ignore_event(self, name: str | Enum) -> None:
        """Dispatch this event to nobody from now on, `__ALL__` included.

        Raises:
            TypeError: `name` is not a name.
        """
        with self._lock:
            self._ignored.add(self._key(name))

    def remove_ignore_events(self) -> None:
        """Ignore no event any longer."""
        with self._lock:
            self._ignored.clear()

    def dispatch(self, name: str | Enum, data: object = None) -> None:
        """Tell the handlers of `name`, then those of `__ALL__`; return at once, before they have run.

        Args:
            name: Name of the event.
            data: What the handlers are called with.

        Raises:
            TypeError: `name` is not a name.
        """
        event = self._key(name)
        with self._lock:
            if event in self._ignored:
                return
            self._send(event, event, data)
            if event != EVERYTHING and EVERYTHING not in self._ignored:
                self._send(EVERYTHING, event, data)
        self._loop_lane.wake()
        self._thread_lane.wake()

    async def drain(self, patience: float = 10.0) -> None:
        """Wait until every event dispatched so far has been delivered to every handler.

        A slow handler is waited for as long as it gets on with its events. One that spends `patience` in a
        single event is given up: that is logged, a coroutine is cancelled, the events that wait for the
        handler are dropped, and it hears nothing until it returns. Do longer work in a task of your own.
        Events that handlers dispatch meanwhile are waited for as well, for about `patience` more in all.
        A handler that calls `drain` itself is not waited for.

        Args:
            patience: Seconds.
        """
        self._loop_lane.note_loop()
        loop = asyncio.get_running_loop()
        await self._settle(patience)
        until = loop.time() + patience
        while self._busy():
            if loop.time() > until:
                log.warning("handlers keep dispatching events to each other; not waiting for them any longer")
                break
            await self._settle(patience)
        self._thread_lane.dismiss()

    async def _settle(self, patience: float) -> None:
        async with asyncio.TaskGroup() as group:
            for listener in self._busy():
                group.create_task(listener.settle(patience))

    def _busy(self) -> list[Listener]:
        with self._lock:
            return [listener for listener in self._listeners if listener.to_be_waited_for]

    def _send(self, key: str, event: str, data: object) -> None:
        for registration in self._registrations.get(key, ()):
            told = {"name": event, "data": data} if key == EVERYTHING != event else data
            listener = registration.listener
            listener.accept(Delivery(next(self._numbers), registration, event, told))

    def _listener_of(self, handler: Handler) -> Listener:
        """Return what delivers to `handler`: one for all its names, so that it hears them in order."""
        registered = {id(r.listener) for some in self._registrations.values() for r in some}
        self._listeners = [kept for kept in self._listeners if kept.occupied or id(kept) in registered]
        for listener in self._listeners:
            if _same(listener.handler, handler):
                return listener
        lane = self._loop_lane if is_coroutine_handler(handler) else self._thread_lane
        self._listeners.append(Listener(handler, lane, self._lock))
        return self._listeners[-1]

    def _key(self, name: str | Enum) -> str:
        text = name.value if isinstance(name, Enum) else name
        if not isinstance(text, str):
            message = f"the name of an event is text or an enum member with text as its value, not {text!r}"
            raise TypeError(message)
        return self._event_aliases.get(text.upper(), text.upper())


def _same(one: Handler, other: Handler) -> bool:
    """Tell whether both are the same handler; each access to a method makes another object of it."""
    methods = MethodType | BuiltinMethodType | MethodWrapperType
    return one is other or (isinstance(one, methods) and one == other)
