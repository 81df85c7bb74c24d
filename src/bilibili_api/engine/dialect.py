"""What the lines have in common, so that one transfer serves them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from bilibili_api.exceptions import ApiException

    from .flow import Flow
    from .page_state import PageState
    from .source import Source


class Chunk(Protocol):
    """One chunk of a page."""

    @property
    def number(self) -> int:
        """Its number, from 0."""
        ...

    @property
    def offset(self) -> int:
        """Its first byte in the file."""
        ...

    @property
    def mark(self) -> str:
        """By what it is recognised when the page is sent on later: its md5, or nothing."""
        ...


C = TypeVar("C", bound=Chunk)


class Chunks(Protocol[C]):
    """The chunks of a page, handed out in order."""

    senders: int
    """How many may be under way at once."""

    async def run(self) -> None:
        """Make them ready while they are handed out."""
        ...

    async def next(self) -> C | None:
        """Return the next one, or None after the last."""
        ...

    def give_back(self, chunk: C) -> None:
        """A chunk is stored: its buffer, if it has one, may be used again."""
        ...

    def digest(self) -> str:
        """Hex md5 of the whole page, after `run`; empty on a line that does not ask for it."""
        ...


class Dialect(Protocol[C]):
    """How a line is spoken. Each method is one attempt; what is tried again is decided elsewhere."""

    may_send_twice: bool
    """Whether a chunk may be sent twice at the same time (section 4.7)."""

    async def open(self, state: PageState) -> None:
        """Get a target for a page that has none, and write it into its state."""
        ...

    def speaks(self, state: PageState) -> bool:
        """Whether the page's target is one of this line."""
        ...

    def is_stale(self, state: PageState) -> bool:
        """Whether the page's target is too old to go on with."""
        ...

    def usual_chunk(self) -> int:
        """Bytes of a chunk, as far as can be known without a target."""
        ...

    def ceiling(self, state: PageState) -> int:
        """How many chunks at once the line bears that the page goes over now (section 4.7)."""
        ...

    def chunks(self, source: Source, state: PageState, threads: int) -> Chunks[C]:
        """Cut the page; `threads` is the most that will ever be under way at once."""
        ...

    async def send(self, state: PageState, chunk: C, flow: Flow, beside: Flow | None = None) -> None:
        """Store one chunk.

        Args:
            state: The page.
            chunk: The chunk.
            flow: Tells how far it is.
            beside: The attempt under way beside which it is sent a second time, if possible another way.
        """
        ...

    async def complete(self, state: PageState, digest: str) -> None:
        """Make a file of the chunks, and write its name into the page's state."""
        ...

    async def ended(self) -> None:
        """A page is complete, and that is on disk: learn from it for the next ones."""
        ...

    async def leave(self, state: PageState, error: ApiException) -> bool:
        """Give up the line of a page of which nothing is stored yet (section 4.8).

        Args:
            state: The page.
            error: What its target fails with.

        Returns:
            Whether there is another line that answers: then the next `open` goes there.
        """
        ...


AnyDialect = Dialect[Any]
