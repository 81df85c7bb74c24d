"""What is known of one page while it is uploaded and after it failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .ledger import Ledger, NoLedger

if TYPE_CHECKING:
    from bilibili_api.protocol import pc, upos

    from .flow import Flow


@dataclass(slots=True)
class PageState:
    """What is known of one page; outlives a failed `start()`, so that the next one sends only the rest.

    Attributes:
        page: The caller's page, as it appears in the events.
        title: Title of the part.
        description: Description of the part.
        name: The local file name that is told to the server.
        size: Bytes, once known.
        stamp: By what a change of the source is seen between two `start()`.
        ticket: Where its chunks go, or None.
        chunk_size: Bytes of a chunk; fixed with the ticket.
        line: Name of the line the ticket is for; None before there was one.
        line_reason: Why it was taken, in words; None where another process took it, and on the PC line.
        stored: The mark of each chunk the server has, by its number, counted from 0.
        filename: The server's name of the completed page, or None.
        cid: The server's number of the completed page, where the line gives one.
        sent_again: Whether all chunks were sent once more to this ticket, since the server missed some.
        flows: What is under way.
        entry: Its row in the journal; 0 without one.
        key: The caller's name for a stream that says nothing of itself, or None.
        content: By what a journal knows it again; empty without one.
        ledger: Where what happens is written down before it counts.
    """

    page: object
    title: str = ""
    description: str = ""
    name: str = ""
    size: int = 0
    stamp: tuple[object, ...] = ()
    ticket: pc.Ticket | upos.Ticket | None = None
    chunk_size: int = 0
    line: str | None = None
    line_reason: str | None = None
    stored: dict[int, str] = field(default_factory=dict[int, str])
    filename: str | None = None
    cid: int | None = None
    sent_again: bool = False
    flows: set[Flow] = field(default_factory=set["Flow"])
    entry: int = 0
    key: str | None = None
    content: str = ""
    ledger: Ledger = field(default_factory=NoLedger)

    @property
    def chunks(self) -> int:
        """Number of chunks."""
        return -(-self.size // self.chunk_size) if self.chunk_size else 0

    @property
    def stored_bytes(self) -> int:
        """Bytes of the chunks that the server has."""
        if self.filename is not None:
            return self.size
        short = self.chunks * self.chunk_size - self.size if self.chunks - 1 in self.stored else 0
        return len(self.stored) * self.chunk_size - short

    async def store(self, number: int, mark: str) -> None:
        """The server has a chunk."""
        await self.ledger.stored(self, number, mark)
        self.stored[number] = mark

    def forget_ticket(self) -> None:
        """The target is dead, and with it what was stored there."""
        self.ticket = None
        self.sent_again = False
        self.stored.clear()
