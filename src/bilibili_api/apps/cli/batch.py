"""`bvup batch`: carries out a file with many submissions, and goes on with it when it is called again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from . import told
from .batch_file import EntryError, order_of, read_batch
from .credentials import Login
from .flags import Once, output_options, uploading_options, verbose_option
from .journal_options import journal_from, journal_option, turn_options
from .language import t, tn
from .outlet import Outlet, aside
from .published import job_of, published_jobs
from .report import EPILOG, ExitCode, usage_figures, worst
from .series import End, Settled, codes_of, series
from .session import Session
from .settable import default_map, options_of
from .text import safe
from .upload import command as upload

if TYPE_CHECKING:
    from collections.abc import Sequence

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
@uploading_options
@journal_option
@click.option(
    "--no-journal", is_flag=True, help="Remember nothing: all is sent and published again the next time."
)
@turn_options
@click.option(
    "--again",
    cls=Once,
    is_flag=True,
    help="Make other archives of what was published before, instead of none.",
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
    """Read the file and do what it says."""
    file: Path = given["file"]
    journal, outlet, login = journal_from(given), Outlet(), Login.of(given)
    entries = read_batch(file, frozenset(options_of(command)) | {"again"})
    session = Session(login, journal, given, outlet)
    orders, settled = _orders(entries, file.absolute().parent, ctx, outlet)
    wrong = len(settled)
    if journal is not None and not given["again"]:
        orders, published = _unpublished(session, journal, orders)
        settled += published
    if wrong:
        outlet.tell(
            tn(
                len(entries),
                "{wrong} of {n} submission cannot work; see above.",
                "{wrong} of {n} submissions cannot work; see above.",
                wrong=wrong,
            )
        )
    ctx.exit(_carried_out(session, orders, settled))


def _carried_out(session: Session, orders: Sequence[Order], settled: Sequence[Settled]) -> ExitCode:
    """Carry out what can be, or show what would be; return the worst exit code."""
    if session.given["dry_run"]:
        from .rehearsal import rehearse  # noqa: PLC0415 - it loads what looks into videos

        return rehearse(session, orders, codes_of(settled))
    if orders:
        return series(session, orders, settled)
    code = worst(codes_of(settled))
    if code is ExitCode.DONE:
        session.outlet.tell(t("Everything in it is published."))
    in_order = sorted(settled, key=lambda one: one.number)
    told.result(code, session.outlet, submissions=[one.figures for one in in_order])
    return code


def _orders(
    entries: Sequence[Entry], folder: Path, ctx: click.Context, outlet: Outlet
) -> tuple[list[Order], list[Settled]]:
    """Return what the entries mean, and those that mean nothing, which are told."""
    orders: list[Order] = []
    wrong: list[Settled] = []
    set_values = {
        key: value
        for key, value in default_map(upload, ctx, ["upload"]).items()
        if key not in ctx.params and key not in {"each", "name"}
    }
    for entry in entries:
        try:
            order, notes = order_of(entry, folder, set_values, ctx.params, len(entries))
        except EntryError as error:
            aside(f"bvup: {safe_lines(str(error))}")
            with told.many(**entry.names()):
                told.result(ExitCode.INVALID, outlet, usage_figures(click.UsageError(str(error))))
            figures = {**entry.names(), "exit_code": int(ExitCode.INVALID), "bvid": None}
            wrong.append(Settled(entry.number, ExitCode.INVALID, figures))
        else:
            orders.append(order)
            outlet.say(*notes)
    return orders, wrong


def safe_lines(text: str) -> str:
    """Return a text whose lines steer no terminal."""
    return "\n".join(safe(line) for line in text.splitlines())


def _unpublished(
    session: Session, journal: Journal, orders: Sequence[Order]
) -> tuple[list[Order], list[Settled]]:
    """Return what was not published before, and the rest, which is told."""
    left: list[Order] = []
    published: list[Settled] = []
    server = orders[0].server if orders else None
    mid = session.login.preview(server).mid
    jobs = published_jobs(journal, server.url if server else None, mid)
    for order in orders:
        job = job_of(order, jobs)
        if job is None or not job.is_finished:
            left.append(order)
            continue
        session.outlet.tell(
            t("{title}: published before, as {bvid}", title=safe(str(order.meta["title"])), bvid=job.bvid)
        )
        ids = {"job": job.id, "aid": job.aid, "bvid": job.bvid}
        with told.many(**order.names()):
            told.result(ExitCode.DONE, session.outlet, **ids, was_published=True)
        figures = End(order, ExitCode.DONE, job.bvid or "").figures()
        published.append(Settled(order.number, ExitCode.DONE, figures))
    return left, published
