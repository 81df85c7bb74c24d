"""A server that lies at preupload: what an account may do with its storage is not sent to strangers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import Today, simulator_of_today

from bilibili_api.simulator import Answer, Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options

HOST = "//upos-cs-upcdnbda2.bilivideo.com"
TICKET: dict[str, Any] = {
    "OK": 1,
    "auth": "ak=1&timestamp=1700000000.123&sign=0",
    "biz_id": 1,
    "chunk_size": 1000,
    "endpoint": HOST,
    "endpoints": [HOST],
    "threads": 3,
    "upos_uri": "upos://ugc/n1.mp4",
}


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


@pytest.mark.parametrize(
    "lie",
    [
        {"endpoint": "//evil.example.com", "endpoints": ["//evil.example.com"]},
        {"endpoint": f"{HOST}.example.com", "endpoints": []},
        {"endpoint": f"{HOST}:8443", "endpoints": []},
        {"endpoint": f"//evil.example.com{HOST[1:]}", "endpoints": []},
        {"endpoint": f"//evil.example.com@{HOST[2:]}", "endpoints": []},
        {"endpoint": f"http:{HOST}", "endpoints": []},
        {"endpoint": f"{HOST}\r\nX: y", "endpoints": []},
        {"upos_uri": "upos://../member/n1.mp4"},
        {"upos_uri": "upos://ugc/../../n1.mp4"},
        {"upos_uri": "upos://ugc/n1.mp4?uploads"},
        {"upos_uri": "upos://ugc/n1.mp4\r\nX: y"},
        {"upos_uri": "upos://evil.example.com/n1.mp4"},
        {"auth": "a\r\nX-Evil: 1"},
        {"chunk_size": 1024**3},
    ],
    ids=lambda lie: next(f"{key} {value!r:.40}" for key, value in lie.items()),
)
async def test_a_ticket_that_leads_astray_is_used_for_nothing(
    today: Today, sim: Simulator, lie: dict[str, Any]
):
    """Not one request follows it, to nobody."""
    body = json.dumps({**TICKET, **lie}).encode()
    sim.faults.add("preupload", Answer(body=body, content_type="application/json"))
    error = await today.ends_with(today.make())
    assert error.kind == "UNEXPECTED_ANSWER"
    assert sim.exchanges[-1].step == "preupload"
    assert today.count("preupload", "init", "part") == [1, 0, 0]


async def test_strangers_among_the_endpoints_are_left_out(today: Today, sim: Simulator):
    """Even if all others fail."""
    body = json.dumps({**TICKET, "endpoints": ["//evil.example.com", HOST, f"{HOST}:1"]}).encode()
    sim.faults.add("preupload", Answer(body=body, content_type="application/json"))
    sim.faults.add("init", Status(502), times=None)
    await today.ends_with(today.make())
    assert {seen.host for seen in sim.seen("init")} == {HOST[2:]}


@pytest.mark.parametrize("step", ["preupload", "init", "part", "complete", "cover", "submit"])
async def test_no_step_follows_a_redirect(today: Today, sim: Simulator, cover: bytes, step: Any):
    """Cookies, tokens and tickets stay where they belong."""
    rule = sim.faults.add(step, Status(307), times=None)
    error = await today.ends_with(today.make(cover=cover, threads=1, interface="web"))
    assert (error.kind, rule.hits) == ("REDIRECTED", 1)
