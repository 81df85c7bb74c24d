"""Who uploads: an access key or an account, never as a plain flag."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from bilibili_api.video_uploader import Options, VideoUploaderCredential

from .report import ExitCode
from .text import safe

if TYPE_CHECKING:
    from pathlib import Path

    from bilibili_api.video_uploader import Server


class LoginNeeded(click.ClickException):
    """Nothing says who uploads."""

    exit_code = ExitCode.LOGIN


@dataclass(frozen=True, slots=True)
class Login:
    """What the command line and the environment say about who uploads."""

    account: str | None
    access_key_file: Path | None

    def credential(self, server: Server | None) -> VideoUploaderCredential:
        """Return the credential; asks for a password when one is needed and there is a terminal.

        Raises:
            LoginNeeded: There is neither an access key nor an account with a password.
        """
        options = Options(server=server)
        if self.access_key_file is not None:
            return VideoUploaderCredential(read_access_key(self.access_key_file), options=options)
        if self.account is not None:
            return VideoUploaderCredential(
                account=self.account, password=password_of(self.account), options=options
            )
        access_key = os.environ.get("BVUP_ACCESS_KEY", "").strip()
        if not access_key:
            raise LoginNeeded(
                "nobody is logged in. Set BVUP_ACCESS_KEY, or give --access-key-file FILE, or --account NAME."
            )
        return VideoUploaderCredential(access_key, options=options)

    def __str__(self) -> str:
        if self.access_key_file is not None:
            return f"access key from {safe(self.access_key_file)}"
        if self.account is not None:
            return f"{safe(self.account)} (password)"
        return "access key from BVUP_ACCESS_KEY"


def read_access_key(path: Path) -> str:
    """Return the key in a file; warns when others may read the file.

    Raises:
        LoginNeeded: The file holds no key.
    """
    try:
        key = path.read_text("ascii").strip()
        mode = path.stat().st_mode
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not plain text"
        raise LoginNeeded(f"the access key in {safe(path)} cannot be read: {reason}.") from None
    if not key or len(key.split()) > 1:
        raise LoginNeeded(f"{safe(path)} holds no access key: it has to be the only word in the file.")
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        click.echo(f"bvup: warning: others may read {safe(path)}; run: chmod 600 {safe(path)}", err=True)
    return key


def password_of(account: str) -> str:
    """Return the password from `BVUP_PASSWORD`, or ask for it without echo.

    Raises:
        LoginNeeded: There is nobody to ask.
    """
    password = os.environ.get("BVUP_PASSWORD")
    if password:
        return password
    if not is_interactive():
        raise LoginNeeded("a password is needed, and there is no terminal to ask for it. Set BVUP_PASSWORD.")
    return click.prompt(f"Password of {safe(account)}", hide_input=True, err=True)


def is_interactive() -> bool:
    """Return whether there is somebody to ask."""
    return sys.stdin.isatty()
