"""Who uploads: a kept login, a file, an access key or an account, never as a plain flag."""

from __future__ import annotations

import os
import shlex
import stat
import sys
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.account import Profiles
from bilibili_api.exceptions import ApiException, Retry
from bilibili_api.frozen import frozen
from bilibili_api.saying import all_of, because, listed, one_of, say
from bilibili_api.video_uploader import Server, VideoUploaderCredential

from .flags import source_of
from .language import t
from .network_options import network_flags, options_for
from .outlet import aside
from .report import ExitCode
from .text import safe, sentences
from .waiting import patient as waiting
from .waiting import patient_profile

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from .waiting import LogInAgain

WAYS: Final = {
    "account": "--account",
    "access_key_file": "--access-key-file",
    "cookies": "-u",
    "profile": "--profile",
}
"""What says who one is; one of them at a time."""
SOURCE: Final = click.core.ParameterSource
RANKS: Final = (SOURCE.COMMANDLINE, SOURCE.ENVIRONMENT, SOURCE.DEFAULT_MAP)
"""Who says who one is, the one that counts most first: flags, variables, settings."""
GIVEN: Final = ("-u cookies.json", "--access-key-file FILE", "--account NAME")
"""What says who one is where nothing is kept, as far as a command has these options."""
MAX_KEY_FILE: Final = 64 * 1024
"""Bytes of a file with an access key; a video named by mistake is not read."""


class LoginNeeded(click.ClickException):
    """Nothing says who uploads."""

    exit_code = ExitCode.LOGIN


