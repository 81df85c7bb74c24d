"""The PC line: chunks as multipart forms, md5 of each and of the whole (protocol document, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilibili_api.exceptions import LoginLacks
from bilibili_api.protocol import pc
from bilibili_api.protocol.codes import Step
from bilibili_api.saying import say

from .choice import PC
from .chunks import ChunkReader, HashedChunk
from .options import MAX_THREADS

if TYPE_CHECKING:
    from bilibili_api.exceptions import ApiException
    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.wire import Request

    from .calls import Calls
    from .flow import Flow
    from .page_state import PageState
    from .source import Source


class PcLine:
    """Speaks the PC line; the chunk size is ours to choose."""

    may_send_twice = False

    def __init__(self, calls: Calls, chunk_size: int) -> None:
        self._calls = calls
        self._chunk_size = chunk_size

    async def open(self, state: PageState) -> None:
        """Ask for a ticket (section 3.1)."""
        state.ticket = await self._calls.ask(Step.PREUPLOAD, _preupload, pc.parse_preupload)
        state.chunk_size = self._chunk_size
        state.line = PC

    def speaks(self, state: PageState) -> bool:
        """Whether it is a ticket of the PC line."""
        return isinstance(state.ticket, pc.Ticket)

    def is_stale(self, state: PageState) -> bool:
        """How long a ticket lives is not known; the server will say."""
        return not isinstance(state.ticket, pc.Ticket)

    def usual_chunk(self) -> int:
        """As the caller wishes."""
        return self._chunk_size

    def ceiling(self, state: PageState) -> int:
        """None is known: as many as the caller allows."""
        del state
        return MAX_THREADS

    def chunks(self, source: Source, state: PageState, threads: int) -> ChunkReader:
        """Read and hash the page."""
        return ChunkReader(source, state.size, state.chunk_size, threads)

    async def send(
        self, state: PageState, chunk: HashedChunk, flow: Flow, beside: Flow | None = None
    ) -> None:
        """Store one chunk (section 3.2)."""
        del beside
        request = pc.chunk_request(
            _ticket(state),
            name=state.name,
            number=chunk.number,
            total=state.chunks,
            content=chunk.content,
            md5=chunk.mark,
        )
        pc.parse_chunk(await self._calls.http.send(request, flow=flow))

    async def complete(self, state: PageState, digest: str) -> None:
        """Make a file of the chunks (section 3.3)."""
        ticket = _ticket(state)
        request = pc.complete_request(
            ticket, chunks=state.chunks, size=state.size, md5=digest, name=state.name
        )
        patience = self._calls.options.patience.complete
        pc.parse_complete(await self._calls.http.send(request, answer_within=patience))
        state.filename = ticket.filename

    async def ended(self) -> None:
        """There is one such line: nothing is to be learned for the next choice."""

    async def leave(self, state: PageState, error: ApiException) -> bool:
        """There is no other line that an access key opens."""
        del state, error
        return False


def _preupload(access: Access) -> Request:
    if access.token is None:
        raise LoginLacks(say("The PC line"), "token")
    return pc.preupload_request(access.token)


def _ticket(state: PageState) -> pc.Ticket:
    if not isinstance(state.ticket, pc.Ticket):
        raise TypeError("the page has no target on the PC line")
    return state.ticket
