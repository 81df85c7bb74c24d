"""Weather: the network goes away, machines sleep, clocks jump. The upload goes on by itself."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import BDA2, BLDSA, DATA, PART, PARTS, TX, Today, simulator_of_today
from tests.engine.weather import Weather
from tests.kit import content, listen, names

from bilibili_api.exceptions import Unreachable
from bilibili_api.simulator import Cut, RateLimited, Stall, Status
from bilibili_api.video_uploader import Patience

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator, Step
    from bilibili_api.video_uploader import Options, Progress

HOUR = 3600.0


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
async def weather(fake: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Weather]:
    made = Weather(fake, monkeypatch)
    yield made
    made.close()


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options, weather: Weather) -> Today:
    return Today(sim, account, weather.options(options))


def told(heard: list[tuple[str, Any]], name: str) -> list[Any]:
    """The payloads of one event."""
    return [data for event, data in heard if event == name]


class TestOutage:
    """No connection comes about: nothing reached the server, so there is nothing to lose by waiting."""

    @pytest.mark.parametrize("step", ["probe", "preupload", "init", "part", "complete", "cover"])
    async def test_the_network_may_be_away_for_hours_at_any_step(
        self,
        today: Today,
        sim: Simulator,
        weather: Weather,
        fake: FakeWorld,
        cover: bytes,
        step: Step,
    ):
        """A connection breaks, and longer than any budget no other comes about; then it ends by itself."""
        rule = sim.faults.add(step, Cut())
        weather.goes_away(HOUR, when=lambda: rule.hits)
        uploader = today.make(cover=cover, line=None, threads=1)
        heard = listen(uploader)
        await today.ends_right(uploader)
        assert HOUR <= sum(fake.naps) < HOUR + 120
        waits = told(heard, "WAITING")
        assert {(wait["limit"], wait["err"].kind) for wait in waits} == {("network", "UNREACHABLE")}
        assert today.count("preupload", "part")[1] <= PARTS + 1

    async def test_a_submission_that_was_not_sent_waits_as_well(
        self, today: Today, sim: Simulator, weather: Weather, fake: FakeWorld
    ):
        """As long as no connection came about, nothing can have been published."""
        weather.goes_away(HOUR, when=lambda: sim.seen("complete"))
        await today.ends_right(today.make())
        assert sum(fake.naps) >= HOUR
        assert today.count("submit") == [1]

    async def test_names_may_not_be_resolved_for_minutes(
        self, today: Today, weather: Weather, fake: FakeWorld
    ):
        """From the first request on: the check of the login waits, too."""
        weather.has_names = False
        sleep = fake.world.sleep

        async def nap(seconds: float) -> None:
            await sleep(seconds)
            weather.has_names = sum(fake.naps) > 300

        uploader = today.make(options=replace(today.options, world=replace(fake.world, sleep=nap)))
        await today.ends_right(uploader)
        assert sum(fake.naps) > 300

    async def test_an_outage_does_not_use_up_the_patience_with_what_follows_it(
        self, today: Today, sim: Simulator, weather: Weather
    ):
        """A server that is in trouble when the network comes back has the whole budget."""
        rule = sim.faults.add("complete", Cut())
        sim.faults.add("complete", Status(503), times=10)
        weather.goes_away(HOUR, when=lambda: rule.hits)
        await today.ends_right(today.make())
        assert today.count("complete", "part") == [12, PARTS]

    async def test_all_connections_die_at_once(
        self, today: Today, sim: Simulator, weather: Weather, fake: FakeWorld
    ):
        """Another network: the old sockets are dead, and for a minute there is no way."""
        sim.limits.threads = 3
        hanging = sim.faults.add("part", Stall(after=PART // 2), times=3)
        uploader = today.make(threads=3)
        starting = asyncio.create_task(today.ends_right(uploader))
        await hanging.fired.wait()
        weather.goes_away(60, when=lambda: True)
        weather.cut_all()
        await starting
        assert sum(fake.naps) >= 60

    async def test_how_long_is_for_the_caller_to_say(
        self, today: Today, sim: Simulator, weather: Weather, fake: FakeWorld
    ):
        """`Patience.outage`, a day unless said otherwise; then the error says what was kept."""
        assert Patience().outage == 24 * HOUR
        rule = sim.faults.add("part", Cut(), part=3)
        weather.goes_away(99 * HOUR, when=lambda: rule.hits)
        patience = replace(today.options.patience, outage=HOUR)
        options = replace(today.options, patience=patience)
        error = await today.ends_with(today.make(options=options, threads=1))
        assert (type(error), error.kept[:13]) == (Unreachable, "2 of 5 chunks")
        assert 0.97 * HOUR < sum(fake.naps) <= HOUR

    async def test_the_snapshot_says_what_is_waited_for_and_until_when(
        self, today: Today, sim: Simulator, weather: Weather, fake: FakeWorld
    ):
        """While it lasts, and no longer."""
        rule = sim.faults.add("complete", Cut())
        weather.goes_away(HOUR, when=lambda: rule.hits)
        seen: list[tuple[Progress, float]] = []
        sleep = fake.world.sleep

        async def nap(seconds: float) -> None:
            seen.append((uploader.progress, fake.now() + seconds))
            await sleep(seconds)

        uploader = today.make(options=replace(today.options, world=replace(fake.world, sleep=nap)))
        await today.ends_right(uploader)
        snapshot, until = seen[-1]
        assert snapshot.waiting_for == "network"
        assert snapshot.waiting_until == pytest.approx(until)
        assert (seen[0][0].waiting_for, uploader.progress.waiting_until) == (None, None)


class TestSleep:
    """The machine is suspended in the middle, and all of a sudden it is eight hours later."""

    async def test_an_attempt_that_slept_does_not_use_up_its_budget(
        self, today: Today, sim: Simulator, fake: FakeWorld
    ):
        """The connection is dead when the machine wakes up; the part is sent again, and no other."""

        def sleeps(_: object) -> bool:
            fake.naps.append(8 * HOUR)
            return True

        sim.faults.add("part", Cut(), part=3, when=sleeps)
        await today.ends_right(today.make(threads=1))
        assert [seen.part for seen in today.parts()] == [1, 2, 3, 3, 4, 5]

    async def test_a_pause_that_slept_does_not_use_up_the_budget(
        self, today: Today, sim: Simulator, fake: FakeWorld
    ):
        """A pause of a second that took all night is a pause of a second."""
        sleep = fake.world.sleep

        async def nap(seconds: float) -> None:
            await sleep(seconds)
            fake.naps.append(8 * HOUR)

        sim.faults.add("complete", Status(502), times=5)
        uploader = today.make(options=replace(today.options, world=replace(fake.world, sleep=nap)))
        await today.ends_right(uploader)
        assert today.count("preupload", "complete") == [1, 6]


class TestClock:
    """The clock on the wall is put right, or wrong, in the middle of an upload."""

    @pytest.mark.parametrize("jump", [HOUR, -HOUR, 365 * 24 * HOUR, -365 * 24 * HOUR])
    async def test_nothing_depends_on_it(self, today: Today, sim: Simulator, fake: FakeWorld, jump: float):
        """No part is sent twice, and no pause is longer or shorter."""
        skew = 0.0

        def jumps(_: object) -> bool:
            nonlocal skew
            skew = jump
            return False

        sim.faults.add("part", Cut(), part=3, when=jumps)
        sim.faults.add("preupload", RateLimited(), after=1)
        world = replace(fake.world, now=lambda: fake.now() + skew)
        uploader = today.make(
            DATA, b"second", options=replace(today.options, world=world), interface="web", threads=1
        )
        await today.ends_right(uploader, DATA, b"second")
        assert (today.count("part"), fake.naps) == ([PARTS + 1], [600])


class TestSilence:
    """An endpoint that takes nothing any more."""

    async def test_one_that_accepts_and_never_reads_is_left(self, today: Today, sim: Simulator):
        """For the next one of `endpoints`; the parts that follow avoid it."""
        sim.limits.chunk_size = 8 * 1024 * 1024
        data = content(3 * sim.limits.chunk_size)
        dead = sim.faults.add("part", Stall(), host=BDA2, times=None)
        patience = Patience(connect=5, stall=1, answer=30, complete=5)
        uploader = today.make(data, options=replace(today.options, patience=patience), threads=2)
        heard = listen(uploader)
        await today.ends_right(uploader, data)
        assert dead.hits == 2
        assert [seen.host for seen in today.parts(stored=True)] == [BLDSA] * 3
        [change] = told(heard, "LINE_CHANGED")
        assert (change["from"], change["to"], change["err"].kind) == ("bda2", "bldsa", "CONNECTION_LOST")

    def test_that_takes_less_than_35_seconds(self):
        """By the patience that is the default, the watch's own second included."""
        assert Patience().stall + 1 + 1 <= 35
        assert Patience().connect + 1 <= 35


