"""Whatever a server, or something between, may say."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.exchange.kit import Start, To, get, post
from tests.engine.peer import Connection, listening

from bilibili_api.engine.connection import MAX_ANSWER
from bilibili_api.exceptions import (
    ConnectionLost,
    NetworkException,
    ResponseException,
    Retry,
)
from bilibili_api.protocol.wire import Response

if TYPE_CHECKING:
    import ssl

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
