"""Asks for the archives of an account: the list, and single ones (sections 3.5, 7.1 and 7.2)."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ArgsException, LoginLacks
from bilibili_api.frozen import frozen
from bilibili_api.protocol.archives import (
    archive_request,
    archives_request,
    client_archive_request,
    parse_archive,
    parse_archives,
)
from bilibili_api.protocol.codes import Step
from bilibili_api.saying import say

if TYPE_CHECKING:
    from bilibili_api.protocol.archives import Archive, ArchivePage
    from bilibili_api.protocol.cookies import Cookies
    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.video_ids import VideoId
    from bilibili_api.protocol.wire import Request

    from .calls import Calls

PAGE_SIZE: Final = 30
"""Archives on a page of the list: the largest that is known to work (section 7.1)."""


@frozen
class Wanted:
    """Which archives are listed.

    Attributes:
        statuses: Their groups.
        keyword: A word that is found in them; "": any.
        tid: Their partition; 0: any.
        order: By what they stand; "": by their age.
    """

    statuses: tuple[str, ...]
    keyword: str
    tid: int
    order: str


async def listed(calls: Calls, wanted: Wanted, most: int | None) -> tuple[Archive, ...]:
    """Return the archives of an account, all pages of the list, each archive once.

    Args:
        calls: The login.
        wanted: Which.
        most: How many at most; None: all.

    Raises:
        LoginLacks: The login has no cookies.
        ApiException: Bilibili refused, or the network failed.
    """
    found: dict[int, Archive] = {}
    for number in count(1):
        page = await _page(calls, wanted, number)
        found |= {archive.aid: archive for archive in page.archives}
        if page.is_last or (most is not None and len(found) >= most):
            break
    return tuple(found.values())[:most]


async def _page(calls: Calls, wanted: Wanted, number: int) -> ArchivePage:
    def build(access: Access) -> Request:
        return archives_request(
            _cookies(access),
            statuses=wanted.statuses,
            page=number,
            size=PAGE_SIZE,
            keyword=wanted.keyword,
            tid=wanted.tid,
            order=wanted.order,
        )

    return await calls.ask(Step.ARCHIVES, build, parse_archives)


async def shown(calls: Calls, video: VideoId) -> Archive:
    """Return one archive.

    Raises:
        ArgsException: It belongs to another account.
        ApiException: Bilibili refused, or the network failed.
    """
    found = await calls.ask(Step.ARCHIVES, lambda access: _view(access, video), parse_archive)
    if found is None:
        raise ArgsException(
            say("{bvid} belongs to another account.", bvid=video.bvid),
            hint=say("Log in with the account that owns it."),
        )
    return found


def _cookies(access: Access) -> Cookies:
    if access.cookies is None:
        raise LoginLacks(say("The list of archives"), "cookies")
    return access.cookies


def _view(access: Access, video: VideoId) -> Request:
    if access.cookies is not None:
        return archive_request(access.cookies, video.aid)
    if access.token is None:
        raise LoginLacks(say("Looking at an archive"), "cookies")
    return client_archive_request(access.token, video.aid)
