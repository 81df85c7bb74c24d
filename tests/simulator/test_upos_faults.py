"""Faults on order along the UPOS line: which request each hits, and how it looks there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.simulator.raw import MEMBER, RawClient, md5
from tests.simulator.storing import LOGGED_IN, Ticket, begin, complete, preupload, put, stored, ticket

from bilibili_api.simulator import (
    Code,
    Cut,
    ExpiredToken,
    Forgotten,
    Latency,
    LostAnswer,
    NotOk,
    RateLimited,
    Simulator,
    Stall,
    Status,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.simulator.conftest import Clock
    from tests.simulator.raw import Got

DATA = bytes(range(250)) * 10
BROKEN = r"disconnected|reset|[Cc]onnection|pipe"


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[Simulator]:
    async with Simulator(clock=clock, era="today") as running:
        running.limits.chunk_size = 1000
        yield running


async def do_probe(client: RawClient) -> Got:
    return await client.get(f"{MEMBER}/preupload?r=probe")


async def do_init(client: RawClient) -> Got:
    given = await ticket(client)
    return await client.send("POST", f"{given.url}?uploads&output=json", **given.auth)


async def do_part(client: RawClient) -> Got:
    return await put(client, await begun(client), DATA, 1)


async def do_complete(client: RawClient) -> Got:
    return await complete(client, await begun(client))


async def do_object(client: RawClient) -> Got:
    given = await ticket(client)
    return await client.get(given.url, **given.auth)


async def begun(client: RawClient) -> Ticket:
    return await begin(client, len(DATA))


STORAGE: dict[Step, Callable[[RawClient], Awaitable[Got]]] = {
    "probe": do_probe,
    "preupload": preupload,
    "init": do_init,
    "part": do_part,
    "complete": do_complete,
    "object": do_object,
}
CREATOR: dict[Step, str] = {
    "archives": "/x/web/archives?pn=1&ps=10",
    "view": "/x/vupre/web/archive/view?aid=1",
    "tags": "/x/vupre/web/topic/tag/check?tag=a",
    "topics": "/x/vupre/web/topic/search?keywords=a",
    "zones": "/x/vupre/web/archive/pre",
}


@pytest.mark.parametrize("step", STORAGE)
async def test_a_status_can_be_ordered_on_every_step(client: RawClient, sim: Simulator, step: Step):
    """A gateway's page; the next request goes through."""
    sim.faults.add(step, Status(502))
    got = await STORAGE[step](client)
    assert (got.status, got.content_type) == (502, "text/html")


@pytest.mark.parametrize("step", ["probe", "preupload", "init", "part", "complete"])
async def test_not_ok_is_json(client: RawClient, sim: Simulator, step: Step):
    """UPOS says so by its content type, unlike the PC line."""
    sim.faults.add(step, NotOk("server busy"))
    got = await STORAGE[step](client)
    assert (got.status, got.content_type, got.json) == (
        200,
        "application/json",
        {"OK": 0, "info": "server busy"},
    )


@pytest.mark.parametrize("step", ["init", "part", "complete", "object"])
async def test_an_expired_ticket_says_so_in_a_header(client: RawClient, sim: Simulator, step: Step):
    """Section 4.6: 403, empty."""
    sim.faults.add(step, ExpiredToken())
    got = await STORAGE[step](client)
    assert (got.status, got.body) == (403, b"")
    assert got.headers["X-Upos-Auth"].startswith("AUTH_TS_GT_5DAY ")


async def test_an_expired_login_is_403_at_preupload(client: RawClient, sim: Simulator):
    """Section 4.2."""
    sim.faults.add("preupload", ExpiredToken())
    assert (await preupload(client)).status == 403


@pytest.mark.parametrize("step", ["probe", "init", "part", "object"])
async def test_too_many_requests_are_429_in_the_storage(client: RawClient, sim: Simulator, step: Step):
    """The document has no code of its own for it."""
    sim.faults.add(step, RateLimited())
    assert (await STORAGE[step](client)).status == 429


@pytest.mark.parametrize("step", ["init", "part", "complete"])
async def test_a_cut_reaches_every_step(client: RawClient, sim: Simulator, step: Step):
    """The connection is reset."""
    sim.faults.add(step, Cut(), times=None)
    with pytest.raises(OSError, match=BROKEN):
        await STORAGE[step](client)


