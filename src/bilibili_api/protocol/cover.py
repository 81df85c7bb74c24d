"""Storing a cover through the PC tool's interface (protocol document, sections 3.4 and 5)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ArgsException

from .codes import Step
from .pc import HEADERS, MEMBER
from .signing import access_query
from .wire import Envelope, Request, Response, member_object, member_url, multipart, open_envelope

if TYPE_CHECKING:
    from bilibili_api.redaction import Secret

EXTENSIONS: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
"""The image types a cover may have, and the extension each is sent under."""


def cover_request(access_key: Secret, content: bytes, mime: str) -> Request:
    """Build the request that stores a cover (section 3.4).

    Args:
        access_key: The token.
        content: The image.
        mime: Its type: `image/jpeg`, `image/png` or `image/webp`.

    Raises:
        ArgsException: The type is none of these.
    """
    extension = EXTENSIONS.get(mime)
    if extension is None:
        raise ArgsException(
            f"A cover cannot be of type {mime!r}.", hint=f"Use one of these types: {', '.join(EXTENSIONS)}."
        )
    mark = hashlib.md5(content).hexdigest()
    content_type, body = multipart({}, f"cover.{extension}", mime, memoryview(content), mark)
    url = f"{MEMBER}/x/vu/client/cover/up?{access_query(access_key)}"
    return Request(Step.COVER, "POST", url, {**HEADERS, "Content-Type": content_type}, body)


def parse_cover(response: Response) -> str:
    """Return the URL of the stored cover, as it is to be submitted (section 3.4).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    data = member_object(open_envelope(response, Step.COVER, Envelope.CODE), "data", Step.COVER)
    return member_url(data, "url", Step.COVER)
