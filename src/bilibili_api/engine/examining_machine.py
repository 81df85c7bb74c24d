"""Journal, disks and versions, looked at without changing any of them."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from bilibili_api.amounts import size_text
from bilibili_api.exceptions import JournalFailed
from bilibili_api.saying import all_of, because, listed, say

from .database import SQLITE, look_in, peek
from .findings import Finding, State
from .job_rows import MIGRATIONS
from .kept_words import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LITTLE: Final = 1_000_000_000
"""Bytes of free disk below which it is remarked on: streams may be kept there until they are sent."""
TOO_LITTLE: Final = 50_000_000
"""Bytes below which the journal may fail."""
BESIDE: Final = 64 * 1024
"""Bytes that SQLite wants beside the journal at least, to open it."""
RIVALS: Final = ("bilibili-api", "bilibili-api-python")
"""Distributions that install the same import package."""
STATES: Final[dict[str, str]] = {
    "open": say("unfinished"),
    "submitting": say("submitting"),
    "unsure": say("unsure"),
    "done": say("published"),
}
SHOWN: Final = ("curl_cffi", "aiohttp", "click", "av", "keyring")


def journal(path: Path) -> tuple[Finding, ...]:
    """Look at the journal; it is neither mended, moved nor made."""
    return tuple(_journal(path))


def _journal(path: Path) -> Iterator[Finding]:
    folder = existing(path.parent)
    if not os.access(folder, os.W_OK | os.X_OK):
        seen = say(
            "The folder {path!r} cannot be written, so that no upload can be remembered.", path=str(folder)
        )
        yield Finding(say("journal"), State.BAD, seen, _ELSEWHERE)
    elif reason := _full(folder):
        seen = say(
            "The folder {path!r} takes nothing more, so that no upload can be remembered: {reason}.",
            path=str(folder),
            reason=reason,
        )
        yield Finding(say("journal"), State.BAD, seen, _MAKE_ROOM)
    elif path.exists() and not os.access(path, os.R_OK | os.W_OK):
        yield Finding(
            say("journal"), State.BAD, say("{path!r} cannot be read and written.", path=str(path)), _ELSEWHERE
        )
    elif not path.exists():
        yield Finding(say("journal"), State.GOOD, say("There is none yet; the first upload makes it."))
    else:
        yield _content(path)
    aside = sorted(path.parent.glob(f"{path.name}.*.aside")) if path.parent.is_dir() else []
    if aside:
        seen = say(
            "{number} could not be used and were put aside; the newest is {path!r}.",
            number=len(aside),
            path=str(aside[-1]),
        )
        yield Finding(
            say("earlier journals"),
            State.NOTE,
            seen,
            say("Look at `bvup list` before uploading the same files again, then remove what was put aside."),
        )


def _full(folder: Path) -> str:
    """Return why nothing can be written into a folder, or nothing; what was tried is gone afterwards."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(BESIDE))
    except OSError as error:
        return because(error)
    return ""


_MAKE_ROOM: Final = say("Make room: what uploads have done can no longer be written down.")
_ELSEWHERE: Final = say(
    "Mend the rights, or set BVUP_HOME to a folder, or --journal to a file, that you can write."
)


def _content(path: Path) -> Finding:
    try:
        fault = look_in(path, len(MIGRATIONS))
        jobs = {} if fault else _states(path)
    except JournalFailed as error:
        return Finding(say("journal"), State.BAD, error.said, error.hint)
    if fault:
        return Finding(
            say("journal"),
            State.BAD,
            say("{path!r} {fault}.", path=str(path), fault=fault),
            say(
                "The next upload puts it aside and begins a new one, which does not know its uploads: "
                "look at `bvup list` before uploading the same files again."
            ),
        )
    counts = listed(
        say("{number} {state}", number=jobs[state], state=STATES[state]) for state in STATES if state in jobs
    )
    whole = say("It is whole: {uploads}.", uploads=counts or say("no uploads"))
    if jobs.keys() & {"unsure", "submitting"}:
        remedy = say("Run `bvup jobs`: nobody knows whether one of these was published.")
        return Finding(say("journal"), State.NOTE, whole, remedy)
    return Finding(say("journal"), State.GOOD, whole)


