"""Completion on the PC line (protocol document, section 3.3)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.simulator.raw import JSON, completion, md5

if TYPE_CHECKING:
    from tests.simulator.conftest import Clock
    from tests.simulator.raw import RawClient, Ticket

    from bilibili_api.simulator import Simulator


@pytest.fixture
async def uploaded(client: RawClient) -> Ticket:
    """An upload of which both chunks have arrived."""
    ticket = await client.ticket()
    await client.chunk(ticket, b"abcd", 0, 2)
    await client.chunk(ticket, b"ef", 1, 2)
    return ticket


async def test_a_true_completion_stores_the_video(
    client: RawClient, sim: Simulator, clock: Clock, uploaded: Ticket
):
    """The answer is JSON under another content type; the video is listed with its digest."""
    got = await client.complete(uploaded, b"abcdef", 2)
    assert (got.status, got.ok, got.content_type) == (200, 1, "text/html")
    video = sim.videos[0]
    assert (video.filename, video.name, video.size, video.md5, video.created) == (
        uploaded.filename,
        "clip.mp4",
        6,
        md5(b"abcdef"),
        clock.now,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("chunks", "3"),
        ("filesize", "7"),
        ("md5", md5(b"abcdeF")),
        ("name", "other.mp4"),
        ("version", "2.3.0.1092"),
    ],
)
async def test_what_contradicts_the_chunks_is_refused(
    client: RawClient, sim: Simulator, uploaded: Ticket, name: str, value: str
):
    """Each of the five fields is compared with what arrived."""
    got = await client.complete(uploaded, b"abcdef", 2, **{name: value})
    assert (got.status, got.ok) == (200, 0)
    assert name in got.info
    assert sim.videos == []


async def test_a_refused_completion_can_be_mended(client: RawClient, uploaded: Ticket):
    """Nothing is lost by a wrong md5."""
    await client.complete(uploaded, b"abcdef", 2, md5=md5(b""))
    assert (await client.complete(uploaded, b"abcdef", 2)).ok == 1


async def test_a_missing_chunk_is_named(client: RawClient):
    """Completion needs every chunk; sent later, it helps."""
    ticket = await client.ticket()
    await client.chunk(ticket, b"ef", 1, 2)
    got = await client.complete(ticket, b"abcdef", 2)
    assert (got.ok, got.info) == (0, "1 of 2 chunks missing, the first is 0")
    await client.chunk(ticket, b"abcd", 0, 2)
    assert (await client.complete(ticket, b"abcdef", 2)).ok == 1


async def test_without_any_chunk_there_is_nothing_to_complete(client: RawClient):
    """An empty upload is refused."""
    assert (await client.complete(await client.ticket(), b"", 0)).ok == 0


async def test_a_last_chunk_that_lied_about_its_size_is_found(client: RawClient):
    """Its filesize must be its own length or that of a full chunk, known only now."""
    ticket = await client.ticket()
    await client.chunk(ticket, b"ef", 1, 2, filesize="3")
    await client.chunk(ticket, b"abcd", 0, 2)
    assert (await client.complete(ticket, b"abcdef", 2)).ok == 0


async def test_a_last_chunk_longer_than_the_others_is_found(client: RawClient):
    """The last chunk is the rest of the file."""
    ticket = await client.ticket()
    await client.chunk(ticket, b"efghi", 1, 2)
    await client.chunk(ticket, b"abcd", 0, 2)
    assert (await client.complete(ticket, b"abcdefghi", 2)).ok == 0


async def test_repeating_it_does_no_harm(client: RawClient, sim: Simulator, uploaded: Ticket):
    """A completion whose answer was lost may come again; the video is there once."""
    assert (await client.complete(uploaded, b"abcdef", 2)).ok == 1
    assert (await client.complete(uploaded, b"abcdef", 2)).ok == 1
    assert len(sim.videos) == 1


async def test_two_at_once_store_one_video(client: RawClient, sim: Simulator, uploaded: Ticket):
    """A completion sent again before the first was answered finds the same file."""
    both = await asyncio.gather(*(client.complete(uploaded, b"abcdef", 2) for _ in range(2)))
    assert [got.ok for got in both] == [1, 1]
    assert len(sim.videos) == 1


async def test_repeating_it_with_another_md5_is_refused(client: RawClient, uploaded: Ticket):
    """A complete file is still compared."""
    await client.complete(uploaded, b"abcdef", 2)
    assert (await client.complete(uploaded, b"abcdef", 2, md5=md5(b""))).ok == 0


@pytest.mark.parametrize("name", ["chunks", "filesize", "md5", "name", "version"])
async def test_a_missing_field_is_refused(client: RawClient, uploaded: Ticket, name: str):
    """Each field of section 3.3 must be there."""
    got = await client.complete(uploaded, b"abcdef", 2, **{name: None})
    assert (got.status, got.ok) == (400, -1)


@pytest.mark.parametrize(
    ("name", "value"), [("chunks", "two"), ("filesize", ""), ("version", "1"), ("name", ""), ("extra", "1")]
)
async def test_a_field_of_another_form_is_refused(client: RawClient, uploaded: Ticket, name: str, value: str):
    """Numbers are whole, the version has four of them, and there is nothing else."""
    assert (await client.complete(uploaded, b"abcdef", 2, **{name: value})).status == 400


async def test_a_body_that_is_no_form_is_refused(client: RawClient, uploaded: Ticket):
    """The body must be form-urlencoded."""
    got = await client.send("POST", uploaded.complete, completion(b"abcdef", 2), JSON)
    assert (got.status, got.ok) == (400, -1)


async def test_the_chunk_url_completes_nothing(client: RawClient, uploaded: Ticket):
    """The two URLs are signed for different things."""
    spoiled = uploaded.complete.replace("%7E", "~")
    assert (await client.send("POST", spoiled, completion(b"abcdef", 2))).status == 403
