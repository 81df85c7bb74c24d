"""Servers that cannot be reached, or not be trusted."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme
from tests.engine.exchange.kit import PATIENT, Clock, Start, To, connections_to, get, never
from tests.engine.peer import HOST, Connection, Peer, listening
from tests.kit import until

from bilibili_api.engine.http import Http
from bilibili_api.engine.options import Options, Server
from bilibili_api.engine.trust import trust
from bilibili_api.exceptions import (
    ArgsException,
    Retry,
    Unreachable,
)
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.wire import Request

if TYPE_CHECKING:
    from pathlib import Path


class TestUnreachable:
    """No connection came about, so nothing was sent."""

    async def test_a_refused_connection(self, to: To):
        """On this machine nothing comes back by waiting; the hint names the simulator."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        async with to(Peer(port)) as http:
            with pytest.raises(Unreachable, match="Nothing answers at https://") as caught:
                await http.send(get())
        assert (caught.value.retry, "bvup simulator" in caught.value.hint) == (Retry.NO, True)

    async def test_a_connection_refused_elsewhere(self, to: To, monkeypatch: pytest.MonkeyPatch):
        """It may work later."""
        monkeypatch.setattr(Server, "is_loopback", property(lambda _: False))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        async with to(Peer(port)) as http:
            with pytest.raises(Unreachable, match=f"No connection to {HOST}") as caught:
                await http.send(get())
        assert caught.value.retry is Retry.SAME

    async def test_a_certificate_of_somebody_else(self, start: Start, tmp_path: Path):
        """Trying again does not help; the hint says what may be in between."""
        other = tmp_path / "other.pem"
        trustme.CA().cert_pem.write_to_path(other)
        peer = await start(never)
        async with Http(Options(server=Server(f"https://127.0.0.1:{peer.port}", other))) as http:
            with pytest.raises(Unreachable, match=f"certificate of {HOST} is not trusted") as caught:
                await http.send(get())
        assert (caught.value.retry, "BVUP_CA" in caught.value.hint) == (Retry.NO, True)

    async def test_a_certificate_that_the_system_does_not_know(self, start: Start):
        """Where no authority is named, those of the system count; they are read once in a process."""
        peer = await start(never)
        async with Http(Options(server=Server(f"https://127.0.0.1:{peer.port}"))) as http:
            with pytest.raises(Unreachable, match=f"certificate of {HOST} is not trusted"):
                await http.send(get())
        assert trust(None) is trust(Server(f"https://127.0.0.1:{peer.port}"))

    async def test_a_certificate_that_changes_under_way_is_waited_for(self, authority: trustme.CA, to: To):
        """The sign-in page of a network, or a clock that jumped: what was trusted may be trusted again."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST).configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is meant
        context.num_tickets = 0  # who goes on with a session is the one it began with

        async def script(connection: Connection) -> None:
            await connection.head()
            await connection.answer()

        async with listening(script, context) as peer, to(peer) as http:
            await http.send(get())
            trustme.CA().issue_cert(HOST).configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - as above
            with pytest.raises(Unreachable, match="not trusted any more") as caught:
                await http.send(get())
        assert (caught.value.retry, "clock" in caught.value.hint) == (Retry.SAME, True)

    async def test_a_certificate_for_another_name(self, start: Start, to: To):
        """The name that is checked is Bilibili's, not that of the server behind it."""
        async with to(await start(never)) as http:
            with pytest.raises(Unreachable, match="not trusted"):
                await http.send(Request(Step.KEY, "GET", "https://passport.bilibili.com/"))

    async def test_a_server_without_tls(self, start: Start, to: To):
        """Nothing is said to it in the clear."""
        got: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def script(connection: Connection) -> None:
            got.set_result(await connection.some())
            await connection.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        async with to(await start(script, tls=False)) as http:
            with pytest.raises(Unreachable):
                await http.send(get("/secret"))
        assert b"secret" not in await got

    async def test_a_server_that_never_agrees_on_tls(self, start: Start, to: To, clock: Clock):
        """`Patience.connect` covers it."""
        connected = asyncio.Event()

        async def script(connection: Connection) -> None:
            connected.set()
            await never(connection)

        async with to(await start(script, tls=False)) as http:
            task = asyncio.create_task(http.send(get()))
            await connected.wait()
            await clock.outlast(task)
            with pytest.raises(Unreachable, match="within 15 s"):
                await task
        assert clock.passed <= 2 * PATIENT.connect

    async def test_timing_a_connection_says_what_is_wrong_with_it(self, start: Start, to: To, tmp_path: Path):
        """As sending over it would; nothing is left open."""
        plain, other = await start(never, tls=False), tmp_path / "other.pem"
        trustme.CA().cert_pem.write_to_path(other)
        async with to(plain) as http:
            timing = asyncio.create_task(http.time_connection(HOST))
            await until(lambda: plain.connections)
            timing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await timing
        peer = await start(never)
        async with Http(Options(server=Server(f"https://127.0.0.1:{peer.port}", other))) as http:
            with pytest.raises(Unreachable, match=f"certificate of {HOST} is not trusted"):
                await http.time_connection(HOST)
        assert connections_to(plain) == connections_to(peer) == set()

    async def test_a_name_that_cannot_be_resolved(self, monkeypatch: pytest.MonkeyPatch, to: To):
        """The error says which."""

        async def fail(*_: object, **__: object) -> object:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", fail)
        async with to(Peer(1)) as http:
            with pytest.raises(Unreachable, match=f"name {HOST} cannot be resolved") as caught:
                await http.send(get())
        assert caught.value.retry is Retry.SAME

    async def test_an_authority_that_cannot_be_read(self, tmp_path: Path):
        """Found before anything is connected."""
        broken = tmp_path / "ca.pem"
        broken.write_text("no certificate")
        for path in (tmp_path / "missing.pem", broken):
            with pytest.raises(ArgsException, match="cannot be read"):
                async with Http(Options(server=Server("https://127.0.0.1:1", path))):
                    pass
