"""Faults on order: how each looks to the client, and which requests it hits."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from tests.simulator.raw import MEMBER, PASSPORT, chunk_form, login_body, meta, multipart

from bilibili_api.simulator import (
    DEMO_ACCOUNT,
    Altered,
    Answer,
    Captcha,
    Code,
    Cut,
    ExpiredToken,
    Fault,
    Latency,
    LostAnswer,
    NotOk,
    PhoneCheck,
    RateLimited,
    Simulator,
    Slow,
    Stall,
    Status,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.simulator.raw import Got, RawClient

DATA = bytes(300_000)


async def do_key(client: RawClient) -> Got:
    return await client.get(f"{PASSPORT}/x/passport-login/web/key")


async def do_login(client: RawClient) -> Got:
    return await client.login(login_body("demo", "QUJD"))


async def do_preupload(client: RawClient) -> Got:
    return await client.preupload()


async def do_chunk(client: RawClient) -> Got:
    return await client.chunk(await client.ticket(), DATA)


async def do_complete(client: RawClient) -> Got:
    return await client.complete(await client.ticket(), DATA)


async def do_cover(client: RawClient) -> Got:
    return await client.cover(b"image")


async def do_submit(client: RawClient) -> Got:
    return await client.submit(meta("name"))


async def do_missions(client: RawClient) -> Got:
    return await client.get(f"{MEMBER}/x/vupre/app/h5/mission/type/all")


async def do_view(client: RawClient) -> Got:
    return await client.get(f"{MEMBER}/x/client/archive/view?access_key={DEMO_ACCOUNT.access_key}")


DO: dict[Step, Callable[[RawClient], Awaitable[Got]]] = {
    "key": do_key,
    "login": do_login,
    "preupload": do_preupload,
    "chunk": do_chunk,
    "complete": do_complete,
    "cover": do_cover,
    "submit": do_submit,
    "missions": do_missions,
    "view": do_view,
}


@pytest.mark.parametrize("step", DO)
async def test_a_status_can_be_ordered_on_every_step(client: RawClient, sim: Simulator, step: Step):
    """The answer is a gateway's page, not JSON."""
    sim.faults.add(step, Status(503))
    got = await DO[step](client)
    assert (got.status, got.content_type) == (503, "text/html")


@pytest.mark.parametrize("step", DO)
async def test_any_bytes_can_be_ordered_on_every_step(client: RawClient, sim: Simulator, step: Step):
    """Status, content type and body are the ordered ones."""
    sim.faults.add(step, Answer(201, b"\xff\x00", "image/gif"))
    got = await DO[step](client)
    assert (got.status, got.content_type, got.body) == (201, "image/gif", b"\xff\x00")


@pytest.mark.parametrize("step", DO)
async def test_a_cut_can_be_ordered_on_every_step(client: RawClient, sim: Simulator, step: Step):
    """The client gets no answer, only a broken connection."""
    sim.faults.add(step, Cut(), times=None)  # aiohttp sends a GET again by itself
    with pytest.raises(OSError, match=r"disconnected|reset|[Cc]onnection|pipe"):
        await DO[step](client)


@pytest.mark.parametrize("step", ["preupload", "chunk", "complete"])
async def test_not_ok_answers_ok_0_and_the_info(client: RawClient, sim: Simulator, step: Step):
    """The dialect of the line."""
    sim.faults.add(step, NotOk("server busy"))
    got = await DO[step](client)
    assert (got.status, got.json) == (200, {"OK": 0, "info": "server busy"})


async def test_not_ok_may_have_a_status_and_minus_1(client: RawClient, sim: Simulator):
    """As the live service said in October 2021."""
    sim.faults.add("chunk", NotOk("No file in body.", ok=-1, status=408))
    got = await do_chunk(client)
    assert (got.status, got.json) == (408, {"OK": -1, "info": "No file in body."})


@pytest.mark.parametrize("step", ["key", "login", "cover", "submit", "missions", "view"])
async def test_a_code_answers_the_envelope(client: RawClient, sim: Simulator, step: Step):
    """The dialect of passport and member, with HTTP 200."""
    sim.faults.add(step, Code(21070, "too fast"))
    got = await DO[step](client)
    assert (got.status, got.json) == (200, {"code": 21070, "message": "too fast", "ttl": 1, "data": None})


