"""Connections that break or stall, with a typed error for each; and what is seen of a body meanwhile."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from tests.engine.exchange.kit import (
    MIB,
    PATIENT,
    Clock,
    Start,
    To,
    connections_to,
    get,
    never,
    post,
    settled,
)
from tests.engine.peer import HOST, Connection, Tap
from tests.kit import until

from bilibili_api.engine.flow import Flow
from bilibili_api.engine.http import SHORT, Http
from bilibili_api.engine.options import Options, Server
from bilibili_api.exceptions import (
    ConnectionLost,
    Retry,
)
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.wire import Request

if TYPE_CHECKING:
    from pathlib import Path


class TestLoss:
    """A connection that breaks or falls silent."""

    @pytest.mark.parametrize("how", ["reset", "finish"])
    async def test_a_connection_that_ends_in_the_middle_is_an_error_at_once(
        self, start: Start, to: To, how: str
    ):
        """By RST or by FIN."""

        async def script(connection: Connection) -> None:
            await connection.exactly(MIB)
            getattr(connection, how)()
            await never(connection)

        async with to(await start(script)) as http:
            begun = time.perf_counter()
            with pytest.raises(ConnectionLost, match=f"connection to {HOST}/chunk broke") as caught:
                await http.send(post(bytes(32 * MIB)))
        assert time.perf_counter() - begun < 2
        assert (caught.value.status, caught.value.retry) == (0, Retry.SAME)

    @pytest.mark.parametrize("how", ["reset", "finish"])
    async def test_a_connection_that_ends_instead_of_an_answer_is_an_error(
        self, start: Start, to: To, how: str
    ):
        """The request was taken whole."""

        async def script(connection: Connection) -> None:
            await connection.request()
            getattr(connection, how)()
            await never(connection)

        async with to(await start(script)) as http:
            for request in (post(b"x"), get()):
                with pytest.raises(ConnectionLost):
                    await http.send(request)

    async def test_half_an_answer_is_no_answer(self, start: Start, to: To):
        """Content-Length says that more was to come."""

        async def script(connection: Connection) -> None:
            await connection.request()
            await connection.say(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"OK":1}')
            connection.finish()

        async with to(await start(script)) as http:
            with pytest.raises(ConnectionLost):
                await http.send(post(b"x"))

    async def test_a_peer_that_stops_reading_is_given_up(self, start: Start, to: To, clock: Clock):
        """After `Patience.stall` seconds without a byte taken; the error says so."""
        stopped = asyncio.Event()

        async def script(connection: Connection) -> None:
            await connection.head()
            stopped.set()
            await never(connection)

        flow = Flow()
        async with to(await start(script)) as http:
            task = asyncio.create_task(http.send(post(bytes(32 * MIB)), flow=flow))
            await stopped.wait()
            await settled(lambda: flow.taken)
            await clock.outlast(task)
            with pytest.raises(ConnectionLost, match="taken nothing for 30 s"):
                await task
        assert 24 <= clock.passed <= 3 * PATIENT.stall  # a busy machine may still take some at first

    async def test_a_body_that_waits_in_the_kernel_was_not_taken(self, start: Start, to: To, clock: Clock):
        """The error does not blame the answer when the peer did not even take the request."""
        flow = Flow()
        async with to(await start(never, room=8192)) as http:
            task = asyncio.create_task(http.send(post(bytes(2 * MIB)), flow=flow))
            await until(lambda: flow.has_begun)
            await clock.outlast(task)
            with pytest.raises(ConnectionLost, match="taken nothing"):
                await task

    async def test_a_peer_that_stops_in_the_middle_is_given_up(self, start: Start, to: To, clock: Clock):
        """What it took before does not count for ever."""
        stopped = asyncio.Event()

        async def script(connection: Connection) -> None:
            await connection.exactly(8 * MIB)
            stopped.set()
            await never(connection)

        async with to(await start(script)) as http:
            task = asyncio.create_task(http.send(post(bytes(32 * MIB))))
            await stopped.wait()
            await clock.outlast(task)
            with pytest.raises(ConnectionLost, match="taken nothing"):
                await task

    @pytest.mark.parametrize("room", [0, 8192], ids=["large buffers", "small buffers"])
    async def test_a_slow_peer_is_not_given_up(self, start: Start, to: To, clock: Clock, room: int):
        """As long as it takes something within the patience, whatever buffers lie between."""
        size = 48 * MIB  # several times what buffers hold

        async def script(connection: Connection) -> None:
            await connection.head()
            left = size + 2
            while left:
                left -= len(await connection.exactly(min(left, size // 12)))
                await settled(lambda: flow.taken)
                await clock.move(9)
            await connection.answer()

        flow = Flow()
        async with to(await start(script, room=room)) as http:
            assert (await http.send(post(bytes(size)), flow=flow)).status == 200
        assert clock.passed > 3 * PATIENT.stall

    async def test_a_peer_that_does_not_answer_is_given_up(self, start: Start, to: To, clock: Clock):
        """After `Patience.answer` seconds; it took the request, so it may have acted on it."""
        taken = asyncio.Event()

        async def script(connection: Connection) -> None:
            await connection.request()
            taken.set()
            await never(connection)

        flow = Flow()
        async with to(await start(script)) as http:
            task = asyncio.create_task(http.send(post(bytes(1000)), flow=flow))
            await taken.wait()
            await until(lambda: not flow.is_sending)
            await clock.outlast(task)
            with pytest.raises(ConnectionLost, match="took the request but did not answer within 60 s"):
                await task
        assert 48 <= clock.passed <= 2 * PATIENT.answer

    async def test_a_call_without_an_answer_is_given_up(self, start: Start, to: To, clock: Clock):
        """Also one without a body to watch."""
        flow = Flow()
        async with to(await start(never)) as http:
            task = asyncio.create_task(http.send(get(), flow=flow))
            await until(lambda: flow.has_begun)
            await clock.outlast(task)
            with pytest.raises(ConnectionLost):
                await task
        assert clock.passed <= PATIENT.connect + 2 * PATIENT.answer

    async def test_some_answers_may_take_longer(self, start: Start, to: To, clock: Clock):
        """A completion, for instance."""

        async def script(connection: Connection) -> None:
            await connection.request()
            await until(lambda: not flow.is_sending)
            await clock.move(200)
            await connection.answer()

        flow = Flow()
        async with to(await start(script)) as http:
            assert (await http.send(post(b"x"), answer_within=300, flow=flow)).status == 200


class TestProgress:
    """`Flow`: what the peer has taken."""

    async def test_what_a_stalled_peer_has_not_taken_does_not_count(self, start: Start, to: To):
        """Bytes that wait in this process or in the kernel are not progress."""

        async def script(connection: Connection) -> None:
            await connection.exactly(2 * MIB)
            await never(connection)

        flow, tap = Flow(), Tap(await start(script))
        async with to(await start(tap.script, tls=False, room=8192)) as http:
            task = asyncio.create_task(http.send(post(bytes(32 * MIB)), flow=flow))
            await settled(lambda: tap.passed)
            taken = flow.taken
            task.cancel()
            await asyncio.wait([task])
        assert 2 * MIB <= taken <= tap.passed + MIB

    async def test_what_was_taken_grows_to_the_length_of_the_body(self, start: Start, to: To):
        """Never over it, never under zero."""

        async def script(connection: Connection) -> None:
            await connection.request()
            await connection.answer()

        flow, seen = Flow(), [0]
        async with to(await start(script, room=8192)) as http:

            async def watch() -> None:
                while True:
                    seen.append(flow.taken)
                    await asyncio.sleep(0.001)

            watching = asyncio.create_task(watch())
            await http.send(post(bytes(5 * MIB)), flow=flow)
            watching.cancel()
        assert 0 <= min(seen) <= max(seen) <= 5 * MIB + 2
        assert len(set(seen)) > 3


class Meter:
    """A limit that allows all, and counts what it was asked for."""

    is_asked = True
    in_force = None

    def __init__(self) -> None:
        self.count = 0

    async def take(self, wanted: int) -> int:
        self.count += wanted
        return wanted


class TestLimit:
    """What waits for a limit of the rate."""

    @pytest.mark.parametrize(("size", "counted"), [(SHORT, 0), (SHORT + 1, SHORT + 1), (2 * MIB, 2 * MIB)])
    async def test_calls_do_not_wait_but_pictures_do(
        self, start: Start, ca_file: Path, size: int, counted: int
    ):
        """A cover travels in a form; it is as much as a chunk."""

        async def script(connection: Connection) -> None:
            await connection.request()
            await connection.answer()

        peer, meter = await start(script), Meter()
        options = Options(server=Server(f"https://127.0.0.1:{peer.port}", ca_file), limit=meter)
        async with Http(options) as http:
            await http.send(Request(Step.COVER, "POST", f"https://{HOST}/cover", body=bytes(size)))
        assert meter.count == counted

    async def test_a_request_that_is_cancelled_waits_for_no_limit(self, start: Start, ca_file: Path):
        """The thread that waits for its turn is let go at once."""
        asked = asyncio.Event()

        class Never(Meter):
            async def take(self, wanted: int) -> int:
                asked.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    self.count = -1
                return wanted

        peer, limit = await start(never), Never()
        options = Options(server=Server(f"https://127.0.0.1:{peer.port}", ca_file), limit=limit)
        async with Http(options) as http:
            task = asyncio.create_task(http.send(post(bytes(MIB))))
            await asyncio.wait_for(asked.wait(), 5)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await until(lambda: limit.count == -1)
        await until(lambda: not connections_to(peer))
