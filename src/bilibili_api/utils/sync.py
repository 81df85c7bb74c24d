"""Running a coroutine from synchronous code."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import inspect
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


def sync(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run `coroutine` to its end and return its result.

    Where a loop already runs in this thread (a notebook, a GUI), the coroutine gets a loop of its own in
    another thread, and this thread waits for it. It cannot await what belongs to the running loop then.
    Ctrl-C cancels the coroutine, waits until it has cleaned up, and raises `KeyboardInterrupt`.

    Args:
        coroutine: What a coroutine function returns: `sync(uploader.start())`.

    Raises:
        TypeError: It is not a coroutine.
    """
    if not inspect.iscoroutine(coroutine):
        message = f"sync() runs a coroutine, as in sync(uploader.start()), not {type(coroutine).__name__}"
        raise TypeError(message)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    return _run_beside(coroutine)


def _run_beside(coroutine: Coroutine[Any, Any, T]) -> T:
    ready: concurrent.futures.Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = (
        concurrent.futures.Future()
    )

    async def host() -> None:
        stop = asyncio.Event()
        ready.set_result((asyncio.get_running_loop(), stop))
        await stop.wait()

    def serve() -> None:
        try:
            with asyncio.Runner() as runner:
                runner.run(host())
        except BaseException as error:  # noqa: BLE001 - the thread that waits raises it
            if not ready.done():
                ready.set_exception(error)  # there is no loop to be had

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(serve,), name="bilibili_api sync", daemon=True)
    thread.start()
    try:  # Ctrl-C may come at any line from here on
        loop, _ = ready.result()
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()
    except concurrent.futures.CancelledError:
        raise asyncio.CancelledError from None
    finally:
        with contextlib.suppress(Exception):  # no loop was to be had; closed: the coroutine raised SystemExit
            loop, stop = ready.result()
            loop.call_soon_threadsafe(stop.set)  # what still runs there is cancelled and waited for
        thread.join()
