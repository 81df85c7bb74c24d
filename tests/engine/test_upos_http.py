"""Bodies that are read while they are sent: `Stretch` over TLS, from files, streams and pipes."""

from __future__ import annotations

import asyncio
import io
import os
import ssl
import sys
import threading
import tracemalloc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import trustme
from tests.engine.peer import HOST, Connection, Tap, length_of, listening
from tests.engine.streams import Dribble
from tests.kit import content, piped, until

from bilibili_api.engine.connection import BLOCK
from bilibili_api.engine.flow import Flow
from bilibili_api.engine.http import Http
from bilibili_api.engine.options import Options, Patience, Server
from bilibili_api.engine.origin import Origin
from bilibili_api.engine.source import FileSource, SeekableSource, open_file
from bilibili_api.exceptions import ConnectionLost, NetworkException, SourceChanged
from bilibili_api.protocol.bodies import Stretch
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.wire import Request

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from pathlib import Path
    from typing import Any

    from tests.engine.peer import Peer, Script

    from bilibili_api.engine.source import Source

MIB = 1024 * 1024
PATIENT = Patience(connect=5, stall=10, answer=10)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what the page cache has")


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


class To:
    """Peers that follow a script, and clients whose connections go there."""

    def __init__(self, authority: trustme.CA, ca_file: Path) -> None:
        self._ca_file = ca_file
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST).configure_cert(self.tls)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is meant

    def client(self, peer: Peer, patience: Patience = PATIENT) -> Http:
        return Http(
            Options(server=Server(f"https://127.0.0.1:{peer.port}", self._ca_file), patience=patience)
        )

    @asynccontextmanager
    async def peer(self, script: Script, room: int = 0) -> AsyncGenerator[tuple[Peer, Http]]:
        async with listening(script, self.tls, room) as peer, self.client(peer) as http:
            yield peer, http


