"""Ctrl-C, SIGTERM and a terminal that goes: the first asks to stop, the second ends the process at once."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from .report import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import FrameType

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
HANG_UP: Final[signal.Signals | None] = getattr(signal, "SIGHUP", None)
"""The terminal went away; it may say so more than once, which is nobody's impatience."""
SHOW_CURSOR: Final = b"\x1b[?25h\n"


@contextmanager
def stopping(*, asked: Callable[[], object] = lambda: None, live: bool = False) -> Generator[asyncio.Event]:
    """Turn the first signal into an event of the running loop.

    Args:
        asked: Called in the loop when the first signal has come.
        live: Whether a live picture hides the cursor, which a sudden end has to give back.

    Yields:
        An event that is set when the first signal has come.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def ask() -> None:
        stop.set()
        asked()

    def handle(number: int, _frame: FrameType | None) -> None:
        nonlocal handle_next
        if handle_next is end and number == HANG_UP:
            return
        handle_next()
        handle_next = end

    def end() -> None:
        if live:
            os.write(1, SHOW_CURSOR)
        os._exit(ExitCode.STOPPED)  # threads may be reading a slow disk: whoever asks twice does not wait

    def first() -> None:
        loop.call_soon_threadsafe(ask)

    handle_next: Callable[[], None] = first
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield stop
        return
    before = {number: signal.signal(number, handle) for number in _heeded()}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _heeded() -> list[signal.Signals]:
    """The signals that stop an upload; `nohup` wants it to outlive its terminal."""
    if HANG_UP is None or signal.getsignal(HANG_UP) is signal.SIG_IGN:
        return [*SIGNALS]
    return [*SIGNALS, HANG_UP]
