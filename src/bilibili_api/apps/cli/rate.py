"""`bvup rate`: how fast uploads may send, also those that run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.saying import say
from bilibili_api.video_uploader import UserRate

from . import told
from .flags import output_options, verbose_option
from .journal_options import journal_of, journal_option
from .language import in_words, t
from .outlet import Outlet
from .picking import named, unfinished
from .report import EPILOG, ExitCode
from .text import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilibili_api.journal import Job, Journal

HELP: Final = """Limit how fast uploads send: all of yours on this machine together, or one of them.

LIMIT is bytes per second: 10M (MiB), 1.5M, 800K, 10MB, 10Mbit; or off; or by the time of day, as many windows
as you like: "08:00-23:00 10M, else off". Without LIMIT the limits are shown.

Uploads that run heed it within a second. They share it alike, and what one does not use the others get. Of
two limits the smaller one holds.
"""
HEEDED: Final = say("It holds from now on, also for uploads that run.")


@click.command(help=HELP, epilog=EPILOG)
@click.argument("limit", nargs=-1, metavar="[LIMIT]")
@click.option("--job", type=int, metavar="JOB", help="Only this upload; JOB is its number in `bvup jobs`.")
@journal_option
@output_options
@verbose_option("Show tracebacks of errors.")
def command(*, limit: tuple[str, ...], job: int | None, **given: Any) -> None:
    """Take the command line apart and do what it says."""
    journal, text = journal_of(given), " ".join(limit)
    if job is None:
        of_all(text, journal, Outlet())
    else:
        of_one(named(journal, job), text, journal, Outlet())


def of_all(text: str, journal: Journal, outlet: Outlet) -> None:
    """Set or show the limit of the user.

    Raises:
        ArgsException: The limit cannot be understood, or not be written.
        JournalFailed: The journal cannot be read.
    """
    rate = UserRate()
    if text:
        rate.limit = text
    own = [] if text else [job for job in unfinished(journal) if job.rate not in {None, "off"}]
    told.result(ExitCode.DONE, outlet, rates=[_figures(rate), *(_figures_of(job, job.rate) for job in own)])
    _tell([_all(rate), *(_of(job, job.rate or "") for job in own)], outlet, is_new=bool(text))


def of_one(job: Job, text: str, journal: Journal, outlet: Outlet) -> None:
    """Set or show the limit of a job.

    Raises:
        ArgsException: The limit cannot be understood.
        JournalFailed: The journal cannot be written.
    """
    if text:
        asyncio.run(journal.limit(job.id, text))
    rate = text or job.rate or "off"
    told.result(ExitCode.DONE, outlet, rates=[_figures_of(job, rate)])
    _tell([_of(job, rate)], outlet, is_new=bool(text))


def _tell(lines: Sequence[str], outlet: Outlet, *, is_new: bool) -> None:
    """Tell limits; with `-q` only those that were asked for."""
    if is_new:
        outlet.say(*lines, in_words(HEEDED))
    elif not told.is_json():
        outlet.tell(*lines)


def _all(rate: UserRate) -> str:
    limit = rate.in_force
    if limit is None:
        return t("All uploads: {limit} (no limit now)", limit=safe(rate.limit))
    return t("All uploads: {limit} (now {rate})", limit=safe(rate.limit), rate=limit)


def _figures(rate: UserRate) -> dict[str, object]:
    """Return the limit of all uploads for programs."""
    limit = rate.in_force
    now = None if limit is None else limit.bytes_per_second
    return {"job": None, "title": None, "rate": rate.limit, "bytes_per_second": now}


def _figures_of(job: Job, rate: str | None) -> dict[str, object]:
    """Return the limit of one upload for programs."""
    return {"job": job.id, "title": job.title, "rate": rate}


def _of(job: Job, rate: str) -> str:
    return t("Job {job} ({title}): {limit}", job=job.id, title=safe(job.title), limit=safe(rate))
