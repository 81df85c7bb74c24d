"""Carries out edits so that nobody's change is lost: read, look, write, read back (protocol document, 7.3).

The server takes whatever comes last. What somebody else changes between our reading and our writing, a moment
apart, is lost and cannot be seen; what they change before, and what they overwrite after, is seen here.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import (
    ArchiveChanged,
    ArgsException,
    InvalidUpload,
    LoginLacks,
    Problem,
    ResponseException,
)
from bilibili_api.frozen import frozen
from bilibili_api.protocol.archive_edit import edit_request, parse_edited
from bilibili_api.protocol.archives import archive_request
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.drafts import parse_draft
from bilibili_api.protocol.json_values import NotJson, items_of
from bilibili_api.protocol.named import Activity, put_in
from bilibili_api.saying import say

if TYPE_CHECKING:
    from bilibili_api.protocol.drafts import Draft
    from bilibili_api.protocol.edits import Edit
    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.video_ids import VideoId
    from bilibili_api.protocol.wire import Request, Response

    from .calls import Calls

PAUSES: Final = (3.0, 10.0)
"""Seconds before each further look at what an edit has done: nobody has measured how soon it shows."""

log = logging.getLogger("bilibili_api")


@frozen
class Edited:
    """An archive after its edit.

    Attributes:
        draft: It, as it was read back.
        ignored: Members that the server shows otherwise than they were sent.
    """

    draft: Draft
    ignored: frozenset[str] = frozenset()


class Editing:
    """Reads and edits the archives of one login."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def read(self, video: VideoId) -> Draft:
        """Return an archive as an edit would have to repeat it.

        Raises:
            LoginLacks: The login has no cookies.
            ArgsException: The archive is another account's.
            ApiException: It cannot be read.
        """

        def parse(response: Response) -> Draft:
            return _own(parse_draft(response), video)

        return await self._calls.ask(Step.ARCHIVES, lambda access: _view(access, video), parse)

    async def put(self, video: VideoId, edit: Edit) -> Edited:
        """Carry out a change, in several edits if one may not add so much; what is done is not sent again.

        Raises:
            ArchiveChanged: Somebody else has changed what it is about; or they overwrite it at once, again.
            ApiException: It was refused, or the network failed. Called again, it goes on where it was.
        """
        first, *more = edit.batches()
        edited = await self._put(video, first)
        for batch in more:
            edited = await self._put(video, batch)
        return edited

    async def _put(self, video: VideoId, edit: Edit) -> Edited:
        edited = await self._once(video, edit)
        if not edit.is_done(edited.draft):
            log.warning(
                say("{bvid} is not as it was just edited; it is read and edited once more.", bvid=video.bvid)
            )
            edited = await self._once(video, edit)
        if not edit.has_parts_of(edited.draft):
            raise ArchiveChanged(
                say("{bvid} was overwritten by somebody else as soon as it was edited.", bvid=video.bvid)
            )
        return edited

    async def _once(self, video: VideoId, edit: Edit) -> Edited:
        await self._send(video, edit)
        draft = await self._read_back(video, edit)
        return Edited(draft, edit.unlike(draft))

    async def _send(self, video: VideoId, edit: Edit) -> None:
        """Put the change on what the archive is now; each attempt reads it anew, and repeats no old one."""

        async def attempt(access: Access) -> None:
            http = self._calls.http
            draft = _own(parse_draft(await http.send(_view(access, video))), video)
            if edit.is_done(draft):
                return
            request = edit_request(access, edit.applied(draft))
            try:
                parse_edited(await http.send(request))
            except ResponseException as error:
                log.warning(say("{error} What became of the edit is looked at.", error=error))

        await self._calls.using(Step.EDIT, attempt)

    async def _read_back(self, video: VideoId, edit: Edit) -> Draft:
        world = self._calls.options.world
        draft = await self.read(video)
        for pause in PAUSES:
            if edit.is_done(draft):
                break
            await world.sleep(pause)
            draft = await self.read(video)
        return draft


async def with_named(
    calls: Calls, draft: Draft, changes: object, topic: str | int | None, mission: str | int | None
) -> dict[str, object]:
    """Return changes of metadata with a topic and an activity that are named beside them (section 7.5).

    Raises:
        InvalidUpload: There is no such topic or activity, or the changes are no mapping.
    """
    try:
        given = items_of({} if changes is None else changes).named
    except NotJson as why:
        raise InvalidUpload(
            (Problem("meta", why.said, say("Give a dict of what is to be changed.")),)
        ) from None
    if topic is None and mission is None:
        return given
    from .live import Live, Wanted  # noqa: PLC0415 - few edits name a topic

    activity = None if mission is None else Activity(mission, topic is None and not given.get("topic_id"))
    if problems := put_in(given, None, topic=topic, activity=activity).problems:
        raise InvalidUpload(problems)
    named = {**given, "topic_id": topic} if isinstance(topic, int) else given
    tid = given.get("tid")
    place = tid if isinstance(tid, int) else draft.archive.tid
    wanted = Wanted((), place, 0, len(draft.parts), topic, activity)
    return await Live(calls, wanted).meta_with_topic(named)


def _view(access: Access, video: VideoId) -> Request:
    if access.cookies is None:
        raise LoginLacks(say("Editing an archive"), "cookies")
    return archive_request(access.cookies, video.aid)


def _own(draft: Draft | None, video: VideoId) -> Draft:
    if draft is None:
        raise ArgsException(
            say("{bvid} belongs to another account.", bvid=video.bvid),
            hint=say("Log in with the account that owns it."),
        )
    return draft
