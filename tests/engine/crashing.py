"""A journal whose process dies at a write that was chosen before: just before it, or just after it.

`Database.write` is the only way anything gets into a journal; between two writes nothing changes that another
process could see there, so that dying at each of them is dying anywhere.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bilibili_api.engine.database import Database
from bilibili_api.engine.job_rows import MIGRATIONS
from bilibili_api.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from bilibili_api.engine.database import Row, Statement


class Death(BaseException):
    """The process has ended; nothing that is ours may catch this."""


@dataclass
class Fate:
    """When a process dies: at the write of this number, before it happens or after it; None: never.

    Attributes:
        full: the number of the first write that finds the disk full, and how many there are.
    """

    at: int | None = None
    is_after: bool = False
    full: tuple[int, int] = (0, 0)
    writes: int = 0
    is_dead: bool = False
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def write(self) -> Generator[None]:
        """Something is written; threads take turns, as they do at the file."""
        with self._turn:
            is_last, self.writes = self.writes == self.at, self.writes + 1
            if self.is_dead or (is_last and not self.is_after):
                self.is_dead = True
                raise Death
            if 0 < self.writes - self.full[0] <= self.full[1]:
                raise sqlite3.OperationalError("database or disk is full")
            yield
            if is_last:
                self.is_dead = True
                raise Death


class MortalDatabase(Database):
    """Writes as long as the process lives."""

    def __init__(self, path: Path, fate: Fate) -> None:
        self._fate = fate
        super().__init__(path, MIGRATIONS)

    def _all_or_none(self, statements: Iterable[Statement]) -> list[Row]:
        with self._fate.write():
            return super()._all_or_none(statements)


class MortalJournal(Journal):
    """The journal of one process."""

    def __init__(self, path: Path, fate: Fate) -> None:
        super().__init__(path)
        self._fate = fate

    def opened(self) -> Database:
        return MortalDatabase(self.path, self._fate)
