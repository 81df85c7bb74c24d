"""`bvup batch`: carries out a file with many submissions, and goes on with it when it is called again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.exceptions import InvalidUpload

from . import told
from .batch_file import EntryError, order_of, read_batch
from .credentials import Login
from .flags import Once, output_options, uploading_options, verbose_option
from .journal_options import journal_from, journal_option, turn_options
from .language import t, tn
from .outlet import Outlet, aside
from .published import job_of, published_jobs
from .report import EPILOG, ExitCode, usage_figures, worst
from .series import series
from .session import Session
from .settable import default_map, options_of
from .text import safe
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
    orders, wrong = _orders(entries, file.absolute().parent, ctx, outlet)
    if journal is not None and not given["again"]:
        orders = list(_unpublished(session, journal, orders))
    if wrong:
        outlet.tell(
            tn(
                len(entries),
                "{wrong} of {n} submission cannot work; see above.",
                "{wrong} of {n} submissions cannot work; see above.",
                wrong=len(wrong),
            )
        )
    ctx.exit(_carried_out(session, orders, wrong))


def _carried_out(session: Session, orders: Sequence[Order], wrong: Sequence[ExitCode]) -> ExitCode:
    """Carry out what can be, or show what would be; return the worst exit code."""
    if session.given["dry_run"]:
        from .rehearsal import rehearse  # noqa: PLC0415 - it loads what looks into videos

        return rehearse(session, orders, wrong)
    if orders:
        try:
            return series(session, orders, wrong)
        except InvalidUpload:  # the same is wrong with all of them
            session.outlet.tell(t("{title} cannot be uploaded:", title=safe(str(orders[0].meta["title"]))))
            raise
    if not wrong:
        session.outlet.tell(t("Everything in it is published."))
    code = worst([ExitCode.DONE, *wrong])
    told.result(code, session.outlet, submissions=[])
    return code


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
            aside(f"bvup: {safe_lines(str(error))}")
            with told.many():
                told.result(ExitCode.INVALID, outlet, usage_figures(click.UsageError(str(error))))
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
        if job is None or not job.is_finished:
            yield order
        else:
            session.outlet.tell(
                t("{title}: published before, as {bvid}", title=safe(str(order.meta["title"])), bvid=job.bvid)
            )
