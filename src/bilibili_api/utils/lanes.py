"""The two ways of calling handlers: coroutine functions in the event loop, plain functions in threads.

Both deliver what is lined up in the order of its numbers, one start after another, and leave a handler that
does not return behind with its task or thread.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import heapq
import inspect
import threading
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Final, cast

from .delivery import Delivery, Listener, log

if TYPE_CHECKING:
    from collections.abc import Awaitable

OVERTAKE_AFTER: Final = 0.1
"""Seconds a plain function may take before the ones behind it go on without it."""
LINGER: Final = 1.0
"""Seconds a thread waits for more to do before it ends."""


def is_coroutine_handler(handler: object) -> bool:
    """Tell whether calling `handler` gives a coroutine, as far as that can be known beforehand."""
    while isinstance(handler, functools.partial):
        handler = cast("functools.partial[object]", handler).func
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(type(handler).__call__)


class _Queue:
    """Deliveries whose handlers are free, by number."""

    def __init__(self) -> None:
        self._ready: list[tuple[int, Delivery]] = []

    def __bool__(self) -> bool:
        return bool(self._ready)

    def push(self, delivery: Delivery) -> None:
        heapq.heappush(self._ready, (delivery.number, delivery))

    def pop(self) -> Delivery:
        return heapq.heappop(self._ready)[1]


class LoopLane:
    """Calls coroutine functions, each delivery in a task of its own, started one after another.

    Attributes:
        loop: The loop in which something was last dispatched or drained.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self._lock = lock
        self._queue = _Queue()
        self._starter: asyncio.Task[None] | None = None
        self._calls: dict[Listener, asyncio.Task[None]] = {}
        self._unbegun: set[Delivery] = set()

    def push(self, delivery: Delivery) -> None:
        """Line `delivery` up. The lock is held."""
        self._queue.push(delivery)

    def note_loop(self) -> bool:
        """Remember the running loop, if the caller runs in one; return whether it does."""
        try:
            self.loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        return True

    def wake(self) -> None:
        """Start what is lined up: here, in the loop last seen, or, without one, the next time."""
        here = self.note_loop()
        with self._lock:
            if not self._queue or self._starting() or self.loop is None:
                return
            if here:
                self._starter = self.loop.create_task(self._start_all(), name="bilibili_api events")
                return
        with suppress(RuntimeError):  # that loop has been closed: the next one delivers
            self.loop.call_soon_threadsafe(self.wake)

    def cancel(self, listener: Listener) -> bool:
        """Cancel the call `listener` is in; return whether there is one."""
        with self._lock:
            task = self._calls.get(listener)
        if task is None:
            return False
        with suppress(RuntimeError):  # its loop has been closed
            task.get_loop().call_soon_threadsafe(task.cancel)
            return True
        return False

    def _starting(self) -> bool:
        """Tell whether a starter is at work; one that a stopped or closed loop has left behind is not."""
        starter = self._starter
        return starter is not None and not starter.done() and starter.get_loop().is_running()

    async def _start_all(self) -> None:
        me = asyncio.current_task()
        while True:
            with self._lock:
                if self._starter is not me:
                    return
                if not self._queue:
                    self._starter = None
                    return
                delivery = self._queue.pop()
                call = asyncio.create_task(self._call(delivery), name=f"bilibili_api {delivery.event}")
                self._calls[delivery.listener] = call
                self._unbegun.add(delivery)
            call.add_done_callback(functools.partial(self._ended, delivery))
            await asyncio.sleep(0)  # the handler takes its first step before the next one is started

    async def _call(self, delivery: Delivery) -> None:
        self._unbegun.discard(delivery)
        try:
            result = delivery.call()
            if inspect.isawaitable(result):
                await result
        except asyncio.CancelledError as error:
            if cast("asyncio.Task[None]", asyncio.current_task()).cancelling():
                raise
            delivery.log_failure(error)  # the handler's own: it awaited something that was cancelled
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a handler raises ends here
            delivery.log_failure(error)
        self._finish(delivery)
        self.wake()

    def _ended(self, delivery: Delivery, call: asyncio.Task[None]) -> None:
        """Clean up after a call; one that was cancelled with its loop before it began is left to the next."""
        with self._lock:
            if delivery in self._unbegun:
                self._unbegun.discard(delivery)
                self._queue.push(delivery)
            else:
                self._finish(delivery)
            if self._calls.get(delivery.listener) is call:
                del self._calls[delivery.listener]
        if not call.cancelled():
            call.exception()  # KeyboardInterrupt and the like: the loop has raised it already

    def _finish(self, delivery: Delivery) -> None:
        with self._lock:
            following = delivery.listener.finish(delivery)
            if following is not None:
                self._queue.push(following)


