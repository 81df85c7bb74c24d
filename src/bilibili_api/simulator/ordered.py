"""Faults on order: which request gets which, how often.

rule = sim.faults.add("chunk", Status(503), times=3)   # the next three chunks
sim.faults.add("submit", LostAnswer())                 # times=1 unless said otherwise
await rule.fired.wait()
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bilibili_api.simulator.exchange import STEPS
from bilibili_api.simulator.faults import Latency, Slow

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator.exchange import Received, Step
    from bilibili_api.simulator.faults import Deciding, Fault, Pacing

# Steps that several URLs are for.
_SEVERAL_WAYS: tuple[Step, ...] = (
    "cover",
    "submit",
    "edit",
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
