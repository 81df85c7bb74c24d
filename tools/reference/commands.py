"""The page of all commands with all their options, as the parser knows them."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

import click

from bilibili_api.apps.cli import language
from bilibili_api.apps.cli.flags import key_of
from bilibili_api.apps.cli.help import known, meaning, paragraphs, places, verbatim
from bilibili_api.apps.cli.main import bvup
from bilibili_api.apps.cli.report import MEANINGS
from bilibili_api.apps.cli.settable import leaves, options_of

from .markdown import MADE, cell, code, table
from .words import said, word

if TYPE_CHECKING:
    from collections.abc import Iterator

INTRODUCTION: Final = """
Everything that `bvup COMMAND --help` says, on one page. What the parts of an upload have in common (files,
times, what `--json` prints) stands in [The command line](../command-line.md). Flags with a *key* can be set
once and for all in the table of the command ([Settings](../settings.md)); the others mean a single call.
""".strip()
CHINESE: Final = """
`bvup 命令 --help` 所说的一切，都在这一页。各部分共同的内容（文件、时间、`--json` 的输出）见
[命令行](../command-line.md)。
有*设置名*的选项可以写进设置文件里该命令的表（[设置与批量](../settings.md)）；其余的只对一次调用有效。
""".strip()
EVERYWHERE: Final = frozenset({"help", "json", "lang", "quiet", "verbose"})
"""Options that every command has and that mean the same there."""


def page() -> str:
    """Return the page."""
    with bvup.make_context("bvup", ["--lang", language.current()], resilient_parsing=True) as ctx:
        introduction = INTRODUCTION if language.current() == "en" else CHINESE
        lines = [MADE, "", f"# {word('Commands')}", "", introduction, ""]
        lines += [*_index(ctx), *_before(ctx), *_codes()]
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
        (f"[`{' '.join(('bvup', *path))}`](#{_anchor(path)})", cell(said(_first(command))))
        for path, command in leaves(bvup, ctx, ())
    ]
    return [*table((word("command"), word("what it does")), rows), ""]


def _first(command: click.Command) -> str:
    return " ".join(paragraphs(command.help or "")[0].split())


def _before(ctx: click.Context) -> list[str]:
    rows = [row for option in bvup.get_params(ctx) if (row := _row(option, None, ctx))]
    flags = word(
        "`-v`, `-q`, `--json` and `--lang` stand before the command or after it, `--version` before it, `-h` "
        "anywhere."
    )
    head = (word("option"), word("what it means"))
    return [f"## {word('For all commands')}", "", flags, "", *table(head, [row[:2] for row in rows]), ""]


def _codes() -> list[str]:
    rows = [(str(int(number)), cell(said(meaning))) for number, meaning in MEANINGS.items()]
    return [f"## {word('Exit codes')}", "", *table((word("code"), word("meaning")), rows), ""]


def _anchor(path: tuple[str, ...]) -> str:
    return "-".join(("bvup", *path))


def _section(path: tuple[str, ...], command: click.Command, parent: click.Context) -> Iterator[str]:
    """Yield what one command is, how it is called, and its options."""
    with click.Context(command, info_name=" ".join(path), parent=parent, resilient_parsing=True) as ctx:
        yield from (f"## bvup {' '.join(path)} {{ #{_anchor(path)} }}", "")
        yield from (
            "```text",
            f"{ctx.command_path} {places(' '.join(command.collect_usage_pieces(ctx)))}",
            "```",
            "",
        )
        yield from (_prose(command.help or ""), "")
        keys = {option: key for key, option in options_of(command).items()}
        rows = [row for option in command.get_params(ctx) if (row := _row(option, keys.get(option), ctx))]
        rows = [row for row in rows if row[3] not in EVERYWHERE]
        if rows:
            head = (word("option"), word("what it means"), word("key"))
            yield from (*table(head, [row[:3] for row in rows]), "")


def _prose(text: str) -> str:
    """Return a help text as Markdown: what the parser does not wrap is shown as it stands."""
    return "\n\n".join(map(_paragraph, paragraphs(text)))


def _paragraph(text: str) -> str:
    if text.startswith("\b"):
        return "\n".join(("```text", verbatim(text, sys.maxsize), "```"))
    found = known(" ".join(text.split())) if language.current() != "en" else text
    shown = found.replace("<", "&lt;").replace("*", "\\*")
    return shown if "`{" in shown else re.sub(r"\{\{.*?\}\}|\{[^}]*\}", r"`\g<0>`", shown)


def _row(option: click.Parameter, key: str | None, ctx: click.Context) -> tuple[str, str, str, str] | None:
    """Return flags, meaning, key and name of an option; None for arguments and what is hidden."""
    record: tuple[str, str] | None = option.get_help_record(ctx) if isinstance(option, click.Option) else None
    if record is None or not isinstance(option, click.Option):
        return None
    return (
        code(places(record[0])),
        cell(meaning(record[1])).replace("*", "\\*"),
        code(key) if key else "",
        key_of(option),
    )
