"""Finds the job of an upload, or begins one with whatever other jobs have stored of the same files."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from bilibili_api.exceptions import ArgsException, InvalidUpload
from bilibili_api.frozen import frozen
from bilibili_api.protocol import tickets
from bilibili_api.saying import say

from .job_rows import job_update, new_job, page_update, pictures_update, read_plan, read_standing
from .order import SOUGHT
from .owners import adopt
from .recalling import recall

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bilibili_api.exceptions import Problem

    from .database import Database, Statement, Value
    from .identity import Identity
    from .owners import Owner
    from .standing import Standing

_REMEMBERED: Final = 365 * 86400.0
"""Seconds for which a finished submission is remembered: starting it again returns what it made."""

log = logging.getLogger("bilibili_api")


@frozen
class Upload:
    """What is to be uploaded.

    Attributes:
        owner: Whose upload it is.
        pages: What its pages are, in their order; None for one whose job is known and whose file is gone.
        plan: What is to be submitted, as JSON: `pages`, `meta`, ...
        pictures: Its covers by their slots, each with its MIME type.
        job: Number of the job it is known to be, or None: it is looked for.
        late: What forbids to begin it now; that it goes on is not forbidden.
    """

    owner: Owner
    pages: Sequence[Identity | None]
    plan: dict[str, Any]
    pictures: Mapping[str, tuple[bytes, str]]
    job: int | None = None
    late: tuple[Problem, ...] = ()

    @property
    def account(self) -> str:
        """The account by which its job is known."""
        return self.owner.account


def take(database: Database, upload: Upload, standing: Standing, now: float) -> int:
    """Find or make the job, fill the standing, and return the job's number; the files must be claimed.

    Raises:
        ArgsException: The job is known, and is another account's, or was forgotten meanwhile.
        JournalFailed: The journal cannot be read or written.
        InvalidUpload: Nothing of it is stored, and it cannot be begun now.
    """
    adopt(database, upload.owner)
    if upload.job is not None:
        _check_account(database, upload.job, upload.account)
    memory = replace(standing, pages=[replace(page) for page in standing.pages])
    known = upload.job or _known(database, upload)
    if known is None:
        donors = _donors(database, upload)
        if upload.late and not donors and not standing.has_begun:
            raise InvalidUpload(upload.late)
        job = cast("int", database.write(_begun(upload, donors, now))[0][0])
    else:
        database.write(_taken_up(database, upload, job := known))
    read_standing(database, job, standing)
    is_mine, elsewhere = memory.account == upload.account, _stored_elsewhere(database, upload, job)
    if is_mine and recall(memory, standing, upload.pages, elsewhere, is_new=known is None):
        pages = (statement for page in standing.pages for statement in page_update(page))
        database.write([*job_update(job, standing, now), *pages])
    standing.account = upload.account
    return job


def _stored_elsewhere(database: Database, upload: Upload, job: int) -> set[str]:
    """Return the stored names that other submissions have of the same files."""
    wanted = {page.content for page in _present(upload)}
    rows = database.read(
        """SELECT content, ticket, filename FROM page WHERE job != :job
        AND coalesce(ticket, filename) IS NOT NULL""",
        {"job": job},
    )
    found = ((ticket, filename) for content, ticket, filename in rows if content in wanted)
    loaded = (str(filename) if filename else tickets.load(str(ticket)) for ticket, filename in found)
    return {name if isinstance(name, str) else name.filename for name in loaded if name}


def _check_account(database: Database, job: int, account: str) -> None:
    """Refuse to go on with what another account stored; whose a bare access key is may not be known."""
    mine, _, here = account.partition("@")
    for (owner,) in database.read("SELECT account FROM job WHERE id = :job", {"job": job}):
        owned, _, there = str(owner).partition("@")
        if here != there:
            raise ArgsException(
                say(
                    "Job {job} is an upload to {there}, not to {here}.",
                    job=job,
                    there=there or "Bilibili",
                    here=here or "Bilibili",
                ),
                hint=say("Go on with the server {there}.", there=there)
                if there
                else say("Go on without naming a server."),
            )
        if owned != mine and owned.isdecimal() and mine.isdecimal():
            raise ArgsException(
                say(
                    "Job {job} is an upload of the account {owned}; the login is of the account {mine}.",
                    job=job,
                    owned=owned,
                    mine=mine,
                ),
                hint=say("Go on with a login of the account {owned}.", owned=owned),
            )


def claimed_of(database: Database, job: int) -> list[str]:
    """Return by what a job's files are claimed, as they were when it was last at work."""
    rows = database.read("SELECT place, content FROM page WHERE job = :job", {"job": job})
    return [str(claimed) for row in rows for claimed in row]


def sent_before(database: Database, upload: Upload) -> dict[str, Any] | None:
    """Return the metadata that was submitted for these pages under the same names of topic and activity.

    None where nothing was: an upload that is only begun asks for the names again.

    Raises:
        JournalFailed: The journal cannot be read.
    """
    for _, state, plan in _of_files(database, upload):
        known = read_plan(plan)
        if state != "open" and known is not None and _is_named(known, upload.plan):
            return cast("dict[str, Any]", known["meta"])
    return None


