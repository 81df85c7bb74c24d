"""Answers for the tests of the protocol."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bilibili_api.protocol.bodies import Framed, Stretch
from bilibili_api.protocol.wire import Request, Response

if TYPE_CHECKING:
    from collections.abc import Mapping


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer whose body is the given JSON, served under a content type that does not say so."""
    return Response(status, headers or {"content-type": "text/html"}, json.dumps(body).encode())


def sent(request: Request) -> bytes:
    """The body of a request as it stands on the wire."""
    if isinstance(request.body, Framed):
        return request.body.head + bytes(request.body.content) + request.body.tail
    if isinstance(request.body, Stretch):
        content = bytearray(len(request.body))
        request.body.source.read_into(request.body.start, memoryview(content))
        return bytes(content)
    return request.body
