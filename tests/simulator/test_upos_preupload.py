"""The lines and preupload over UPOS (protocol document, sections 4.1 and 4.2)."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from tests.simulator.raw import MEMBER, RawClient
from tests.simulator.storing import preupload, ticket

from bilibili_api.simulator import DEMO_ACCOUNT, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Clock

HOUR = 3600
BDA2 = "https://upos-cs-upcdnbda2.bilivideo.com"


async def test_a_probe_lists_lines_without_a_login(client: RawClient):
    """Each has a query to repeat at preupload and a URL to measure, without a scheme."""
    got = await client.get(f"{MEMBER}/preupload?r=probe")
    assert (got.ok, got.json["probe"]) == (1, {"post": 0.1})
    assert got.json["lines"][0] == {
        "os": "upos",
        "query": "probe_version=20221109&upcdn=bda2&zone=cs",
        "probe_url": "//upos-cs-upcdnbda2.bilivideo.com/OK",
    }


async def test_which_lines_are_listed_can_be_chosen(client: RawClient, sim: Simulator):
    """The order of a probe changes over time."""
    sim.lines.listed = ["txa", "jd-bd"]
    got = await client.get(f"{MEMBER}/preupload?r=probe")
    assert [line["query"].partition("&")[2] for line in got.json["lines"]] == [
        "upcdn=txa&zone=cs",
        "upcdn=bd&zone=jd",
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_line_can_be_measured(client: RawClient, method: str):
    """Both methods get 200."""
    body = bytes(104857) if method == "POST" else None
    assert (await client.send(method, f"{BDA2}/OK", body)).status == 200


async def test_a_measurement_by_get_fetches_the_announced_size(client: RawClient, sim: Simulator):
    """`probe` says which method and how many MiB."""
    sim.lines.method, sim.lines.mebibytes = "get", 0.5
    assert (await client.get(f"{MEMBER}/preupload?r=probe")).json["probe"] == {"get": 0.5}
    assert len((await client.get(f"{BDA2}/OK")).body) == 524288


async def test_a_line_can_be_far_away(client: RawClient, sim: Simulator):
    """Its latency delays requests to its host and to no other."""
    sim.lines["bda2"].latency = 0.2
    began = time.monotonic()
    await client.get("https://upos-cs-upcdntx.bilivideo.com/OK")
    between = time.monotonic()
    await client.get(f"{BDA2}/OK")
    assert between - began < 0.2 <= time.monotonic() - between


async def test_a_line_can_be_slow(client: RawClient, sim: Simulator):
    """Its bandwidth is shared by all connections to its host."""
    sim.lines["bda2"].bandwidth = 1_000_000
    began = time.monotonic()
    await asyncio.gather(*(client.send("POST", f"{BDA2}/OK", bytes(100_000)) for _ in range(2)))
    assert time.monotonic() - began >= 0.19


async def test_each_connection_to_a_line_can_be_slow(client: RawClient, sim: Simulator):
    """Two together take as long as one: what one has, it does not take from the other."""
    sim.lines["bda2"].per_connection = 300_000
    began = time.monotonic()
    await asyncio.gather(*(client.send("POST", f"{BDA2}/OK", bytes(150_000)) for _ in range(2)))
    assert 0.49 <= time.monotonic() - began < 0.99  # half a second is for a busy machine


@pytest.mark.parametrize("path", ["/OK", "/ugcfx2lf/n.mp4?uploads"])
async def test_a_line_may_let_nobody_in(client: RawClient, sim: Simulator, path: str):
    """As `qnhk` does (section 4.1), and any other on order."""
    assert [name for name, line in sim.lines.items() if line.refuses] == ["qnhk"]
    sim.lines["bda2"].refuses = True
    for host in (BDA2, f"https://{sim.lines['qnhk'].host}"):
        assert (await client.send("POST", f"{host}{path}", b"")).status == 403


async def test_an_unknown_line_is_no_line():
    """The lines are those of the document."""
    with pytest.raises(KeyError):
        Simulator().lines["kodo"]


async def test_a_ticket_has_the_members_of_the_document(client: RawClient):
    """Section 4.2, the whole answer."""
    got = await preupload(client)
    answer = got.json
    assert set(answer) == {
        *("OK", "auth", "biz_id", "chunk_retry", "chunk_retry_delay", "chunk_size", "endpoint", "endpoints"),
        *("expose_params", "put_query", "threads", "timeout", "uip", "upos_uri"),
    }
    assert (got.status, answer["OK"], answer["chunk_size"], answer["threads"]) == (200, 1, 10485760, 3)
    assert answer["endpoint"] == answer["endpoints"][0]
    assert re.fullmatch(r"upos://ugcfx2lf/n[0-9]{6}[0-9a-f]{25}\.mp4", answer["upos_uri"])
    assert answer["biz_id"] > 1 << 32


async def test_the_auth_names_its_time_and_account(client: RawClient, clock: Clock):
    """It holds its time of issue, and characters that must not be escaped again."""
    auth = (await preupload(client)).json["auth"]
    values = parse_qs(auth)
    assert values["timestamp"] == [f"{clock.now:.3f}"]
    assert values["uid"] == [str(DEMO_ACCOUNT.mid)]
    assert "cdn=%2F%2Fupos-cs-upcdnbda2.bilivideo.com&" in auth


async def test_no_two_tickets_are_the_same(client: RawClient):
    """Object, biz_id and auth are new each time."""
    one, two = (await preupload(client)).json, (await preupload(client)).json
    assert all(one[name] != two[name] for name in ("upos_uri", "biz_id", "auth"))


@pytest.mark.parametrize(
    ("profile", "bucket"),
    [("ugcupos/bup", "ugclf"), ("ugcfx/bup", "ugcfx2lf"), ("ugcfx/bcut-pc", "ugcfx2lf")],
)
async def test_the_profile_chooses_the_bucket(client: RawClient, profile: str, bucket: str):
    """Three profiles are known."""
    answer = (await preupload(client, profile=profile)).json
    assert answer["upos_uri"].startswith(f"upos://{bucket}/")
    assert answer["put_query"] == f"os=upos&profile={profile.replace('/', '%2F')}"


async def test_only_four_parameters_are_required(client: RawClient):
    """Section 4.2: name, size, r, profile."""
    got = await preupload(client, ssl=None, version=None, build=None, webVersion=None)
    assert got.ok == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"name": "clip"},
        {"size": None},
        {"size": 0},
        {"size": -1},
        {"size": "1e9"},
        {"profile": None},
        {"profile": "ugcupos/bupfetch"},
        {"profile": "ugcfr/pc3"},
    ],
)
async def test_a_bad_parameter_is_not_ok(client: RawClient, changes: dict[str, object]):
    """What is required must be there and make sense; an empty file has no parts."""
    got = await preupload(client, **changes)
    assert (got.status, got.ok) == (400, 0)
    assert got.info


@pytest.mark.parametrize("cookies", [{}, {"SESSDATA": "x"}, {"bili_jct": "x"}])
async def test_without_a_login_it_is_403(client: RawClient, cookies: dict[str, str]):
    """Section 4.2: cookies are missing or expired."""
    assert (await preupload(client, 2500, cookies)).status == 403


async def test_sessdata_alone_is_enough(client: RawClient):
    """csrf plays no part in reading."""
    assert (await preupload(client, 2500, {"SESSDATA": "00000000%2C1999999999%2C00000%2A01"})).ok == 1


@pytest.mark.parametrize(
    ("upcdn", "zone", "endpoints"),
    [
        (None, None, ["cs-upcdnbda2", "cs-upcdnbldsa", "cs-upcdntx"]),
        ("bldsa", "cs", ["cs-upcdnbldsa", "cs-upcdnbda2", "cs-upcdntx"]),
        ("txa", "jd", ["jd-upcdntxa", "cs-upcdnbda2", "cs-upcdnbldsa"]),
        ("hw", "sz", ["sz-upcdnhw", "cs-upcdnbda2", "cs-upcdnbldsa"]),
        ("kodo", "cs", ["cs-upcdnbda2", "cs-upcdnbldsa", "cs-upcdntx"]),
    ],
)
async def test_the_asked_line_is_a_hint(
    client: RawClient, upcdn: str | None, zone: str | None, endpoints: list[str]
):
    """A known one comes first, with alternatives; for an unknown one the server chooses."""
    answer = (await preupload(client, upcdn=upcdn, zone=zone, probe_version=20221109)).json
    assert answer["endpoints"] == [f"//upos-{host}.bilivideo.com" for host in endpoints]


async def test_the_endpoints_can_be_chosen(client: RawClient, sim: Simulator):
    """The server may assign another host than the asked one."""
    sim.lines.endpoints = ["alia"]
    given = await ticket(client, upcdn="bda2", zone="cs")
    assert given.answer["endpoints"] == ["//upos-cs-upcdnalia.bilivideo.com"]


async def test_chunk_size_and_threads_can_be_chosen(client: RawClient, sim: Simulator):
    """They are the server's to prescribe."""
    sim.limits.chunk_size, sim.limits.threads = 8388608, 5
    answer = (await preupload(client)).json
    assert (answer["chunk_size"], answer["threads"]) == (8388608, 5)