@frozen
class Login:
    """What the command line, the environment and the kept profiles say about who uploads.

    Attributes:
        account: Log in with this account and a password.
        access_key_file: A file with an access key.
        cookies: A file with a login.
        profile: A kept login.
        from_environment: There is an access key in `BVUP_ACCESS_KEY`.
    """

    account: str | None = None
    access_key_file: Path | None = None
    cookies: Path | None = None
    profile: str | None = None
    from_environment: bool = False

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Login:
        """Return what is said; where nothing is, the profile in use.

        Raises:
            click.UsageError: Two things are said.
        """
        said = {name: given[name] for name in WAYS if given.get(name) is not None}
        for source in RANKS:
            names = [name for name in said if source_of(name) is source]
            if len(names) > 1:
                options = all_of(WAYS[name] for name in names)
                raise click.UsageError(
                    t("{options} say both who you are; give one of them.", options=options)
                )
            if names:
                return cls(**{names[0]: said[names[0]]})
            if source is SOURCE.ENVIRONMENT and os.environ.get("BVUP_ACCESS_KEY", "").strip():
                return cls(from_environment=True)
        return cls(profile=Profiles().current())

    def credential(self, server: Server | None, *, patient: bool = False) -> VideoUploaderCredential:
        """Return the credential; asks for a password when one is needed and there is a terminal.

        Args:
            server: Where to connect instead of to Bilibili.
            patient: A login that is dead waits for another one, instead of failing; one that is neither a
                profile nor from a file with cookies only where there is a terminal.

        Raises:
            LoginNeeded: Nobody is logged in, or not under this name.
            ArgsException: The login cannot be read.
        """
        for path in filter(None, (self.access_key_file, self.cookies)):
            warn_of_readers(path)
        if patient and self.profile is not None:
            check_profile(self.profile, server)
            return patient_profile(self.profile, options_for(server), login_command(self.profile, server))
        password = password_of(self.account) if self.account is not None else None
        if patient and (self.cookies is not None or (self.is_said and is_interactive())):
            return waiting(partial(self._made, server, password), self._help(server), self._again)
        return self._made(server, password)

    @property
    def is_said(self) -> bool:
        """Whether anything says who uploads."""
        return self.from_environment or any(getattr(self, name) is not None for name in WAYS)

    def _help(self, server: Server | None) -> str:
        """Return what gets an upload a login that waits for one; no other account's login is overwritten."""
        command = login_command(None, server)
        if self.access_key_file is not None:
            return t(
                "{command}, or put another access key into {path}",
                command=command,
                path=safe(self.access_key_file),
            )
        if self.cookies is not None:
            return t("{command}, or put another login into {path}", command=command, path=safe(self.cookies))
        return command

    def _again(self) -> VideoUploaderCredential | None:
        """Return the login that is now where this one came from, if that is a file."""
        if self.cookies is not None:
            return VideoUploaderCredential.from_file(self.cookies)
        if self.access_key_file is not None:
            with suppress(LoginNeeded):  # it is being written
                return VideoUploaderCredential(read_access_key(self.access_key_file))
        return None

    def preview(self, server: Server | None) -> VideoUploaderCredential:
        """Return a credential that is good for looking whether an upload can work, before anybody is asked.

        Raises:
            ArgsException: The login cannot be read.
        """
        try:
            return self._made(server, "not-asked-for-yet")
        except LoginNeeded:
            return VideoUploaderCredential("not-there-yet")

    def lack(self, server: Server | None) -> LoginNeeded | None:
        """Return why the login that is named cannot be had, before anybody is asked; None: nothing is known.

        Raises:
            ArgsException: The login cannot be read.
        """
        try:
            if self.is_said:
                self._made(server, "not-asked-for-yet")
        except LoginNeeded as error:
            return error
        return None

    def _made(
        self, server: Server | None, password: str | None, log_in_again: LogInAgain | None = None
    ) -> VideoUploaderCredential:
        given: Any = {"options": options_for(server), "log_in_again": log_in_again}
        if self.access_key_file is not None:
            return VideoUploaderCredential(read_access_key(self.access_key_file), **given)
        if self.account is not None:
            return VideoUploaderCredential(account=self.account, password=password, **given)
        if self.cookies is not None:
            return VideoUploaderCredential.from_file(self.cookies, **given)
        if self.from_environment:
            return VideoUploaderCredential(os.environ["BVUP_ACCESS_KEY"].strip(), **given)
        if self.profile is None:
            raise LoginNeeded(nobody(server))
        check_profile(self.profile, server)
        return VideoUploaderCredential.from_profile(self.profile, **given)

    def way_back(self, server: Server | None) -> str:
        """Return what to do when this login is not accepted."""
        command = login_command(self.profile, server)
        if self.profile is not None:
            return t("Run: {command}", command=command)
        return t(
            "Run: {command} and then the same command without {option}.", command=command, option=self._said
        )

    @property
    def _said(self) -> str:
        said = (WAYS[name] for name in WAYS if getattr(self, name) is not None)
        return next(said, "BVUP_ACCESS_KEY")

    def __str__(self) -> str:
        if self.access_key_file is not None:
            return t("access key from {path}", path=safe(self.access_key_file))
        if self.account is not None:
            return t("{account} (password)", account=safe(self.account))
        if self.cookies is not None:
            return t("login from {path}", path=safe(self.cookies))
        if self.from_environment:
            return t("access key from BVUP_ACCESS_KEY")
        if self.profile is not None:
            return t("profile {name}", name=self.profile)
        return t("nobody is logged in yet")


def server_from(url: str | None, ca_file: Path | None) -> Server | None:
    """Return where to connect; on this machine, the simulator's authority is trusted by default.

    Raises:
        ArgsException: The URL cannot be used, or the file of the authority cannot be read.
    """
    if not url:
        return None
    server = Server(url, ca_file).trusting_simulator()
    server.check()
    return server


@contextmanager
def credential_of(given: Mapping[str, Any]) -> Generator[VideoUploaderCredential]:
    """Yield the credential of who is named; errors against which only a login helps say how to get one.

    Raises:
        LoginNeeded: Nobody is logged in.
        ApiException: What the library raises.
    """
    server, login = server_from(given["server"], given["ca"]), Login.of(given)
    with pointing(login.way_back(server)):
        yield login.credential(server)


