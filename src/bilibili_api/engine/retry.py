"""When to try again: a calculator without a clock, and one loop that obeys it."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar, cast

from bilibili_api.exceptions import (
    ApiException,
    NetworkException,
    ProxyFailed,
    ResponseCodeException,
    Retry,
    Unreachable,
)
from bilibili_api.frozen import frozen
from bilibili_api.protocol.codes import Step, rule_for

from .waits import Waits

if TYPE_CHECKING:
    from .options import Options
    from .pacer import Turns

T = TypeVar("T")

Leave = Callable[[ApiException], Awaitable[bool]]
"""Is told what fails, and says whether it can be done elsewhere."""


@frozen
class Backoff:
    """Exponential back-off with jitter and a budget in time.

    Attributes:
        first: Seconds before the second attempt.
        cap: The longest wait, in seconds.
        budget: Seconds that all attempts and waits may take together.
        refusals: The most repetitions after a plain `OK` other than 1, or None: as for any error.
        outage: Seconds for which the network may be away instead of `budget`, as far as the caller's
            patience lasts.
    """

    first: float = 1.0
    cap: float = 60.0
    budget: float = 900.0
    refusals: int | None = None
    outage: float = 0.0

    def wait(
        self, error: ApiException, step: Step, attempt: int, spent: float, dice: float, patience: float = 0.0
    ) -> float | None:
        """Seconds before the next attempt, or None: give up.

        Args:
            error: What the last attempt failed with.
            step: The step it failed at; section 8.2 may prescribe a wait for its code.
            attempt: How many attempts failed like this, from 1.
            spent: Seconds that they took, with the waits between them.
            dice: A number in [0, 1).
            patience: Seconds for which the network may be away, if the step outlasts it (`outage`).
        """
        rule = rule_for(step, _code(error))
        if rule.kind == error.kind and rule.attempts is not None:
            return rule.wait_before(attempt) if attempt <= rule.attempts else None
        if error.retry is not Retry.SAME:
            return None
        if self.refusals is not None and error.kind == "NOT_OK" and attempt > self.refusals:
            return None
        asked = error.retry_after if isinstance(error, NetworkException) else None
        delay = min(self.cap, self.first * 2.0 ** min(attempt - 1, 32)) * (0.5 + dice / 2)
        delay = max(delay, asked or 0.0)
        cut_off = isinstance(error, Unreachable)
        budget = max(self.budget, min(self.outage, patience)) if cut_off else self.budget
        return delay if spent + delay <= budget else None


def _code(error: ApiException) -> int:
    if isinstance(error, ResponseCodeException):
        return error.code
    return error.status if isinstance(error, NetworkException) else 0


_MINUTES: Final = 900.0
_ANY: Final = math.inf
"""As long as the caller's patience lasts (`Patience.outage`): nothing reached the server, nothing is lost."""

BACKOFF: Final = {
    Step.KEY: Backoff(budget=120, outage=_MINUTES),
    Step.LOGIN: Backoff(budget=120, outage=_MINUTES),
    Step.PROBE: Backoff(budget=20, outage=_ANY),
    Step.PREUPLOAD: Backoff(budget=600, outage=_ANY),
    Step.INIT: Backoff(first=0.2, budget=300, outage=_ANY),
    Step.CHUNK: Backoff(first=0.5, outage=_ANY),
    # Giving up here loses everything uploaded.
    Step.COMPLETE: Backoff(first=2, budget=1800, refusals=3, outage=_ANY),
    Step.COVER: Backoff(budget=300, outage=_ANY),
    Step.SUBMIT: Backoff(first=5, budget=600, outage=_ANY),
    Step.EDIT: Backoff(first=5, budget=300, outage=_MINUTES),  # each attempt reads the archive anew
    Step.SEASON: Backoff(first=2, budget=120, outage=_MINUTES),
    Step.SUBTITLE: Backoff(first=2, budget=120, outage=_MINUTES),
    Step.MISSIONS: Backoff(budget=30),
    Step.TAGS: Backoff(budget=30),
    Step.TOPICS: Backoff(budget=30),
    Step.FORM: Backoff(budget=30),
    Step.QR: Backoff(budget=60),
    Step.SMS: Backoff(budget=30),
    Step.CAPTCHA: Backoff(budget=60),
    Step.VERIFY: Backoff(budget=60),
    Step.INFO: Backoff(budget=60, outage=_MINUTES),
    Step.RENEW: Backoff(budget=120, outage=_MINUTES),
    Step.LOGOUT: Backoff(budget=60),
    Step.ARCHIVES: Backoff(budget=120, outage=_MINUTES),  # tells whether a submission went through
}
"""One policy a step. The budget counts from the first attempt; for chunks, from the last stored one."""

