"""Which journal remembers an upload, and what happens when another process has its files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.journal import Journal

F = TypeVar("F", bound="Callable[..., Any]")

journal_option = click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The journal that remembers uploads.  [default: journal.db in BVUP_HOME]",
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
    if not given["no_journal"]:
        return journal_of(given)
    if given["journal"] is not None:
        raise click.UsageError("--journal and --no-journal contradict one another.")
    return None


def journal_of(given: dict[str, Any]) -> Journal:
    """Return the journal that is meant."""
    from bilibili_api.journal import Journal  # noqa: PLC0415 - SQLite, and much of what is refused goes without

    return Journal(given["journal"], wait=given.get("wait_turn", False))
