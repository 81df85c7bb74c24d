"""Accounts and their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.simulator.raw import login_body

from bilibili_api.simulator import DEMO_ACCOUNT

if TYPE_CHECKING:
    from tests.simulator.raw import RawClient

    from bilibili_api.simulator import Simulator


async def test_a_demo_account_is_there_from_the_start(sim: Simulator):
    """Nobody has to register anything to try the simulator."""
    assert sim.accounts == [DEMO_ACCOUNT]


async def test_a_registered_account_logs_in_and_uploads(client: RawClient, sim: Simulator):
    """Name, password, number and token are the given ones."""
    account = sim.add_account("alice", "correct horse", mid=10001, access_key="a" * 32)
    assert (account.mid, account.name, account.access_key) == (10001, "alice", "a" * 32)
    got = await client.login(login_body("alice", await client.sealed("correct horse")))
    assert got.json["data"]["mid"] == 10001
    assert (await client.preupload(account)).ok == 1


async def test_what_is_not_given_is_made_up(sim: Simulator):
    """Two accounts without numbers get different ones, and tokens of their own."""
    one, two = sim.add_account("one", "x"), sim.add_account("two", "x")
    assert one.mid != two.mid
    assert one.access_key != two.access_key


@pytest.mark.parametrize(
    ("name", "mid", "access_key"),
    [("demo", None, None), ("new", DEMO_ACCOUNT.mid, None), ("new", None, DEMO_ACCOUNT.access_key)],
)
async def test_nothing_is_given_to_two_accounts(
    sim: Simulator, name: str, mid: int | None, access_key: str | None
):
    """Name, number and token are each unique."""
    with pytest.raises(ValueError, match=r"already|another"):
        sim.add_account(name, "x", mid=mid, access_key=access_key)


async def test_expired_tokens_open_nothing_until_the_next_login(client: RawClient, sim: Simulator):
    """After expire_tokens preupload says 403; a new login helps."""
    sim.expire_tokens()
    assert (await client.preupload()).status == 403
    got = await client.login(login_body("demo", await client.sealed(DEMO_ACCOUNT.password)))
    token = got.json["data"]["token_info"]["access_token"]
    assert (await client.preupload(access_key=token)).ok == 1
