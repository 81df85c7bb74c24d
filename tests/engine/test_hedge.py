"""The tail of a page: the slowest of the last parts is sent twice, and counts once (section 4.7)."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.engine.today import BDA2, BLDSA, DATA, PARTS, Today, simulator_of_today
from tests.kit import listen, names, until

from bilibili_api.engine import hedge
from bilibili_api.engine.flow import Flow
from bilibili_api.engine.hedge import Race, Tail, is_worth_it
from bilibili_api.simulator import LostAnswer, Slow, Stall, Status
from bilibili_api.video_uploader import Patience, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Exchange, Simulator
    from bilibili_api.video_uploader import Options

MIB = 1024 * 1024

CASES = [
    # MiB taken of ten, age of the attempt, seconds that a fresh one takes; whether it is worth it
    (5, 2.0, 4.0, False),  # on its way as fast as a fresh one
    (5, 4.0, 4.0, False),
    (5, 10.0, 4.0, True),  # ten more seconds against four
    (8, 10.0, 4.0, False),  # soon done
    (1, 1.0, 4.0, False),  # it has just begun
    (0, 1.0, 4.0, False),
    (0, 2.5, 4.0, True),  # not a byte was taken
    (10, 5.0, 4.0, False),  # all was taken, and the answer is a little late
    (10, 13.0, 4.0, True),  # the answer is very late
    (9.9, 60.0, 4.0, True),  # it stands still shortly before its end
]


@pytest.mark.parametrize(("taken", "age", "fresh", "worth"), CASES)
def test_a_second_attempt_is_made_where_it_is_expected_to_win_clearly(
    taken: float, age: float, fresh: float, worth: bool
):
    """What the first one still takes, at its rate or by how late it is, against twice a fresh one."""
    assert is_worth_it(10 * MIB, int(taken * MIB), age, fresh) is worth


class Taken(Flow):
    """Of which the peer has taken so much."""

    def __init__(self, taken: int) -> None:
        super().__init__()
        self._so_far = taken

    @property
    def taken(self) -> int:
        return self._so_far


class Clock:
    """Moves when told."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def at_once() -> bool:
    return True


