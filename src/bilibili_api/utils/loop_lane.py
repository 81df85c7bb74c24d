"""Calls coroutine functions in the event loop.

What is lined up is started in the order of its numbers. A coroutine that does not return is left behind with
its task.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from .delivery import Delivery, DeliveryQueue, Listener

if TYPE_CHECKING:
    import threading


def is_coroutine_handler(handler: object) -> bool:
    """Tell whether calling `handler` gives a coroutine, as far as that can be known beforehand."""
    while isinstance(handler, functools.partial):
        handler = cast("functools.partial[object]", handler).func
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(type(handler).__call__)


class LoopLane:
    """Calls coroutine functions, each delivery in a task of its own, started one after another.

    Attributes:
        loop: The loop in which something was last dispatched or drained.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self._lock = lock
        self._queue = DeliveryQueue()
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
            if here:
                self._take_back()
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

    def _take_back(self) -> None:
        """Line up again what a loop had not begun when it was stopped."""
        for delivery in list(self._unbegun):
            if not self._calls[delivery.listener].get_loop().is_running():
                del self._calls[delivery.listener]
                self._unbegun.discard(delivery)
                self._queue.push(delivery)

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
        with self._lock:
            if delivery not in self._unbegun:
                return  # taken back
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
            if self._calls.get(delivery.listener) is call:
                del self._calls[delivery.listener]
                if delivery in self._unbegun:
                    self._unbegun.discard(delivery)
                    self._queue.push(delivery)
                else:
                    self._finish(delivery)
        if not call.cancelled():
            call.exception()  # KeyboardInterrupt and the like: the loop has raised it already

    def _finish(self, delivery: Delivery) -> None:
        with self._lock:
            following = delivery.listener.finish(delivery)
            if following is not None:
                self._queue.push(following)
