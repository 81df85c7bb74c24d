"""Looking at an archive, and the list of activities (protocol document, sections 3.5 and 7.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.simulator.raw import MEMBER, meta, query

from bilibili_api.simulator import DEMO_ACCOUNT

if TYPE_CHECKING:
    from tests.simulator.raw import Got, RawClient

    from bilibili_api.simulator import Account, Simulator

MISSIONS = f"{MEMBER}/x/vupre/app/h5/mission/type/all"


async def view(client: RawClient, account: Account = DEMO_ACCOUNT, **which: object) -> Got:
    return await client.get(f"{MEMBER}/x/client/archive/view?{query(access_key=account.access_key, **which)}")


@pytest.mark.parametrize("key", ["aid", "bvid"])
async def test_the_owner_sees_the_archive_by_either_number(client: RawClient, key: str):
    """The data has the members of section 3.5."""
    name = await client.stored()
    await client.submit(meta(name, title="An older one"))
    numbers = (await client.submit(meta(name, open_elec=1))).json["data"]
    data = (await view(client, **{key: numbers[key]})).json["data"]
    assert set(data) == {"archive", "archive_elec", "videos"}
    assert (data["archive"]["bvid"], data["archive"]["title"]) == (numbers["bvid"], "A title")
    assert data["archive_elec"] == {"state": 1}
    assert [(video["filename"], video["title"]) for video in data["videos"]] == [(name, "P1")]
    assert data["videos"][0]["cid"] > 0


async def test_somebody_else_s_archive_is_minus_403(client: RawClient, sim: Simulator):
    """Section 8.2: no right."""
    aid = (await client.submit(meta(await client.stored()))).json["data"]["aid"]
    assert (await view(client, sim.add_account("other", "x"), aid=aid)).code == -403


async def test_an_archive_that_is_not_there_is_minus_404(client: RawClient):
    """Section 8.2: no such thing."""
    assert (await view(client, aid=1)).code == -404


async def test_asking_for_nothing_is_minus_400(client: RawClient):
    """One of the two numbers is needed."""
    assert (await view(client)).code == -400


async def test_a_bad_token_sees_nothing(client: RawClient):
    """Not logged in is -101."""
    assert (await client.get(f"{MEMBER}/x/client/archive/view?access_key=x&aid=1")).code == -101


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ("", [20001, 20002, 20003]),
        ("?tid=", [20001, 20002, 20003]),
        ("?tid=0", [20001, 20002, 20003]),
        ("?tid=17", [20002, 20003]),
    ],
)
async def test_missions_are_listed_for_a_partition_or_all(client: RawClient, asked: str, ids: list[int]):
    """Nobody has to be logged in."""
    got = await client.get(f"{MISSIONS}{asked}")
    assert (got.code, [mission["id"] for mission in got.json["data"]]) == (0, ids)


async def test_a_signature_at_missions_is_not_looked_at(client: RawClient):
    """The call is not signed (section 7.5), so there is nothing to be wrong."""
    assert (await client.get(f"{MISSIONS}?sign=x")).code == 0


async def test_missions_of_no_number_are_minus_400(client: RawClient):
    """tid must be a number."""
    assert (await client.get(f"{MISSIONS}?tid=games")).code == -400
