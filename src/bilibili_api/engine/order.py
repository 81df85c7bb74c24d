"""What the caller wants of one upload, as it was when it was checked, and how a login carries it out."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from bilibili_api.events import VideoUploaderEvents as E
from bilibili_api.exceptions import ApiException, InvalidUpload
from bilibili_api.frozen import frozen
from bilibili_api.saying import say

from .check import read_cover

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bilibili_api.exceptions import Problem
    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.named import Activity

    from .calls import Calls
    from .chosen_cover import ChosenCover, Content
    from .into import Into
    from .origin import Origin
    from .waits import Tell

log = logging.getLogger("bilibili_api")

SOUGHT: Final = ("topic_id", "mission_id")
"""Keys of the metadata whose values may have to be asked for."""


def named_by(
    topic: str | int | None, activity: Activity | None, meta: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return how topic and activity are named, as JSON; None where none is named beside the metadata."""
    if topic is None and activity is None:
        return None
    return {
        "topic": topic,
        "mission": activity and activity.mission,
        "wants_topic": activity is not None and activity.wants_topic,
        "meta": {name: meta[name] for name in SOUGHT if name in meta},
    }


@frozen
class OrderedPage:
    """One page as it is wanted.

    Attributes:
        origin: Where its bytes come from.
        title: Title of the part.
        description: Description of the part.
        extension: Of the name that is told to the server.
        key: The caller's name for a stream that says nothing of itself, or None.
    """

    origin: Origin
    title: str
    description: str
    extension: str
    key: str | None


@frozen
class Order:
    """What the caller wants.

    Attributes:
        pages: The parts, in their order.
        meta: The caller's metadata.
        extra: Members sent untouched.
        topic: Name or number of a topic given beside the metadata, or None.
        activity: The activity given beside the metadata, or None.
        cover: The cover as it is to be sent, or None.
        cover_type: Its MIME type.
        chosen: Instead of it, a cover to be made, or None.
        cover_required: A cover that cannot be stored is an error, not a loss that can be borne.
        made: The covers by their slots, `cover` and `cover43`, once they are made.
        threads: The most chunks in flight at once.
        chunk_size: Bytes of a chunk, where the line leaves that to us.
        line: The only line, or None.
        interface: The only interface, or None.
        into: The archive whose parts the pages become, or None: one is made.
        late: What forbids to begin now, but not to go on: the time of publication has come too near.
        named: How the caller has named topic and activity, whatever numbers were found for them; or None.
    """

    pages: tuple[OrderedPage, ...]
    meta: dict[str, Any]
    extra: dict[str, Any]
    topic: str | int | None
    cover: Origin | None
    cover_type: str
    chosen: ChosenCover | None
    cover_required: bool
    made: Mapping[str, Content]
    threads: int
    chunk_size: int
    line: str | None
    interface: str | None
    into: Into | None = None
    late: tuple[Problem, ...] = ()
    activity: Activity | None = None
    named: dict[str, Any] | None = None

    @property
    def has_names(self) -> bool:
        """Whether Bilibili is to be asked for a topic or an activity."""
        return self.topic is not None or self.activity is not None

    def as_json(self) -> dict[str, Any]:
        """Return it for a journal, the contents of pages and covers excepted."""
        return {
            "pages": [
                {
                    "path": os.path.abspath(page.origin.path) if page.origin.path else None,  # noqa: PTH100
                    "title": page.title,
                    "description": page.description,
                    "extension": page.extension,
                    "key": page.key,
                }
                for page in self.pages
            ],
            "meta": self.meta,
            "extra": self.extra,
            "topic": self.topic,
            "named": self.named,
            "threads": self.threads,
            "chunk_size": self.chunk_size,
            "line": self.line,
            "interface": self.interface,
            "cover_required": self.cover_required,
            "into": None if self.into is None else self.into.as_json(),
        }

    async def asked(self, calls: Calls, access: Access, *, live_checks: bool) -> Order:
        """Ask Bilibili what the order needs to know, and what the caller wants to know.

        Raises:
            InvalidUpload: Bilibili would refuse it.
            ApiException: It cannot be asked.
        """
        from .live import Live, Wanted, tell_no_cookies  # noqa: PLC0415 - not needed before this

        wanted = Wanted.of(
            self.meta, self.extra, parts=len(self.pages), topic=self.topic, activity=self.activity
        )
        live = Live(calls, wanted)
        if live_checks and access.cookies is None:
            tell_no_cookies()
        elif live_checks and (problems := await live.problems()):
            raise InvalidUpload(problems)
        return replace(self, meta=await live.meta_with_topic(self.meta), topic=None, activity=None)

    def as_sent(self, meta: Mapping[str, Any]) -> Order:
        """Return it with the numbers of topic and activity that an earlier submission had."""
        known = {name: meta[name] for name in SOUGHT if name in meta}
        rest = {name: value for name, value in self.meta.items() if name not in SOUGHT}
        return replace(self, meta=rest | known, topic=None, activity=None)

    async def covered(self, tell: Tell) -> Order:
        """Make the covers, as far as they are wanted, can be made, and are not made yet.

        Raises:
            ApiException: A required cover cannot be made.
        """
        return self if self.made else replace(self, made=await self._covers(tell))

    async def _covers(self, tell: Tell) -> Mapping[str, Content]:
        if self.cover is not None:
            return {"cover": (await read_cover(self.cover), self.cover_type)}
        if self.chosen is None:
            return {}
        covers: dict[str, Content] = {}
        first_page = self.pages[0].origin
        try:
            covers["cover"] = await self.chosen.made(first_page)
        except ApiException as error:
            tell(E.COVER_FAILED, {"err": error})
            if self.cover_required:
                raise
            log.warning(say("The cover cannot be made: {error} The upload goes on without it.", error=error))
        if (cover43 := await self.chosen.made43(first_page)) is not None:
            covers["cover43"] = cover43
        return covers
