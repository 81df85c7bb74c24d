"""Finds the job of an upload, or begins one with whatever other jobs have stored of the same files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from .job_rows import new_job, read_plan, read_standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .database import Database, Statement
    from .identity import Identity
    from .standing import Standing

_REMEMBERED: Final = 365 * 86400.0
"""Seconds for which a finished submission is remembered: starting it again returns what it made."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What is to be uploaded.

    Attributes:
        account: Whose upload it is.
        pages: What its pages are, in their order.
        plan: What is to be submitted, as JSON: `pages`, `meta`, ...
        job: Number of the job it is known to be, or None: it is looked for.
    """

    account: str
    pages: Sequence[Identity]
    plan: dict[str, Any]
    job: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a journal knew of an upload.

    Attributes:
        job: Its number.
        is_new: Whether it begins now, possibly with what another one has stored.
    """

    job: int
    is_new: bool


def take(database: Database, upload: Upload, standing: Standing, now: float) -> Found:
    """Find or make the job, and fill the standing; whoever calls has claimed the files.

    Raises:
        JournalFailed: It cannot be read or written.
    """
    known = upload.job or _known(database, upload)
    if known is None:
        job = cast("int", database.write(_begun(upload, _donors(database, upload), now))[0][0])
    else:
        job = known
        database.write(_taken_up(upload, job))
    read_standing(database, job, standing)
    return Found(job, is_new=known is None)


def _known(database: Database, upload: Upload) -> int | None:
    """The job with just these pages: one that is not finished, or that has submitted the very same."""
    contents = [page.content for page in upload.pages]
    candidates = database.read(
        "SELECT id, state, plan FROM job WHERE account = :account AND id IN "
        "(SELECT job FROM page WHERE content = :content) ORDER BY state = 'done', id DESC",
        {"account": upload.account, "content": contents[0]},
    )
    for job, state, plan in candidates:
        pages = database.read("SELECT content FROM page WHERE job = :job ORDER BY position", {"job": job})
        is_same = state != "done" or _wish(read_plan(cast("str", plan))) == _wish(upload.plan)
        if is_same and [content for (content,) in pages] == contents:
            return cast("int", job)
    return None


def _wish(plan: dict[str, Any]) -> dict[str, Any]:
    """What makes a submission another one although its files are the same."""
    return {"meta": plan["meta"], "extra": plan["extra"], "titles": [page["title"] for page in plan["pages"]]}


def _taken_up(upload: Upload, job: int) -> Iterator[Statement]:
    values = {"job": job, "plan": _text(upload.plan)}
    yield "UPDATE job SET plan = :plan, error = '' WHERE id = :job AND state != 'done'", values
    for position, page in enumerate(upload.pages):  # where files lie may have changed, what they are has not
        yield (
            "UPDATE page SET place = :place WHERE job = :job AND position = :position",
            {"job": job, "position": position, "place": page.place},
        )


def _begun(upload: Upload, donors: dict[str, int], now: float) -> Iterator[Statement]:
    yield "DELETE FROM job WHERE state = 'done' AND updated < :before", {"before": now - _REMEMBERED}
    yield from new_job(upload.account, _text(upload.plan), upload.pages, donors, now)


def _donors(database: Database, upload: Upload) -> dict[str, int]:
    """For each content the page of another unfinished job of the account that has something of it stored.

    Not of one whose submission was sent: what it stored may be in an archive.
    """
    rows = database.read(
        """SELECT content, page.id FROM page JOIN job ON job.id = page.job WHERE account = :account
        AND state = 'open' AND coalesce(ticket, filename) IS NOT NULL ORDER BY page.id""",
        {"account": upload.account},
    )
    wanted = {page.content for page in upload.pages}
    return {str(content): cast("int", page) for content, page in rows if content in wanted}


def _text(plan: dict[str, Any]) -> str:
    return json.dumps(plan, ensure_ascii=False, sort_keys=True)
