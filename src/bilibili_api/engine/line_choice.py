"""Which line is the best, and is another so much better that one is left? Pure: measurements in, words out.

A line is known by what parts really achieved on it, of which the network's memory tells for a day, and by the
small transfer that the server asks to measure it with (protocol document, section 4.1).
"""

from __future__ import annotations

import time
from enum import Enum
from typing import TYPE_CHECKING, Final

from bilibili_api.amounts import rate_text
from bilibili_api.frozen import frozen
from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bilibili_api.protocol.lines import Line

REMEMBERED: Final = 86400.0
"""Seconds for which what a line was seen to do counts."""
SKEW: Final = 3600.0
"""Seconds by which a clock may have gone back meanwhile; what lies further ahead was noted by a wrong one."""
PROMISED: Final = 1 / 2
"""How much of what a line promises when it is measured counts beside what others did."""
OUTDONE: Final = 2.0
"""How many times as fast another line was, for the one that a caller has chosen to be remarked on."""


class By(Enum):
    """By what something was seen."""

    PARTS = "parts"
    """Parts of this upload."""
    MEMORY = "memory"
    """Parts of an earlier one on this network."""
    PROBE = "probe"
    """The small transfer by which lines are measured. A stream has hardly begun then: it does more later."""


FRACTION: Final[Mapping[By, float]] = {By.PARTS: 1 / 2, By.MEMORY: 1 / 3, By.PROBE: 3 / 4}
"""What does less than this of what another was seen to do is left."""


@frozen
class Measured:
    """What measuring a line gave.

    Attributes:
        line: The line.
        latency: Seconds until its connection stood; where that is not to be seen, until its answer.
        rate: Bytes per second of the small transfer; None where nothing was sent, or in no time.
    """

    line: Line
    latency: float
    rate: float | None = None

    @property
    def mark(self) -> float:
        """By what lines that were measured in the same way are compared: the more the better."""
        return self.rate or (1 / self.latency if self.latency > 0 else 0.0)


@frozen
class Seen:
    """What a line, or one of its hosts, was seen to do.

    Attributes:
        rate: Bytes per second of all streams together, as if all had gone there.
        streams: How many streams there were, on average.
        when: Unix seconds.
        by: By what it was seen.
    """

    rate: float
    streams: float = 1.0
    when: float = 0.0
    by: By = By.MEMORY

    def is_fresh(self, now: float) -> bool:
        """Whether it still counts at `now`, Unix seconds."""
        return -SKEW <= now - self.when <= REMEMBERED


@frozen
class Choice:
    """A line, and in words why it stands where it stands."""

    line: Line
    reason: str


def ranking(measured: Sequence[Measured], seen: Mapping[str, Seen], now: float) -> tuple[Choice, ...]:
    """Order lines by what may be expected of them, the best first.

    What parts achieved counts whole, what a measurement promises a half (`PROMISED`), so that a line that is
    good is not left for one that seems to be a little better.

    Args:
        measured: The lines that answered, in the order of their answers.
        seen: What is known of lines by their names; what is too old is left out.
        now: Unix seconds.
    """
    known = {name: each for name, each in seen.items() if each.is_fresh(now)}

    def expected(each: Measured) -> tuple[float, float]:
        did = known.get(each.line.name)
        return did.rate if did is not None else PROMISED * (each.rate or 0.0), each.mark

    order = sorted(measured, key=expected, reverse=True)  # of equals the one that answered first
    following: list[Measured | None] = [*order, None][1:]
    return tuple(
        Choice(each.line, _reason(each, after, known, now))
        for each, after in zip(order, following, strict=True)
    )


def _reason(each: Measured, after: Measured | None, known: Mapping[str, Seen], now: float) -> str:
    if (seen := known.get(each.line.name)) is not None:
        return say("{rate} measured {when}", rate=rate_text(seen.rate), when=_when(seen, now))
    if after is None:
        only = say("the only one that answers")
        return say("{only}, {answer}", only=only, answer=_answer(each)) if each.latency else only
    if not each.latency:
        return say("answered first")
    name = after.line.name
    if name in known:
        rest = say("{line}, which did {rate} on this network", line=name, rate=rate_text(known[name].rate))
    else:
        rest = say("{line} with {rate}", line=name, rate=rate_text(after.rate)) if after.rate else name
    return say("answered {answer}; the next is {rest}", answer=_answer(each), rest=rest)


def _answer(each: Measured) -> str:
    within = 1000 * each.latency
    if not each.rate:
        return say("in {milliseconds:.0f} ms", milliseconds=within)
    return say("in {milliseconds:.0f} ms at {rate}", milliseconds=within, rate=rate_text(each.rate))


def _when(seen: Seen, now: float) -> str:
    if seen.by is By.PARTS:
        return say("in this upload")
    then, today = time.localtime(seen.when), time.localtime(now)
    clock = time.strftime("%H:%M", then)
    if then[:3] == today[:3]:
        return say("today {time} on this network", time=clock)
    return say("yesterday {time} on this network", time=clock)


def faster(present: Seen, others: Mapping[str, Seen]) -> str | None:
    """Return which of the others was seen to do so much more that the present one is to be left, or None.

    With fewer streams than the other one had, it need only do its share of that.
    """
    left_for = {
        name: share
        for name, other in others.items()
        if present.rate
        < (share := other.rate * min(1.0, present.streams / other.streams)) * _fraction(present, other)
    }
    return max(left_for, key=lambda name: left_for[name], default=None)


def outdone(name: str, seen: Mapping[str, Seen], now: float) -> str:
    """Say which line was seen to be much faster than the one that the caller has chosen; empty: none was.

    Args:
        name: The line of the caller's choice.
        seen: What is known of lines by their names; what is too old is left out.
        now: Unix seconds.
    """
    known = {line: each for line, each in seen.items() if each.is_fresh(now)}
    present = known.pop(name, None)
    if present is None or present.rate <= 0:
        return ""
    times = {
        line: each.rate * min(1.0, present.streams / each.streams) / present.rate
        for line, each in known.items()
    }
    best = max(times, key=lambda line: times[line], default=None)
    if best is None or times[best] < OUTDONE:
        return ""
    return say(
        "line {line} was chosen by you; {other} was {times:.1f} times as fast {when}",
        line=name,
        other=best,
        times=times[best],
        when=_when(known[best], now),
    )


def _fraction(present: Seen, other: Seen) -> float:
    """A promise alone is no reason to leave what has done well here before it has got a part."""
    if other.by is By.PROBE and present.by is not By.PARTS:
        return PROMISED
    return FRACTION[other.by]


def is_slower(name: str, present: Seen, other: str, seen: Seen) -> str:
    """Say why one is left for another."""
    now, then = rate_text(present.rate), rate_text(seen.rate)
    slow = (
        say("{line} does {rate} now", line=name, rate=now)
        if present.by is By.PARTS
        else say("{line} did {rate}", line=name, rate=now)
    )
    match seen.by:
        case By.PARTS:
            fast = say("{line} did {rate}", line=other, rate=then)
        case By.MEMORY:
            fast = say("{line} was seen to do {rate}", line=other, rate=then)
        case By.PROBE:
            fast = say("{line} promises {rate}", line=other, rate=then)
    return say("{slow}, {fast}", slow=slow, fast=fast)
