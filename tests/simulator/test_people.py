"""Accounts and logins at the hands of a script (protocol document, section 2.8)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.simulator.calls import ANDROID, TV, info, nav, refresh

from bilibili_api.simulator import DEMO_ACCOUNT, DEMO_COOKIES, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Clock
    from tests.simulator.raw import RawClient


async def test_a_cookies_json_has_the_canonical_form(sim: Simulator, clock: Clock):
    """Exactly the members of section 2.8, with numbers where numbers stand."""
    document = json.loads(sim.cookies_json())
    assert list(document) == ["cookie_info", "sso", "token_info", "platform"]
    assert document["platform"] == "BiliTV"
    token = document["token_info"]
    assert (token["mid"], token["expires_in"]) == (DEMO_ACCOUNT.mid, 30 * 86400)
    assert set(token) == {"access_token", "expires_in", "mid", "refresh_token"}
    cookies = document["cookie_info"]["cookies"]
    assert [cookie["name"] for cookie in cookies] == list(DEMO_COOKIES)
    assert {cookie["expires"] for cookie in cookies} == {int(clock.now) + 30 * 86400}
    assert [cookie["http_only"] for cookie in cookies] == [1, 0, 0, 0, 0]


@pytest.mark.parametrize(("platform", "pair"), [("BiliTV", TV), ("Android", ANDROID)])
async def test_what_a_cookies_json_says_holds(
    client: RawClient, sim: Simulator, platform: str, pair: tuple[str, str]
):
    """Token and cookies work, and the token is bound to the platform's key."""
    alice = sim.add_account("alice", "x")
    document = json.loads(sim.cookies_json(alice, platform))
    cookies = {each["name"]: each["value"] for each in document["cookie_info"]["cookies"]}
    assert (await nav(client, cookies)).json["data"]["mid"] == alice.mid
    assert (await info(client, document["token_info"]["access_token"], pair)).code == 0


async def test_there_are_two_platforms(sim: Simulator):
    """Any other name is a slip."""
    with pytest.raises(ValueError, match="BiliTV, Android"):
        sim.cookies_json(platform="Windows")


async def test_tokens_and_cookies_of_an_account_are_listed(sim: Simulator):
    """Those it came with and the later ones, oldest first."""
    assert (sim.tokens(), sim.cookies()) == ([DEMO_ACCOUNT.access_key], DEMO_COOKIES)
    login = sim.log_in()
    assert sim.tokens() == [DEMO_ACCOUNT.access_key, login.access_token]
    assert sim.cookies() == dict(login.cookies)


async def test_a_login_expires_on_order_and_can_be_renewed(client: RawClient, sim: Simulator):
    """Cookies are -101, the token -658, the refresh token still good."""
    login = sim.log_in()
    sim.expire_login()
    assert (await nav(client, login.cookies)).code == -101
    assert (await nav(client, DEMO_COOKIES)).code == -101
    assert (await info(client, login.access_token)).code == -658
    assert (await refresh(client, login.access_token, login.refresh_token)).code == 0


async def test_a_login_can_be_ended_for_good(client: RawClient, sim: Simulator):
    """Then nothing renews it: a person has to log in."""
    login = sim.log_in()
    sim.expire_login(renewable=False)
    assert (await nav(client, login.cookies)).code == -101
    assert (await refresh(client, login.access_token, login.refresh_token)).code == -101


async def test_the_login_of_somebody_else_does_not_expire_with_it(client: RawClient, sim: Simulator):
    """Accounts are told apart."""
    alice = sim.add_account("alice", "x")
    sim.expire_login()
    assert (await nav(client, sim.cookies(alice))).code == 0
    with pytest.raises(ValueError, match="not logged in"):
        sim.cookies()


async def test_forgotten_tokens_leave_the_cookies_alone(client: RawClient, sim: Simulator):
    """expire_tokens ends what carries an access_key only."""
    sim.expire_tokens()
    assert (await info(client, DEMO_ACCOUNT.access_key)).code == -101
    assert (await nav(client, DEMO_COOKIES)).code == 0


async def test_no_two_accounts_have_one_telephone(sim: Simulator):
    """A text message logs one person in."""
    with pytest.raises(ValueError, match="telephone"):
        sim.add_account("alice", "x", phone=DEMO_ACCOUNT.phone)


async def test_a_login_shows_no_secret(sim: Simulator):
    """Neither token nor cookies stand in the repr."""
    login = sim.log_in()
    shown = repr(login)
    secrets = [login.access_token, login.refresh_token, *list(login.cookies.values())[:2]]
    assert not [secret for secret in secrets if secret is None or secret in shown]
