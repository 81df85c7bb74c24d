"""`bilibili_api.bench`: what this machine and the lines can do, and what holds uploads up."""

from __future__ import annotations

import asyncio
import gc
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.engine.today import simulator_of_today
from tests.proxies import EXIT, proxy

from bilibili_api import bench
from bilibili_api.bench import Bottleneck, LineRate, Machine, Rate, bottleneck
from bilibili_api.engine.http import Http
from bilibili_api.exceptions import ArgsException, NetworkException, ProxyFailed, Unreachable
from bilibili_api.simulator import Cut, Stall, Status
from bilibili_api.video_uploader import Network, Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Simulator
    from bilibili_api.video_uploader import Options

MIB = 1024 * 1024


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


async def measured(options: Options, *names: str) -> list[LineRate]:
    return [line async for line in bench.measure_lines(names, options=options)]


class TestMachine:
    """Reading, md5, TLS."""

    async def test_every_step_is_measured(self, tmp_path: Path) -> None:
        """Of the file, as many bytes as it has; TLS by what uploads are sent with, by the cipher they like best."""
        path = tmp_path / "video.mp4"
        path.write_bytes(bytes(3 * MIB + 5))
        machine = await bench.measure_machine(path, seconds=0.02)
        assert machine.read is not None
        assert (machine.file, machine.read.bytes) == (path, 3 * MIB + 5)
        assert min(machine.md5.rate, machine.tls.rate) > MIB
        assert machine.tls.note.startswith("TLS_AES_128_GCM_SHA256, libcurl ")

    async def test_without_a_file_a_temporary_one_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is gone afterwards, and so is the key that TLS was measured with."""
        monkeypatch.setattr("bilibili_api.engine.bench_machine.SPARE_FILE", MIB)
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        machine = await bench.measure_machine(seconds=0.02)
        assert machine.read is not None
        assert machine.read.bytes == MIB
        assert os.listdir(tmp_path) == []  # noqa: PTH208 - as short

    async def test_no_room_for_a_temporary_file_stops_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The rest is measured."""

        def full(**_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("tempfile.TemporaryFile", full)
        machine = await bench.measure_machine(seconds=0.02)
        assert machine.read is None
        assert machine.slowest == ("tls", machine.tls.rate)

    @pytest.mark.parametrize("name", ["missing.mp4", "."])
    async def test_a_file_that_cannot_be_read(self, tmp_path: Path, name: str) -> None:
        """Is an error of the arguments."""
        with pytest.raises(ArgsException, match="cannot be read"):
            await bench.measure_machine(tmp_path / name)

    async def test_measuring_ends_when_it_is_cancelled(self, tmp_path: Path) -> None:
        """The thread does not go on reading."""
        path = tmp_path / "video.mp4"
        with path.open("wb") as file:
            file.truncate(1 << 40)
        task = asyncio.create_task(bench.measure_machine(path, seconds=3600))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(5):
            await asyncio.get_running_loop().shutdown_default_executor()


class TestLines:
    """The lines that Bilibili proposes, one after the other."""

    async def test_each_line_is_measured(self, sim: Simulator, options: Options) -> None:
        """In the order of the list; with times of its connection."""
        found = await measured(options)
        assert [line.name for line in found] == ["bda2", "bldsa", "tx"]
        assert all(line.rate and line.connect and line.tls and not line.problem for line in found)
        assert {seen.header("Cookie") for seen in sim.exchanges} == {None}

    async def test_no_request_carries_more_than_is_asked_for(self, sim: Simulator, options: Options) -> None:
        """0.1 MiB, six times a line, over three connections."""
        sim.lines.listed = ["bda2"]
        [line] = await measured(options)
        sizes = [seen.taken for seen in sim.seen("probe") if seen.host == line.host]
        assert sizes == [int(0.1 * MIB)] * 6
        assert line.bytes == 3 * int(0.1 * MIB)

    async def test_a_slow_line_is_measured_as_slow(self, sim: Simulator, options: Options) -> None:
        """At most half of the time is taken off for the way there and back."""
        sim.lines.listed = ["tx"]
        sim.lines["tx"].bandwidth = 1e6
        [slow] = await measured(options)
        assert slow.rate is not None
        assert slow.rate < 2.1e6

    async def test_only_lines_that_are_named(self, sim: Simulator, options: Options) -> None:
        """Also one that is not proposed; of one that only the server can find, there is nothing to measure."""
        found = await measured(options, "ws", "tx", "estx")
        assert [(line.name, line.rate is None) for line in found] == [
            ("ws", False),
            ("tx", False),
            ("estx", True),
        ]
        assert "Only the server" in found[2].problem

    async def test_an_unknown_line_is_an_error(self, sim: Simulator, options: Options) -> None:
        """Before anything is asked."""
        with pytest.raises(ArgsException, match="no line 'nosuch'"):
            await measured(options, "nosuch")
        assert sim.exchanges == []

    async def test_where_no_transfer_is_asked_for_only_times_are_measured(
        self, sim: Simulator, options: Options
    ) -> None:
        """`get` instead of `post`."""
        sim.lines.method = "get"
        found = await measured(options)
        assert all(line.connect and line.rate is None and "no transfer" in line.problem for line in found)

    @pytest.mark.parametrize(
        ("fault", "says"), [(Status(503), "status 503"), (Cut(), "broke"), (Stall(), "more than")]
    )
    async def test_a_line_that_fails_says_so_and_the_others_are_measured(
        self, sim: Simulator, options: Options, monkeypatch: pytest.MonkeyPatch, fault: Status, says: str
    ) -> None:
        """One line is not worth the rest."""
        monkeypatch.setattr("bilibili_api.engine.bench_lines.PATIENCE", 1.5)
        sim.lines.listed = ["bda2", "tx"]
        sim.faults.add("probe", fault, times=None, when=lambda seen: seen.host == sim.lines["bda2"].host)
        bad, good = await measured(options)
        assert says in bad.problem
        assert good.rate

    async def test_lines_whose_turn_comes_too_late_are_left_out(
        self, sim: Simulator, options: Options, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A bench ends, however many lines there are."""
        monkeypatch.setattr("bilibili_api.engine.bench_lines.TOGETHER", -1.0)
        assert {line.problem for line in await measured(options)} == {"It was left out: the time is up."}

    async def test_a_bilibili_that_cannot_be_asked(self, sim: Simulator, options: Options) -> None:
        """Is an error at once: nobody waits a day for a bench."""
        sim.faults.add("probe", Status(502), times=None)
        with pytest.raises(NetworkException):
            await measured(options)

    async def test_lines_are_measured_by_the_way_of_uploads(self, sim: Simulator, options: Options) -> None:
        """Through the proxy; connecting is measured through it, too."""
        async with proxy() as through:
            way = Network(upload_proxy=through.url)
            found = await measured(replace(options, network=way), "bda2")
        assert {seen.source for seen in sim.seen("probe") if seen.host == found[0].host} == {EXIT}
        assert found[0].connect is not None
        assert len(through.asked) == 4

    async def test_a_proxy_that_refuses_leaves_no_connection_open(
        self, sim: Simulator, options: Options, recwarn: pytest.WarningsRecorder
    ) -> None:
        """The socket to it is closed, not left to the garbage collector, which would complain."""
        async with proxy() as through:
            way = replace(options, network=Network(upload_proxy=through.url))
            async with Http(way) as http:
                through.says = "HTTP/1.1 503 Busy"
                with pytest.raises(ProxyFailed):
                    await http.time_connection("upos-cs-upcdnbda2.bilivideo.com")
        gc.collect()
        assert [str(warning.message) for warning in recwarn] == []

    async def test_a_server_that_is_away(self, options: Options) -> None:
        """Ends at once."""
        with pytest.raises(Unreachable):
            await measured(replace(options, server=Server("https://127.0.0.1:1")))


class TestBottleneck:
    """The slowest of what every byte has to pass."""

    @pytest.mark.parametrize(
        ("read", "tls", "links", "expected"),
        [
            (400, 900, {"bda2": 3.0, "tx": 5.0}, Bottleneck("link", 5.0, 400, "tx")),
            (4, 900, {"bda2": 3.0, "tx": 5.0}, Bottleneck("read", 4, 5.0, "tx")),
            (400, 2, {"bda2": 3.0, "tx": None}, Bottleneck("tls", 2, 3.0, "bda2")),
            (400, 200, {"bda2": None}, Bottleneck("tls", 200, None)),
            (400, 200, {}, Bottleneck("tls", 200, None)),
        ],
    )
    def test_what_holds_uploads_up(
        self, read: int, tls: int, links: dict[str, float | None], expected: Bottleneck
    ) -> None:
        """md5 does not count: the lines of today do not ask for it."""
        machine = Machine(None, Rate(read, 1), Rate(1, 1), Rate(tls, 1))
        lines = [LineRate(name, "host", rate=rate) for name, rate in links.items()]
        assert bottleneck(machine, lines) == expected

    def test_a_file_too_short_to_tell_is_not_blamed(self) -> None:
        """A few kilobytes take as long as it takes to open them."""
        machine = Machine(None, Rate(8000, 0.005), Rate(1, 1), Rate(900_000_000, 1))
        assert bottleneck(machine, []).step == "tls"
