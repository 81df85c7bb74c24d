"""Being led on by a proxy: what is said to it byte for byte, and whatever it may say."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilibili_api.engine.proxy import Proxy
from bilibili_api.engine.tunnel import lead_on
from bilibili_api.exceptions import ProxyFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

OK = b"HTTP/1.1 200 Connection established\r\n\r\n"
CONNECTED = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"


async def talk(url: str, answers: Sequence[bytes], host: str = "member.bilibili.com") -> tuple[bytes, bytes]:
    """What a proxy is told that gives these answers, and what is left in the connection afterwards."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        for answer in answers:
            theirs.sendall(answer)
        theirs.shutdown(socket.SHUT_WR)
        await lead_on(ours, Proxy.parse(url), host, 443)
        ours.setblocking(True)
        return theirs.recv(65536), ours.recv(65536)


@pytest.mark.parametrize(
    ("url", "host", "said"),
    [
        (
            "http://proxy:1",
            "member.bilibili.com",
            b"CONNECT member.bilibili.com:443 HTTP/1.1\r\nHost: member.bilibili.com:443\r\n\r\n",
        ),
        ("http://proxy:1", "::1", b"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n"),
        (
            "http://Aladdin:open%20sesame@proxy:1",
            "h",
            (
                b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n"
                b"Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"
            ),
        ),
    ],
    ids=["a name", "an address of IPv6", "a login"],
)
async def test_what_an_http_proxy_is_told(url: str, host: str, said: bytes) -> None:
    """The login is the example of RFC 7617, section 2."""
    assert (await talk(url, [OK], host))[0] == said


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("h.example", b"\x05\x01\x00\x03\x09h.example\x01\xbb"),
        ("127.0.0.1", b"\x05\x01\x00\x01\x7f\x00\x00\x01\x01\xbb"),
        ("::1", b"\x05\x01\x00\x04" + bytes(15) + b"\x01\x01\xbb"),
    ],
)
async def test_what_a_socks5_proxy_is_told(host: str, said: bytes) -> None:
    """Names go as names: the proxy resolves them (RFC 1928, sections 3 and 4)."""
    assert (await talk("socks5://proxy:1", [b"\x05\x00", CONNECTED], host))[0] == b"\x05\x01\x00" + said


async def test_a_login_at_a_socks5_proxy() -> None:
    """Offered beside none at all, and said only if the proxy wants it (RFC 1929)."""
    said, _ = await talk("socks5://me:secret!@proxy:1", [b"\x05\x02", b"\x01\x00", CONNECTED], "h")
    assert said.startswith(b"\x05\x02\x00\x02" + b"\x01\x02me\x07secret!" + b"\x05\x01\x00")
    said, _ = await talk("socks5://me:secret!@proxy:1", [b"\x05\x00", CONNECTED], "h")
    assert b"secret" not in said


@pytest.mark.parametrize(
    ("url", "answers"),
    [("http://proxy:1", [OK]), ("socks5://proxy:1", [b"\x05\x00", b"\x05\x00\x00\x03\x05there\x00\x00"])],
)
async def test_what_follows_belongs_to_the_server(url: str, answers: list[bytes]) -> None:
    """Not one byte of it is read here."""
    assert (await talk(url, [*answers, b"from the server"]))[1] == b"from the server"


@given(
    st.sampled_from(["http://proxy:1", "socks5://proxy:1", "socks5://me:secret!@proxy:1"]),
    st.one_of(
        st.binary(max_size=300),
        st.builds(
            bytes.__add__, st.sampled_from([b"\x05\x00", b"\x05\x02\x01\x00", b"HTTP/1.1 "]), st.binary()
        ),
    ),
)
def test_any_bytes_lead_on_or_are_an_error_of_the_proxy(url: str, answer: bytes) -> None:
    """Whatever stands there: nothing else is raised, and nothing hangs."""

    async def run() -> None:
        async with asyncio.timeout(5):
            await talk(url, [answer])

    with contextlib.suppress(ProxyFailed):
        asyncio.run(run())


async def test_an_endless_head_is_given_up() -> None:
    """16 KiB are more than any proxy has to say."""
    with pytest.raises(ProxyFailed, match="no http proxy"):
        await talk("http://proxy:1", [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 3_000])
