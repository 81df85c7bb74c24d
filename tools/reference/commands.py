"""The page of all commands with all their options, as the parser knows them."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.apps.cli.flags import key_of
from bilibili_api.apps.cli.main import bvup
from bilibili_api.apps.cli.report import MEANINGS
from bilibili_api.apps.cli.settable import leaves, options_of

from .markdown import MADE, cell, code, table

if TYPE_CHECKING:
    from collections.abc import Iterator

INTRODUCTION: Final = """
Everything that `bvup COMMAND --help` says, on one page. What the parts of an upload have in common (files,
times, what `--json` prints) stands in [The command line](../command-line.md). Flags with a *key* can be set
once and for all in the table of the command ([Settings](../settings.md)); the others mean a single call.
""".strip()
EVERYWHERE: Final = frozenset({"help", "json", "quiet", "verbose"})
"""Options that every command has and that mean the same there."""


def page() -> str:
    """Return the page."""
    with bvup.make_context("bvup", [], resilient_parsing=True) as ctx:
        lines = [MADE, "", "# Commands", "", INTRODUCTION, "", *_index(ctx), *_before(ctx), *_codes()]
        for path, command in _walk((), bvup, ctx):
            lines += _section(path, command, ctx)
    return "\n".join(lines).rstrip() + "\n"


def _walk(
    path: tuple[str, ...], command: click.Command, ctx: click.Context
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield all commands, those that hold others before what they hold."""
    if path:
        yield path, command
    names = command.list_commands(ctx) if isinstance(command, click.Group) else ()
    inner = ((name, command.get_command(ctx, name)) for name in names if isinstance(command, click.Group))
    for name, one in inner:
        if one is not None:
            yield from _walk((*path, name), one, ctx)


def _index(ctx: click.Context) -> list[str]:
    rows = [
        (f"[`{' '.join(('bvup', *path))}`](#{_anchor(path)})", cell(command.get_short_help_str(200)))
        for path, command in leaves(bvup, ctx, ())
    ]
    return [*table(("command", "what it does"), rows), ""]


def _before(ctx: click.Context) -> list[str]:
    rows = [row for option in bvup.get_params(ctx) if (row := _row(option, None, ctx))]
    said = (
        "`-v`, `-q` and `--json` stand before the command or after it, `--version` before it, `-h` anywhere."
    )
    return [
        "## For all commands",
        "",
        said,
        "",
        *table(("option", "what it means"), [row[:2] for row in rows]),
        "",
    ]


def _codes() -> list[str]:
    rows = [(str(int(number)), cell(said)) for number, said in MEANINGS.items()]
    return ["## Exit codes", "", *table(("code", "meaning"), rows), ""]


def _anchor(path: tuple[str, ...]) -> str:
    return "-".join(("bvup", *path))


def _section(path: tuple[str, ...], command: click.Command, parent: click.Context) -> Iterator[str]:
    """Yield what one command is, how it is called, and its options."""
    with click.Context(command, info_name=" ".join(path), parent=parent, resilient_parsing=True) as ctx:
        yield from (f"## bvup {' '.join(path)} {{ #{_anchor(path)} }}", "")
        yield from ("```text", f"{ctx.command_path} {' '.join(command.collect_usage_pieces(ctx))}", "```", "")
        yield from (_prose(command.help or ""), "")
        keys = {option: key for key, option in options_of(command).items()}
        rows = [row for option in command.get_params(ctx) if (row := _row(option, keys.get(option), ctx))]
        rows = [row for row in rows if row[3] not in EVERYWHERE]
        if rows:
            yield from (*table(("option", "what it means", "key"), [row[:3] for row in rows]), "")


def _prose(text: str) -> str:
    """Return a help text as Markdown: what the parser does not wrap is shown as it stands."""
    return "\n\n".join(map(_paragraph, inspect.cleandoc(text).split("\n\n")))


def _paragraph(text: str) -> str:
    if text.startswith("\b"):
        return "\n".join(("```text", text.removeprefix("\b").strip("\n"), "```"))
    said = text.replace("<", "&lt;").replace("*", "\\*")
    return said if "`{" in said else re.sub(r"\{\{.*?\}\}|\{[^}]*\}", r"`\g<0>`", said)


def _row(option: click.Parameter, key: str | None, ctx: click.Context) -> tuple[str, str, str, str] | None:
    """Return flags, meaning, key and name of an option; None for arguments and what is hidden."""
    record: tuple[str, str] | None = option.get_help_record(ctx) if isinstance(option, click.Option) else None
    if record is None or not isinstance(option, click.Option):
        return None
    meaning: Any = cell(record[1]).replace("*", "\\*")
    return code(record[0]), meaning, code(key) if key else "", key_of(option)
