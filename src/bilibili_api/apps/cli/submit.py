"""`bvup submit`: only the submission of an upload whose parts are all stored."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import click

from bilibili_api.video_uploader import VideoUploader

from .flags import Once
from .journal_options import journal_of
from .outlet import Outlet
from .picking import named
from .report import EPILOG
from .resume import go_on, going_on_options

HELP: Final = """Submit an upload whose parts are all stored, and send nothing else; JOB is its number.

One of which it is not known whether it was published is looked for in the account's archives first.
"""


@click.command(help=HELP, epilog=EPILOG)
@click.argument("job", type=int, metavar="JOB")
@click.option(
    "--again",
    cls=Once,
    is_flag=True,
    help="Submit although it may be published: you have looked into the archive manager, and found nothing.",
)
@going_on_options
@click.pass_context
def command(ctx: click.Context, *, job: int, again: bool, **given: Any) -> None:
    """Take the command line apart and do what it says."""
    journal = journal_of(given)
    code, _ = go_on(
        named(journal, job), journal, given, Outlet(), act=partial(VideoUploader.submit, again=again)
    )
    ctx.exit(code)