async def test_too_many_in_an_hour_are_406_with_601_and_a_voucher(
    client: RawClient, sim: Simulator, clock: Clock
):
    """Section 4.2, as since December 2025."""
    sim.limits.preuploads_per_hour = 2
    assert [(await preupload(client)).ok for _ in range(2)] == [1, 1]
    got = await preupload(client)
    assert (got.status, got.ok, got.code) == (406, 0, 601)
    assert got.json["detail"]["v_voucher"].startswith("voucher_")
    clock.now += HOUR
    assert (await preupload(client)).ok == 1


async def test_both_kinds_of_line_count_together(client: RawClient, sim: Simulator):
    """The limit is the account's."""
    sim.limits.preuploads_per_hour = 1
    assert (await client.preupload()).ok == 1
    assert (await preupload(client)).status == 406


async def test_the_profile_of_bcut_is_exempt(client: RawClient, sim: Simulator):
    """Section 4.2, as reported in January 2026."""
    sim.limits.preuploads_per_hour = 0
    assert (await preupload(client, profile="ugcfx/bcut-pc")).ok == 1


async def test_a_refused_preupload_does_not_count(client: RawClient, sim: Simulator):
    """Only tickets use up the limit."""
    sim.limits.preuploads_per_hour = 1
    await preupload(client, size=0)
    await preupload(client, 2500, {})
    assert (await preupload(client)).ok == 1
