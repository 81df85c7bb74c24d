"""What comes after submitting: list one's archives, watch them through their review, edit them.

    from bilibili_api import archive, sync
    from bilibili_api.video_uploader import VideoUploaderCredential

    async def main():
        mine = archive.Archives(VideoUploaderCredential.from_profile("me"))
        for one in await mine.list(archive.Group.REJECTED):
            print(one.bvid, one.title, one.meaning, one.reject_reason)
        change = await mine.edit("BV1...", {"title": "A better title"})
        print(change)
        await change.apply()

    sync(main())

An edit sends the whole archive, and Bilibili takes what comes last: each change is put on what the archive is
in that moment, read back, and made once more if somebody else overwrote it (docs/after-submitting.md).
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from bilibili_api.engine.calls import Calls
from bilibili_api.engine.changes import Change, Changed
from bilibili_api.engine.connecting import connected
from bilibili_api.engine.editing import Editing, with_named
from bilibili_api.engine.foreign import login_of
from bilibili_api.engine.own_archives import Wanted, listed, shown
from bilibili_api.engine.stored_covers import stored
from bilibili_api.exceptions import ArchiveChanged
from bilibili_api.protocol.archive_states import Group, Milestone, Order, Status
from bilibili_api.protocol.archives import Archive, ArchivePart
from bilibili_api.protocol.edit_rules import meta_edit
from bilibili_api.protocol.edits import Difference
from bilibili_api.protocol.part_lists import named, with_parts
from bilibili_api.protocol.video_ids import VideoId
from bilibili_api.video_uploader import Into, VideoUploader

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence

    from bilibili_api.engine.cover import Given
    from bilibili_api.engine.credential import VideoUploaderCredential
    from bilibili_api.engine.journal import Journal
    from bilibili_api.engine.options import Options
    from bilibili_api.engine.page import VideoUploaderPage
    from bilibili_api.engine.web_credential import Credential
    from bilibili_api.protocol.edits import Edit
    from bilibili_api.protocol.video_meta import VideoMeta

__all__ = [
    "Archive",
    "ArchiveChanged",
    "ArchivePart",
    "Archives",
    "Change",
    "Changed",
    "Difference",
    "Group",
    "Into",
    "Milestone",
    "Order",
    "Status",
    "VideoId",
]

FIRST_PAUSE: Final = 60.0
LONGEST_PAUSE: Final = 600.0
"""Seconds between two looks at an archive that is watched: they grow by half each time."""


class Archives:
    """The archives of one account.

    A video is named by its number, `av123`, its bvid, or the address of its page.

    Args:
        credential: Its login. All but `show` need cookies.
        options: Server, patience, clock and dice; by default the credential's own.
    """

    def __init__(
        self, credential: VideoUploaderCredential | Credential, *, options: Options | None = None
    ) -> None:
        self._credential = credential
        self._options = options or credential.options

    async def list(
        self,
        *groups: Group,
        keyword: str = "",
        tid: int = 0,
        order: Order = Order.NEWEST,
        most: int | None = None,
    ) -> tuple[Archive, ...]:
        """Return the account's archives (protocol document, section 7.1).

        Args:
            groups: Which; none: all.
            keyword: Only those in which this is found.
            tid: Only those of this partition; 0: of all.
            order: By what they stand, the largest first.
            most: How many at most; None: all.

        Raises:
            LoginLacks: The login has no cookies.
            ApiException: Bilibili refused, or the network failed.
        """
        by = "" if order is Order.NEWEST else order.value
        async with self._calls() as calls:
            wanted = Wanted(tuple(group.value for group in groups or Group), keyword, tid, by)
            return await listed(calls, wanted, most)

    async def show(self, video: int | str | VideoId) -> Archive:
        """Return one archive with its parts, and the reasons for which they were refused (section 7.2).

        Raises:
            ArgsException: No video is named so, or it belongs to another account.
            ResponseCodeException: Bilibili refused; -404: there is no such archive.
            ApiException: The network failed.
        """
        which = VideoId.of(video)
        async with self._calls() as calls:
            return await shown(calls, which)

    async def watch(
        self,
        video: int | str | VideoId,
        until: Milestone = Milestone.PUBLIC,
        *,
        patience: float | None = None,
    ) -> AsyncIterator[Archive]:
        """Look at an archive from time to time; yield it at first and whenever it has changed.

        It ends when the milestone is reached (`Archive.has_reached`), when the archive has failed
        (`archive.status.has_failed`), or when patience is over. The first pause is a minute, each further
        one is longer by half, ten minutes at most; a scheduled archive is looked at when its time has come.

        Args:
            video: Which.
            until: What is waited for.
            patience: Seconds; None: without end.

        Raises:
            ApiException: As `show`.
        """
        world, pause, waited, before = self._options.world, FIRST_PAUSE, 0.0, None
        while True:
            archive = await self.show(video)
            if archive != before:
                yield (before := archive)
            if archive.has_reached(until) or archive.status.has_failed:
                return
            left = archive.dtime - world.now() if archive.status is Status.SCHEDULED else 0.0
            nap = max(pause, left)
            if patience is not None and waited + nap > patience:
                return
            await world.sleep(nap)
            waited, pause = waited + nap, min(LONGEST_PAUSE, 1.5 * pause)

    async def edit(
        self,
        video: int | str | VideoId,
        changes: Mapping[str, object] | VideoMeta | None = None,
        *,
        topic: str | int | None = None,
        mission: str | int | None = None,
        cover: Given | None = None,
        titles: Mapping[int, str] | None = None,
        order: Sequence[int] = (),
        removed: Sequence[int] = (),
    ) -> Change:
        """Plan one edit; nothing is sent but questions, and the cover if there is one.

        What is not named stays: parts, cover, watermark, mentions in the description, topic, ... Parts are
        named by their numbers as they are now, from 1.

        Args:
            video: Which.
            changes: The members to be changed, named as for an upload; None takes `dtime`, `topic_id` or
                `mission_id` away. `cover` is the URL of a stored cover.
            topic: Name or number of a topic, whose activity is added (section 7.5).
            mission: Name or number of an activity; without a topic, the one that belongs to it is added.
            cover: Any picture, prepared as by `bilibili_api.cover.prepare`, and stored now.
            titles: New titles of parts.
            order: As for `reorder`.
            removed: As for `remove`.

        Raises:
            InvalidUpload: All that is wrong with the changes.
            ArgsException: There is no such part, or none would be left.
            ApiException: As `show`.
        """
        which, now = VideoId.of(video), self._options.world.now()
        async with self._calls() as calls:
            draft = await Editing(calls).read(which)
            wanted = await with_named(calls, draft, changes, topic, mission)
            planned = meta_edit(draft, wanted, now=now)
            if cover is not None:
                planned = meta_edit(draft, {**wanted, "cover": await stored(calls, cover)}, now=now)
        return Change(self.put, draft, with_parts(planned, draft, titles or {}, order, removed))

    async def rename(self, video: int | str | VideoId, titles: Mapping[int, str]) -> Change:
        """Plan other titles of parts.

        Args:
            video: Which.
            titles: By the number of the part, from 1.

        Raises:
            ArgsException: There is no such part, or a title is too long.
            ApiException: As `show`.
        """
        return await self.edit(video, titles=titles)

    async def reorder(self, video: int | str | VideoId, order: Sequence[int]) -> Change:
        """Plan another order of the parts.

        Args:
            video: Which.
            order: The numbers of parts as they are now, from 1, in the order they are to have. Those that are
                not named follow in theirs.

        Raises:
            ArgsException: There is no such part, or one is named twice.
            ApiException: As `show`.
        """
        return await self.edit(video, order=order)

    async def remove(self, video: int | str | VideoId, parts: Sequence[int]) -> Change:
        """Plan to take parts away; nothing else here ever makes the list shorter.

        Args:
            video: Which.
            parts: The numbers of the parts, from 1.

        Raises:
            ArgsException: There is no such part, or none would be left.
            ApiException: As `show`.
        """
        return await self.edit(video, removed=parts)

    async def append(
        self,
        video: int | str | VideoId,
        pages: Sequence[VideoUploaderPage],
        *,
        after: int | None = None,
        line: str | None = None,
        journal: Journal | str | os.PathLike[str] | bool | None = None,
    ) -> VideoUploader:
        """Return an uploader that adds parts; its `start` uploads and edits, and may be called again.

        Args:
            video: Which.
            pages: The new parts, in their order.
            after: Number of the part behind which they come; None: at the end.
            line: As for `VideoUploader`.
            journal: As for `VideoUploader`.

        Raises:
            ArgsException: There is no such part.
            ApiException: As `show`.
        """
        into = await self._into(video, (), after)
        return VideoUploader.adding(
            into, [*pages], self._credential, line=line, journal=journal, options=self._options
        )

    async def replace(
        self,
        video: int | str | VideoId,
        pages: Mapping[int, VideoUploaderPage],
        *,
        line: str | None = None,
        journal: Journal | str | os.PathLike[str] | bool | None = None,
    ) -> VideoUploader:
        """Return an uploader that puts new parts in the places of old ones; as `append`.

        Args:
            video: Which.
            pages: By the numbers of the parts whose places they take, from 1.
            line: As for `VideoUploader`.
            journal: As for `VideoUploader`.

        Raises:
            ArgsException: There is no such part.
            ApiException: As `show`.
        """
        into = await self._into(video, tuple(pages), None)
        return VideoUploader.adding(
            into, list(pages.values()), self._credential, line=line, journal=journal, options=self._options
        )

    async def _into(self, video: int | str | VideoId, replaced: Sequence[int], after: int | None) -> Into:
        which = VideoId.of(video)
        if not replaced and after is None:
            return Into(which.aid)
        async with self._calls() as calls:
            draft = await Editing(calls).read(which)
        behind = None if after is None else named(draft, (after,))[0]
        return Into(which.aid, named(draft, replaced), behind)

    async def put(self, video: VideoId, edit: Edit) -> Changed:
        """Carry out a planned change; `Change.apply` calls it."""
        async with self._calls() as calls:
            edited = await Editing(calls).put(video, edit)
        return Changed(edited.draft.archive, tuple(sorted(edited.ignored)))

    @asynccontextmanager
    async def _calls(self) -> AsyncGenerator[Calls]:
        async with connected(self._options) as http:
            yield Calls(http, self._options, login_of(self._credential, self._options))
