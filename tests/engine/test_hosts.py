"""Which host takes the next part: `HostBook` as a table, then hosts that really fail (section 4.8)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.today import BDA2, BLDSA, PARTS, TX, Today, simulator_of_today

from bilibili_api.engine.hosts import Faster, HostBook
from bilibili_api.simulator import Cut, ExpiredToken, LostAnswer, Slow, Stall, Status
from bilibili_api.video_uploader import Patience

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Fault, Simulator
    from bilibili_api.video_uploader import Options

A, B, C = "a", "b", "c"

HISTORIES: list[tuple[str, str]] = [
    # what happened: +host succeeded, -host failed, !host did not know the upload; then who is picked
    ("", A),
    ("+a", A),
    ("-a", B),
    ("-a +b", B),
    ("-a -b", C),
    ("-a -b -c", A),
    ("-a -b -c -a", B),
    ("-a -a +a -b -c", A),
    ("-a -a -a +a -b -c", A),
    ("-a -a -a -a +a -b -c", B),
    ("!a", A),
    ("!b -a", C),
    ("!b !c -a", A),
    ("!b !b !c !c -a -a", A),
    ("-a !b -c", A),
    ("-a -a !b -c", C),
    ("!b +b -a -c", A),
    ("!b -b -a -c", A),
]


def book_after(history: Sequence[str]) -> HostBook:
    book = HostBook([A, B, C])
    for step in history:
        {"+": book.succeeded, "-": book.failed, "!": book.refused}[step[0]](step[1:])
    return book


@pytest.mark.parametrize(("history", "picked"), HISTORIES)
def test_the_host_that_failed_least_is_picked(history: str, picked: str):
    """Of equals the one the server named first; success forgives half; who does not know the upload is out."""
    assert book_after(history.split()).pick() == picked


def test_another_host_is_left_unless_it_was_the_preferred_one():
    """The preferred one has begun the upload: if it does not know it, nobody does."""
    book = HostBook([A, B])
    assert (book.refused(B), book.refused(A)) == (True, False)


def faster_by(rates: dict[str, int]) -> Faster:
    """Knows the rates of some; twice as much is so much faster."""

    def faster(host: str, others: Collection[str]) -> tuple[str, str] | None:
        known = [other for other in others if host in rates and rates.get(other, 0) >= 2 * rates[host]]
        return (max(known, key=lambda other: rates[other]), "it is faster") if known else None

    return faster


SPEEDS: list[tuple[dict[str, int], str, list[str]]] = [
    # rates; what happened; who is picked one after the other
    ({}, "", [A, A]),
    ({A: 1, B: 4}, "", [B, B]),
    ({A: 1, B: 4, C: 9}, "", [C, C]),
    ({A: 1}, "", [A]),  # nothing is known of the others
    ({A: 3, B: 4}, "", [A]),
    ({A: 1, B: 4}, "-b", [A]),  # one in trouble is not faster
    ({A: 9, B: 1, C: 4}, "-a", [C]),  # the preferred one is in trouble: the fastest of the others
]


@pytest.mark.parametrize(("rates", "history", "picked"), SPEEDS)
def test_a_host_that_is_much_slower_than_another_is_left(
    rates: dict[str, int], history: str, picked: list[str]
):
    """Of those that failed least; the other one is preferred from then on."""
    book = HostBook([A, B, C], faster_by(rates))
    for step in history.split():
        book.failed(step[1:])
    assert [book.pick() for _ in picked] == picked


def test_a_host_that_was_left_for_its_speed_stays_left_though_it_was_the_first():
    """It is asked again when the other one fails."""
    rates = {A: 1, B: 4}
    book = HostBook([A, B], faster_by(rates))
    picked = [book.pick()]
    rates[B] = 1
    picked.append(book.pick())
    book.failed(B)
    assert [*picked, book.pick()] == [B, B, A]
    assert (book.error_of(A), book.reason_for(A)) == (None, "it is faster")


@pytest.mark.parametrize(
    ("rates", "failed", "host", "other"),
    [
        ({}, "", A, B),
        ({}, "", B, A),
        ({}, "b", A, C),
        ({}, "bc", A, A),
        ({B: 1, C: 4}, "", A, C),
        ({A: 9, B: 1, C: 1}, "", A, A),  # a new connection to the same host is faster
    ],
)
def test_for_a_second_attempt_another_host_is_picked(
    rates: dict[str, int], failed: str, host: str, other: str
):
    """One that is able and not much slower; else the same."""
    book = HostBook([A, B, C], faster_by(rates))
    for each in failed:
        book.failed(each)
    assert book.pick_besides(host) == other


@given(st.lists(st.builds(str.__add__, st.sampled_from("+-!"), st.sampled_from("abcx")), max_size=40))
def test_there_is_always_a_host(history: list[str]):
    """Whatever happened, even to hosts that are not there."""
    assert book_after(history).pick() in {A, B, C}


def test_it_shows_the_failures():
    """For the log of somebody who looks for a fault."""
    assert repr(book_after(["-a"])) == "<HostBook {'a': 1, 'b': 0, 'c': 0}>"


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


TROUBLES: list[Fault] = [
    Cut(),
    Cut(after=5000),
    LostAnswer(),
    Status(500),
    Status(502),
    Status(504),
    Status(408),
    Status(429),
]


class TestOtherHosts:
    """The hosts of one ticket share storage and upload, so any may take any part."""

    @pytest.mark.parametrize("fault", TROUBLES, ids=repr)
    async def test_parts_go_to_the_next_host_when_the_first_is_in_trouble(
        self, today: Today, sim: Simulator, fault: Fault
    ):
        """It is asked once, then others first; with the same ticket and the same upload."""
        rule = sim.faults.add("part", fault, host=BDA2, times=None)
        await today.ends_right(today.make(threads=1))
        assert (rule.hits, [seen.host for seen in today.parts()]) == (1, [BDA2, *[BLDSA] * PARTS])
        assert today.count("preupload", "init") == [1, 1]

    async def test_a_host_that_falls_silent_is_left(self, today: Today, sim: Simulator, options: Options):
        """It takes a part of a part, and then nothing more."""
        rule = sim.faults.add("part", Stall(after=5000), host=BDA2, times=None)
        hurry = replace(options, patience=Patience(connect=5, stall=1, answer=5, complete=5))
        await today.ends_right(today.make(threads=1, options=hurry))
        assert (rule.hits, {seen.host for seen in today.parts(stored=True)}) == (1, {BLDSA})

    async def test_a_slow_host_is_no_dead_host(self, today: Today, sim: Simulator, options: Options):
        """As long as it takes something, nobody loses patience."""
        sim.faults.add("part", Slow(bytes_per_second=15_000), part=1)
        hurry = replace(options, patience=Patience(connect=5, stall=1, answer=5, complete=5))
        await today.ends_right(today.make(threads=1, options=hurry))
        assert [seen.host for seen in today.parts()] == [BDA2] * PARTS

    async def test_one_host_that_works_is_enough(self, today: Today, sim: Simulator):
        """It is found, and the others are asked once each."""
        for host in (BDA2, BLDSA):
            sim.faults.add("part", Status(502), host=host, times=None)
        await today.ends_right(today.make(threads=1))
        assert [seen.host for seen in today.parts()] == [BDA2, BLDSA, *[TX] * PARTS]

    async def test_a_first_host_that_recovers_is_used_when_the_second_fails(
        self, today: Today, sim: Simulator
    ):
        """Failures count on both sides."""
        sim.faults.add("part", Status(502), host=BDA2)
        sim.faults.add("part", Status(502), host=BLDSA, after=2, times=2)
        sim.lines.endpoints = ["bda2", "bldsa"]
        await today.ends_right(today.make(threads=1))
        assert [seen.host for seen in today.parts()] == [BDA2, *[BLDSA] * 3, BDA2, BDA2, BDA2]

    @pytest.mark.parametrize("step", ["init", "complete"])
    async def test_init_and_completion_go_to_the_next_host_as_well(
        self, today: Today, sim: Simulator, step: str
    ):
        """Every host knows every upload."""
        sim.faults.add(step, Status(502), host=BDA2, times=None)  # pyright: ignore[reportArgumentType] - one of the two
        await today.ends_right(today.make(threads=1))
        assert [seen.host for seen in sim.exchanges if seen.step == step] == [BDA2, BLDSA]

    async def test_when_all_hosts_stay_in_trouble_the_error_says_so(
        self, today: Today, sim: Simulator, fake: FakeWorld
    ):
        """After a quarter of an hour without a single part; what is stored is kept."""
        sim.faults.add("part", Status(502), after=3, times=None)
        error = await today.ends_with(today.make(threads=1))
        assert (error.kind, error.kept[:13]) == ("SERVER_TROUBLE", "3 of 5 chunks")
        assert 600 < sum(fake.naps) <= 900
        assert {seen.host for seen in today.parts()} == {BDA2, BLDSA, TX}


class TestUnknownUploads:
    """A host that does not know the upload (403 and 404)."""

    @pytest.mark.parametrize("status", [403, 404])
    async def test_an_alternative_is_not_asked_again_and_the_preferred_host_goes_on(
        self, today: Today, sim: Simulator, status: int
    ):
        """No new ticket is needed for it."""
        sim.lines.endpoints = ["bda2", "bldsa"]
        sim.faults.add("part", Status(502), host=BDA2)
        unknown = sim.faults.add("part", Status(status), host=BLDSA, times=None)
        await today.ends_right(today.make(threads=1))
        assert (unknown.hits, today.count("preupload")) == (1, [1])
        assert [seen.host for seen in today.parts()] == [BDA2, BLDSA, *[BDA2] * PARTS]

    @pytest.mark.parametrize("status", [403, 404])
    async def test_when_the_preferred_host_does_not_know_it_the_page_gets_a_new_ticket(
        self, today: Today, sim: Simulator, status: int
    ):
        """Then nobody knows it, and everything is sent anew."""
        sim.faults.add("part", Status(status), part=3)
        await today.ends_right(today.make(threads=1))
        assert today.count("preupload", "init", "complete") == [2, 2, 1]
        assert [seen.part for seen in today.parts(stored=True)] == [1, 2, 1, 2, 3, 4, 5]

    async def test_tickets_that_keep_dying_are_replaced_three_times_at_most(
        self, today: Today, sim: Simulator
    ):
        """Each costs one of the few that an account may ask for within an hour."""
        sim.faults.add("part", Status(403), times=None)
        error = await today.ends_with(today.make())
        assert (error.kind, today.count("preupload")) == ("TICKET_REFUSED", [3])

    async def test_a_ticket_that_is_too_old_is_too_old_on_every_host(
        self, today: Today, sim: Simulator, fake: FakeWorld, caplog: pytest.LogCaptureFixture
    ):
        """No other host is asked; the log says why the page is sent again (section 4.6)."""
        uploader = today.make(threads=1)

        async def sleep_for_days(_: object) -> None:
            if len(today.parts()) == 2:
                fake.naps.append(5.1 * 86400)

        uploader.add_event_listener("AFTER_CHUNK", sleep_for_days)
        await today.ends_right(uploader)
        assert "the target is older than five days" in caplog.text
        assert "sent again to a new target" in caplog.text
        assert today.count("preupload", "init", "complete") == [2, 2, 1]

    async def test_a_ticket_that_the_storage_calls_too_old_is_not_tried_elsewhere(
        self, today: Today, sim: Simulator
    ):
        """Even if it was an alternative that said so."""
        sim.faults.add("part", Status(502), host=BDA2)
        sim.faults.add("part", ExpiredToken(), host=BLDSA)
        await today.ends_right(today.make(threads=1))
        assert [seen.host for seen in today.parts()][:3] == [BDA2, BLDSA, BDA2]
        assert today.count("preupload") == [2]
