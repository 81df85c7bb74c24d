"""`bvup config`: shows the settings that hold, and where each comes from."""

from __future__ import annotations

import json
import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from bilibili_api.frozen import frozen
from bilibili_api.redaction import scrub_text
from bilibili_api.saying import say

from . import settings, told
from .flags import Named, output_options, variable_of, verbose_option
from .help import did_you_mean, no_command
from .help import known as translated
from .language import as_set, in_words, t
from .outlet import Outlet
from .places import settings_file
from .report import EPILOG, ExitCode
from .settable import SHARED, default_map, leaves, options_of, schema_of
from .text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .settings import Settings

HELP: Final = """Show the settings that hold, and where each comes from.

What counts more comes first: the command line, variables (BVUP_UPLOAD_TITLE for `bvup upload --title`),
bvup.toml in this folder, your own config.toml, what is built in. Keys are the long flags without dashes, in a
table like [upload]; those that many commands have may also stand at the top.
"""
SOURCE: Final = click.core.ParameterSource


@frozen
class Held:
    """One setting that holds.

    Attributes:
        command: The command it is for.
        key: Its name.
        value: What it is.
        source: `environment`, `directory`, `user` or `default`.
        place: Where it stands, for a person.
    """

    command: str
    key: str
    value: object
    source: str
    place: str


@click.command(help=HELP, epilog=EPILOG)
@click.argument("words", nargs=-1, metavar="[COMMAND]")
@click.option("--all", "is_all", cls=Named, is_flag=True, help="What is built in as well.")
@click.option(
    "--schema", "is_schema", cls=Named, is_flag=True, help="Print the JSON schema of the files, for editors."
)
@output_options
@verbose_option("Show tracebacks of errors.")
@click.pass_context
def command(
    ctx: click.Context, words: tuple[str, ...], *, is_all: bool, is_schema: bool, verbose: bool
) -> None:
    """Show what holds."""
    del verbose  # what runs this command has seen it
    outlet, group = Outlet(), cast("click.Group", ctx.find_root().command)
    if is_schema:
        schema = described(settings.schema())
        told.result(ExitCode.DONE, outlet, schema=schema)
        if not told.is_json():
            outlet.draw(json.dumps(schema, indent=1, ensure_ascii=False))
        return
    known = settings.load()
    if (language := known.find(("config",), "lang")) is not None:
        as_set(ctx, language.value)
    every = list(held(group, ctx.find_root(), known, words))
    found = [one for one in every if is_all or one.source != "default"]
    if words and not any(path[: len(words)] == words for path in paths_of(group, ctx.find_root())):
        asked, known_paths = " ".join(words), [" ".join(path) for path in paths_of(group, ctx.find_root())]
        close = did_you_mean(get_close_matches(asked, known_paths))
        raise no_command(asked, close or t("Run: {command}", command="bvup --help"), ctx)
    told.result(ExitCode.DONE, outlet, **figures(found, known))
    if told.is_json():
        return
    outlet.tell(*heading(known), *map(in_words, lines(found, every)))
    if not found:
        outlet.say(t("Nothing is set; what is built in: bvup config --all"))


