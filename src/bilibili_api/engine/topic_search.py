"""Topics by name, or those of a partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ArgsException
from bilibili_api.protocol import topics
from bilibili_api.protocol.codes import Step
from bilibili_api.saying import say

from .asking import asking

if TYPE_CHECKING:
    from bilibili_api.protocol.cookies import Cookies
    from bilibili_api.protocol.topics import Topic

    from .asking import Asking
    from .credential import VideoUploaderCredential
    from .options import Options
    from .web_credential import Credential

_MOST_SEARCHES: Final = 5


async def find_topics(
    credential: VideoUploaderCredential | Credential,
    name: str = "",
    *,
    tid: int = 0,
    options: Options | None = None,
) -> tuple[Topic, ...]:
    """Ask for topics an archive can be submitted to (section 7.5).

    Args:
        credential: The login; it needs cookies.
        name: What their names have in them; "" for those that Bilibili proposes for a partition.
        tid: That partition; 0: any.
        options: Server, patience, clock and dice; by default the credential's own.

    Returns:
        The topics, best first, none twice; of a search the first hundred.

    Raises:
        ArgsException: The login has no cookies.
        ResponseCodeException: Bilibili refused: -101 (the cookies are dead), ...
        NetworkException: The network failed.
    """
    cookies = credential.session().web()
    if cookies is None:
        raise ArgsException(
            say("Only a login with cookies can ask for topics."),
            hint=say("Log in by a QR code, which gives cookies."),
        )
    async with asking(options or credential.options) as ask:
        found = await (
            _searched(ask, cookies, name.strip()) if name.strip() else _proposed(ask, cookies, tid)
        )
    return tuple({topic.topic_id: topic for topic in found}.values())


async def _proposed(ask: Asking, cookies: Cookies, tid: int) -> list[Topic]:
    request = topics.zone_topics_request(cookies, tid)
    return list(await ask.ask(Step.TOPICS, lambda _: request, topics.parse_zone_topics))


async def _searched(ask: Asking, cookies: Cookies, name: str) -> list[Topic]:
    found: list[Topic] = []
    offset = 0
    for _ in range(_MOST_SEARCHES):
        request = topics.topic_search_request(cookies, name, offset=offset)
        page = await ask.ask(Step.TOPICS, lambda _, request=request: request, topics.parse_topic_search)
        found += page.topics
        if not page.has_more or page.offset <= offset:
            break
        offset = page.offset
    return found
