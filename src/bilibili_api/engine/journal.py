"""The journal: what of which upload the server has, on disk, so that any later process can go on with it.

A submission is a job. It is known again by the account and by what its pages hold (`identity.py`), belongs to
one process at a time (`claims.py`), and is written down by its ledger before anybody is told (`JobLedger`).
"""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from bilibili_api.exceptions import ArgsException, UploadBusy
from bilibili_api.home import home
from bilibili_api.saying import say

from .claims import Claims
from .database import Database
from .job_ledger import JobLedger
from .job_rows import MIGRATIONS, rate_update, subtitles_update
from .jobs import Job, read_jobs
from .owners import Owner, found
from .pacer import account_of, digest_of
from .rate_schedule import Schedule
from .taking import claimed_of, take
from .undivided import undivided

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from .claims import Held
    from .credential import VideoUploaderCredential
    from .database import Statement
    from .jobs import JobSubtitle
    from .options import World
    from .standing import Standing
    from .taking import Upload

_POLL: Final = 5.0
"""Seconds between two looks whether another process has let go of a file."""


class Journal:
    """A file that remembers uploads. Nothing is opened before it is used, and nothing stays open.

    Args:
        path: The file; by default `journal.db` in the user's data directory, or in `BVUP_HOME`.
        wait: When another process has one of the files: wait until it ends, instead of stopping.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, *, wait: bool = False) -> None:
        self.path = Path(path) if path is not None else home() / "journal.db"
        self.wait = wait
        real = Path(os.path.realpath(self.path))  # by whatever links: who has a file is asked at one place
        self.claims = Claims(real.with_name(f"{real.name}.claims"))

    def __repr__(self) -> str:
        return f"<Journal {str(self.path)!r}>"

    async def jobs(self) -> tuple[Job, ...]:
        """Return all jobs, the oldest first.

        Raises:
            JournalFailed: It cannot be read.
        """
        return await asyncio.to_thread(self._jobs)

    async def job(self, number: int) -> Job:
        """Return one job.

        Raises:
            ArgsException: There is no such job.
            JournalFailed: It cannot be read.
        """
        for job in await self.jobs():
            if job.id == number:
                return job
        raise ArgsException(
            say("There is no job {number}.", number=number),
            hint=say("List them: `bvup jobs`, or `Journal.jobs()`."),
        )

    async def knows(self, job: Job, credential: VideoUploaderCredential) -> bool:
        """Whether a login is known to be of the account of a job; asks nobody but this file.

        Raises:
            JournalFailed: It cannot be read.
        """
        access = credential.session().access()
        where = f"@{job.server}" if job.server is not None else ""
        owner = Owner(account_of(access) + where, digest_of(access) + where)
        return (await asyncio.to_thread(self._found, owner)).account == job.owner

    async def forget(self, number: int) -> None:
        """Forget a job: the next upload of its files begins anew. What the server has stays there, unused.

        Raises:
            ArgsException: There is no such job.
            UploadBusy: A process is at it.
            JournalFailed: It cannot be written.
        """
        job = await self.job(number)
        await asyncio.to_thread(self._forget, job)

    async def limit(self, number: int, rate: str | float | None) -> None:
        """Give a job another limit of the rate, as `VideoUploader(rate=)` takes it.

        A process that is at it heeds it within a second; whoever goes on with it does, too.

        Raises:
            ArgsException: There is no such job, or the limit cannot be understood.
            JournalFailed: It cannot be written.
        """
        text = Schedule.of(rate).text
        await self.job(number)
        await asyncio.to_thread(self._write, rate_update(number, text))

    async def subtitles(self, number: int, left: Sequence[JobSubtitle], *, is_first: bool = False) -> None:
        """Remember which subtitles of a job are still to be uploaded (`Job.subtitles`), until told otherwise.

        Args:
            number: The job.
            left: Them.
            is_first: They are wanted now: a job that is published keeps what is known of its own.

        Raises:
            JournalFailed: It cannot be written.
        """
        text = json.dumps([[one.part, one.language, one.path] for one in left])
        await asyncio.to_thread(self._write, subtitles_update(number, text, is_first=is_first))

    async def pictures(self, number: int) -> dict[str, tuple[bytes, str]]:
        """Return the covers of a job that were made before: `cover`, `cover43`, each with its MIME type."""
        return await asyncio.to_thread(self._pictures, number)

    def opened(self) -> Database:
        """Open the file.

        Raises:
            JournalFailed: It cannot be opened.
        """
        return Database(self.path, MIGRATIONS)

    @asynccontextmanager
    async def continued(
        self, upload: Upload, standing: Standing, world: World, waiting: Callable[[UploadBusy], None]
    ) -> AsyncGenerator[int]:
        """Have an upload for oneself: find its job or begin one, and write down what becomes of it.

        Yields the job's number.

        Args:
            upload: What is to be uploaded.
            standing: Filled with what is known; its ledger is the job's for as long as this lasts.
            world: Clock.
            waiting: Called when another process is waited for.

        Raises:
            UploadBusy: Somebody else has one of the files.
            JournalFailed: It cannot be opened or written: nothing was sent.
        """
        database = await asyncio.to_thread(self.opened)
        before = standing.ledger
        try:
            upload = replace(upload, owner=await asyncio.to_thread(found, database, upload.owner))
            files = [claimed for page in upload.pages if page is not None for claimed in page.claimed]
            if upload.job is not None:
                files += await asyncio.to_thread(claimed_of, database, upload.job)
            with await self._claimed(upload.owner, files, world, waiting):
                job = await undivided(partial(take, database, upload, standing, world.now()))
                standing.kept_by(JobLedger(database, job, standing, world))
                yield job
        finally:
            standing.kept_by(before)
            await asyncio.to_thread(database.close)

    async def _claimed(
        self, owner: Owner, files: list[str], world: World, waiting: Callable[[UploadBusy], None]
    ) -> Held:
        is_told = False
        while True:
            try:
                return self.claims.take(owner.names[0], files, *owner.names[1:])
            except UploadBusy as error:
                if not self.wait:
                    raise
                if not is_told:
                    waiting(error)
                    is_told = True
            await world.sleep(_POLL)

    def _jobs(self) -> tuple[Job, ...]:
        if not self.path.exists():
            return ()
        with self.opened() as database:
            return tuple(read_jobs(database, self.claims))

    def _found(self, owner: Owner) -> Owner:
        with self.opened() as database:
            return found(database, owner)

    def _pictures(self, job: int) -> dict[str, tuple[bytes, str]]:
        with self.opened() as database:
            rows = database.read("SELECT slot, content, mime FROM picture WHERE job = :job", {"job": job})
        return {str(slot): (cast("bytes", content), str(mime)) for slot, content, mime in rows}

    def _write(self, statement: Statement) -> None:
        with self.opened() as database:
            database.write([statement])

    def _forget(self, job: Job) -> None:
        with self.opened() as database, self.claims.take(job.owner, claimed_of(database, job.id)):
            database.write([("DELETE FROM job WHERE id = :job", {"job": job.id})])
