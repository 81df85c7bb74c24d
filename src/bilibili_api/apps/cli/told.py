"""What programs are told: with `--json`, an object a line on standard output, the last of them the result.

`bvup.schema.json` describes every line; docs/command-line.md explains them.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

import click

if TYPE_CHECKING:
    from collections.abc import Generator

    from .outlet import Outlet

VERSION: Final = 1
"""Goes up when a member changes its meaning or goes away, not when one is added."""
JSON: Final = "bilibili_api.json"
"""Key in `click.Context.meta`: `--json` was given."""
QUIET: Final = "bilibili_api.quiet"
"""Key in `click.Context.meta`: `-q` was given."""
WISHED: Final = "bilibili_api.wished"
"""Key in `click.Context.meta`: `--json` stands on the command line, whether it could be parsed or not."""
_COMMAND: Final = "bilibili_api.command"
_ENDED: Final = "bilibili_api.ended"
_LOST: Final = "bilibili_api.lost"
_MANY: Final = "bilibili_api.many"


def _has(key: str) -> bool:
    ctx = click.get_current_context(silent=True)
    return ctx is not None and bool(ctx.meta.get(key))


def remember(ctx: click.Context, key: str, value: bool) -> bool:  # noqa: FBT001 - as click hands it on
    """Take note of a flag that may stand before the command as well; return whether it holds."""
    ctx.meta[key] = value = value or bool(ctx.meta.get(key))
    ctx.meta[_COMMAND] = ctx.command_path.partition(" ")[2]
    return value


def call(ctx: click.Context, name: str) -> None:
    """Take note of the command that is called, which cannot always be begun."""
    ctx.meta[_COMMAND] = ctx.meta.get(_COMMAND) or name


def only_where_wished(ctx: click.Context) -> None:
    """Let `--json` hold only if it stands on the command line, not because it is set."""
    ctx.meta[JSON] = bool(ctx.meta.get(WISHED))


def is_json() -> bool:
    """Whether programs are listening."""
    return _has(JSON)


def is_quiet() -> bool:
    """Whether only what was asked for, and errors, are to be said."""
    return _has(QUIET)


def command() -> str:
    """Return the name of the command that runs, "season add"; "" before it is known."""
    ctx = click.get_current_context(silent=True)
    return "" if ctx is None else str(ctx.meta.get(_COMMAND) or "")


def has_ended() -> bool:
    """Whether the result was told already."""
    return _has(_ENDED)


def lose() -> None:
    """Note that what is told from now on cannot be written."""
    if (ctx := click.get_current_context(silent=True)) is not None:
        ctx.meta[_LOST] = True


def is_lost() -> bool:
    """Whether something that was told could not be written, by no will of who reads it."""
    return _has(_LOST)


def event(kind: str, outlet: Outlet, **what: object) -> None:
    """Tell of something that happens meanwhile, if programs are listening."""
    if is_json():
        outlet.draw(_line({"type": kind, **what}))


def result(code: int, outlet: Outlet, error: dict[str, object] | None = None, /, **what: Any) -> None:
    """Tell how it ended, once, if programs are listening; of one of several, that this one did.

    Args:
        code: The exit code.
        outlet: Where.
        error: What went wrong, or None.
        what: What the command has found or done.
    """
    if not is_json() or has_ended():
        return
    ctx = click.get_current_context()
    which: dict[str, object] | None = ctx.meta.get(_MANY)
    if which is None:
        ctx.meta[_ENDED] = True
    kind = "result" if which is None else "submission"
    command = ctx.meta.get(_COMMAND) or ctx.invoked_subcommand or ""
    told = {"type": kind, "version": VERSION, "command": command, "exit_code": int(code), "error": error}
    outlet.draw(_line({**told, **(which or {}), **what}))


@contextmanager
def many(**which: object) -> Generator[None]:
    """Let results meanwhile be those of one of several submissions, with what says which one."""
    ctx = click.get_current_context()
    ctx.meta[_MANY] = which
    try:
        yield
    finally:
        ctx.meta[_MANY] = None


def _line(what: dict[str, Any]) -> str:
    return json.dumps(what, default=_plain)


def _plain(value: object) -> object:
    return sorted(map(str, cast("set[object]", value))) if isinstance(value, set | frozenset) else str(value)
