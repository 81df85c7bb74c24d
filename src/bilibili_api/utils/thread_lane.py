"""Calls plain functions in threads, so that they may block.

What is lined up is started in the order of its numbers. A function that does not return is left behind with
its thread.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import threading
from time import monotonic
from typing import TYPE_CHECKING, Final

from .delivery import Delivery, DeliveryQueue, Listener, log

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from .loop_lane import LoopLane

OVERTAKE_AFTER: Final = 0.1
"""Seconds a plain function may take before the ones behind it go on without it."""
LINGER: Final = 1.0
"""Seconds a thread waits for more to do before it ends."""


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
        self._queue = DeliveryQueue()
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
