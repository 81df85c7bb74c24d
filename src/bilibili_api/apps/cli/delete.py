"""`bvup delete`: hands deleting to the site, where Bilibili wants a captcha solved for it."""

from __future__ import annotations

from typing import Final

import click

from bilibili_api.exceptions import ApiException, Retry
from bilibili_api.saying import say

from .archive_options import video_argument
from .flags import output_options, verbose_option
from .report import EPILOG
from .text import safe

MANAGER: Final = "https://member.bilibili.com/platform/upload-manager/article"


class OnlyOnTheSite(ApiException):
    """What only a person can do, on Bilibili's own pages."""

    kind = "CAPTCHA"
    retry = Retry.HUMAN


@click.command(epilog=EPILOG)
@video_argument
@output_options
@verbose_option("Show tracebacks of errors.")
def command(video: str, *, verbose: bool) -> None:
    """Say where one of your videos can be deleted. Nothing is deleted by this command, and it always fails.

    VIDEO is av123, 123, BV... or the address of its page. Bilibili deletes videos only for a person who
    solves a captcha, in the archive manager of its site. An upload in the journal goes by `bvup forget`.
    """
    del verbose  # what runs this command has seen it
    raise OnlyOnTheSite(
        say(
            "{video} is not deleted: Bilibili wants a captcha solved for that, which is yours to do.",
            video=safe(video),
        ),
        hint=say("Delete it in the archive manager: {url}", url=MANAGER),
    )
