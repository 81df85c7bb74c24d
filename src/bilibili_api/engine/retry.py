"""When to try again: a calculator without a clock, and one loop that obeys it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar, cast

from bilibili_api.exceptions import ApiException, NetworkException, ResponseCodeException, Retry
from bilibili_api.protocol.codes import Step, rule_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .options import Options

T = TypeVar("T")

log = logging.getLogger("bilibili_api")


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off with jitter and a budget in time.

    Attributes:
        first: Seconds before the second attempt.
        cap: The longest wait, in seconds.
        budget: Seconds that all attempts and waits may take together.
        refusals: The most repetitions after a plain `OK` other than 1, or None: as for any error.
    """

    first: float = 1.0
    cap: float = 60.0
    budget: float = 900.0
    refusals: int | None = None

    def wait(self, error: ApiException, step: Step, attempt: int, spent: float, dice: float) -> float | None:
        """Seconds before the next attempt, or None: give up.

        Args:
            error: What the last attempt failed with.
            step: The step it failed at; section 8.2 may prescribe a wait for its code.
            attempt: How many attempts were made, from 1.
            spent: Seconds since the first attempt or the last success.
            dice: A number in [0, 1).
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
        return delay if spent + delay <= self.budget else None


def _code(error: ApiException) -> int:
    if isinstance(error, ResponseCodeException):
        return error.code
    return error.status if isinstance(error, NetworkException) else 0


BACKOFF: Final = {
    Step.KEY: Backoff(budget=120),
    Step.LOGIN: Backoff(budget=120),
    Step.PROBE: Backoff(budget=20),
    Step.PREUPLOAD: Backoff(budget=600),
    Step.INIT: Backoff(first=0.2, budget=300),
    Step.CHUNK: Backoff(first=0.5),
    Step.COMPLETE: Backoff(first=2, budget=1800, refusals=3),  # giving up here loses everything uploaded
    Step.COVER: Backoff(budget=300),
    Step.SUBMIT: Backoff(first=5, budget=600),
    Step.MISSIONS: Backoff(budget=30),
    Step.TAGS: Backoff(budget=30),
    Step.TOPICS: Backoff(budget=30),
    Step.FORM: Backoff(budget=30),
    Step.QR: Backoff(budget=60),
    Step.SMS: Backoff(budget=30),
    Step.CAPTCHA: Backoff(budget=60),
    Step.VERIFY: Backoff(budget=60),
    Step.INFO: Backoff(budget=60),
    Step.RENEW: Backoff(budget=120),
    Step.LOGOUT: Backoff(budget=60),
    Step.ARCHIVES: Backoff(budget=120),  # tells whether a submission whose answer was lost went through
}
"""One policy a step. The budget counts from the first attempt; for chunks, from the last stored one."""


async def persist(step: Step, attempt: Callable[[], Awaitable[T]], options: Options) -> T:
    """Call `attempt` until it succeeds or the policy of `step` says that nothing helps.

    Raises:
        ApiException: The error of the last attempt.
    """
    world = options.world
    begun, count = world.elapsed(), 0
    while True:
        try:
            return await attempt()
        except ApiException as error:
            count += 1
            wait = BACKOFF[step].wait(error, step, count, world.elapsed() - begun, world.dice())
            if wait is None:
                raise
            announce(step.value, error, wait)
        await world.sleep(wait)


def one_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one error a caller expects of several that ended tasks together: one of ours if there is any."""
    leaves = [_leaf(error) for error in group.exceptions]
    return next((leaf for leaf in leaves if isinstance(leaf, ApiException)), leaves[0])


def _leaf(error: BaseException) -> BaseException:
    if isinstance(error, BaseExceptionGroup):
        return one_error(cast("BaseExceptionGroup[BaseException]", error))
    return error


def announce(what: str, error: ApiException, wait: float) -> None:
    """Tell the log what is tried again, why and when."""
    log.warning("%s: %s Trying again in %.1f s.", what, error, wait)
