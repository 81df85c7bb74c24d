"""Faults on order: what goes wrong, on which step, how often.

rule = sim.faults.add("chunk", Status(503), times=3)   # the next three chunks
sim.faults.add("submit", LostAnswer())                 # times=1 unless said otherwise
await rule.fired.wait()
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, TypeAlias

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
)

_SEVERAL_WAYS: tuple[Step, ...] = (
    "cover",
    "submit",
    "login",
    "qr",
    "poll",
    "confirm",
    "sms",
    "verify",
    "info",
    "refresh",
    "nav",
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
    """The request is processed as usual, then the connection is reset instead of an answer."""

    steps: ClassVar[Collection[Step]] = STEPS


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
Deciding: TypeAlias = Answering | Cut | Stall | LostAnswer
Fault: TypeAlias = Deciding | Pacing


def _step_of(asked: Received) -> Step:
    if asked.step is None:
        raise ValueError("a fault hits only requests that belong to a step")
    return asked.step


@dataclass(slots=True, eq=False)
class Rule:
    """One ordered fault.

    Attributes:
        hits: how often it has taken effect so far.
        fired: set when it takes effect for the first time. A `Stall` or `Cut` takes effect when its
            byte is reached, so a test that waits for it knows where the upload stands.
    """

    step: Step
    fault: Fault
    times: int | None = 1
    after: int = 0
    chunk: int | None = None
    part: int | None = None
    host: str | None = None
    interface: str | None = None
    when: Callable[[Received], bool] | None = None
    hits: int = 0
    fired: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: int = 0
    _taken: int = 0

    def takes(self, received: Received) -> bool:
        """Decide whether this request gets the fault, and count it."""
        if self.times is not None and self._taken >= self.times:
            return False
        if not self._concerns(received):
            return False
        self._seen += 1
        if self._seen <= self.after:
            return False
        self._taken += 1
        return True

    def fire(self) -> None:
        """Record that the fault takes effect now."""
        self.hits += 1
        self.fired.set()

    def _concerns(self, received: Received) -> bool:
        return (
            received.step == self.step
            and self.chunk in {None, received.chunk}
            and self.part in {None, received.part}
            and self.host in {None, received.host}
            and self.interface in {None, received.interface}
            and (self.when is None or self.when(received))
        )


class Faults:
    """The faults on order, in the order in which they were added.

    Of those that end or answer a request, the first one due gets it and the later ones do not see
    it; `Slow` and `Latency` join whatever else happens.
    """

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(
        self,
        step: Step,
        fault: Fault,
        *,
        times: int | None = 1,
        after: int = 0,
        chunk: int | None = None,
        part: int | None = None,
        host: str | None = None,
        interface: str | None = None,
        when: Callable[[Received], bool] | None = None,
    ) -> Rule:
        """Order a fault.

        Args:
            step: which request it hits.
            fault: what happens to it.
            times: how many requests it hits; None for all.
            after: how many requests that it concerns pass first.
            chunk: only the chunk of this index (from 0), on the step "chunk".
            part: only the part of this number (from 1), on the step "part".
            host: only requests to this host.
            interface: only this of several ways to do the same, e.g. "web" on the step "submit"; not on
                steps of which there is one way only.
            when: only requests for which this returns True; it sees the head of the request.

        Raises:
            ValueError: there is no such step, or the fault does not exist on it.
        """
        if step not in STEPS:
            raise ValueError(f"no step is called {step!r}; there are {', '.join(STEPS)}")
        if step not in fault.steps:
            raise ValueError(f"{fault!r} does not exist on {step!r}; use it on {', '.join(fault.steps)}")
        if chunk is not None and step != "chunk":
            raise ValueError(f"chunk={chunk} only makes sense on the step 'chunk', not on {step!r}")
        if part is not None and step != "part":
            raise ValueError(f"part={part} only makes sense on the step 'part', not on {step!r}")
        if interface is not None and step not in _SEVERAL_WAYS:
            raise ValueError(
                f"interface={interface!r} only makes sense on {', '.join(_SEVERAL_WAYS)}, not on {step!r}"
            )
        rule = Rule(step, fault, times, after, chunk, part, host, interface, when)
        self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Cancel all orders; requests already hit stay hit."""
        self._rules.clear()

    def due(self, received: Received) -> tuple[list[tuple[Rule, Pacing]], tuple[Rule, Deciding] | None]:
        """Return the rules that slow this request down, and the one that decides its end, if any."""
        pacing: list[tuple[Rule, Pacing]] = []
        deciding: tuple[Rule, Deciding] | None = None
        for rule in self._rules:
            if isinstance(rule.fault, Slow | Latency):
                if rule.takes(received):
                    pacing.append((rule, rule.fault))
            elif deciding is None and rule.takes(received):
                deciding = rule, rule.fault
        return pacing, deciding
