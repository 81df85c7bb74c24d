"""Seasons (合集): collect one's videos, in an order.

    from bilibili_api import season, sync
    from bilibili_api.video_uploader import VideoUploaderCredential

    async def main():
        mine = season.Seasons(VideoUploaderCredential.from_profile("me"))
        trip = await mine.create("My trip", cover="trip.jpg")
        await mine.add(trip.id, ["BV1...", "BV2..."])

    sync(main())

Source: protocol document, section 7.6.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bilibili_api.engine.calls import Calls
from bilibili_api.engine.connecting import connected
from bilibili_api.engine.foreign import login_of
from bilibili_api.engine.own_seasons import OwnSeasons, by_title
from bilibili_api.protocol.seasons import Episode, Season, Section
from bilibili_api.protocol.video_ids import VideoId

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from bilibili_api.engine.cover import Given
    from bilibili_api.engine.credential import VideoUploaderCredential
    from bilibili_api.engine.options import Options
    from bilibili_api.engine.web_credential import Credential

__all__ = ["Episode", "Season", "Seasons", "Section"]


class Seasons:
    """The seasons of one account. All of it needs cookies.

    A video is named by its number, `av123`, its bvid, or the address of its page. A season's videos stand in
    its sections; where none is named, the first is meant, and a new season has no other.

    Every call may be repeated: what is there already is not added, and what is gone not removed again.

    Args:
        credential: The account's login.
        options: Server, patience, clock and dice; by default the credential's own.
    """

    def __init__(
        self, credential: VideoUploaderCredential | Credential, *, options: Options | None = None
    ) -> None:
        self._credential = credential
        self._options = options or credential.options

    async def list(self) -> tuple[Season, ...]:
        """Return all seasons of the account, the one that was changed last first.

        Raises:
            LoginLacks: The login has no cookies.
            ApiException: Bilibili refused, or the network failed.
        """
        async with self._own() as own:
            return await own.all()

    async def show(self, season: int) -> Season:
        """Return one season.

        Raises:
            ApiException: As `list`; there is no such season (-404).
        """
        async with self._own() as own:
            return await own.one(season)

    async def find(self, title: str) -> Season:
        """Return the season that is called so, whatever the case of its letters.

        Raises:
            ArgsException: None is called so, or several are; the error names those that may be meant.
            ApiException: As `list`.
        """
        return by_title(await self.list(), title)

    async def episodes(self, season: int, section: int | None = None) -> tuple[Episode, ...]:
        """Return the videos of a section in their order.

        Raises:
            ArgsException: The season has no such section.
            ApiException: As `show`.
        """
        async with self._own() as own:
            return await own.episodes(await own.section(season, section))

    async def create(self, title: str, *, cover: Given, desc: str = "") -> Season:
        """Make a season, which people review. One that was made when an answer was lost is found.

        Args:
            title: Its title.
            cover: Any picture, prepared as by `bilibili_api.cover.prepare`.
            desc: Its description.

        Raises:
            ArgsException: There is no title.
            InvalidCover: It is no picture that can be a cover.
            ApiException: As `list`.
        """
        async with self._own() as own:
            return await own.create(title, desc, cover)

    async def add(
        self, season: int, videos: Sequence[int | str | VideoId], *, section: int | None = None
    ) -> tuple[Episode, ...]:
        """Put videos behind those that are there, in their order; those that are in it stay where they are.

        Args:
            season: Which.
            videos: The videos; they must be submitted.
            section: Number of the section; None: the first.

        Returns:
            All videos of the section in their order.

        Raises:
            ArgsException: A name is no video's, or the season has no such section.
            ApiException: As `show`.
        """
        wanted = list(dict.fromkeys(VideoId.of(video) for video in videos))
        async with self._own() as own:
            return await own.add(await own.section(season, section), wanted)

    async def remove(
        self, season: int, videos: Sequence[int | str | VideoId], *, section: int | None = None
    ) -> tuple[Episode, ...]:
        """Take videos out; on Bilibili they stay. Returns what is left; raises as `add`."""
        unwanted = {VideoId.of(video).aid for video in videos}
        async with self._own() as own:
            return await own.remove(await own.section(season, section), unwanted)

    async def sort(
        self, season: int, videos: Sequence[int | str | VideoId], *, section: int | None = None
    ) -> tuple[Episode, ...]:
        """Put the videos of a section into this order; those that are not named follow in theirs.

        Returns:
            All videos of the section in their order.

        Raises:
            ArgsException: A video is not in the section.
            ApiException: As `show`.
        """
        order = [VideoId.of(video) for video in videos]
        async with self._own() as own:
            return await own.sort(season, await own.section(season, section), order)

    @asynccontextmanager
    async def _own(self) -> AsyncGenerator[OwnSeasons]:
        async with connected(self._options) as http:
            yield OwnSeasons(Calls(http, self._options, login_of(self._credential, self._options)))
