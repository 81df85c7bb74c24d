"""What hosts really do, counted fairly however many streams share the way."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from bilibili_api.engine.flow import Flow
from bilibili_api.engine.line_choice import By
from bilibili_api.engine.throughput import ENOUGH, LONG_ENOUGH, Throughput

MIB = 1024 * 1024
A, B = "a", "b"


class Clock:
    """Moves when told."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throughput(clock: Clock) -> Throughput:
    return Throughput(clock)


class Taken(Flow):
    """Of which the peer has taken so much."""

    def __init__(self, taken: int) -> None:
        super().__init__()
        self._now = taken

    @property
    def taken(self) -> int:
        return self._now


def put(throughput: Throughput, clock: Clock, host: str, size: int, seconds: float) -> None:
    with throughput.stream(host, Flow(), size):
        clock.time += seconds


def rate_of(throughput: Throughput, host: str) -> float:
    seen = throughput.of(host)
    assert seen is not None
    return seen.rate


def test_one_stream_does_what_it_sends_in_its_time(throughput: Throughput, clock: Clock):
    """Two MiB in half a second."""
    put(throughput, clock, A, 2 * MIB, 0.5)
    assert rate_of(throughput, A) == 4 * MIB


def test_streams_that_share_a_way_do_together_what_the_way_gives(throughput: Throughput, clock: Clock):
    """Four at once, each with a quarter of 8 MiB/s."""
    with ExitStack() as streams:
        for _ in range(4):
            streams.enter_context(throughput.stream(A, Flow(), 2 * MIB))
        clock.time += 1
    seen = throughput.of(A)
    assert seen is not None
    assert (seen.rate, seen.streams, seen.by) == (8 * MIB, pytest.approx(4), By.PARTS)


def test_hosts_at_work_at_the_same_time_are_compared_by_their_streams(throughput: Throughput, clock: Clock):
    """Three streams at one host, one at another, which takes twice as much in the same time."""
    with ExitStack() as streams:
        for _ in range(3):
            streams.enter_context(throughput.stream(A, Flow(), 2 * MIB))
        streams.enter_context(throughput.stream(B, Flow(), 4 * MIB))
        clock.time += 1
    assert (rate_of(throughput, A), rate_of(throughput, B)) == (8 * MIB, 16 * MIB)


def test_a_change_of_the_number_of_streams_does_not_change_what_the_way_gives(
    throughput: Throughput, clock: Clock
):
    """A second alone at 8 MiB/s, then one at half of it beside another."""
    with throughput.stream(A, Flow(), 12 * MIB):
        clock.time += 1
        with throughput.stream(B, Flow(), 4 * MIB):
            clock.time += 1
    assert (rate_of(throughput, A), rate_of(throughput, B)) == (8 * MIB, 8 * MIB)


def test_what_is_under_way_counts(throughput: Throughput, clock: Clock):
    """A host that falls silent is seen to, before a part of it has ended."""
    put(throughput, clock, A, 8 * MIB, 1)
    with throughput.stream(A, Taken(MIB), 8 * MIB):
        clock.time += 60
        assert rate_of(throughput, A) < MIB


def test_of_a_part_that_failed_counts_what_was_taken(throughput: Throughput, clock: Clock):
    """And all of its time."""

    def fails() -> None:
        with throughput.stream(A, Taken(20 * MIB), 80 * MIB):
            clock.time += 20
            raise ConnectionError

    with pytest.raises(ConnectionError):
        fails()
    assert rate_of(throughput, A) == MIB


def test_the_last_parts_tell(throughput: Throughput, clock: Clock):
    """Ten fast ones are forgotten after a few slow ones."""
    for _ in range(10):
        put(throughput, clock, A, 8 * MIB, 1)
    for _ in range(3):
        put(throughput, clock, A, MIB, 1)
    assert rate_of(throughput, A) < 3 * MIB


@pytest.mark.parametrize(
    ("size", "seconds", "is_known"),
    [
        (ENOUGH - 1, 1, False),
        (ENOUGH, 1, True),
        (1, LONG_ENOUGH - 1, False),
        (1, LONG_ENOUGH, True),
        (ENOUGH, 0, False),
    ],
)
def test_a_host_is_judged_by_enough_bytes_or_enough_time(
    throughput: Throughput, clock: Clock, size: int, seconds: float, is_known: bool
):
    """The first streams are still getting up to speed; what takes no time tells nothing."""
    put(throughput, clock, A, size, seconds)
    assert (throughput.of(A) is not None) is is_known


@pytest.mark.parametrize(("seconds", "is_known"), [(LONG_ENOUGH - 1, False), (LONG_ENOUGH, True)])
def test_a_first_part_under_way_is_given_time(
    throughput: Throughput, clock: Clock, seconds: float, is_known: bool
):
    """A stream over a long way takes seconds until it is up to speed."""
    with throughput.stream(A, Taken(5 * MIB), 10 * MIB):
        clock.time += seconds
        assert (throughput.of(A) is not None) is is_known


def test_of_a_host_that_was_sent_nothing_nothing_is_known(throughput: Throughput):
    """It is not slow."""
    assert (throughput.of(A), throughput.hosts) == (None, ())


def test_what_was_seen_can_be_forgotten_also_of_what_is_under_way(throughput: Throughput, clock: Clock):
    """Of a body only the rest counts, and only the time that it takes."""
    put(throughput, clock, A, 50 * MIB, 1)
    flow = Taken(10 * MIB)
    with throughput.stream(B, flow, 30 * MIB):
        clock.time += 100
        throughput.forget()
        clock.time += 2
    assert throughput.of(A) is None
    assert rate_of(throughput, B) == 10 * MIB
