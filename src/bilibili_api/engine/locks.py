"""One process at a time: a lock that lies in a file and ends with the process."""

from __future__ import annotations

import errno
import logging
import os
import stat
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ArgsException, Unreachable
from bilibili_api.home import make_private
from bilibili_api.saying import because, say

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from .options import World

_POLL: Final = 0.1
_LONGEST: Final = 300.0

_BUSY: Final = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK})
"""Somebody else has it. EACCES is how some network file systems and Windows say so."""
_NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL})
"""The file system has no locks, or its server for them does not run."""

_told: Final[set[Path]] = set()
"""Where it was told that there are no locks: once is enough."""

log = logging.getLogger("bilibili_api")


@asynccontextmanager
async def locked(path: Path, world: World) -> AsyncGenerator[None]:
    """Hold an exclusive lock between processes; waits without blocking the event loop.

    Where the file system has no locks, this goes on without one and says so once: a login that could never be
    renewed there would end every upload, while two processes that renew it in the same second are rare. Any
    other trouble is an error, since a disk that fails at this would fail at keeping the new login, too.

    Raises:
        ArgsException: Its file cannot be made, or the lock cannot be had for another reason than waiting.
        Unreachable: It was not to be had for five minutes.
    """
    descriptor = _opened(path)
    begun = world.elapsed()
    try:
        while not _has_lock(descriptor, path):
            if world.elapsed() - begun > _LONGEST:
                raise Unreachable(
                    say("Another process has been renewing this login for five minutes."),
                    hint=say("Look whether a bvup hangs, end it, and start again."),
                )
            await world.sleep(_POLL)
        yield
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    try:
        return open_lock(path)
    except OSError as error:
        raise ArgsException(
            say(
                "The lock {path!r}, without which no login is renewed, cannot be made: {reason}.",
                path=str(path),
                reason=because(error),
            ),
            hint=say("Check the folder and its rights, or set BVUP_HOME to a folder that can be written."),
        ) from None


def _has_lock(descriptor: int, path: Path) -> bool:
    """Try to take it; return whether to go on."""
    try:
        return try_lock(descriptor)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise ArgsException(
                say(
                    "The lock {path!r}, without which no login is renewed, cannot be taken: {reason}.",
                    path=str(path),
                    reason=because(error),
                ),
                hint=say("Check the disk, or set BVUP_HOME to a folder on another one."),
            ) from None
        _tell_no_locks(path.parent)
    return True


def _tell_no_locks(folder: Path) -> None:
    if folder not in _told:
        _told.add(folder)
        log.warning(
            say(
                "the file system of {folder} has no locks: let only one program at a time use a login, or "
                "set BVUP_HOME to a folder on a local disk.",
                folder=folder,
            )
        )


def open_lock(path: Path) -> int:
    """Open a file to be locked, made with its folder if it is not there; return its descriptor.

    A link is not followed: what somebody else has put there must not decide which file is opened.

    Raises:
        OSError: It cannot be opened, or is no file.
    """
    make_private(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, say("it is no regular file"))
    return descriptor


def try_lock(descriptor: int) -> bool:
    """Lock an open file for this process if nobody has locked it; return whether it is locked now.

    Raises:
        OSError: It cannot be locked for another reason.
    """
    try:
        _lock(descriptor)
    except OSError as error:
        if error.errno in _BUSY:
            return False
        raise
    return True


if os.name == "nt":  # pragma: no cover - tests run elsewhere
    import msvcrt

    _BEYOND: Final = 0x7FFF0000
    """A byte that no file has: one that is locked cannot be read, and a claim says who holds it."""

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _BEYOND, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
