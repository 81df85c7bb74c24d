"""Options that several commands have in common."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from . import told
from .language import lang_option
from .network_options import network_options
from .params import read_profile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

F = TypeVar("F", bound="Callable[..., Any]")


class Named(click.Option):
    """An option whose parameter has another name than its flag: the variable goes by the flag."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Return what its variable says, or None."""
        return os.environ.get(variable_of(self, ctx)) or None if ctx.auto_envvar_prefix else None


class Once(click.Option):
    """An option that is no setting: what it says is meant for one call, and would do harm in every one."""

    def resolve_envvar_value(self, ctx: click.Context) -> None:
        """Look at no variable, either."""
        del ctx


def key_of(option: click.Option) -> str:
    """Return the name of an option as a setting: its longest flag without the dashes."""
    return max(option.opts, key=len).lstrip("-")


def variable_of(option: click.Option, ctx: click.Context) -> str:
    """Return the name of the variable that sets an option of a command."""
    return f"{ctx.auto_envvar_prefix}_{key_of(option)}".replace("-", "_").upper()


VERBOSE: Final = "bilibili_api.verbose"
"""Key in `click.Context.meta`: `-v` was given."""
COMPLETING: Final = "_BVUP_COMPLETE"
"""Variable by which a shell asks `bvup` for words; click's own name for it."""


def _flag(name: str, key: str, meaning: str) -> Callable[[F], F]:
    """Return the decorator for a flag that means the same before the command and after it."""

    def remember(ctx: click.Context, _param: click.Parameter, value: bool) -> bool:  # noqa: FBT001 - click's signature
        return told.remember(ctx, key, value)

    letters = () if name == "json" else (f"-{name[0]}",)
    return click.option(
        *letters, f"--{name}", name, is_flag=True, callback=remember, expose_value=False, help=meaning
    )


def output_options(command: F) -> F:
    """Add `--json`, `-q` and `--lang`; `told` says whether the first two hold."""
    programs = _flag("json", told.JSON, "Print for programs: a JSON object a line, the last is the result.")
    quiet = _flag("quiet", told.QUIET, "Say only what was asked for, and errors.")
    return programs(quiet(lang_option(command)))


def global_options(command: F) -> F:
    """Add `-v`, `-q` and `--json` where other commands follow."""
    details = _flag("verbose", VERBOSE, "Show details, and tracebacks of errors.")
    return details(output_options(command))


def _remember(ctx: click.Context, _param: click.Parameter, value: bool) -> bool:  # noqa: FBT001 - click's signature
    return told.remember(ctx, VERBOSE, value)


def source_of(name: str) -> click.core.ParameterSource:
    """Return where the value of an option comes from; outside a command, the command line."""
    ctx = click.get_current_context(silent=True)
    found = None if ctx is None else ctx.get_parameter_source(name)
    return click.core.ParameterSource.COMMANDLINE if found is None else found


def is_spoken(name: str) -> bool:
    """Whether an option was given to this call, by a flag or a variable; not by settings, nor by default."""
    return source_of(name) in {click.core.ParameterSource.COMMANDLINE, click.core.ParameterSource.ENVIRONMENT}


def outspoken(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options without a partition that is only set, where another one is given to this call."""
    chosen = dict(given)
    for one, other in (("tid", "place"), ("place", "tid")):
        if given.get(one) is not None and is_spoken(one) and not is_spoken(other):
            chosen[other] = None
    return chosen


def verbose_option(meaning: str) -> Callable[[F], F]:
    """Return the decorator for `-v`."""
    return click.option("-v", "--verbose", is_flag=True, callback=_remember, help=meaning)


def server_options(command: F) -> F:
    """Add `--server` and `--ca`, and how connections are made (`network_options`)."""
    server = click.option(
        "--server",
        envvar="BVUP_SERVER",
        show_envvar=True,
        metavar="URL",
        help="Connect here instead of to Bilibili.",
    )
    authority = click.option(
        "--ca",
        envvar="BVUP_CA",
        show_envvar=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Authority of --server.  [default on this machine: that of `bvup simulator`]",
    )
    return server(authority(network_options(command)))


def profile_option(meaning: str) -> Callable[[F], F]:
    """Return the decorator for `--profile`."""
    return click.option(
        "--profile",
        envvar="BVUP_PROFILE",
        show_envvar=True,
        callback=read_profile,
        metavar="NAME",
        help=meaning,
    )


def who_options(command: F) -> F:
    """Add the ways to say who one is, without secrets: `--profile`, `-u` and `--access-key-file`."""
    profile = profile_option("The login kept under this name.  [default: that of `bvup account use`]")
    cookies = click.option(
        "-u",
        "--user-cookie",
        "cookies",
        cls=Named,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The login in this file: cookies.json as biliup writes it, or cookies.txt.",
    )
    access_key = click.option(
        "--access-key-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="File that holds an access key.",
    )
    return profile(cookies(access_key(command)))


def subtitle_options(command: F) -> F:
    """Add `--subtitles` and `--subtitle-lan`: what lies beside the files goes with them."""
    subtitles = click.option(
        "--subtitles",
        is_flag=True,
        help="Upload what lies beside each file, too (film.zh-CN.srt for film.mp4). "
        "Needs a login with cookies.",
    )
    language = click.option(
        "--subtitle-lan",
        metavar="CODE",
        help="Language of subtitles whose names do not say it: zh-CN, zh-HK, en-US, ...",
    )
    return subtitles(language(command))


def uploading_options(command: F) -> F:
    """Add who uploads, what is asked before, and what happens when the login dies."""
    options: tuple[Callable[[F], F], ...] = (
        click.option("--account", metavar="NAME", help="Log in with this account and a password."),
        who_options,
        server_options,
        click.option(
            "--check-online",
            is_flag=True,
            help="First ask Bilibili about tags, partition, number of parts and topic. "
            "Needs a login with cookies.",
        ),
        click.option(
            "--no-wait", is_flag=True, help="Fail when the login dies, instead of waiting for a new one."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command
