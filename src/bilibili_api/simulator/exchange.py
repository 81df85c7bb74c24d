"""What the simulator saw and what it said: one `Exchange` per request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from bilibili_api.simulator.faults import Fault

Step = Literal[
    "key",
    "login",
    "preupload",
    "chunk",
    "complete",
    "cover",
    "submit",
    "edit",
    "missions",
    "view",
    "probe",
    "init",
    "part",
    "object",
    "archives",
    "tags",
    "topics",
    "zones",
    "qr",
    "poll",
    "confirm",
    "captcha",
    "sms",
    "verify",
    "info",
    "correspond",
    "refresh",
    "nav",
    "buvid",
    "logout",
    "delete",
    "season",
    "subtitle",
]
STEPS: tuple[Step, ...] = get_args(Step)

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form, in the order in which it came.

    `value` is None for a file, of which only the length in bytes and the md5 are kept.
    """

    name: str
    value: str | None = field(default=None, repr=False)
    filename: str | None = None
    content_type: str | None = None
    size: int = 0
    md5: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The head of a request, before its body was looked at.

    Everything that may hold a secret stays out of the `repr`.

    Attributes:
        step: which step of an upload this is, or None for anything else.
        host: the name in the Host header, without the port.
        target: path and query byte for byte as they came.
        query: decoded names and values in the order in which they came.
        headers: names as they were sent.
        chunk: index of the chunk, on the step "chunk", as far as the body told it.
        part: number of the part, from 1, on the step "part".
        interface: which way of submitting or of storing a cover was used, e.g. "web".
        source: the address that the connection came from.
    """

    step: Step | None
    method: str
    scheme: str
    host: str
    path: str
    target: str = field(repr=False)
    query: Pairs = field(repr=False)
    headers: Pairs = field(repr=False)
    chunk: int | None = None
    part: int | None = None
    interface: str | None = None
    source: str = ""

    @property
    def query_string(self) -> str:
        """The query as it came, undecoded."""
        return self.target.partition("?")[2]

    def query_value(self, name: str) -> str | None:
        """Return the first value of a query parameter, or None."""
        return _first(self.query, name)

    def header(self, name: str) -> str | None:
        """Return the first header of that name in any case, or None."""
        return _first(tuple((key.lower(), value) for key, value in self.headers), name.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange(Received):
    """One request and what became of it.

    Attributes:
        fields: the fields of a form, files without their bytes.
        json: the parsed JSON body, or None.
        status: HTTP status of the answer; None when the connection ended without one.
        answer: the parsed JSON of the answer, else its text; None like `status`.
        fault: the ordered fault that took the place of the usual behaviour, if any.
        taken: bytes of the body that were read, also of a request that broke off.
    """

    fields: tuple[Field, ...] = ()
    json: Any = field(default=None, repr=False)
    status: int | None = None
    answer: Any = field(default=None, repr=False)
    fault: Fault | None = None
    taken: int = 0

    def field_value(self, name: str) -> str | None:
        """Return the text of the first form field of that name, or None."""
        return next((item.value for item in self.fields if item.name == name), None)


def _first(pairs: Pairs, name: str) -> str | None:
    return next((value for key, value in pairs if key == name), None)
