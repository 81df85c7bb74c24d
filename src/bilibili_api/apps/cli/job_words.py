"""Jobs of the journal as a table, as lines and as figures for programs. Pure functions."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bilibili_api.amounts import size_text
from bilibili_api.saying import say

from .language import in_words, t, tn
from .text import amount, cells, count, cut, fill, padded, row, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilibili_api.journal import Job
    from bilibili_api.video_uploader import Server

HEADINGS: Final = (say("JOB"), say("STATE"), say("STORED"), say("LIVES"), say("CHANGED"), say("TITLE"))
STREAM: Final = "stdin "
"""Keys of streams that nobody can give a second time begin with it."""
LEAST_TITLE: Final = 20
"""Cells below which the title gets a line of its own."""
LISTED: Final = 8
"""Parts that are listed one by one."""


def is_lost(job: Job) -> bool:
    """Whether nobody can go on with it: what is not stored came from standard input."""
    given = zip(job.plan["pages"] if job.plan else (), job.pages, strict=False)
    return not job.running and any(
        not page.done and str(plan["key"] or "").startswith(STREAM) for plan, page in given
    )


def state(job: Job) -> str:
    """Return how it stands with a job, in a word or two."""
    if job.running:
        return t("running")
    if job.state == "open" and not job.is_stored:
        return t("lost") if is_lost(job) else t("stopped")
    if job.state == "open":
        return t("to submit")
    if job.state == "done":
        return t("subtitles") if job.subtitles else t("published")
    return t("unsure") if job.bvid is None else t("to complete")


def life(expires: float | None, now: float) -> str:
    """Return how long something lasts: "4 d", "5 h", "12 min", "over"."""
    if expires is None:
        return "-"
    left = expires - now
    if left <= 0:
        return t("over")
    if left < 3600:
        return t("{minutes:.0f} min", minutes=left // 60)
    if left < 2 * 86400:
        return t("{hours:.0f} h", hours=left // 3600)
    return t("{days:.0f} d", days=left // 86400)


def table(jobs: Sequence[Job], now: float, width: int) -> Iterator[str]:
    """Yield a heading and a line or two for each job, `width` cells wide at most.

    Args:
        jobs: The jobs.
        now: Unix seconds.
        width: Cells of a line.
    """
    headings = tuple(in_words(one) for one in HEADINGS)
    rows = [headings[:-1], *(_row(job, now) for job in jobs)]
    widths = [max(cells(row[i]) for row in rows) for i in range(len(rows[0]))]
    room = width - sum(widths) - 2 * len(widths)
    titles = [headings[-1], *(safe(job.title) for job in jobs)]
    for found, title, job in zip(rows, titles, [None, *jobs], strict=True):
        line = "  ".join(padded(cell, fit) for cell, fit in zip(found, widths, strict=True))
        if room >= LEAST_TITLE:
            yield f"{line}  {cut(title, room)}".rstrip()
        else:
            yield line.rstrip()
            if job is not None:
                yield "     " + cut(title, width - 5)
        if job is not None and job.error and job.state != "done" and not job.running:
            yield from _reason(job.error, width)


def _reason(error: str, width: int) -> list[str]:
    """Return what a job ended with; where there is little room, the beginning of it."""
    lead = t("     last: ")
    first, *more = fill(safe(in_words(error)), width, lead, " " * cells(lead))
    return [first, cut(f"{more[0]} ...", width)] if len(more) > 1 else [first, *more]


def _row(job: Job, now: float) -> tuple[str, ...]:
    stored = job.bvid or "" if job.state == "done" else amount(job.stored, job.size)
    changed = time.strftime("%m-%d %H:%M", time.localtime(job.updated))
    return f"{job.id:>3}", state(job), stored, life(job.expires, now), changed


def figures(job: Job) -> dict[str, object]:
    """Return a job for programs; documented in docs/resuming.md."""
    return {
        "job": job.id,
        "account": job.account,
        "server": job.server,
        "state": job.state,
        "running": job.running,
        "title": job.title,
        "stored": job.stored,
        "size": job.size,
        "ticket_expires": job.expires,
        "created": job.created,
        "updated": job.updated,
        "aid": job.aid,
        "bvid": job.bvid,
        "error": job.error,
        "rate": job.rate,
        "subtitles": [asdict(one) for one in job.subtitles],
        "pages": [_page_figures(asdict(page)) for page in job.pages],
    }


def _page_figures(page: dict[str, object]) -> dict[str, object]:
    return {
        "ticket_expires" if name == "expires" else name: value
        for name, value in page.items()
        if name != "filename"
    }


def heading(job: Job, login: str, server: Server | None) -> Iterator[str]:
    """Say which job is gone on with, and by whom."""
    yield t(
        "Job {job}: {parts}, {size}, to {where}",
        job=job.id,
        parts=count(len(job.pages), "part"),
        size=size_text(job.size),
        where=t("{url} instead of Bilibili", url=server.url) if server else t("Bilibili"),
    )
    yield row(t("title"), safe(job.title))
    yield row(t("account"), login)
    for i, page in enumerate(job.pages[:LISTED]):
        name = safe(Path(page.path).name) if page.path is not None else t("a stream")
        known = size_text(page.size)
        yield row(
            f"P{i + 1}",
            t("{what}, {size}, stored", what=name, size=known)
            if page.done
            else t("{what}, {size}", what=name, size=known),
        )
    if len(job.pages) > LISTED:
        yield row("...", tn(len(job.pages) - LISTED, "and {n} more part", "and {n} more parts"))
    if job.subtitles:
        yield row(t("subtitles"), count(len(job.subtitles), "file"))


def lost(job: Job) -> str:
    """Say what is lost when a job is forgotten."""
    if job.state == "done":
        return t(
            "That it was published as {bvid}: the same upload would publish it once more.", bvid=job.bvid
        )
    if job.bvid is not None:
        return t(
            "Which parts {bvid} lacks: the same upload would publish it once more, whole.", bvid=job.bvid
        )
    if job.state != "open":
        return t(
            "Whether it was published is not known, and will not be found out any more: the same "
            "upload may publish it twice. Look into the archive manager first."
        )
    if not job.stored:
        return t("Nothing of it was stored yet.")
    return t(
        "{stored} of {total} that the server has: the same upload would begin anew.",
        stored=size_text(job.stored),
        total=size_text(job.size),
    )
