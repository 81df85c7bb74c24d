"""Starting and, above all, stopping."""

from __future__ import annotations

import asyncio
import socket
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
import yarl
from tests.simulator.conftest import files_below
from tests.simulator.raw import RawClient, chunk_form, multipart

from bilibili_api.simulator import Latency, Simulator, Slow, Stall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bilibili_api.simulator import Fault

DATA = bytes(3_000_000)


@pytest.mark.parametrize("fault", [Stall(after=1000), Slow(bytes_per_second=1000), Latency(3600)])
async def test_it_closes_at_once_while_clients_hang(fault: Fault):
    """Nothing waits for requests that would never end; their clients get an error."""
    async with Simulator() as sim:
        client = RawClient(sim)
        ticket = await client.ticket()
        rule = sim.faults.add("chunk", fault, times=None)
        hanging = [asyncio.create_task(client.chunk(ticket, DATA)) for _ in range(3)]
        await rule.fired.wait()
        began = time.monotonic()
    assert time.monotonic() - began < 5
    results = await asyncio.gather(*hanging, return_exceptions=True)
    assert all(isinstance(result, OSError) for result in results)
    await client.session.close()


async def test_no_task_is_left_behind():
    """Neither of idle connections nor of stalled ones."""
    before = asyncio.all_tasks()
    async with Simulator() as sim, RawClient(sim) as client:
        rule = sim.faults.add("preupload", Stall())
        stalled = asyncio.create_task(client.preupload())
        await rule.fired.wait()
        await client.get(f"{sim.url}/")
        stalled.cancel()
    await asyncio.wait([stalled])
    assert asyncio.all_tasks() == before


async def test_it_closes_at_once_while_connections_idle():
    """Kept-alive connections do not hold it up."""
    async with Simulator() as sim:
        client = RawClient(sim)
        await client.preupload()
        began = time.monotonic()
    assert time.monotonic() - began < 5
    await client.session.close()


async def test_nobody_listens_afterwards():
    """Both ports are free again."""
    async with Simulator() as sim:
        ports = sim.port, sim.http_port
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_what_it_holds_can_be_looked_at_afterwards():
    """Videos, archives and exchanges outlive the block."""
    async with Simulator() as sim, RawClient(sim) as client:
        name = await client.stored()
    assert [video.filename for video in sim.videos] == [name]
    assert len(sim.seen("chunk")) == 1


async def test_it_listens_where_it_is_told():
    """Both ports can be chosen."""
    with socket.socket() as one, socket.socket() as two:
        for free in (one, two):
            free.bind(("127.0.0.1", 0))
        port, http_port = (free.getsockname()[1] for free in (one, two))
    async with Simulator(port=port, http_port=http_port) as sim:
        assert (sim.port, sim.http_port) == (port, http_port)
        assert (sim.url, sim.http_url) == (f"https://127.0.0.1:{port}", f"http://127.0.0.1:{http_port}")


async def test_a_port_in_use_is_an_error_that_leaves_nothing_open():
    """The first listener is closed when the second cannot be opened."""
    with socket.socket() as taken, socket.socket() as free:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        with pytest.raises(OSError, match="address already in use"):
            async with Simulator(port=port, http_port=taken.getsockname()[1]):
                pass
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_it_can_be_started_again_after_it_was_closed():
    """What it held is still there; the port may be another."""
    sim = Simulator()
    async with sim, RawClient(sim) as client:
        name = await client.stored()
    async with sim, RawClient(sim) as client:
        assert sim.videos[0].filename == name
        assert (await client.preupload()).ok == 1


async def test_it_cannot_be_started_twice_at_once():
    """One simulator is one pair of listeners."""
    async with Simulator() as sim:
        with pytest.raises(RuntimeError, match="already"):
            await sim.__aenter__()


@pytest.mark.parametrize("name", ["port", "http_port", "url", "http_url", "ca_file"])
def test_before_it_runs_it_has_no_address(name: str):
    """The error says how to start it."""
    with pytest.raises(RuntimeError, match="async with Simulator"):
        getattr(Simulator(), name)


def test_there_are_two_eras():
    """Another one is an error."""
    era: Any = "1999"
    with pytest.raises(ValueError, match="2021, today"):
        Simulator(era=era)


async def test_a_large_chunk_does_not_stand_in_memory():
    """40 MiB pass through on their way to disk; a fraction of that is held at a time."""
    chunk = multipart(chunk_form(bytes(40 << 20)))

    async def body() -> AsyncIterator[bytes]:
        for start in range(0, len(chunk), 1 << 18):
            yield chunk[start : start + (1 << 18)]
            await asyncio.sleep(0)

    async with Simulator() as sim, RawClient(sim) as client:
        ticket = await client.ticket()
        tracemalloc.start()
        try:
            async with client.session.post(
                yarl.URL(f"http://127.0.0.1:{sim.http_port}/{ticket.url.split('/', 3)[3]}", encoded=True),
                data=body(),
                headers={
                    "Host": "upcdn-szhw.bilivideo.com",
                    "Content-Type": "multipart/form-data; boundary=frontier",
                },
            ) as got:
                assert (await got.json(content_type=None))["OK"] == 1
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 8 << 20


async def test_abandoned_uploads_leave_no_files():
    """Chunks of uploads that were never completed go with the simulator."""
    async with Simulator() as sim, RawClient(sim) as client:
        await client.chunk(await client.ticket(), DATA)
        folder = sim.ca_file.parent
        assert len(files_below(folder)) == 2
    assert files_below(folder) == []
