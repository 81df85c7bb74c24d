"""Seasons, the collections of an account's archives, on the wire (protocol document, section 7.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bilibili_api.frozen import frozen

from .browser import FORM, logged_in
from .codes import Step
from .members import bvid_in, data_of, number_in, objects_in, text_in
from .pc import MEMBER
from .submit import write_json
from .wire import (
    Envelope,
    JsonObject,
    Request,
    Response,
    member_int,
    member_object,
    open_envelope,
    plain,
    serialise,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .archives import Archive
    from .cookies import Cookies

BASE: Final = f"{MEMBER}/x2/creative/web"
_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}
_LARGEST: Final = 30


@frozen
class Section:
    """A part of a season that holds episodes; a new season has one.

    Attributes:
        id: Its number.
        title: Its title.
        episodes: How many there are in it.
        type: What the server calls its type.
    """

    id: int
    title: str
    episodes: int = 0
    type: int = 1


@frozen
class Season:
    """One season; what the answer lacks is `""` or 0.

    Attributes:
        id: Its number.
        title: Its title.
        desc: Its description.
        cover: Address of its cover.
        state: 0 visible, -6 in review.
        reject_reason: Why it was rejected.
        sections: What it consists of.
    """

    id: int
    title: str
    desc: str = ""
    cover: str = ""
    state: int = 0
    reject_reason: str = ""
    sections: tuple[Section, ...] = ()

    @property
    def episodes(self) -> int:
        """How many videos it holds."""
        return sum(section.episodes for section in self.sections)


@frozen
class Episode:
    """A video in a section.

    Attributes:
        id: Its number as an episode.
        aid: Number of the video.
        cid: Number of the video's part that is played.
        bvid: The video's id in URLs.
        title: What it is called in the season.
    """

    id: int
    aid: int
    cid: int
    bvid: str
    title: str


@frozen
class SeasonPage:
    """A page of the list.

    Attributes:
        seasons: On this page.
        total: How many there are on all pages.
    """

    seasons: tuple[Season, ...]
    total: int


def seasons_request(cookies: Cookies, page: int, size: int = _LARGEST) -> Request:
    """Build the request for the account's seasons, the one that was changed last first."""
    query = serialise({"pn": str(page), "ps": str(size), "order": "mtime", "sort": "desc", "draft": "1"})
    return Request(Step.SEASON, "GET", f"{BASE}/seasons?{query}", logged_in(cookies))


def parse_seasons(response: Response) -> SeasonPage:
    """Read the answer to `seasons_request`.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    data = data_of(response, Step.SEASON)
    listed = objects_in(data.get("seasons"), "seasons", Step.SEASON)
    return SeasonPage(tuple(_season(each) for each in listed), number_in(data, "total"))


def season_request(cookies: Cookies, season: int) -> Request:
    """Build the request for one season."""
    return Request(Step.SEASON, "GET", f"{BASE}/season?id={season}", logged_in(cookies))


def parse_season(response: Response) -> Season:
    """Read the answer to `season_request`; raises as `parse_seasons`."""
    return _season(data_of(response, Step.SEASON))


def section_request(cookies: Cookies, section: int) -> Request:
    """Build the request for the episodes of a section."""
    return Request(Step.SEASON, "GET", f"{BASE}/season/section?id={section}", logged_in(cookies))


def parse_section(response: Response) -> tuple[Episode, ...]:
    """Read the answer to `section_request`, the episodes in their order; raises as `parse_seasons`."""
    episodes = objects_in(data_of(response, Step.SEASON).get("episodes"), "episodes", Step.SEASON)
    return tuple(_episode(each) for each in episodes)


def create_request(cookies: Cookies, title: str, desc: str, cover: str) -> Request:
    """Build the request that makes a season. It is not idempotent, and people review it.

    Args:
        cookies: Of the account.
        title: Its title.
        desc: Its description.
        cover: Address of a stored cover.
    """
    said = {"title": title, "cover": cover, "desc": desc, "season_price": "0", "csrf": cookies.csrf}
    return _form(cookies, "season/add", said)


def parse_created(response: Response) -> int:
    """Read the answer to `create_request`: the number of the season; raises as `parse_seasons`."""
    return member_int(open_envelope(response, Step.SEASON, Envelope.CODE), "data", Step.SEASON)


def add_request(cookies: Cookies, section: int, archives: Sequence[Archive]) -> Request:
    """Build the request that puts archives behind those of a section, each by its first part."""
    episodes = [
        {"aid": one.aid, "cid": one.parts[0].cid if one.parts else 0, "title": one.title, "charging_pay": 0}
        for one in archives
    ]
    return _json(cookies, "season/section/episodes/add", {"sectionId": section, "episodes": episodes})


def remove_request(cookies: Cookies, episode: int) -> Request:
    """Build the request that takes one episode out of its season."""
    return _form(cookies, "season/section/episode/del", {"id": str(episode), "csrf": cookies.csrf})


def sort_request(cookies: Cookies, season: int, section: Section, episodes: Sequence[Episode]) -> Request:
    """Build the request that puts the episodes of a section into an order; all of them (else -400)."""
    said = {"id": section.id, "type": section.type, "seasonId": season, "title": section.title}
    sorts = [{"id": episode.id, "sort": place} for place, episode in enumerate(episodes, 1)]
    return _json(cookies, "season/section/edit", {"section": said, "sorts": sorts, "captcha_token": ""})


def delete_request(cookies: Cookies, season: int) -> Request:
    """Build the request that removes a season; its archives stay."""
    return _form(cookies, "season/del", {"id": str(season), "csrf": cookies.csrf})


def parse_done(response: Response) -> None:
    """Read the answer to a request that changes something; raises as `parse_seasons`."""
    open_envelope(response, Step.SEASON, Envelope.CODE)


def _form(cookies: Cookies, path: str, said: Mapping[str, str]) -> Request:
    body = serialise(said).encode()
    return Request(Step.SEASON, "POST", f"{BASE}/{path}", {**logged_in(cookies), **FORM}, body)


def _json(cookies: Cookies, path: str, said: Mapping[str, object]) -> Request:
    url = f"{BASE}/{path}?{serialise({'csrf': cookies.csrf})}"
    body = write_json({**said, "csrf": cookies.csrf})
    return Request(Step.SEASON, "POST", url, {**logged_in(cookies), **_JSON}, body)


def _season(answer: JsonObject) -> Season:
    season = member_object(answer, "season", Step.SEASON)
    sections = member_object(answer, "sections", Step.SEASON)
    listed = objects_in(sections.get("sections"), "sections", Step.SEASON)
    return Season(
        id=member_int(season, "id", Step.SEASON),
        title=text_in(season, "title"),
        desc=text_in(season, "desc"),
        cover=text_in(season, "cover"),
        state=number_in(season, "state"),
        reject_reason=plain(text_in(season, "reject_reason")),
        sections=tuple(_section(each) for each in listed),
    )


def _section(answer: JsonObject) -> Section:
    return Section(
        id=member_int(answer, "id", Step.SEASON),
        title=text_in(answer, "title"),
        episodes=number_in(answer, "epCount"),
        type=number_in(answer, "type") or 1,
    )


def _episode(answer: JsonObject) -> Episode:
    return Episode(
        id=member_int(answer, "id", Step.SEASON),
        aid=member_int(answer, "aid", Step.SEASON),
        cid=number_in(answer, "cid"),
        bvid=bvid_in(answer, Step.SEASON),
        title=text_in(answer, "title"),
    )
