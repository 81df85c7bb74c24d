"""`bvup show`: one archive with its parts."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from . import told
from .archive_options import archive_options, archives_of, video_argument
from .archive_words import about, figures
from .outlet import Outlet
from .report import EPILOG, ExitCode


@click.command(epilog=EPILOG)
@video_argument
@archive_options
def command(*, video: str, **given: Any) -> None:
    """Show one of your videos: where it stands, its parts, and why any was refused.

    VIDEO is av123, 123, BV... or the address of its page.
    """
    with archives_of(given) as archives:
        found = asyncio.run(archives.show(video))
    outlet = Outlet()
    told.result(ExitCode.DONE, outlet, video=figures(found))
    if not told.is_json():
        outlet.tell(*about(found))
