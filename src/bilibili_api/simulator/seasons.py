"""Seasons: an account's collections of archives (protocol document, section 7.6).

A season has one section here, as new ones do. What the document leaves open: an archive is in one season at
most, and adding one that is in a season, or whose cid is no part of it, is refused with -400.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from bilibili_api.simulator.archives import cid_of
from bilibili_api.simulator.covers import is_stored
from bilibili_api.simulator.identity import by_cookies
from bilibili_api.simulator.reply import RefusalError, refusal, success

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator.exchange import Received, Step
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router
    from bilibili_api.simulator.state import Account, Archive, State

_BASE = "//member.bilibili.com/x2/creative/web"
_STEP: Step = "season"
_FIRST_ID = 5000
_LARGEST_PAGE = 30
_ORDERS = ("", "mtime", "ctime")
_IN_REVIEW = -6


@dataclass(slots=True, eq=False)
class Episode:
    """One archive in a season."""

    id: int
    aid: int
    cid: int
    bvid: str
    title: str


@dataclass(slots=True, eq=False)
class Season:
    """One season with its only section.

    Attributes:
        state: 0 visible, -6 in review.
    """

    id: int
    mid: int
    title: str
    cover: str
    desc: str
    created: float
    changed: float
    state: int = _IN_REVIEW
    episodes: list[Episode] = field(default_factory=list[Episode])

    @property
    def section_id(self) -> int:
        """Number of its section."""
        return self.id + 1


class Seasons:
    """The seasons of all accounts."""

    def __init__(self, state: State, clock: Callable[[], float]) -> None:
        self.all: list[Season] = []
        self._state = state
        self._clock = clock
        self._last_id = _FIRST_ID

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        for method, path, handler in (
            ("GET", "/seasons", self.list),
            ("GET", "/season", self.show),
            ("GET", "/season/aid", self.of_archive),
            ("GET", "/season/section", self.section),
            ("POST", "/season/add", self.create),
            ("POST", "/season/del", self.delete),
            ("POST", "/season/section/episodes/add", self.add_episodes),
            ("POST", "/season/section/episode/del", self.remove_episode),
            ("POST", "/season/section/edit", self.sort),
        ):
            router.add(method, _BASE + path, _STEP, handler)

    async def list(self, received: Received, _form: Form) -> Reply:
        """List one's seasons, by default the one that was changed last first."""
        account = by_cookies(self._state, received)
        page, size = _number(received, "pn"), _number(received, "ps")
        order = received.query_value("order") or ""
        if page < 1 or not 1 <= size <= _LARGEST_PAGE or order not in _ORDERS:
            return refusal(-400, f"pn from 1, ps from 1 to {_LARGEST_PAGE}, order mtime or ctime")
        own = [season for season in self.all if season.mid == account.mid]
        newest = received.query_value("sort") != "asc"
        own.sort(key=lambda one: (one.created if order == "ctime" else one.changed, one.id), reverse=newest)
        shown = own[(page - 1) * size : page * size]
        return success({"seasons": [_listed(season) for season in shown], "total": len(own), "tip": {}})

    async def show(self, received: Received, _form: Form) -> Reply:
        """Show one season."""
        account = by_cookies(self._state, received)
        return success(_listed(self._own(account, _number(received, "id"))))

    async def of_archive(self, received: Received, _form: Form) -> Reply:
        """Show the season that an archive is in; null when it is in none."""
        account = by_cookies(self._state, received)
        found = self._with(self._archive(account, _number(received, "id")).aid)
        return success(None if found is None else _listed(found))

    async def section(self, received: Received, _form: Form) -> Reply:
        """List the episodes of a section."""
        account = by_cookies(self._state, received)
        season = self._of_section(account, _number(received, "id"))
        episodes = [_episode(episode, place) for place, episode in enumerate(season.episodes, 1)]
        if received.query_value("sort") == "desc":
            episodes.reverse()
        return success({"section": _section(season), "episodes": episodes or None})

    async def create(self, received: Received, form: Form) -> Reply:
        """Make a season, which is reviewed by people."""
        account = by_cookies(self._state, received, form, csrf=True)
        title, cover = form.value("title") or "", form.value("cover") or ""
        if not title.strip() or form.value("season_price") != "0" or form.value("desc") is None:
            return refusal(-400, "title, cover, desc and season_price=0 are needed")
        if not is_stored(self._state, cover):
            return refusal(-400, "the cover is not the url of an uploaded image")
        self._last_id += 2
        now = self._clock()
        made = Season(self._last_id, account.mid, title, cover, form.value("desc") or "", now, now)
        self.all.append(made)
        return success(made.id)

    async def delete(self, received: Received, form: Form) -> Reply:
        """Remove a season; its archives stay."""
        account = by_cookies(self._state, received, form, csrf=True)
        self.all.remove(self._own(account, int(form.value("id") or 0)))
        return success(None)

    async def add_episodes(self, received: Received, form: Form) -> Reply:
        """Put archives behind those that are in a section."""
        account = by_cookies(self._state, received, csrf=True)
        said = _object(form.json)
        season = self._of_section(account, said.get("sectionId"))
        given = said.get("episodes")
        if not isinstance(given, list) or not given:
            return refusal(-400, "episodes must be a list")
        new = [self._checked(account, each) for each in cast("list[Any]", given)]
        if len({episode.aid for episode in new}) < len(new):
            return refusal(-400, "an archive is named twice")
        season.episodes += new
        season.changed = self._clock()
        return success([episode.id for episode in new])

    async def remove_episode(self, received: Received, form: Form) -> Reply:
        """Take one archive out of its season."""
        account = by_cookies(self._state, received, form, csrf=True)
        number = int(form.value("id") or 0)
        for season in self.all:
            for episode in season.episodes:
                if episode.id == number and season.mid == account.mid:
                    season.episodes.remove(episode)
                    season.changed = self._clock()
                    return success(None)
        return refusal(-404, "there is no such episode")

    async def sort(self, received: Received, form: Form) -> Reply:
        """Put all episodes of a section into another order; the list must name each of them."""
        account = by_cookies(self._state, received, csrf=True)
        said = _object(form.json)
        section = _object(said.get("section"))
        season = self._of_section(account, section.get("id"))
        if section.get("seasonId") != season.id or section.get("type") != 1 or not section.get("title"):
            return refusal(-400, "section needs id, type 1, seasonId and title")
        sorts = [_object(each) for each in cast("list[Any]", said.get("sorts") or [])]
        places = {each.get("id"): each.get("sort") for each in sorts}
        if places.keys() != {episode.id for episode in season.episodes} or len(places) != len(sorts):
            return refusal(-400, "sorts must name every episode once")
        if sorted(cast("list[int]", [*places.values()])) != [*range(1, len(places) + 1)]:
            return refusal(-400, "sort counts from 1")
        season.episodes.sort(key=lambda episode: cast("int", places[episode.id]))
        season.changed = self._clock()
        return success(None)

    def _checked(self, account: Account, given: Any) -> Episode:
        said = _object(given)
        archive = self._archive(account, said.get("aid"))
        if said.get("cid") not in {cid_of(video) for video in archive.videos}:
            raise RefusalError(refusal(-400, "cid is no part of the archive"))
        if self._with(archive.aid) is not None:
            raise RefusalError(refusal(-400, "the archive is in a season already"))
        self._last_id += 2
        return Episode(
            self._last_id, archive.aid, said["cid"], archive.bvid, said.get("title") or archive.title
        )

    def _with(self, aid: int) -> Season | None:
        return next((one for one in self.all if any(episode.aid == aid for episode in one.episodes)), None)

    def _archive(self, account: Account, aid: object) -> Archive:
        for archive in self._state.archives:
            if archive.aid == aid and archive.mid == account.mid:
                return archive
        raise RefusalError(refusal(-404, "there is no such archive"))

    def _own(self, account: Account, number: object) -> Season:
        for season in self.all:
            if season.id == number and season.mid == account.mid:
                return season
        raise RefusalError(refusal(-404, "there is no such season"))

    def _of_section(self, account: Account, number: object) -> Season:
        for season in self.all:
            if season.section_id == number and season.mid == account.mid:
                return season
        raise RefusalError(refusal(-404, "there is no such section"))


def _listed(season: Season) -> dict[str, Any]:
    return {
        "season": {
            "id": season.id,
            "title": season.title,
            "cover": season.cover,
            "desc": season.desc,
            "state": season.state,
            "isEnd": 0,
            "ctime": int(season.created),
            "mtime": int(season.changed),
        },
        "sections": {"sections": [_section(season)], "total": 1},
        "part_episodes": [_episode(episode, place) for place, episode in enumerate(season.episodes[:5], 1)],
    }


def _section(season: Season) -> dict[str, Any]:
    return {
        "id": season.section_id,
        "type": 1,
        "seasonId": season.id,
        "title": "正片",
        "epCount": len(season.episodes),
    }


def _episode(episode: Episode, place: int) -> dict[str, Any]:
    return {
        "id": episode.id,
        "aid": episode.aid,
        "cid": episode.cid,
        "bvid": episode.bvid,
        "title": episode.title,
        "order": place,
    }


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RefusalError(refusal(-400, "the body must be a JSON object with the members of section 7.6"))
    return cast("dict[str, Any]", value)


def _number(received: Received, name: str) -> int:
    said = received.query_value(name) or ""
    return int(said) if re.fullmatch("[0-9]{1,18}", said) else 0