async def test_a_part_can_be_cut_in_its_middle(client: RawClient, sim: Simulator):
    """Nothing of it is kept, and putting it again works."""
    given = await begun(client)
    rule = sim.faults.add("part", Cut(after=500), part=2, times=None)  # aiohttp may send a PUT again
    await put(client, given, DATA, 1)
    with pytest.raises(OSError, match=BROKEN):
        await put(client, given, DATA, 2)
    sim.faults.clear()
    assert "GOT_1_EXPECT_3" in (await complete(client, given)).json["error"]
    assert (await put(client, given, DATA, 2)).status == 200
    assert rule.fired.is_set()


async def test_a_part_can_stand_still(client: RawClient, sim: Simulator):
    """A test waits until the upload hangs, and the client leaves."""
    given = await begun(client)
    rule = sim.faults.add("part", Stall(after=100), part=1)
    putting = asyncio.create_task(put(client, given, DATA, 1))
    await asyncio.wait_for(rule.fired.wait(), 5)
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting


async def test_a_lost_answer_leaves_the_part_there(client: RawClient, sim: Simulator):
    """The client does not know; the storage does."""
    given = await begun(client)
    sim.faults.add("part", LostAnswer(), part=1, times=None)  # aiohttp may send a PUT again
    with pytest.raises(OSError, match=BROKEN):
        await put(client, given, DATA, 1)
    assert "GOT_1_EXPECT_3" in (await complete(client, given)).json["error"]


async def test_a_lost_completion_is_complete(client: RawClient, sim: Simulator):
    """Repeating it gives the same answer."""
    given = await begun(client)
    for number in (1, 2, 3):
        await put(client, given, DATA, number)
    sim.faults.add("complete", LostAnswer())
    with pytest.raises(OSError, match=BROKEN):
        await complete(client, given)
    assert (await complete(client, given)).ok == 1
    assert [video.md5 for video in sim.videos] == [md5(DATA)]


async def test_a_part_can_be_forgotten(client: RawClient, sim: Simulator):
    """It is answered like any other; only the completion tells (section 4.5)."""
    given = await begun(client)
    rule = sim.faults.add("part", Forgotten(), part=2)
    assert [(await put(client, given, DATA, number)).body for number in (1, 2, 3)] == [
        b"MULTIPART_PUT_SUCCESS"
    ] * 3
    assert "PART_COUNT_ERR_GOT_2_EXPECT_3" in (await complete(client, given)).json["error"]
    await put(client, given, DATA, 2)
    assert (await complete(client, given)).ok == 1
    assert rule.hits == 1


async def test_a_fault_can_concern_one_host(client: RawClient, sim: Simulator):
    """The others of the same upload go on."""
    given = await begun(client)
    broken, good, _ = given.answer["endpoints"]
    sim.faults.add("part", Status(500), host=broken[2:], times=None)
    assert (await put(client, given.at(broken), DATA, 1)).status == 500
    assert (await put(client, given.at(good), DATA, 1)).status == 200


async def test_a_measurement_can_fail_on_one_line(client: RawClient, sim: Simulator):
    """The list of lines and each of them are the same step, told apart by host."""
    sim.faults.add("probe", Status(403), host="upos-cs-upcdntx.bilivideo.com", times=None)
    assert (await do_probe(client)).status == 200
    assert (await client.get("https://upos-cs-upcdnbda2.bilivideo.com/OK")).status == 200
    assert (await client.get("https://upos-cs-upcdntx.bilivideo.com/OK")).status == 403


async def test_completions_of_both_lines_are_one_step(client: RawClient, sim: Simulator):
    """A slow one can be ordered for either; the host tells them apart."""
    rule = sim.faults.add("complete", Latency(0.01), times=None)
    await client.stored()
    await stored(client, DATA)
    assert rule.hits == 2


@pytest.mark.parametrize("step", CREATOR)
async def test_the_creator_s_questions_can_be_refused(client: RawClient, sim: Simulator, step: Step):
    """In the usual envelope."""
    url = f"{MEMBER}{CREATOR[step]}"
    for fault in (Code(-509), ExpiredToken(), RateLimited()):
        sim.faults.add(step, fault)
    assert [(await client.get(url, **LOGGED_IN)).code for _ in range(3)] == [-509, -101, -799]


def test_a_part_is_chosen_on_its_step_only() -> None:
    """Other requests have no number."""
    with pytest.raises(ValueError, match="part=1"):
        Simulator().faults.add("init", Status(500), part=1)


def test_a_part_can_be_forgotten_only() -> None:
    """Nothing else is counted."""
    with pytest.raises(ValueError, match="Forgotten"):
        Simulator().faults.add("chunk", Forgotten())
