"""`bvup list`: the archives of an account."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import click

from bilibili_api.archive import Group, Order

from . import told
from .archive_options import archive_options, archives_of
from .archive_words import figures, row
from .flags import Named
from .language import t
from .outlet import Outlet
from .params import read_partition
from .report import EPILOG, ExitCode

STATUSES: Final = {"in-progress": Group.IN_PROGRESS, "passed": Group.PASSED, "rejected": Group.REJECTED}
ORDERS: Final = {order.name.lower().replace("_", "-"): order for order in Order}
MOST: Final = 20


@click.command(epilog=EPILOG)
@click.option(
    "--status",
    "statuses",
    cls=Named,
    multiple=True,
    type=click.Choice(list(STATUSES)),
    help="Only these; repeat.  [default: all]",
)
@click.option("--keyword", default="", metavar="WORD", help="Only those in which this is found.")
@click.option("--tid", callback=read_partition, metavar="N|NAME", help="Only those of this partition.")
@click.option(
    "--order", type=click.Choice(list(ORDERS)), default="newest", show_default=True, help="What comes first."
)
@click.option(
    "-n",
    "--most",
    type=click.IntRange(1),
    default=MOST,
    show_default=True,
    help="How many at most.",
)
@click.option("--all", "is_all", cls=Named, is_flag=True, help="All of them.")
@archive_options
def command(**given: Any) -> None:
    """List your videos on Bilibili: where each stands in its review, and why it was refused."""
    groups = [STATUSES[status] for status in given["statuses"]]
    with archives_of(given) as archives:
        found = asyncio.run(
            archives.list(
                *groups,
                keyword=given["keyword"],
                tid=given["tid"] or 0,
                order=ORDERS[given["order"]],
                most=None if given["is_all"] else given["most"],
            )
        )
    outlet = Outlet()
    told.result(ExitCode.DONE, outlet, videos=[figures(archive) for archive in found])
    if told.is_json():
        return
    for archive in found:
        outlet.draw(*row(archive, outlet.width))
    if not found:
        outlet.tell(t("There is no such video."))
