"""When something is tried again, and when nothing helps: `Backoff.wait`, `persist`, `one_error` as tables."""

from __future__ import annotations

import pytest
from tests.kit import FakeWorld

from bilibili_api.engine.options import Options
from bilibili_api.engine.retry import BACKOFF, Backoff, one_error, persist
from bilibili_api.exceptions import (
    ApiException,
    ConnectionLost,
    NetworkException,
    ResponseException,
    Retry,
    SourceChanged,
    SubmissionUnknown,
    Unreachable,
)
from bilibili_api.protocol.codes import RULES, Step, not_ok, refusal
from bilibili_api.protocol.statuses import status_error


def waits(step: Step, error: ApiException, *, dice: float = 0.5, most: int = 40) -> list[float]:
    """All waits that the policy of `step` grants while the same error comes again and again."""
    granted: list[float] = []
    while len(granted) < most:
        wait = BACKOFF[step].wait(error, step, len(granted) + 1, sum(granted), dice)
        if wait is None:
            return granted
        granted.append(wait)
    return granted


def code(step: Step, number: int) -> ApiException:
    return refusal(step, number, "no", {})


def status(step: Step, number: int, **headers: str) -> ApiException:
    return status_error(step, number, "", headers)


PRESCRIBED: list[tuple[Step, int, list[float]]] = [
    # step, code, every wait in seconds until it gives up (section 8.2)
    (Step.SUBMIT, 21070, [30.0] * 5),
    (Step.SUBMIT, 21186, [30.0] * 5),
    (Step.SUBMIT, 20001, [5.0, 10.0, 15.0, 20.0, 25.0]),
    (Step.SUBMIT, 21005, [5.0]),
    (Step.SUBMIT, 21590, []),
    (Step.SUBMIT, 21150, []),
    (Step.SUBMIT, 21564, []),
    (Step.SUBMIT, 137022, []),
    (Step.SUBMIT, 21566, []),
    (Step.SUBMIT, 601, []),
    (Step.SUBMIT, 21001, []),
    (Step.SUBMIT, 21103, []),
    (Step.SUBMIT, -500, []),
    (Step.SUBMIT, -101, []),
    (Step.PREUPLOAD, 601, [600.0, 1200.0, 1800.0, 2400.0, 3000.0, 3600.0]),
    (Step.PREUPLOAD, 406, [600.0, 1200.0, 1800.0, 2400.0, 3000.0, 3600.0]),
    (Step.PREUPLOAD, -101, []),
    (Step.PREUPLOAD, -412, []),
    (Step.LOGIN, -629, []),
    (Step.LOGIN, -105, []),
    (Step.LOGIN, 86066, []),
    (Step.LOGIN, -662, []),
    *[(step, -799, [60.0, 120.0, 180.0, 240.0, 300.0]) for step in Step],
    *[(step, -352, []) for step in Step],
]


@pytest.mark.parametrize(("step", "number", "expected"), PRESCRIBED)
def test_a_known_code_is_waited_for_as_the_table_prescribes(step: Step, number: int, expected: list[float]):
    """Each code has its pauses and its number of repetitions."""
    assert waits(step, code(step, number)) == expected


@pytest.mark.parametrize("step", Step)
def test_of_all_known_codes_only_those_that_pass_are_tried_again(step: Step):
    """As often as the table says; where it leaves that open, more than once; what needs something else, never."""
    for rule in RULES:
        for number in rule.codes if step in rule.steps else ():
            granted = waits(step, code(step, number))
            if rule.attempts is not None:
                assert len(granted) == rule.attempts, number
            else:
                assert len(granted) > 1 if rule.retry is Retry.SAME else granted == [], number


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("number", [1, 77777, -77777, 21012, 10010])
def test_an_unknown_code_is_never_tried_again(step: Step, number: int):
    """Positive or negative: what is not in the table is shown to the user instead."""
    assert waits(step, code(step, number)) == []


