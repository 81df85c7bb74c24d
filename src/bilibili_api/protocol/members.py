"""Reading the members of an answer: what must be there, and what may be missing or odd."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from bilibili_api.saying import say

from .wire import Envelope, JsonObject, Response, member_object, member_str, open_envelope, unexpected

if TYPE_CHECKING:
    from .codes import Step

_BVID: Final = re.compile("[0-9A-Za-z]{1,32}")


def bvid_in(answer: JsonObject, step: Step) -> str:
    """Return the id of an archive: it stands in URLs, file names and on terminals, hence letters and digits.

    Raises:
        ResponseException: It is missing or something else.
    """
    bvid = member_str(answer, "bvid", step)
    if not _BVID.fullmatch(bvid):
        raise unexpected(step, say("has no id of an archive in 'bvid'"))
    return bvid


def data_of(response: Response, step: Step) -> JsonObject:
    """Return `data` of an answer that says success.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    return member_object(open_envelope(response, step, Envelope.CODE), "data", step)


def objects_in(value: object, name: str, step: Step) -> tuple[JsonObject, ...]:
    """Return a list of objects; none where there is null.

    Raises:
        ResponseException: It is something else.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise unexpected(step, say("has no list in {name!r}", name=name))
    members = cast("list[object]", value)
    if not all(isinstance(member, dict) for member in members):
        raise unexpected(step, say("has something else than objects in the list {name!r}", name=name))
    return tuple(cast("list[JsonObject]", members))


def text_in(answer: JsonObject, name: str) -> str:
    """Return a text, `""` where there is none."""
    value = answer.get(name)
    return value if isinstance(value, str) else ""


def number_in(answer: JsonObject, name: str) -> int:
    """Return a whole number, 0 where there is none that fits into 64 bits."""
    value = answer.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else 0
