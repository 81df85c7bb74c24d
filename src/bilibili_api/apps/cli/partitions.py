"""`bvup partitions`: the partitions a video can be submitted to."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bilibili_api.channel import (
    get_channel_info_by_name,
    get_channel_info_by_tid,
    get_channel_list,
    get_new_channels,
)
from bilibili_api.frozen import frozen

from . import told
from .flags import output_options, verbose_option
from .language import t
from .outlet import Outlet
from .report import EPILOG, ExitCode
from .text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilibili_api.channel import ChannelLeaf, ChannelMain


@frozen
class Row:
    """One partition.

    Attributes:
        tid: Its number, for `--tid`.
        name: Its name.
        main: Name of the main partition above it.
        state: `open`, `licensed` or `retired`.
    """

    tid: int
    name: str
    main: str
    state: str

    def __str__(self) -> str:
        row = f"{self.tid:>5}  {self.main} / {self.name}"
        match self.state:
            case "licensed":
                return t("{row}  (only accounts with a licence)", row=row)
            case "retired":
                return t("{row}  (retired)", row=row)
            case _:
                return row


@click.command(epilog=EPILOG)
@click.argument("name", required=False, metavar="[NAME]")
@output_options
@verbose_option("Show tracebacks of errors.")
@click.pass_context
def command(ctx: click.Context, name: str | None, *, verbose: bool) -> None:
    """List the partitions, or those that NAME (a name, a part of one, or a number) means. Asks nobody."""
    del verbose
    rows, new = rows_of(name), new_of(name)
    if not rows and not new:
        raise click.UsageError(
            t("no partition is called like {name!r}. All: bvup partitions", name=safe(name or ""))
        )
    outlet = Outlet()
    if not told.is_json():
        outlet.draw(*table(rows, new))
    listed = [{"number": number, "name": called} for number, called in new.items()]
    told.result(ExitCode.DONE, outlet, partitions=[asdict(row) for row in rows], new_partitions=listed)
    ctx.exit(ExitCode.DONE)


def rows_of(wanted: str | None) -> list[Row]:
    """Return the leaves that are meant: all, those of a main partition, or those whose name has it in it."""
    tree = get_channel_list()
    if wanted is None:
        return [row for main in tree for row in _leaves(main)]
    word = wanted.strip()
    main, leaf = get_channel_info_by_tid(int(word)) if _is_number(word) else get_channel_info_by_name(word)
    if leaf is not None:
        return [_row(main, leaf)]
    if main is not None:
        return list(_leaves(main))
    key = word.casefold()
    return [row for each in tree for row in _leaves(each) if key in row.name.casefold()]


def new_of(wanted: str | None) -> dict[int, str]:
    """Return the new partitions that are meant."""
    word = (wanted or "").strip().casefold()
    return {number: name for number, name in get_new_channels().items() if word in (str(number), "")
            or word in name.casefold()}  # fmt: skip


def table(rows: Sequence[Row], new: dict[int, str]) -> Iterator[str]:
    """Yield a line for each."""
    if rows:
        yield t("For --tid:")
        yield from map(str, rows)
    if new:
        yield t("New, for --partition:")
        yield from (f"{number:>5}  {name}" for number, name in new.items())


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) < 10


def _leaves(main: ChannelMain) -> Iterator[Row]:
    return (_row(main, leaf) for leaf in main["sub"])


def _row(main: ChannelMain | None, leaf: ChannelLeaf) -> Row:
    return Row(leaf["tid"], leaf["name"], main["name"] if main else "", leaf["state"])
