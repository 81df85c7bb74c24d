"""The way of a video through the simulator, from login to bvid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulator.raw import login_body, meta

from bilibili_api.simulator import DEMO_ACCOUNT

if TYPE_CHECKING:
    from tests.simulator.raw import RawClient

    from bilibili_api.simulator import Simulator


async def test_a_video_goes_from_login_to_bvid(client: RawClient, sim: Simulator, picture: bytes):
    """Log in, upload in two chunks out of order, complete, upload a cover, submit."""
    got = await client.login(login_body(DEMO_ACCOUNT.name, await client.sealed(DEMO_ACCOUNT.password)))
    assert got.code == 0
    ticket = await client.ticket()
    assert (await client.chunk(ticket, b"e", 1, 2)).ok == 1
    assert (await client.chunk(ticket, b"abcd", 0, 2)).ok == 1
    assert (await client.complete(ticket, b"abcde", 2)).ok == 1
    cover = (await client.cover(picture)).json["data"]["url"]
    got = await client.submit(meta(ticket.filename, cover=cover))
    assert (got.code, got.json["data"]["bvid"]) == (0, sim.archives[0].bvid)
    assert sim.archives[0].videos == tuple(sim.videos)
    assert (sim.videos[0].size, sim.videos[0].filename) == (5, ticket.filename)
