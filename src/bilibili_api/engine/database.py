"""The one file of the journal: SQLite, opened so that nothing in it is ever half written.

Knows nothing of uploads; `journal.py` says what is kept. All that changes goes through `write`.
"""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote

from bilibili_api.exceptions import JournalFailed
from bilibili_api.saying import because, say

from .locks import open_lock, try_lock

Value = str | int | float | bytes | None
Row = tuple[Value, ...]
Statement = tuple[str, Mapping[str, Value]]

SQLITE: Final = sqlite3.sqlite_version
_PATIENCE: Final = 30.0
"""Seconds for which another process may be writing."""
_POLL: Final = 0.02
_MARK: Final = int.from_bytes(b"bvup")
"""By which the file says whose it is (SQLite's `application_id`)."""
_NAME_ANOTHER: Final = say("Name another file for the journal; nothing was changed in this one.")
_COMPANIONS: Final = ("-journal", "-wal", "-shm", "")
"""What belongs to the file; itself last, so that none of them is ever left for a new one to stumble over."""
_NOT_ITS_CONTENT: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
"""Troubles that say nothing against what is in the file."""

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
        self.path = Path(os.path.realpath(path))  # by whatever links: one file, one lock, the rights we give
        self.set_aside: Path | None = None
        """Where a file went that was here and cannot be used, or None."""
        self._lock = threading.Lock()
        try:
            self._connection = self._opened(migrations)
            self._status = self.path.stat()
        except (OSError, sqlite3.Error) as error:
            raise _failure(path, say("cannot be opened"), error) from None

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
            raise _failure(self.path, say("cannot be read"), error) from None

    def write(self, statements: Iterable[Statement]) -> list[Row]:
        """Carry out statements, all of them or none; on disk when this returns.

        Returns:
            The rows that the last one returned.

        Raises:
            JournalFailed: They cannot be written; nothing has changed.
        """
        try:
            with self._lock:
                self._check_is_there()
                return self._all_or_none(statements)
        except (sqlite3.Error, OverflowError, UnicodeError) as error:  # what a server says may fit into none
            raise _failure(self.path, say("cannot be written"), error) from None

    def close(self) -> None:
        """Close the file."""
        with self._lock, suppress(sqlite3.Error):
            self._connection.close()

    def _check_is_there(self) -> None:
        """Refuse to write into a file that nobody will find again."""
        try:
            is_it = os.path.samestat(self.path.stat(), self._status)
        except OSError:
            is_it = False
        if not is_it:
            raise sqlite3.OperationalError(say("it was removed or replaced while it was in use"))

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
        lock = self.path.with_name(f"{self.path.name}.lock")
        if not lock.exists() and self.path.is_file() and _size_of(self.path):  # each journal has one
            self._check_is_journal(len(migrations))
        with _alone(lock):
            _make(self.path)
            self._look(len(migrations))
            connection = _connected(self.path)
            try:
                _migrate(connection, migrations)
            except BaseException:
                connection.close()
                raise
            return connection

    def _check_is_journal(self, known: int) -> None:
        """Refuse a file that never was a journal: somebody may have named it by mistake."""
        if fault := _fault_of(self.path, known):
            raise JournalFailed(
                say("{path!r} is no journal: it {fault}.", path=str(self.path), fault=fault),
                hint=_NAME_ANOTHER,
            )

    def _look(self, known: int) -> None:
        """Put the file aside if it is damaged or of a time to come."""
        if fault := _fault_of(self.path, known):
            self._put_aside(fault)

    def _put_aside(self, fault: str) -> None:
        """Move the file out of the way, so that nothing in it is lost."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        self.set_aside = self.path.with_name(f"{self.path.name}.{stamp}.aside")
        for companion in _COMPANIONS:
            source = Path(f"{self.path}{companion}")
            if source.exists():
                source.rename(f"{self.set_aside}{companion}")
        log.warning(
            say(
                "the journal {path} {fault}; it is kept as {aside}, and a new one is begun. "
                "Uploads in it are not known to this one: look there before uploading the same files again.",
                path=self.path,
                fault=fault,
                aside=self.set_aside,
            )
        )
        _make(self.path)


@contextmanager
def _alone(path: Path) -> Generator[None]:
    """Let one process at a time decide what becomes of the file."""
    descriptor = open_lock(path)
    try:
        begun = time.monotonic()
        while not try_lock(descriptor) and time.monotonic() - begun < _PATIENCE:
            time.sleep(_POLL)
        yield
    finally:
        os.close(descriptor)


def _make(path: Path) -> None:
    """Make the file if there is none, and take it from others if there is; its companions follow its rights.

    One that is there must not be opened here: closing it would let go of the locks that SQLite holds on it
    for the whole process.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    for companion in _COMPANIONS:
        with suppress(FileNotFoundError):
            _take_from_others(Path(f"{path}{companion}"))


