"""Looks after the seasons of an account (protocol document, section 7.6).

Each attempt reads first and changes only what is not yet as it is to be: what was done when an answer was
lost is not done twice.
"""

from __future__ import annotations

from difflib import get_close_matches
from itertools import count
from typing import TYPE_CHECKING, Final, TypeVar

from bilibili_api.exceptions import ArgsException, LoginLacks, ResponseCodeException
from bilibili_api.protocol import seasons
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.json_values import shown
from bilibili_api.saying import listed, say

from .own_archives import shown as shown_archive
from .stored_covers import stored

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from bilibili_api.protocol.cookies import Cookies
    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.seasons import Episode, Season, Section
    from bilibili_api.protocol.video_ids import VideoId
    from bilibili_api.protocol.wire import Request, Response

    from .calls import Calls
    from .cover import Given

T = TypeVar("T")

_INCOMPLETE: Final = -400
"""Answers a sort that does not name every episode (section 7.6)."""

_MOST_NAMED: Final = 5


def by_title(seasons: Sequence[Season], title: str) -> Season:
    """Return the season of a title.

    Raises:
        ArgsException: There is none, or there are several.
    """
    wanted = title.strip().casefold()
    found = [season for season in seasons if season.title.strip().casefold() == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        named = listed(
            say("{id} (videos: {videos})", id=season.id, videos=season.episodes) for season in found
        )
        raise ArgsException(
            say("{count} seasons are called {title}.", count=len(found), title=shown(title)),
            hint=say("Give the number of one: {named}.", named=named),
        )
    known = {season.title.strip().casefold(): season for season in seasons}
    near = get_close_matches(wanted, known, n=_MOST_NAMED, cutoff=0.3) or list(known)[:_MOST_NAMED]
    named = listed(
        say("{name} ({number})", name=shown(known[key].title), number=known[key].id) for key in near
    )
    hint = say("Did you mean {named}?", named=named) if near else say("The account has no season.")
    raise ArgsException(say("No season is called {title}.", title=shown(title)), hint=hint)


class OwnSeasons:
    """The seasons of one login."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def all(self) -> tuple[Season, ...]:
        """Return all seasons."""
        return await self._using(self._all)

    async def one(self, season: int) -> Season:
        """Return one season."""
        return await self._using(lambda access: self._one(access, season))

    async def section(self, season: int, section: int | None) -> Section:
        """Return a section of a season; None: its first.

        Raises:
            ArgsException: There is no such section.
        """
        found = (await self.one(season)).sections
        for each in found:
            if section in {None, each.id}:
                return each
        ids = listed(str(each.id) for each in found) or say("none")
        raise ArgsException(
            say("Season {season} has no section {section}.", season=season, section=section),
            hint=say("Its sections are: {ids}.", ids=ids),
        )

    async def episodes(self, section: Section) -> tuple[Episode, ...]:
        """Return the episodes of a section in their order."""
        return await self._using(lambda access: self._episodes(access, section))

    async def create(self, title: str, desc: str, cover: Given) -> Season:
        """Make a season; in an attempt after the first, one that an earlier attempt made is taken.

        Raises:
            ArgsException: There is no title.
            InvalidCover: The picture can be no cover.
        """
        if not title.strip():
            raise ArgsException(say("A season needs a title."), hint=say("Give one."))
        known = {season.id for season in await self.all()}
        url = await stored(self._calls, cover)

        async def attempt(access: Access) -> Season:
            for season in await self._all(access):
                if season.id not in known and season.title == title:
                    return season
            request = seasons.create_request(_cookies(access), title, desc, url)
            made = await self._send(request, seasons.parse_created)
            return await self._one(access, made)

        return await self._using(attempt)

    async def add(self, section: Section, videos: Sequence[VideoId]) -> tuple[Episode, ...]:
        """Put videos behind the others of a section; return all."""
        there = {episode.aid for episode in await self.episodes(section)}
        archives = [await shown_archive(self._calls, video) for video in videos if video.aid not in there]

        async def attempt(access: Access) -> tuple[Episode, ...]:
            known = {episode.aid for episode in await self._episodes(access, section)}
            new = [archive for archive in archives if archive.aid not in known]
            if new:
                request = seasons.add_request(_cookies(access), section.id, new)
                await self._send(request, seasons.parse_done)
            return await self._episodes(access, section)

        return await self._using(attempt)

    async def remove(self, section: Section, aids: Collection[int]) -> tuple[Episode, ...]:
        """Take videos out of a section, one request each; return what is left."""

        async def attempt(access: Access) -> tuple[Episode, ...]:
            for episode in await self._episodes(access, section):
                if episode.aid in aids:
                    await self._send(seasons.remove_request(_cookies(access), episode.id), seasons.parse_done)
            return await self._episodes(access, section)

        return await self._using(attempt)

    async def sort(self, season: int, section: Section, order: Sequence[VideoId]) -> tuple[Episode, ...]:
        """Put the videos of a section into an order; those that are not named follow.

        Raises:
            ArgsException: A video is not in the section.
        """

        async def attempt(access: Access) -> tuple[Episode, ...]:
            now = await self._episodes(access, section)
            wanted = _ordered(now, order)
            if wanted == now:
                return now
            request = seasons.sort_request(_cookies(access), season, section, wanted)
            try:
                await self._send(request, seasons.parse_done)
            except ResponseCodeException as error:
                if error.code != _INCOMPLETE or await self._episodes(access, section) == now:
                    raise
                return await attempt(access)  # somebody else has added or removed one meanwhile
            return await self._episodes(access, section)

        return await self._using(attempt)

    async def _all(self, access: Access) -> tuple[Season, ...]:
        found: dict[int, Season] = {}
        for number in count(1):
            request = seasons.seasons_request(_cookies(access), number)
            page = await self._send(request, seasons.parse_seasons)
            found |= {season.id: season for season in page.seasons}
            if not page.seasons or len(found) >= page.total:
                break
        return tuple(found.values())

    async def _one(self, access: Access, season: int) -> Season:
        return await self._send(seasons.season_request(_cookies(access), season), seasons.parse_season)

    async def _episodes(self, access: Access, section: Section) -> tuple[Episode, ...]:
        request = seasons.section_request(_cookies(access), section.id)
        return await self._send(request, seasons.parse_section)

    async def _send(self, request: Request, parse: Callable[[Response], T]) -> T:
        return parse(await self._calls.http.send(request))

    async def _using(self, attempt: Callable[[Access], Awaitable[T]]) -> T:
        return await self._calls.using(Step.SEASON, attempt)


def _ordered(now: tuple[Episode, ...], order: Sequence[VideoId]) -> tuple[Episode, ...]:
    places = {video.aid: place for place, video in enumerate(order)}
    missing = places.keys() - {episode.aid for episode in now}
    if missing:
        named = listed(f"av{aid}" for aid in sorted(missing))
        raise ArgsException(
            say("These videos are not in the section: {named}.", named=named), hint=say("Add them first.")
        )
    return tuple(sorted(now, key=lambda episode: places.get(episode.aid, len(places))))


def _cookies(access: Access) -> Cookies:
    if access.cookies is None:
        raise LoginLacks(say("Looking after seasons"), "cookies")
    return access.cookies
