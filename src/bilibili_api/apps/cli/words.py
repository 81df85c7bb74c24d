"""What becomes of an upload, as sentences. Pure functions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from .language import t
from .text import amount, count, safe, size, span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bilibili_api.video_uploader import Progress

    from .sending import Outcome
PUBLISHED: Final = "This was published before; nothing was sent."


def found(resumed: Mapping[str, Any], progress: Progress, now: float) -> str:
    """Say what an upload is gone on with.

    Args:
        resumed: What the event RESUMED told.
        progress: How far it has come.
        now: Unix seconds.
    """
    begun = t("Resuming job {job}:", job=resumed["job"])
    if resumed["state"] == "adding":
        return t(
            "{begun} all is stored, and the video is there; the parts that it lacks are added.", begun=begun
        )
    if resumed["state"] != "open":
        return t(
            "{begun} all is stored; whether it was published is not known, and is looked for.", begun=begun
        )
    pages, chunks = resumed["pages"], resumed["parts"]
    stored = [f"{pages} of {count(len(progress.pages), 'part')}"] if pages else []
    stored += [count(chunks, "chunk")] if chunks else []
    verb = "is" if (pages, chunks) in {(1, 0), (0, 1)} else "are"
    amounts = f"{size(resumed['bytes'])} of {size(progress.size)}"
    return t(
        "{begun} {stored} {verb} stored ({amounts}){life}.",
        begun=begun,
        stored=" and ".join(stored),
        verb=verb,
        amounts=amounts,
        life=_life(resumed["ticket_expires"], now),
    )


def _life(expires: float | None, now: float) -> str:
    if expires is None:
        return ""
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(expires))
    return (
        t(", the target lives until {day}", day=day)
        if expires > now
        else t("; but the target expired {day}", day=day)
    )


def result(outcome: Outcome, server: str | None) -> list[str]:
    """Return the lines of a success."""
    return [_head(outcome), *published(outcome.ids or {}, server), *outcome.errands.lines()]


def published(ids: Mapping[str, object], server: str | None) -> list[str]:
    """Return the lines that name an archive."""
    lines = [
        f"aid:  {ids.get('aid')}",
        t("bvid: {get}", get=ids.get("bvid")),
        t("link: https://www.bilibili.com/video/{get}", get=ids.get("bvid")),
    ]
    return (
        [*lines, t("      (of {server}; Bilibili itself knows nothing of it)", server=server)]
        if server
        else lines
    )


def _head(outcome: Outcome) -> str:
    if outcome.was_published:
        return PUBLISHED
    sent, seconds = outcome.progress.size - outcome.before, max(outcome.elapsed, 0.001)
    rate = t(", {size}/s on average", size=size(sent / seconds)) if sent > 0 else ""
    return t("Done in {span}{rate}.", span=span(outcome.elapsed), rate=rate)


def kept(progress: Progress) -> str:
    """Return what is on the server after an end before the end, honestly; empty when nothing is."""
    done = sum(page.done for page in progress.pages)
    begun = [(i, page) for i, page in enumerate(progress.pages) if page.stored and not page.done]
    parts = [f"{done} of {count(len(progress.pages), 'part')}"] if done else []
    parts += [
        t(
            "{amount} of part {i} ({title})",
            amount=amount(page.stored, page.size),
            i=i + 1,
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
    said = t("{parts} reached the server", parts=" and ".join(parts))
    if progress.job is None:
        return t("{said}; a new run cannot use it and starts from the beginning.", said=said)
    return t("{said}; what is there is not sent again.", said=said)
