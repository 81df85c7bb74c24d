"""`bvup upload`: files and metadata in, a bvid out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from .cover_options import cover_options
from .credentials import Login
from .files import files_of, refuse_unfit
from .flags import Named, Once, output_options, subtitle_options, uploading_options, verbose_option
from .foreign_flags import refuse_value
from .journal_options import journal_from, journal_option, turn_options
from .ordering import order_from, orders_from
from .outlet import Outlet
from .params import read_members, read_moment, read_number_or_name, read_partition, read_size
from .report import EPILOG
from .series import series
from .session import Session

HELP: Final = """Put videos on Bilibili: several FILES become the parts (P1, P2, ...) of one submission.

The parts stand in the order of the arguments. A folder stands for the videos in it, and a pattern in quotes
('day *.mp4') for what it matches, P2 before P10. With --each, every file becomes a submission of its own.
`-` is standard input: ffmpeg ... | bvup upload - --name x.mp4

Titles, description, tags, source and dynamic may have variables: {stem} {name} {folder} {n} {n:02} {count}
{date} {date:%d.%m.%Y} {duration} {title}; {{ and }} are braces. The date is that of the file, so that the
same command makes the same title on another day.

Who uploads: the login that `bvup login` has kept, another one by --profile, -u FILE or --access-key-file, an
access key in BVUP_ACCESS_KEY, or --account, whose password is asked for or taken from BVUP_PASSWORD. Secrets
are no options: other users of this machine see command lines, and shells remember them.

When it stops before the end, whatever the reason, the same command goes on where it was, and so does
`bvup resume`. What was published is not published twice. `bvup jobs` lists what is unfinished.
"""


@click.command(help=HELP, epilog=EPILOG)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--each", is_flag=True, help="Make a submission of its own out of each file.")
@click.option(
    "--name", cls=Once, metavar="NAME", help="Name of what comes on standard input, with its ending."
)
@click.option("--title", help="Title, at most 80 characters.  [default: name of the first file]")
@click.option(
    "--tag", "tags", cls=Named, multiple=True, metavar="A,B", help="Tags; repeat or separate by commas."
)
@click.option(
    "--tid", callback=read_partition, metavar="N|NAME", help="Partition: number or name (21, 日常)."
)
@click.option(
    "--partition",
    "place",
    cls=Named,
    metavar="N|NAME",
    help="The same, and the new partitions as well (1008, 游戏); --tid may stand beside a new one.",
)
@click.option(
    "--topic",
    callback=read_number_or_name,
    metavar="NAME|N",
    help="Topic; its activity is added. Needs a login with cookies.",
)
@click.option(
    "--mission",
    callback=read_number_or_name,
    metavar="NAME|N",
    help="Activity (`bvup topics`); without --topic, the topic that belongs to it is added.",
)
@click.option("--desc", default="", help="Description.")
@cover_options
@click.option(
    "--copyright",
    "copyright_",
    cls=Named,
    type=click.IntRange(1, 3),
    default=1,
    show_default=True,
    help="1 own work, 2 repost, 3 nothing to declare (taken by the interface web only).",
)
@click.option("--source", help="Where a repost comes from.")
@click.option("--dynamic", help="Text of the post to followers.")
@click.option("--no-reprint", is_flag=True, help="Show that reposting needs permission (own work only).")
@click.option(
    "--dtime",
    callback=read_moment,
    metavar="TIME",
    help="Publish at this time: +4h, 'tomorrow 18:00', '2026-12-01 18:00', RFC 3339 or Unix seconds.",
)
@click.option(
    "--part-title",
    "part_titles",
    cls=Named,
    multiple=True,
    help="Title of a part, in order; repeat.  [default: file name]",
)
@subtitle_options
@click.option(
    "--limit",
    "threads",
    cls=Named,
    type=int,
    default=12,
    show_default=True,
    help="Most chunks in flight at once; how many there are adapts itself.",
)
@click.option(
    "--rate",
    metavar="LIMIT",
    help="At most so many bytes a second: 10M, 800K, 10Mbit, or by the time of day; see `bvup rate`.",
)
@click.option(
    "--chunk-size",
    metavar="SIZE",
    callback=read_size,
    default="2M",
    show_default=True,
    help="Size of a chunk.",
)
@click.option("--line", metavar="NAME", help="`pc` or a line of UPOS.  [default: what the login can use]")
@click.option(
    "--submit",
    "interface",
    cls=Named,
    metavar="NAME",
    help="Only this interface.  [default: those the login can use]",
)
@click.option(
    "--extra-fields",
    callback=read_members,
    metavar="JSON",
    help="More members of the metadata, sent as they are.",
)
@uploading_options
@journal_option
@click.option(
    "--no-journal", is_flag=True, help="Remember nothing: when it is stopped, all has to be sent again."
)
@turn_options
@click.option(
    "--again",
    cls=Once,
    is_flag=True,
    help="Make another archive of what was published before, instead of none.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Show what would be sent, what the files are, and all that is wrong; upload nothing.",
)
@output_options
@verbose_option("Show details, and tracebacks of errors.")
@click.pass_context
def command(ctx: click.Context, **given: Any) -> None:
    """Take the command line apart and do what it says."""
    if given["no_reprint"]:
        refuse_value(given["files"])
    outlet, files = Outlet(), files_of(given["files"])
    refuse_unfit(files.paths, given["name"])
    journal = journal_from(given)
    orders = orders_from(files.paths, given) if given["each"] else (order_from(files.paths, given),)
    outlet.say(*files.notes)
    session = Session(Login.of(given), journal, given, outlet)
    if given["dry_run"]:
        from .rehearsal import rehearse  # noqa: PLC0415 - it loads what looks into videos

        ctx.exit(rehearse(session, orders))
    ctx.exit(series(session, orders) if given["each"] else session.single(orders[0]))
