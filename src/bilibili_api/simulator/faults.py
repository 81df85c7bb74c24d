"""What can go wrong with a request, and how each looks to the client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from bilibili_api.simulator.answers import (
    CAPTCHA,
    NOT_LOGGED_IN,
    PART_TAKEN,
    PHONE_CHECK,
    TICKET_EXPIRED,
    TOO_FAST,
)
from bilibili_api.simulator.exchange import STEPS
from bilibili_api.simulator.lines import is_storage
from bilibili_api.simulator.reply import JSON, NOT_JSON, Reply, json_reply, refusal, success

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bilibili_api.simulator.exchange import Received, Step

_LINE: tuple[Step, ...] = ("preupload", "chunk", "complete", "probe", "init", "part")
_ENVELOPE: tuple[Step, ...] = (
    "key",
    "login",
    "cover",
    "submit",
    "edit",
    "missions",
    "view",
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
    "refresh",
    "nav",
    "buvid",
    "logout",
    "delete",
    "season",
    "subtitle",
)


@dataclass(frozen=True, slots=True)
class Status:
    """An HTTP status with a page of text: what a gateway says when the service behind it is gone."""

    code: int
    steps: ClassVar[Collection[Step]] = STEPS

    def answer(self, _asked: Received) -> Reply:
        """Return what the client gets."""
        return Reply(self.code, f"<html><body>{self.code}</body></html>".encode(), NOT_JSON)


@dataclass(frozen=True, slots=True)
class NotOk:
    """`{"OK": 0, "info": ...}` of preupload, chunk and complete (sections 3.1 to 3.3)."""

    info: str = "server busy"
    ok: int = 0
    status: int = 200
    steps: ClassVar[Collection[Step]] = _LINE

    def answer(self, asked: Received) -> Reply:
        """Return what the client gets."""
        content_type = (
            NOT_JSON if asked.step in {"chunk", "complete"} and not is_storage(asked.host) else JSON
        )
        return json_reply({"OK": self.ok, "info": self.info}, status=self.status, content_type=content_type)


@dataclass(frozen=True, slots=True)
class Code:
    """A code of passport or member (section 8.2) in the usual envelope, with HTTP 200."""

    code: int
    message: str = "refused on order"
    data: object = None
    steps: ClassVar[Collection[Step]] = _ENVELOPE

    def answer(self, _asked: Received) -> Reply:
        """Return what the client gets."""
        return refusal(self.code, self.message, self.data)


@dataclass(frozen=True, slots=True)
class Answer:
    """Any bytes at all."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html"
    steps: ClassVar[Collection[Step]] = STEPS

    def answer(self, _asked: Received) -> Reply:
        """Return what the client gets."""
        return Reply(self.status, self.body, self.content_type)


@dataclass(frozen=True, slots=True)
class Captcha:
    """A person has to solve a captcha: -105 at login, 601 with a voucher at preupload and submit."""

    steps: ClassVar[Collection[Step]] = tuple(CAPTCHA)

    def answer(self, asked: Received) -> Reply:
        """Return what the client gets."""
        return CAPTCHA[_step_of(asked)]


@dataclass(frozen=True, slots=True)
class PhoneCheck:
    """The login answers code 0, but status 2 and no token: verify the phone first (section 2.2)."""

    steps: ClassVar[Collection[Step]] = ("login",)

    def answer(self, _asked: Received) -> Reply:
        """Return what the client gets."""
        return success(PHONE_CHECK)


@dataclass(frozen=True, slots=True)
class ExpiredToken:
    """The login, the signed URL or the ticket is no longer valid.

    HTTP 403 from preupload and the lines, from UPOS with `X-Upos-Auth: AUTH_TS_GT_5DAY`; -101 elsewhere.
    """

    steps: ClassVar[Collection[Step]] = tuple(NOT_LOGGED_IN)

    def answer(self, asked: Received) -> Reply:
        """Return what the client gets."""
        return TICKET_EXPIRED if is_storage(asked.host) else NOT_LOGGED_IN[_step_of(asked)]


@dataclass(frozen=True, slots=True)
class RateLimited:
    """Too many requests: 406 with 601 at preupload, 21070 at submit, 429 for chunks and parts, else -799."""

    steps: ClassVar[Collection[Step]] = tuple(TOO_FAST)

    def answer(self, asked: Received) -> Reply:
        """Return what the client gets."""
        return TOO_FAST[_step_of(asked)]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A part is answered as if it had been taken, but is not: its completion will miss it (section 4.5)."""

    steps: ClassVar[Collection[Step]] = ("part",)

    def answer(self, _asked: Received) -> Reply:
        """Return what the client gets."""
        return PART_TAKEN


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection is reset once this many bytes of the body were read; nothing is processed."""

    after: int = 0
    steps: ClassVar[Collection[Step]] = STEPS


@dataclass(frozen=True, slots=True)
class Stall:
    """Nothing is read any more after this many bytes of the body, and nothing answered, ever.

    It ends when the client goes away or the simulator closes.
    """

    after: int = 0
    steps: ClassVar[Collection[Step]] = STEPS


@dataclass(frozen=True, slots=True)
class LostAnswer:
    """The request is processed as usual, but its answer never comes.

    The connection is reset instead; or, where a status is given, a gateway answers that with a page of text;
    or, where it is silent, nothing happens until the client goes away or the simulator closes.
    """

    status: int | None = None
    silent: bool = False
    steps: ClassVar[Collection[Step]] = STEPS


@dataclass(frozen=True, slots=True)
class Altered:
    """The request is processed as usual, then this function makes another answer of the JSON of its answer.

    For what the document leaves open: `Altered(lambda answer: {**answer, "data": None})`.
    """

    change: Callable[[Any], Any]
    steps: ClassVar[Collection[Step]] = _ENVELOPE


@dataclass(frozen=True, slots=True)
class Slow:
    """The body is read at this rate, then processed as usual."""

    bytes_per_second: float
    steps: ClassVar[Collection[Step]] = STEPS


@dataclass(frozen=True, slots=True)
class Latency:
    """The request waits this long before anything of its body is read, then goes on as usual."""

    seconds: float
    steps: ClassVar[Collection[Step]] = STEPS


Answering: TypeAlias = (
    Status | NotOk | Code | Answer | Captcha | PhoneCheck | ExpiredToken | RateLimited | Forgotten
)
Pacing: TypeAlias = Slow | Latency
Deciding: TypeAlias = Answering | Altered | Cut | Stall | LostAnswer
Fault: TypeAlias = Deciding | Pacing


def _step_of(asked: Received) -> Step:
    if asked.step is None:
        raise ValueError("a fault hits only requests that belong to a step")
    return asked.step
