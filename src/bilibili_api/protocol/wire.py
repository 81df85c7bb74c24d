"""What crosses between engine and protocol: `Request`, `Response`, and how answers are read (section 8.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, cast
from urllib.parse import quote, urlsplit

from ..exceptions import ResponseException
from .codes import Step, is_known, not_ok, refusal, status_error

JsonObject = Mapping[str, object]

_UNRESERVED: Final = "-._~"


def percent_encode(value: str) -> str:
    """Percent-encode as RFC 3986 does, `/` included (section 1.1)."""
    return quote(value, safe=_UNRESERVED)


def serialise(pairs: Mapping[str, str] | tuple[tuple[str, str], ...]) -> str:
    """Serialise names and values as `k=v` joined by `&`, values percent-encoded, in the order given."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return "&".join(f"{name}={percent_encode(value)}" for name, value in items)


@dataclass(frozen=True, slots=True)
class Framed:
    """A body in three pieces: the content stays where it is and is not copied into the frame around it.

    Attributes:
        head: Bytes before the content.
        content: The content; the caller keeps its buffer untouched until the answer has come.
        tail: Bytes after the content.
    """

    head: bytes = field(repr=False)
    content: memoryview = field(repr=False)
    tail: bytes = field(repr=False)

    def __len__(self) -> int:
        return len(self.head) + self.content.nbytes + len(self.tail)


@dataclass(frozen=True, slots=True)
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
    body: bytes | Framed = field(default=b"", repr=False)

    @property
    def host(self) -> str:
        """The host the request goes to."""
        return urlsplit(self.url).hostname or ""

    @property
    def place(self) -> str:
        """Host and path, safe to be shown."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}{parts.path}"


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer, read whole.

    Attributes:
        status: The HTTP status.
        headers: Header fields; names in lower case.
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


def multipart(fields: Mapping[str, str], filename: str, content_type: str, content: memoryview, mark: str) -> tuple[str, Framed]:
    """Frame `fields` and one file, named `file`, as multipart/form-data.

    Args:
        fields: Form fields, sent in this order before the file.
        filename: Name of the file.
        content_type: MIME type of the file.
        content: The bytes of the file.
        mark: Text that makes the boundary unlike anything in the content; a digest of it will do.

    Returns:
        The value of the `Content-Type` header, and the body.
    """
    boundary = f"----bvup{mark}"
    lines = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    safe = filename.replace("\\", "_").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    lines.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{safe}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    )
    head = "".join(lines).encode("utf-8", "surrogateescape")
    return f"multipart/form-data; boundary={boundary}", Framed(head, content, f"\r\n--{boundary}--\r\n".encode())


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
    if isinstance(parsed, dict):
        return cast("JsonObject", parsed)
    if response.status >= 300:
        raise status_error(step, response.status, "", response.headers)
    start = response.body[:60].decode("utf-8", "replace")
    raise ResponseException(f"The answer to {step.value} is not a JSON object; it begins {start!r}.")


def open_envelope(response: Response, step: Step, envelope: Envelope) -> JsonObject:
    """Return the parsed answer if it says success, else raise the error that names the cause.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: The answer carries an error code, positive or negative.
        ResponseException: The answer is not what the protocol says.
    """
    answer = read_json(response, step)
    success = 1 if envelope is Envelope.OK else 0
    state = answer.get(envelope.value)
    if response.status < 300 and state == success and not isinstance(state, bool):
        return answer
    code = answer.get("code")
    if isinstance(code, int) and code != 0 and (response.status < 300 or is_known(step, code)):
        raise refusal(step, code, message_of(answer), answer)
    if response.status >= 300:
        raise status_error(step, response.status, message_of(answer), response.headers)
    if envelope is Envelope.OK and "OK" in answer:
        raise not_ok(step, message_of(answer), answer)
    raise ResponseException(f"The answer to {step.value} says neither success nor an error code.")


def message_of(answer: JsonObject) -> str:
    """The text by which an answer explains itself: completion says `info`, others `message` or `error`."""
    for name in ("info", "message", "error"):
        text = answer.get(name)
        if isinstance(text, str) and text:
            return text
    return ""


def member_str(answer: JsonObject, name: str, step: Step) -> str:
    """Return a non-empty text member.

    Raises:
        ResponseException: It is missing or of another type.
    """
    value = answer.get(name)
    if isinstance(value, str) and value:
        return value
    raise ResponseException(f"The answer to {step.value} lacks {name!r}.")


def member_object(answer: JsonObject, name: str, step: Step) -> JsonObject:
    """Return an object member.

    Raises:
        ResponseException: It is missing or of another type.
    """
    value = answer.get(name)
    if isinstance(value, dict):
        return cast("JsonObject", value)
    raise ResponseException(f"The answer to {step.value} lacks {name!r}.")

