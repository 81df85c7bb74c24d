"""The UPOS line: parts straight from the file, hosts that stand in for one another (section 4)."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from bilibili_api.events import VideoUploaderEvents as E
from bilibili_api.exceptions import (
    LoginLacks,
    NetworkException,
    ResponseCodeException,
    ResponseException,
    Retry,
)
from bilibili_api.protocol import upos
from bilibili_api.protocol.bodies import Framed
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.lines import most_at_once, name_of
from bilibili_api.saying import say

from .chunks import ChunkReader, HashedChunk
from .hosts import HostBook
from .parts import Part, PartList
from .retry import persist
from .source import FileSource

T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bilibili_api.exceptions import ApiException
    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.wire import Request

    from .calls import Calls
    from .flow import Flow
    from .page_state import PageState
    from .probe import Lines
    from .source import Source

log = logging.getLogger("bilibili_api")


class UposLine:
    """Speaks UPOS over the line that is wished for."""

    may_send_twice = True

    def __init__(self, calls: Calls, lines: Lines, profile: upos.Profile = upos.WEB) -> None:
        self._calls = calls
        self._lines = lines
        self._profile = profile
        self._sights = lines.sights
        self._books: dict[str, HostBook] = {}
        self._last: str | None = None
        """Name of the line that the latest page went to."""
        self._left: dict[str, ApiException] = {}
        """What went wrong on lines that were left, by their names."""

    async def open(self, state: PageState) -> None:
        """Ask for a ticket and begin a multipart upload (sections 4.2, 4.3)."""
        choice = await self._lines.line()
        line = choice.line

        def ask(access: Access) -> Request:
            if access.cookies is None:
                raise LoginLacks(say("A line of UPOS"), "cookies")
            return upos.preupload_request(
                access.cookies, name=state.name, size=state.size, line=line, profile=self._profile
            )

        ticket = await self._calls.ask(
            Step.PREUPLOAD, ask, lambda answer: upos.parse_preupload(answer, self._profile)
        )
        before = state.line if state.line in self._left else self._last
        state.line, state.line_reason, self._last = line.name, choice.reason, line.name
        if before is not None and before != line.name:
            self._tell(state, before, line.name, self._left.get(before), choice.reason)
        self._sights.leads_to(line.name, ticket.hosts[0])
        await self._sights.seen_as(upos.public_address(ticket))
        self._lines.look_back()  # only now is it known what network this is
        calls = self._calls
        upload_id = await persist(
            Step.INIT,
            lambda: self._init(state, ticket),
            calls.options,
            calls.waits,
            leave=partial(self.leave, state),
        )
        state.ticket, state.chunk_size = ticket.begun(upload_id), ticket.part_size

    async def _init(self, state: PageState, ticket: upos.Ticket) -> str:
        async def send(host: str) -> str:
            request = upos.init_request(ticket, host, size=state.size)
            return upos.parse_init(await self._calls.http.send(request))

        return await self._at_a_host(state, ticket, send)

    async def leave(self, state: PageState, error: ApiException) -> bool:
        """Look for another line that answers (section 4.8); several senders may ask at once."""
        if state.line is None or await self._lines.other(state.line) is None:
            return False
        self._left[state.line] = error
        return True

    def _tell(self, state: PageState, old: str, new: str, error: Exception | None, reason: str) -> None:
        log.warning(
            say(
                "page {page!r}: line {new!r} takes over from {old!r}: {reason}",
                page=state.title,
                new=new,
                old=old,
                reason=reason,
            )
        )
        told = {"page": state.page, "from": old, "to": new, "err": error, "reason": reason}
        self._calls.waits.tell(E.LINE_CHANGED, told)

    def speaks(self, state: PageState) -> bool:
        """Whether it is a ticket of UPOS."""
        return isinstance(state.ticket, upos.Ticket)

    def is_stale(self, state: PageState) -> bool:
        """Whether too little of the ticket's five days is left (section 4.6)."""
        return not isinstance(state.ticket, upos.Ticket) or state.ticket.is_stale(
            self._calls.options.world.now()
        )

    def usual_chunk(self) -> int:
        """What servers ask for (section 4.7)."""
        return upos.USUAL_PART

    def ceiling(self, state: PageState) -> int:
        """What the host bears that took something last."""
        return most_at_once(name_of(self._book(_ticket(state)).leader))

    def _book(self, ticket: upos.Ticket) -> HostBook:
        return self._books.setdefault(ticket.path, HostBook(ticket.hosts, self._sights.faster))

    def chunks(self, source: Source, state: PageState, threads: int) -> PartList | ChunkReader:
        """Cut the page as the server prescribes.

        Only files are read while they are sent: they tell when they were changed, and may be read here and
        there at no cost. Other streams may be slow to go back (compressed ones begin anew) and tell nothing:
        they are read in order, through buffers, and what is skipped on a second start is compared; so is what
        was copied of a stream, which another process copies anew.
        """
        if isinstance(source, FileSource) and state.key is None:
            return PartList(source, state.size, state.chunk_size, threads)
        return ChunkReader(source, state.size, state.chunk_size, threads)

    async def send(
        self, state: PageState, chunk: Part | HashedChunk, flow: Flow, beside: Flow | None = None
    ) -> None:
        """Store one part (section 4.4); beside another attempt over another host, if there is one."""
        ticket = _ticket(state)
        body = chunk.content if isinstance(chunk, Part) else Framed(b"", chunk.content, b"")

        async def put(host: str) -> None:
            flow.host = host
            request = upos.part_request(
                ticket,
                host,
                number=chunk.number,
                total=state.chunks,
                start=chunk.offset,
                end=chunk.offset + len(body),
                size=state.size,
                body=body,
            )
            with self._sights.throughput.stream(host, flow, len(body)):
                upos.parse_part(await self._calls.http.send(request, flow=flow))

        await self._at_a_host(state, ticket, put, beside.host if beside is not None else None)

    async def complete(self, state: PageState, digest: str) -> None:
        """Make an object of the parts (section 4.5); done twice it does no harm."""
        del digest
        ticket = _ticket(state)

        async def send(host: str) -> None:
            request = upos.complete_request(ticket, host, name=state.name, parts=state.chunks)
            patience = self._calls.options.patience.complete
            upos.parse_complete(await self._calls.http.send(request, answer_within=patience))

        await self._at_a_host(state, ticket, send)
        state.filename, state.cid = ticket.filename, ticket.biz_id

    async def ended(self) -> None:
        """Have remembered what the line did."""
        await self._sights.note()
        self._lines.look_back()

    async def _at_a_host(
        self,
        state: PageState,
        ticket: upos.Ticket,
        attempt: Callable[[str], Awaitable[T]],
        beside: str | None = None,
    ) -> T:
        book = self._book(ticket)
        host = book.pick() if beside is None else book.pick_besides(beside)
        leader = book.leader
        try:
            result = await attempt(host)
        except (NetworkException, ResponseException, ResponseCodeException) as error:
            if error.retry is not Retry.NEW_TICKET:
                book.failed(host, error)
            elif _is_unknown(ticket, error) and book.refused(host, error):
                error.retry = Retry.SAME
            raise
        book.succeeded(host)
        is_late = host in {leader, book.leader}  # the answer of a host that was left meanwhile
        if beside is None and not is_late:
            old, book.leader = book.leader, host
            self._tell(state, name_of(old), name_of(host), book.error_of(old), book.reason_for(old))
        return result


def _is_unknown(ticket: upos.Ticket, error: Exception) -> bool:
    """Whether a host does not know an upload that was begun elsewhere.

    A ticket that is too old is too old everywhere, and before init there is nothing to know.
    """
    return bool(ticket.upload_id) and isinstance(error, NetworkException) and not upos.has_expired(error)


def _ticket(state: PageState) -> upos.Ticket:
    if not isinstance(state.ticket, upos.Ticket):
        raise TypeError("the page has no target on the UPOS line")
    return state.ticket