@pytest.mark.parametrize(
    ("step", "status", "code"), [("login", 200, -105), ("preupload", 406, 601), ("submit", 200, 601)]
)
async def test_a_captcha_is_wanted(client: RawClient, sim: Simulator, step: Step, status: int, code: int):
    """-105 at login; 601 with a voucher elsewhere (section 8.2)."""
    sim.faults.add(step, Captcha())
    got = await DO[step](client)
    assert (got.status, got.code) == (status, code)
    assert step == "login" or "v_voucher" in got.json["detail" if step == "preupload" else "data"]


async def test_a_phone_check_is_code_0_without_tokens(client: RawClient, sim: Simulator):
    """The trap of section 2.2: success that logs nobody in."""
    sim.faults.add("login", PhoneCheck())
    got = await do_login(client)
    data = got.json["data"]
    assert (got.code, data["status"], data["token_info"], data["cookie_info"]) == (0, 2, None, None)
    assert "tmp_token=" in data["url"]
    assert "request_id=" in data["url"]


@pytest.mark.parametrize(
    ("step", "status", "key", "value"),
    [
        ("preupload", 403, "OK", 0),
        ("chunk", 403, "OK", 0),
        ("complete", 403, "OK", 0),
        ("cover", 200, "code", -101),
        ("submit", 200, "code", -101),
        ("view", 200, "code", -101),
    ],
)
async def test_an_expired_token_looks_like_a_bad_one(
    client: RawClient, sim: Simulator, step: Step, status: int, key: str, value: int
):
    """HTTP 403 from the line, -101 from member."""
    sim.faults.add(step, ExpiredToken())
    got = await DO[step](client)
    assert (got.status, got.json[key]) == (status, value)


@pytest.mark.parametrize(
    ("step", "status", "key", "value"),
    [
        ("key", 200, "code", -799),
        ("login", 200, "code", -799),
        ("preupload", 406, "code", 601),
        ("chunk", 429, "OK", 0),
        ("complete", 429, "OK", 0),
        ("cover", 200, "code", -799),
        ("submit", 200, "code", 21070),
        ("missions", 200, "code", -799),
        ("view", 200, "code", -799),
    ],
)
async def test_a_rate_limit_looks_as_on_that_step(
    client: RawClient, sim: Simulator, step: Step, status: int, key: str, value: int
):
    """Each step has its own way to say it (section 8.2)."""
    sim.faults.add(step, RateLimited())
    got = await DO[step](client)
    assert (got.status, got.json[key]) == (status, value)


async def test_a_faulty_answer_means_that_nothing_was_processed(client: RawClient, sim: Simulator):
    """A chunk that was answered 503 is not held."""
    ticket = await client.ticket()
    sim.faults.add("chunk", Status(503))
    await client.chunk(ticket, DATA)
    assert (await client.complete(ticket, DATA)).info == "no chunk has arrived yet"


async def test_a_lost_answer_means_that_all_was_processed(client: RawClient, sim: Simulator):
    """The archive is there, the client does not know."""
    name = await client.stored()
    sim.faults.add("submit", LostAnswer())
    with pytest.raises(OSError, match=r"disconnected|reset"):
        await client.submit(meta(name))
    assert len(sim.archives) == 1


async def test_an_answer_may_be_lost_behind_a_gateway(client: RawClient, sim: Simulator):
    """The archive is there, but a 502 comes, which looks like any other."""
    name = await client.stored()
    sim.faults.add("submit", LostAnswer(502))
    got = await client.submit(meta(name))
    assert (got.status, got.content_type, len(sim.archives)) == (502, "text/html", 1)


async def test_an_answer_may_never_come(client: RawClient, sim: Simulator):
    """The archive is there, and the connection stands until the client goes away."""
    name = await client.stored()
    silent = sim.faults.add("submit", LostAnswer(silent=True))
    asking = asyncio.create_task(client.submit(meta(name)))
    await silent.fired.wait()
    assert (len(sim.archives), asking.done()) == (1, False)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


@pytest.mark.parametrize("fault", [Cut(), Status(502)], ids=repr)
async def test_what_looks_like_a_lost_answer_may_have_lost_the_request(
    client: RawClient, sim: Simulator, fault: Fault
):
    """The client sees the same as when the archive was made; here there is none."""
    name = await client.stored()
    sim.faults.add("submit", fault)
    with suppress(OSError):
        assert (await client.submit(meta(name))).status == 502
    assert sim.archives == []


