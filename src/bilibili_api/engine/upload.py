"""One page: its target, its transfer, and another target when that one dies."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from bilibili_api.events import VideoUploaderEvents as E
from bilibili_api.exceptions import ApiException, PartsMissing, Retry, SourceChanged
from bilibili_api.saying import say

from .identity import content_of
from .source import FileSource
from .transfer import Transfer

if TYPE_CHECKING:
    from collections.abc import Callable

    from .calls import Calls
    from .dialect import AnyDialect
    from .origin import Origin
    from .page_state import PageState
    from .source import Source
    from .waits import Tell
    from .window_gate import Gate

TICKETS: Final = 3
"""How many targets are asked for in a row for one page whose target keeps dying."""

log = logging.getLogger("bilibili_api")


async def recheck(origin: Origin, state: PageState) -> None:
    """Begin a completed page anew if its file has changed since; one that is gone was stored as meant."""
    try:
        if state.filename is None or not origin.is_seekable:
            return
        async with origin.opened() as source:
            stamp = await asyncio.to_thread(_stamp, source, state)
    except SourceChanged:
        return
    if stamp != state.stamp:
        log.warning(
            say(
                "page {page!r}: its file was changed after it was stored; it is sent again.", page=state.title
            )
        )
        state.filename = None
        state.forget_ticket()


async def upload_page(
    calls: Calls,
    tell: Tell,
    dialect_of: Callable[[PageState], AnyDialect],
    origin: Origin,
    state: PageState,
    gate: Gate,
    order: int,
) -> None:
    """Bring one page to the server, whatever of it is there already.

    Args:
        calls: To Bilibili.
        tell: Where events go.
        dialect_of: The line that a page goes over.
        origin: Where its bytes come from.
        state: What is known of it.
        gate: By which all pages together keep to one window.
        order: Its place among the pages.

    Raises:
        ApiException: What could not be helped; the state says what the server has.
    """
    async with origin.opened() as source:
        await _recognise(source, state)
        for tickets_left in reversed(range(TICKETS)):
            if state.ticket is not None and dialect_of(state).is_stale(state):
                log.warning(
                    say(
                        "page {page!r}: its target is too old, or of another kind of line; it is sent to a "
                        "new one.",
                        page=state.title,
                    )
                )
                state.forget_ticket()
            try:
                digest = await _upload_once(calls, tell, dialect_of(state), source, state, gate, order)
            except ApiException as error:
                if error.retry not in {Retry.NEW_TICKET, Retry.OTHER_LINE}:
                    raise
                remedy = _let_go(state, error)
                await state.ledger.begun(state)
                if not tickets_left:
                    raise
                log.warning(
                    say("page {page!r}: {error} {remedy}", page=state.title, error=error, remedy=remedy)
                )
            else:
                origin.done(state.size, digest)
                return


def _let_go(state: PageState, error: ApiException) -> str:
    """Forget what the server has lost; return what will be sent again, as a sentence."""
    if isinstance(error, PartsMissing) and not state.sent_again:
        state.stored.clear()
        state.sent_again = True
        return say("All parts are sent again to the same target.")
    state.forget_ticket()
    return say("The page is sent again to a new target.")


async def _recognise(source: Source, state: PageState) -> None:
    """Begin anew if the source is not the one that was begun; what is stored from then on is of this one.

    Raises:
        SourceChanged: It is empty.
    """
    size, stamp = await asyncio.to_thread(lambda: (source.size(), _stamp(source, state)))
    if size == 0:  # only of a stream that cannot seek: all others were looked at before
        raise SourceChanged(say("The page has no bytes."), hint=say("Give a stream with a video in it."))
    if stamp != state.stamp:
        state.forget_ticket()
        if state.content and state.key is None and isinstance(source, FileSource):
            state.content = await asyncio.to_thread(content_of, source)
    state.size, state.stamp = size, stamp


def _stamp(source: Source, state: PageState) -> tuple[object, ...]:
    """What differs when the bytes do; of a stream with a key its size, since each copy is another file."""
    return source.stamp() if state.key is None else (source.size(),)


async def _upload_once(
    calls: Calls,
    tell: Tell,
    dialect: AnyDialect,
    source: Source,
    state: PageState,
    gate: Gate,
    order: int,
) -> str:
    if state.ticket is None:
        async with gate.opening:
            await _open(tell, dialect, state)
    tell(E.PRE_PAGE, {"page": state.page})
    digest = await Transfer(calls.options, calls.waits, tell, dialect, state, gate).run(source, order)
    tell(E.AFTER_PAGE_SUBMIT, {"page": state.page})
    tell(E.AFTER_PAGE, {"page": state.page})
    return digest


async def _open(tell: Tell, dialect: AnyDialect, state: PageState) -> None:
    tell(E.PREUPLOAD, None)
    try:
        await dialect.open(state)
    except ApiException:
        tell(E.PREUPLOAD_FAILED, None)
        raise
    await state.ledger.begun(state)
