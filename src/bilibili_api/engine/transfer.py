"""The way of one page over the PC line: read, hash, send, record, tell (protocol document, section 3).

Senders, as many as `threads`, take whichever chunk is ready next, so that a slow chunk holds up nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bilibili_api.events import VideoUploaderEvents as E
from bilibili_api.exceptions import ApiException, NetworkException, ResponseCodeException
from bilibili_api.protocol import pc
from bilibili_api.protocol.codes import Step

from .chunks import Chunk, ChunkReader
from .flow import Flow
from .retry import BACKOFF, announce, one_error, persist

if TYPE_CHECKING:
    from .http import Http
    from .options import Options
    from .source import Source

Tell = Callable[[E, object], None]


@dataclass(slots=True)
class PageState:
    """What is known of one page; outlives a failed `start()`, so that the next one sends only the rest.

    Attributes:
        page: The caller's page, as it appears in the events.
        title: Title of the part.
        description: Description of the part.
        name: The local file name that is told to the server.
        size: Bytes, once known.
        ticket: Where its chunks go, or None.
        chunk_size: Bytes of a chunk; fixed with the ticket.
        stored: md5 of each chunk the server has, by its number, counted from 0.
        filename: The server's name of the completed page, or None.
        flows: What is under way.
    """

    page: object
    title: str = ""
    description: str = ""
    name: str = ""
    size: int = 0
    ticket: pc.Ticket | None = None
    chunk_size: int = 0
    stored: dict[int, str] = field(default_factory=dict[int, str])
    filename: str | None = None
    flows: set[Flow] = field(default_factory=set[Flow])

    @property
    def chunks(self) -> int:
        """Number of chunks."""
        return pc.chunk_count(self.size, self.chunk_size) if self.chunk_size else 0

    @property
    def stored_bytes(self) -> int:
        """Bytes of the chunks that the server has."""
        if self.filename is not None:
            return self.size
        short = self.chunks * self.chunk_size - self.size if self.chunks - 1 in self.stored else 0
        return len(self.stored) * self.chunk_size - short

    def forget_ticket(self) -> None:
        """The target is dead, and with it what was stored there."""
        self.ticket = None
        self.stored.clear()


class Transfer:
    """Sends the chunks of one page and completes it."""

    def __init__(
        self, http: Http, options: Options, tell: Tell, source: Source, state: PageState, ticket: pc.Ticket
    ) -> None:
        self._http = http
        self._options = options
        self._tell = tell
        self._source = source
        self._state = state
        self._ticket = ticket
        self._last_success = options.world.elapsed()

    async def run(self, threads: int) -> str:
        """Send what the server does not have, complete, and return the md5 of the whole page.

        Raises:
            ApiException: What could not be helped; the state says what the server has.
        """
        state = self._state
        chunks = ChunkReader(self._source, state.size, state.chunk_size, threads)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(chunks.run())
                for _ in range(chunks.senders):
                    group.create_task(self._send(chunks))
        except BaseExceptionGroup as group:
            raise one_error(group) from None
        self._tell(E.PRE_PAGE_SUBMIT, {"page": state.page})
        await asyncio.to_thread(self._source.check_unchanged)
        digest = chunks.hexdigest()
        await self._complete(digest)
        return digest

    async def _send(self, chunks: ChunkReader) -> None:
        while (chunk := await chunks.next()) is not None:
            if self._state.stored.get(chunk.number) != chunk.md5:  # else an earlier start() has sent it
                await self._store(chunk)
            await chunks.give_back(chunk)

    async def _store(self, chunk: Chunk) -> None:
        world = self._options.world
        attempt = 0
        while True:
            attempt += 1
            try:
                await self._attempt(chunk)
            except ApiException as error:
                self._tell(E.CHUNK_FAILED, self._event(chunk) | {"info": _info(error)})
                spent = world.elapsed() - self._last_success
                wait = BACKOFF[Step.CHUNK].wait(error, Step.CHUNK, attempt, spent, world.dice())
                if wait is None:
                    raise
                announce(f"chunk {chunk.number + 1} of {self._state.chunks}", error, wait)
            else:
                return
            await world.sleep(wait)

    async def _attempt(self, chunk: Chunk) -> None:
        state = self._state
        self._tell(E.PRE_CHUNK, self._event(chunk))
        flow = Flow()
        state.flows.add(flow)
        try:
            request = pc.chunk_request(
                self._ticket,
                name=state.name,
                number=chunk.number,
                total=state.chunks,
                content=chunk.content,
                md5=chunk.md5,
            )
            pc.parse_chunk(await self._http.send(request, flow=flow))
        finally:
            state.flows.discard(flow)
        state.stored[chunk.number] = chunk.md5
        self._last_success = self._options.world.elapsed()
        self._tell(E.AFTER_CHUNK, self._event(chunk))

    def _event(self, chunk: Chunk) -> dict[str, object]:
        return {
            "page": self._state.page,
            "offset": chunk.offset,
            "chunk_number": chunk.number,
            "total_chunk_count": self._state.chunks,
        }

    async def _complete(self, digest: str) -> None:
        state = self._state
        request = pc.complete_request(
            self._ticket, chunks=state.chunks, size=state.size, md5=digest, name=state.name
        )

        async def attempt() -> None:
            answer = await self._http.send(request, answer_within=self._options.patience.complete)
            pc.parse_complete(answer)

        try:
            await persist(Step.COMPLETE, attempt, self._options)
        except ApiException as error:
            self._tell(E.PAGE_SUBMIT_FAILED, {"page": state.page, "err": error})
            raise


def _info(error: ApiException) -> str:
    """The reason of a failed chunk in the form the published library gave it."""
    if isinstance(error, NetworkException) and error.status:
        return f"Status {error.status}"
    return error.msg if isinstance(error, ResponseCodeException) else str(error)
