"""`bvup topics`: the topics a video can be submitted to, and the activities it can take part in."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.account import find_topics
from bilibili_api.video_uploader import get_missions

from . import told
from .credentials import credential_of
from .flags import output_options, server_options, verbose_option, who_options
from .language import t
from .outlet import Outlet
from .params import read_partition
from .report import EPILOG, ExitCode
from .text import safe

if TYPE_CHECKING:
    from bilibili_api.account import Topic, VideoUploaderCredential

HELP: Final = """List the topics whose names have NAME in them, or those that are proposed for a partition.

Needs a login with cookies. `bvup upload --topic NAME` takes one of them; its activity is added. Behind them
stand the activities one can take part in, for `--mission`.
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
        missions = asyncio.run(activities(credential, given["name"], given["tid"] or 0))
    rows = [{"mission_id": number, "name": name} for number, name in missions.items()]
    told.result(ExitCode.DONE, outlet, topics=[asdict(topic) for topic in found], missions=rows)
    if not told.is_json():
        outlet.tell(*map(line, found))
    if not found:
        outlet.tell(t("There is no such topic."))
    if missions and not told.is_json():
        outlet.tell(
            t("Activities, for --mission:"), *(f"{no:>8}  {safe(name)}" for no, name in missions.items())
        )
    ctx.exit(ExitCode.DONE)


async def activities(credential: VideoUploaderCredential, name: str, tid: int) -> dict[int, str]:
    """Return the activities of a partition whose names have something in them, by their numbers.

    Raises:
        ApiException: They cannot be listed.
    """
    listed = await get_missions(tid, options=credential.options)
    known = {one["id"]: str(one.get("name") or "") for one in listed if isinstance(one.get("id"), int)}
    return {number: said for number, said in known.items() if name.strip().casefold() in said.casefold()}


def line(topic: Topic) -> str:
    """Return a topic as a person reads it: "   10001  Name  (activity 20001: what it says)"."""
    row = f"{topic.topic_id:>8}  {safe(topic.name)}"
    if not topic.mission_id:
        return row
    if not topic.activity:
        return t("{row}  (activity {number})", row=row, number=topic.mission_id)
    return t(
        "{row}  (activity {number}: {name})", row=row, number=topic.mission_id, name=safe(topic.activity)
    )