async def test_an_answer_may_be_altered(client: RawClient, sim: Simulator):
    """After it was processed as usual, refusals included."""
    name = await client.stored()
    rule = sim.faults.add("submit", Altered(lambda answer: {**answer, "data": None}), times=2)
    got, refused = await client.submit(meta(name)), await client.submit(meta("unknown"))
    assert (got.status, got.code, got.json["data"], len(sim.archives)) == (200, 0, None, 1)
    assert (refused.code, rule.hits) == (21015, 2)


async def raw_chunk(client: RawClient) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Begin to send a chunk over a bare socket; the body is never finished."""
    ticket = await client.ticket()
    reader, writer = await asyncio.open_connection("127.0.0.1", client.sim.http_port)
    target = ticket.url.removeprefix("https://upcdn-szhw.bilivideo.com")
    body = multipart(chunk_form(DATA))
    head = f"POST {target} HTTP/1.1\r\nHost: upcdn-szhw.bilivideo.com\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"Content-Type: multipart/form-data; boundary=frontier\r\n\r\n")
    writer.write(body[:200_000])
    await writer.drain()
    return reader, writer


async def test_a_cut_is_a_reset(client: RawClient, sim: Simulator):
    """Not an orderly end: the kernel says connection reset."""
    rule = sim.faults.add("chunk", Cut(after=100_000))
    reader, writer = await raw_chunk(client)
    with pytest.raises(ConnectionResetError):
        await reader.read()
    assert rule.hits == 1
    writer.close()


async def test_a_cut_waits_for_its_byte(client: RawClient, sim: Simulator):
    """Fewer bytes than ordered do not set it off."""
    rule = sim.faults.add("chunk", Cut(after=250_000))
    reader, writer = await raw_chunk(client)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await reader.read()
    assert not rule.fired.is_set()
    writer.write(bytes(60_000))
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


async def test_a_stall_reads_no_more(client: RawClient, sim: Simulator):
    """The client's bytes pile up, the socket stays open, no answer comes."""
    rule = sim.faults.add("chunk", Stall(after=100_000))
    reader, writer = await raw_chunk(client)
    await rule.fired.wait()
    writer.write(bytes(50_000_000))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await writer.drain()
    assert not reader.at_eof()
    writer.transport.abort()


async def test_a_stall_ends_when_the_client_goes(client: RawClient, sim: Simulator):
    """The exchange is closed although nothing was being read."""
    rule = sim.faults.add("chunk", Stall(after=100_000))
    await client.ticket()
    before = asyncio.all_tasks()
    _, writer = await raw_chunk(client)
    await rule.fired.wait()
    serving = asyncio.all_tasks() - before
    writer.transport.abort()
    _, pending = await asyncio.wait(serving, timeout=5)
    assert serving
    assert not pending
    assert sim.seen("chunk")[0].status is None


async def test_a_stall_of_a_request_without_body_gives_no_answer(client: RawClient, sim: Simulator):
    """There is nothing to read, so nothing is said."""
    rule = sim.faults.add("preupload", Stall())
    waiting = asyncio.create_task(client.preupload())
    await rule.fired.wait()
    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait([waiting])


async def test_a_slow_read_takes_its_time(client: RawClient, sim: Simulator):
    """300 kB at 1 MB/s; the chunk is taken in the end."""
    rule = sim.faults.add("chunk", Slow(bytes_per_second=1_000_000))
    began = time.monotonic()
    assert (await do_chunk(client)).ok == 1
    assert time.monotonic() - began > 0.25
    assert rule.hits == 1


async def test_latency_delays_and_then_answers_as_usual(client: RawClient, sim: Simulator):
    """A far-away server."""
    sim.faults.add("preupload", Latency(0.2))
    began = time.monotonic()
    assert (await client.preupload()).ok == 1
    assert time.monotonic() - began >= 0.2


async def test_latency_joins_another_fault(client: RawClient, sim: Simulator):
    """A slow server may also be a broken one."""
    late, broken = sim.faults.add("preupload", Latency(0.05)), sim.faults.add("preupload", Status(500))
    assert (await client.preupload()).status == 500
    assert (late.hits, broken.hits) == (1, 1)


