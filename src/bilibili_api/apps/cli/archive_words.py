"""Archives as lines and as figures for programs. Pure functions."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

from bilibili_api.amounts import moment_text
from bilibili_api.archive import Status
from bilibili_api.saying import say

from .language import in_words, t, tn
from .params import partition
from .text import cells, cut, fill, padded, safe, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilibili_api.archive import Archive, ArchivePart, Difference

STATUSES: Final = {
    Status.DRAFT: say("draft"),
    Status.PROCESSING: say("processing"),
    Status.IN_REVIEW: say("in review"),
    Status.SCHEDULED: say("scheduled"),
    Status.PUBLIC: say("public"),
    Status.PRIVATE: say("private"),
    Status.REJECTED: say("rejected"),
    Status.LOCKED: say("locked"),
    Status.DELETED: say("deleted"),
    Status.UNKNOWN: say("unknown"),
}
STATUS_CELLS: Final = 10
LABEL_CELLS: Final = 9
_TIMES: Final = ("ctime", "ptime", "dtime")
LISTED: Final = 100
"""Parts that are listed one by one."""


def row(archive: Archive, width: int) -> Iterator[str]:
    """Yield the lines of an archive in a list: id, status, day and title; below, why it was refused.

    Args:
        archive: The archive.
        width: Cells of a line.
    """
    status = padded(in_words(STATUSES[archive.status]), STATUS_CELLS)
    head = f"{archive.bvid:<12}  {status}  {day(archive.ptime or archive.ctime):<10}  "
    yield head + cut(safe(archive.title), max(20, width - cells(head)))
    if archive.reject_reason:
        why, indent = t("why: {reason}", reason=safe(archive.reject_reason)), " " * 14
        yield from fill(why, width, indent, indent + " " * cells(t("why: {reason}", reason="")))


def about(archive: Archive) -> Iterator[str]:
    """Yield what is known of an archive, line by line."""
    yield _labelled(t("title"), safe(archive.title))
    yield _labelled("bvid", archive.bvid)
    yield _labelled("aid", str(archive.aid))
    yield _labelled(t("link"), f"https://www.bilibili.com/video/{archive.bvid}")
    yield _labelled(t("state"), t("{meaning} ({state})", meaning=archive.meaning, state=archive.state))
    if archive.reject_reason:
        yield _labelled(t("why"), safe(archive.reject_reason))
    if archive.dtime:
        yield _labelled(t("planned"), moment_text(archive.dtime))
    if archive.ptime:
        yield _labelled(t("public"), t("since {time}", time=moment_text(archive.ptime)))
    if archive.tid:
        yield _labelled(t("partition"), safe(partition(archive.tid)))
    yield _labelled(t("tags"), safe(archive.tag))
    parts = archive.parts or ()
    for number, part in enumerate(parts[:LISTED], 1):
        yield from _part(number, part)
    if len(parts) > LISTED:
        yield _labelled("...", tn(len(parts) - LISTED, "and {n} more part", "and {n} more parts"))


def _labelled(label: str, value: str) -> str:
    return f"{padded(label, LABEL_CELLS)} {value}"


def _part(number: int, part: ArchivePart) -> Iterator[str]:
    title = safe(part.title)
    if part.duration:
        title = t("{title} ({length})", title=title, length=span(part.duration))
    yield _labelled(f"P{number}", title)
    if part.reject_reason:
        yield _labelled("", t("refused: {reason}", reason=safe(part.reject_reason)))
    if part.fail_code and part.fail_desc:
        failed = t("transcoding failed: {reason} ({code})", reason=safe(part.fail_desc), code=part.fail_code)
        yield _labelled("", failed)
    elif part.fail_code:
        yield _labelled("", t("transcoding failed: code ({code})", code=part.fail_code))


def news(archive: Archive) -> str:
    """Say in a line where an archive stands now."""
    state = in_words(archive.meaning)
    if archive.status is Status.SCHEDULED:
        state = t("{state}, {time}", state=state, time=moment_text(archive.dtime))
    if archive.reject_reason:
        state = t("{state}: {reason}", state=state, reason=safe(archive.reject_reason))
    return f"{archive.bvid}  {state}"


def figures(archive: Archive) -> dict[str, object]:
    """Return an archive for programs; documented in docs/after-submitting.md."""
    told = asdict(archive)
    parts = told.pop("parts")
    return {
        **told,
        "status": archive.status.value,
        "meaning": archive.meaning,
        "meaning_zh": archive.state_meaning.chinese,
        **{name: told[name] or None for name in _TIMES},
        "parts": None if parts is None else [{"number": n, **part} for n, part in enumerate(parts, 1)],
    }


def changes(differences: Sequence[Difference]) -> Iterator[str]:
    """Yield what an edit changes."""
    return (safe(in_words((_dated(one) if one.field == "dtime" else one).said)) for one in differences)


def _dated(one: Difference) -> Difference:
    """Return the difference of a time as a person reads it."""
    before, after = (
        moment_text(at) if isinstance(at, int) and at else None for at in (one.before, one.after)
    )
    return replace(one, before=before, after=after)


def day(seconds: int) -> str:
    """Return a day, "2026-11-23"; empty for 0."""
    return time.strftime("%Y-%m-%d", time.localtime(seconds)) if seconds else ""
