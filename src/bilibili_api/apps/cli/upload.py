"""`bvup upload`: files and metadata in, a bvid out."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.exceptions import InvalidUpload, JournalFailed

from .attempt import Attempt
from .cover_options import cover_from, cover_options
from .credentials import Login, pointing, server_from
from .flags import server_options, verbose_option, who_options
from .journal_options import journal_from, journal_option, turn_options
from .notes import listening
from .order import Order, Part
from .outlet import Outlet
from .params import read_members, read_partition, read_size
from .report import EPILOG, advice
from .text import stem
from .way_on import WayOn

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from bilibili_api.exceptions import Problem
    from bilibili_api.journal import Journal

    from .sending import Outcome

HELP: Final = """Put videos on Bilibili: several FILES become the parts (P1, P2, ...) of one submission.

Who uploads: the login that `bvup login` has kept, another one by --profile, -u FILE or --access-key-file, an
access key in BVUP_ACCESS_KEY, or --account, whose password is asked for or taken from BVUP_PASSWORD. Secrets
are no options: other users of this machine see command lines, and shells remember them.

When it stops before the end, whatever the reason, the same command goes on where it was, and so does
`bvup resume`. What was published is not published twice. `bvup jobs` lists what is unfinished.
"""


@click.command(help=HELP, epilog=EPILOG)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--title", help="Title, at most 80 characters.  [default: name of the first file]")
@click.option("--tag", "tags", multiple=True, metavar="A,B", help="Tags; repeat or separate by commas.")
@click.option(
    "--tid", callback=read_partition, metavar="N|NAME", help="Partition: number or name (21, 日常)."
)
@click.option(
    "--partition",
    "place",
    metavar="N|NAME",
    help="The same, and the new partitions as well (1008, 游戏); --tid may stand beside a new one.",
)
@click.option("--topic", metavar="NAME", help="Topic; its activity is added. Needs a login with cookies.")
@click.option("--desc", default="", help="Description.")
@cover_options
@click.option(
    "--copyright",
    "copyright_",
    type=click.IntRange(1, 3),
    default=1,
    show_default=True,
    help="1 own work, 2 repost, 3 nothing to declare (taken by the interface web only).",
)
@click.option("--source", help="Where a repost comes from.")
@click.option("--dynamic", help="Text of the post to followers.")
@click.option("--no-reprint", is_flag=True, help="Show that reposting needs permission (own work only).")
@click.option("--dtime", type=int, metavar="EPOCH", help="Publish at this time, Unix seconds.")
@click.option(
    "--part-title",
    "part_titles",
    multiple=True,
    help="Title of a part, in order; repeat.  [default: file name]",
)
@click.option("--limit", "threads", type=int, default=5, show_default=True, help="Chunks in flight at once.")
@click.option(
    "--rate",
    metavar="LIMIT",
    help="At most so many bytes a second: 10M, 800K, 10Mbit, or by the time of day; see `bvup rate`.",
)
@click.option("--chunk-size", callback=read_size, default="2M", show_default=True, help="Size of a chunk.")
@click.option("--line", metavar="NAME", help="`pc` or a line of UPOS.  [default: what the login can use]")
@click.option(
    "--submit", "interface", metavar="NAME", help="Only this interface.  [default: those the login can use]"
)
@click.option(
    "--extra-fields",
    callback=read_members,
    metavar="JSON",
    help="More members of the metadata, sent as they are.",
)
@click.option("--account", metavar="NAME", help="Log in with this account and a password.")
@who_options
@server_options
@click.option(
    "--check-online",
    is_flag=True,
    help="First ask Bilibili about tags, partition, number of parts and topic. Needs a login with cookies.",
)
@click.option("--no-wait", is_flag=True, help="Fail when the login dies, instead of waiting for a new one.")
@journal_option
@click.option(
    "--no-journal", is_flag=True, help="Remember nothing: when it is stopped, all has to be sent again."
)
@turn_options
@click.option(
    "--again", is_flag=True, help="Make another archive of what was published before, instead of none."
)
@click.option("--dry-run", is_flag=True, help="Check everything, upload nothing.")
@verbose_option("Show details, and tracebacks of errors.")
@click.pass_context
def command(ctx: click.Context, **given: Any) -> None:
    """Take the command line apart and do what it says."""
    order, journal = order_from(given), journal_from(given)
    login = Login.of(given)
    outlet, online = Outlet(), given["check_online"]
    with listening(outlet.say, verbose=given["verbose"]):
        problems = asyncio.run(look_over(order, login, online=online))
    if problems:
        raise InvalidUpload(problems)
    if given["dry_run"]:
        done = "uploaded" if online else "sent"
        outlet.say(*order.heading(str(login)), f"Nothing is wrong with it; nothing was {done}.")
        return
    credential = login.credential(order.server, patient=not given["no_wait"])
    way = WayOn(given["journal"], order.server, login)

    def make() -> Attempt:
        uploader = order.uploader(credential, journal)
        return Attempt(uploader, order.blank(), way, grace=given["grace"], verbose=given["verbose"])

    outlet.say(*order.heading(str(login)))
    with pointing(login.way_back(order.server)), offering_none():
        attempt, outcome = asyncio.run(publish(make, journal, outlet, again=given["again"]))
    ctx.exit(attempt.finish(outcome, outlet))


def order_from(given: dict[str, Any]) -> Order:
    """Return what is to be uploaded.

    Raises:
        click.UsageError: Options contradict one another.
        ArgsException: The server's URL cannot be used.
    """
    files: Sequence[Path] = given["files"]
    titles: Sequence[str] = given["part_titles"]
    if len(titles) > len(files):
        raise click.UsageError(f"{len(titles)} --part-title for {len(files)} files.")
    titles = [*titles, *(stem(path) for path in files[len(titles) :])]
    return Order(
        parts=tuple(Part(path, title) for path, title in zip(files, titles, strict=True)),
        meta=meta_from(given),
        extra=given["extra_fields"],
        cover=cover_from(given),
        threads=given["threads"],
        chunk_size=given["chunk_size"],
        line=given["line"],
        interface=given["interface"],
        place=given["place"],
        topic=given["topic"],
        rate=given["rate"],
        server=server_from(given["server"], given["ca"]),
    )


def meta_from(given: dict[str, Any]) -> dict[str, object]:
    """Return the metadata as the library takes it; what was not said is left out."""
    meta: dict[str, object] = {
        "title": stem(given["files"][0]) if given["title"] is None else given["title"],
        "tag": ",".join(given["tags"]) or None,
        "copyright": given["copyright_"],
        "desc": given["desc"],
        "no_reprint": 1 if given["no_reprint"] else None,
        **{key: given[key] for key in ("tid", "source", "dynamic", "dtime")},
    }
    return {key: value for key, value in meta.items() if value is not None}


async def look_over(order: Order, login: Login, *, online: bool) -> tuple[Problem, ...]:
    """Return everything that is wrong, before a password is asked for; nothing is sent unless `online`."""
    return await order.uploader(login.preview(order.server)).check(live=online)


async def publish(
    make: Callable[[], Attempt], journal: Journal | None, outlet: Outlet, *, again: bool
) -> tuple[Attempt, Outcome]:
    """Upload, once more if it was published before and another archive is wanted.

    Raises:
        ApiException: What the library raises.
    """
    attempt = make()
    outcome = await attempt.run(outlet)
    if not (again and outcome.was_published and journal is not None and outcome.progress.job is not None):
        return attempt, outcome
    bvid = (outcome.ids or {}).get("bvid")
    outlet.say(f"This was published before, as {bvid}; it is uploaded once more, for another archive.")
    await journal.forget(outcome.progress.job)
    attempt = make()
    return attempt, await attempt.run(outlet)


@contextmanager
def offering_none() -> Generator[None]:
    """Let a journal that cannot be opened be left out.

    Raises:
        ApiException: As it was, with another hint.
    """
    try:
        yield
    except JournalFailed as error:
        if not error.kept:
            error.hint = f"{advice(error.hint)} Or remember nothing: --no-journal."
        raise
