"""Archives as lines and as figures for programs. Pure functions."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

from .language import t
from .text import cells, cut, fill, safe, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilibili_api.archive import Archive, ArchivePart, Difference

STATUS_CELLS: Final = 10
_TIMES: Final = ("ctime", "ptime", "dtime")
LISTED: Final = 100
"""Parts that are listed one by one."""


def row(archive: Archive, width: int) -> Iterator[str]:
    """Yield the lines of an archive in a list: id, status, day and title; below, why it was refused.

    Args:
        archive: The archive.
        width: Cells of a line.
    """
    status = archive.status.value.replace("_", " ")
    head = f"{archive.bvid:<12}  {status:<{STATUS_CELLS}}  {day(archive.ptime or archive.ctime):<10}  "
    yield head + cut(safe(archive.title), max(20, width - cells(head)))
    if archive.reject_reason:
        yield from fill(safe(archive.reject_reason), width, "              why: ", " " * 19)


def about(archive: Archive) -> Iterator[str]:
    """Yield what is known of an archive, line by line."""
    yield t("title    {title}", title=safe(archive.title))
    yield t("bvid     {bvid}", bvid=archive.bvid)
    yield t("aid      {aid}", aid=archive.aid)
    yield t("link     https://www.bilibili.com/video/{bvid}", bvid=archive.bvid)
    yield t("state    {meaning} ({state})", meaning=archive.meaning, state=archive.state)
    if archive.reject_reason:
        yield t("why      {reject_reason}", reject_reason=safe(archive.reject_reason))
    if archive.dtime:
        yield t("planned  {moment}", moment=moment(archive.dtime))
    if archive.ptime:
        yield t("public   since {moment}", moment=moment(archive.ptime))
    yield t("tags     {tag}", tag=safe(archive.tag))
    parts = archive.parts or ()
    for number, part in enumerate(parts[:LISTED], 1):
        yield from _part(number, part)
    if len(parts) > LISTED:
        yield t("...      and {parts} more parts", parts=len(parts) - LISTED)


def _part(number: int, part: ArchivePart) -> Iterator[str]:
    length = f" ({span(part.duration)})" if part.duration else ""
    yield f"{f'P{number}':<7}  {safe(part.title)}{length}"
    if part.reject_reason:
        yield t("         refused: {reject_reason}", reject_reason=safe(part.reject_reason))
    if part.fail_code:
        yield t(
            "         transcoding failed: {fail_desc} ({fail_code})",
            fail_desc=safe(part.fail_desc) or "code",
            fail_code=part.fail_code,
        )


def news(archive: Archive) -> str:
    """Say in a line where an archive stands now."""
    why = f": {safe(archive.reject_reason)}" if archive.reject_reason else ""
    planned = f", {moment(archive.dtime)}" if archive.status.value == "scheduled" else ""
    return f"{archive.bvid}  {archive.meaning}{planned}{why}"


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
    return (safe(str(_dated(one) if one.field == "dtime" else one)) for one in differences)


def _dated(one: Difference) -> Difference:
    """Return the difference of a time as a person reads it."""
    before, after = (moment(at) if isinstance(at, int) and at else None for at in (one.before, one.after))
    return replace(one, before=before, after=after)


def day(seconds: int) -> str:
    """Return a day, "2026-11-23"; empty for 0."""
    return time.strftime("%Y-%m-%d", time.localtime(seconds)) if seconds else ""


def moment(seconds: int) -> str:
    """Return a moment, "2026-11-23 18:00"."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
