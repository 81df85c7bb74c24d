"""Lines and hosts judged by what they do: chosen, left and remembered (design, decision 18)."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import BDA2, BLDSA, DATA, PART, PARTS, TX, Today, simulator_of_today
from tests.kit import content, listen

from bilibili_api.engine import sights as sights_module
from bilibili_api.engine import throughput
from bilibili_api.engine.http import Http
from bilibili_api.engine.line_choice import By, Measured, Seen
from bilibili_api.engine.probe import Probe
from bilibili_api.engine.rate import RateLimit
from bilibili_api.engine.sights import Sights
from bilibili_api.engine.whereabouts import Whereabouts
from bilibili_api.journal import Journal
from bilibili_api.protocol.lines import DEFAULT, KNOWN
from bilibili_api.video_uploader import VideoUploader, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options

MB = 1e6
ONE = DATA[:PART]


class Memory:
    """What lines did, whatever the network.

    Attributes:
        noted: What was taken down.
        asked: The networks that were asked about.
    """

    def __init__(self, seen: Mapping[str, Seen] | None = None) -> None:
        self.seen = dict(seen or {})
        self.noted: dict[str, Seen] = {}
        self.asked: list[Whereabouts] = []

    async def recall(self, network: Whereabouts) -> Mapping[str, Seen]:
        self.asked.append(network)
        return self.seen

    async def note(self, network: Whereabouts, seen: Mapping[str, Seen]) -> None:
        del network
        self.noted |= seen


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def timed(options: Options, memory: Memory) -> Options:
    """Options by whose clock transfers take time."""
    return replace(options, world=replace(options.world, elapsed=time.monotonic), line_memory=memory)


@pytest.fixture
def today(sim: Simulator, account: Account, timed: Options, monkeypatch: pytest.MonkeyPatch) -> Today:
    monkeypatch.setattr(throughput, "ENOUGH", 10_000)  # parts are small here
    return Today(sim, account, timed)


def slow_after_preupload(today: Today, sim: Simulator, **given: Any) -> VideoUploader:
    """An uploader for which bda2 is the nearest, and slow as soon as it is to take parts."""
    sim.lines["bldsa"].latency = sim.lines["tx"].latency = 0.04
    uploader = today.make(*given.pop("contents", (DATA,)), line=None, threads=1, **given)

    async def becomes_slow(_: object) -> None:
        sim.lines["bda2"].bandwidth = 300_000

    uploader.add_event_listener("PRE_PAGE", becomes_slow)
    return uploader


class TestChoice:
    """All lines are measured at once with a small transfer."""

    async def test_the_line_that_takes_most_is_taken_and_the_reason_is_logged(
        self, sim: Simulator, timed: Options, caplog: pytest.LogCaptureFixture
    ):
        """Both figures, and the next one's."""
        caplog.set_level(logging.INFO)
        sim.lines["bda2"].bandwidth, sim.lines["bldsa"].bandwidth = 1_000_000, 900_000
        async with Http(timed) as http:
            choice = await Probe(http, timed, Sights(timed)).line()
        assert choice.line.name == "tx"
        assert f"line tx: {choice.reason}" in caplog.text
        assert choice.reason.startswith(("answered in ", "the only one that answers, in "))
        assert "MB/s" in choice.reason

    async def test_a_line_that_did_better_on_this_network_is_waited_for(
        self, sim: Simulator, timed: Options, memory: Memory, fake: FakeWorld
    ):
        """For a second; the others are not waited for."""
        memory.seen = {"tx": Seen(200 * MB, when=fake.now())}
        sim.lines["tx"].latency, sim.lines["bldsa"].latency = 0.25, 5.0
        async with Http(timed) as http:
            choice = await Probe(http, timed, Sights(timed)).line()
        assert (choice.line.name, choice.reason[:19]) == ("tx", "200.0 MB/s measured")

    async def test_the_reason_is_part_of_the_progress(self, today: Today, memory: Memory, fake: FakeWorld):
        """For whoever shows it."""
        memory.seen = {"tx": Seen(200 * MB, when=fake.now())}
        uploader = today.make(line=None)
        assert uploader.progress.line_reason is None
        await today.ends_right(uploader)
        assert uploader.progress.line == "tx"
        assert (uploader.progress.line_reason or "").startswith("200.0 MB/s measured today")

    async def test_a_line_that_was_asked_for_says_so(self, today: Today):
        """Nothing was to be chosen."""
        uploader = today.make()
        await today.ends_right(uploader)
        assert uploader.progress.line_reason == "asked for by name"

    async def test_that_another_was_twice_as_fast_is_told_to_who_asked_for_a_line(
        self, today: Today, sim: Simulator, memory: Memory, fake: FakeWorld, caplog: pytest.LogCaptureFixture
    ):
        """Once, however many pages and uploads there are, and without a request for it."""
        caplog.set_level(logging.INFO)
        memory.seen = {"bda2": Seen(300 * MB, when=fake.now()), "ws": Seen(930 * MB, when=fake.now())}
        await today.make(ONE, ONE, line="bda2").start()
        await today.make(content(PART + 1), line="bda2").start()
        told = [each for each in caplog.messages if each.startswith("line ")]
        assert [each[: each.index(" today")] for each in told] == [
            "line bda2 was chosen by you; ws was 3.1 times as fast"
        ]
        assert sim.seen("probe") == []

    async def test_it_is_told_at_the_end_of_an_upload_that_was_the_first_over_its_line(
        self, today: Today, memory: Memory, fake: FakeWorld, caplog: pytest.LogCaptureFixture
    ):
        """Before, nobody knew what the line does."""
        caplog.set_level(logging.INFO)
        memory.seen = {"ws": Seen(1e6 * MB, when=fake.now())}
        await today.make(ONE, line="bda2").start()
        assert "line bda2 was chosen by you; ws was" in caplog.text

    async def test_nothing_is_said_where_nobody_chose_a_line(
        self,
        today: Today,
        sim: Simulator,
        memory: Memory,
        fake: FakeWorld,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ):
        """Nor where an upload goes on over the line that it has, as its login has lost the cookies."""
        caplog.set_level(logging.INFO)
        memory.seen = {DEFAULT.name: Seen(MB, when=fake.now()), "ws": Seen(1e6 * MB, when=fake.now())}
        path, journal = tmp_path / "video.mp4", Journal(tmp_path / "journal.db")
        path.write_bytes(DATA)
        page = VideoUploaderPage(path, title="P1")
        uploader = today.make(pages=[page], line=None, journal=journal, threads=1)
        uploader.add_event_listener("AFTER_CHUNK", lambda _: uploader.abort())
        assert await uploader.start() is None
        [job] = await journal.jobs()
        token = today.credential("token")
        await VideoUploader.resume(job, token, journal=journal, options=today.options).start()
        assert len(sim.seen("preupload")) == 1
        assert "chosen by you" not in caplog.text

    @pytest.mark.parametrize(("rate", "age"), [(570 * MB, 0), (3000 * MB, 86500)])
    async def test_nothing_is_said_of_a_line_that_no_other_outdid(
        self,
        today: Today,
        memory: Memory,
        fake: FakeWorld,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
        rate: float,
        age: float,
    ):
        """A little faster is no reason; nor is what was seen more than a day ago, however fast it was."""
        monkeypatch.setattr(throughput, "ENOUGH", 10 * PART)  # this upload is too short to tell
        caplog.set_level(logging.INFO)
        memory.seen = {"bda2": Seen(300 * MB, when=fake.now()), "ws": Seen(rate, when=fake.now() - age)}
        await today.make(ONE, line="bda2").start()
        assert "chosen by you" not in caplog.text


