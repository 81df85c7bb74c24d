"""`bvup account`: the logins that are kept."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.account import Profiles, VideoUploaderCredential, logout
from bilibili_api.exceptions import ApiException, ArgsException

from . import told
from .credentials import LoginNeeded, check_profile, login_command, nobody, pointing, server_from
from .flags import global_options, output_options, profile_option, server_options, verbose_option
from .help import Listing
from .identity import consists, kept, kept_lines, unknown
from .keeping import keep
from .language import in_words, t
from .network_options import options_for
from .outlet import Outlet
from .params import read_profile
from .report import EPILOG, ExitCode
from .text import cells, padded, safe
from .ways import pasted_or_read

if TYPE_CHECKING:
    from collections.abc import Callable

OVER: Final = "NOT_LOGGED_IN"
"""The refusal by which Bilibili says that a login has ended already."""

verbose = verbose_option("Show tracebacks of errors.")


@click.group(cls=Listing, epilog=EPILOG)
@global_options
def command() -> None:
    """List, choose, copy and end the logins that are kept."""


def named(required: bool = False) -> Callable[[Any], Any]:  # noqa: FBT001, FBT002 - reads as click's own
    """Return the decorator for the argument that names a profile; without it, the one in use is meant."""
    return click.argument(
        "name", required=required, callback=read_profile, metavar="NAME" if required else "[NAME]"
    )


def chosen(name: str | None) -> str:
    """Return the profile that is meant.

    Raises:
        LoginNeeded: There is none, or no such one.
    """
    name = name or Profiles().current()
    if name is None:
        raise LoginNeeded(nobody(None))
    check_profile(name)
    return name


@command.command("list")
@output_options
@verbose
def list_profiles(*, verbose: bool) -> None:
    """List the logins that are kept; * marks the one in use."""
    del verbose
    profiles = Profiles()
    current = profiles.current()
    found = {name: known(profiles, name) for name in profiles.names()}
    if told.is_json():
        rows = [{"profile": name, "current": name == current, **what} for name, what in found.items()]
        told.result(ExitCode.DONE, Outlet(), profiles=rows)
        return
    if not found:
        Outlet().tell(t("No login is kept. Run: {command}", command=login_command(None, None)))
    width = max(map(cells, found), default=0)
    for name, what in found.items():
        Outlet().draw(f"{'*' if name == current else ' '} {padded(name, width)}  {row(name, what)}")


def known(profiles: Profiles, name: str) -> dict[str, object]:
    """Return what is known of a login offline; of one that cannot be read, why."""
    try:
        return kept(profiles.load(name))
    except ArgsException as error:
        return {"error": in_words(error.said)}


def row(name: str, what: dict[str, object]) -> str:
    """Return a line about a login."""
    if "error" in what:
        return t("cannot be read; run: {command}", command=login_command(name, None))
    platform = what["platform"]
    consist = consists(
        platform if isinstance(platform, str) else None,
        token=bool(what["has_token"]),
        cookies=bool(what["has_cookies"]),
    )
    return f"mid {what['mid'] or unknown()}  {consist}"


@command.command()
@named()
@output_options
@verbose
def show(name: str | None, *, verbose: bool) -> None:
    """Show what is known of a login without asking Bilibili, and without its secrets."""
    del verbose
    name, profiles = chosen(name), Profiles()
    credential = profiles.load(name)
    if told.is_json():
        what = {"profile": name, "current": name == profiles.current(), **kept(credential)}
        told.result(ExitCode.DONE, Outlet(), **what)
    else:
        in_use = name == profiles.current()
        first = t("profile  {name} (in use)", name=name) if in_use else t("profile  {name}", name=name)
        Outlet().tell(first, *kept_lines(credential))


@command.command()
@named(required=True)
@output_options
@verbose
def use(name: str, *, verbose: bool) -> None:
    """Use a login from now on where no profile is named."""
    del verbose
    Profiles().use(chosen(name))
    Outlet().say(t("In use: {name}", name=name))
    told.result(ExitCode.DONE, Outlet(), profile=name)


@command.command()
@named(required=True)
@output_options
@verbose
def remove(name: str, *, verbose: bool) -> None:
    """Forget a login here. On Bilibili it stays good until it expires; `logout` ends it."""
    del verbose
    Profiles().remove(chosen(name))
    said = t("Removed: {name}. On Bilibili it stays good until it expires.", name=name)
    Outlet().say(said, *now_in_use())
    told.result(ExitCode.DONE, Outlet(), profile=name)


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@profile_option("Keep it under this name.  [default: that of the same account's login, or default]")
@click.option("--keyring", is_flag=True, help="Keep it in the system's keyring instead of a file.")
@output_options
@verbose
def import_file(file: Path, profile: str | None, *, keyring: bool, verbose: bool) -> None:
    """Keep the login of FILE: cookies.json of any program, cookies.txt, a Cookie header; -: paste it.

    Nothing is sent. FILE stays as it is; once one of the two copies has been renewed, the other is dead.
    """
    del verbose
    credential = pasted_or_read(file)
    name, lines = keep(credential, profile, credential.mid, keyring=keyring, use=False)
    Outlet().say(*lines, t("Whether it is good: bvup whoami --profile {name}", name=name))
    told.result(ExitCode.DONE, Outlet(), profile=name)


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@profile_option("The login kept under this name.  [default: the one in use]")
@output_options
@verbose
def export(file: Path, profile: str | None, *, verbose: bool) -> None:
    """Write a login to FILE as the cookies.json that biliup reads; only you can read it."""
    del verbose
    name = chosen(profile)
    if os.path.lexists(file):
        raise click.UsageError(
            t("{path} is there already; choose another name, or remove it.", path=safe(file))
        )
    Profiles().export(name, file)
    Outlet().say(t("Written: {path}, readable by you only. It is as good as a password.", path=safe(file)))
    told.result(ExitCode.DONE, Outlet(), profile=name, file=str(file))


@command.command("logout")
@named()
@server_options
@output_options
@verbose
def log_out(name: str | None, *, server: str | None, ca: Path | None, verbose: bool) -> None:
    """End a login at Bilibili, then forget it here."""
    del verbose
    where = server_from(server, ca)
    name = chosen(name)
    with pointing(t("Run: bvup account remove {name}", name=name)):
        answer = asyncio.run(end(Profiles().load(name, options=options_for(where))))
    Profiles().remove(name)
    Outlet().say(answer, t("Removed: {name}.", name=name), *now_in_use())
    told.result(ExitCode.DONE, Outlet(), profile=name)


async def end(credential: VideoUploaderCredential) -> str:
    """End a login on the server, and say how that went.

    Raises:
        ApiException: It was refused, or the network failed.
    """
    try:
        await logout(credential)
    except ArgsException as error:
        raise ArgsException(
            error.msg,
            hint=t("End it on bilibili.com (account, security, devices); then run: bvup account remove NAME"),
        ) from None
    except ApiException as error:
        if error.kind != OVER:
            raise
        return t("The login had ended already.")
    return t("Bilibili was told to end the login, and agreed.")


def now_in_use() -> list[str]:
    """Say which login is in use after one was removed."""
    profiles = Profiles()
    current = profiles.current()
    if current is not None:
        return [t("In use: {name}", name=current)]
    return [t("None is in use now; choose one: bvup account use NAME")] if profiles.names() else []
