"""The way of one page over a line: next chunk, send, record, tell; then completion.

Senders take whichever chunk is ready next, so that a slow chunk holds up nobody. As many are at work as the
window of the upload allows. Those that find none left send the slowest of the last ones once more where the
line allows it (`hedge.py`).
"""

from __future__ import annotations

import asyncio
import logging
import math
from functools import partial
from typing import TYPE_CHECKING, Any

from bilibili_api.events import VideoUploaderEvents as E
from bilibili_api.exceptions import ApiException, NetworkException, ResponseCodeException, Retry
from bilibili_api.protocol.codes import Step
from bilibili_api.saying import say

from .flow import Flow
from .hedge import Tail
from .retry import Effort, one_error, persist

if TYPE_CHECKING:
    from .dialect import AnyDialect, Chunk, Chunks
    from .hedge import Race
    from .options import Options
    from .page_state import PageState
    from .retry import Leave
    from .source import Source
    from .waits import Tell, Waits
    from .window_gate import Gate

log = logging.getLogger("bilibili_api")


class Transfer:
    """Sends the chunks of one page and completes it."""

    def __init__(
        self, options: Options, waits: Waits, tell: Tell, dialect: AnyDialect, state: PageState, gate: Gate
    ) -> None:
        self._options = options
        self._waits = waits
        self._tell = tell
        self._dialect = dialect
        self._state = state
        self._gate = gate
        self._successes = 0
        self._tail = Tail(options.world.elapsed)

    async def run(self, source: Source, order: int) -> str:
        """Send what the server does not have, complete, and return the md5 of the page if the line wanted it.

        Args:
            source: Its bytes.
            order: The place of the page among those that are sent at the same time.

        Raises:
            ApiException: What could not be helped; the state says what the server has.
        """
        chunks = self._dialect.chunks(source, self._state, self._gate.threads)
        try:
            with self._gate.page(order):
                async with asyncio.TaskGroup() as group:
                    group.create_task(chunks.run())
                    for _ in range(chunks.senders):
                        group.create_task(self._send(chunks, order))
        except BaseExceptionGroup as group:
            raise one_error(group) from None
        self._tell(E.PRE_PAGE_SUBMIT, {"page": self._state.page})
        await asyncio.to_thread(source.check_unchanged)
        await self._complete(chunks.digest())
        return chunks.digest()

    async def _send(self, chunks: Chunks[Any], order: int) -> None:
        while await self._send_next(chunks, order):
            pass
        if self._dialect.may_send_twice:
            await self._help()

    async def _send_next(self, chunks: Chunks[Any], order: int) -> bool:
        """Send a chunk when it is this page's turn; return False if none is left, though others still fly."""
        self._gate.keep_to(order, self._dialect.ceiling(self._state))
        async with self._gate.turn(order):
            chunk = await chunks.next()
            if chunk is None:
                return False
            await self._waits.go_on()
            if self._state.stored.get(chunk.number) != chunk.mark:  # else an earlier start() has sent it
                await self._store(chunk)
            chunks.give_back(chunk)
            return True

    async def _help(self) -> None:
        """Send the slowest chunks that others are at once more, each at most once, until all have ended."""
        while (race := await self._tail.next(self._may_help)) is not None:
            async with self._gate.turn(math.inf):
                await self._waits.go_on()
                slow = race.chunk.number + 1
                log.info(
                    say(
                        "chunk {number} of {chunks} is slow: sent twice.",
                        number=slow,
                        chunks=self._state.chunks,
                    )
                )
                try:
                    await race.enter(self._attempt(race, beside=race.flow))
                except ApiException as error:
                    log.debug("chunk %d of %d: %s", race.chunk.number + 1, self._state.chunks, error)

    def _may_help(self) -> bool:
        """Whether a second attempt takes nothing from others: from chunks of other pages, or of a limit."""
        limit = self._options.limit
        return not self._gate.is_full and (limit is None or limit.in_force is None)

    async def _store(self, chunk: Chunk) -> None:
        size = min(self._state.chunk_size, self._state.size - chunk.offset)
        race = self._tail.begin(chunk, size)
        try:
            await race.enter(self._persist(race))
        finally:
            self._tail.end(race, stored=chunk.number in self._state.stored)

    async def _persist(self, race: Race) -> None:
        chunk = race.chunk
        effort, successes = Effort(Step.CHUNK, self._options), self._successes
        while True:
            effort.begins()
            try:
                return await self._attempt(race)
            except ApiException as error:
                self._tell(E.CHUNK_FAILED, self._event(chunk) | {"info": _info(error)})
                if successes != self._successes:
                    successes = self._successes
                    effort.renew()
                count = effort.failed(error)
                wait = await effort.wait(error, self._leave)
                if wait is None:
                    raise
                failure = error
            what = say("chunk {number} of {chunks}", number=chunk.number + 1, chunks=self._state.chunks)
            await self._waits.retry(what, failure, wait, count)

    @property
    def _leave(self) -> Leave | None:
        """How to go to another line; never once something is stored, since that is not thrown away."""
        return None if self._state.stored else partial(self._dialect.leave, self._state)

    async def _attempt(self, race: Race, beside: Flow | None = None) -> None:
        state, chunk, flow = self._state, race.chunk, Flow()
        if beside is None:
            self._tell(E.PRE_CHUNK, self._event(chunk))
            self._tail.renew(race, flow)
            state.flows.add(flow)
        try:
            with self._gate.watching(flow):
                await self._dialect.send(state, chunk, flow, beside)
            if not await race.won():
                return
            state.flows.add(flow)  # of the two, this one is the chunk's from now on
            await state.store(chunk.number, chunk.mark)
        finally:
            state.flows.discard(flow)
        self._successes += 1
        self._tell(E.AFTER_CHUNK, self._event(chunk))

    def _event(self, chunk: Chunk) -> dict[str, object]:
        return {
            "page": self._state.page,
            "offset": chunk.offset,
            "chunk_number": chunk.number,
            "total_chunk_count": self._state.chunks,
        }

    async def _complete(self, digest: str) -> None:
        try:
            await persist(
                Step.COMPLETE,
                lambda: self._dialect.complete(self._state, digest),
                self._options,
                self._waits,
            )
        except ApiException as error:
            if error.kind == "NOT_OK":  # what the server holds is not what was sent, whatever the reason
                error.retry = Retry.NEW_TICKET
            self._tell(E.PAGE_SUBMIT_FAILED, {"page": self._state.page, "err": error})
            raise
        await self._state.ledger.completed(self._state)
        await self._dialect.ended()


def _info(error: ApiException) -> str:
    """The reason of a failed chunk in the form the published library gave it."""
    if isinstance(error, NetworkException) and error.status:
        return f"Status {error.status}"
    return error.msg if isinstance(error, ResponseCodeException) else str(error)
