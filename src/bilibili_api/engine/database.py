"""The one file of the journal: SQLite, opened so that nothing in it is ever half written.

Knows nothing of uploads; `journal.py` says what is kept. All that changes goes through `write`.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from bilibili_api.exceptions import JournalFailed

from .locks import try_lock

Value = str | int | float | bytes | None
Row = tuple[Value, ...]
Statement = tuple[str, Mapping[str, Value]]

_PATIENCE: Final = 30.0
"""Seconds for which another process may be writing."""
_POLL: Final = 0.02
_COMPANIONS: Final = ("", "-wal", "-shm")

log = logging.getLogger("bilibili_api")


class Database:
    """A file of tables; every method blocks: call it in a thread.

    Args:
        path: The file; made, with its folder, when it is not there.
        migrations: Scripts that lead from an empty file to today's tables, only ever added to. Their number
            is written into the file.

    Raises:
        JournalFailed: It cannot be opened, made or written.
    """

    def __init__(self, path: Path, migrations: Sequence[str]) -> None:
        self.path = path
        self.set_aside: Path | None = None
        """Where a file went that was here and cannot be used, or None."""
        self._lock = threading.Lock()
        try:
            self._connection = self._opened(migrations)
        except (OSError, sqlite3.Error) as error:
            raise _failure(path, "opened", error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, sql: str, values: Mapping[str, Value] | None = None) -> list[Row]:
        """Return the rows of a query.

        Raises:
            JournalFailed: The file cannot be read.
        """
        try:
            with self._lock:
                return self._connection.execute(sql, values or {}).fetchall()
        except sqlite3.Error as error:
            raise _failure(self.path, "read", error) from None

    def write(self, statements: Iterable[Statement]) -> list[Row]:
        """Carry out statements, all of them or none; on disk when this returns.

        Returns:
            The rows that the last one returned.

        Raises:
            JournalFailed: They cannot be written; nothing has changed.
        """
        try:
            with self._lock:
                return self._all_or_none(statements)
        except sqlite3.Error as error:
            raise _failure(self.path, "written", error) from None

    def close(self) -> None:
        """Close the file."""
        with self._lock, suppress(sqlite3.Error):
            self._connection.close()

    def _all_or_none(self, statements: Iterable[Statement]) -> list[Row]:
        rows: list[Row] = []
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for sql, values in statements:
                rows = self._connection.execute(sql, values).fetchall()
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk has rolled back already
                self._connection.execute("ROLLBACK")
            raise
        return rows

    def _opened(self, migrations: Sequence[str]) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(self.path.with_name(f"{self.path.name}.lock")):
            _make(self.path)
            self._look(len(migrations))
            connection = _connected(self.path)
            try:
                _migrate(connection, migrations)
            except BaseException:
                connection.close()
                raise
            return connection

    def _look(self, known: int) -> None:
        """Put the file aside if it is damaged or of a time to come."""
        try:
            version = _version_of(self.path)
        except sqlite3.OperationalError:  # locked, unreadable: nothing against its content
            raise
        except sqlite3.DatabaseError as error:
            return self._put_aside(f"is damaged ({error})")
        if version > known:
            self._put_aside(f"was written by a newer version ({version}; this one knows {known})")
        return None

    def _put_aside(self, reason: str) -> None:
        """Move the file out of the way, so that nothing in it is lost."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        self.set_aside = self.path.with_name(f"{self.path.name}.{stamp}.aside")
        for companion in _COMPANIONS:
            source = Path(f"{self.path}{companion}")
            if source.exists():
                source.rename(f"{self.set_aside}{companion}")
        log.warning(
            "the journal %s %s; it is kept as %s, and a new one is begun. "
            "Uploads in it are not known to this one: look there before uploading the same files again.",
            self.path,
            reason,
            self.set_aside,
        )
        _make(self.path)


@contextmanager
def _alone(path: Path) -> Generator[None]:
    """Let one process at a time decide what becomes of the file."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        begun = time.monotonic()
        while not try_lock(descriptor) and time.monotonic() - begun < _PATIENCE:
            time.sleep(_POLL)
        yield
    finally:
        os.close(descriptor)


def _make(path: Path) -> None:
    """Make the file if there is none; SQLite gives its companions the same rights.

    One that is there must not be opened here: closing it would let go of the locks that SQLite holds on it
    for the whole process.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    connection.execute(
        "PRAGMA journal_mode = WAL"
    )  # stays as it was where the file system has no room for it
    connection.execute("PRAGMA synchronous = FULL")  # what was written survives a power cut
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _version_of(path: Path) -> int:
    """Return how many migrations a file has seen; raises sqlite3.DatabaseError if it is damaged."""
    with closing(sqlite3.connect(path, timeout=_PATIENCE)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        return int(version)


def _migrate(connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
    connection.execute("BEGIN IMMEDIATE")  # two processes may find a new file at once
    try:
        (done,) = connection.execute("PRAGMA user_version").fetchone()
        for script in migrations[done:]:
            for statement in script.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {max(done, len(migrations))}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _failure(path: Path, what: str, error: Exception) -> JournalFailed:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return JournalFailed(f"The journal {str(path)!r} cannot be {what}: {reason}.")