def published_before(database: Database, upload: Upload) -> str | None:
    """Return what the very same made, by its bvid; None: nothing that is known.

    Raises:
        JournalFailed: The journal cannot be read.
    """
    rows = database.read(
        "SELECT bvid FROM job WHERE id = :job AND state = 'done'", {"job": _known(database, upload)}
    )
    return cast("str | None", rows[0][0]) if rows else None


def _known(database: Database, upload: Upload) -> int | None:
    """The job with just these pages: one that has submitted the very same, or that is not finished."""
    for job, state, plan in _of_files(database, upload):
        if _is_same(str(state), read_plan(plan), upload.plan):
            return job
    return None


def _of_files(database: Database, upload: Upload) -> Iterator[tuple[int, object, object]]:
    """Yield number, state and plan of the jobs with just these pages, those that are finished first."""
    contents = [page.content for page in _present(upload)]
    candidates = database.read(
        "SELECT id, state, plan FROM job WHERE account = :account AND id IN "
        "(SELECT job FROM page WHERE content = :content) ORDER BY state != 'done', id DESC",
        {"account": upload.account, "content": contents[0]},
    )
    for job, state, plan in candidates:
        pages = database.read("SELECT content FROM page WHERE job = :job ORDER BY position", {"job": job})
        if [content for (content,) in pages] == contents:
            yield cast("int", job), state, plan


def _present(upload: Upload) -> list[Identity]:
    return [page for page in upload.pages if page is not None]


def _is_same(state: str, known: dict[str, Any] | None, plan: dict[str, Any]) -> bool:
    """Whether a job with these pages is the one: what was sent counts for where it was sent only."""
    if state == "open":
        return True
    if known is not None and known.get("into") != plan.get("into"):
        return False
    return state != "done" or _is_wished(known, plan)


def _is_wished(submitted: dict[str, Any] | None, plan: dict[str, Any]) -> bool:
    try:
        return submitted is not None and (_wish(submitted) == _wish(plan) or _is_named(submitted, plan))
    except (TypeError, KeyError, AttributeError):  # damaged: nobody knows what it submitted
        return False


def _is_named(submitted: dict[str, Any], plan: dict[str, Any]) -> bool:
    """Whether two wishes are the same whatever numbers were found for topic and activity, by their names."""
    named = plan.get("named")
    if named is None or submitted.get("named") != named:
        return False
    return _wish(submitted, SOUGHT) == _wish(plan, SOUGHT)


def _wish(plan: dict[str, Any], but: Collection[str] = ()) -> dict[str, Any]:
    """What makes a submission another one although its files are the same; when it is published does not."""
    meta = {key: value for key, value in plan["meta"].items() if key != "dtime" and key not in but}
    return {"meta": meta, "extra": plan["extra"], "titles": [page["title"] for page in plan["pages"]]}


def _taken_up(database: Database, upload: Upload, job: int) -> list[Statement]:
    """Where files lie may have changed; one that holds something else than it did is begun anew."""
    known = database.read(
        "SELECT id, content, filename FROM page WHERE job = :job ORDER BY position", {"job": job}
    )
    if not known:
        raise ArgsException(
            say("There is no job {job} any more.", job=job), hint=say("Start the upload anew.")
        )
    statements: list[Statement] = [
        (
            "UPDATE job SET plan = :plan, error = '' WHERE id = :job AND state != 'done'",
            {"job": job, "plan": _text(upload.plan)},
        ),
        *pictures_update(job, upload.pictures),
    ]
    for page, (entry, content, filename) in zip(upload.pages, known, strict=True):
        if page is not None and page.content == content:
            statements.append(
                ("UPDATE page SET place = :place WHERE id = :id", {"id": entry, "place": page.place})
            )
        elif page is not None and filename is None:
            log.warning(say("{path} was changed since it was begun; it is sent anew.", path=page.path))
            statements += _anew(entry, page)
    return statements


def _anew(entry: Value, page: Identity) -> Iterator[Statement]:
    yield (
        """UPDATE page SET content = :content, place = :place, size = :size, ticket = NULL, sent_again = 0
        WHERE id = :id""",
        {"id": entry, "content": page.content, "place": page.place, "size": page.size},
    )
    yield "DELETE FROM part WHERE page = :id", {"id": entry}


def _begun(upload: Upload, donors: dict[str, int], now: float) -> Iterator[Statement]:
    yield "DELETE FROM job WHERE state = 'done' AND updated < :before", {"before": now - _REMEMBERED}
    yield from new_job(upload.account, _text(upload.plan), _present(upload), donors, now)
    yield from pictures_update(None, upload.pictures)
    yield "SELECT max(id) FROM job", {}


def _donors(database: Database, upload: Upload) -> dict[str, int]:
    """For each content the page of another unfinished job of the account that has something of it stored.

    Not of one whose submission was sent: what it stored may be in an archive.
    """
    rows = database.read(
        """SELECT content, page.id FROM page JOIN job ON job.id = page.job WHERE account = :account
        AND state = 'open' AND coalesce(ticket, filename) IS NOT NULL ORDER BY page.id""",
        {"account": upload.account},
    )
    wanted = {page.content for page in _present(upload)}
    return {str(content): cast("int", page) for content, page in rows if content in wanted}


def _text(plan: dict[str, Any]) -> str:
    return json.dumps(plan, sort_keys=True)  # in ASCII: names of files need not be UTF-8, SQLite's texts must
