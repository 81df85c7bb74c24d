"""How many chunks are to be in flight at once: a calculator without a clock.

It tries sizes, remembers the rate of each, and keeps the smallest that is as good as the best. It begins
small and doubles as long as that makes the whole faster. Later it looks now and then whether more or fewer
would do better, since links change: the more seldom, the more a look that failed has cost. Bytes of attempts
that fail are bytes lost, and when half of the attempts fail, the size is halved at once (protocol document,
section 4.7).
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Final

from bilibili_api.frozen import frozen
from bilibili_api.saying import say

START: Final = 2
"""Chunks in flight at first."""
SETTLE: Final = 0.7
"""Seconds after a change that tell nothing: connections are being made and get up to speed."""
TRIAL: Final = 2.0
"""Seconds, at least, for which a size is measured."""
LONGEST_TRIAL: Final = 15.0
"""Seconds after which even a slow link has told enough."""
ROUND: Final = 6.0
"""Seconds, at most, in which each stream should end a chunk: buffers on the way take bytes in bursts."""
ENOUGH: Final = 128 * 1024
"""Bytes that each stream should have moved until a size is judged."""

SOARS: Final = 1.25
"""How many times as fast the ramp must have become to go on before the end of a trial."""
GROWS: Final = 1.05
"""How many times as fast another size must be to be better."""
BEATS: Final = 1.1
"""How many times as fast another size must have been for the best one to be left at once."""
SAME: Final = 0.98
"""What part of the best rate a smaller size may have and still be as good as the best."""
CHANGED: Final = 0.4
"""By what part a rate must be off, twice in a row, for the link to count as another one."""
SMOOTH: Final = 0.4
"""Weight of the latest trial of the best size."""

PAUSES: Final = (6.0, 120.0)
"""Seconds between two looks at another size: the fewest, and the most that looks in vain lead to."""
COST: Final = 6
"""How many times as long as a look in vain took, until it was undone, nothing is looked for afterwards."""
AT_THE_TOP: Final = 30.0
"""Seconds until the first look where each doubling has paid: that fewer do as well is not likely."""
LONGEST_PAUSE: Final = 300.0
"""Seconds after which it is looked for again, whatever the look before cost: links change."""

FEW: Final = 4
"""Failures below which nothing is concluded from their number."""
TROUBLE: Final = 0.4
"""The share of attempts that must fail beyond the usual one for the size to be halved."""
NORMAL: Final = 0.2
"""The largest share of failures that is taken for the weather and not for too many streams."""
DOUBT: Final = 24
"""For how many attempts the usual share of failures counts beside those of one trial."""
MEMORY: Final = 0.8
"""What part of the attempts before counts for the usual share after each trial."""


@frozen
class Sample:
    """What was seen in one interval.

    Attributes:
        seconds: Its length.
        taken: Bytes that the other side took.
        busy: Streams that were at work at its end.
        stored: Chunks that were stored.
        failed: Attempts at a chunk that failed.
    """

    seconds: float
    taken: int
    busy: int
    stored: int = 0
    failed: int = 0

    def __add__(self, other: Sample) -> Sample:
        return Sample(
            self.seconds + other.seconds,
            self.taken + other.taken,
            other.busy,
            self.stored + other.stored,
            self.failed + other.failed,
        )


class Phase(Enum):
    """What the present size is for."""

    RAMP = "ramp"
    """It doubles as long as that pays."""
    HOME = "home"
    """It is the best that is known."""
    LOOK = "look"
    """It is compared with the best that is known."""


_NOTHING: Final = Sample(0.0, 0, 0)


@frozen
class Window:
    """How many streams there should be, and what that is known from.

    Attributes:
        ceiling: The most there may be.
        size: How many there should be now.
        rates: Bytes a second by size, wasted ones left out; 0: not known.
        reason: Why it is that size, in a few words.
        phase: What the present size is for.
        home: The best size that is known; 0: none.
        trial: What was seen of the present size since it settled; failures also before.
        settled: Seconds since as many streams were at work as there should be.
        usual: Chunks stored and attempts that failed at the best size, older ones counting less.
        pause: Seconds between two looks.
        left: Seconds until the next look.
        spent: Seconds that the latest look has taken until it was undone; 0: it was worth it.
        upward: Whether the next look is at a larger size.
        odd: How many trials in a row did not fit what was known.
        ended: Attempts that ended since the best size is this one.
    """

    ceiling: int
    size: int
    rates: tuple[float, ...]
    reason: str = say("start")
    phase: Phase = Phase.RAMP
    home: int = 0
    trial: Sample = _NOTHING
    settled: float = 0.0
    usual: tuple[float, float] = (0.0, 0.0)
    pause: float = PAUSES[0]
    left: float = PAUSES[0]
    spent: float = 0.0
    upward: bool = True
    odd: int = 0
    ended: int = 0

    @classmethod
    def begin(cls, ceiling: int) -> Window:
        """Return the window of an upload that knows nothing yet."""
        return cls(ceiling, min(START, ceiling), (0.0,) * (ceiling + 1))


def within(window: Window, ceiling: int) -> Window:
    """Return the window with another ceiling; what is known of sizes below it stays known."""
    rates = (*window.rates[: ceiling + 1], *(0.0,) * (ceiling - window.ceiling))
    bound = replace(window, ceiling=ceiling, rates=rates, home=min(window.home, ceiling))
    return bound if window.size <= ceiling else _at_home(bound, ceiling, say("the line bears no more"))


def after(window: Window, sample: Sample) -> Window:
    """Return the window that follows from what was seen in one interval."""
    spends = window.phase is Phase.LOOK or window.spent > 0
    window = replace(window, spent=window.spent + sample.seconds if spends else 0.0)
    if sample.busy > window.size:  # it has shrunk; some still end what they had begun
        return replace(window, trial=_NOTHING, settled=0.0)
    settled = window.settled + sample.seconds if sample.busy == window.size else 0.0
    tells = settled > SETTLE
    counted = sample if tells else replace(sample, seconds=0.0, taken=0)
    window = replace(window, trial=window.trial + counted, settled=settled)
    if _is_in_trouble(window):
        return _flee(window)
    if tells and window.phase is Phase.RAMP and _soars(window, sample):
        return _soar(window, sample.taken / sample.seconds)
    return _judge(window) if _is_enough(window) else window


def _is_in_trouble(window: Window) -> bool:
    failed = window.trial.failed
    attempts = failed + window.trial.stored
    usual = min(_usual_share(window), NORMAL)
    return window.size > 1 and failed >= FEW and failed >= (usual + TROUBLE) * attempts


def _flee(window: Window) -> Window:
    """Halve, and forget what larger sizes seemed to reach."""
    size = window.size // 2
    rates = tuple(rate if number <= size else 0.0 for number, rate in enumerate(window.rates))
    fled = replace(window, rates=rates, usual=(0.0, 0.0), pause=PAUSES[0], spent=0.0)
    return _at_home(fled, size, say("attempts fail"))


def _soars(window: Window, sample: Sample) -> bool:
    """Whether the ramp need not wait for the end of a trial."""
    has_moved = window.trial.taken >= ENOUGH * window.size
    return has_moved and sample.taken >= SOARS * window.rates[window.home] * sample.seconds


def _soar(window: Window, rate: float) -> Window:
    """Grow on the word of one sample; at the top nothing is known for certain yet."""
    if window.size >= window.ceiling:
        return replace(_at_home(window, window.size, say("more are not allowed")), left=AT_THE_TOP)
    return _grow(_learn(window, rate))


def _is_enough(window: Window) -> bool:
    trial = window.trial
    has_ended = trial.stored + trial.failed >= window.size or trial.seconds >= ROUND
    is_long = trial.seconds >= TRIAL and trial.taken >= ENOUGH * window.size and has_ended
    return trial.taken > 0 and (is_long or trial.seconds >= LONGEST_TRIAL)


def _judge(window: Window) -> Window:
    """Draw the conclusion of a trial."""
    rate = _good_rate(window)
    if window.phase is Phase.HOME:
        return _live(window, rate)
    learned = _learn(window, rate)
    if window.phase is Phase.LOOK:
        return _end_look(learned, rate)
    if rate >= GROWS * window.rates[window.home] and window.size < window.ceiling:
        return _grow(learned)
    back = _at_home(replace(learned, upward=False), _best(learned), say("more streams are not faster"))
    return back if back.size == window.size else _learn(back, 0.0)  # one sample was all that spoke for it


def _good_rate(window: Window) -> float:
    """Bytes a second in the trial, less those of attempts that fail."""
    trial = window.trial
    share = (trial.failed + DOUBT * _usual_share(window)) / (trial.stored + trial.failed + DOUBT)
    return trial.taken / trial.seconds * (1 - share)


def _usual_share(window: Window) -> float:
    stored, failed = window.usual
    return failed / (stored + failed) if failed else 0.0


def _learn(window: Window, rate: float) -> Window:
    rates = (*window.rates[: window.size], rate, *window.rates[window.size + 1 :])
    return replace(window, rates=rates)


def _best(window: Window) -> int:
    """The smallest size that is known to be as good as the best."""
    enough = SAME * max(window.rates)
    return next(size for size, rate in enumerate(window.rates) if size and rate >= enough)


def _resize(window: Window, size: int, phase: Phase, reason: str) -> Window:
    size = min(size, window.ceiling)
    return replace(window, size=size, phase=phase, reason=reason, trial=_NOTHING, settled=0.0)


def _at_home(window: Window, size: int, reason: str) -> Window:
    home = replace(window, home=size, left=window.pause, odd=0, ended=0)
    if size == window.size:  # it has settled already
        return replace(home, phase=Phase.HOME, reason=reason, trial=_NOTHING)
    return _resize(home, size, Phase.HOME, reason)


def _grow(window: Window) -> Window:
    """Go on with the ramp."""
    return _resize(
        replace(window, home=window.size), 2 * window.size, Phase.RAMP, say("more streams are faster")
    )


def _live(window: Window, rate: float) -> Window:
    """Learn from another trial of the best size; look elsewhere when it is time."""
    before, trial = window.rates[window.size], window.trial
    stored, failed = window.usual
    is_odd = before > 0 and abs(rate - before) > CHANGED * before
    window = replace(
        window,
        usual=(MEMORY * stored + trial.stored, MEMORY * failed + trial.failed),
        odd=window.odd + 1 if is_odd else 0,
        left=max(window.left, min(COST * window.spent, LONGEST_PAUSE)) - trial.seconds,
        spent=0.0,
        ended=window.ended + trial.stored + trial.failed,
        trial=_NOTHING,
    )
    if window.odd >= 2:  # the link is another one: what is known of other sizes was of the one before
        fresh = replace(window, rates=(0.0,) * len(window.rates), pause=PAUSES[0], left=0.0, odd=0)
        return _look(_learn(fresh, rate))
    window = _learn(window, before + SMOOTH * (rate - before) if before else rate)
    best = max(range(len(window.rates)), key=window.rates.__getitem__)
    if best < window.size and window.rates[best] >= BEATS * window.rates[window.size]:
        return _at_home(_cap(window), best, say("it did better before"))
    if best > window.size and window.rates[best] >= GROWS * window.rates[window.size]:
        window = replace(window, upward=True)
    has_told = window.ended >= window.size or not window.upward
    return _look(window) if window.left <= 0 and has_told else window


def _cap(window: Window) -> Window:
    """Do not believe in larger sizes what has not come true here: they were not seen for as long."""
    most = window.rates[window.size]
    rates = (min(rate, most) if size > window.size else rate for size, rate in enumerate(window.rates))
    return replace(window, rates=tuple(rates))


def _look(window: Window) -> Window:
    """Compare with a larger or a smaller size; where one is out of reach, with the other."""
    if window.ceiling == 1:
        return replace(window, left=window.pause)
    upward = window.home == 1 or (window.upward and window.home < window.ceiling)
    size = _larger(window) if upward else _smaller(window)
    return _resize(replace(window, upward=upward), size, Phase.LOOK, say("looking for better"))


def _larger(window: Window) -> int:
    """Half as many more, or half the way to a size that is known to be no better."""
    home = window.home
    known = next((size for size in range(home + 1, window.ceiling + 1) if window.rates[size]), 0)
    if known and window.rates[known] >= GROWS * window.rates[home]:
        return known
    return max(home + 1, (home + known) // 2 if known else home + home // 2)


def _smaller(window: Window) -> int:
    """A quarter less, or half the way to a size that is known to be worse."""
    home = window.home
    known = next((size for size in range(home - 1, 0, -1) if window.rates[size]), 0)
    return min(home - 1, (home + known + 1) // 2 if known else home - home // 4)


def _end_look(window: Window, rate: float) -> Window:
    """Stay if it is better here, and soon look further. Else go back, and look the other way later."""
    is_larger = window.size > window.home
    enough = GROWS * window.rates[window.home] if is_larger else SAME * max(window.rates)
    if rate >= enough:
        reason = say("more streams are faster") if is_larger else say("fewer do as well")
        better = _at_home(replace(window, pause=PAUSES[0], spent=0.0), window.size, reason)
        return replace(better, left=0.0)
    reason = say("more streams are not faster") if is_larger else say("fewer are slower")
    pause = min(2 * window.pause, PAUSES[1])
    return _at_home(replace(window, pause=pause, upward=not window.upward), window.home, reason)
