"""The journal of one upload, if there is one; SQLite is loaded only for those who want it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from .holder import Holder
from .pacer import account_of, digest_of

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator

    from bilibili_api.protocol.interfaces import Access

    from .jobs import Job
    from .journal import Journal
    from .options import Options
    from .order import Order
    from .owners import Owner
    from .standing import Standing
    from .waits import Tell


def journal_of(given: Journal | str | os.PathLike[str] | bool | None) -> Journal | None:  # noqa: FBT001 - as the constructor takes it
    """Return the journal that is meant by what the caller gave; True is the user's own."""
    if given is None or given is False:
        return None
    from bilibili_api.engine.journal import Journal  # noqa: PLC0415 - SQLite

    if isinstance(given, Journal):
        return given
    return Journal(None if given is True else given)


def together(options: Options, journal: Journal | None) -> Options:
    """Return the options, with what all share who share the journal: limits, and what lines did."""
    if journal is None:
        return options
    from .journal_lines import JournalLines  # noqa: PLC0415 - SQLite
    from .journal_pacer import JournalPacer  # noqa: PLC0415 - as it

    return replace(
        options,
        pacer=options.pacer or JournalPacer(journal, options.world),
        line_memory=options.line_memory or JournalLines(journal, options.world),
    )


def _owner(access: Access, options: Options) -> Owner:
    from .owners import Owner  # noqa: PLC0415 - SQLite

    where = (
        f"@{options.server.url}" if options.server is not None else ""
    )  # accounts of a simulator are its own
    return Owner(account_of(access) + where, digest_of(access) + where)


async def sent_before(
    journal: Journal | None, order: Order, access: Access, options: Options
) -> Order | None:
    """Return the order as it was submitted before, if the journal knows that, and names were looked up then.

    Raises:
        ApiException: As `continuing.as_sent`.
    """
    if journal is None or not order.has_names:
        return None
    from .continuing import as_sent  # noqa: PLC0415 - SQLite

    return await as_sent(journal, _owner(access, options), order)


async def published_as(
    journal: Journal | None, order: Order, credential: object, options: Options
) -> str | None:
    """Return the bvid of what the very same order has made, as far as that is known without asking anybody.

    Raises:
        ApiException: As `continuing.published_as`.
    """
    if journal is None or not isinstance(credential, Holder):
        return None
    from . import continuing  # noqa: PLC0415 - SQLite

    return await continuing.published_as(journal, _owner(credential.session().access(), options), order)


@asynccontextmanager
async def remembered(
    journal: Journal | None,
    job: Job | None,
    order: Order,
    access: Access,
    standing: Standing,
    options: Options,
    tell: Tell,
) -> AsyncGenerator[None]:
    """Take up what the journal knows, if there is one, and write down what happens meanwhile.

    Args:
        journal: The journal.
        job: The job of it that goes on, if it is known.
        order: What is wanted.
        access: The login it is wanted with.
        standing: Where what the journal knows is put, and what is written down.
        options: The clock.
        tell: Where RESUMED goes.

    Raises:
        ApiException: As `continuing`.
    """
    if journal is None:
        yield
        return
    from .continuing import continuing  # noqa: PLC0415 - SQLite

    number, owner = job.id if job is not None else None, _owner(access, options)
    async with continuing(journal, number, owner, order, standing, options.world, tell):
        yield
