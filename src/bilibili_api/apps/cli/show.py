"""`bvup show`: one archive with its parts."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from .archive_options import archive_options, archives_of, dumped, json_option, video_argument
from .archive_words import about, figures
from .outlet import Outlet
from .report import EPILOG


@click.command(epilog=EPILOG)
@video_argument
@json_option
@archive_options
def command(*, video: str, as_json: bool, **given: Any) -> None:
    """Show one of your videos: where it stands, its parts, and why any was refused.

    VIDEO is av123, 123, BV... or the address of its page.
    """
    with archives_of(given) as archives:
        found = asyncio.run(archives.show(video))
    if as_json:
        Outlet().draw(dumped(figures(found)))
    else:
        Outlet().say(*about(found))
