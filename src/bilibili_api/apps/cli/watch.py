"""`bvup watch`: waits until a video is transcoded, passed or public."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.archive import Milestone
from bilibili_api.exceptions import ApiException
from bilibili_api.saying import say

from . import told
from .archive_options import archive_options, archives_of, video_argument
from .archive_words import figures, news
from .outlet import Outlet
from .report import EPILOG, ExitCode, tell_error
from .text import safe

if TYPE_CHECKING:
    from bilibili_api.archive import Archive, Archives

MILESTONES: Final = {milestone.value: milestone for milestone in Milestone}


@click.command(epilog=EPILOG)
@video_argument
@click.option(
    "--until",
    type=click.Choice(list(MILESTONES)),
    default=Milestone.PUBLIC.value,
    show_default=True,
    help="What is waited for.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long.  [default: until it is there]",
)
@archive_options
@click.pass_context
def command(ctx: click.Context, *, video: str, until: str, timeout: float | None, **given: Any) -> None:
    """Wait until one of your videos is public (or transcoded, or passed), and say each change.

    VIDEO is av123, 123, BV... or the address of its page. Bilibili is asked once a minute, later every ten
    minutes. Ends with 0 when it is there, with 4 when the video was refused, with 6 when the time is over.
    """
    milestone = MILESTONES[until]
    with archives_of(given) as archives:
        outlet = Outlet()
        last = asyncio.run(_watched(archives, video, milestone, timeout, outlet))
    code = _code(last, milestone)
    if code is ExitCode.STOPPED and not told.is_json():
        again = f"bvup watch {safe(video)} --until {until}"
        tell_error(
            ApiException(_missed(video, milestone), hint=say("To wait on, run: {command}", command=again))
        )
    told.result(code, outlet, video=figures(last), reached=code is ExitCode.DONE)
    ctx.exit(code)


def _code(last: Archive, milestone: Milestone) -> ExitCode:
    if last.has_reached(milestone):
        return ExitCode.DONE
    return ExitCode.REFUSED if last.status.has_failed else ExitCode.STOPPED


def _missed(video: str, milestone: Milestone) -> str:
    name = safe(video)
    match milestone:
        case Milestone.TRANSCODED:
            return say("{video} is not transcoded yet.", video=name)
        case Milestone.PASSED:
            return say("{video} is not passed yet.", video=name)
        case Milestone.PUBLIC:
            return say("{video} is not public yet.", video=name)


async def _watched(
    archives: Archives, video: str, milestone: Milestone, patience: float | None, outlet: Outlet
) -> Archive:
    """Tell each change, and return the archive as it was last."""
    seen: list[Archive] = []
    async for archive in archives.watch(video, milestone, patience=patience):
        seen.append(archive)
        told.event("note", outlet, message=news(archive))
        if not told.is_json():
            outlet.tell(news(archive))
    return seen[-1]
