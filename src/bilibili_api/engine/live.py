"""What only Bilibili knows about an upload, asked for before anything is uploaded (protocol document, 7.5).

Tags that are banned, partitions that are not offered to the account, parts a partition takes, topics by name.
The document knows no limit of size that could be asked for.
"""

from __future__ import annotations

import logging
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, TypeVar

from bilibili_api.exceptions import (
    ApiException,
    ArgsException,
    InvalidUpload,
    NetworkException,
    Problem,
    Retry,
)
from bilibili_api.frozen import frozen
from bilibili_api.protocol import topics, upload_form
from bilibili_api.protocol.body import parts_of
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.zones import human_type_name, nearest_leaf, zone_by_tid
from bilibili_api.saying import listed, say

from .activities import folded, mission_number, topic_of_mission

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from bilibili_api.protocol.cookies import Cookies
    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.named import Activity
    from bilibili_api.protocol.topics import Topic
    from bilibili_api.protocol.wire import Request, Response

    from .calls import Calls

T = TypeVar("T")

log = logging.getLogger("bilibili_api")

_MOST_SEARCHES: Final = 5
_MOST_NAMED: Final = 3
_INSTEAD: Final = say("Nothing is uploaded yet; the upload finds out by itself.")


@frozen
class Wanted:
    """What is asked about.

    Attributes:
        tags: The tags one by one.
        tid: Number of the partition; 0 where the caller passes something else through.
        human_type: Number of the new partition, 0 for none.
        parts: How many there are.
        topic: Name or number of a topic given beside the metadata, or None.
        activity: The activity given beside the metadata, or None.
    """

    tags: tuple[str, ...]
    tid: int
    human_type: int
    parts: int
    topic: str | int | None
    activity: Activity | None = None

    @classmethod
    def of(
        cls,
        meta: object,
        extra: Mapping[str, object] | None,
        *,
        parts: int,
        topic: str | int | None,
        activity: Activity | None = None,
    ) -> Wanted:
        """Read it off metadata in which no problem was found."""
        own, passed = parts_of(meta, extra)
        sent = {**own, **passed}
        tag, tid, human = sent.get("tag"), sent.get("tid"), sent.get("human_type2")
        return cls(
            tuple(one.strip() for one in tag.split(",")) if isinstance(tag, str) else (),
            tid if isinstance(tid, int) else 0,
            human if isinstance(human, int) else 0,
            parts,
            topic,
            activity,
        )


def tell_no_cookies() -> None:
    """Say in the log that nothing can be asked."""
    log.warning(
        say("Bilibili cannot be asked beforehand: the login has no cookies. {instead}", instead=_INSTEAD)
    )


