"""Init, parts, completion and reading back (protocol document, sections 4.3 to 4.8)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yarl
from tests.simulator.conftest import files_below
from tests.simulator.raw import JSON, URLENCODED, RawClient, md5
from tests.simulator.storing import (
    BINARY,
    Ticket,
    begin,
    complete,
    part_query,
    put,
    put_bytes,
    stored,
    ticket,
)

from bilibili_api.simulator import DEMO_ACCOUNT, Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.simulator.conftest import Clock
    from tests.simulator.raw import Got

DATA = bytes(range(250)) * 10
DAY = 86400


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[Simulator]:
    async with Simulator(clock=clock, era="today") as running:
        running.limits.chunk_size = 1000
        yield running


async def init(client: RawClient, given: Ticket, asked: str = "uploads&output=json") -> Got:
    return await client.send("POST", f"{given.url}?{asked}", **given.auth)


async def test_init_answers_bucket_key_and_upload_id(client: RawClient):
    """Section 4.3: the key has a leading slash."""
    given = await ticket(client)
    answer = (await init(client, given)).json
    assert (answer["OK"], answer["bucket"] and f"/{answer['bucket']}{answer['key']}") == (1, given.path)
    assert len(answer["upload_id"]) == 36


async def test_init_takes_the_long_form_when_it_is_true(client: RawClient):
    """profile, filesize, partsize and biz_id are optional."""
    given = await ticket(client)
    long = (
        "uploads&output=json&profile=ugcfx%2Fbup&filesize=2500&partsize=1000"
        f"&biz_id={given.answer['biz_id']}&meta_upos_uri="
    )
    assert (await init(client, given, long)).ok == 1


@pytest.mark.parametrize("wrong", ["filesize=2501", "partsize=999", "biz_id=1", "filesize=x"])
async def test_init_refuses_what_the_ticket_does_not_say(client: RawClient, wrong: str):
    """What is said twice must be the same."""
    assert (await init(client, await ticket(client), f"uploads&output=json&{wrong}")).status == 400


async def test_init_without_uploads_is_404(client: RawClient):
    """Section 4.3: it must be present even though it is empty."""
    assert (await init(client, await ticket(client), "output=json")).status == 404


async def test_init_without_output_is_xml(client: RawClient):
    """Section 4.3."""
    got = await init(client, await ticket(client), "uploads")
    assert b"<upload_id>" in got.body


async def test_init_with_a_body_is_400(client: RawClient):
    """The body is empty."""
    given = await ticket(client)
    got = await client.send("POST", f"{given.url}?uploads&output=json", "{}", JSON, **given.auth)
    assert got.status == 400


async def test_a_second_init_begins_another_upload(client: RawClient):
    """What was put into the first is not in the second."""
    one = await begin(client)
    await put(client, one, DATA, 1)
    two = replace(one, upload_id=(await init(client, one)).json["upload_id"])
    assert one.upload_id != two.upload_id
    assert "GOT_0_EXPECT_3" in (await complete(client, two)).json["error"]


@pytest.mark.parametrize("auth", [{}, {"X-Upos-Auth": ""}, {"X-Upos-Auth": "ak=1&os=upos"}])
async def test_without_its_auth_everything_is_403_and_empty(client: RawClient, auth: dict[str, str]):
    """Sections 4.3 and 8.1: the body has nothing to say."""
    given = await begin(client)
    url = f"{given.url}?{part_query(given, 1, 2500)}"
    answers = [
        await client.send("POST", f"{given.url}?uploads&output=json", **auth),
        await client.send("PUT", url, DATA[:1000], BINARY, **{"Content-Length": "1000"}, **auth),
        await client.send("POST", f"{given.url}?uploadId={given.upload_id}&name=a.mp4", "{}", JSON, **auth),
        await client.get(given.url, **auth),
    ]
    assert [(got.status, got.body) for got in answers] == [(403, b"")] * 4


async def test_the_auth_of_another_object_is_403(client: RawClient):
    """Each ticket opens its own object."""
    one, two = await begin(client), await begin(client)
    foreign = replace(one, answer={**one.answer, "auth": two.answer["auth"]})
    assert (await put(client, foreign, DATA, 1)).status == 403


async def test_an_auth_that_was_encoded_again_is_403(client: RawClient):
    """It is opaque."""
    one = await begin(client)
    changed = one.answer["auth"].replace("%2F", "/")
    assert (await put(client, replace(one, answer={**one.answer, "auth": changed}), DATA, 1)).status == 403


async def test_the_auth_lives_for_five_days(client: RawClient, clock: Clock):
    """Section 4.6: afterwards 403 with a header that says so, for every method."""
    given = await begin(client)
    clock.now += 5 * DAY
    assert (await put(client, given, DATA, 1)).status == 200
    clock.now += 1
    for got in (await put(client, given, DATA, 2), await complete(client, given), await init(client, given)):
        said = got.headers["X-Upos-Auth"]
        assert (got.status, got.body) == (403, b"")
        assert said.startswith("AUTH_TS_GT_5DAY AUTH=ak=")
        assert said.endswith(f"Now={int(clock.now)} DURATION={5 * DAY + 1}")


async def test_a_part_is_taken(client: RawClient):
    """Section 4.4: 200 with a word, not JSON."""
    got = await put(client, await begin(client), DATA, 1)
    assert (got.status, got.body) == (200, b"MULTIPART_PUT_SUCCESS")


async def test_a_part_may_leave_out_size_and_content_type(client: RawClient):
    """Section 4.4: one client omits the first, others the second."""
    given = await begin(client)
    assert (await put(client, given, DATA, 1, size=None)).status == 200
    url = f"{given.url}?{part_query(given, 2, 2500)}"
    got = await client.send("PUT", url, DATA[1000:2000], **given.auth, **{"Content-Length": "1000"})
    assert got.status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"partNumber": 2},
        {"partNumber": 0},
        {"partNumber": 4},
        {"partNumber": "one"},
        {"partNumber": None},
        {"chunk": 1},
        {"chunk": None},
        {"chunks": 2},
        {"chunks": None},
        {"size": 999},
        {"start": 1},
        {"start": None},
        {"end": 999},
        {"end": 1001},
        {"end": None},
        {"total": 2501},
        {"total": None},
        {"total": "2e3"},
    ],
)
async def test_a_part_that_contradicts_itself_is_400(client: RawClient, changes: dict[str, object]):
    """Numbers are compared with one another, the ticket and the bytes."""
    got = await put(client, await begin(client), DATA, 1, **changes)
    assert (got.status, got.json["title"]) == (400, "UposstorException")


@pytest.mark.parametrize(
    ("number", "size"), [(1, 999), (1, 1001), (1, 0), (3, 499), (3, 501), (3, 1000), (1, 2500)]
)
async def test_a_part_of_another_size_than_prescribed_is_400(client: RawClient, number: int, size: int):
    """Section 4.7: chunk_size bytes, and the last one the rest."""
    start = (number - 1) * 1000
    got = await put_bytes(client, await begin(client), bytes(size), number, 2500, size=size, end=start + size)
    assert got.status == 400


async def test_a_part_without_content_length_is_411(client: RawClient):
    """Section 4.4 has the header."""
    given = await begin(client)
    url = yarl.URL(f"{given.url}?{part_query(given, 1, 2500)}", encoded=True)

    async def pieces() -> AsyncIterator[bytes]:
        yield DATA[:1000]

    async with client.session.put(url, data=pieces(), headers=given.auth) as got:
        assert got.status == 411


@pytest.mark.parametrize("kind", [URLENCODED, "multipart/form-data; boundary=x", JSON])
async def test_a_part_is_no_form(client: RawClient, kind: str):
    """Section 4.4: raw bytes."""
    given = await begin(client)
    headers = {**given.auth, "Content-Length": "1000"}
    url = f"{given.url}?{part_query(given, 1, 2500)}"
    assert (await client.send("PUT", url, DATA[:1000], kind, **headers)).status == 400


async def test_an_unknown_upload_is_404(client: RawClient):
    """Parts and completion name it."""
    given = replace(await begin(client), upload_id="26c674b4-0dce-45f5-a9cd-000000000000")
    assert (await put(client, given, DATA, 1)).status == 404
    assert (await complete(client, given)).status == 404


async def test_a_refused_part_leaves_no_file(client: RawClient, sim: Simulator):
    """What is refused is forgotten."""
    await put(client, await begin(client), DATA, 1, total=1)
    assert files_below(sim.ca_file.parent / "spool") == []


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2)])
async def test_parts_in_any_order_make_the_file(client: RawClient, sim: Simulator, order: tuple[int, ...]):
    """The stored video has the size and digest of the bytes, and the biz_id as cid."""
    given = await begin(client)
    for number in order:
        await put(client, given, DATA, number)
    got = await complete(client, given)
    assert (got.status, got.ok, got.json["location"]) == (200, 1, given.path[1:])
    (video,) = sim.videos
    assert (video.filename, video.name, video.size, video.md5) == (
        given.filename,
        "clip.mp4",
        2500,
        md5(DATA),
    )
    assert (video.mid, video.cid, video.path) == (DEMO_ACCOUNT.mid, given.answer["biz_id"], None)


async def test_parts_may_come_at_once(client: RawClient, sim: Simulator):
    """Section 4.7: concurrent parts are normal."""
    data = bytes(range(256)) * 100
    given = await begin(client, len(data))
    got = await asyncio.gather(*(put(client, given, data, number) for number in range(1, 27)))
    assert {answer.status for answer in got} == {200}
    await complete(client, given)
    assert sim.videos[0].md5 == md5(data)


async def test_a_part_put_again_replaces_the_earlier_one(client: RawClient, sim: Simulator):
    """Section 4.7: every client repeats failed parts that way."""
    given = await begin(client)
    await put(client, given, bytes(2500), 1)
    for number in (1, 2, 3):
        await put(client, given, DATA, number)
    await complete(client, given)
    assert sim.videos[0].md5 == md5(DATA)


async def test_after_completion_a_part_must_be_the_same(client: RawClient):
    """A repeated part whose answer was lost does no harm; other bytes do."""
    given = await stored(client, DATA)
    assert (await put(client, given, DATA, 1)).status == 200
    assert (await put(client, given, bytes(2500), 1)).status == 400


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"parts":[{"partNumber":2,"eTag":"etag"},{"partNumber":1,"eTag":"etag"}]}', JSON),
        ("{}", JSON),
        ("", ""),
        ('{"parts":[]}', JSON),
        ("nonsense", "text/plain"),
    ],
)
async def test_the_list_of_parts_is_not_looked_at(client: RawClient, body: str, kind: str):
    """Section 4.5: parts in any order, none, no body at all."""
    given = await begin(client)
    for number in (1, 2, 3):
        await put(client, given, DATA, number)
    assert (await complete(client, given, body, kind)).ok == 1


async def test_the_profile_of_a_completion_is_not_looked_at(client: RawClient):
    """Section 4.5: one client completes with another profile."""
    given = await begin(client, profile="ugcfx/bup")
    for number in (1, 2, 3):
        await put(client, given, DATA, number)
    assert (await complete(client, given, profile="ugcupos/bup")).ok == 1


async def test_missing_parts_are_counted(client: RawClient, sim: Simulator):
    """Section 4.5: HTTP 500 with both counts; putting what is missing mends it."""
    given = await begin(client)
    await put(client, given, DATA, 3)
    got = await complete(client, given)
    assert got.status == 500
    assert got.json["error"].endswith("multipart.lua:210: PART_COUNT_ERR_GOT_1_EXPECT_3")
    assert (got.json["http_code"], got.json["title"]) == (500, "UposstorException")
    for number in (1, 2):
        await put(client, given, DATA, number)
    assert (await complete(client, given)).ok == 1
    assert sim.videos[0].md5 == md5(DATA)


@pytest.mark.parametrize("changes", [{"biz_id": 1}, {"name": None}])
async def test_a_completion_with_a_wrong_parameter_is_400(client: RawClient, changes: dict[str, object]):
    """The name must be there, a biz_id must be the ticket's."""
    given = await begin(client)
    for number in (1, 2, 3):
        await put(client, given, DATA, number)
    assert (await complete(client, given, **changes)).status == 400


