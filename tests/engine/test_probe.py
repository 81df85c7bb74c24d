"""Which line is the nearest: whoever answers first (protocol document, section 4.1)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

import pytest
from tests.engine.today import BDA2, BLDSA, TX, Today, simulator_of_today

from bilibili_api.engine import probe
from bilibili_api.engine.http import Http
from bilibili_api.engine.probe import Probe
from bilibili_api.engine.sights import Sights
from bilibili_api.simulator import Answer, Cut, LostAnswer, Stall, Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Fault, Simulator
    from bilibili_api.video_uploader import Options

MEMBER = "member.bilibili.com"


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


@pytest.fixture
async def finder(options: Options) -> AsyncIterator[Probe]:
    async with Http(options) as http:
        yield Probe(http, options, Sights(options))


class TestNearest:
    """All lines are measured at once; the first answer counts."""

    @pytest.mark.parametrize(
        ("name", "others"), [("bda2", (BLDSA, TX)), ("bldsa", (BDA2, TX)), ("tx", (BDA2, BLDSA))]
    )
    async def test_the_line_that_answers_first_is_taken(
        self, sim: Simulator, finder: Probe, name: str, others: tuple[str, str]
    ):
        """However far the others are, nobody waits for them."""
        for host in others:
            sim.faults.add("probe", Stall(), host=host)
        line = await asyncio.wait_for(finder.line(), 5)
        assert line.line.name == name

    @pytest.mark.parametrize("fault", [Status(403), Status(302), Status(500), Cut(), LostAnswer()], ids=repr)
    async def test_lines_that_fail_are_left_out(self, sim: Simulator, finder: Probe, fault: Fault):
        """An error answered at once is no short way."""
        for host in (BDA2, BLDSA):
            sim.faults.add("probe", fault, host=host, times=None)
        assert (await finder.line()).line.name == "tx"

    async def test_it_is_asked_once(self, sim: Simulator, finder: Probe):
        """Further pages go the same way."""
        sim.lines.listed = ["tx"]
        assert await finder.line() is await finder.line()
        assert [seen.host for seen in sim.seen("probe")] == [MEMBER, TX]

    @pytest.mark.parametrize(("method", "sent"), [("post", "104857"), ("get", None)])
    async def test_it_is_measured_as_the_server_wants(
        self, sim: Simulator, finder: Probe, method: Literal["get", "post"], sent: str | None
    ):
        """By POST with a tenth of a mebibyte, or by GET."""
        sim.lines.listed, sim.lines.method = ["tx"], method
        await finder.line()
        measured = sim.seen("probe")[-1]
        assert (measured.method, measured.path, measured.header("Content-Length")) == (
            method.upper(),
            "/OK",
            sent,
        )

    async def test_the_line_is_what_preupload_is_asked_for(self, today: Today, sim: Simulator):
        """Two pages, one measurement."""
        sim.lines.listed = ["tx"]
        await today.ends_right(today.make(b"one", b"two", line=None), b"one", b"two")
        assert [seen.query_value("upcdn") for seen in sim.seen("preupload")] == ["tx", "tx"]
        assert len(sim.seen("probe")) == 2


class TestOther:
    """A line that fails is left for another one."""

    async def test_several_pages_that_leave_the_same_line_go_to_the_same_one(
        self, sim: Simulator, finder: Probe
    ):
        """It is looked for once."""
        left = (await finder.line()).line.name
        others = await asyncio.gather(finder.other(left), finder.other(left))
        assert others[0] is not None
        assert others[0] is others[1] is await finder.line()
        assert others[0].line.name != left
        assert len([seen for seen in sim.seen("probe") if seen.host == MEMBER]) == 2

    async def test_none_is_taken_twice(self, finder: Probe):
        """When all were tried there is no other; the last one is kept."""
        taken = [(await finder.line()).line.name]
        while (other := await finder.other(taken[-1])) is not None:
            taken.append(other.line.name)
        assert sorted(taken) == ["bda2", "bldsa", "tx"]
        assert (await finder.line()).line.name == taken[-1]


class TestNothingToMeasure:
    """An upload does not fail for want of a measurement: Bilibili's own line is taken, and the log says so."""

    @pytest.mark.parametrize(
        "fault",
        [
            Status(503),
            Status(404),
            Cut(),
            Answer(body=b'{"OK":0}'),
            Answer(body=b"<html>"),
            Answer(body=b'{"OK":1}'),
        ],
        ids=repr,
    )
    async def test_when_the_lines_cannot_be_asked_for(
        self, sim: Simulator, finder: Probe, fault: Fault, caplog: pytest.LogCaptureFixture, fake: FakeWorld
    ):
        """Within half a minute."""
        sim.faults.add("probe", fault, host=MEMBER, times=None)
        assert (await finder.line()).line.name == "bldsa"
        assert "the lines cannot be asked for" in caplog.text
        assert sum(fake.naps) < 30

    async def test_when_no_line_answers(
        self, sim: Simulator, finder: Probe, caplog: pytest.LogCaptureFixture
    ):
        """All are there, and all refuse."""
        for host in (BDA2, BLDSA, TX):
            sim.faults.add("probe", Status(502), host=host, times=None)
        assert (await finder.line()).line.name == "bldsa"
        assert "no line answers" in caplog.text

    async def test_when_all_lines_take_too_long(
        self, sim: Simulator, finder: Probe, monkeypatch: pytest.MonkeyPatch
    ):
        """One that takes longer than `PATIENCE` is no candidate."""
        monkeypatch.setattr(probe, "PATIENCE", 0.1)
        for host in (BDA2, BLDSA, TX):
            sim.faults.add("probe", Stall(), host=host, times=None)
        assert (await asyncio.wait_for(finder.line(), 5)).line.name == "bldsa"

    async def test_trouble_that_passes_is_waited_for(self, sim: Simulator, finder: Probe):
        """The second answer lists the lines."""
        sim.lines.listed = ["tx"]
        sim.faults.add("probe", Status(503), host=MEMBER)
        assert (await finder.line()).line.name == "tx"


async def test_a_stop_while_measuring_stops_at_once(today: Today, sim: Simulator):
    """No measurement is left behind."""
    hanging = [sim.faults.add("probe", Stall(), host=host, times=None) for host in (BDA2, BLDSA, TX)]
    uploader = today.make(line=None)
    running = asyncio.create_task(uploader.start())
    async with asyncio.timeout(10):
        for rule in hanging:
            await rule.fired.wait()
        await uploader.abort()
    assert await running is None
