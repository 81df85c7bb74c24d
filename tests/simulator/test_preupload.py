"""Preupload on the PC line (protocol document, section 3.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.simulator.raw import MEMBER, query, sign, signed

from bilibili_api.simulator import DEMO_ACCOUNT

if TYPE_CHECKING:
    from tests.simulator.conftest import Clock
    from tests.simulator.raw import RawClient

    from bilibili_api.simulator import Simulator

GOOD = {"access_key": DEMO_ACCOUNT.access_key, "mid": 0, "profile": "ugcfr/pc3"}


async def test_it_answers_two_urls_and_a_server_name(client: RawClient):
    """The answer has exactly the members of section 3.1, as JSON and called JSON."""
    got = await client.preupload()
    assert (got.status, got.content_type) == (200, "application/json")
    assert set(got.json) == {"OK", "url", "complete", "filename"}
    assert got.ok == 1
    assert re.fullmatch(r"n231114[0-9a-f]{25}", got.json["filename"])


async def test_chunks_go_to_the_chunk_host(client: RawClient):
    """Both URLs name the chunk host and are signed in their query."""
    ticket = await client.ticket()
    for url in (ticket.url, ticket.complete):
        assert re.match(r"https://upcdn-szhw\.bilivideo\.com/ugcfr/\S+\?\S+", url)


async def test_the_urls_are_full_of_what_a_client_may_spoil(client: RawClient):
    """Escapes in lower case, of unreserved and of reserved characters: re-quoting shows."""
    ticket = await client.ticket()
    for escape in ("%2f", "%7E", "%2B", "%3D", "%20", "a+b"):
        assert escape in ticket.url


async def test_every_call_opens_another_upload(client: RawClient):
    """Names and URLs are never handed out twice."""
    one, two = await client.ticket(), await client.ticket()
    assert len({one.filename, two.filename, one.url, two.url, one.complete, two.complete}) == 6


async def test_over_plain_http_the_urls_are_https_too(client: RawClient):
    """The sample of section 3.1 is https although 2021 clients asked over http."""
    got = await client.get(f"{MEMBER.replace('https', 'http')}/preupload?{query(**GOOD)}")
    assert got.json["url"].startswith("https://")


@pytest.mark.parametrize("mid", [0, DEMO_ACCOUNT.mid])
async def test_mid_is_zero_or_the_account(client: RawClient, mid: int):
    """Both were sent by clients of 2021."""
    assert (await client.preupload(mid=mid)).ok == 1


async def test_another_mid_is_refused(client: RawClient):
    """A token does not upload for somebody else."""
    got = await client.preupload(mid=4711)
    assert (got.status, got.ok) == (400, 0)


@pytest.mark.parametrize("profile", ["ugcupos/bup", ""])
async def test_another_profile_is_refused(client: RawClient, profile: str):
    """Only the PC line is simulated."""
    got = await client.preupload(profile=profile)
    assert (got.status, got.ok) == (400, 0)


@pytest.mark.parametrize("token", ["", "f" * 32])
async def test_a_bad_token_is_403(client: RawClient, token: str):
    """Section 8.2: not logged in is HTTP 403 here."""
    assert (await client.preupload(access_key=token)).status == 403


async def test_no_token_is_403(client: RawClient):
    """Section 8.2: not logged in is HTTP 403 here."""
    assert (await client.get(f"{MEMBER}/preupload?profile=ugcfr%2Fpc3&mid=0")).status == 403


async def test_a_right_signature_is_taken(client: RawClient):
    """The call is not signed, but may be."""
    assert (await client.get(f"{MEMBER}/preupload?{signed(**GOOD)}")).ok == 1


async def test_a_wrong_signature_is_refused(client: RawClient):
    """The call is not signed, but if it is, the signature must be right."""
    url = f"{MEMBER}/preupload?{query(**GOOD)}&sign={sign('something else')}"
    assert (await client.get(url)).json["code"] == -3


async def test_too_many_in_an_hour_are_406_with_code_601(client: RawClient, sim: Simulator, clock: Clock):
    """Section 8.2: the preupload limit, per account, and it passes."""
    sim.limits.preuploads_per_hour = 2
    assert [(await client.preupload()).status for _ in range(3)] == [200, 200, 406]
    assert (await client.preupload()).code == 601
    assert (await client.preupload(sim.add_account("other", "x"))).ok == 1
    clock.now += 3600
    assert (await client.preupload()).ok == 1