_LONGEST: Final = 120.0
"""Seconds that one attempt counts at most: one that took longer made progress, or the machine slept."""


@dataclass(slots=True)
class _Account:
    """How often something failed in one way, and what that has cost in seconds."""

    count: int = 0
    spent: float = 0.0


class Effort:
    """What was spent on one thing that will not go well.

    Waits are counted as they were meant and attempts up to `_LONGEST`, whatever a clock says, so that neither
    a machine that slept nor a slow link uses up a budget. Each kind of error has an account of its own: the
    hours for which a limit was waited for do not shorten the patience with a server in trouble. Any answer
    ends an outage of the network.
    """

    def __init__(self, step: Step, options: Options) -> None:
        self._step = step
        self._world = options.world
        self._patience = options.patience.outage
        self._begun = 0.0
        self._accounts: dict[str, _Account] = {}

    def begins(self) -> None:
        """Note the beginning of an attempt."""
        self._begun = self._world.elapsed()

    def failed(self, error: ApiException) -> int:
        """Note the end of an attempt; return how many have ended like this."""
        if not isinstance(error, Unreachable):
            for outage in (Unreachable.kind, ProxyFailed.kind):
                self._accounts.pop(outage, None)
        account = self._accounts.setdefault(error.kind, _Account())
        account.count += 1
        account.spent += min(self._world.elapsed() - self._begun, _LONGEST)
        return account.count

    def renew(self) -> None:
        """Others make progress: the budgets begin anew, the pauses go on growing."""
        for account in self._accounts.values():
            account.spent = 0.0

    async def wait(self, error: ApiException, leave: Leave | None = None) -> float | None:
        """Seconds before the next attempt, or None: give up.

        Args:
            error: What `failed` was told last.
            leave: Goes elsewhere when the budget is spent, before an outage is waited through; then `error`
                says so.
        """
        seconds = self._wait(error, through_outage=leave is None)
        if seconds is not None or leave is None or error.retry is not Retry.SAME:
            return seconds
        if await leave(error):
            error.retry = Retry.OTHER_LINE
            return None
        return self._wait(error, through_outage=True)

    def _wait(self, error: ApiException, *, through_outage: bool) -> float | None:
        account = self._accounts[error.kind]
        patience = self._patience if through_outage else 0.0
        dice = self._world.dice()
        seconds = BACKOFF[self._step].wait(error, self._step, account.count, account.spent, dice, patience)
        account.spent += seconds or 0.0
        return seconds


async def persist(
    step: Step,
    attempt: Callable[[], Awaitable[T]],
    options: Options,
    waits: Waits | None = None,
    *,
    turns: Turns | None = None,
    leave: Leave | None = None,
) -> T:
    """Call `attempt` until it succeeds or the policy of `step` says that nothing helps.

    Args:
        step: What is attempted.
        attempt: Makes one attempt.
        options: Clock, dice and patience.
        waits: Where waits are told; None: in the log only.
        turns: By which the uploads of an account keep together to its limits.
        leave: As for `Effort.wait`.

    Raises:
        ApiException: The error of the last attempt.
    """
    waits, effort = waits or Waits(options.world), Effort(step, options)
    while True:
        if turns is not None:
            await waits.turn(turns)
        effort.begins()
        try:
            return await attempt()
        except ApiException as error:
            count = effort.failed(error)
            wait = await effort.wait(error, leave)
            if wait is None:
                raise
            failure = error
        if turns is not None:
            await turns.failed(failure, wait)
        await waits.retry(step.value, failure, wait, count)


def one_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one error a caller expects of several that ended tasks together: one of ours if there is any."""
    leaves = [_leaf(error) for error in group.exceptions]
    return next((leaf for leaf in leaves if isinstance(leaf, ApiException)), leaves[0])


def _leaf(error: BaseException) -> BaseException:
    if isinstance(error, BaseExceptionGroup):
        return one_error(cast("BaseExceptionGroup[BaseException]", error))
    return error
