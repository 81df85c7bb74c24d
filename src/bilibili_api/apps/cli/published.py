"""What the journal knows to be published already, whatever it is called now."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilibili_api.journal import Job, JobPage, Journal

    from .order import Order, Part


def published_jobs(journal: Journal, server: str | None, account: int) -> list[Job]:
    """Return the jobs that are published.

    Args:
        journal: The journal.
        server: URL of the server instead of Bilibili, or None.
        account: Number of the account; 0: not known, then those of every account.

    Raises:
        JournalFailed: The journal cannot be read.
    """
    jobs = asyncio.run(journal.jobs())
    mids = {str(account)} if account else {job.account for job in jobs}
    return [job for job in jobs if job.state == "done" and job.server == server and job.account in mids]


def job_of(order: Order, jobs: Sequence[Job]) -> Job | None:
    """Return the job that published the same files in the same order, unchanged since, or None."""
    return next((job for job in jobs if _is_same(order, job)), None)


def _is_same(order: Order, job: Job) -> bool:
    pairs = zip(order.parts, job.pages, strict=False)
    return len(order.parts) == len(job.pages) and all(_is_page(part, page, job) for part, page in pairs)


def _is_page(part: Part, page: JobPage, job: Job) -> bool:
    if part.is_stream or page.path is None:
        return False
    with suppress(OSError):  # a file that is gone: then only its path can tell
        found = part.path.stat()
        if found.st_size != page.size or found.st_mtime > job.updated:
            return False
    return os.path.realpath(part.path) == os.path.realpath(page.path)
