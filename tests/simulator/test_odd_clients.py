"""Clients that leave too early, say too much or speak no HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.simulator.conftest import files_below
from tests.simulator.raw import JSON, MEMBER, URLENCODED, chunk_form, multipart

if TYPE_CHECKING:
    from tests.simulator.raw import RawClient

    from bilibili_api.simulator import Simulator

BODY = multipart(chunk_form(bytes(3_000_000)))


async def begin_a_chunk(client: RawClient, sim: Simulator, sent: int) -> asyncio.StreamWriter:
    ticket = await client.ticket()
    _, writer = await asyncio.open_connection("127.0.0.1", sim.http_port)
    target = ticket.url.removeprefix("https://upcdn-szhw.bilivideo.com")
    head = f"POST {target} HTTP/1.1\r\nHost: upcdn-szhw.bilivideo.com\r\nContent-Length: {len(BODY)}\r\n"
    writer.write(head.encode() + b"Content-Type: multipart/form-data; boundary=frontier\r\n\r\n")
    writer.write(BODY[:sent])
    await writer.drain()
    return writer


@pytest.mark.parametrize("orderly", [True, False])
@pytest.mark.parametrize("sent", [0, 100, 2_500_000])
async def test_a_client_that_leaves_in_the_middle_leaves_nothing(
    client: RawClient, sim: Simulator, sent: int, orderly: bool
):
    """The exchange has no answer, and what had arrived of the chunk is deleted."""
    await client.ticket()
    before = asyncio.all_tasks()
    writer = await begin_a_chunk(client, sim, sent)
    if orderly:
        writer.close()
    else:
        writer.transport.abort()
    while serving := asyncio.all_tasks() - before:
        await asyncio.wait(serving, timeout=5)
    assert [seen.status for seen in sim.seen("chunk")] == [None]
    assert files_below(sim.ca_file.parent / "spool") == []


async def test_a_text_body_of_more_than_16_mib_is_413(client: RawClient):
    """No form or submission is that long."""
    got = await client.send("POST", f"{MEMBER}/x/vu/client/add", b" " * (17 << 20), JSON)
    assert got.status == 413


async def test_a_field_of_more_than_64_kib_is_refused(client: RawClient):
    """Only files may be long."""
    got = await client.chunk(await client.ticket(), b"data", version="1" * 70_000)
    assert (got.status, got.ok) == (400, -1)
    assert "longer than" in got.info


async def test_a_chunk_that_is_an_ordinary_form_has_no_file(client: RawClient):
    """408, as for any body without a file."""
    got = await client.send("POST", (await client.ticket()).url, "chunk=0&chunks=1", URLENCODED)
    assert got.status == 408


async def test_noise_on_the_plain_port_is_no_reason_to_stop(client: RawClient, sim: Simulator):
    """A connection that speaks no HTTP is answered 400 and closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", sim.http_port)
    writer.write(b"\x16\x03\x01 what?\r\n\r\n")
    assert b" 400 " in await reader.readline()
    writer.close()
    assert (await client.preupload()).ok == 1


async def test_a_request_without_host_header_is_404(sim: Simulator):
    """Nobody knows whom it is for."""
    reader, writer = await asyncio.open_connection("127.0.0.1", sim.http_port)
    writer.write(b"GET /preupload HTTP/1.0\r\n\r\n")
    assert b" 404 " in await reader.readline()
    writer.close()
