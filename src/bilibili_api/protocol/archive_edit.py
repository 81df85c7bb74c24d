"""The edit of an archive on the wire (protocol document, section 7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import LoginLacks, ResponseCodeException
from bilibili_api.saying import say

from .browser import logged_in
from .codes import Step
from .pc import MEMBER
from .submit import write_json
from .wire import Envelope, Request, open_envelope, serialise

if TYPE_CHECKING:
    from .drafts import Draft
    from .interfaces import Access
    from .wire import Response

_UNCHANGED: Final = -304
"""Nothing was changed: the archive is as it was to be (section 8.2)."""


def edit_request(access: Access, draft: Draft) -> Request:
    """Build the edit: the whole metadata and all parts (section 7.3). What it lacks is lost.

    Raises:
        LoginLacks: The login has no cookies. An edit by token alone (`app/edit/full`) would have to be made
            from a view that does not show all it must repeat.
        ArgsException: The metadata cannot be written as JSON.
    """
    cookies = access.cookies
    if cookies is None:
        raise LoginLacks(say("Editing an archive"), "cookies")
    query = serialise({"t": str(access.now * 1000), "csrf": cookies.csrf})
    headers = {**logged_in(cookies), "Content-Type": "application/json; charset=utf-8"}
    body = write_json({**draft.body(), "csrf": cookies.csrf})
    return Request(Step.EDIT, "POST", f"{MEMBER}/x/vu/web/edit?{query}", headers, body)


def parse_edited(response: Response) -> None:
    """Read the answer to `edit_request`.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says; the edit may be done all the same.
    """
    try:
        open_envelope(response, Step.EDIT, Envelope.CODE)
    except ResponseCodeException as error:
        if error.code != _UNCHANGED:
            raise