async def test_bandwidth_is_shared_by_all_connections(client: RawClient, sim: Simulator):
    """Two chunks of 300 kB at 2 MB/s together."""
    one, two = await client.ticket(), await client.ticket()
    sim.limits.bandwidth = 2_000_000
    began = time.monotonic()
    got = await asyncio.gather(client.chunk(one, DATA), client.chunk(two, DATA))
    assert [answer.ok for answer in got] == [1, 1]
    assert time.monotonic() - began > 0.25


async def test_it_happens_once_unless_ordered_otherwise(client: RawClient, sim: Simulator):
    """times=1 is the default."""
    rule = sim.faults.add("preupload", Status(503))
    assert [(await client.preupload()).status for _ in range(3)] == [503, 200, 200]
    assert rule.hits == 1


async def test_it_can_happen_several_times(client: RawClient, sim: Simulator):
    """times=2 hits two requests."""
    rule = sim.faults.add("preupload", Status(503), times=2)
    assert [(await client.preupload()).status for _ in range(3)] == [503, 503, 200]
    assert rule.hits == 2


async def test_it_can_happen_always(client: RawClient, sim: Simulator):
    """times=None never ends, until the orders are cancelled."""
    sim.faults.add("preupload", Status(503), times=None)
    assert [(await client.preupload()).status for _ in range(4)] == [503] * 4
    sim.faults.clear()
    assert (await client.preupload()).status == 200


async def test_it_can_wait_for_its_turn(client: RawClient, sim: Simulator):
    """after=2 lets two requests pass."""
    sim.faults.add("preupload", Status(503), after=2)
    assert [(await client.preupload()).status for _ in range(4)] == [200, 200, 503, 200]


async def test_orders_are_worked_off_one_after_the_other(client: RawClient, sim: Simulator):
    """The second does not see what the first took."""
    sim.faults.add("preupload", Status(500))
    sim.faults.add("preupload", Status(502))
    assert [(await client.preupload()).status for _ in range(3)] == [500, 502, 200]


async def test_it_hits_only_its_step(client: RawClient, sim: Simulator):
    """Other requests go on as usual."""
    rule = sim.faults.add("submit", Status(503))
    assert (await client.preupload()).ok == 1
    assert not rule.fired.is_set()


async def test_it_can_hit_one_chunk(client: RawClient, sim: Simulator):
    """chunk=1 is the second chunk, whenever it comes."""
    sim.faults.add("chunk", NotOk(), chunk=1)
    ticket = await client.ticket()
    got = [(await client.chunk(ticket, b"abcd", index, 3)).ok for index in (2, 1, 0, 1)]
    assert got == [1, 0, 1, 1]


async def test_it_can_hit_what_a_predicate_picks(client: RawClient, sim: Simulator):
    """The predicate sees the head of the request."""
    sim.faults.add("preupload", Status(503), when=lambda seen: seen.query_value("mid") == "0")
    assert (await client.preupload()).status == 200
    assert (await client.preupload(mid=0)).status == 503


async def test_a_test_can_wait_for_it(client: RawClient, sim: Simulator):
    """`fired` is an event."""
    rule = sim.faults.add("preupload", Status(503))
    asking = asyncio.create_task(client.preupload())
    await rule.fired.wait()
    assert (await asking).status == 503


@pytest.mark.parametrize(
    ("step", "fault", "options"),
    [
        ("upload", Status(503), {}),
        ("submit", NotOk(), {}),
        ("chunk", Code(-1), {}),
        ("chunk", Captcha(), {}),
        ("submit", PhoneCheck(), {}),
        ("key", ExpiredToken(), {}),
        ("submit", Status(503), {"chunk": 1}),
    ],
)
def test_what_cannot_happen_cannot_be_ordered(step: Any, fault: Fault, options: dict[str, Any]):
    """The error says on which steps the fault exists."""
    with pytest.raises(ValueError, match=r"no step|does not exist|only makes sense"):
        Simulator().faults.add(step, fault, **options)


async def test_no_bandwidth_at_all_is_a_standstill(client: RawClient, sim: Simulator):
    """0 is the least there can be, and no error."""
    ticket = await client.ticket()
    sim.limits.bandwidth = 0
    sending = asyncio.create_task(client.chunk(ticket, DATA))
    _, pending = await asyncio.wait([sending], timeout=0.1)
    assert pending
    sending.cancel()
    await asyncio.wait([sending])
