"""What a process still knows of an upload and its journal does not: it is gone, or could not be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilibili_api.protocol import tickets

from .standing import Submission

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from .identity import Identity
    from .page_state import PageState
    from .standing import Standing


def recall(
    memory: Standing,
    standing: Standing,
    pages: Sequence[Identity | None],
    elsewhere: Container[str],
    *,
    is_new: bool,
) -> bool:
    """Add to a standing from the journal what the process knows beyond it; return whether there is anything.

    Args:
        memory: The standing as the process knew it.
        standing: The one from the journal.
        pages: What the pages are now.
        elsewhere: Stored names of other submissions, which have taken them over from this one.
        is_new: Whether the journal did not know the upload. If it did, what it says of the submission is at
            least as new: nothing is submitted that is not written down.
    """
    trusted = [
        page is not None and _is_the_same(mine, page) for mine, page in zip(memory.pages, pages, strict=True)
    ]
    has_more = False
    for mine, state, is_trusted in zip(memory.pages, standing.pages, trusted, strict=True):
        if is_trusted and _is_ahead(mine, state) and _name(mine) not in elsewhere:
            _take_over(mine, state)
            has_more = True
    if is_new and all(trusted) and memory.submission is not Submission.OPEN:
        standing.submission, standing.interface = memory.submission, memory.interface
        standing.sent_at, standing.attempts = memory.sent_at, memory.attempts
        standing.made = memory.made
        has_more = True
    return has_more


def _is_the_same(mine: PageState, page: Identity) -> bool:
    """Whether a page is what it was when the process stored some of it."""
    return mine.stamp == page.stamp if page.stamp else mine.key == page.content


def _name(page: PageState) -> str:
    return page.filename or (page.ticket.filename if page.ticket is not None else "")


def _is_ahead(mine: PageState, state: PageState) -> bool:
    if state.filename is not None:
        return False
    if mine.filename is not None or mine.ticket is None or state.ticket is None:
        return mine.filename is not None or mine.ticket is not None
    is_same = tickets.dump(mine.ticket) == tickets.dump(state.ticket)
    return is_same and not state.sent_again and bool(mine.stored.keys() - state.stored.keys())


def _take_over(mine: PageState, state: PageState) -> None:
    state.name, state.size, state.line = mine.name, mine.size, mine.line
    state.ticket, state.chunk_size, state.sent_again = mine.ticket, mine.chunk_size, mine.sent_again
    state.filename, state.cid = mine.filename, mine.cid
    state.stored = {**state.stored, **mine.stored}
