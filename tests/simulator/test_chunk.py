"""Chunks of the PC line (protocol document, section 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.simulator.raw import JSON, URLENCODED, File, chunk_form, md5

if TYPE_CHECKING:
    from tests.simulator.raw import RawClient

    from bilibili_api.simulator import Simulator


async def test_a_good_chunk_is_successful(client: RawClient):
    """The answer is JSON under a content type that is not."""
    got = await client.chunk(await client.ticket(), b"data")
    assert (got.status, got.json) == (200, {"OK": 1, "info": "Successful."})
    assert got.content_type == "text/html"


@pytest.mark.parametrize("filesize", ["1", "4"])
async def test_filesize_of_the_last_chunk_is_its_own_or_that_of_a_full_one(client: RawClient, filesize: str):
    """Section 3.2: both ways were accepted."""
    ticket = await client.ticket()
    await client.chunk(ticket, b"abcd", 0, 2)
    assert (await client.chunk(ticket, b"e", 1, 2, filesize=filesize)).ok == 1
    assert (await client.complete(ticket, b"abcde", 2)).ok == 1


async def test_filesize_of_a_lone_chunk_may_be_that_of_a_full_one(client: RawClient):
    """A file shorter than a chunk, from a client that always sends the constant chunk size."""
    ticket = await client.ticket()
    assert (await client.chunk(ticket, b"abc", filesize="2097152")).ok == 1
    assert (await client.complete(ticket, b"abc")).ok == 1


async def test_filesize_of_another_chunk_must_be_its_length(client: RawClient):
    """Only the last chunk may be shorter than it says."""
    got = await client.chunk(await client.ticket(), b"abcd", 0, 2, filesize="5")
    assert (got.status, got.ok) == (200, 0)
    assert "filesize" in got.info


async def test_filesize_less_than_the_bytes_is_refused(client: RawClient):
    """No chunk is longer than it says."""
    assert (await client.chunk(await client.ticket(), b"abcd", filesize="3")).ok == 0


async def test_a_wrong_md5_is_refused(client: RawClient):
    """The md5 is computed from the bytes that arrived."""
    got = await client.chunk(await client.ticket(), b"abcd", md5=md5(b"abce"))
    assert (got.status, got.ok) == (200, 0)
    assert md5(b"abcd") in got.info


async def test_an_index_beyond_the_number_of_chunks_is_refused(client: RawClient):
    """Indices count from 0."""
    got = await client.chunk(await client.ticket(), b"abcd", 2, 2)
    assert (got.status, got.ok) == (400, -1)


async def test_the_number_of_chunks_must_not_change(client: RawClient):
    """All chunks of a file say the same number."""
    ticket = await client.ticket()
    await client.chunk(ticket, b"abcd", 0, 3)
    got = await client.chunk(ticket, b"efgh", 1, 4)
    assert got.ok == 0
    assert "chunks is 4 here, but was 3 before" in got.info


async def test_all_but_the_last_chunk_have_one_size(client: RawClient):
    """The number of chunks follows from one chunk size."""
    ticket = await client.ticket()
    await client.chunk(ticket, b"abcd", 0, 3)
    assert (await client.chunk(ticket, b"efg", 1, 3)).ok == 0


@pytest.mark.parametrize("name", ["version", "filesize", "chunk", "chunks", "md5"])
async def test_a_missing_field_is_refused(client: RawClient, name: str):
    """Each field of section 3.2 must be there."""
    got = await client.chunk(await client.ticket(), b"data", **{name: None})
    assert (got.status, got.ok) == (400, -1)
    assert name in got.info


async def test_an_unknown_field_is_refused(client: RawClient):
    """No other field may be there."""
    assert (await client.chunk(await client.ticket(), b"data", extra="1")).status == 400


async def test_a_field_sent_twice_is_refused(client: RawClient):
    """Each field stands there once."""
    fields = chunk_form(b"data")
    assert (await client.form((await client.ticket()).url, [fields[0], *fields])).status == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [("version", "latest"), ("filesize", "-4"), ("chunk", "one"), ("chunks", ""), ("chunks", "0")],
)
async def test_a_field_of_another_form_is_refused(client: RawClient, name: str, value: str):
    """Numbers are whole and decimal, the version has four of them."""
    assert (await client.chunk(await client.ticket(), b"data", **{name: value})).status == 400


async def test_the_file_must_be_the_last_field(client: RawClient):
    """Section 3.2: `file` last."""
    *fields, file = chunk_form(b"data")
    got = await client.form((await client.ticket()).url, [file, *fields])
    assert (got.status, got.ok) == (400, -1)
    assert "after the file" in got.info


async def test_an_empty_body_is_408(client: RawClient):
    """As the live service said in October 2021."""
    got = await client.send("POST", (await client.ticket()).url, b"", "multipart/form-data; boundary=b")
    assert (got.status, got.json) == (408, {"OK": -1, "info": "No file in body."})


async def test_a_form_without_a_file_is_408(client: RawClient):
    """A form in which no field is a file counts as one without a body."""
    got = await client.form((await client.ticket()).url, chunk_form(b"data")[:-1])
    assert (got.status, got.info) == (408, "No file in body.")


@pytest.mark.parametrize("kind", [JSON, URLENCODED, "multipart/form-data"])
async def test_a_body_that_is_no_multipart_form_is_refused(client: RawClient, kind: str):
    """Another content type, or one without boundary, is not understood."""
    got = await client.send("POST", (await client.ticket()).url, "{broken", kind)
    assert got.status in {400, 408}
    assert got.ok == -1


async def test_a_form_that_ends_early_is_refused(client: RawClient):
    """The last boundary must come."""
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nabc'
    got = await client.send("POST", (await client.ticket()).url, body, "multipart/form-data; boundary=b")
    assert (got.status, got.ok) == (400, -1)


async def test_an_empty_file_is_refused(client: RawClient):
    """A chunk has at least one byte."""
    assert (await client.chunk(await client.ticket(), b"")).status == 400


async def test_chunks_arrive_in_any_order(client: RawClient):
    """The last chunk may come first, even when no other has told the chunk size."""
    ticket = await client.ticket()
    for index, data in ((2, b"i"), (0, b"abcd"), (1, b"efgh")):
        assert (await client.chunk(ticket, data, index, 3)).ok == 1
    assert (await client.complete(ticket, b"abcdefghi", 3)).ok == 1


async def test_a_chunk_sent_again_counts_once(client: RawClient, sim: Simulator):
    """Sending again is harmless."""
    ticket = await client.ticket()
    for _ in range(3):
        assert (await client.chunk(ticket, b"abcd")).ok == 1
    assert (await client.complete(ticket, b"abcd")).ok == 1
    assert sim.videos[0].size == 4


async def test_a_chunk_with_other_bytes_replaces_the_earlier_one(client: RawClient):
    """The latest bytes of an index are the file's."""
    ticket = await client.ticket()
    await client.chunk(ticket, b"abcd")
    await client.chunk(ticket, b"wxyz!")
    assert (await client.complete(ticket, b"wxyz!")).ok == 1


