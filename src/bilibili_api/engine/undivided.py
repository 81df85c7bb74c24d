"""Work in a thread that is not left alone: who is stopped meanwhile waits until it is done."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


async def undivided(work: Callable[[], T]) -> T:
    """Do something in a thread, to its end: it cannot be stopped, and must not go on behind one's back."""
    doing = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        if not doing.cancelled():
            doing.exception()  # nobody else asks for it
        raise