async def test_a_completion_may_be_repeated(client: RawClient, sim: Simulator):
    """Section 4.5: a time-out means unknown, so the call is repeated."""
    given = await stored(client, DATA)
    assert (await complete(client, given)).ok == 1
    assert len(sim.videos) == 1


async def test_the_bytes_can_be_read_back(clock: Clock, tmp_path: Path):
    """Section 4.6: the object itself, with the auth; ranges, too."""
    async with Simulator(clock=clock, store=tmp_path) as sim, RawClient(sim) as client:
        sim.limits.chunk_size = 1000
        given = await stored(client, DATA)
        assert (await client.get(given.url, **given.auth)).body == DATA
        part = await client.get(given.url, Range="bytes=5-9", **given.auth)
        assert (part.status, part.body) == (206, DATA[5:10])
        assert sim.videos[0].path is not None
        assert sim.videos[0].path.read_bytes() == DATA


async def test_an_object_that_is_not_complete_cannot_be_read(client: RawClient):
    """Parts are no object yet."""
    given = await begin(client)
    await put(client, given, DATA, 1)
    assert (await client.get(given.url, **given.auth)).status == 404


async def test_without_a_store_only_digests_are_kept(client: RawClient, sim: Simulator):
    """After completion no byte is left, in memory or on disk."""
    given = await stored(client, DATA)
    assert files_below(sim.ca_file.parent / "spool") == []
    assert (await client.get(given.url, **given.auth)).status == 404