class TestSlowHosts:
    """A host that does a fraction of what another was seen to do."""

    async def test_it_is_left_at_once_for_the_other(self, today: Today, sim: Simulator):
        """For the parts that follow; what it has stays stored, and no new ticket is needed."""
        sim.lines.endpoints = ["bda2", "bldsa"]
        await today.ends_right(slow_after_preupload(today, sim))
        assert [seen.host for seen in today.parts()] == [BDA2, *[BLDSA] * (PARTS - 1)]
        assert today.count("preupload") == [1]

    async def test_it_is_told_with_the_reason(self, today: Today, sim: Simulator):
        """Nothing has failed."""
        sim.lines.endpoints = ["bda2", "tx"]
        uploader = slow_after_preupload(today, sim)
        heard = listen(uploader)
        await today.ends_right(uploader)
        [change] = [data for name, data in heard if name == "LINE_CHANGED"]
        assert (change["page"], change["from"], change["to"]) == (uploader.pages[0], "bda2", "tx")
        assert change["err"] is None
        assert change["reason"].startswith("bda2 does ")
        assert " now, tx promises " in change["reason"]

    async def test_also_if_the_line_was_asked_for_by_name(
        self, today: Today, sim: Simulator, memory: Memory, fake: FakeWorld
    ):
        """Hosts within a ticket are no other line; what they did before is remembered."""
        memory.seen = {"tx": Seen(50 * MB, when=fake.now())}
        sim.lines["bda2"].bandwidth = 300_000
        await today.ends_right(today.make(threads=1))
        assert [seen.host for seen in today.parts()][:2] == [BDA2, TX]
        assert today.count("preupload", "probe") == [1, 0]

    async def test_one_that_was_slow_here_lately_is_left_before_it_gets_a_part(
        self, today: Today, memory: Memory, fake: FakeWorld
    ):
        """The server's preference says nothing about this network.

        What was seen is less than the busiest machine does now, or the parts would not stay where they are.
        """
        memory.seen = {"bda2": Seen(0.001 * MB, when=fake.now()), "tx": Seen(0.05 * MB, when=fake.now())}
        await today.ends_right(today.make(threads=1))
        assert {seen.host for seen in today.parts()} == {TX}

    async def test_a_slow_one_is_kept_if_no_other_was_seen_to_do_more(self, today: Today, sim: Simulator):
        """It may be our own way that is slow."""
        sim.lines["bda2"].bandwidth = 300_000
        await today.ends_right(today.make(DATA[: 2 * PART], threads=1), DATA[: 2 * PART])
        assert {seen.host for seen in today.parts()} == {BDA2}


