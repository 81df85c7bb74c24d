"""Which jobs a command means, and whose login goes on with them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from bilibili_api.account import Profiles
from bilibili_api.exceptions import ArgsException, VideoUploadException
from bilibili_api.saying import say

from .credentials import WAYS, Login, LoginNeeded, login_command
from .job_words import is_lost
from .language import t
from .text import safe

if TYPE_CHECKING:
    from bilibili_api.journal import Job, Journal
    from bilibili_api.video_uploader import Server, VideoUploaderCredential


def unfinished(journal: Journal) -> list[Job]:
    """Return the jobs that are not published, or whose subtitles are missing, the oldest first.

    Raises:
        JournalFailed: The journal cannot be read.
    """
    return [job for job in asyncio.run(journal.jobs()) if not job.is_finished]


def named(journal: Journal, number: int) -> Job:
    """Return the job of a number.

    Raises:
        ArgsException: There is none.
        JournalFailed: The journal cannot be read.
    """
    return asyncio.run(journal.job(number))


def only(journal: Journal) -> Job | None:
    """Return the job that is meant where none is named, or None: nothing is unfinished.

    One that nobody can go on with is meant only where there is no other.

    Raises:
        click.UsageError: There are several.
        JournalFailed: The journal cannot be read.
    """
    known = unfinished(journal)
    jobs = [job for job in known if not is_lost(job)] or known[:1]
    if len(jobs) > 1:
        listed = "\n".join(f"  {job.id}  {safe(job.title)}" for job in jobs)
        raise click.UsageError(
            t("{number} uploads are unfinished; name one, or say --all:", number=len(jobs)) + f"\n{listed}"
        )
    return jobs[0] if jobs else None


def login_for(job: Job, journal: Journal, given: dict[str, Any]) -> Login:
    """Return who goes on with a job: who is named, else who has its account, else as for an upload.

    Its account has an access key in the variable that the journal knows, else a kept login.

    Raises:
        click.UsageError: Two are named.
        JournalFailed: The journal cannot be read.
    """
    ctx = click.get_current_context()
    if any(ctx.get_parameter_source(way) is click.core.ParameterSource.COMMANDLINE for way in WAYS):
        return Login.of(given)
    said = Login.of(given)
    if said.from_environment and asyncio.run(journal.knows(job, said.preview(None))):
        return said
    profiles = Profiles()
    current = profiles.current()
    names = sorted(profiles.names(), key=lambda name: name != current)
    name = next((name for name in names if _account_of(profiles, name) == job.account), None)
    return said if name is None else Login(profile=name)


def _account_of(profiles: Profiles, name: str) -> str:
    """Return whose login is kept under a name; "0": nobody knows, or it cannot be read."""
    with suppress(ArgsException):
        return str(profiles.load(name).mid)
    return "0"


def check_streams(job: Job) -> None:
    """Refuse a job that came from standard input and was not stored whole.

    Raises:
        VideoUploadException: It is.
    """
    if is_lost(job):
        raise VideoUploadException(
            say("Job {job} came from standard input, which ended before all of it was stored.", job=job.id),
            hint=say(
                "Pipe it into bvup upload - once more. To drop what is stored: bvup forget {job}", job=job.id
            ),
        )


def check_owner(job: Job, credential: VideoUploaderCredential, login: Login, server: Server | None) -> None:
    """Refuse a login that is known to be another account's.

    Raises:
        LoginNeeded: It is.
    """
    mid = str(credential.mid or job.account)
    if job.account.isdecimal() and mid != job.account:
        raise LoginNeeded(
            t(
                "job {job} is an upload of the account {account}; this login ({login}) is of {mid}.\n"
                "Log in as that account: {command}\nOr name its login by --profile or -u.",
                job=job.id,
                account=job.account,
                login=login,
                mid=mid,
                command=login_command(job.account, server),
            )
        )