def described(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose descriptions speak the person's language."""
    return {key: _described(key, value) for key, value in schema.items()}


def _described(key: str, value: object) -> object:
    if isinstance(value, dict):
        return described(cast("dict[str, Any]", value))
    return translated(value) if key in {"title", "description"} and isinstance(value, str) else value


def paths_of(group: click.Group, root: click.Context) -> list[tuple[str, ...]]:
    """Return how all commands are called."""
    return [path for path, _ in leaves(group, root, ())]


def held(
    group: click.Group, root: click.Context, known: Settings, words: Sequence[str] = ()
) -> Iterator[Held]:
    """Yield what holds for the commands that begin with `words`."""
    for path, leaf in leaves(group, root, ()):
        if path[: len(words)] == tuple(words):
            ctx = _context(leaf, path, root)
            ctx.default_map = default_map(leaf, root, path)
            yield from _held(leaf, ctx, path, known)


def _context(leaf: click.Command, path: Sequence[str], root: click.Context) -> click.Context:
    """Return a context as if the command were called, which names its variables."""
    ctx = root
    for name in path[:-1]:
        ctx = click.Context(click.Group(name), info_name=name, parent=ctx)
    return click.Context(leaf, info_name=path[-1], parent=ctx, resilient_parsing=True)


def _held(leaf: click.Command, ctx: click.Context, path: tuple[str, ...], known: Settings) -> Iterator[Held]:
    for key, option in options_of(leaf).items():
        value, source = option.consume_value(ctx, {})
        setting = known.find(path, key)
        name = " ".join(path)
        if source is SOURCE.ENVIRONMENT:
            yield Held(name, key, value, "environment", variable(option, ctx))
        elif source is SOURCE.DEFAULT_MAP and setting is not None:
            tier = "user" if setting.file == settings_file() else "directory"
            yield Held(name, key, value, tier, setting.place)
        else:
            yield Held(name, key, option.get_default(ctx, call=False), "default", say("built in"))


def variable(option: click.Option, ctx: click.Context) -> str:
    """Return the variable in which an option's value was found."""
    named = [option.envvar] if isinstance(option.envvar, str) else [*(option.envvar or ())]
    found = (name for name in named if os.environ.get(name))
    return next(found, variable_of(option, ctx))


def heading(known: Settings) -> Iterator[str]:
    """Say which files there are, and which could be."""
    there = {file.path for file in known.files}
    for path in (Path(settings.HERE).absolute(), settings_file()):
        shown = safe(path)
        yield t("read  {path}", path=shown) if path in there else t("none  {path}", path=shown)


def lines(found: Sequence[Held], every: Sequence[Held]) -> Iterator[str]:
    """Say what holds, once where it is the same for all commands that have it, as at the top of a file.

    Args:
        found: What is told.
        every: What holds for all commands that are asked for.
    """
    ways: dict[str, list[tuple[str, str]]] = {}
    for one in every:
        ways.setdefault(one.key, []).append((_shown(one.value), one.place))
    common = {key for key, held in ways.items() if key in SHARED and len(held) > 1 and len({*held}) == 1}
    yield from {one.key: line(one, one.key) for one in found if one.key in common}.values()
    yield from (line(one) for one in found if one.key not in common)


def line(one: Held, name: str = "") -> str:
    """Say what holds, by the name of the command and the key unless another is given.

    For example "upload.title = "{stem}"  (bvup.toml, line 2)".
    """
    name = name or f"{one.command.replace(' ', '.')}.{one.key}"
    return say("{setting}  ({place})", setting=f"{name} = {_shown(one.value)}", place=one.place)


def _shown(value: object) -> str:
    return safe(json.dumps(_plain(value), ensure_ascii=False))


def _plain(value: object) -> object:
    """Return a value as JSON has it, without the login that the URL of a proxy may hold."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in cast("list[object]", value)]
    if isinstance(value, bool | int | float):
        return value
    return None if _is_unset(value) else scrub_text(str(value))


def _is_unset(value: object) -> bool:
    """Whether an option has no default, which later versions of click say by a mark of their own."""
    return value is None or getattr(value, "name", None) == "UNSET"


def figures(found: Sequence[Held], known: Settings) -> dict[str, Any]:
    """Return it for programs."""
    listed = [
        {"command": one.command, "key": one.key, "value": _plain(one.value), "source": one.source}
        | {"place": in_words(one.place)}
        for one in found
    ]
    return {"files": [str(file.path) for file in known.files], "settings": listed}


def whole_schema(group: click.Group) -> dict[str, Any]:
    """Return the JSON schema of all settings, from the parser."""
    ctx = click.Context(group, resilient_parsing=True)
    commands = {name: group.get_command(ctx, name) for name in group.list_commands(ctx) if name != "config"}
    return schema_of({name: one for name, one in commands.items() if one is not None}, ctx)