class TestSlowLines:
    """A line whose own host did a fraction of what others were seen to do."""

    async def test_it_is_left_for_the_next_page(self, today: Today, sim: Simulator):
        """All are measured again first; each page costs one preupload."""
        sim.lines.endpoints = ["bda2"]
        uploader = slow_after_preupload(today, sim, contents=(ONE, b"two"))
        heard = listen(uploader)
        await today.ends_right(uploader, ONE, b"two")
        first, second = (seen.query_value("upcdn") for seen in sim.seen("preupload"))
        assert first == "bda2"
        assert second in {"bldsa", "tx"}
        [change] = [data for name, data in heard if name == "LINE_CHANGED"]
        assert (change["page"], change["from"], change["to"]) == (uploader.pages[1], "bda2", second)
        assert "bda2" in change["reason"] or "answer" in change["reason"]

    async def test_one_that_was_asked_for_is_kept(self, today: Today, sim: Simulator, memory: Memory):
        """Whatever others did."""
        sim.lines.endpoints = ["bda2"]
        memory.seen = {"tx": Seen(50 * MB, when=today.options.world.now())}
        sim.lines["bda2"].bandwidth = 300_000
        await today.ends_right(today.make(ONE, b"two"), ONE, b"two")
        assert [seen.query_value("upcdn") for seen in sim.seen("preupload")] == ["bda2", "bda2"]

    async def test_one_that_is_as_good_as_the_others_is_not_measured_again(
        self, today: Today, sim: Simulator
    ):
        """Two pages, one look."""
        sim.limits.chunk_size = 1024 * 1024
        data = content(2 * 1024 * 1024)
        await today.ends_right(today.make(data, data, line=None), data, data)
        assert len([seen for seen in sim.seen("probe") if seen.host == "member.bilibili.com"]) == 1


class TestMemory:
    """What lines did is taken down for the next upload."""

    async def test_after_a_page(self, today: Today, memory: Memory):
        """With the rate that was reached."""
        await today.ends_right(today.make())
        assert memory.noted.keys() == {"bda2"}
        assert memory.noted["bda2"].rate > 0
        assert memory.noted["bda2"].by is By.MEMORY

    async def test_under_the_name_by_which_the_line_was_asked_for(
        self, today: Today, sim: Simulator, memory: Memory
    ):
        """The server may lead those who ask for a line to the host of another one."""
        sim.lines.endpoints = ["tx"]
        await today.ends_right(today.make())
        assert memory.noted.keys() == {"bda2"}

    async def test_the_public_address_that_the_server_tells_counts(self, today: Today, memory: Memory):
        """What was seen elsewhere is not what is seen here."""
        memory.seen = {"tx": Seen(9 * MB, when=today.options.world.now())}
        await today.ends_right(today.make())
        assert [bool(network.public) for network in memory.asked] == [False, True]

    async def test_not_after_the_network_has_changed(
        self, today: Today, memory: Memory, monkeypatch: pytest.MonkeyPatch
    ):
        """What was seen belongs to neither; what is known of the new one is looked up."""
        places = iter(["home", "train", "train"])

        def here_is(_: str) -> Whereabouts:
            return Whereabouts(next(places))

        monkeypatch.setattr(sights_module, "here_is", here_is)
        await today.ends_right(today.make(DATA, b"two", threads=1), DATA, b"two")
        assert memory.noted == {}
        assert [network.place for network in memory.asked] == ["home", "train"]

    async def test_what_was_seen_before_somebody_moved_is_never_taken_down(
        self, timed: Options, memory: Memory, monkeypatch: pytest.MonkeyPatch
    ):
        """Nor does it count for what is seen in the new place."""
        places, clock = iter(["home", "train", "train", "train"]), [0.0]

        def here_is(_: str) -> Whereabouts:
            return Whereabouts(next(places))

        monkeypatch.setattr(sights_module, "here_is", here_is)
        sights = Sights(replace(timed, world=replace(timed.world, elapsed=lambda: clock[0])))
        await sights.recall()
        with sights.throughput.stream(BDA2, flow_of_nothing(), 50_000_000):
            clock[0] += 10.0
        await sights.note()
        clock[0] += 20.0
        await sights.note()
        assert (memory.noted, sights.lines()) == ({}, {})


