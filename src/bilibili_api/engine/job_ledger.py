"""Writes one job of the journal down while it is carried out.

When the disk is full or gone in the middle, the upload goes on: what could not be written is written with the
next thing that can be. Only the submission is not sent without having been written down.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, cast

from bilibili_api.exceptions import JournalFailed
from bilibili_api.saying import say

from .job_rows import job_update, page_update, part_stored, rate_update
from .kept_words import packed
from .undivided import undivided

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .database import Database, Statement
    from .options import World
    from .page_state import PageState
    from .standing import Standing

log = logging.getLogger("bilibili_api")


class JobLedger:
    """The ledger of one job; see `ledger.Ledger`."""

    def __init__(self, database: Database, job: int, standing: Standing, world: World) -> None:
        self._database = database
        self._job = job
        self._standing = standing
        self._world = world
        self._behind: set[int] = set()
        """Pages of which something could not be written: written whole with the next thing that can be."""
        self._coming: dict[tuple[int, int], str] = {}
        """Marks of chunks that are being written, by page and number."""
        self._warned = False

    async def begun(self, page: PageState) -> None:
        """Write the page's target; what was stored at another one is forgotten."""
        await self._try(page_update(page), page)

    async def stored(self, page: PageState, number: int, mark: str) -> None:
        """Write that the server has a chunk."""
        self._coming[page.entry, number] = mark
        try:
            await self._try([part_stored(page, number, mark)], page)
        finally:
            del self._coming[page.entry, number]

    async def completed(self, page: PageState) -> None:
        """Write the page's stored name."""
        await self._try(page_update(page), page)

    async def noted(self) -> None:
        """Write what is known of the submission."""
        await self._try(self._job_now())

    async def ended(self, error: str) -> None:
        """Write what stopped the upload."""
        why = {"job": self._job, "error": packed(error)}
        await self._try([*self._job_now(), ("UPDATE job SET error = :error WHERE id = :job", why)])

    async def limited(self, changed: str | None) -> str | None:
        """Write the job's limit of the rate if it was changed; return it, or None: none is known."""
        try:
            if changed is not None:
                await self._write([rate_update(self._job, changed)])
                return changed
            rows = await asyncio.to_thread(
                self._database.read, "SELECT rate FROM job WHERE id = :job", {"job": self._job}
            )
        except JournalFailed as error:
            log.debug("%s The limit of the rate is looked for again.", error)
            return None
        return cast("str | None", rows[0][0]) if rows else None

    async def submitting(self) -> None:
        """Write everything; on disk before the submission is sent.

        Raises:
            JournalFailed: It cannot be written.
        """
        pages = [statement for page in self._standing.pages for statement in page_update(page)]
        await self._write([*self._job_now(), *pages])
        self._behind.clear()
        self._standing.unwritten = False

    def _job_now(self) -> Iterable[Statement]:
        return job_update(self._job, self._standing, self._world.now())

    def _whole(self, page: PageState) -> Iterable[Statement]:
        """A page as it is, with the chunks that others are about to write."""
        yield from page_update(page)
        if page.filename is None:
            for (entry, number), mark in self._coming.items():
                if entry == page.entry:
                    yield part_stored(page, number, mark)

    async def _try(self, statements: Iterable[Statement], page: PageState | None = None) -> None:
        """Write, and before it all that could not be written until now."""
        late = [one for one in self._standing.pages if one.entry in self._behind]
        try:
            await self._write([*(each for one in late for each in self._whole(one)), *statements])
        except JournalFailed as error:
            if page is not None:
                self._behind.add(page.entry)
                self._standing.unwritten = True
            if not self._warned:
                log.warning(
                    say(
                        "{error} The upload goes on; what it stores from now on may be sent again if it is "
                        "stopped before the journal can be written.",
                        error=error,
                    )
                )
            self._warned = True
        else:
            self._behind.difference_update(one.entry for one in late)
            self._standing.unwritten = bool(self._behind)
            self._warned = False

    async def _write(self, statements: Iterable[Statement]) -> None:
        """Write, in the order of the calls: who is stopped meanwhile waits until it is done."""
        await undivided(partial(self._database.write, list(statements)))
