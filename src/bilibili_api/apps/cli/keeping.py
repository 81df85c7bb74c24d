"""Keeps logins under names, and finds names for those that were given none."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Final

from bilibili_api.account import Profiles
from bilibili_api.exceptions import ArgsException
from bilibili_api.saying import because

from .language import t
from .places import home

if TYPE_CHECKING:
    from bilibili_api.account import VideoUploaderCredential

FIRST: Final = "default"
"""The name of the first login that is given none."""


def check_room(*, keyring: bool) -> None:
    """Find out before anybody scans a code whether its login can be kept.

    Raises:
        ArgsException: It cannot.
    """
    if keyring:
        Profiles.check_keyring()
    folder = home() / "accounts"
    try:
        for private in (home(), folder):
            private.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ArgsException(
            t(
                "No login can be kept in {folder!r}: {reason}.",
                folder=str(folder),
                reason=because(error),
            ),
            hint=t("Set BVUP_HOME to a folder that can be written."),
        ) from None


def keep(
    credential: VideoUploaderCredential, name: str | None, mid: int, *, keyring: bool, use: bool
) -> tuple[str, list[str]]:
    """Keep a login, and return its name and what to say about it.

    Args:
        credential: The login.
        name: The name that was asked for, or None.
        mid: Whose login it is; 0: not known.
        keyring: Whether to keep it in the system's keyring.
        use: Whether it is used from now on where no name is given; the first one always is.

    Raises:
        ArgsException: It cannot be kept.
    """
    profiles = Profiles()
    before = profiles.current()
    chosen = name or name_for(profiles, mid)
    replaced = _mid_of(profiles, chosen)
    asyncio.run(profiles.keep(chosen, credential, keyring=keyring or None))
    profiles.use(chosen if use or before is None else before)
    lines = [
        t("Kept as profile {name}, in the keyring.", name=chosen)
        if keyring
        else t("Kept as profile {name}.", name=chosen)
    ]
    if replaced and mid and replaced != mid:
        lines.append(t("It takes the place of the login of account {mid}.", mid=replaced))
    if profiles.current() == chosen:
        return chosen, [*lines, t("bvup upload uses it from now on.")]
    return chosen, [
        *lines,
        t("In use is still {current}; to change that: bvup account use {name}", current=before, name=chosen),
    ]


def name_for(profiles: Profiles, mid: int) -> str:
    """Return the name that the account's login has already, else one that is free."""
    names = profiles.names()
    if mid:
        known = [name for name in names if _mid_of(profiles, name) == mid]
        if known:
            return known[0]
    candidates = [FIRST, str(mid)] if mid else [FIRST]
    free = (name for name in candidates if name not in names)
    return next(free, None) or next(name for i in count(2) if (name := f"{FIRST}-{i}") not in names)


def _mid_of(profiles: Profiles, name: str) -> int:
    """Return whose login is kept under a name; 0: nobody's, or it cannot be read."""
    with suppress(ArgsException):
        return profiles.load(name).mid if name in profiles.names() else 0
    return 0
