"""An upload and its job in the journal: known again, taken up, and written down while it runs."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from bilibili_api.events import VideoUploaderEvents as E
from bilibili_api.exceptions import ApiException, SourceChanged, UploadBusy
from bilibili_api.protocol import upos
from bilibili_api.saying import say

from .identity import identify
from .owners import found
from .standing import Submission
from .taking import Upload, published_before, sent_before

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from .database import Database
    from .identity import Identity
    from .journal import Journal
    from .options import World
    from .order import Order, OrderedPage
    from .owners import Owner
    from .page_state import PageState
    from .standing import Standing
    from .waits import Tell

log = logging.getLogger("bilibili_api")
T = TypeVar("T")


@asynccontextmanager
async def continuing(
    journal: Journal,
    job: int | None,
    owner: Owner,
    order: Order,
    standing: Standing,
    world: World,
    tell: Tell,
) -> AsyncGenerator[int]:
    """Have the upload for oneself, with what is known of it; yields the number of its job.

    Args:
        journal: Where it is remembered.
        job: Its number, where it is known; None: it is looked for.
        owner: Whose upload it is.
        order: What is wanted.
        standing: How far it has come; filled.
        world: Clock.
        tell: Where events go.

    Raises:
        UploadBusy: Somebody else has one of the files.
        JournalFailed: The journal cannot be opened or written: nothing was sent.
        SourceChanged: A page cannot be read.
    """
    pages = [await _identity(page, is_known=job is not None) for page in order.pages]
    plan = order.as_json()
    for said, page in zip(plan["pages"], pages, strict=True):
        if page is not None:
            said["path"] = page.path

    def waiting(error: UploadBusy) -> None:
        log.warning(say("{error} It is waited for.", error=error))
        tell(E.WAITING, {"limit": "busy", "until": None, "err": error})

    upload = Upload(owner, pages, plan, order.made, job, order.late)
    async with journal.continued(upload, standing, world, waiting) as number:
        standing.job = number
        for state, page in zip(standing.pages, pages, strict=True):
            _know_again(state, page)
        _tell_what_was_found(number, standing, tell)
        try:
            yield number
        except ApiException as error:
            await standing.ledger.ended(error.said)
            raise


async def as_sent(journal: Journal, owner: Owner, order: Order) -> Order | None:
    """Return an order with what an earlier submission of it had found for its names, if there was one.

    So nothing is asked for what is done; the topic or activity may even have ended meanwhile.

    Raises:
        JournalFailed: The journal cannot be read.
        SourceChanged: A page cannot be read.
    """
    meta = await _looked_up(journal, owner, order, sent_before)
    return None if meta is None else order.as_sent(meta)


async def published_as(journal: Journal, owner: Owner, order: Order) -> str | None:
    """Return the bvid of what the very same order has made; None: of nothing that is known.

    Raises:
        JournalFailed: The journal cannot be read.
        SourceChanged: A page cannot be read.
    """
    return await _looked_up(journal, owner, order, published_before)


async def _looked_up(
    journal: Journal, owner: Owner, order: Order, read: Callable[[Database, Upload], T | None]
) -> T | None:
    if not journal.path.exists():
        return None
    pages = [await _identity(page, is_known=False) for page in order.pages]
    upload = Upload(owner, pages, order.as_json(), {})

    def look() -> T | None:
        with journal.opened() as database:
            return read(database, replace(upload, owner=found(database, owner)))

    return await asyncio.to_thread(look)


async def _identity(page: OrderedPage, *, is_known: bool) -> Identity | None:
    """What a page is; None where its job is known and its file may be gone, since it is stored."""
    try:
        return await identify(page.origin, page.key)
    except SourceChanged:
        if not is_known:
            raise
        return None


def _know_again(state: PageState, page: Identity | None) -> None:
    """Let what is stored count, since the page is what it was."""
    if page is None:
        return
    state.content = page.content
    if page.stamp:
        state.stamp = page.stamp
    else:
        state.key = page.content
        state.stamp = (state.size,)


def _tell_what_was_found(number: int, standing: Standing, tell: Tell) -> None:
    done = sum(page.filename is not None for page in standing.pages)
    parts = sum(len(page.stored) for page in standing.pages)
    if not (done or parts or standing.submission is not Submission.OPEN):
        return
    stored = sum(page.stored_bytes for page in standing.pages)
    tickets = [page.ticket for page in standing.pages if page.filename is None]
    known = (ticket for ticket in tickets if isinstance(ticket, upos.Ticket) and ticket.issued)
    ends = [ticket.issued + upos.AUTH_LIFE for ticket in known]
    log.debug(
        "job %d is gone on with: %d pages and %d chunks are stored, %d bytes", number, done, parts, stored
    )
    tell(
        E.RESUMED,
        {
            "job": number,
            "state": standing.known,
            "pages": done,
            "parts": parts,
            "bytes": stored,
            "ticket_expires": min(ends, default=None),
        },
    )