class TestTail:
    """Which of the chunks under way is sent twice."""

    def tail(self, clock: Clock, stored: float = 1.0) -> Tail:
        """One that has seen a chunk of a MiB stored within so many seconds."""
        tail = Tail(clock)
        race = tail.begin("first", MIB)
        clock.time += stored
        tail.end(race, stored=True)
        return tail

    async def test_nothing_under_way_is_the_end(self):
        """Senders go home."""
        assert await Tail(Clock()).next(at_once) is None

    async def test_the_slowest_is_taken_once(self):
        """Never twice the same."""
        clock = Clock()
        tail = self.tail(clock)
        slow, slower = tail.begin("slow", MIB), tail.begin("slower", MIB)
        tail.renew(slow, Taken(MIB // 2))
        tail.renew(slower, Taken(MIB // 10))
        clock.time += 100
        assert await tail.next(at_once) is slower
        assert tail.find_slowest() is slow

    async def test_of_several_slow_ones_half_are_sent_twice_at_a_time(self):
        """If all are slow it may be our own way that is, and more bytes would make it worse."""
        clock = Clock()
        tail = self.tail(clock)
        races = [tail.begin(number, MIB) for number in range(4)]
        clock.time += 100
        first, second = await tail.next(at_once), await tail.next(at_once)
        third = asyncio.create_task(tail.next(at_once))
        await asyncio.sleep(0)
        assert (len({first, second} & set(races)), third.done()) == (2, False)
        for race in races:
            if race.is_hedged:
                tail.end(race, stored=True)
        assert await third in races

    async def test_it_waits_for_room(self, monkeypatch: pytest.MonkeyPatch):
        """Others go first; what has ended meanwhile needs no help."""
        monkeypatch.setattr(hedge, "LOOK", 0.001)
        clock, room = Clock(), asyncio.Event()
        tail = self.tail(clock)
        slow, ended = tail.begin("slow", MIB), tail.begin("ended", MIB)
        clock.time += 100
        helping = asyncio.create_task(tail.next(room.is_set))
        await asyncio.sleep(0.005)
        assert not helping.done()
        tail.end(ended, stored=True)
        room.set()
        assert await helping is slow

    async def test_it_is_waited_until_the_last_has_ended(self):
        """Others may still turn out to be slow."""
        clock = Clock()
        tail = self.tail(clock)
        race = tail.begin("last", MIB)
        helping = asyncio.create_task(tail.next(at_once))
        await asyncio.sleep(0)
        assert not helping.done()
        tail.end(race, stored=True)
        assert await helping is None

    async def test_without_a_chunk_that_was_stored_nothing_is_slow(self):
        """There is nothing to compare with."""
        clock = Clock()
        tail = Tail(clock)
        tail.begin("only", MIB)
        clock.time += 100
        assert not tail.find_slowest()

    async def test_another_attempt_at_a_chunk_is_given_its_time(self):
        """It begins anew after a failure."""
        clock = Clock()
        tail = self.tail(clock)
        race = tail.begin("late", MIB)
        clock.time += 100
        tail.renew(race, Flow())
        assert not tail.find_slowest()


class TestRace:
    """Two works at one chunk, of which one counts."""

    def race(self) -> Race:
        return Race("chunk", MIB, Flow(), 0.0)

    async def test_the_first_to_end_wins_and_ends_the_other(self):
        """At once: when it has won, the other does nothing any more."""
        race, log = self.race(), list[str]()

        async def hangs() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                log.append("ended")

        async def wins() -> None:
            log.append(f"won {await race.won()}")

        first = asyncio.create_task(race.enter(hangs()))
        await asyncio.sleep(0)
        await race.enter(wins())
        await first
        assert log == ["ended", "won True"]

    async def test_who_comes_after_the_end_does_nothing(self):
        """Its buffer may be in use again."""
        race = self.race()

        async def wins() -> None:
            assert await race.won()

        async def late() -> None:
            raise AssertionError

        await race.enter(wins())
        await race.enter(late())

    async def test_an_error_is_its_own(self):
        """The other work goes on."""
        race = self.race()

        async def fails() -> None:
            raise ConnectionError

        async def wins() -> None:
            await asyncio.sleep(0.01)
            assert await race.won()

        other = asyncio.create_task(race.enter(wins()))
        with pytest.raises(ConnectionError):
            await race.enter(fails())
        await other

    async def test_who_fails_in_the_moment_in_which_the_other_wins_has_not_failed(self):
        """The chunk is stored."""
        race, moment = self.race(), asyncio.Event()

        async def fails() -> None:
            await moment.wait()
            raise ConnectionError

        async def wins() -> None:
            await moment.wait()
            assert await race.won()

        both = [asyncio.create_task(race.enter(work)) for work in (fails(), wins())]
        await asyncio.sleep(0.01)
        moment.set()
        await asyncio.gather(*both)

    async def test_a_stop_ends_the_work(self):
        """Nothing is left behind."""
        race, ended = self.race(), asyncio.Event()

        async def hangs() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        running = asyncio.create_task(race.enter(hangs()))
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert ended.is_set()


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        running.lines.endpoints = ["bda2", "bldsa"]
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options, monkeypatch: pytest.MonkeyPatch) -> Today:
    """By a clock on which parts take time, and with less patience for small parts."""
    monkeypatch.setattr(hedge, "SETUP", 0.03)
    monkeypatch.setattr(hedge, "LOOK", 0.02)
    world = replace(options.world, elapsed=time.monotonic)
    patience = Patience(connect=10, stall=20, answer=20, complete=20)
    return Today(sim, account, replace(options, world=world, patience=patience))


def of_part(today: Today, number: int) -> list[Exchange]:
    return [seen for seen in today.parts() if seen.part == number]


class TestOverTheLine:
    """With a storage that is slow at one place."""

    async def test_a_part_that_stands_still_is_stored_over_another_host(self, today: Today, sim: Simulator):
        """Nobody waits for the patience of 20 seconds to end; the first attempt is broken off."""
        slow = sim.faults.add("part", Stall(after=5000), part=PARTS - 1)
        async with asyncio.timeout(10):
            await today.ends_right(today.make(threads=2))
        await until(lambda: len(of_part(today, PARTS - 1)) == 2)
        attempts = {seen.host: seen.status for seen in of_part(today, PARTS - 1)}
        assert (slow.hits, attempts[BLDSA], attempts[BDA2] == 200) == (1, 200, False)

    async def test_parts_of_files_are_sent_twice_as_well(self, today: Today, sim: Simulator, tmp_path: Path):
        """They are read from the disk once more."""
        path = tmp_path / "video.mp4"
        path.write_bytes(DATA)
        sim.faults.add("part", Stall(after=5000), part=PARTS - 1)
        await today.ends_right(today.make(pages=[VideoUploaderPage(path, title="P1")], threads=2))
        await until(lambda: len(of_part(today, PARTS - 1)) == 2)

    async def test_it_counts_once(self, today: Today, sim: Simulator):
        """Each part has one event before and one after; nothing has failed, no line has changed."""
        sim.faults.add("part", Stall(after=5000), part=PARTS - 1)
        uploader = today.make(threads=2)
        heard = listen(uploader)
        await today.ends_right(uploader)
        told = names(heard)
        assert (told.count("PRE_CHUNK"), told.count("AFTER_CHUNK")) == (PARTS, PARTS)
        assert not {"CHUNK_FAILED", "RETRY", "LINE_CHANGED"} & set(told)
        assert uploader.progress.sent == len(DATA)

    async def test_a_part_that_the_storage_has_taken_twice_does_no_harm(self, today: Today, sim: Simulator):
        """The first attempt is stored, and its answer does not come: the same bytes under the same number."""
        silent = sim.faults.add("part", LostAnswer(silent=True), part=PARTS - 1, host=BDA2)
        await today.ends_right(today.make(threads=2))
        assert silent.hits == 1

    @pytest.mark.parametrize("status", [502, 404])
    async def test_a_second_attempt_that_fails_is_no_failure(self, today: Today, sim: Simulator, status: int):
        """The first one goes on, to the same target, and there is no third."""
        sim.faults.add("part", Slow(bytes_per_second=15_000), part=PARTS - 1, host=BDA2)
        refused = sim.faults.add("part", Status(status), host=BLDSA, times=None)
        uploader = today.make(threads=2)
        heard = listen(uploader)
        await today.ends_right(uploader)
        assert (refused.hits, len(of_part(today, PARTS - 1))) == (1, 2)
        assert not {"CHUNK_FAILED", "RETRY"} & set(names(heard))
        assert names(heard).count("PREUPLOAD") == 1

    async def test_an_abort_ends_both_attempts(self, today: Today, sim: Simulator):
        """At once; nothing is told of them, and the next start sends the part."""
        stalled = sim.faults.add("part", Stall(after=5000), part=PARTS - 1, times=2)
        uploader = today.make(threads=2)
        heard = listen(uploader)
        running = asyncio.create_task(uploader.start())
        await until(lambda: stalled.hits == 2)
        async with asyncio.timeout(5):
            await uploader.abort()
        assert await running is None
        assert "CHUNK_FAILED" not in names(heard)
        assert [str(task) for task in asyncio.all_tasks() if "bilibili_api/engine" in str(task)] == []
        await today.ends_right(uploader)

    async def test_one_sender_has_nobody_to_help_it(self, today: Today, sim: Simulator):
        """`threads` is the most that flies at once."""
        sim.faults.add("part", Slow(bytes_per_second=60_000), part=PARTS - 1)
        await today.ends_right(today.make(threads=1))
        assert len(today.parts()) == PARTS

    async def test_under_a_limit_of_the_rate_nothing_is_sent_twice(self, today: Today, sim: Simulator):
        """The second attempt would take from the first."""
        sim.faults.add("part", Slow(bytes_per_second=60_000), part=PARTS - 1)
        await today.ends_right(today.make(threads=2, rate="50M"))
        assert len(today.parts()) == PARTS

    async def test_the_pc_line_sends_nothing_twice(self, today: Today, sim: Simulator):
        """Nothing is known of chunks that are sent twice at once there."""
        uploader = today.make(threads=2, line="pc", has="key", chunk_size=20_000)
        sim.faults.add("chunk", Slow(bytes_per_second=60_000), chunk=PARTS - 2)
        heard = listen(uploader)
        result = await uploader.start()
        assert result is not None
        assert (len(sim.seen("chunk")), names(heard).count("AFTER_CHUNK")) == (PARTS, PARTS)
