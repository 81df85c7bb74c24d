"""What seasons refuse (protocol document, section 7.6)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from tests.simulator.raw import JSON, MEMBER, URLENCODED, query
from tests.simulator.storing import CSRF, LOGGED_IN

from bilibili_api.simulator import DEMO_ACCOUNT
from bilibili_api.simulator.archives import cid_of
from bilibili_api.simulator.seasons import Season

if TYPE_CHECKING:
    from tests.simulator.raw import Got, RawClient

    from bilibili_api.simulator import Archive, Simulator

BASE = f"{MEMBER}/x2/creative/web"


async def post(client: RawClient, path: str, body: Any, csrf: str = CSRF) -> Got:
    url = f"{BASE}/{path}?{query(csrf=csrf)}"
    return await client.send("POST", url, json.dumps(body), JSON, **LOGGED_IN)


async def post_form(client: RawClient, path: str, **fields: object) -> Got:
    return await client.send("POST", f"{BASE}/{path}", urlencode(fields), URLENCODED, **LOGGED_IN)


def episode(archive: Archive) -> dict[str, object]:
    return {"aid": archive.aid, "cid": cid_of(archive.videos[0]), "title": "t", "charging_pay": 0}


@pytest.fixture
def season(sim: Simulator) -> Season:
    made = Season(7, DEMO_ACCOUNT.mid, "trip", "", "", 0.0, 0.0)
    sim.seasons.all.append(made)
    return made


async def test_a_season_needs_a_stored_cover(client: RawClient):
    """And a title."""
    given = {"title": "t", "cover": "http://i0.hdslb.com/x.jpg", "desc": "", "season_price": 0}
    assert (await post_form(client, "season/add", **given, csrf=CSRF)).code == -400
    assert (await post_form(client, "season/add", **given, csrf="x")).code == -111


async def test_a_season_takes_a_cover_from_any_host_of_covers(client: RawClient, picture: bytes):
    """Whichever interface has stored it."""
    stored = (await client.cover(picture)).json["data"]["url"]
    url = stored.replace("http://i0.hdslb.com", "https://archive.biliimg.com")
    given = {"title": "t", "cover": url, "desc": "", "season_price": 0, "csrf": CSRF}
    assert (await post_form(client, "season/add", **given)).code == 0


async def test_an_archive_is_in_one_season_once(client: RawClient, sim: Simulator, season: Season):
    """With a cid that is its own; so deduced."""
    body = {"sectionId": season.section_id, "episodes": [episode(sim.publish())]}
    odd = {**body, "episodes": [{**episode(sim.publish()), "cid": 1}]}
    assert (await post(client, "season/section/episodes/add", odd)).code == -400
    assert (await post(client, "season/section/episodes/add", body)).code == 0
    assert (await post(client, "season/section/episodes/add", body)).code == -400
    [listed] = season.episodes
    got = await client.get(f"{BASE}/season/aid?{query(id=listed.aid)}", **LOGGED_IN)
    assert got.json["data"]["season"]["id"] == season.id


async def test_an_order_names_every_episode_once(client: RawClient, sim: Simulator, season: Season):
    """Counted from 1; else -400."""
    new = [episode(sim.publish()) for _ in range(2)]
    body = {"sectionId": season.section_id, "episodes": new}
    one, two = (await post(client, "season/section/episodes/add", body)).json["data"]
    section = {"id": season.section_id, "type": 1, "seasonId": season.id, "title": "t"}

    async def sort(*sorts: tuple[int, int]) -> int | None:
        listed = [{"id": number, "sort": place} for number, place in sorts]
        return (await post(client, "season/section/edit", {"section": section, "sorts": listed})).code

    assert [await sort((one, 1)), await sort((one, 0), (two, 1)), await sort((two, 1), (one, 2))] == [
        -400,
        -400,
        0,
    ]
    assert [each.id for each in season.episodes] == [two, one]


async def test_a_removed_season_leaves_its_archives(client: RawClient, sim: Simulator, season: Season):
    """Only the collection goes."""
    sim.publish()
    assert (await post_form(client, "season/del", id=season.id, csrf=CSRF)).code == 0
    assert (sim.seasons.all, len(sim.archives)) == ([], 1)
