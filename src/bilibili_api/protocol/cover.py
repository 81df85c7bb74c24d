"""Storing a cover, by the PC tool's interface or by the web's (protocol document, sections 3.4 and 5)."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ArgsException
from bilibili_api.saying import listed, say

from .bodies import multipart
from .browser import FORM, logged_in
from .codes import Step
from .pc import HEADERS, MEMBER
from .signing import access_query
from .wire import Envelope, Request, Response, member_object, member_url, open_envelope, serialise

if TYPE_CHECKING:
    from bilibili_api.redaction import Secret

    from .cookies import Cookies

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
    extension = _extension(mime)
    mark = hashlib.md5(content).hexdigest()
    content_type, body = multipart({}, f"cover.{extension}", mime, memoryview(content), mark)
    url = f"{MEMBER}/x/vu/client/cover/up?{access_query(access_key)}"
    return Request(Step.COVER, "POST", url, {**HEADERS, "Content-Type": content_type}, body)


def web_cover_request(cookies: Cookies, content: bytes, mime: str) -> Request:
    """Build the request that stores a cover through the web's interface (section 5).

    Whatever interface submits it, this is how today's clients store a cover.

    Args:
        cookies: Of the account.
        content: The image.
        mime: Its type: `image/jpeg`, `image/png` or `image/webp`.

    Raises:
        ArgsException: The type is none of these.
    """
    _extension(mime)
    head = serialise({"cover": f"data:{mime};base64,"}).encode()
    tail = "&" + serialise({"csrf": cookies.csrf})
    body = b"".join((head, _escaped_base64(content), tail.encode()))
    return Request(Step.COVER, "POST", f"{MEMBER}/x/vu/web/cover/up", {**logged_in(cookies), **FORM}, body)


def _escaped_base64(content: bytes) -> bytes:
    """Encode as base64 and percent-encode: three replacements, for a loop over megabytes would be slow."""
    encoded = base64.b64encode(content)
    return encoded.replace(b"+", b"%2B").replace(b"/", b"%2F").replace(b"=", b"%3D")


def _extension(mime: str) -> str:
    extension = EXTENSIONS.get(mime)
    if extension is None:
        raise ArgsException(
            say("A cover cannot be of type {mime!r}.", mime=mime),
            hint=say("Use one of these types: {extensions}.", extensions=listed(EXTENSIONS)),
        )
    return extension


def parse_cover(response: Response) -> str:
    """Return the URL of the stored cover, as it is to be submitted (sections 3.4 and 5).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    data = member_object(open_envelope(response, Step.COVER, Envelope.CODE), "data", Step.COVER)
    return member_url(data, "url", Step.COVER)
