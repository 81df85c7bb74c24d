"""What becomes of an upload, as sentences. Pure functions."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from bilibili_api.amounts import moment_text, rate_text, size_text
from bilibili_api.saying import say

from .language import in_words, t
from .text import amount, count, safe, span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bilibili_api.video_uploader import Progress

    from .sending import Outcome

PUBLISHED: Final = say("This was published before; nothing was sent.")


def found(resumed: Mapping[str, Any], progress: Progress, now: float) -> str:
    """Say what an upload is gone on with.

    Args:
        resumed: What the event RESUMED told.
        progress: How far it has come.
        now: Unix seconds.
    """
    job = resumed["job"]
    if resumed["state"] == "adding":
        return t(
            "Resuming job {job}: all is stored, and the video is there; the parts that it lacks are added.",
            job=job,
        )
    if resumed["state"] != "open":
        return t(
            "Resuming job {job}: all is stored; whether it was published is not known, and is looked for.",
            job=job,
        )
    pages, chunks = resumed["pages"], resumed["parts"]
    pieces = [_some(pages, len(progress.pages))] if pages else []
    pieces += [count(chunks, "chunk")] if chunks else []
    whole = {
        "stored": _all(pieces or [count(0, "chunk")]),
        "taken": size_text(resumed["bytes"]),
        "total": size_text(progress.size),
    }
    if (pages, chunks) in {(1, 0), (0, 1)}:
        said = say("{stored} is stored ({taken} of {total})", **whole)
    else:
        said = say("{stored} are stored ({taken} of {total})", **whole)
    return _lasting(job, said, resumed["ticket_expires"], now)


def _all(pieces: Sequence[str]) -> str:
    """Return pieces, of which there is one at least, one behind the other."""

    def both(some: str, more: str) -> str:
        return say("{some} and {more}", some=some, more=more)

    return reduce(both, pieces)


def _some(number: int, total: int) -> str:
    return say("{number} of {parts}", number=number, parts=count(total, "part"))


def _lasting(job: int, stored: str, expires: float | None, now: float) -> str:
    if expires is None:
        return t("Resuming job {job}: {stored}.", job=job, stored=stored)
    day = moment_text(expires)
    if expires > now:
        return t(
            "Resuming job {job}: {stored}, the target lives until {day}.", job=job, stored=stored, day=day
        )
    return t("Resuming job {job}: {stored}; but the target expired {day}.", job=job, stored=stored, day=day)


def result(outcome: Outcome, server: str | None) -> list[str]:
    """Return the lines of a success."""
    return [_head(outcome), *published(outcome.ids or {}, server), *outcome.errands.lines()]


def published(ids: Mapping[str, object], server: str | None) -> list[str]:
    """Return the lines that name an archive."""
    bvid = ids.get("bvid")
    lines = [
        f"aid:  {ids.get('aid')}",
        f"bvid: {bvid}",
        t("link: {url}", url=f"https://www.bilibili.com/video/{bvid}"),
    ]
    if server:
        lines.append("      " + t("(of {server}; Bilibili itself knows nothing of it)", server=server))
    return lines


def _head(outcome: Outcome) -> str:
    if outcome.was_published:
        return in_words(PUBLISHED)
    sent, time_taken = outcome.progress.size - outcome.before, span(outcome.elapsed)
    if sent <= 0:
        return t("Done in {time}.", time=time_taken)
    rate = rate_text(sent / max(outcome.elapsed, 0.001))
    return t("Done in {time}, {rate} on average.", time=time_taken, rate=rate)


def kept(progress: Progress) -> str:
    """Return what is on the server after an end before the end, honestly; empty when nothing is."""
    done = sum(page.done for page in progress.pages)
    begun = [(i, page) for i, page in enumerate(progress.pages) if page.stored and not page.done]
    parts = [_some(done, len(progress.pages))] if done else []
    parts += [
        say(
            "{amount} of part {number} ({title})",
            amount=amount(page.stored, page.size),
            number=i + 1,
            title=safe(page.title),
        )
        for i, page in begun
    ]
    if not parts:
        return ""
    if progress.submission == "adding":
        return t(
            "the video is published with its first parts; the others are stored, and going on adds them."
        )
    if progress.job is None:
        return t(
            "{parts} reached the server; a new run cannot use it and starts from the beginning.",
            parts=_all(parts),
        )
    if progress.unwritten:
        return t(
            "{parts} reached the server; but the journal could not be written, and what it does not know of "
            "is sent again.",
            parts=_all(parts),
        )
    return t("{parts} reached the server; what is there is not sent again.", parts=_all(parts))
