"""Stores a picture as a cover beside any upload (protocol document, section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilibili_api.exceptions import LoginLacks
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.cover import parse_cover, web_cover_request
from bilibili_api.saying import say

from .cover import prepare

if TYPE_CHECKING:
    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.wire import Request

    from .calls import Calls
    from .cover import Given


async def stored(calls: Calls, picture: Given) -> str:
    """Prepare a picture, store it, and return its URL.

    Args:
        calls: A login with cookies.
        picture: As for `cover.prepare`.

    Raises:
        InvalidCover: It is no picture that can be a cover.
        LoginLacks: The login has no cookies.
        ApiException: Bilibili refused, or the network failed.
    """
    prepared = await prepare(picture)

    def build(access: Access) -> Request:
        if access.cookies is None:
            raise LoginLacks(say("Storing a cover"), "cookies")
        return web_cover_request(access.cookies, prepared.content, prepared.mime)

    return await calls.ask(Step.COVER, build, parse_cover)
