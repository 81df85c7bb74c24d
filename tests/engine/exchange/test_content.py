"""Sending one request: byte for byte what it says, and the answer as it comes."""

from __future__ import annotations

import asyncio
import hashlib
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.exchange.kit import MIB, Start, To, connections_to, get, never, post
from tests.engine.peer import HOST, Connection, Tap
from tests.kit import content, until

from bilibili_api.engine.connection import BLOCK
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.wire import Request


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

    @pytest.mark.parametrize("impersonated", [None, "chrome136"])
    async def test_no_header_names_the_http_library(
        self, start: Start, to: To, monkeypatch: pytest.MonkeyPatch, impersonated: str | None
    ):
        """What is sent is what the protocol says, and what HTTP itself needs; no browser's, if libcurl is asked."""
        if impersonated is not None:
            monkeypatch.setenv("CURL_IMPERSONATE", impersonated)
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

    async def test_the_connection_of_a_call_ends_with_it(self, start: Start, to: To):
        """The server is told at once, not when the next one begins; nor does anything outlive the client."""

        async def script(connection: Connection) -> None:
            await connection.request()
            await connection.answer()
            await connection.count()

        tap = Tap(await start(script))
        before = await start(tap.script, tls=False)
        async with to(before) as http:
            await http.send(get())
            assert await asyncio.wait_for(tap.ended, 5) == "finished"
        assert connections_to(before) == set()

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
        assert connections_to(peer) == set()


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
