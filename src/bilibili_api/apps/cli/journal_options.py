"""Which journal remembers an upload, and what happens when another process has its files."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from .flags import is_spoken
from .language import t
from .text import safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.journal import Journal

F = TypeVar("F", bound="Callable[..., Any]")

_SQLITE: Final = b"SQLite format 3\0"


def read_journal(_ctx: click.Context, _param: click.Parameter, value: Path | None) -> Path | None:
    """Refuse a file that is something else: the library takes it for a damaged journal and moves it away."""
    if value is None:
        return None
    with suppress(OSError), value.open("rb") as file:  # one that is not there is made
        head = file.read(len(_SQLITE))
        if head and head != _SQLITE:
            raise click.BadParameter(
                t("{path} is there, and is no journal; name another file.", path=safe(value))
            )
    return value


journal_option = click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=read_journal,
    metavar="FILE",
    help="The journal that remembers uploads.  [default: the user's own]",
)
"""Adds `--journal`."""


def turn_options(command: F) -> F:
    """Add `--wait-turn` and `--grace`."""
    turn = click.option(
        "--wait-turn",
        is_flag=True,
        help="When another process is uploading one of the files, wait until it ends.  [default: stop]",
    )
    grace = click.option(
        "--grace",
        type=click.FloatRange(min=0),
        default=5.0,
        show_default=True,
        metavar="SECONDS",
        help="How long chunks under way may take to land when it is stopped.",
    )
    return turn(grace(command))


def journal_from(given: dict[str, Any]) -> Journal | None:
    """Return the journal that is meant, or None: nothing is to be remembered.

    Raises:
        click.UsageError: `--journal` and `--no-journal` contradict one another.
    """
    if not given["no_journal"] or (is_spoken("journal") and not is_spoken("no_journal")):
        return journal_of(given)
    if given["journal"] is not None and is_spoken("journal") is is_spoken("no_journal"):
        raise click.UsageError(t("--journal and --no-journal contradict one another."))
    return None


def journal_of(given: dict[str, Any]) -> Journal:
    """Return the journal that is meant."""
    from bilibili_api.journal import Journal  # noqa: PLC0415 - SQLite, and much of what is refused goes without

    return Journal(given["journal"], wait=given.get("wait_turn", False))
