"""What the creator's page asks before a submission: tags, topics, partitions (protocol document, 7.5)."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from bilibili_api.simulator.identity import by_cookies
from bilibili_api.simulator.reply import RefusalError, refusal, success
from bilibili_api.simulator.topics import TOPICS, topics_for
from bilibili_api.simulator.zones import HUMAN_TYPES, INDUSTRIES, LEAVES, NEUTRAL_MARKS, leaf, tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator.exchange import Received, Step
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router
    from bilibili_api.simulator.state import State
    from bilibili_api.simulator.topics import Topic

_VUPRE = "//member.bilibili.com/x/vupre"
_BANNED_TAGS = ("banned", "违禁")
_RECOMMENDED = ("simulated", "test", "video")
_PREDICTED = (21, 171, 17)
_LARGEST_PAGE = 200


class Creation:
    """Answers the questions before a submission.

    Attributes:
        banned_tags: words that the check of a tag refuses with 16025.
        no_desc_format: partitions without a description template (250 characters).
    """

    def __init__(self, state: State) -> None:
        self.banned_tags: set[str] = set(_BANNED_TAGS)
        self.no_desc_format: set[int] = set()
        self._state = state

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        add = partial(self._add, router)
        add("/web/topic/tag/check", "tags", self.tag_check)
        add("/web/tag/recommend", "tags", self.tag_recommend)
        add("/web/topic/type", "topics", self.topics_of_type)
        add("/web/topic/search", "topics", self.topic_search)
        add("/web/archive/pre", "zones", self.pre)
        add("/web/archive/human/type2/list", "zones", self.human_types)
        add("/web/archive/desc/format", "zones", self.desc_format)
        router.add("POST", f"{_VUPRE}/web/archive/types/predict", "zones", self.predict)
        router.add("GET", f"{_VUPRE}/app/h5/mission/type/all", "missions", self.missions)

    async def missions(self, received: Received, _form: Form) -> Reply:
        """List the activities of a partition, or all; nobody has to be logged in."""
        topics = topics_for(_number(received, "tid"))
        return success([{"id": one.mission, "name": one.activity} for one in topics if one.mission])

    async def predict(self, received: Received, form: Form) -> Reply:
        """Guess partitions for a title."""
        by_cookies(self._state, received, csrf=True)
        if form.problem is not None or form.value("title") is None:
            return refusal(-400, "the form needs title, and filename, which may be empty")
        first, *others = [leaf(tid) for tid in _PREDICTED]
        return success([{**first, "human_type": {"id": 1029}}, *others])

    def tag_check(self, received: Received) -> Any:
        """Refuse banned tags; one client calls the parameter t (section 7.5)."""
        tag = received.query_value("tag") or received.query_value("t") or ""
        if not tag:
            raise RefusalError(refusal(-400, "tag is missing"))
        if tag in self.banned_tags:
            raise RefusalError(refusal(16025, "this tag is banned"))

    def tag_recommend(self, _received: Received) -> Any:
        """Suggest tags."""
        return [{"tag": tag, "checked": 0, "request_id": "1"} for tag in _RECOMMENDED]

    def topics_of_type(self, received: Received) -> Any:
        """List the topics of a partition; pages count from 0."""
        page, size = _number(received, "pn"), _number(received, "ps", 20)
        found = [
            topic
            for topic in topics_for(_number(received, "type_id"))
            if (received.query_value("title") or "") in topic.name
        ]
        _check_size(size)
        return {
            "topics": [_topic(topic) for topic in found[page * size : (page + 1) * size]],
            "maxpage": -(-len(found) // size),
        }

    def topic_search(self, received: Received) -> Any:
        """Look for topics by name."""
        offset, size = _number(received, "offset"), _number(received, "page_size", 20)
        _check_size(size)
        words = received.query_value("keywords") or ""
        found = [topic for topic in TOPICS if words.lower() in topic.name.lower()]
        shown, end = found[offset : offset + size], offset + size
        return {
            "result": {
                "topics": [
                    {"id": one.id, "name": one.name, "mission_id": one.mission or 0, "state": 0}
                    for one in shown
                ],
                "page_info": {"has_more": end < len(found), "offset": min(end, len(found))},
            }
        }

    def pre(self, _received: Received) -> Any:
        """List partitions with their limits, neutral marks and industries."""
        return {
            "typelist": tree(),
            "neutral_marks": list(NEUTRAL_MARKS),
            "industries": [{"id": number, "name": name} for number, name in INDUSTRIES.items()],
        }

    def human_types(self, _received: Received) -> Any:
        """List the new partitions."""
        return {"type_list": [{"id": number, "name": name} for number, name in HUMAN_TYPES.items()]}

    def desc_format(self, received: Received) -> Any:
        """Return the description template of a partition, or null."""
        tid = _number(received, "typeid")
        if tid not in LEAVES:
            raise RefusalError(refusal(-400, "typeid must be a leaf partition"))
        return None if tid in self.no_desc_format else {"id": 9999, "components": "[]"}

    def _add(self, router: Router, path: str, step: Step, answer: Callable[[Received], Any]) -> None:
        router.add("GET", _VUPRE + path, step, partial(self._answer, answer))

    async def _answer(self, answer: Callable[[Received], Any], received: Received, _form: Form) -> Reply:
        by_cookies(self._state, received)
        return success(answer(received))


def _topic(topic: Topic) -> dict[str, Any]:
    return {
        "topic_id": topic.id,
        "topic_name": topic.name,
        "mission_id": topic.mission or 0,
        "activity_text": topic.activity,
    }


def _check_size(size: int) -> None:
    if not 0 < size <= _LARGEST_PAGE:
        raise RefusalError(refusal(-400, f"a page has 1 to {_LARGEST_PAGE} entries"))


def _number(received: Received, name: str, default: int = 0) -> int:
    said = received.query_value(name) or str(default)
    if not re.fullmatch("[0-9]{1,9}", said):
        raise RefusalError(refusal(-400, f"{name} must be a whole number"))
    return int(said)
