"""`bvup topics`: the topics a video can be submitted to."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.account import find_topics

from . import told
from .credentials import credential_of
from .flags import output_options, server_options, verbose_option, who_options
from .outlet import Outlet
from .params import read_partition
from .report import EPILOG, ExitCode
from .text import safe

if TYPE_CHECKING:
    from bilibili_api.account import Topic

HELP: Final = """List the topics whose names have NAME in them, or those that are proposed for a partition.

Needs a login with cookies. `bvup upload --topic NAME` takes one of them; its activity is added.
"""


@click.command(help=HELP, epilog=EPILOG)
@click.argument("name", required=False, default="", metavar="[NAME]")
@click.option(
    "--tid",
    callback=read_partition,
    metavar="N|NAME",
    help="Partition, where there is no NAME.  [default: any]",
)
@who_options
@server_options
@output_options
@verbose_option("Show tracebacks of errors.")
@click.pass_context
def command(ctx: click.Context, **given: Any) -> None:
    """Ask, and list what is found."""
    outlet = Outlet()
    with credential_of(given) as credential:
        found = asyncio.run(find_topics(credential, given["name"], tid=given["tid"] or 0))
    told.result(ExitCode.DONE, outlet, topics=[asdict(topic) for topic in found])
    if not told.is_json():
        outlet.draw(*map(line, found))
    if not found:
        outlet.tell("There is no such topic.")
    ctx.exit(ExitCode.DONE)


def line(topic: Topic) -> str:
    """Return a topic as a person reads it: "   10001  Name  (activity 20001: what it says)"."""
    said = f": {safe(topic.activity)}" if topic.activity else ""
    activity = f"  (activity {topic.mission_id}{said})" if topic.mission_id else ""
    return f"{topic.topic_id:>8}  {safe(topic.name)}{activity}"
