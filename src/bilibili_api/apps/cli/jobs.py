"""`bvup jobs`: the uploads that the journal knows."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import click

from . import told
from .flags import Named, output_options, verbose_option
from .job_words import figures, is_lost, table
from .journal_options import journal_of, journal_option
from .language import t
from .outlet import Outlet
from .report import EPILOG, ExitCode


@click.command(epilog=EPILOG)
@click.option("--all", "is_all", cls=Named, is_flag=True, help="Those that are published, too.")
@journal_option
@output_options
@verbose_option("Show tracebacks of errors.")
def command(*, is_all: bool, **given: Any) -> None:
    """List the uploads that are unfinished: how far they are, and how long the server keeps what it has."""
    known = asyncio.run(journal_of(given).jobs())
    jobs = [job for job in known if is_all or not job.is_finished]
    outlet = Outlet()
    told.result(ExitCode.DONE, outlet, jobs=[figures(job) for job in jobs])
    if told.is_json():
        return
    if jobs:
        outlet.draw(*table(jobs, time.time(), outlet.width))
        if any(not (job.is_finished or job.running or is_lost(job)) for job in jobs):
            outlet.say(t("To go on: bvup resume JOB, or bvup resume --all"))
        if any(is_lost(job) for job in jobs):
            outlet.say(t("What came from standard input is lost; to drop such a job: bvup forget JOB"))
    elif known:
        outlet.tell(t("No upload is unfinished. Those that are published: bvup jobs --all"))
    else:
        outlet.tell(t("No upload is known."))