def _states(path: Path) -> dict[str, int]:
    rows = peek(path, "SELECT state, count(*) FROM job GROUP BY state")
    return {str(state): int(count or 0) for state, count in rows}


_LAST: Final = (
    "SELECT interface, state, error FROM job WHERE interface IS NOT NULL ORDER BY updated DESC LIMIT 5"
)


def last_submissions(path: Path) -> tuple[Finding, ...]:
    """Say which interfaces took the last submissions: none can be asked without submitting something."""
    try:
        rows = peek(path, _LAST) if path.exists() else []
    except JournalFailed:
        seen = say("None can be asked without submitting something, and the journal cannot be read.")
        return (Finding(say("submission"), State.NOTE, seen),)
    last = listed(_last(str(name), str(state), unpacked(str(error))) for name, state, error in rows)
    seen = say(
        "None can be asked without submitting something; the last were {submissions}."
        if last
        else "None can be asked without submitting something; the last were not through this journal.",
        submissions=last,
    )
    return (Finding(say("submission"), State.NOTE, seen),)


def _last(interface: str, state: str, error: str) -> str:
    outcome = say("{interface}: {state}", interface=interface, state=STATES[state])
    return say("{outcome} ({reason})", outcome=outcome, reason=error) if error else outcome


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
        f"({attempts} attempts), begun {created}, changed {updated} UTC. "
        f"{unpacked(str(error))}".rstrip()
        for number, state, interface, attempts, created, updated, error, pages, line in rows
    ] or ["none"]


def disks(path: Path) -> tuple[Finding, ...]:
    """Look at how much room there is beside the journal and for temporary files."""
    return (_disk(say("disk"), existing(path.parent)), _disk(say("temporary disk"), tempfile.gettempdir()))


def _disk(name: str, folder: Path | str) -> Finding:
    free = shutil.disk_usage(folder).free
    seen = say("{free} are free at {path!r}.", free=size_text(free), path=os.fspath(folder))
    if free < TOO_LITTLE:
        return Finding(name, State.BAD, seen, _MAKE_ROOM)
    if free < LITTLE:
        return Finding(
            name, State.NOTE, seen, say("Make room before uploading from a pipe, which may be kept there.")
        )
    return Finding(name, State.GOOD, seen)


def existing(folder: Path) -> Path:
    """Return a folder, or the nearest one above it that is there."""
    while not folder.exists() and folder.parent != folder:
        folder = folder.parent
    return folder


def versions() -> tuple[Finding, ...]:
    """Say what runs here."""
    from .libcurl import LIBRARIES  # noqa: PLC0415 - loads the HTTP library

    said = [
        _named("bilibili-video-uploader"),
        f"Python {platform.python_version()}",
        f"{platform.system()} {platform.release()} {platform.machine()}",
        *(one.replace("/", " ") for one in LIBRARIES),
        f"SQLite {SQLITE}",
        *map(_named, SHOWN),
    ]
    rivals = [name for name in RIVALS if _version(name)]
    if rivals:
        remedy = say(
            "Run: pip uninstall {packages}; then install bilibili-video-uploader again.",
            packages=" ".join(rivals),
        )
        seen = say(
            "{versions}. {packages} install the same import package.",
            versions=listed(said),
            packages=all_of(rivals),
        )
        return (Finding(say("versions"), State.BAD, seen, remedy),)
    return (Finding(say("versions"), State.GOOD, say("{versions}.", versions=listed(said))),)


def _named(name: str) -> str:
    found = _version(name)
    return f"{name} {found}" if found else say("{package} not installed", package=name)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
