"""What crosses between engine and protocol: `Request`, `Response`, and how answers are read (section 8.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import quote, urlsplit

from bilibili_api.exceptions import ResponseException, Retry
from bilibili_api.frozen import frozen
from bilibili_api.redaction import scrub_text
from bilibili_api.saying import say

from .codes import STORAGE, Step, is_known, not_ok, refusal
from .statuses import status_error

if TYPE_CHECKING:
    from .bodies import Body

JsonObject = Mapping[str, object]

_UNRESERVED: Final = "-._~"
_DEEPEST: Final = 50
_LONGEST: Final = 300
_URL: Final = re.compile(
    r"https?://(?:[A-Z0-9_-]{1,63}\.)*[A-Z0-9_-]{1,63}(?::(?P<port>[0-9]{1,5}))?(?:[/?][!-\"$-~]*)?",
    re.IGNORECASE | re.ASCII,
)
"""RFC 3986 with a named host; visible ASCII throughout, for the URL is sent byte for byte."""


def percent_encode(value: str) -> str:
    """Percent-encode as RFC 3986 does, `/` included (section 1.1).

    What UTF-8 cannot express (half of a surrogate pair, an undecodable byte of a file name) becomes `?`.
    """
    return quote(value, safe=_UNRESERVED, errors="replace")


def serialise(pairs: Mapping[str, str] | tuple[tuple[str, str], ...]) -> str:
    """Serialise names and values as `k=v` joined by `&`, values percent-encoded, in the order given."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return "&".join(f"{name}={percent_encode(value)}" for name, value in items)


@frozen
class Request:
    """One HTTP request, ready to be sent byte for byte.

    Attributes:
        step: Which step of an upload this is; decides how its errors are read.
        method: `GET`, `POST`, ...
        url: The whole URL, already percent-encoded. Never shown: it may be signed or carry a token.
        headers: Header fields besides those HTTP itself needs.
        body: The body.
    """

    step: Step
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: Body = field(default=b"", repr=False)

    @property
    def host(self) -> str:
        """The host the request goes to."""
        return urlsplit(self.url).hostname or ""

    @property
    def place(self) -> str:
        """Host and path, safe to be shown."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}{parts.path}"


@frozen
class Response:
    """One HTTP answer, read whole.

    Attributes:
        status: The HTTP status.
        headers: Header fields; names in lower case. Cookies that are set stand one a line in `set-cookie`.
        body: The body as it came.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)


class Envelope(Enum):
    """How an answer tells success (section 8.1)."""

    CODE = "code"
    """`code` 0, with `message` and `data`."""
    OK = "OK"
    """`OK` 1, with `info`, `message` or `error`."""


def read_json(response: Response, step: Step) -> JsonObject:
    """Parse the body as a JSON object, whatever its declared content type (section 3.1, quirk 1).

    Raises:
        NetworkException: The status is an error and the body explains nothing.
        ResponseException: The body is not a JSON object.
    """
    try:
        parsed: object = json.loads(response.body)
    except (ValueError, RecursionError):
        parsed = None
    if not _deeper_than(_DEEPEST, parsed) and isinstance(parsed, dict):
        return cast("JsonObject", parsed)
    if response.status >= 300:
        raise status_error(step, response.status, "", response.headers)
    start = plain(response.body[:60].decode("utf-8", "replace"))
    raise unexpected(step, say("is not a JSON object of sensible depth; it begins {start!r}", start=start))


def _deeper_than(limit: int, value: object) -> bool:
    """Return whether JSON is nested deeper than `limit`, without recursion of its own."""
    level: list[object] = [value]
    for _ in range(limit):
        inner: list[object] = []
        for member in level:
            if isinstance(member, dict):
                inner.extend(cast("dict[str, object]", member).values())
            elif isinstance(member, list):
                inner.extend(cast("list[object]", member))
        if not inner:
            return False
        level = inner
    return True


def open_envelope(response: Response, step: Step, envelope: Envelope) -> JsonObject:
    """Return the parsed answer if it says success, else raise the error that names the cause.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: The answer carries an error code, positive or negative.
        ResponseException: The answer is not what the protocol says.
    """
    answer = read_json(response, step)
    success = 1 if envelope is Envelope.OK else 0
    if response.status < 300 and _integer(answer.get(envelope.value)) == success:
        return answer
    code = _integer(answer.get("code"))
    if code and (response.status < 300 or (step not in STORAGE and is_known(step, code))):
        raise refusal(step, code, message_of(answer), answer)
    if response.status >= 300:
        raise status_error(step, response.status, message_of(answer), response.headers)
    if envelope is Envelope.OK and "OK" in answer:
        raise not_ok(step, message_of(answer), answer)
    raise unexpected(step, say("says neither success nor an error code"))


def unexpected(step: Step, what: str) -> ResponseException:
    """Make the error for an answer that is not what the protocol says (sections 3.1 to 3.3)."""
    retry = Retry.SAME if step in STORAGE else Retry.NO
    return ResponseException(say("The answer to {step} {what}.", step=step.value, what=what), retry=retry)


def message_of(answer: JsonObject) -> str:
    """The text by which an answer explains itself: completion says `info`, others `message` or `error`."""
    for name in ("info", "message", "error"):
        text = answer.get(name)
        if isinstance(text, str) and plain(text):
            return plain(text)
    return ""


def plain(text: str) -> str:
    """Return text from outside as one printable line of bounded length, its secrets masked.

    Backslashes go as well: JSON quoted within JSON would hide names and URLs from the masking behind them.
    """
    line = " ".join(text[:_LONGEST].split())
    return scrub_text("".join(char for char in line if char.isprintable() and char != "\\"))


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def member_int(answer: JsonObject, name: str, step: Step) -> int:
    """Return a whole number of 64 bits: what is larger is no number of anything, and no database takes it.

    Raises:
        ResponseException: It is missing, too large or of another type.
    """
    value = _integer(answer.get(name))
    if value is None or abs(value) >= 2**63:
        raise unexpected(step, say("lacks the number {name!r}", name=name))
    return value


def member_str(answer: JsonObject, name: str, step: Step) -> str:
    """Return a non-empty text.

    Raises:
        ResponseException: It is missing or of another type.
    """
    value = answer.get(name)
    if isinstance(value, str) and value:
        return value
    raise unexpected(step, say("lacks the text {name!r}", name=name))


def member_object(answer: JsonObject, name: str, step: Step) -> JsonObject:
    """Return an object.

    Raises:
        ResponseException: It is missing or of another type.
    """
    value = answer.get(name)
    if isinstance(value, dict):
        return cast("JsonObject", value)
    raise unexpected(step, say("lacks the object {name!r}", name=name))


def member_url(answer: JsonObject, name: str, step: Step) -> str:
    """Return an absolute http or https URL as it came: percent-encoded, without user name or fragment.

    Raises:
        ResponseException: It is missing or not such a URL. The URL itself is not shown: it may be signed.
    """
    url = member_str(answer, name, step)
    match = _URL.fullmatch(url)
    if match is None or int(match["port"] or 0) > 65535:
        raise unexpected(step, say("has no usable http or https URL in {name!r}", name=name))
    return url
