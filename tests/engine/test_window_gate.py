"""Who may be at work: as many as the window says, over all pages, the earlier page first."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest
from tests.engine.today import PART, Today, simulator_of_today
from tests.kit import content, listen, until

from bilibili_api.engine import window, window_gate
from bilibili_api.engine.flow import Flow
from bilibili_api.engine.window_gate import Gate
from bilibili_api.exceptions import ApiException, ConnectionLost, Unreachable
from bilibili_api.language import translate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options


def silent(*_: object) -> None:
    """Nobody listens."""


class Workers:
    """Senders of several pages, each at work until it is told to end."""

    def __init__(self, gate: Gate, group: asyncio.TaskGroup) -> None:
        self._gate, self._group = gate, group
        self.ends: dict[str, asyncio.Event] = {}
        self.at_work: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, *names: str) -> None:
        """Let them come, in this order; `1b` is one of page 1."""
        for name in names:
            self.tasks[name] = self._group.create_task(self._work(name))
            await asyncio.sleep(0)

    async def _work(self, name: str) -> None:
        end = self.ends[name] = asyncio.Event()
        async with self._gate.turn(int(name[0])):
            self.at_work.append(name)
            await end.wait()
        self.at_work.remove(name)

    async def end(self, *names: str) -> None:
        """Let them end, and others take their places."""
        for name in names:
            self.ends[name].set()
        for _ in range(3):
            await asyncio.sleep(0)


class TestTurns:
    """The gate by itself."""

    async def test_no_more_are_at_work_than_the_window_says(self):
        """It begins with two; the third waits until one has ended."""
        async with asyncio.TaskGroup() as group:
            workers = Workers(Gate(5, silent), group)
            await workers.come("1a", "1b", "1c")
            assert workers.at_work == ["1a", "1b"]
            await workers.end("1a")
            assert workers.at_work == ["1b", "1c"]
            await workers.end("1b", "1c")

    async def test_the_earlier_page_goes_first(self):
        """Whoever came first."""
        async with asyncio.TaskGroup() as group:
            workers = Workers(Gate(1, silent), group)
            await workers.come("1a", "3a", "2a", "2b")
            for name in ("1a", "2a", "2b", "3a"):
                assert workers.at_work == [name]
                await workers.end(name)

    async def test_who_is_stopped_while_waiting_takes_no_place(self):
        """Neither before it is let in, nor in the moment in which it is."""
        async with asyncio.TaskGroup() as group:
            workers = Workers(Gate(1, silent), group)
            await workers.come("1a", "1b", "1c", "1d")
            workers.tasks["1b"].cancel()
            workers.ends["1a"].set()
            await asyncio.sleep(0)  # 1a has ended and let 1c in, which does not know it yet
            workers.tasks["1c"].cancel()
            await workers.end()
            assert workers.at_work == ["1d"]
            await workers.end("1d")

    async def test_a_line_that_bears_one_has_one(self):
        """While a page goes over it; the next page may have more again."""
        gate = Gate(5, silent)
        with gate.page(1):
            gate.keep_to(1, 1)
            assert gate.window.size == 1
            with gate.page(2):
                gate.keep_to(2, 12)
                assert gate.window.ceiling == 1
        with gate.page(2):
            gate.keep_to(2, 12)
            assert gate.window.ceiling == 5

    async def test_it_looks_until_the_end_and_no_longer(self, monkeypatch: pytest.MonkeyPatch):
        """No timer is left behind."""
        monkeypatch.setattr(window_gate, "TICK", 0.001)
        monkeypatch.setattr(window_gate, "LATE", 1e6)  # a busy machine is no machine that slept
        gate = Gate(5, silent)
        begun = gate.window
        with gate.looking():
            await until(lambda: gate.window is not begun)
        ended = gate.window
        await asyncio.sleep(0.03)
        assert gate.window is ended


@pytest.mark.parametrize(("error", "size"), [(Unreachable("away"), 8), (ConnectionLost("broken"), 4)])
async def test_too_many_fail_on_a_connection_and_not_for_want_of_one(
    monkeypatch: pytest.MonkeyPatch, error: ApiException, size: int
):
    """An outage says nothing of how many there should be; connections that break do."""
    monkeypatch.setattr(window_gate, "TICK", 0.01)
    monkeypatch.setattr(window_gate, "LATE", 1e6)
    monkeypatch.setattr(window, "START", 8)
    gate = Gate(8, silent)
    begun = gate.window
    for _ in range(4):
        with pytest.raises(ApiException), gate.watching(Flow()):
            raise error
    with gate.looking():
        await until(lambda: gate.window is not begun)
    assert gate.window.size == size


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes for the window five times as fast."""
    monkeypatch.setattr(window_gate, "TICK", 0.1)
    monkeypatch.setattr(window, "SETTLE", 0.05)
    monkeypatch.setattr(window, "ENOUGH", PART // 4)


@pytest.mark.usefixtures("quick")
class TestUploads:
    """The window of a real upload."""

    async def test_it_opens_where_each_connection_is_slow(
        self, today: Today, sim: Simulator, caplog: pytest.LogCaptureFixture
    ):
        """Twice as many bring twice as much; told as events and in the log, and seen in the progress."""
        caplog.set_level(logging.DEBUG, "bilibili_api")
        sim.lines["bda2"].per_connection = 400_000
        data = content(30 * PART)
        uploader = today.make(data, threads=6)
        heard, sizes = listen(uploader), [0]

        async def look(_: object) -> None:
            sizes.append(uploader.progress.window)

        uploader.add_event_listener("AFTER_CHUNK", look)
        await today.ends_right(uploader, data)
        told = [(event["from"], event["to"]) for name, event in heard if name == "WINDOW_CHANGED"]
        assert told[0] == (2, 4)
        noted = next(each.msg for each in caplog.records if "4 chunks at once" in each.getMessage())
        assert translate(noted, "zh").startswith("同时发送 4 个分片")
        assert max(sizes) >= 4
        assert uploader.progress.window_reason

    async def test_one_at_a_time_stays_one(self, today: Today):
        """`threads` is the most that is ever allowed."""
        uploader = today.make(content(10 * PART), threads=1)
        heard = listen(uploader)
        await uploader.start()
        assert "WINDOW_CHANGED" not in dict(heard)
        assert uploader.progress.window == 1