class TestOtherLine:
    """A line on which nothing can be stored is left for the next best one (section 4.8)."""

    @pytest.fixture(autouse=True)
    def bda2_is_nearest(self, sim: Simulator) -> None:
        """Then bldsa; tx cannot be measured."""
        for host in (BLDSA, TX):
            sim.faults.add("probe", Stall(), host=host)
        sim.faults.add("probe", Status(502), host=TX, times=None)
        sim.lines.endpoints = ["bda2"]

    def on_bda2(self, sim: Simulator) -> bool:
        return sim.seen("preupload")[-1].query_value("upcdn") == "bda2"

    @pytest.mark.parametrize("step", ["init", "part"])
    async def test_when_its_hosts_stay_in_trouble(
        self, today: Today, sim: Simulator, fake: FakeWorld, step: Step
    ):
        """After the patience of the step: a new ticket over the line that answers first now."""
        sim.faults.add(step, Status(502), times=None, when=lambda _: self.on_bda2(sim))
        uploader = today.make(line=None, threads=1)
        heard = listen(uploader)
        await today.ends_right(uploader)
        assert [seen.query_value("upcdn") for seen in sim.seen("preupload")] == ["bda2", "bldsa"]
        [change] = told(heard, "LINE_CHANGED")
        assert (change["page"], change["from"], change["to"]) == (uploader.pages[0], "bda2", "bldsa")
        assert change["err"].kind == "SERVER_TROUBLE"
        assert 250 < sum(fake.naps) <= 900
        assert uploader.progress.line == "bldsa"

    async def test_further_pages_take_the_line_that_works(self, today: Today, sim: Simulator):
        """One line is left once."""
        sim.faults.add("init", Status(502), times=None, when=lambda _: self.on_bda2(sim))
        await today.ends_right(today.make(b"one", b"two", line=None), b"one", b"two")
        asked = [seen.query_value("upcdn") for seen in sim.seen("preupload")]
        assert asked == ["bda2", "bldsa", "bldsa"]

    async def test_two_other_lines_are_tried_at_most(self, today: Today, sim: Simulator):
        """Each costs one of the few tickets that an account may ask for."""
        sim.lines.listed = ["bda2", "bldsa", "alia", "qn"]
        sim.faults.add("init", Status(502), times=None)
        error = await today.ends_with(today.make(line=None))
        assert (error.kind, today.count("preupload")) == ("SERVER_TROUBLE", [3])

    async def test_a_line_with_parts_on_it_is_not_left(self, today: Today, sim: Simulator):
        """What is stored is not thrown away."""
        sim.faults.add("part", Status(502), after=1, times=None)
        error = await today.ends_with(today.make(line=None, threads=1))
        assert (error.kind, today.count("preupload")) == ("SERVER_TROUBLE", [1])
        assert error.kept.startswith("1 of 5 chunks")

    async def test_a_line_that_was_asked_for_is_not_left(self, today: Today, sim: Simulator):
        """Who forces a line gets it, or an error."""
        sim.faults.add("init", Status(502), times=None)
        error = await today.ends_with(today.make(line="bda2"))
        assert (error.kind, today.count("preupload", "probe")) == ("SERVER_TROUBLE", [1, 0])

    async def test_when_no_other_line_answers_the_network_is_waited_for(
        self, today: Today, sim: Simulator, weather: Weather, fake: FakeWorld
    ):
        """An outage is not the line's fault."""
        rule = sim.faults.add("init", Cut())
        weather.goes_away(HOUR, when=lambda: rule.hits)
        await today.ends_right(today.make(line=None))
        assert (today.count("preupload"), sum(fake.naps) >= HOUR) == ([1], True)


class TestHosts:
    """Another host of the same ticket."""

    async def test_it_is_told_when_another_host_takes_over(self, today: Today, sim: Simulator):
        """By the names of the lines; once, however many parts follow."""
        sim.faults.add("part", Status(502), host=BDA2, times=None)
        uploader = today.make(threads=1)
        heard = listen(uploader)
        await today.ends_right(uploader)
        [change] = told(heard, "LINE_CHANGED")
        assert (change["page"], change["from"], change["to"]) == (uploader.pages[0], "bda2", "bldsa")
        assert change["err"].status == 502
        order = names(heard)
        assert order.index("RETRY") < order.index("LINE_CHANGED") < order.index("AFTER_CHUNK")

    async def test_nothing_is_told_of_a_host_that_recovers_at_once(self, today: Today, sim: Simulator):
        """It is the only one there is."""
        sim.lines.endpoints = ["bda2"]
        sim.faults.add("part", Status(502), times=2)
        uploader = today.make(threads=1)
        heard = listen(uploader)
        await today.ends_right(uploader)
        assert (len(told(heard, "RETRY")), told(heard, "LINE_CHANGED")) == (2, [])
