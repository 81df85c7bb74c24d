"""Sending one request: byte for byte, over TLS only, with a typed error for whatever a peer may do."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import socket
import ssl
import threading
import time
import tracemalloc
from typing import TYPE_CHECKING, TypeAlias

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.peer import HOST, Connection, Peer, Script, Tap, listening
from tests.kit import content, until

from bilibili_api.engine import connection as made_of
from bilibili_api.engine.connection import BLOCK, MAX_ANSWER
from bilibili_api.engine.flow import Flow
from bilibili_api.engine.http import SHORT, Http
from bilibili_api.engine.options import Options, Patience, Server
from bilibili_api.engine.trust import trust
from bilibili_api.exceptions import (
    ArgsException,
    ConnectionLost,
    NetworkException,
    ResponseException,
    Retry,
    Unreachable,
)
from bilibili_api.protocol.bodies import Framed
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.wire import Request, Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

MIB = 1024 * 1024
PATIENT = Patience()

Start: TypeAlias = "Callable[..., Awaitable[Peer]]"
To: TypeAlias = "Callable[..., Http]"


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def context(authority: trustme.CA) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(made)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is meant
    return made


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture
async def start(context: ssl.SSLContext) -> AsyncIterator[Start]:
    """Start a peer that follows a script."""
    async with asyncio.TaskGroup() as group:
        over = asyncio.Event()

        async def run(script: Script, *, tls: bool = True, room: int = 0) -> Peer:
            begun: asyncio.Future[Peer] = asyncio.get_running_loop().create_future()

            async def hold() -> None:
                async with listening(script, context if tls else None, room) as peer:
                    begun.set_result(peer)
                    await over.wait()

            group.create_task(hold())
            return await begun

        yield run
        over.set()


class Clock:
    """The clock of the loop, which a test can move: nobody waits for real."""

    def __init__(self, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.passed = 0.0
        real = loop.time
        monkeypatch.setattr(loop, "time", lambda: real() + self.passed)

    async def move(self, seconds: float) -> None:
        """Let time pass, a second at a time, so that everything due is done in its order."""
        end = self.passed + seconds
        while self.passed < end:
            self.passed += 1
            for _ in range(10):
                await asyncio.sleep(0)

    async def outlast(self, task: asyncio.Task[Response]) -> None:
        """Let time pass until a task has ended."""
        while not task.done() and self.passed < 1000:
            await self.move(1)


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(asyncio.get_running_loop(), monkeypatch)


async def settled(count: Callable[[], int]) -> int:
    """Wait until a number has stopped growing: every buffer on the way is full."""
    seen = [-1] * 4
    while seen[0] <= 0 or len(set(seen)) > 1:
        await asyncio.sleep(0.005)
        seen = [*seen[1:], count()]
    return seen[0]


@pytest.fixture
def to(ca_file: Path) -> To:
    """Make a client whose connections go to a peer."""

    def make(peer: Peer, patience: Patience = PATIENT) -> Http:
        return Http(Options(server=Server(f"https://127.0.0.1:{peer.port}", ca_file), patience=patience))

    return make


def post(data: bytes | bytearray, path: str = "/chunk?sig=%2f") -> Request:
    body = Framed(b"<", memoryview(data), b">")
    return Request(Step.CHUNK, "POST", f"https://{HOST}{path}", {"Content-Type": "text/plain"}, body)


def get(path: str = "/key") -> Request:
    return Request(Step.KEY, "GET", f"https://{HOST}{path}")


def connections_to(peer: Peer) -> list[socket.socket]:
    """The sockets of this process that are connected to a peer."""
    return [each for each in gc.get_objects() if type(each) is socket.socket and _leads_to(each, peer)]


def _leads_to(connection: socket.socket, peer: Peer) -> bool:
    try:
        return connection.getpeername() == ("127.0.0.1", peer.port)
    except OSError:  # it is closed, or listens
        return False


async def never(_: Connection) -> None:
    await asyncio.Event().wait()


class TestContent:
    """What goes out and what comes in."""

    @pytest.mark.parametrize("size", [1, 1000, BLOCK - 1, BLOCK, BLOCK + 1, 3 * MIB + 7])
    async def test_a_body_arrives_as_it_is(self, start: Start, to: To, size: int):
        """Head, content and tail, with their exact length and no chunked encoding."""
        got: list[tuple[bytes, bytes]] = []

        async def script(connection: Connection) -> None:
            got.append(await connection.request())
            await connection.answer()

        data = content(size)
        async with to(await start(script)) as http:
            await http.send(post(data))
        head, body = got[0]
        assert hashlib.md5(body).digest() == hashlib.md5(b"<" + data + b">").digest()
        assert b"transfer-encoding" not in head.lower()

    async def test_many_bodies_at_once_arrive_as_they_are(self, start: Start, to: To):
        """Each over its own connection; buffers may be used again once the answer has come."""
        got: list[str] = []

        async def script(connection: Connection) -> None:
            while True:
                _, body = await connection.request()
                got.append(hashlib.md5(body).hexdigest())
                await connection.answer()

        sent = [content(700_000, seed) for seed in range(12)]
        peer = await start(script)
        async with to(peer) as http, asyncio.TaskGroup() as group:

            async def sender(mine: list[bytes]) -> None:
                buffer = bytearray(700_000)
                for data in mine:
                    buffer[:] = data
                    await http.send(post(buffer))

            for number in range(4):
                group.create_task(sender(sent[number::4]))
        assert sorted(got) == sorted(hashlib.md5(b"<" + data + b">").hexdigest() for data in sent)
        assert peer.connections == 4

    async def test_an_answer_comes_as_it_is(self, start: Start, to: To):
        """Status, header fields with names in lower case, body."""

        async def script(connection: Connection) -> None:
            await connection.head()
            await connection.answer(418, b"\x00\xff body", "X-Odd: One Two\r\n")

        async with to(await start(script)) as http:
            answer = await http.send(get())
        assert (answer.status, answer.headers["x-odd"], answer.body) == (418, "One Two", b"\x00\xff body")

    async def test_nothing_is_unpacked_that_was_not_asked_for(self, start: Start, to: To):
        """No compression is accepted; a server that compresses all the same cannot blow up our memory."""
        heads: list[bytes] = []

        async def script(connection: Connection) -> None:
            heads.append(await connection.head())
            await connection.answer(body=b"\x1f\x8b packed", headers="Content-Encoding: gzip\r\n")

        async with to(await start(script)) as http:
            answer = await http.send(get())
        assert answer.body == b"\x1f\x8b packed"
        assert b"\r\naccept-encoding: identity\r\n" in heads[0].lower()

    async def test_no_cookies_are_kept(self, start: Start, to: To):
        """What one answer sets, the next request does not carry."""
        heads: list[bytes] = []

        async def script(connection: Connection) -> None:
            while True:
                head, _ = await connection.request()
                heads.append(head.lower())
                await connection.answer(headers="Set-Cookie: sid=1; Path=/\r\n")

        async with to(await start(script)) as http:
            for _ in range(2):
                await http.send(post(b"x"))
                await http.send(get())
        assert len(heads) == 4
        assert not any(b"cookie" in head for head in heads)

    async def test_no_header_names_the_http_library(self, start: Start, to: To):
        """What is sent is what the protocol says, and what HTTP itself needs."""
        heads: list[bytes] = []

        async def script(connection: Connection) -> None:
            heads.append((await connection.request())[0])
            await connection.answer()

        async with to(await start(script)) as http:
            await http.send(post(b"x"))
        names = {line.partition(b":")[0].lower() for line in heads[0].split(b"\r\n")[1:] if line}
        assert names <= {b"host", b"accept", b"accept-encoding", b"content-type", b"content-length"}

    async def test_chunks_share_connections_and_calls_do_not(self, start: Start, to: To):
        """An answer to a call is never lost to a kept connection that the server has just closed."""

        async def script(connection: Connection) -> None:
            while True:
                await connection.request()
                await connection.answer()

        peer = await start(script)
        async with to(peer) as http:
            for _ in range(3):
                await http.send(post(b"x"))
            assert peer.connections == 1
            for _ in range(3):
                await http.send(get())
        assert peer.connections == 4

    async def test_a_connection_that_ended_while_it_was_kept_is_replaced(self, start: Start, to: To):
        """Nothing was sent over it, so nothing is lost, and nobody is told."""

        async def script(connection: Connection) -> None:
            await connection.request()
            await connection.answer()
            connection.finish()

        peer = await start(script)
        async with to(peer) as http:
            for _ in range(3):
                assert (await http.send(post(b"x"))).status == 200
                await until(lambda: all(each.done() for each in peer.tasks))
        assert peer.connections == 3

    async def test_a_connection_that_was_kept_for_long_is_not_used_again(
        self, start: Start, to: To, monkeypatch: pytest.MonkeyPatch
    ):
        """A router between may have forgotten it, and would tell nobody."""

        async def script(connection: Connection) -> None:
            while True:
                await connection.request()
                await connection.answer()

        peer = await start(script)
        async with to(peer) as http:
            await http.send(post(b"x"))
            monkeypatch.setattr("bilibili_api.engine.http.KEPT", -1.0)
            await http.send(post(b"x"))
            assert peer.connections == 2
            assert len(connections_to(peer)) == 1

    async def test_nothing_is_sent_in_the_clear(self, start: Start, to: To):
        """Whatever URL somebody may have made."""
        peer = await start(never, tls=False)
        async with to(peer) as http:
            with pytest.raises(ValueError, match="over https only"):
                await http.send(Request(Step.KEY, "GET", f"http://{HOST}/key"))
        assert peer.connections == 0

    async def test_a_header_field_of_several_lines_is_not_sent(self, start: Start, to: To):
        """It would be another field, or another request."""
        peer = await start(never)
        odd = Request(Step.KEY, "GET", f"https://{HOST}/key", {"Cookie": "a=b\r\nX-More: c"})
        async with to(peer) as http:
            with pytest.raises(ValueError, match="more than one line"):
                await http.send(odd)
        assert connections_to(peer) == []


ODD_TARGETS = [
    "/a?sig=%2f%7E&b=%2B%2f%3D",
    "/a?x=a+b%20c&empty=&flag",
    "/a/%2e%2e/b/../c//d/./%41?q",
    "/a?quote='(!*)'&semi=1;2&at=@:/?",
    '/a?odd="<>\\^`{|}',
    "/a?percent=%zz%&lower=%e4%bd%a0&upper=%E4%BD%A0",
    "/a?double=%252f&nested=https%3A%2F%2Fx%2Fy%3Fz%3D1",
    "/ugcfr/pc3/n1?deadline=1&tag=a+b%20c",
]


class TestUrl:
    """URLs are signed: they go out byte for byte."""

    @pytest.mark.parametrize("target", ODD_TARGETS)
    async def test_a_signed_url_is_not_rewritten(self, start: Start, to: To, target: str):
        """Whatever a library would have tidied up."""
        assert await self._sent(start, to, target) == target

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        target=st.text(
            st.sampled_from([chr(c) for c in range(33, 127) if chr(c) != "#"]), min_size=1, max_size=40
        )
    )
    async def test_any_visible_ascii_goes_out_as_it_is(self, start: Start, to: To, target: str):
        """No character is special."""
        assert await self._sent(start, to, f"/a?{target}") == f"/a?{target}"

    async def _sent(self, start: Start, to: To, target: str) -> str:
        lines: list[bytes] = []

        async def script(connection: Connection) -> None:
            lines.append((await connection.head()).partition(b"\r\n")[0])
            await connection.answer()

        async with to(await start(script)) as http:
            await http.send(get(target))
        method, sent, _ = lines[0].decode().split(" ")
        assert method == "GET"
        return sent

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize("place", ["http://127.0.0.1:1/plain", f"https://{HOST}/elsewhere"])
    async def test_a_redirect_is_not_followed(self, start: Start, to: To, status: int, place: str):
        """No secret is carried elsewhere, least of all to http."""

        async def script(connection: Connection) -> None:
            await connection.request()
            await connection.answer(status, headers=f"Location: {place}\r\n")

        peer = await start(script)
        async with to(peer) as http:
            assert (await http.send(post(b"x"))).status == status
        assert peer.connections == 1


class TestEarlyAnswer:
    """A server that has seen enough."""

    async def test_an_answer_before_the_end_of_the_body_is_delivered(self, start: Start, to: To):
        """The rest of the body is not sent: less than 8 MiB of 64 go out, and it takes no time."""
        taken: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def script(connection: Connection) -> None:
            await connection.exactly(MIB)
            await connection.answer(403, b"no")
            taken.set_result(MIB + await connection.count())

        async with to(await start(script)) as http:
            begun = time.perf_counter()
            answer = await http.send(post(bytes(64 * MIB)))
            assert time.perf_counter() - begun < 2
            assert (answer.status, answer.body) == (403, b"no")
            assert await taken < 8 * MIB

    async def test_an_answer_followed_by_the_end_of_the_connection_is_delivered(self, start: Start, to: To):
        """The server refuses and hangs up."""

        async def script(connection: Connection) -> None:
            await connection.exactly(MIB)
            await connection.answer(413, b"too large", "Connection: close\r\n")
            connection.finish()
            await connection.count()

        async with to(await start(script)) as http:
            assert (await http.send(post(bytes(64 * MIB)))).status == 413

    async def test_after_an_early_answer_the_next_request_is_sent_well(self, start: Start, to: To):
        """A connection with half a body in it is not used again."""
        first = True

        async def script(connection: Connection) -> None:
            nonlocal first
            if first:
                first = False
                await connection.exactly(1000)
                await connection.answer(503)
                await connection.count()
            else:
                await connection.request()
                await connection.answer(200)

        async with to(await start(script)) as http:
            assert (await http.send(post(bytes(16 * MIB)))).status == 503
            assert (await http.send(post(bytes(1000)))).status == 200


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
            assert spare == []
            go_on.set()
            await until(lambda: spare)

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
        assert connections_to(peer) == []

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
        assert connections_to(peer) == []

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
        assert connections_to(plain) == connections_to(peer) == []

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


PIECES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.0 500 \r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n",
        b"HTTP/2 200\r\n",
        b"HTTP/1.1 999999 X\r\n",
        b"HTTP/1.1 -1 X\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: -5\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: gzip\r\n",
        b"Content-Encoding: br\r\n",
        b"Content-Encoding: deflate\r\n",
        b"Set-Cookie: a=\xff; expires=never\r\n",
        b"Location: http://[::1\r\n",
        b"Link: <>\r\n",
        b"Content-Type: ;;charset=\xff\r\n",
        b"Connection: close\r\n",
        b"Keep-Alive: x\r\n",
        b"Odd\x00Name: 1\r\n",
        b": no name\r\n",
        b" folded\r\n",
        b"X: " + b"y" * 9000 + b"\r\n",
        b"\r\n",
        b"\n",
        b"5\r\nhello\r\n",
        b"0\r\n\r\n",
        b"fffffffffffffffffff\r\n",
        b'{"code":0}',
    ]
)
RAW_ANSWERS = st.one_of(
    st.binary(max_size=300),
    st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=8).map(b"".join),
    st.lists(PIECES, max_size=8).map(lambda pieces: b"HTTP/1.1 200 OK\r\n" + b"".join(pieces)),
)


class TestOddAnswers:
    """Whatever a server, or something between, may say."""

    async def test_only_the_head_of_the_real_answer_counts(self, start: Start, to: To):
        """Neither what a preliminary one says nor what comes behind the body."""

        async def script(connection: Connection) -> None:
            await connection.head()
            await connection.say(b"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n")
            await connection.say(b"HTTP/1.1 200 OK\r\nRetry-After: 5\r\nTransfer-Encoding: chunked\r\n\r\n")
            await connection.say(b"2\r\nhi\r\n0\r\nRetry-After: 900\r\nHTTP/1.1: x\r\n\r\n")

        async with to(await start(script)) as http:
            answer = await http.send(get())
        assert (answer.status, answer.body, answer.headers["retry-after"]) == (200, b"hi", "5")
        assert "x-early" not in answer.headers

    @pytest.mark.parametrize("raw", [b"SSH-2.0-OpenSSH\r\n", b"\x00" * 100, b"HTTP/9 hello\r\n\r\n"])
    async def test_what_is_not_http_is_an_unexpected_answer(self, start: Start, to: To, raw: bytes):
        """And is not tried again: it will not get better."""

        async def script(connection: Connection) -> None:
            await connection.head()
            await connection.say(raw)

        async with to(await start(script)) as http:
            with pytest.raises(ResponseException, match="not proper HTTP") as caught:
                await http.send(get())
        assert caught.value.retry is Retry.NO

    async def test_an_answer_without_end_is_cut_off(self, start: Start, to: To):
        """Memory stays bounded whatever the server sends."""
        block = bytes(64 * 1024)

        async def script(connection: Connection) -> None:
            await connection.head()
            await connection.say(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                await connection.say(block)

        async with to(await start(script)) as http:
            tracemalloc.start()
            try:
                with pytest.raises(ResponseException, match=f"over {MAX_ANSWER} bytes"):
                    await http.send(get())
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert peak < 4 * MAX_ANSWER

    @pytest.mark.parametrize(
        ("begins", "goes_on"),
        [
            (b"", b"X: " + b"a" * 4000 + b"\r\n"),
            (b"", b"Set-Cookie: a=b\r\n" * 500),
            (b"X: ", b"a" * 4000),
            (b"Transfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n", b"a" * 65536),
            (b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 500),
            (b"Content-Length: 99999999999\r\n\r\n", b"a" * 65536),
        ],
        ids=["fields", "cookies", "one field", "a chunk", "trailers", "a body"],
    )
    async def test_an_answer_that_is_too_large_is_refused(
        self, start: Start, to: To, begins: bytes, goes_on: bytes
    ):
        """Its head, its body, or what comes after it: long before memory is full."""

        async def script(connection: Connection) -> None:
            await connection.head()
            await connection.say(b"HTTP/1.1 200 OK\r\n" + begins)
            while True:
                await connection.say(goes_on)

        async with to(await start(script)) as http:
            tracemalloc.start()
            try:
                with pytest.raises((ResponseException, ConnectionLost)):
                    await http.send(get())
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert peak < 4 * MAX_ANSWER

    @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(raw=RAW_ANSWERS, has_body=st.booleans())
    async def test_any_bytes_give_a_response_or_an_error_of_ours(
        self, context: ssl.SSLContext, to: To, raw: bytes, has_body: bool
    ):
        """Never another exception."""

        async def script(connection: Connection) -> None:
            await connection.request()
            await connection.say(raw)

        async with listening(script, context) as peer, to(peer) as http:
            try:
                answer = await http.send(post(b"x") if has_body else get())
            except (NetworkException, ResponseException):
                pass
            else:
                assert isinstance(answer, Response)
