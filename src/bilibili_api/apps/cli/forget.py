"""`bvup forget`: takes an upload out of the journal."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from . import told
from .credentials import is_interactive
from .flags import output_options, verbose_option
from .job_words import lost
from .journal_options import journal_of, journal_option
from .language import t
from .outlet import Outlet
from .picking import named
from .report import EPILOG, ExitCode
from .text import safe


@click.command(epilog=EPILOG)
@click.argument("job", type=int, metavar="JOB")
@click.option("--yes", is_flag=True, help="Do not ask.")
@journal_option
@output_options
@verbose_option("Show tracebacks of errors.")
def command(*, job: int, yes: bool, **given: Any) -> None:
    """Forget an upload; JOB is its number in `bvup jobs`. Files and archives stay as they are."""
    journal, outlet = journal_of(given), Outlet()
    meant = named(journal, job)
    outlet.say(
        t("Job {job}: {title}", job=job, title=safe(meant.title)),
        t("Lost with it: {what}", what=lost(meant)),
    )
    if not yes:
        if not is_interactive():
            raise click.UsageError(t("there is nobody to ask. To forget it nevertheless, add --yes."))
        if not click.confirm(t("Forget it? [y/N]"), show_default=False, prompt_suffix=t(": "), err=True):
            outlet.say(t("It stays."))
            told.result(ExitCode.DONE, outlet, job=job, forgotten=False)
            return
    asyncio.run(journal.forget(job))
    outlet.say(t("Forgotten."))
    told.result(ExitCode.DONE, outlet, job=job, forgotten=True)
