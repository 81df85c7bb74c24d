"""Shows the QR code of a login in the way that was asked for, and what becomes of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bilibili_api.account import QrState
from bilibili_api.frozen import frozen
from bilibili_api.saying import because, say

from . import told
from .language import in_words, t
from .outlet import aside
from .qr_text import large, small
from .report import ExitCode
from .text import safe, wrap

if TYPE_CHECKING:
    from bilibili_api.account import TvQrLogin, VideoUploaderCredential, WebQrLogin

    from .outlet import Outlet

ROOM: Final = 6
"""Lines for the words above and below a code."""
SAID: Final = {
    QrState.SCANNED: say("Scanned. Now confirm it on the phone."),
    QrState.WAITING: say("Not confirmed; scan it again."),
    QrState.DONE: say("Confirmed."),
}


class NotWritten(click.ClickException):
    """The picture cannot be written where it should be."""

    exit_code = ExitCode.INVALID


@frozen
class Showing:
    """How codes are shown.

    Attributes:
        small: With half blocks; None: as large as fits on the terminal.
        png: As a picture in this file instead.
        url_only: Only what the code says, for programs that draw it themselves.
    """

    small: bool | None = None
    png: Path | None = None
    url_only: bool = False


async def scanned(login: TvQrLogin | WebQrLogin, how: Showing, outlet: Outlet) -> VideoUploaderCredential:
    """Show codes until one was confirmed, and return the login.

    Raises:
        NotWritten: The picture cannot be written.
        VerificationRequired: Nobody scanned any of them.
        ApiException: Bilibili refused, or the network failed.
    """
    shown = False
    async for state in login:
        if state is not QrState.SHOW:
            tell(in_words(SAID[state]), how, outlet)
            continue
        if shown:
            tell(t("The code has expired; here is another one."), how, outlet)
        show(login, how, outlet)
        shown = True
    return login.credential


def tell(line: str, how: Showing, outlet: Outlet) -> None:
    """Say how far it is; on standard error where standard output is for a program."""
    if how.url_only:
        aside(line)
    else:
        outlet.tell(line)


def show(login: TvQrLogin | WebQrLogin, how: Showing, outlet: Outlet) -> None:
    """Show the code that is good now.

    Raises:
        NotWritten: The picture cannot be written.
    """
    told.event("qr", outlet, url=login.url)
    if how.url_only:
        if not told.is_json():
            outlet.draw(login.url)
        return
    if how.png is not None:
        write(login, how.png)
        outlet.tell(t("QR code: {path}", path=safe(how.png)))
        _say_how(login, outlet)
        return
    if told.is_json():  # whoever reads it draws it
        return
    code = drawn(login.terminal(small=True), how.small, outlet)
    if len(code) + ROOM <= shutil.get_terminal_size().lines:
        outlet.draw(*code)
        _say_how(login, outlet)
    else:  # the words scroll away rather than the code
        _say_how(login, outlet)
        outlet.draw(*code)


def _say_how(login: TvQrLogin | WebQrLogin, outlet: Outlet) -> None:
    outlet.tell(t("Scan it with the Bilibili app (good for three minutes), or open this on the phone:"))
    outlet.tell(f"  {login.url}")


def drawn(code: str, wanted_small: bool | None, outlet: Outlet) -> list[str]:  # noqa: FBT001 - three values
    """Return the lines of a code in the form that is wanted, or the largest that fits; else words instead."""
    coloured = outlet.is_terminal and not os.environ.get("NO_COLOR")
    if not (coloured or _has_blocks(outlet)):
        undrawn = t("No code can be drawn here; --png FILE writes it as a picture.")
        return wrap(undrawn, outlet.width)
    if not outlet.is_terminal:
        return (large if wanted_small is False else small)(code, coloured=False)
    room = shutil.get_terminal_size()
    width, height = len(code.splitlines()[0]), len(code.splitlines())
    needs = {small: (width, height + 1)} if _has_blocks(outlet) else {}  # 1: of the cursor
    needs[large] = 2 * width, width + 1
    if wanted_small is not None:
        return (small if wanted_small and small in needs else large)(code, coloured=coloured)
    if 2 * width <= room.columns and width + 1 + ROOM <= room.lines:
        return large(code, coloured=coloured)
    form, (columns, lines) = next(iter(needs.items()))
    if columns <= room.columns and lines <= room.lines:
        return form(code, coloured=coloured)
    too_small = t(
        "This terminal is too small for the code, which takes {columns} columns and {lines} lines. "
        "Make it larger and start again, or add --png FILE.",
        columns=columns,
        lines=lines,
    )
    return wrap(too_small, room.columns)


def _has_blocks(outlet: Outlet) -> bool:
    encoding = str(getattr(outlet.stream, "encoding", None) or "utf-8")
    return "█▀▄".encode(encoding, "replace").decode(encoding) == "█▀▄"


def write(login: TvQrLogin | WebQrLogin, path: Path) -> None:
    """Write the code as a picture, whole and for its owner only: whoever reads it can take the login.

    Raises:
        NotWritten: It cannot be written.
    """
    try:
        number, name = tempfile.mkstemp(prefix=".qr-", suffix=".png", dir=path.parent)
        os.close(number)
        try:
            login.png(name)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(
            t("{path} cannot be written: {reason}.", path=safe(path), reason=because(error))
        ) from None