class Live:
    """Asks Bilibili for one login.

    Args:
        calls: Of a login that has cookies.
        wanted: What is asked about.
    """

    def __init__(self, calls: Calls, wanted: Wanted) -> None:
        self._calls = calls
        self._wanted = wanted
        self._topic: Topic | None = None
        self._numbers: tuple[int | None, Topic | None] | None = None

    async def problems(self) -> tuple[Problem, ...]:
        """Return all problems at once. What cannot be asked is told to the log and is no problem."""
        found: list[Problem] = []
        checks = {
            say("tags"): self._tags,
            say("partition"): self._zone,
            say("new partition"): self._human_type,
            say("topic"): self._named_topic,
            say("activity"): self._named_activity,
        }
        for what, check in checks.items():
            try:
                async for problem in check():
                    found.append(problem)  # noqa: PERF401 - what was found before an error counts
            except ApiException as error:
                log.warning(
                    say(
                        "The {what} cannot be checked beforehand: {error} {instead}",
                        what=what,
                        error=error,
                        instead=_INSTEAD,
                    )
                )
                if _hits_all(error):
                    break
        return tuple(found)

    async def wrong_names(self) -> tuple[Problem, ...]:
        """Return what is wrong with the names of topic and activity.

        Raises:
            ApiException: They cannot be looked up.
        """
        return tuple([each for check in (self._named_topic, self._named_activity) async for each in check()])

    async def meta_with_topic(self, meta: Mapping[str, object]) -> dict[str, object]:
        """Return metadata with the numbers of topic and activity: of a topic alone, the activity behind it.

        Raises:
            InvalidUpload: There is no topic or activity of this name.
            ApiException: It cannot be looked up. (A number is sent as it is then.)
        """
        number, topic = await self._looked_up()
        found = dict(meta) if number is None else {**meta, "mission_id": number}
        if topic is None:
            return found
        mission = {"mission_id": topic.mission_id} if topic.mission_id else {}
        return {**mission, **found, "topic_id": topic.topic_id}

    async def _looked_up(self) -> tuple[int | None, Topic | None]:
        """Return the number of the activity, and the topic; asked for once."""
        if self._numbers is None:
            activity, number, topic = self._wanted.activity, None, None
            if activity is not None:
                number = await mission_number(self._calls, activity.mission, self._wanted.tid)
                if activity.wants_topic:
                    topic = topic_of_mission(number, await self._of_partition())
            self._numbers = number, topic or await self._found()
        return self._numbers

    async def _tags(self) -> AsyncIterator[Problem]:
        for tag in self._wanted.tags:
            try:
                await self._ask(Step.TAGS, _about(topics.tag_check_request, tag), topics.parse_tag_check)
            except ApiException as error:
                if error.kind != "BAD_TAG":
                    raise
                yield Problem(
                    "meta.tag", say("has the tag {tag!r}, which Bilibili has banned.", tag=tag), error.hint
                )

    async def _zone(self) -> AsyncIterator[Problem]:
        tid, parts = self._wanted.tid, self._wanted.parts
        form = await self._ask(Step.FORM, upload_form.form_request, upload_form.parse_form)
        if not form.zones:
            log.warning(
                say("The partition cannot be checked beforehand: none is listed. {instead}", instead=_INSTEAD)
            )
        elif tid not in form.zones:
            zone = zone_by_tid(tid)
            near = _nearest(zone.name if zone else "", form.zones)
            near = near or [(nearest_leaf(tid).tid, nearest_leaf(tid).name)]
            fix = say("Take for example {zones}.", zones=_list(near))
            yield Problem(
                "meta.tid",
                say("{shown} is not offered to you.", shown=_shown(tid, zone.name if zone else "")),
                fix,
            )
        limit = form.part_limits.get(tid)
        if limit is not None and parts > limit:
            yield Problem(
                "pages",
                say(
                    "has {parts} pages; the partition {shown} takes {limit}.",
                    parts=parts,
                    shown=_shown(tid, form.zones[tid]),
                    limit=limit,
                ),
                say(
                    "Submit the first {limit} now and add the others by editing the archive, or choose "
                    "another.",
                    limit=limit,
                ),
            )

    async def _human_type(self) -> AsyncIterator[Problem]:
        number = self._wanted.human_type
        if not number:
            return
        types = await self._ask(Step.FORM, upload_form.human_types_request, upload_form.parse_human_types)
        offered = {one.number: one.name for one in types}
        if number in offered:
            return
        name = human_type_name(number) or ""
        near = _nearest(name, offered) or list(offered.items())[:_MOST_NAMED]
        fix = (
            say("Take for example {zones}, or leave it out.", zones=_list(near))
            if near
            else say("Leave it out.")
        )
        yield Problem(
            "meta.human_type2", say("{shown} is not offered to you.", shown=_shown(number, name)), fix
        )

    async def _named_topic(self) -> AsyncIterator[Problem]:
        try:
            await self._found()
        except InvalidUpload as error:
            for problem in error.problems:
                yield problem

    async def _named_activity(self) -> AsyncIterator[Problem]:
        if self._wanted.activity is None:
            return
        try:
            await self._looked_up()
        except InvalidUpload as error:
            for problem in error.problems:
                if problem.field == "mission":
                    yield problem

    async def _found(self) -> Topic | None:
        """Return the topic, asked for once; None: there is no more to know than what was given."""
        wanted = self._wanted.topic
        if wanted is None or self._topic is not None:
            return self._topic
        self._topic = await (self._by_name(wanted) if isinstance(wanted, str) else self._by_number(wanted))
        return self._topic

    async def _by_number(self, number: int) -> Topic | None:
        """Return a topic among those of the partition, for the sake of its activity."""
        try:
            offered = await self._of_partition()
        except ApiException as error:
            log.warning(
                say(
                    "The topic {number} is sent without its activity, which cannot be had: {error}",
                    number=number,
                    error=error,
                )
            )
            return None
        return next((topic for topic in offered if topic.topic_id == number), None)

    async def _by_name(self, name: str) -> Topic:
        similar: dict[str, Topic] = {}
        async for topic in self._similar(name):
            if folded(topic.name) == folded(name):
                return topic
            similar.setdefault(folded(topic.name), topic)
        near = (
            get_close_matches(folded(name), similar, n=_MOST_NAMED, cutoff=0.3) or list(similar)[:_MOST_NAMED]
        )
        named = listed(repr(similar[key].name) for key in near)
        fix = (
            say("Did you mean {named}?", named=named)
            if near
            else say("Look for it on the site, or leave it out.")
        )
        raise InvalidUpload(
            (Problem("topic", say("is {name!r:.42}, and no topic is called that.", name=name), fix),)
        )

    async def _similar(self, name: str) -> AsyncIterator[Topic]:
        """Go through what a search finds, then through the topics of the partition."""
        offset = 0
        for _ in range(_MOST_SEARCHES):
            build = _about(topics.topic_search_request, name.strip(), offset=offset)
            found = await self._ask(Step.TOPICS, build, topics.parse_topic_search)
            for topic in found.topics:
                yield topic
            if not found.has_more or found.offset <= offset:
                break
            offset = found.offset
        for topic in await self._of_partition():
            yield topic

    async def _of_partition(self) -> tuple[Topic, ...]:
        build = _about(topics.zone_topics_request, self._wanted.tid)
        return await self._ask(Step.TOPICS, build, topics.parse_zone_topics)

    async def _ask(
        self, step: Step, build: Callable[[Cookies], Request], parse: Callable[[Response], T]
    ) -> T:
        def with_cookies(access: Access) -> Request:
            if access.cookies is None:
                raise ArgsException(say("The login has no cookies."), hint=say("Log in by the TV QR code."))
            return build(access.cookies)

        return await self._calls.ask(step, with_cookies, parse)


def _about(build: Callable[..., Request], what: object, **more: object) -> Callable[[Cookies], Request]:
    return lambda cookies: build(cookies, what, **more)


def _hits_all(error: ApiException) -> bool:
    """Whether further questions would end the same way: no answer at all, or no login."""
    return error.retry is Retry.LOGIN or (isinstance(error, NetworkException) and error.status == 0)


def _nearest(name: str, offered: Mapping[int, str]) -> list[tuple[int, str]]:
    names = {other: number for number, other in offered.items()}
    return [(names[near], near) for near in get_close_matches(name, names, n=_MOST_NAMED, cutoff=0.3)]


def _shown(number: int, name: str) -> str:
    return say("{tid} ({name})", tid=number, name=name) if name else str(number)


def _list(zones: Iterable[tuple[int, str]]) -> str:
    return listed(_shown(number, name) for number, name in zones)
