"""What an upload would send, without sending anything."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Any, Final

from bilibili_api.exceptions import ApiException
from bilibili_api.frozen import frozen
from bilibili_api.protocol import meta
from bilibili_api.protocol.fields import PARTS_LIMIT
from bilibili_api.saying import say

from .choice import AUTO, PC, has_cookies

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bilibili_api.exceptions import Problem
    from bilibili_api.protocol.named import Activity

    from .chosen_cover import ChosenCover
    from .live import Live
    from .page import VideoUploaderPage

log = logging.getLogger("bilibili_api")

COVER: Final = say("<address of the stored cover>")
"""Stands for what only the server can say."""
PATIENCE: Final = 10.0
"""Seconds for questions that nothing depends on."""
_BESIDE: Final = re.compile(r"pages\[\d+\](\.key)?|cover.*|line|threads|chunk_size|credential|meta\.dtime")
"""Fields whose problems leave open what would be submitted."""


@frozen
class PartPreview:
    """One part.

    Attributes:
        title: Its title.
        name: Name that is told to Bilibili.
        size: Bytes; None while that is not known: of a stream that cannot seek, or a file that is not there.
    """

    title: str
    name: str
    size: int | None


@frozen
class Preview:
    """What would be sent.

    Attributes:
        problems: Everything that is wrong; it is uploaded only when there is nothing.
        parts: The parts, in their order.
        line: The line: `pc`, or one of UPOS by its name; None: that which proves best when it starts.
        threads: The most chunks in flight at once.
        chunk_size: Bytes of a chunk, where the line leaves that to us.
        bodies: What would be submitted (protocol document, section 6) by the names of the interfaces, in the
            order in which they are tried. Stored names, the cover's address and the number of a topic or
            activity that was not looked up, which only the server can say, stand in angle brackets, in words
            that `bilibili_api.language` translates. Empty where problems leave open what it would be.
        published: The bvid of what the very same upload has made before, as the journal knows: then nothing
            would be sent. None: nothing is known, or there is no journal.
    """

    problems: tuple[Problem, ...]
    parts: tuple[PartPreview, ...]
    line: str | None
    threads: int
    chunk_size: int
    bodies: Mapping[str, dict[str, Any]]
    published: str | None = None


@frozen
class LookedUp:
    """What was found for names that only Bilibili knows.

    Attributes:
        problems: What is wrong with the names.
        meta: The metadata with the numbers; None: they are not known.
    """

    problems: tuple[Problem, ...] = ()
    meta: Mapping[str, object] | None = None


async def part_preview(page: VideoUploaderPage) -> PartPreview:
    """Return what would be sent of a page; a stream that cannot seek is not read."""
    try:
        size = await page.get_size() if page.origin.is_seekable else None
    except Exception:  # noqa: BLE001 - whatever keeps it from being read is one of the problems
        size = None
    return PartPreview(str(page.title), f"{page.title}.{page.extension.lstrip('.')}", size)


async def can_be_made(chosen: ChosenCover, first_page: VideoUploaderPage) -> bool:
    """Whether there will be a cover; if not, say so as the upload would, which goes on without it."""
    if chosen.is_auto and not first_page.origin.is_seekable:
        return True  # the stream is not read for that
    try:
        await chosen.made(first_page.origin)
    except ApiException as error:
        log.warning(say("The cover cannot be made: {error} The upload would go on without it.", error=error))
        return False
    return True


def are_beside_meta(problems: Sequence[Problem]) -> bool:
    """Whether what is wrong is not the metadata, so that those can be looked at."""
    return all(_BESIDE.fullmatch(problem.field) for problem in problems)


async def looked_up(live: Live, meta: Mapping[str, object]) -> LookedUp:
    """Ask for the numbers of topic and activity; where they cannot be had soon, the log says so."""
    try:
        async with asyncio.timeout(PATIENCE):
            problems = await live.wrong_names()
            return LookedUp(problems, None if problems else await live.meta_with_topic(meta))
    except (ApiException, TimeoutError) as error:
        why = error if isinstance(error, ApiException) else say("Bilibili does not answer.")
        log.warning(
            say(
                "Topic and activity cannot be looked up now: {reason} The upload does so when it starts.",
                reason=why,
            )
        )
        return LookedUp()


def line_of(line: str | None, credential: object) -> str | None:
    """Return the line that is sure to be taken, or None: it is chosen by what the lines do."""
    if line is not None and line != AUTO:
        return line
    return None if has_cookies(credential) else PC


def bodies_of(
    wanted: object,
    extra: Mapping[str, Any] | None,
    parts: Sequence[VideoUploaderPage],
    problems: Sequence[Problem],
    *,
    tried: Sequence[str],
    has_cover: bool,
    sought: Mapping[str, str],
) -> dict[str, dict[str, Any]]:
    """Return what would be submitted through each interface; parts beyond those of one call follow by edits.

    Args:
        wanted: The metadata.
        extra: Members that are passed through, or None.
        parts: The pages.
        problems: What is wrong.
        tried: Names of the interfaces, in the order in which they are tried.
        has_cover: Whether a cover is stored.
        sought: What stands for numbers that only the server can say, by their keys (`sought_for`).
    """
    if not are_beside_meta(problems):
        return {}
    videos = [
        {
            "title": page.title,
            "desc": page.description,
            "filename": say("<stored name of P{number}>", number=number),
        }
        for number, page in enumerate(parts[:PARTS_LIMIT], 1)
    ]
    cover = COVER if has_cover else ""
    return {
        name: _with(sought, meta.final_meta(wanted, extra=extra, cover=cover, videos=videos, interface=name))
        for name in meta.suiting(wanted, tried, extra=extra)
    }


def sought_for(topic: object, activity: Activity | None) -> dict[str, str]:
    """Return what stands for the numbers of a topic and an activity that are looked up when it starts."""
    found: dict[str, str] = {}
    if activity is not None and activity.wants_topic:
        found["topic_id"] = say("<number of the topic of the activity>")
    if isinstance(topic, str):
        found["topic_id"] = say("<number of the topic {name}>", name=topic)
    if activity is not None and isinstance(activity.mission, str):
        found["mission_id"] = say("<number of the activity {name}>", name=activity.mission)
    return found


def _with(sought: Mapping[str, str], body: dict[str, Any]) -> dict[str, Any]:
    found = {**body, **{key: sought[key] for key in sought.keys() & body.keys()}}
    if "topic_id" in sought and "topic_detail" in body:
        found["topic_detail"] = {**body["topic_detail"], "from_topic_id": sought["topic_id"]}
    return found