def _take_from_others(path: Path) -> None:
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, say("{name} is no regular file", name=path.name))
    if status.st_mode & 0o077:
        with suppress(OSError):  # it is somebody else's, or the file system knows no rights
            path.chmod(0o600)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    connection.execute(
        "PRAGMA journal_mode = WAL"
    )  # stays as it was where the file system has no room for it
    connection.execute("PRAGMA synchronous = FULL")  # what was written survives a power cut
    connection.execute("PRAGMA foreign_keys = ON")
    connection.text_factory = _text  # one odd row is no reason to lose the others
    return connection


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "replace")


def _fault_of(path: Path, known: int) -> str:
    """Return why a file cannot be used, or nothing.

    Raises:
        sqlite3.Error: It cannot be looked at, which says nothing against its content.
    """
    try:
        return _seen_in(path, known)
    except sqlite3.Error as error:
        if _code_of(error) in _NOT_ITS_CONTENT:
            raise
        return say("is damaged ({reason})", reason=because(error))


def _seen_in(path: Path, known: int) -> str:
    """Return what is seen to be wrong with a file, or nothing; what SQLite itself finds is raised.

    It is opened to be read only, else SQLite would mix what stands beside a damaged file into it and remove
    it; unless a write has to be undone first, which died in the middle.

    Raises:
        sqlite3.Error: It is damaged, or cannot be looked at.
    """
    if not path.stat().st_size and _size_of(Path(f"{path}-wal")):  # SQLite would remove what stands there
        return say("has lost its main file")
    try:
        return _found_in(path, known, mode="ro")
    except sqlite3.Error as error:
        if _code_of(error) != sqlite3.SQLITE_READONLY:
            raise
    return _found_in(path, known, mode="rw")


def look_in(path: Path, known: int) -> str:
    """Return why a journal cannot be used, or nothing; neither it nor what stands beside it is changed.

    Raises:
        JournalFailed: It is another program's.
    """
    if not _size_of(path) and _size_of(Path(f"{path}-wal")):
        return say("has lost its main file")
    try:
        return _found_in(path, known, mode=_untouched(path))
    except sqlite3.Error as error:
        unread = _code_of(error) in _NOT_ITS_CONTENT
        return say("cannot be read ({reason})" if unread else "is damaged ({reason})", reason=because(error))


def peek(path: Path, sql: str) -> list[Row]:
    """Return the rows of a query to a journal that is whole; nothing is changed.

    Raises:
        JournalFailed: It cannot be read.
    """
    uri = f"{Path(os.path.realpath(path)).as_uri()}?mode={_untouched(path)}"
    try:
        with closing(sqlite3.connect(uri, timeout=2, uri=True)) as connection:
            return connection.execute(sql).fetchall()
    except sqlite3.Error as error:
        raise _failure(path, say("cannot be read"), error) from None


def _untouched(path: Path) -> str:
    """Return the mode in which not even a companion of the file is made where none is."""
    return "ro" if _size_of(Path(f"{path}-wal")) else "ro&immutable=1"


def _code_of(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)) & 0xFF


def _found_in(path: Path, known: int, mode: str) -> str:
    place = quote(os.fsencode(path.as_posix()))
    # A drive of Windows is preceded by three slashes, a share by four.
    uri = f"file://{'' if place.startswith('/') else '/'}{place}?mode={mode}"
    with closing(sqlite3.connect(uri, timeout=_PATIENCE, uri=True)) as connection:
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and mark != _MARK:
            raise JournalFailed(
                say("{path!r} is another program's database.", path=str(path)), hint=_NAME_ANOTHER
            )
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > known:
            return say(
                "was written by a newer version ({version}; this one knows {known})",
                version=version,
                known=known,
            )
        connection.execute("PRAGMA ignore_check_constraints = ON")
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        return "" if verdict == "ok" else say("is damaged ({reason})", reason=verdict)


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _migrate(connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
    connection.execute("BEGIN IMMEDIATE")  # two processes may find a new file at once
    try:
        (done,) = connection.execute("PRAGMA user_version").fetchone()
        for script in migrations[done:]:
            for statement in script.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {max(done, len(migrations))}")
        connection.execute(f"PRAGMA application_id = {_MARK}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _failure(path: Path, what: str, error: Exception) -> JournalFailed:
    return JournalFailed(
        say("The journal {path!r} {what}: {reason}.", path=str(path), what=what, reason=because(error))
    )
