"""The options of commands as settings: their names, their schema, and their values for the parser."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from bilibili_api.saying import say

from . import settings
from .flags import Once, key_of
from .language import t
from .text import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .settings import Settings

NEVER: Final = frozenset({"again", "help", "version"})
"""What is no setting: a line that is forgotten must not publish anything twice."""
SHARED: Final = frozenset(
    {
        "access-key-file",
        "api-proxy",
        "bind",
        "ca",
        "grace",
        "ip",
        "journal",
        "json",
        "lang",
        "no-proxy",
        "no-wait",
    }
    | {"profile", "proxy", "server", "upload-proxy", "user-cookie", "verbose", "wait-turn"}
)
"""What may stand at the top: it means the same for every command that has it."""


def options_of(command: click.Command) -> dict[str, click.Option]:
    """Return the options of a command that can be set, by their settings' names."""
    options = (one for one in command.params if isinstance(one, click.Option) and not one.hidden)
    options = (one for one in options if not isinstance(one, Once))
    named = ((key_of(option), option) for option in options)
    return {key: option for key, option in named if key not in NEVER}


def leaves(
    command: click.Command, ctx: click.Context, path: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield the commands that do something, and how they are called."""
    if not isinstance(command, click.Group):
        yield tuple(path), command
        return
    for name in command.list_commands(ctx):
        inner = command.get_command(ctx, name)
        if inner is not None:
            yield from leaves(inner, ctx, (*path, name))


def default_map(command: click.Command, ctx: click.Context, path: Sequence[str]) -> dict[str, Any]:
    """Return the settings for a command as click wants them.

    Raises:
        BadSettings: A file of settings cannot be used.
    """
    return _map(command, ctx, tuple(path), settings.load())


def language_in(held: Mapping[str, Any]) -> object:
    """Return the language that is set for a command, or for all of those below it; None: there is none."""
    inner = [cast("dict[str, Any]", one) for one in held.values() if isinstance(one, dict)]
    if "lang" in held or not inner:
        return held.get("lang")
    found = {language_in(one) for one in inner}
    return found.pop() if len(found) == 1 else None


def _map(
    command: click.Command, ctx: click.Context, path: tuple[str, ...], known: Settings
) -> dict[str, Any]:
    if isinstance(command, click.Group):
        inner = ((name, command.get_command(ctx, name)) for name in command.list_commands(ctx))
        return {name: _map(one, ctx, (*path, name), known) for name, one in inner if one is not None}
    found = ((option, known.find(path, key)) for key, option in options_of(command).items())
    return {
        str(option.name): value_for(option, setting.value, setting.file.parent)
        for option, setting in found
        if setting is not None
    }


def value_for(option: click.Option, value: object, folder: Path) -> object:
    """Return a setting as the command line would have it; paths are relative to the file they stand in."""
    if isinstance(value, list):
        return [_plain(option, one, folder) for one in cast("list[object]", value)]
    return [_plain(option, value, folder)] if option.multiple else _plain(option, value, folder)


def _plain(option: click.Option, value: object, folder: Path) -> object:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(option.type, click.Path) and isinstance(value, str) and value not in settings.WORDS:
        with suppress(RuntimeError):  # nobody's home folder
            value = str(folder / Path(value).expanduser())
    return value.isoformat() if isinstance(value, date | time) else value


def pointed(error: click.BadParameter) -> click.BadParameter:
    """Return an error about an option's value, which says in which file it stands, if it does."""
    ctx, option = error.ctx, error.param
    if ctx is None or not isinstance(option, click.Option):
        return error
    if ctx.get_parameter_source(str(option.name)) is not click.core.ParameterSource.DEFAULT_MAP:
        return error
    found = settings.load().find(ctx.command_path.split()[1:], key_of(option))
    told = "" if found is None else t("It is set in {place}.", place=found.place)
    return click.BadParameter(sentences(error.message, told), ctx, option, error.param_hint)


def schema_of(commands: Mapping[str, click.Command], ctx: click.Context) -> dict[str, Any]:
    """Return the JSON schema of all settings of these commands."""
    tables = {name: _schema(command, ctx) for name, command in commands.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": say("Settings of bvup"),
        "description": say("config.toml of the user, and bvup.toml of a folder."),
        "type": "object",
        "additionalProperties": False,
        "properties": {**_shared(commands, ctx), **tables},
    }


def _schema(command: click.Command, ctx: click.Context) -> dict[str, Any]:
    if isinstance(command, click.Group):
        inner = ((name, command.get_command(ctx, name)) for name in command.list_commands(ctx))
        properties = {name: _schema(one, ctx) for name, one in inner if one is not None}
    else:
        properties = {key: property_of(option) for key, option in sorted(options_of(command).items())}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _shared(commands: Mapping[str, click.Command], ctx: click.Context) -> dict[str, Any]:
    """Return the options that may stand at the top, for all commands that have them."""
    seen: dict[str, Any] = {}
    for name, command in commands.items():
        for _, leaf in leaves(command, ctx, (name,)):
            options = options_of(leaf)
            seen |= {key: property_of(options[key]) for key in SHARED & options.keys() - seen.keys()}
    return dict(sorted(seen.items()))


def property_of(option: click.Option) -> dict[str, Any]:
    """Return the schema of one option."""
    found: dict[str, Any] = {"description": " ".join((option.help or "").split()), **_kind(option)}
    if option.multiple:
        if found["type"] == ["string", "integer"]:
            found["type"] = "string"  # a number among texts is rather a mistake than one of them
        return {"description": found.pop("description"), "type": ["array", *_kinds(found)], "items": found}
    return found


def _kinds(found: Mapping[str, Any]) -> list[str]:
    return [found["type"]] if isinstance(found["type"], str) else list(found["type"])


def _kind(option: click.Option) -> dict[str, Any]:
    match option.type:
        case click.Choice(choices=choices):
            return {"type": "string", "enum": list(choices)}
        case click.IntRange(min=low, max=high):
            return {"type": "integer", **_bounds(low, high)}
        case click.FloatRange(min=low, max=high):
            return {"type": "number", **_bounds(low, high)}
        case click.Path():
            return {"type": "string", "format": settings.PATH}
        case _:
            return {"type": _loose(option)}


def _loose(option: click.Option) -> str | list[str]:
    """Return the type of what has no bounds; text may be a number, as the shell has it."""
    if option.is_flag or option.type is click.BOOL:
        return "boolean"
    if option.metavar == "JSON":
        return ["object", "string"]
    if option.type is click.INT or option.type is click.FLOAT:
        return "integer" if option.type is click.INT else "number"
    return ["string", "integer"]


def _bounds(low: float | None, high: float | None) -> dict[str, float]:
    return {name: bound for name, bound in (("minimum", low), ("maximum", high)) if bound is not None}
