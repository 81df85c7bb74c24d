"""Options that several commands have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")

VERBOSE: Final = "bilibili_api.verbose"
"""Key in `click.Context.meta`: `-v` was given."""


def _remember(ctx: click.Context, _param: click.Parameter, value: bool) -> bool:  # noqa: FBT001 - click's signature
    ctx.meta[VERBOSE] = value
    return value


def verbose_option(meaning: str) -> Callable[[F], F]:
    """Return the decorator for `-v`."""
    return click.option("-v", "--verbose", is_flag=True, callback=_remember, help=meaning)