class ThreadLane:
    """Calls plain functions in threads: usually in one, which leads.

    When the function the leader is in takes long, another thread takes the lead, and the first one keeps to
    that handler until it has caught up. So one thread serves any number of quick handlers, in order, and each
    slow one costs a thread while it is slow.
    """

    def __init__(self, lock: threading.RLock, loop_lane: LoopLane) -> None:
        self._lock = lock
        self._change = threading.Condition(lock)
        self._loop_lane = loop_lane
        self._queue = _Queue()
        self._lead: Delivery | None = None
        self._lead_since = 0.0
        self._waiting = 0
        self._dismissed = False
        self._awaited: dict[Listener, concurrent.futures.Future[object]] = {}

    def push(self, delivery: Delivery) -> None:
        """Line `delivery` up. The lock is held."""
        self._queue.push(delivery)
        self._dismissed = False

    def wake(self) -> None:
        """Let a thread see to what is lined up."""
        with self._lock:
            if not self._queue:
                return
            if self._waiting:
                self._change.notify()
            else:
                self._hire()

    def dismiss(self) -> None:
        """Let the threads end that have nothing to do."""
        with self._lock:
            self._dismissed = True
            self._change.notify_all()

    def cancel(self, listener: Listener) -> bool:
        """Cancel the awaitable the function of `listener` has returned; return whether there is one."""
        with self._lock:
            awaited = self._awaited.get(listener)
        return awaited is not None and awaited.cancel()

    def _hire(self) -> None:
        self._waiting += 1
        try:
            threading.Thread(target=self._work, name="bilibili_api events", daemon=True).start()
        except (
            RuntimeError
        ) as error:  # no more threads, or the interpreter is ending: the next event tries again
            self._waiting -= 1
            log.warning("no thread could be started to deliver events: %s", error)

    def _work(self) -> None:
        while True:
            with self._lock:
                delivery = self._next()
                self._waiting -= 1
                if delivery is None:
                    return
                if self._queue and not self._waiting:
                    self._hire()  # it takes the lead should this delivery take long
            self._deliver(delivery)
            with self._lock:
                self._waiting += 1

    def _next(self) -> Delivery | None:
        """Wait for the lead and something to deliver; None when there has been nothing to do for long."""
        until = monotonic() + LINGER
        while True:
            now = monotonic()
            overtake = self._lead_since + OVERTAKE_AFTER
            if self._queue and (self._lead is None or now >= overtake):
                self._lead, self._lead_since = self._queue.pop(), now
                return self._lead
            if self._queue:
                self._change.wait(overtake - now)
            elif now < until and not self._dismissed:
                self._change.wait(until - now)
            else:
                return None

    def _deliver(self, delivery: Delivery) -> None:
        following: Delivery | None = delivery
        while following is not None:
            delivery = following
            self._call(delivery)
            with self._lock:
                following = delivery.listener.finish(delivery)
                if self._lead is delivery:  # not overtaken: whoever leads next takes what is oldest
                    self._lead = None
                    if following is not None:
                        self._queue.push(following)
                    return

    def _call(self, delivery: Delivery) -> None:
        try:
            result = delivery.call()
            if inspect.isawaitable(result):
                self._await(result, delivery)
        except BaseException as error:  # noqa: BLE001 - whatever a handler raises ends here
            delivery.log_failure(error)

    def _await(self, result: Awaitable[object], delivery: Delivery) -> None:
        """Await in the loop what a plain function has returned."""
        loop = self._loop_lane.loop
        if loop is None or not loop.is_running():
            if inspect.iscoroutine(result):
                result.close()
            raise RuntimeError("the handler returned an awaitable, but no event loop is running to await it")

        async def outcome() -> object:
            return await result

        future = asyncio.run_coroutine_threadsafe(outcome(), loop)
        with self._lock:
            self._awaited[delivery.listener] = future
        try:
            while not concurrent.futures.wait([future], timeout=LINGER).done and not loop.is_closed():
                pass
            if future.done():
                future.result()
        finally:
            with self._lock:
                del self._awaited[delivery.listener]
