"""Jobs as people see them: what a journal knows of each submission."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast

from bilibili_api.frozen import frozen
from bilibili_api.protocol import tickets, upos
from bilibili_api.saying import say

from .into import Into
from .job_rows import read_plan
from .kept_words import unpacked
from .standing import Submission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .claims import Claims
    from .database import Database, Row, Value


@frozen
class JobPage:
    """One page of a job.

    Attributes:
        path: Its file; None for a stream.
        title: Title of the part.
        size: Bytes; 0 while unknown.
        stored: Bytes that the server has.
        done: Whether it is complete.
        line: Name of its line; None before there was one.
        expires: When what is stored of it is lost unless it is complete, Unix seconds; None: nobody says.
        filename: The server's name of the stored file; None: it is not complete.
    """

    path: str | None
    title: str
    size: int
    stored: int
    done: bool
    line: str | None
    expires: float | None
    filename: str | None = None


@frozen
class JobSubtitle:
    """Subtitles that are to be uploaded when the submission of a job is published.

    Attributes:
        part: Number of the part, from 1.
        language: As Bilibili names it.
        path: Their file.
    """

    part: int
    language: str
    path: str


@frozen
class Job:
    """One submission in the journal.

    Attributes:
        id: Its number.
        account: Number of the account it is for, as text.
        state: `open`, `submitting` (stopped in that moment), `unsure` (nobody knows whether it was published)
            or `done`.
        running: Whether a process is at it now.
        title: Title of the submission; `-> BV...` if its pages go into an archive that is there.
        pages: Its pages in their order.
        created: Unix seconds.
        updated: Unix seconds.
        aid: Number of the archive it made, or None.
        bvid: Its other number, or None.
        error: What it ended with last, in words; empty when it did not fail.
        plan: What is to be submitted, as it was given: `pages`, `meta`, `extra`, `line`, `interface`, ...
            Empty where its entry is damaged; such a job can only be forgotten, or begun anew from its files.
        server: URL of the server it went to instead of Bilibili, for instance a simulator; None: Bilibili.
        rate: Its own limit of the rate, as it was given; None: it never had one.
        subtitles: Those that are still to be uploaded; see `Journal.subtitles`.
    """

    id: int
    account: str
    state: str
    running: bool
    title: str
    pages: tuple[JobPage, ...]
    created: float
    updated: float
    aid: int | None
    bvid: str | None
    error: str
    plan: dict[str, Any]
    server: str | None = None
    rate: str | None = None
    subtitles: tuple[JobSubtitle, ...] = ()

    @property
    def is_finished(self) -> bool:
        """Whether it is published, and nothing is left to do."""
        return self.state == Submission.DONE.value and not self.subtitles

    @property
    def owner(self) -> str:
        """By what the journal knows whose it is."""
        return self.account if self.server is None else f"{self.account}@{self.server}"

    @property
    def size(self) -> int:
        """Bytes of all pages."""
        return sum(page.size for page in self.pages)

    @property
    def stored(self) -> int:
        """Bytes that the server has."""
        return sum(page.stored for page in self.pages)

    @property
    def is_stored(self) -> bool:
        """Whether nothing is left to do but to submit."""
        return all(page.done for page in self.pages)

    @property
    def expires(self) -> float | None:
        """When something that is stored is lost, Unix seconds; None: nothing is going to be."""
        ends = [page.expires for page in self.pages if page.expires is not None]
        return min(ends, default=None)


def read_jobs(database: Database, claims: Claims) -> Iterator[Job]:
    """Yield all jobs, the oldest first."""
    pages: defaultdict[object, list[Row]] = defaultdict(list)
    for job, *page in database.read(
        "SELECT job, place, size, line, ticket, chunk_size, filename, count(number), max(number) "
        "FROM page LEFT JOIN part ON part.page = page.id GROUP BY page.id ORDER BY job, position"
    ):
        pages[job].append(tuple(page))
    for row in database.read(
        "SELECT id, account, state, created, updated, aid, bvid, error, plan, rate, subtitles FROM job "
        "ORDER BY id"
    ):
        try:
            yield _job(row, pages[row[0]], claims)
        except (LookupError, TypeError, ValueError, AttributeError):
            yield _damaged(row)


def _job(row: Row, pages: list[Row], claims: Claims) -> Job:
    number, account, state, created, updated, aid, bvid, error, text, rate, left = row
    plan = read_plan(text)
    if plan is None:
        return _damaged(row)
    return Job(
        id=cast("int", number),
        **_whose(account),
        state=Submission(state).value,
        running=claims.is_held(str(account), [str(page[0]) for page in pages]),
        title=_title(plan),
        pages=tuple(_page(given, page) for given, page in zip(plan["pages"], pages, strict=True)),
        created=cast("float", created),
        updated=cast("float", updated),
        aid=cast("int | None", aid),
        bvid=cast("str | None", bvid),
        error=unpacked(str(error)),
        plan=plan,
        rate=cast("str | None", rate),
        subtitles=tuple(JobSubtitle(*one) for one in json.loads(str(left or "[]"))),
    )


def _title(plan: dict[str, Any]) -> str:
    """What a job is called: the title of its submission, or the archive that its pages go into."""
    into = Into.of_plan(plan)
    return str(plan["meta"].get("title", "")) if into is None else f"-> {into.video.bvid}"


def _whose(owner: Value) -> dict[str, Any]:
    account, _, server = str(owner).partition("@")
    return {"account": account, "server": server or None}


def _damaged(row: Row) -> Job:
    """A job whose entry holds what no version writes: the others are listed all the same."""
    number, account, state, *_ = row
    return Job(
        id=cast("int", number),
        **_whose(account),
        state=str(state),
        running=False,
        title="",
        pages=(),
        created=0.0,
        updated=0.0,
        aid=None,
        bvid=None,
        error=say("Its entry in the journal is damaged."),
        plan={},
    )


def _page(given: dict[str, Any], row: Row) -> JobPage:
    _, size, line, text, chunk_size, filename, count, last = cast("tuple[Any, ...]", row)
    ticket = tickets.load(text) if text is not None else None
    short = -size % chunk_size if chunk_size and last == (size - 1) // chunk_size else 0
    return JobPage(
        path=given["path"],
        title=given["title"],
        size=size,
        stored=size if filename is not None else count * chunk_size - short,
        done=filename is not None,
        line=line,
        expires=ticket.issued + upos.AUTH_LIFE if isinstance(ticket, upos.Ticket) and ticket.issued else None,
        filename=filename,
    )
