"""`bvup jobs`: the uploads that the journal knows."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import time
from typing import Any

import click

from .flags import verbose_option
from .job_words import figures, table
from .journal_options import journal_of, journal_option
from .notes import warned
from .outlet import Outlet
from .report import EPILOG


@click.command(epilog=EPILOG)
@click.option("--all", "is_all", is_flag=True, help="Those that are published, too.")
@click.option("--json", "as_json", is_flag=True, help="Print it for programs.")
@journal_option
@verbose_option("Show tracebacks of errors.")
def command(*, is_all: bool, as_json: bool, **given: Any) -> None:
    """List the uploads that are unfinished: how far they are, and how long the server keeps what it has."""
    with warned():
        known = asyncio.run(journal_of(given).jobs())
    jobs = [job for job in known if is_all or job.state != "done"]
    outlet = Outlet()
    if as_json:
        outlet.draw(json.dumps([figures(job) for job in jobs]))
    elif jobs:
        width = shutil.get_terminal_size().columns if outlet.is_terminal else sys.maxsize
        outlet.draw(*table(jobs, time.time(), width))
        if any(job.state != "done" and not job.running for job in jobs):
            outlet.say("To go on: bvup resume JOB, or bvup resume --all")
    elif known:
        outlet.say("No upload is unfinished. Those that are published: bvup jobs --all")
    else:
        outlet.say("No upload is known.")