@pytest.fixture(scope="session")
def to(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> To:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return To(authority, path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "video.mp4"


@pytest.fixture
def file(path: Path) -> Generator[Callable[[bytes], FileSource]]:
    """Make sources of files with these bytes."""
    opened: list[FileSource] = []

    def make(data: bytes) -> FileSource:
        path.write_bytes(data)
        opened.append(open_file(str(path)))
        return opened[-1]

    yield make
    for source in opened:
        source.close()


def put(source: Source, start: int, end: int) -> Request:
    headers = {"Content-Type": "application/octet-stream"}
    return Request(Step.CHUNK, "PUT", f"https://{HOST}/part?sig=%2f", headers, Stretch(source, start, end))


class Store:
    """Takes one request after the other on each connection."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, bytes]] = []

    async def __call__(self, connection: Connection) -> None:
        while True:
            self.got.append(await connection.request())
            await connection.answer(body=b"MULTIPART_PUT_SUCCESS")


class TestContent:
    """What is between two offsets of a source goes out as it is."""

    @pytest.mark.parametrize(
        "size",
        [1, 1000, BLOCK - 1, BLOCK, BLOCK + 1, 3 * MIB + 7],
    )
    @pytest.mark.parametrize("kind", ["file", "stream"])
    async def test_a_stretch_arrives_as_it_is(
        self, to: To, file: Callable[[bytes], FileSource], size: int, kind: str
    ):
        """With its exact length, and no chunked encoding."""
        data, store = content(size + 20), Store()
        source = file(data) if kind == "file" else SeekableSource(io.BytesIO(data))
        async with to.peer(store) as (_, http):
            answer = await http.send(put(source, 7, 7 + size))
        [(head, body)] = store.got
        assert (answer.body, body) == (b"MULTIPART_PUT_SUCCESS", data[7 : 7 + size])
        assert (length_of(head), b"chunked" in head.lower()) == (size, False)

    async def test_many_stretches_of_one_file_fly_at_once(self, to: To, file: Callable[[bytes], FileSource]):
        """Each is read at its own place."""
        data, store = content(5 * MIB), Store()
        source = file(data)
        async with to.peer(store) as (_, http), asyncio.TaskGroup() as group:
            for start in range(0, 5 * MIB, MIB):
                group.create_task(http.send(put(source, start, start + MIB)))
        assert {body for _, body in store.got} == {data[at : at + MIB] for at in range(0, 5 * MIB, MIB)}

    @pytest.mark.parametrize("kind", ["memory", "short reads", "pipe"])
    async def test_streams_of_every_kind_can_be_sent(self, to: To, kind: str):
        """A pipe from its copy, others under their lock."""
        data, store = content(2 * MIB + 3), Store()
        with piped(data) as pipe:
            given = {"memory": io.BytesIO(data), "short reads": Dribble(data, 70_000), "pipe": pipe}[kind]
            async with to.peer(store) as (_, http), Origin(given).opened() as source:
                await http.send(put(source, 0, len(data)))
            if kind != "pipe":
                pipe.read()
        assert [body for _, body in store.got] == [data]

    async def test_connections_are_used_again_for_the_next_part(
        self, to: To, file: Callable[[bytes], FileSource]
    ):
        """One handshake for all parts of a sender."""
        store = Store()
        source = file(content(3000))
        async with to.peer(store) as (peer, http):
            for start in (0, 1000, 2000):
                await http.send(put(source, start, start + 1000))
            assert peer.connections == 1
        assert len(store.got) == 3


@LINUX
async def test_a_file_is_never_read_in_the_loop(
    to: To, file: Callable[[bytes], FileSource], monkeypatch: pytest.MonkeyPatch
):
    """Whatever the disk takes its time for, and whatever the system says is in its cache."""
    read, threads = os.preadv, set[int]()

    def noted(*given: Any) -> int:
        threads.add(threading.get_ident())
        return read(*given)

    data, store = content(3 * MIB + 1), Store()
    source = file(data)
    monkeypatch.setattr(os, "preadv", noted)
    async with to.peer(store) as (_, http):
        await http.send(put(source, 0, len(data)))
    assert store.got[0][1] == data
    assert threads
    assert threading.get_ident() not in threads


class TestSourceThatChanges:
    """A file that is no longer there in full: an error of ours, and nothing made up in its place."""

    @pytest.mark.parametrize("left", [0, 1, MIB])
    async def test_a_file_that_shrinks_while_it_is_sent(
        self, to: To, file: Callable[[bytes], FileSource], path: Path, left: int
    ):
        """The connection ends before the announced length: the other side cannot take it for a whole part."""
        data, taken = content(16 * MIB), bytearray()
        began, ended = asyncio.Event(), asyncio.Event()

        async def script(connection: Connection) -> None:
            await connection.head()
            taken.extend(await connection.exactly(1000))
            began.set()
            os.truncate(path, left)
            try:
                while block := await connection.some():
                    taken.extend(block)
            finally:
                ended.set()

        source = file(data)
        async with to.peer(script, room=65536) as (_, http):
            with pytest.raises(SourceChanged, match="ends at byte"):
                await http.send(put(source, 0, len(data)))
            await asyncio.wait_for(ended.wait(), 5)
        assert began.is_set()
        assert len(taken) < len(data)
        assert data.startswith(taken)

    async def test_a_stream_that_was_closed_meanwhile(self, to: To):
        """As if it had shrunk."""
        stream = io.BytesIO(content(MIB))
        source = SeekableSource(stream)
        stream.close()
        async with to.peer(Store()) as (_, http):
            with pytest.raises(SourceChanged):
                await http.send(put(source, 0, MIB))


class TestLoss:
    """A connection that ends."""

    async def test_a_part_is_never_sent_again_by_itself(self, to: To, file: Callable[[bytes], FileSource]):
        """PUT may be repeated, and the HTTP library would: but hosts, pauses and events are the policy's."""

        async def script(connection: Connection) -> None:
            await connection.head()
            await connection.exactly(100)
            connection.reset()

        flow = Flow()
        async with to.peer(script) as (peer, http):
            with pytest.raises(ConnectionLost):
                await http.send(put(file(content(MIB)), 0, MIB), flow=flow)
            assert peer.connections == 1
        assert flow.taken <= MIB

    async def test_an_early_refusal_is_heard_before_all_is_sent(
        self, to: To, file: Callable[[bytes], FileSource]
    ):
        """403 after the first bytes of a large part."""
        passed: list[int] = []

        async def script(connection: Connection) -> None:
            await connection.head()
            await connection.exactly(1000)
            await connection.answer(403)
            passed.append(await connection.count())

        async with to.peer(script, room=65536) as (_, http):
            answer = await http.send(put(file(content(32 * MIB)), 0, 32 * MIB))
            assert answer.status == 403
            await until(lambda: passed)
        assert passed[0] < 24 * MIB

    async def test_a_peer_that_stops_reading_is_given_up(self, to: To, file: Callable[[bytes], FileSource]):
        """After `stall` seconds without a byte taken."""
        source = file(content(16 * MIB))

        async def script(connection: Connection) -> None:
            await connection.head()
            await asyncio.Event().wait()

        hurry = Patience(connect=5, stall=0.3, answer=5)
        async with listening(script, to.tls, 65536) as peer, to.client(peer, hurry) as http:
            with pytest.raises(NetworkException, match="taken nothing"):
                await http.send(put(source, 0, 16 * MIB))


class TestCancelling:
    """A part that is given up."""

    async def test_the_connection_is_reset(self, to: To, file: Callable[[bytes], FileSource]):
        """What waits to be sent is thrown away: a graceful end would go on sending it."""
        reached = asyncio.Event()
        source = file(content(32 * MIB))

        async def script(connection: Connection) -> None:
            await connection.head()
            await connection.exactly(1000)
            reached.set()
            await asyncio.Event().wait()

        async with listening(script, to.tls, 65536) as peer:
            tap = Tap(peer)
            async with listening(tap.script, None) as before, to.client(before) as http:
                sending = asyncio.create_task(http.send(put(source, 0, 32 * MIB)))
                await asyncio.wait_for(reached.wait(), 5)
                sending.cancel()
                await asyncio.wait([sending], timeout=2)
                assert sending.cancelled()
                assert await asyncio.wait_for(tap.ended, 2) == "reset"
                assert tap.passed < 32 * MIB

    @LINUX
    async def test_a_disk_that_hangs_does_not_hold_up_a_stop(
        self, to: To, file: Callable[[bytes], FileSource], monkeypatch: pytest.MonkeyPatch
    ):
        """The thread that waits for it is left to itself."""
        reading, go_on, read = threading.Event(), threading.Event(), os.preadv

        def hang(*given: Any) -> int:
            reading.set()
            assert go_on.wait(10)
            return read(*given)

        monkeypatch.setattr(os, "preadv", hang)
        async with to.peer(Store()) as (_, http):
            sending = asyncio.create_task(http.send(put(file(content(MIB)), 0, MIB)))
            await until(reading.is_set)
            sending.cancel()
            done, _ = await asyncio.wait([sending], timeout=2)
            go_on.set()
            assert done


class TestMemory:
    """What a part takes."""

    async def test_it_does_not_grow_with_the_part(self, to: To, file: Callable[[bytes], FileSource]):
        """32 MiB go out through less than eight."""

        async def script(connection: Connection) -> None:
            left = length_of(await connection.head())
            while left:
                left -= len(await connection.some(1 << 20))
            await connection.answer()

        source = file(bytes(32 * MIB))
        async with to.peer(script) as (_, http):
            tracemalloc.start()
            try:
                await http.send(put(source, 0, 32 * MIB))
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert peak < 8 * MIB
