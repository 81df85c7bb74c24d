"""Logins as they lie in files and profiles, each with the place that a renewal is written back to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from bilibili_api.amounts import size_text
from bilibili_api.exceptions import ArgsException
from bilibili_api.saying import listed, say

from .accounts import Shelf, place_of_file

if TYPE_CHECKING:
    import os

    from bilibili_api.protocol.tokens import Session

    from .accounts import Place

MAX_BYTES: Final = 8 * 1024 * 1024
"""Of a file with a login: a browser's cookies.txt of all sites has some hundred thousand."""


def session_in_file(path: str | os.PathLike[str]) -> tuple[Session, Place | None]:
    """Return the login in a file; its place is None where only reading it is possible (section 2.8).

    Raises:
        ArgsException: It cannot be read, or holds no login; the error says what is wrong with it.
    """
    _check_file(Path(path))
    place = place_of_file(path)
    try:
        session = place.load()
    except ArgsException as error:
        said = say("{path!r}: {problem}", path=str(path), problem=error.msg)
        raise ArgsException(said, hint=error.hint) from None
    if session is None:
        raise ArgsException(
            say("There is no file {path!r}.", path=str(path)), hint=say("Check the path, or log in first.")
        )
    return session, place if session.document else None


def _check_file(path: Path) -> None:
    """Refuse what can hold no login without reading it; pipes can.

    Raises:
        ArgsException: It is a directory, or far too large.
    """
    if path.is_dir():
        raise ArgsException(
            say("{path!r} is a directory.", path=str(path)),
            hint=say("Name the file in it that holds the login."),
        )
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise ArgsException(
            say(
                "{path!r} is too large to be a login: {size}.",
                path=str(path),
                size=size_text(path.stat().st_size),
            ),
            hint=say("Give a cookies.json, a cookies.txt in Netscape's format, or a Cookie header."),
        )


def session_in_profile(name: str | None, folder: Path | None) -> tuple[Session, Place]:
    """Return the login that is kept under a name; None: the one in use.

    Raises:
        ArgsException: There is no such profile, or it cannot be read.
    """
    shelf = Shelf(folder)
    name = name or shelf.current()
    if name is None:
        raise ArgsException(
            say("No profile is in use."),
            hint=say("Name one of: {names}.", names=listed(shelf.names()))
            if shelf.names()
            else say("Log in first."),
        )
    shelf.known(name)
    place = shelf.place(name)
    session = place.load()
    if session is None:
        raise ArgsException(
            say("The profile {name!r} is empty.", name=name), hint=say("Log in again under this name.")
        )
    return session, place