async def test_a_refused_chunk_leaves_the_earlier_one_alone(client: RawClient):
    """What was held before a damaged repetition is still held."""
    ticket = await client.ticket()
    await client.chunk(ticket, b"abcd")
    assert (await client.chunk(ticket, b"ab?d", md5=md5(b"abcd"))).ok == 0
    assert (await client.complete(ticket, b"abcd")).ok == 1


async def test_after_completion_the_same_chunk_is_still_welcome(client: RawClient):
    """A chunk whose answer was lost may come again late."""
    ticket = await client.ticket()
    await client.chunk(ticket, b"abcd")
    await client.complete(ticket, b"abcd")
    assert (await client.chunk(ticket, b"abcd")).ok == 1


async def test_after_completion_other_bytes_are_refused(client: RawClient):
    """A complete file does not change."""
    ticket = await client.ticket()
    await client.chunk(ticket, b"abcd")
    await client.complete(ticket, b"abcd")
    assert (await client.chunk(ticket, b"efgh")).ok == 0


@pytest.mark.parametrize(
    ("written", "rewritten"), [("%2f", "/"), ("%7E", "~"), ("%2B", "+"), ("%20", "+"), ("%2f", "%2F")]
)
async def test_a_url_quoted_again_is_403(client: RawClient, written: str, rewritten: str):
    """Section 3.1: the URLs come back byte for byte."""
    ticket = await client.ticket()
    path, _, query = ticket.url.partition("?")
    spoiled = f"{path}?{query.replace(written, rewritten, 1)}"
    got = await client.form(spoiled, chunk_form(b"data"))
    assert (got.status, got.ok) == (403, 0)


async def test_a_name_that_was_never_handed_out_is_404(client: RawClient):
    """Chunks are taken for open uploads only."""
    ticket = await client.ticket()
    got = await client.form(ticket.url.replace(ticket.filename, "n0"), chunk_form(b"data"))
    assert (got.status, got.ok) == (404, 0)


async def test_the_largest_chunk_has_64_mib(client: RawClient):
    """64 MiB are taken, one byte more is not."""
    ticket = await client.ticket()
    assert (await client.chunk(ticket, bytes(64 << 20))).ok == 1
    assert (await client.chunk(ticket, bytes((64 << 20) + 1))).status == 400


async def test_a_body_far_too_large_is_413(client: RawClient):
    """The rest of it is not even read."""
    ticket = await client.ticket()
    got = await client.chunk(ticket, bytes(65 << 20))
    assert (got.status, got.ok) == (413, 0)


async def test_a_binary_file_arrives_byte_for_byte(client: RawClient):
    """Bytes that look like the form around them are data like any other."""
    data = b"\r\n--frontie" + bytes(range(256)) * 5000 + b"\r\n--front\r\n"
    ticket = await client.ticket()
    assert (await client.form(ticket.url, chunk_form(data))).ok == 1
    assert (await client.complete(ticket, data)).ok == 1


async def test_a_file_name_with_quotes_and_han_characters_is_understood(client: RawClient):
    """The name of the file part is compared with that of the completion."""
    ticket = await client.ticket()
    fields = [*chunk_form(b"data")[:-1], ("file", File(b"data", "标题 %22one%22.mp4"))]
    assert (await client.form(ticket.url, fields)).ok == 1
    assert (await client.complete(ticket, b"data", name='标题 "one".mp4')).ok == 1
