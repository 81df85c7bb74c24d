"""Tags and topics, as the upload form asks for them (protocol document, section 7.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bilibili_api.frozen import frozen

from .browser import logged_in
from .codes import Step
from .members import data_of, number_in, objects_in, text_in
from .pc import MEMBER
from .wire import Envelope, Request, Response, member_int, member_object, member_str, open_envelope, serialise

if TYPE_CHECKING:
    from .cookies import Cookies
    from .wire import JsonObject

_TOPIC: Final = f"{MEMBER}/x/vupre/web/topic"


@frozen
class Topic:
    """A topic an archive can be submitted to.

    Attributes:
        topic_id: Its number; goes into `topic_id` of the metadata.
        name: Its name; some clients also append it to the tags.
        mission_id: The activity it belongs to, which goes into `mission_id`; 0 for none.
        activity: What the activity says of itself.
    """

    topic_id: int
    name: str
    mission_id: int = 0
    activity: str = ""


@frozen
class TopicsFound:
    """What a search for topics found.

    Attributes:
        topics: The topics, best first.
        has_more: Whether there are further ones.
        offset: Where they begin.
    """

    topics: tuple[Topic, ...]
    has_more: bool
    offset: int


def tag_check_request(cookies: Cookies, tag: str) -> Request:
    """Build the request that asks whether a tag may be used (section 7.5).

    Args:
        cookies: Of the account.
        tag: One tag.
    """
    url = f"{_TOPIC}/tag/check?{serialise({'tag': tag})}"
    return Request(Step.TAGS, "GET", url, logged_in(cookies))


def parse_tag_check(response: Response) -> None:
    """Read the answer to `tag_check_request`: without an error, the tag may be used.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: The tag is banned (kind `BAD_TAG`), or Bilibili refused to tell.
        ResponseException: The answer is not what the protocol says.
    """
    open_envelope(response, Step.TAGS, Envelope.CODE)


def zone_topics_request(cookies: Cookies, tid: int, *, page: int = 0, size: int = 200) -> Request:
    """Build the request for the topics of a partition (section 7.5).

    Args:
        cookies: Of the account.
        tid: Number of the partition.
        page: Number of the page, from 0.
        size: How many topics a page has.
    """
    query = serialise({"type_id": str(tid), "pn": str(page), "ps": str(size), "title": ""})
    return Request(Step.TOPICS, "GET", f"{_TOPIC}/type?{query}", logged_in(cookies))


def parse_zone_topics(response: Response) -> tuple[Topic, ...]:
    """Read the answer to `zone_topics_request`.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    topics = objects_in(data_of(response, Step.TOPICS).get("topics"), "topics", Step.TOPICS)
    return tuple(_topic(topic, "topic_id", "topic_name") for topic in topics)


def topic_search_request(cookies: Cookies, keywords: str, *, offset: int = 0, size: int = 20) -> Request:
    """Build the request for topics by their name (section 7.5).

    Args:
        cookies: Of the account.
        keywords: What their names have in them.
        offset: Where to begin, as the answer before says.
        size: How many topics to give.
    """
    query = serialise({"page_size": str(size), "offset": str(offset), "keywords": keywords})
    return Request(Step.TOPICS, "GET", f"{_TOPIC}/search?{query}", logged_in(cookies))


def parse_topic_search(response: Response) -> TopicsFound:
    """Read the answer to `topic_search_request`.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    result = member_object(data_of(response, Step.TOPICS), "result", Step.TOPICS)
    topics = objects_in(result.get("topics"), "topics", Step.TOPICS)
    page = member_object(result, "page_info", Step.TOPICS)
    return TopicsFound(
        tuple(_topic(topic, "id", "name") for topic in topics),
        page.get("has_more") is True,
        number_in(page, "offset"),
    )


def _topic(topic: JsonObject, number: str, name: str) -> Topic:
    return Topic(
        member_int(topic, number, Step.TOPICS),
        member_str(topic, name, Step.TOPICS),
        number_in(topic, "mission_id"),
        text_in(topic, "activity_text"),
    )
