"""Limits that several uploads share: those of one program, or all of a user on this machine."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from bilibili_api.exceptions import ArgsException
from bilibili_api.home import home, make_private
from bilibili_api.saying import because, say

from .options import World
from .rate import Limiter, RateLimit
from .rate_clock import Clock, FileClock, MemoryClock
from .rate_schedule import Schedule

_LONGEST: Final = 1000
"""Characters of a limit in a file; what is longer is none."""

log = logging.getLogger("bilibili_api")


class Share(Protocol):
    """A limit that uploads share, as the engine sees it."""

    @property
    def clock(self) -> Clock:
        """Divides it."""
        ...

    @property
    def schedule(self) -> Schedule:
        """What it is now; asked for once a second."""
        ...


class SharedRate:
    """A limit that the uploads of one program share: pass the same object to each in its `Options`.

    Args:
        limit: As `VideoUploader` takes it.

    Raises:
        ArgsException: The limit cannot be understood.
    """

    def __init__(self, limit: str | float | None = None) -> None:
        self.clock: Clock = MemoryClock()
        self.schedule = Schedule.of(limit)

    @property
    def limit(self) -> str:
        """The limit as it was given; may be changed at any time, which running uploads notice in a second."""
        return self.schedule.text

    @limit.setter
    def limit(self, limit: str | float | None) -> None:
        self.schedule = Schedule.of(limit)


class UserRate:
    """The limit of a user, which `bvup rate` sets, shared by all processes that look at it.

    Args:
        folder: Where it is kept: the limit in `rate.txt`, what was promised lately in `rate.clock`. By
            default the user's data directory, or `BVUP_HOME`.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self._path = (home() if folder is None else Path(folder)) / "rate.txt"
        self.clock: Clock = FileClock(self._path.with_name("rate.clock"))
        self._seen: tuple[int, int, int] | None = None
        self._schedule = Schedule()

    def __repr__(self) -> str:
        return f"<UserRate {str(self._path)!r}>"

    @property
    def limit(self) -> str:
        """The limit as it was given; when it is set, running uploads notice within about a second.

        Raises:
            ArgsException: What is set cannot be understood, or not be written.
        """
        return self.schedule.text

    @limit.setter
    def limit(self, limit: str | float | None) -> None:
        text = Schedule.of(limit).text
        new = self._path.with_name(f"rate.{os.getpid()}.new")
        try:
            make_private(self._path.parent)
            new.unlink(missing_ok=True)
            _write_private(new, f"{text}\n")
            new.replace(self._path)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            raise ArgsException(
                say(
                    "The limit cannot be written to {path!r}: {reason}.",
                    path=str(self._path),
                    reason=because(error),
                ),
                hint=say(
                    "Check the folder and its rights, or set BVUP_HOME to a folder that can be written."
                ),
            ) from None

    @property
    def in_force(self) -> RateLimit | None:
        """What holds now; None: no limit."""
        return Limiter(World(), share=self).in_force

    @property
    def schedule(self) -> Schedule:
        """The limit taken apart; one that cannot be read leaves the one before in force, and a warning."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._seen, self._schedule = None, Schedule()
            return self._schedule
        except OSError as error:
            self._tell(because(error), None)
            return self._schedule
        seen = (status.st_mtime_ns, status.st_size, status.st_ino)
        if seen != self._seen:
            self._read(seen)
        return self._schedule

    def _read(self, seen: tuple[int, int, int]) -> None:
        try:
            text = self._path.read_bytes()[:_LONGEST].decode("utf-8", "replace")
            self._schedule = Schedule.of(text)
        except (OSError, ArgsException) as error:
            self._tell(error.said if isinstance(error, ArgsException) else because(error), seen)
        self._seen = seen

    def _tell(self, why: str, seen: tuple[int, int, int] | None) -> None:
        if seen is None and self._seen == (0, 0, 0):
            return
        self._seen = seen or (0, 0, 0)
        log.warning(
            say(
                "The limit in {path} is not heeded: {reason} Set it anew: bvup rate.",
                path=self._path,
                reason=why,
            )
        )


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
