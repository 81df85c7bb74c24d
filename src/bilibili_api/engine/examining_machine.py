"""Journal, disks and versions, looked at without changing any of them."""

from __future__ import annotations

import os
import platform
import shutil
import ssl
import tempfile
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import JournalFailed

from .database import SQLITE, look_in, peek
from .findings import Finding, State
from .job_rows import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LITTLE: Final = 1_000_000_000
"""Bytes of free disk below which it is remarked on: streams may be kept there until they are sent."""
TOO_LITTLE: Final = 50_000_000
"""Bytes below which the journal may fail."""
RIVALS: Final = ("bilibili-api", "bilibili-api-python")
"""Distributions that install the same import package."""
SHOWN: Final = ("aiohttp", "click", "av", "keyring", "yarl")


def journal(path: Path) -> tuple[Finding, ...]:
    """Look at the journal; it is neither mended, moved nor made."""
    return tuple(_journal(path))


def _journal(path: Path) -> Iterator[Finding]:
    folder = existing(path.parent)
    if not os.access(folder, os.W_OK | os.X_OK):
        seen = f"The folder {str(folder)!r} cannot be written, so that no upload can be remembered."
        yield Finding("journal", State.BAD, seen, _ELSEWHERE)
    elif path.exists() and not os.access(path, os.R_OK | os.W_OK):
        yield Finding("journal", State.BAD, f"{str(path)!r} cannot be read and written.", _ELSEWHERE)
    elif not path.exists():
        yield Finding("journal", State.GOOD, "There is none yet; the first upload makes it.")
    else:
        yield _content(path)
    aside = sorted(path.parent.glob(f"{path.name}.*.aside")) if path.parent.is_dir() else []
    if aside:
        seen = f"{len(aside)} could not be used and were put aside; the newest is {str(aside[-1])!r}."
        yield Finding(
            "earlier journals",
            State.NOTE,
            seen,
            "Look at `bvup list` before uploading the same files again, then remove what was put aside.",
        )


_ELSEWHERE: Final = (
    "Mend the rights, or set BVUP_HOME to a folder, or --journal to a file, that you can write."
)


def _content(path: Path) -> Finding:
    try:
        fault = look_in(path, len(MIGRATIONS))
        jobs = {} if fault else _states(path)
    except JournalFailed as error:
        return Finding("journal", State.BAD, str(error), error.hint)
    if fault:
        return Finding(
            "journal",
            State.BAD,
            f"{str(path)!r} {fault}.",
            "The next upload puts it aside and begins a new one, which does not know its uploads: look at "
            "`bvup list` before uploading the same files again.",
        )
    said = ", ".join(f"{count} {state}" for state, count in sorted(jobs.items())) or "no uploads"
    if jobs.keys() & {"unsure", "submitting"}:
        remedy = "Run `bvup jobs`: nobody knows whether one of these was published."
        return Finding("journal", State.NOTE, f"It is whole: {said}.", remedy)
    return Finding("journal", State.GOOD, f"It is whole: {said}.")


def _states(path: Path) -> dict[str, int]:
    rows = peek(path, "SELECT state, count(*) FROM job GROUP BY state")
    return {str(state): int(count or 0) for state, count in rows}


_LAST: Final = (
    "SELECT interface, state, error FROM job WHERE interface IS NOT NULL ORDER BY updated DESC LIMIT 5"
)


def last_submissions(path: Path) -> tuple[Finding, ...]:
    """Say which interfaces took the last submissions: none can be asked without submitting something."""
    asked = "None can be asked without submitting something"
    try:
        rows = peek(path, _LAST) if path.exists() else []
    except JournalFailed:
        return (Finding("submission", State.NOTE, f"{asked}, and the journal cannot be read."),)
    said = ", ".join(f"{name}: {state}{f' ({error})' if error else ''}" for name, state, error in rows)
    return (
        Finding("submission", State.NOTE, f"{asked}; the last were {said or 'not through this journal'}."),
    )


_JOBS: Final = """
    SELECT id, state, interface, attempts, datetime(created, 'unixepoch'), datetime(updated, 'unixepoch'),
    error,
    (SELECT count(*) FROM page WHERE page.job = job.id),
    (SELECT group_concat(DISTINCT page.line) FROM page WHERE page.job = job.id)
    FROM job ORDER BY updated DESC LIMIT 20
"""


def last_jobs(path: Path) -> list[str]:
    """Return a line for each of the last submissions, without what it is called."""
    try:
        rows = peek(path, _JOBS) if path.exists() else []
    except JournalFailed as error:
        return [str(error)]
    return [
        f"{number}: {state}, {pages} pages by {line or 'no line'}, interface {interface or 'none yet'} "
        f"({attempts} attempts), begun {created}, changed {updated} UTC. {error}".rstrip()
        for number, state, interface, attempts, created, updated, error, pages, line in rows
    ] or ["none"]


def disks(path: Path) -> tuple[Finding, ...]:
    """Look at how much room there is beside the journal and for temporary files."""
    return (_disk("disk", existing(path.parent)), _disk("temporary disk", tempfile.gettempdir()))


def _disk(name: str, folder: Path | str) -> Finding:
    free = shutil.disk_usage(folder).free
    seen = f"{free / 1e9:.1f} GB are free at {os.fspath(folder)!r}."
    if free < TOO_LITTLE:
        return Finding(
            name, State.BAD, seen, "Make room: what uploads have done can no longer be written down."
        )
    if free < LITTLE:
        return Finding(
            name, State.NOTE, seen, "Make room before uploading from a pipe, which may be kept there."
        )
    return Finding(name, State.GOOD, seen)


def existing(folder: Path) -> Path:
    """Return a folder, or the nearest one above it that is there."""
    while not folder.exists() and folder.parent != folder:
        folder = folder.parent
    return folder


def versions() -> tuple[Finding, ...]:
    """Say what runs here."""
    ours = _version("bilibili-video-uploader") or "unknown"
    said = [
        f"bilibili-video-uploader {ours}",
        f"Python {platform.python_version()}",
        f"{platform.system()} {platform.release()} {platform.machine()}",
        ssl.OPENSSL_VERSION,
        f"SQLite {SQLITE}",
        *(f"{name} {found or 'not installed'}" for name in SHOWN for found in (_version(name),)),
    ]
    rivals = [name for name in RIVALS if _version(name)]
    if rivals:
        remedy = f"Run: pip uninstall {' '.join(rivals)}; then install bilibili-video-uploader again."
        seen = f"{', '.join(said)}. {' and '.join(rivals)} install the same import package."
        return (Finding("versions", State.BAD, seen, remedy),)
    return (Finding("versions", State.GOOD, f"{', '.join(said)}."),)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
