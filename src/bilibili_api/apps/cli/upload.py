"""`bvup upload`: files and metadata in, a bvid out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.exceptions import ApiException, InvalidUpload, SubmissionUnknown

from .cover_options import cover_from, cover_options
from .credentials import Login, pointing, server_from
from .flags import server_options, verbose_option, who_options
from .order import Order, Part
from .outlet import Outlet
from .params import read_members, read_partition, read_size
from .report import EPILOG, ExitCode, tell_stopped
from .sending import Outcome, filled, kept, listening, result, send
from .text import stem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilibili_api.exceptions import Problem
    from bilibili_api.video_uploader import VideoUploaderCredential

HELP: Final = """Put videos on Bilibili: several FILES become the parts (P1, P2, ...) of one submission.

Who uploads: the login that `bvup login` has kept, another one by --profile, -u FILE or --access-key-file, an
access key in BVUP_ACCESS_KEY, or --account, whose password is asked for or taken from BVUP_PASSWORD. Secrets
are no options: other users of this machine see command lines, and shells remember them.
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
    type=click.IntRange(1, 2),
    default=1,
    show_default=True,
    help="1 own work, 2 repost.",
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
@click.option("--dry-run", is_flag=True, help="Check everything, upload nothing.")
@verbose_option("Show details, and tracebacks of errors.")
@click.pass_context
def command(ctx: click.Context, **given: Any) -> None:
    """Take the command line apart and do what it says."""
    order = order_from(given)
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
    outlet.say(*order.heading(str(login)))
    with pointing(login.way_back(order.server)):
        outcome = asyncio.run(attempt(order, credential, outlet, verbose=given["verbose"]))
    ctx.exit(finish(outcome, order, outlet))


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


async def attempt(
    order: Order, credential: VideoUploaderCredential, outlet: Outlet, *, verbose: bool
) -> Outcome:
    """Upload, and let an error say what is on the server in words that fit the command line.

    Raises:
        ApiException: What the library raises.
    """
    uploader, blank = order.uploader(credential), order.blank()
    try:
        return await send(uploader, blank, outlet, verbose=verbose)
    except ApiException as error:
        error.kept = kept(filled(uploader.progress, blank))
        raise


def finish(outcome: Outcome, order: Order, outlet: Outlet) -> ExitCode:
    """Tell the result and return the exit code.

    Raises:
        SubmissionUnknown: It was stopped in the very moment that decides.
    """
    if outcome.ids is None and outcome.progress.stage == "submit":
        raise SubmissionUnknown("Stopped while the submission was on its way.").keeping(
            kept(outcome.progress)
        )
    if outcome.ids is None:
        return tell_stopped(kept(outcome.progress))
    lines = result(outcome, order.server.url if order.server else None)
    outlet.say(*lines)
    if outlet.gone:  # the bvid must not be lost only because nobody read the progress
        click.echo("\n".join(lines), err=True)
    return ExitCode.DONE
