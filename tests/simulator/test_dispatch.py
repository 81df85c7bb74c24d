"""Hosts, paths and what is remembered of each request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.simulator.raw import MEMBER, PASSPORT, chunk_form, login_body, md5, meta, multipart

from bilibili_api.simulator import DEMO_ACCOUNT, Cut, Field, LostAnswer

if TYPE_CHECKING:
    from tests.simulator.raw import RawClient

    from bilibili_api.simulator import Simulator


@pytest.mark.parametrize(
    "url",
    [
        f"{MEMBER}/x/vu/web/add/v3",
        f"{PASSPORT}/preupload",
        "https://www.bilibili.com/",
        "https://upcdn-szhw.bilivideo.com/elsewhere",
        "http://example.com/preupload",
    ],
)
async def test_what_is_not_simulated_is_404_and_named(client: RawClient, url: str):
    """Host and path together must be known."""
    if "example" in url:
        url = url.replace("http://example.com", f"http://127.0.0.1:{client.sim.http_port}")
        got = await client.get(url, Host="example.com")
    else:
        got = await client.get(url)
    assert (got.status, got.code) == (404, -404)
    assert "Host header" in got.json["message"]


async def test_a_known_path_with_another_method_is_404(client: RawClient):
    """The method belongs to the interface."""
    assert (await client.send("POST", f"{MEMBER}/preupload", b"x")).status == 404
    assert (await client.get((await client.ticket()).url)).status == 404


async def test_the_port_in_the_host_header_does_not_matter(client: RawClient, sim: Simulator):
    """Requests are told apart by name and path."""
    url = f"https://127.0.0.1:{sim.port}/x/passport-login/web/key"
    assert (await client.get(url, Host=f"passport.bilibili.com:{sim.port}")).code == 0


async def test_the_host_header_may_be_in_any_case(client: RawClient, sim: Simulator):
    """Host names have no case."""
    url = f"https://127.0.0.1:{sim.port}/x/passport-login/web/key"
    assert (await client.get(url, Host="Passport.Bilibili.COM")).code == 0


async def test_every_other_chunk_host_works(client: RawClient):
    """Any host of the chunk domain is the line."""
    ticket = await client.ticket()
    url = ticket.url.replace("upcdn-szhw", "upcdn-other")
    assert (await client.form(url, chunk_form(b"data"))).ok == 1


async def test_expect_100_continue_is_answered(client: RawClient):
    """curl asks before it sends a large form, and waits a second if nobody answers."""
    ticket = await client.ticket()
    got = await client.send(
        "POST",
        ticket.url,
        multipart(chunk_form(b"data")),
        "multipart/form-data; boundary=frontier",
        Expect="100-continue",
    )
    assert got.ok == 1


async def test_an_exchange_holds_the_request_as_it_came(client: RawClient, sim: Simulator):
    """Method, scheme, host, path, ordered query, headers as sent."""
    await client.get(f"{MEMBER}/preupload?profile=ugcfr%2Fpc3&mid=0&access_key=a%20b", **{"X-Mine": "1"})
    (seen,) = sim.seen("preupload")
    assert (seen.method, seen.scheme, seen.host, seen.path) == (
        "GET",
        "https",
        "member.bilibili.com",
        "/preupload",
    )
    assert seen.query == (("profile", "ugcfr/pc3"), ("mid", "0"), ("access_key", "a b"))
    assert seen.target == "/preupload?profile=ugcfr%2Fpc3&mid=0&access_key=a%20b"
    assert seen.header("x-mine") == "1"
    assert ("X-Mine", "1") in seen.headers


async def test_an_exchange_holds_the_answer(client: RawClient, sim: Simulator):
    """Status and parsed body."""
    got = await client.preupload()
    (seen,) = sim.seen("preupload")
    assert (seen.status, seen.answer, seen.fault) == (200, got.json, None)


async def test_an_exchange_holds_form_fields_in_order_and_files_without_bytes(
    client: RawClient, sim: Simulator
):
    """Of a file only name, type, length and md5 are kept."""
    await client.chunk(await client.ticket(), b"data")
    (seen,) = sim.seen("chunk")
    assert [item.name for item in seen.fields] == ["version", "filesize", "chunk", "chunks", "md5", "file"]
    assert seen.fields[-1] == Field("file", None, "clip.mp4", "application/octet-stream", 4, md5(b"data"))
    assert (seen.chunk, seen.field_value("md5")) == (0, md5(b"data"))


async def test_an_exchange_holds_a_json_body(client: RawClient, sim: Simulator):
    """Submissions are compared as objects."""
    body = meta("unknown")
    await client.submit(body)
    assert sim.seen("submit")[0].json == body


async def test_an_exchange_of_a_lost_answer_has_no_status(client: RawClient, sim: Simulator):
    """The client saw none, whatever the service did; the fault is named."""
    rule = sim.faults.add("submit", LostAnswer())
    with pytest.raises(OSError, match=r"disconnected|reset"):
        await client.submit(meta("name"))
    (seen,) = sim.seen("submit")
    assert (seen.status, seen.answer, seen.fault) == (None, None, rule.fault)


async def test_an_exchange_says_how_much_of_the_body_was_read(client: RawClient, sim: Simulator):
    """Also when the request broke off."""
    sim.faults.add("chunk", Cut(after=3000))
    with pytest.raises(OSError, match=r"disconnected|reset"):
        await client.chunk(await client.ticket(), bytes(9000))
    (seen,) = sim.seen("chunk")
    assert (seen.status, seen.taken) == (None, 3000)


async def test_requests_for_unknown_things_are_remembered_too(client: RawClient, sim: Simulator):
    """They belong to no step."""
    await client.get("https://api.bilibili.com/x/nothing")
    assert [(seen.step, seen.status) for seen in sim.exchanges] == [(None, 404)]


async def test_pages_are_not_remembered(client: RawClient, sim: Simulator):
    """Looking at the simulator leaves no trace in it."""
    await client.get(f"{sim.url}/")
    assert sim.exchanges == []


async def test_an_exchange_shows_no_secret(client: RawClient, sim: Simulator):
    """Tokens, signatures and passwords stay out of the repr."""
    sealed = await client.sealed(DEMO_ACCOUNT.password)
    token = (await client.login(login_body("demo", sealed))).json["data"]["token_info"]["access_token"]
    await client.preupload(access_key=token)
    shown = repr(sim.exchanges)
    assert token not in shown
    assert sealed not in shown