async def test_hosts_of_one_endpoints_array_share_an_upload(client: RawClient, sim: Simulator):
    """Section 4.8: init, each part and the completion may go to another of them."""
    given = await begin(client)
    one, two, three = given.answer["endpoints"]
    for number, host in enumerate((three, one, two), 1):
        assert (await put(client, given.at(host), DATA, number)).status == 200
    assert (await complete(client, given.at(three))).ok == 1
    assert sim.videos[0].md5 == md5(DATA)


async def test_a_host_outside_of_the_array_does_not_know_the_upload(client: RawClient):
    """Section 4.8: what other hosts know is not known, so nothing may rest on it."""
    given = (await begin(client)).at("//upos-cs-upcdnalia.bilivideo.com")
    assert (await put(client, given, DATA, 1)).status == 404
    assert (await complete(client, given)).status == 404


async def test_an_upload_begun_outside_of_the_array_stays_there(client: RawClient):
    """Section 4.8: the auth is not bound to a host; clients replace it before init, and succeed."""
    given = (await ticket(client)).at("//upos-sz-upcdnws.bilivideo.com")
    there = replace(given, upload_id=(await init(client, given)).json["upload_id"])
    assert (await put(client, there, DATA, 1)).status == 200
    assert (await put(client, there.at(there.answer["endpoint"]), DATA, 2)).status == 404


@pytest.mark.parametrize("host", ["//upos-cs-upcdnbda2.example.com", "//upcdn-szhw.bilivideo.com"])
async def test_other_hosts_are_no_storage(client: RawClient, host: str):
    """Only hosts of the family are."""
    given = await ticket(client)
    got = await client.send(
        "POST", f"http://127.0.0.1:{client.sim.http_port}{given.path}?uploads", Host=host[2:], **given.auth
    )
    assert got.status == 404


async def test_an_exchange_holds_the_number_of_the_part(client: RawClient, sim: Simulator):
    """And its host, and of its bytes nothing."""
    given = await begin(client)
    await put(client, given, DATA, 2)
    (seen,) = sim.seen("part")
    assert (seen.part, seen.host, seen.fields, seen.json) == (2, "upos-cs-upcdnbda2.bilivideo.com", (), None)
