"""The journal's tables, and a standing as their rows.

One row for a submission (`job`), one for each of its pages, one for each chunk that the server has.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from bilibili_api.exceptions import JournalFailed
from bilibili_api.protocol import tickets
from bilibili_api.saying import say

from .standing import Standing, Submission

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .database import Database, Row, Statement
    from .identity import Identity
    from .page_state import PageState

MIGRATIONS: Final = (
    """
    CREATE TABLE job (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT NOT NULL,
        created REAL NOT NULL,
        updated REAL NOT NULL,
        state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'submitting', 'unsure', 'done')),
        plan TEXT NOT NULL,
        cover_url TEXT NOT NULL DEFAULT '',
        cover_md5 TEXT NOT NULL DEFAULT '',
        cover43_url TEXT NOT NULL DEFAULT '',
        cover43_md5 TEXT NOT NULL DEFAULT '',
        interface TEXT,
        sent_at REAL NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0,
        aid INTEGER,
        bvid TEXT,
        error TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE page (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        job INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        content TEXT NOT NULL,
        place TEXT NOT NULL,
        name TEXT NOT NULL DEFAULT '',
        size INTEGER NOT NULL DEFAULT 0,
        line TEXT,
        ticket TEXT,
        chunk_size INTEGER NOT NULL DEFAULT 0,
        filename TEXT,
        cid INTEGER,
        sent_again INTEGER NOT NULL DEFAULT 0,
        UNIQUE (job, position)
    );
    CREATE INDEX page_by_content ON page (content);
    CREATE TABLE part (
        page INTEGER NOT NULL REFERENCES page (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        mark TEXT NOT NULL,
        PRIMARY KEY (page, number)
    ) WITHOUT ROWID;
    CREATE TABLE picture (
        job INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        slot TEXT NOT NULL,
        mime TEXT NOT NULL,
        content BLOB NOT NULL,
        PRIMARY KEY (job, slot)
    );
    CREATE TABLE pace (
        account TEXT NOT NULL,
        kind TEXT NOT NULL,
        next REAL NOT NULL,
        forgiven REAL NOT NULL,
        PRIMARY KEY (account, kind)
    )
    """,
    "CREATE TABLE login (digest TEXT PRIMARY KEY, account TEXT NOT NULL)",
    """
    CREATE TABLE line (
        place TEXT NOT NULL,
        public TEXT NOT NULL,
        name TEXT NOT NULL,
        rate REAL NOT NULL,
        streams REAL NOT NULL,
        seen REAL NOT NULL,
        PRIMARY KEY (place, public, name)
    ) WITHOUT ROWID
    """,
    "ALTER TABLE job ADD COLUMN rate TEXT",
    "ALTER TABLE job ADD COLUMN subtitles TEXT",
)
"""Only ever added to: the number of those done stands in the file."""

_PLAN: Final = frozenset({"pages", "meta", "extra", "threads", "chunk_size", "topic", "line", "interface"})
"""What no plan lacks."""


def new_job(
    account: str, plan: str, pages: Sequence[Identity], donors: Mapping[str, int], now: float
) -> Iterator[Statement]:
    """Statements that begin a submission: from then on the newest job.

    Args:
        account: Whose it is.
        plan: What is to be submitted.
        pages: What its pages are.
        donors: By what a page is: the row of another submission's page that has something of it stored. It
            is taken from there, for one page: a stored file belongs into one place of one archive.
        now: Unix seconds.
    """
    yield (
        "INSERT INTO job (account, created, updated, plan) VALUES (:account, :now, :now, :plan)",
        {"account": account, "now": now, "plan": plan},
    )
    left = dict(donors)
    for position, page in enumerate(pages):
        yield (
            """INSERT INTO page (job, position, content, place, size)
            VALUES ((SELECT max(id) FROM job), :position, :content, :place, :size)""",
            {"position": position, "content": page.content, "place": page.place, "size": page.size},
        )
        if (donor := left.pop(page.content, None)) is not None:
            yield from _taken_over(donor)
    yield (
        """DELETE FROM job WHERE account = :account AND state = 'open' AND id < (SELECT max(id) FROM job)
        AND NOT EXISTS (SELECT 1 FROM page WHERE page.job = job.id AND content NOT IN
        (SELECT content FROM page WHERE page.job = (SELECT max(id) FROM job)))""",
        {"account": account},
    )


def _taken_over(donor: int) -> Iterator[Statement]:
    """Statements by which the newest page gets what is stored of the same file elsewhere."""
    yield (
        """UPDATE page SET (name, size, line, ticket, chunk_size, filename, cid, sent_again) =
        (SELECT name, size, line, ticket, chunk_size, filename, cid, sent_again FROM page WHERE id = :donor)
        WHERE id = (SELECT max(id) FROM page)""",
        {"donor": donor},
    )
    yield (
        "UPDATE part SET page = (SELECT max(id) FROM page) WHERE page = :donor",
        {"donor": donor},
    )
    yield (
        """UPDATE page SET line = NULL, ticket = NULL, chunk_size = 0, filename = NULL, cid = NULL,
        sent_again = 0 WHERE id = :donor""",
        {"donor": donor},
    )


def pictures_update(job: int | None, pictures: Mapping[str, tuple[bytes, str]]) -> Iterator[Statement]:
    """Statements that keep the covers until all is done, since what they were made of may be gone some day.

    Args:
        job: Whose they are; None: the newest job's.
        pictures: By their slots, each with its MIME type.
    """
    yield "DELETE FROM picture WHERE job = coalesce(:job, (SELECT max(id) FROM job))", {"job": job}
    for slot, (content, mime) in pictures.items():
        yield (
            """INSERT INTO picture (job, slot, mime, content) SELECT id, :slot, :mime, :content FROM job
            WHERE id = coalesce(:job, (SELECT max(id) FROM job)) AND state != 'done'""",
            {"job": job, "slot": slot, "mime": mime, "content": content},
        )


def job_update(job: int, standing: Standing, now: float) -> Iterator[Statement]:
    """Statements that write down what is known of a submission, its pages excepted."""
    result = standing.result or standing.made or {}
    yield (
        """UPDATE job SET updated = :now, state = :state, cover_url = :cover_url, cover_md5 = :cover_md5,
        cover43_url = :cover43_url, cover43_md5 = :cover43_md5, interface = :interface, sent_at = :sent_at,
        attempts = :attempts, aid = :aid, bvid = :bvid WHERE id = :job""",
        {
            "job": job,
            "now": now,
            "state": standing.submission.value,
            "cover_url": standing.cover_url,
            "cover_md5": standing.cover_md5,
            "cover43_url": standing.cover43_url,
            "cover43_md5": standing.cover43_md5,
            "interface": standing.interface,
            "sent_at": standing.sent_at,
            "attempts": standing.attempts,
            "aid": result.get("aid"),
            "bvid": result.get("bvid"),
        },
    )
    if standing.submission is Submission.DONE:
        yield "DELETE FROM picture WHERE job = :job", {"job": job}


def rate_update(job: int, rate: str) -> Statement:
    """The statement that writes down a submission's limit of the rate."""
    return ("UPDATE job SET rate = :rate WHERE id = :job", {"job": job, "rate": rate})


def subtitles_update(job: int, left: str, *, is_first: bool) -> Statement:
    """The statement that writes down which subtitles of a submission are still to be uploaded.

    Args:
        job: Its number.
        left: Them, as JSON.
        is_first: They are wanted now; a submission that was published keeps what is known of its own.
    """
    return (
        """UPDATE job SET subtitles = :left
        WHERE id = :job AND (NOT :is_first OR state != 'done' OR subtitles IS NULL)""",
        {"job": job, "left": left, "is_first": is_first},
    )


def page_update(page: PageState) -> Iterator[Statement]:
    """Statements that write down a page whole; a stored one needs its target and its chunks no more."""
    is_stored = page.filename is not None
    yield (
        """UPDATE page SET name = :name, size = :size, line = :line, ticket = :ticket,
        chunk_size = :chunk_size, filename = :filename, cid = :cid, sent_again = :sent_again,
        content = coalesce(:content, content) WHERE id = :id""",
        {
            "id": page.entry,
            "content": page.content or None,
            "name": page.name,
            "size": page.size,
            "line": page.line,
            "ticket": None if is_stored or page.ticket is None else tickets.dump(page.ticket),
            "chunk_size": page.chunk_size,
            "filename": page.filename,
            "cid": page.cid,
            "sent_again": page.sent_again,
        },
    )
    yield "DELETE FROM part WHERE page = :page", {"page": page.entry}
    if not is_stored:
        for number, mark in page.stored.items():
            yield part_stored(page, number, mark)


def part_stored(page: PageState, number: int, mark: str) -> Statement:
    """The statement that writes down a chunk."""
    return (
        "INSERT OR REPLACE INTO part (page, number, mark) VALUES (:page, :number, :mark)",
        {"page": page.entry, "number": number, "mark": mark},
    )


def read_standing(database: Database, job: int, standing: Standing) -> None:
    """Fill a standing, whose pages are there in their order, from the tables.

    Raises:
        JournalFailed: They cannot be read.
    """
    (row,) = database.read(
        """SELECT state, cover_url, cover_md5, cover43_url, cover43_md5, interface, sent_at, attempts,
        aid, bvid FROM job WHERE id = :job""",
        {"job": job},
    )
    _restore_job(row, standing)
    rows = database.read(
        """SELECT id, name, size, line, ticket, chunk_size, filename, cid, sent_again
        FROM page WHERE job = :job ORDER BY position""",
        {"job": job},
    )
    for row, page in zip(rows, standing.pages, strict=True):
        found = database.read("SELECT number, mark FROM part WHERE page = :page", {"page": row[0]})
        _restore_page(row, {cast("int", number): str(mark) for number, mark in found}, page)


def _restore_job(row: Row, standing: Standing) -> None:
    state, cover_url, cover_md5, cover43_url, cover43_md5, interface, sent_at, attempts, aid, bvid = row
    standing.submission = _submission(state)
    standing.cover_url, standing.cover_md5 = str(cover_url), str(cover_md5)
    standing.cover43_url, standing.cover43_md5 = str(cover43_url), str(cover43_md5)
    standing.interface = cast("str | None", interface)
    standing.sent_at, standing.attempts = cast("float", sent_at), cast("int", attempts)
    ids = None if aid is None else {"aid": aid, "bvid": bvid}
    is_done = standing.submission is Submission.DONE
    standing.result, standing.made = (ids, None) if is_done else (None, ids)


def _submission(state: object) -> Submission:
    try:
        return Submission(state)
    except ValueError:
        raise JournalFailed(
            say("The journal does not say whether this upload was submitted: its entry is damaged."),
            hint=say(
                "Look in your account. If it is not there, forget the job (`bvup forget`) and start again."
            ),
        ) from None


def _restore_page(row: Row, marks: dict[int, str], page: PageState) -> None:
    entry, name, size, line, ticket, chunk_size, filename, cid, sent_again = row
    page.entry = cast("int", entry)
    page.name = cast("str", name) if ticket or filename else page.name  # as the server knows it
    page.size, page.line = cast("int", size), cast("str | None", line)
    page.ticket = tickets.load(cast("str", ticket)) if ticket is not None else None
    page.chunk_size = cast("int", chunk_size)
    page.filename, page.cid = cast("str | None", filename), cast("int | None", cid)
    page.sent_again = bool(sent_again)
    page.stored = marks if page.ticket is not None else {}


def read_plan(text: object) -> dict[str, Any] | None:
    """Return what was to be submitted, as it was given; None where it cannot be read."""
    try:
        plan: object = json.loads(cast("str", text))
    except (ValueError, TypeError, RecursionError):
        return None
    if not isinstance(plan, dict) or not _PLAN.issubset(cast("dict[str, Any]", plan)):
        return None
    return cast("dict[str, Any]", plan)
