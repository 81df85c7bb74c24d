"""One process at a time: a lock that lies in a file and ends with the process."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ArgsException, Unreachable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from .options import World

_POLL: Final = 0.1
_LONGEST: Final = 300.0


@asynccontextmanager
async def locked(path: Path, world: World) -> AsyncGenerator[None]:
    """Hold an exclusive lock between processes; waits without blocking the event loop.

    Raises:
        ArgsException: Its file cannot be made.
        Unreachable: It was not to be had for five minutes.
    """
    descriptor = _opened(path)
    begun = world.elapsed()
    try:
        while not try_lock(descriptor):
            if world.elapsed() - begun > _LONGEST:
                raise Unreachable(
                    "Another process has been renewing this login for five minutes.",
                    hint="Look whether a bvup hangs, end it, and start again.",
                )
            await world.sleep(_POLL)
        yield
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ArgsException(
            f"The lock {str(path)!r}, without which no login is renewed, cannot be made: "
            f"{error.strerror or error}.",
            hint="Check the folder and its rights, or set BVUP_HOME to a folder that can be written.",
        ) from None


if os.name == "nt":  # pragma: no cover - tests run elsewhere
    import msvcrt

    def try_lock(descriptor: int) -> bool:
        """Lock an open file for this process if nobody has locked it; return whether it is locked now."""
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Lock an open file for this process if nobody has locked it; return whether it is locked now."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
