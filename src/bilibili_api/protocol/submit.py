"""Submitting an archive through the PC tool's interface, and missions (protocol document, 3.5, 6.1, 7.5)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.saying import say

from .codes import Step
from .members import bvid_in, objects_in
from .pc import HEADERS, MEMBER
from .signing import access_query
from .wire import (
    Envelope,
    Request,
    Response,
    member_int,
    member_object,
    open_envelope,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bilibili_api.redaction import Secret


@frozen
class Added:
    """The archive a submission made.

    Attributes:
        aid: Its number; exceeds 32 bits.
        bvid: Its id in URLs.
    """

    aid: int
    bvid: str


def client_add_request(access_key: Secret, body: Mapping[str, object]) -> Request:
    """Build the submission (sections 3.5 and 6.1). It is not idempotent.

    Args:
        access_key: The token; the only thing that is signed (section 1.4).
        body: The metadata as it is to be sent, with `cover` and `videos`.

    Raises:
        ArgsException: The metadata cannot be written as JSON.
    """
    url = f"{MEMBER}/x/vu/client/add?{access_query(access_key)}"
    return Request(
        Step.SUBMIT, "POST", url, {**HEADERS, "Content-Type": "application/json"}, write_json(body)
    )


def write_json(body: Mapping[str, object]) -> bytes:
    """Write the body of a submission, compactly, in UTF-8 and in the order given.

    Raises:
        ArgsException: It cannot be written as JSON.
    """
    try:
        return json.dumps(dict(body), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ArgsException(
            say("The metadata cannot be written as JSON: {type}.", type=type(error).__name__),
            hint=say("Use text, whole numbers, booleans, lists and dicts only."),
        ) from None


def parse_add(response: Response) -> Added:
    """Read the answer to a submission (section 6.1). Positive codes are errors too.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says; the archive may exist all the same.
    """
    data = member_object(open_envelope(response, Step.SUBMIT, Envelope.CODE), "data", Step.SUBMIT)
    return Added(member_int(data, "aid", Step.SUBMIT), bvid_in(data, Step.SUBMIT))


def missions_request(tid: int) -> Request:
    """Build the request for the missions of a partition (section 7.5); needs no login.

    Args:
        tid: Number of the partition; 0 for all.
    """
    return Request(Step.MISSIONS, "GET", f"{MEMBER}/x/vupre/app/h5/mission/type/all?tid={tid}", HEADERS)


def parse_missions(response: Response) -> list[dict[str, object]]:
    """Return the missions as they came; none if the partition has none (section 7.5).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    answer = open_envelope(response, Step.MISSIONS, Envelope.CODE)
    return [dict(mission) for mission in objects_in(answer.get("data"), "data", Step.MISSIONS)]
