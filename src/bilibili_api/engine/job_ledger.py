"""Writes one job of the journal down while it is carried out.

When the disk is full or gone in the middle, the upload goes on: what could not be written is written with the
next thing that can be. Only the submission is not sent without having been written down.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bilibili_api.exceptions import JournalFailed

from .job_rows import job_update, page_update, part_stored

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
        """Pages of which something could not be written: the next time they are written whole."""
        self._warned = False

    async def begun(self, page: PageState) -> None:
        """Write the page's target; what was stored at another one is forgotten."""
        await self._try_page(page, page_update(page))

    async def stored(self, page: PageState, number: int, mark: str) -> None:
        """Write that the server has a chunk."""
        statements = [part_stored(page, number, mark)]
        if page.entry in self._behind:
            statements = [*page_update(page), *statements]
        await self._try_page(page, statements)

    async def completed(self, page: PageState) -> None:
        """Write the page's stored name."""
        await self._try_page(page, page_update(page))

    async def noted(self) -> None:
        """Write what is known of the submission."""
        await self._try(self._job_now())

    async def ended(self, error: str) -> None:
        """Write what stopped the upload."""
        why = {"job": self._job, "error": error.encode("utf-8", "backslashreplace").decode()}
        await self._try([*self._job_now(), ("UPDATE job SET error = :error WHERE id = :job", why)])

    async def submitting(self) -> None:
        """Write everything; on disk before the submission is sent.

        Raises:
            JournalFailed: It cannot be written.
        """
        pages = [statement for page in self._standing.pages for statement in page_update(page)]
        await self._write([*self._job_now(), *pages])
        self._behind.clear()

    def _job_now(self) -> Iterable[Statement]:
        return job_update(self._job, self._standing, self._world.now())

    async def _try_page(self, page: PageState, statements: Iterable[Statement]) -> None:
        if await self._try(statements):
            self._behind.discard(page.entry)
        else:
            self._behind.add(page.entry)

    async def _try(self, statements: Iterable[Statement]) -> bool:
        try:
            await self._write(statements)
        except JournalFailed as error:
            if not self._warned:
                log.warning(
                    "%s The upload goes on; what it stores from now on may be sent again if it is stopped "
                    "before the journal can be written.",
                    error,
                )
            self._warned = True
            return False
        self._warned = False
        return True

    async def _write(self, statements: Iterable[Statement]) -> None:
        """Write, in the order of the calls: who is stopped meanwhile waits until it is done."""
        writing = asyncio.ensure_future(asyncio.to_thread(self._database.write, list(statements)))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait([writing])
            raise
