"""Requests that are given up."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest
from tests.engine.exchange.kit import MIB, Clock, Start, To, connections_to, get, never, post, settled
from tests.engine.peer import Connection, Tap
from tests.kit import until

from bilibili_api.engine import connection as made_of
from bilibili_api.engine.flow import Flow
from bilibili_api.exceptions import (
    ConnectionLost,
)

if TYPE_CHECKING:
    from bilibili_api.protocol.wire import Request


class TestCancelling:
    """Stopping at once."""

    @pytest.mark.parametrize("reads", [True, False], ids=["a reading peer", "a stalled peer"])
    async def test_cancelling_resets_the_connection(self, start: Start, to: To, reads: bool):
        """The peer sees RST at once, and what was queued is not sent any more."""
        halfway, go_on = asyncio.Event(), asyncio.Event()

        async def script(connection: Connection) -> None:
            await connection.exactly(MIB)
            halfway.set()
            if not reads:
                await go_on.wait()
            await connection.count()

        tap = Tap(await start(script))
        async with to(await start(tap.script, tls=False, room=8192)) as http:
            task = asyncio.create_task(http.send(post(bytes(256 * MIB))))
            await halfway.wait()
            if not reads:
                await settled(lambda: tap.passed)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            begun, passed = time.perf_counter(), tap.passed
            go_on.set()
            assert await asyncio.wait_for(tap.ended, 5) == "reset"
        assert time.perf_counter() - begun < 3
        assert tap.passed - passed < MIB

    async def test_who_has_given_up_before_the_request_began_sends_nothing(
        self, start: Start, to: To, monkeypatch: pytest.MonkeyPatch
    ):
        """It was told to be unsent, and will be sent again."""
        heard: list[bytes] = []

        async def script(connection: Connection) -> None:
            heard.append(await connection.some())

        began = Flow.began

        def given_up(flow: Flow, length: int) -> None:
            flow.is_reset = True  # the loop is in the middle of `reset`
            began(flow, length)

        monkeypatch.setattr(Flow, "began", given_up)
        peer = await start(script)
        async with to(peer) as http:
            with pytest.raises(ConnectionLost):
                await http.send(get())
        await until(lambda: not connections_to(peer))
        assert b"".join(heard) == b""

    async def test_a_handle_is_never_lent_while_it_is_prepared(
        self, start: Start, to: To, monkeypatch: pytest.MonkeyPatch
    ):
        """Whoever is cancelled just then leaves it to the thread that has it."""
        preparing, go_on = threading.Event(), threading.Event()
        fields = made_of._fields  # pyright: ignore[reportPrivateUsage] - a moment that nothing else shows

        def slowly(request: Request) -> list[bytes]:
            preparing.set()
            assert go_on.wait(10)
            return fields(request)

        monkeypatch.setattr(made_of, "_fields", slowly)
        async with to(await start(never)) as http:
            task = asyncio.create_task(http.send(get()))
            await until(preparing.is_set)
            task.cancel()
            await asyncio.wait([task])
            spare = http._spare  # pyright: ignore[reportPrivateUsage] - who gets one is decided by this
            assert len(spare) == 0
            go_on.set()
            await until(lambda: len(spare))

    async def test_closing_ends_what_was_cancelled_at_whatever_moment(self, start: Start, to: To):
        """No connection is left open, be it in the middle of its handshake or waiting for a silent peer."""
        peer = await start(never)
        for turns in (*range(8, 40, 4), 60, 100, 200, 500, 1000, 2000, 4000):
            async with to(peer) as http:
                task = asyncio.create_task(http.send(get()))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
        assert peer.connections > 0
        assert connections_to(peer) == set()

    async def test_a_closing_that_is_cancelled_leaves_nothing_open(self, start: Start, to: To):
        """As when the loop ends while somebody still waits for a QR code to be scanned."""

        async def script(connection: Connection) -> None:
            await connection.request()
            await connection.answer()
            await never(connection)

        peer = await start(script)

        async def run() -> None:
            async with to(peer) as http:
                await http.send(post(b"x"))
                current = asyncio.current_task()
                assert current is not None
                current.cancel()

        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(run())
        assert peer.connections == 1
        assert connections_to(peer) == set()

    async def test_cancelling_while_the_answer_is_awaited_resets_the_connection(self, start: Start, to: To):
        """Nothing is left open that a server would go on working for."""
        taken = asyncio.Event()

        async def script(connection: Connection) -> None:
            await connection.request()
            taken.set()
            await never(connection)

        tap = Tap(await start(script))
        async with to(await start(tap.script, tls=False)) as http:
            task = asyncio.create_task(http.send(post(b"x")))
            await taken.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.wait_for(tap.ended, 5) == "reset"

    async def test_giving_up_a_stalled_peer_resets_the_connection(self, start: Start, to: To, clock: Clock):
        """Nothing queued for it is sent later, beside the next attempt."""
        go_on = asyncio.Event()

        async def script(connection: Connection) -> None:
            await go_on.wait()
            await connection.count()

        tap = Tap(await start(script))
        async with to(await start(tap.script, tls=False, room=8192)) as http:
            task = asyncio.create_task(http.send(post(bytes(32 * MIB))))
            await settled(lambda: tap.passed)
            await clock.outlast(task)
            with pytest.raises(ConnectionLost):
                await task
            passed = tap.passed
            go_on.set()
            assert await asyncio.wait_for(tap.ended, 5) == "reset"
        assert tap.passed - passed < MIB