async def test_what_a_line_did_is_remembered_as_of_when_it_did_it(timed: Options, memory: Memory):
    """A line that was left an hour ago may do better or worse by now."""
    clock, begun = [0.0], timed.world.now()
    world = replace(timed.world, elapsed=lambda: clock[0], now=lambda: begun + clock[0])
    sights = Sights(replace(timed, world=world))
    await sights.recall()
    for host in (BDA2, TX):
        with sights.throughput.stream(host, flow_of_nothing(), 50_000_000):
            clock[0] += 10.0
        clock[0] += 3600.0
    await sights.note()
    assert {name: seen.when - begun for name, seen in memory.noted.items()} == {"bda2": 10.0, "tx": 3620.0}


async def test_what_a_line_did_is_remembered_after_the_page_is(
    today: Today, memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A memory that fails costs no page that is complete: that is on disk by then."""
    journal, on_disk = Journal(tmp_path / "journal.db"), list[bool]()
    note = memory.note

    async def look(network: Whereabouts, seen: Mapping[str, Seen]) -> None:
        [job] = await journal.jobs()
        on_disk.append(job.pages[0].done)
        await note(network, seen)

    monkeypatch.setattr(memory, "note", look)
    path = tmp_path / "video.mp4"
    path.write_bytes(DATA)
    await today.make(pages=[VideoUploaderPage(path, title="P1")], line=None, journal=journal).start()
    assert on_disk == [True]


class Limited:
    """A limit of the rate that holds, as far as lines are judged."""

    in_force: RateLimit | None = RateLimit(1_000_000, None, "upload")
    is_asked = True

    async def take(self, wanted: int) -> int:
        return wanted


class TestLimits:
    """While the rate is limited nothing can be said of what a line could do."""

    async def test_nothing_is_taken_down(self, today: Today, memory: Memory):
        """It would be the limit."""
        options = replace(today.options, limit=Limited())
        sights = Sights(options)
        await sights.recall()
        with sights.throughput.stream(BDA2, flow_of_nothing(), 10_000_000):
            time.sleep(0.001)  # noqa: ASYNC251 - the clock has to move
        await sights.note()
        assert (sights.lines().keys(), memory.noted) == ({"bda2"}, {})

    def test_of_no_other_more_is_hoped_for_than_the_limit_allows(self, timed: Options):
        """A host at half of the limit is not slow, whatever another did without one."""
        clock = [0.0]
        world = replace(timed.world, elapsed=lambda: clock[0])
        sights = Sights(replace(timed, world=world))
        sights.promises(Measured(KNOWN["tx"], 0.04, 50 * MB))
        with sights.throughput.stream(BDA2, flow_of_nothing(), 5_000_000):
            clock[0] = 10.0
        free = sights.faster(BDA2, [TX])
        limited = Sights(replace(timed, world=world, limit=Limited()))
        limited.promises(Measured(KNOWN["tx"], 0.04, 50 * MB))
        assert (free is not None, limited.is_limited, limited.faster(BDA2, [TX])) == (True, True, None)

    async def test_what_was_done_under_a_limit_that_was_lifted_counts_no_more(
        self, timed: Options, memory: Memory
    ):
        """At 23:00 the night begins: nobody is left, or remembered, for what the day allowed."""
        clock, limit = [0.0], Limited()
        world = replace(timed.world, elapsed=lambda: clock[0])
        sights = Sights(replace(timed, world=world, limit=limit))
        sights.promises(Measured(KNOWN["tx"], 0.04, 50 * MB))
        memory.seen = {"tx": Seen(50 * MB, when=world.now())}
        await sights.recall()
        with sights.throughput.stream(BDA2, flow_of_nothing(), 10_000_000):
            clock[0] = 10.0
        limit.in_force = None
        await sights.note()
        assert (sights.faster(BDA2, [TX]), sights.is_slow("bda2"), memory.noted) == (None, False, {})


def flow_of_nothing() -> Any:
    from bilibili_api.engine.flow import Flow  # noqa: PLC0415

    return Flow()
