"""`bvup batch`: carries out a file with many submissions, and goes on with it when it is called again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.exceptions import InvalidUpload

from .batch_file import EntryError, order_of, read_batch
from .credentials import Login
from .flags import server_options, verbose_option, who_options
from .journal_options import journal_from, journal_option, turn_options
from .outlet import Outlet
from .published import job_of, published_jobs
from .report import EPILOG, ExitCode, complain, worst
from .series import series
from .session import Session
from .settable import default_map, options_of
from .text import count, safe
from .upload import command as upload

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilibili_api.journal import Journal

    from .batch_file import Entry
    from .order import Order

HELP: Final = """Carry out the submissions in FILE (YAML, or TOML by its ending), one after the other.

\b
defaults:                 # options of `bvup upload`, for all of them
  tid: 21
  tag: travel,vlog
submissions:
  - files: day1           # files, folders, patterns; relative to FILE
    title: "Day {n}"
  - files: [day2/a.mp4, day2/b.mp4]
    title: "Day {n}"

All are checked first. One that fails is reported and does not stop the others. The same command goes on where
it stopped; what was published is not published again, even if its title in FILE is another one now.
"""


@click.command(help=HELP, epilog=EPILOG)
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
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
    "--no-journal", is_flag=True, help="Remember nothing: all is sent and published again the next time."
)
@turn_options
@click.option(
    "--again", is_flag=True, help="Make other archives of what was published before, instead of none."
)
@click.option("--dry-run", is_flag=True, help="Check everything, upload nothing.")
@verbose_option("Show details, and tracebacks of errors.")
@click.pass_context
def command(ctx: click.Context, **given: Any) -> None:
    """Read the file and do what it says."""
    file: Path = given["file"]
    journal, outlet, login = journal_from(given), Outlet(), Login.of(given)
    entries = read_batch(file, frozenset(options_of(command)) | {"again"})
    session = Session(login, journal, given, outlet)
    orders, codes = _orders(entries, file.absolute().parent, ctx, outlet)
    if journal is not None and not given["again"]:
        orders = list(_unpublished(session, journal, orders))
    if given["dry_run"]:
        codes += [_look_over(session, order) for order in orders]
    if wrong := codes.count(ExitCode.INVALID):
        outlet.say(f"{wrong} of {count(len(entries), 'submission')} cannot work; see above.")
    if given["dry_run"]:
        outlet.say(f"{count(len(entries), 'submission')}; nothing was sent.")
    elif orders:
        codes.append(_carried_out(session, orders))
    elif not codes:
        outlet.say("Everything in it is published.")
    ctx.exit(worst(codes or [ExitCode.DONE]))


def _orders(
    entries: Sequence[Entry], folder: Path, ctx: click.Context, outlet: Outlet
) -> tuple[list[Order], list[ExitCode]]:
    """Return what the entries mean, and a code for each that means nothing, which is told."""
    orders: list[Order] = []
    codes: list[ExitCode] = []
    set_values = {
        key: value
        for key, value in default_map(upload, ctx, ["upload"]).items()
        if key not in ctx.params and key not in {"each", "name"}
    }
    for entry in entries:
        try:
            order, notes = order_of(entry, folder, set_values, ctx.params, len(entries))
        except EntryError as error:
            click.echo(f"bvup: {safe_lines(str(error))}", err=True)
            codes.append(ExitCode.INVALID)
        else:
            orders.append(order)
            outlet.say(*notes)
    return orders, codes


def safe_lines(text: str) -> str:
    """Return a text whose lines steer no terminal."""
    return "\n".join(safe(line) for line in text.splitlines())


def _unpublished(session: Session, journal: Journal, orders: Sequence[Order]) -> Iterator[Order]:
    """Yield what was not published before, and name the rest."""
    server = orders[0].server if orders else None
    mid = session.login.preview(server).mid
    jobs = published_jobs(journal, server.url if server else None, mid)
    for order in orders:
        job = job_of(order, jobs)
        if job is None:
            yield order
        else:
            session.outlet.say(f"{safe(str(order.meta['title']))}: published before, as {job.bvid}")


def _look_over(session: Session, order: Order) -> ExitCode:
    """Show what would be sent, or what is wrong with it."""
    problems = asyncio.run(session.problems(order, online=session.given["check_online"]))
    if problems:
        return _complain(session, order, InvalidUpload(problems))
    session.outlet.say(*order.heading(str(session.login)), "Nothing is wrong with it.", "")
    return ExitCode.DONE


def _complain(session: Session, order: Order, error: InvalidUpload) -> ExitCode:
    session.outlet.say(f"{safe(str(order.meta['title']))} cannot be uploaded:")
    return complain(error, verbose=False)


def _carried_out(session: Session, orders: Sequence[Order]) -> ExitCode:
    try:
        return series(session, orders)
    except InvalidUpload as error:  # the same is wrong with all of them
        return _complain(session, orders[0], error)