@contextmanager
def pointing(way_back: str) -> Generator[None]:
    """Let errors that only another login helps against say how to get one.

    Raises:
        ApiException: As it was, with another hint.
    """
    try:
        yield
    except ApiException as error:
        if error.retry is Retry.LOGIN:
            error.hint = way_back
        raise


def login_command(profile: str | None, server: Server | None) -> str:
    """Return the command that logs in again."""
    words = ["bvup", "login"]
    if profile is not None:
        words += ["--profile", profile]
    if server is not None:
        words += ["--server", server.url]
        if server.ca_file is not None and server != Server(server.url).trusting_simulator():
            words += ["--ca", os.fspath(server.ca_file)]
    return shlex.join([*words, *network_flags()])


def check_profile(name: str, server: Server | None = None) -> None:
    """Refuse a name under which nothing is kept.

    Raises:
        LoginNeeded: There is no such profile.
    """
    names = Profiles().names()
    if name in names:
        return
    said = t("there is no profile {name}.", name=safe(name))
    if names:
        said = sentences(said, t("There are: {names}.", names=listed(names)))
    run = t("Run: {command}", command=login_command(name, server))
    raise LoginNeeded(f"{said}\n{run}")


def nobody(server: Server | None) -> str:
    """Say that nobody is logged in, or that it has to be said who of several."""
    names = Profiles().names()
    if names:
        several = t("several logins are kept ({names}), and none is in use.", names=listed(names))
        return f"{several}\n{t('Run: bvup account use {name}', name=names[0])}"
    ctx = click.get_current_context(silent=True)
    flags = {flag for param in ctx.command.params for flag in param.opts} if ctx is not None else set[str]()
    others = [way for way in GIVEN if way.split()[0] in flags]
    lines = [t("nobody is logged in."), t("Run: {command}", command=login_command(None, server))]
    if GIVEN[0] in others:
        lines.append(t("Or give {options}, or set BVUP_ACCESS_KEY.", options=one_of(others)))
    return "\n".join(lines)


def read_access_key(path: Path) -> str:
    """Return the key in a file.

    Raises:
        LoginNeeded: The file holds no key.
    """
    try:
        if path.is_file() and path.stat().st_size > MAX_KEY_FILE:
            raise LoginNeeded(t("{path} holds no access key: it is too large for one.", path=safe(path)))
        key = path.read_text("ascii").strip()
    except (OSError, UnicodeError) as error:
        reason = because(error) if isinstance(error, OSError) else say("it is not plain text")
        raise LoginNeeded(
            t("the access key in {path} cannot be read: {reason}.", path=safe(path), reason=reason)
        ) from None
    if not key or len(key.split()) > 1:
        raise LoginNeeded(
            t("{path} holds no access key: it has to be the only word in the file.", path=safe(path))
        )
    return key


def warn_of_readers(path: Path) -> None:
    """Say so when others may read a secret."""
    try:
        mode = path.stat().st_mode
    except OSError:  # whoever reads it will say what is wrong
        return
    if os.name == "posix" and stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        shown = shlex.quote(safe(path))
        said = t("others may read {path}; run: chmod 600 {quoted}", path=safe(path), quoted=shown)
        aside(t("bvup: warning: {text}", text=said))


def password_of(account: str) -> str:
    """Return the password from `BVUP_PASSWORD`, or ask for it without echo.

    Raises:
        LoginNeeded: There is nobody to ask.
    """
    password = os.environ.get("BVUP_PASSWORD")
    if password:
        return password
    if not is_interactive():
        raise LoginNeeded(
            t("a password is needed, and there is no terminal to ask for it. Set BVUP_PASSWORD.")
        )
    question = t("Password of {account}", account=safe(account))
    return click.prompt(question, hide_input=True, prompt_suffix=t(": "), err=True)


def is_interactive() -> bool:
    """Return whether there is somebody to ask."""
    return sys.stdin.isatty()