@pytest.mark.parametrize(("number", "granted"), [(406, True), (403, False), (412, False), (404, False)])
def test_a_status_of_preupload_is_waited_for_only_where_it_helps(number: int, granted: bool):
    """HTTP 406 means too fast; the others are not mended by waiting here."""
    assert waits(Step.PREUPLOAD, status(Step.PREUPLOAD, number)) == (
        [600.0, 1200.0, 1800.0, 2400.0, 3000.0, 3600.0] if granted else []
    )


@pytest.mark.parametrize("number", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("step", [Step.CHUNK, Step.COMPLETE, Step.PREUPLOAD, Step.COVER, Step.LOGIN])
def test_a_status_that_passes_is_tried_again_until_the_budget_is_spent(step: Step, number: int):
    """408, 429 and 5xx are backed off from, and the waits stay within the budget of the step."""
    granted = waits(step, status(step, number), most=10_000)
    assert len(granted) >= 3
    assert sum(granted) <= BACKOFF[step].budget


@pytest.mark.parametrize("number", [301, 302, 400, 401, 405, 410, 413, 415])
@pytest.mark.parametrize("step", Step)
def test_a_status_that_stays_is_not_tried_again(step: Step, number: int):
    """A request the server finds wrong is not sent twice, nor is a redirect followed."""
    assert waits(step, status(step, number)) == []


@pytest.mark.parametrize("number", [403, 404])
def test_a_dead_target_is_not_asked_again(number: int):
    """A new ticket helps against it, not another attempt."""
    error = status(Step.CHUNK, number)
    assert (waits(Step.CHUNK, error), error.retry) == ([], Retry.NEW_TICKET)


def test_a_chunk_that_was_not_ok_is_tried_again():
    """`OK` other than 1 without a code may pass: the same bytes may be sent again."""
    assert len(waits(Step.CHUNK, not_ok(Step.CHUNK, "busy", {"OK": 0}))) >= 5


def test_a_completion_that_was_not_ok_is_tried_three_times_more():
    """What the server holds is not what was sent: another target helps, half an hour of asking does not."""
    assert len(waits(Step.COMPLETE, not_ok(Step.COMPLETE, "wrong md5", {"OK": 0}))) == 3


def test_a_preupload_that_was_not_ok_is_final():
    """A refused ticket stays refused."""
    assert waits(Step.PREUPLOAD, not_ok(Step.PREUPLOAD, "no", {"OK": 0})) == []


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("error", [Unreachable("gone"), ConnectionLost("gone")], ids=["unreachable", "lost"])
def test_a_connection_error_is_tried_again_with_growing_waits(step: Step, error: NetworkException):
    """Each wait doubles up to the cap, and all of them fit into the budget in time, not into a count."""
    granted, policy = waits(step, error, most=10_000), BACKOFF[step]
    doubled = [min(policy.cap, policy.first * 2**n) * 0.75 for n in range(len(granted))]
    assert granted == doubled
    assert sum(granted) <= policy.budget
    assert sum(granted) + policy.cap > policy.budget - policy.cap


@pytest.mark.parametrize(
    "error", [ConnectionLost("no", retry=Retry.NO), ResponseException("odd"), SubmissionUnknown("lost")]
)
@pytest.mark.parametrize("step", Step)
def test_what_nothing_helps_against_is_not_tried_again(step: Step, error: ApiException):
    """An untrusted certificate, an odd answer, a lost submission."""
    assert waits(step, error) == []


@pytest.mark.parametrize(("dice", "expected"), [(0.0, 2.0), (0.5, 3.0), (1.0, 4.0)])
def test_jitter_takes_up_to_half_of_a_wait(dice: float, expected: float):
    """The third wait of a policy that begins with 1 s lies between 2 and 4 s."""
    assert Backoff().wait(ConnectionLost("gone"), Step.COVER, 3, 0.0, dice) == expected


def test_a_very_late_attempt_waits_no_longer_than_the_cap():
    """Doubling never overflows."""
    assert Backoff(cap=60).wait(ConnectionLost("gone"), Step.CHUNK, 5000, 0.0, 1.0) == 60


@pytest.mark.parametrize("number", [429, 503])
def test_the_server_may_ask_for_a_longer_wait(number: int):
    """`Retry-After` is obeyed to the second."""
    error = status(Step.CHUNK, number, **{"retry-after": "120"})
    assert Backoff().wait(error, Step.CHUNK, 1, 0.0, 0.9) == 120


def test_the_server_cannot_ask_for_a_shorter_wait():
    """`Retry-After: 0` does not make a crowd of clients knock without pause."""
    error = status(Step.CHUNK, 503, **{"retry-after": "0"})
    assert Backoff().wait(error, Step.CHUNK, 1, 0.0, 0.0) == 0.5


def test_a_wait_that_the_server_asks_for_counts_against_the_budget():
    """Who asks for an hour where ten minutes are left is told to the user instead."""
    error = status(Step.CHUNK, 503, **{"retry-after": "3600"})
    assert Backoff(budget=600).wait(error, Step.CHUNK, 1, 0.0, 0.5) is None


@pytest.mark.parametrize(("spent", "expected"), [(0.0, 0.75), (99.25, 0.75), (99.26, None), (500.0, None)])
def test_the_budget_counts_the_time_spent_and_the_wait_itself(spent: float, expected: float | None):
    """Nothing is waited for beyond the budget."""
    assert Backoff(budget=100).wait(ConnectionLost("gone"), Step.CHUNK, 1, spent, 0.5) == expected


def test_every_step_has_a_policy():
    """No step falls back on a default by accident."""
    assert set(BACKOFF) == set(Step)


async def test_persist_returns_what_the_first_success_gives(fake: FakeWorld):
    """Failures before it cost their waits and nothing else."""
    errors: list[ApiException] = [ConnectionLost("one"), ConnectionLost("two")]

    async def attempt() -> str:
        if errors:
            raise errors.pop(0)
        return "done"

    assert await persist(Step.COVER, attempt, Options(world=fake.world)) == "done"
    assert fake.naps == [0.75, 1.5]


async def test_persist_raises_the_error_of_the_last_attempt(fake: FakeWorld):
    """Nobody waits after it."""
    errors: list[ApiException] = [ConnectionLost("one"), ResponseException("two")]

    async def attempt() -> None:
        raise errors.pop(0)

    with pytest.raises(ResponseException, match="two"):
        await persist(Step.COVER, attempt, Options(world=fake.world))
    assert fake.naps == [0.75]


async def test_persist_lets_other_errors_pass(fake: FakeWorld):
    """A mistake in the program is not tried again."""

    async def attempt() -> None:
        raise KeyError("a mistake")

    with pytest.raises(KeyError):
        await persist(Step.COVER, attempt, Options(world=fake.world))
    assert fake.naps == []


async def test_the_time_that_attempts_take_counts_against_the_budget():
    """A server that hangs for minutes before each failure is not asked for ever."""
    fake = FakeWorld()
    calls: list[float] = []

    async def attempt() -> None:
        calls.append(fake.world.elapsed())
        fake.naps.append(100.0)
        raise ConnectionLost("gone")

    with pytest.raises(ConnectionLost):
        await persist(Step.KEY, attempt, Options(world=fake.world))
    assert len(calls) == 2


OURS, LOST, FOREIGN = SourceChanged("shrank"), ConnectionLost("gone"), RuntimeError("a mistake")


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([OURS], OURS),
        ([FOREIGN], FOREIGN),
        ([FOREIGN, OURS], OURS),
        ([ExceptionGroup("inner", [FOREIGN, ExceptionGroup("innermost", [OURS])])], OURS),
        ([LOST, OURS], LOST),
    ],
)
def test_one_error_prefers_ours_and_the_first(errors: list[Exception], expected: Exception):
    """However deeply nested, the caller gets the error that has a hint."""
    assert one_error(ExceptionGroup("tasks", errors)) is expected


def test_one_error_finds_ours_behind_another_in_a_nested_group():
    """A mistake beside it in the same inner group does not hide it."""
    inner = BaseExceptionGroup("inner", [FOREIGN, OURS])
    assert one_error(BaseExceptionGroup("tasks", [KeyError("x"), inner])) is OURS
