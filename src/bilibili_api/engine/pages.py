"""The pages of an upload: big ones one after the other, small ones several at a time.

A page of fewer chunks than may be in flight leaves room, and its target and its completion take longer than
its bytes: the next ones use that. All keep to one window, the earlier page first; targets are asked for one
by one.
"""

from __future__ import annotations

import asyncio
from itertools import groupby
from typing import TYPE_CHECKING, Final

from .options import CHUNK_MEMORY
from .retry import one_error
from .upload import recheck, upload_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .calls import Calls
    from .dialect import AnyDialect
    from .origin import Origin
    from .page_state import PageState
    from .waits import Tell
    from .window_gate import Gate

PAGES_AT_ONCE: Final = 4
"""Small pages that are under way together. More would not help: their targets are asked for one by one."""
SMALL: Final = CHUNK_MEMORY // PAGES_AT_ONCE
"""Bytes of the largest page that counts as small: together they stay within the memory of one that is big."""


class Pages:
    """Uploads what is missing of all pages.

    Args:
        calls: To Bilibili.
        tell: Where events go.
        dialect_of: The line that a page goes over.
        gate: By which all keep to one window.
    """

    def __init__(
        self, calls: Calls, tell: Tell, dialect_of: Callable[[PageState], AnyDialect], gate: Gate
    ) -> None:
        self._calls = calls
        self._tell = tell
        self._dialect_of = dialect_of
        self._gate = gate

    async def upload(self, origins: Sequence[Origin], states: Sequence[PageState]) -> None:
        """Upload them; the first error ends all that is under way.

        Raises:
            ApiException: What could not be helped; the states say what the server has.
        """
        with self._gate.looking():
            for together in self._together(origins, states):
                try:
                    await self._upload_together(together, origins, states)
                except BaseExceptionGroup as group:
                    raise one_error(group) from None

    def _together(self, origins: Sequence[Origin], states: Sequence[PageState]) -> Iterator[list[int]]:
        """Places of the pages that go together: neighbours that are small, or another one alone."""

        def may_share(place: int) -> bool:
            return origins[place].is_its_own and self._is_small(states[place])

        for may, places in groupby(range(len(states)), may_share):
            if may:
                yield list(places)
            else:
                yield from ([place] for place in places)

    def _is_small(self, state: PageState) -> bool:
        chunk = state.chunk_size or self._dialect_of(state).usual_chunk()
        return 0 < state.size <= SMALL and -(-state.size // chunk) < self._gate.threads

    async def _upload_together(
        self, places: list[int], origins: Sequence[Origin], states: Sequence[PageState]
    ) -> None:
        room = asyncio.Semaphore(min(PAGES_AT_ONCE, self._gate.threads))

        async def upload(place: int) -> None:
            try:
                await self._upload(place, origins[place], states[place])
            finally:
                room.release()

        async with asyncio.TaskGroup() as group:
            for place in places:
                await room.acquire()
                group.create_task(upload(place))

    async def _upload(self, place: int, origin: Origin, state: PageState) -> None:
        await recheck(origin, state)
        if state.filename is None:
            await self._calls.waits.go_on()
            await upload_page(self._calls, self._tell, self._dialect_of, origin, state, self._gate, place)
