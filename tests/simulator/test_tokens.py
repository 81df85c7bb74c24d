"""Does a token hold, and a new one for it (protocol document, sections 1.2 and 2.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.simulator.calls import ANDROID, GENERAL, TV, info, nav, post, refresh, signed_with
from tests.simulator.raw import APPKEY, APPSEC, PASSPORT, RawClient

from bilibili_api.simulator import DEMO_ACCOUNT, Login, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Clock

DAY = 86400


@pytest.fixture
def login(sim: Simulator) -> Login:
    """The demo account, logged in by the TV."""
    return sim.log_in()


async def test_info_tells_whose_the_token_is_and_how_long_it_holds(
    client: RawClient, clock: Clock, login: Login
):
    """A fresh token needs no renewal."""
    clock.now += 10
    assert (await info(client, login.access_token)).json["data"] == {
        "mid": DEMO_ACCOUNT.mid,
        "access_token": login.access_token,
        "expires_in": 30 * DAY - 10,
        "refresh": False,
    }


async def test_today_a_token_lives_180_days(clock: Clock):
    """And wants to be renewed within the last thirty."""
    async with Simulator(era="today", clock=clock) as sim, RawClient(sim) as client:
        token = sim.log_in().access_token
        told: list[tuple[int, bool]] = []
        for days in (0, 149, 2):
            clock.now += days * DAY
            data = (await info(client, token)).json["data"]
            told.append((data["expires_in"] // DAY, data["refresh"]))
    assert told == [(180, False), (31, False), (29, True)]


async def test_a_token_that_has_expired_is_minus_658(client: RawClient, clock: Clock, login: Login):
    """By the simulator's clock."""
    clock.now += 30 * DAY
    assert (await info(client, login.access_token)).code == -658


async def test_an_expired_token_opens_nothing(client: RawClient, clock: Clock, login: Login):
    """Neither token nor cookies outlive their time."""
    clock.now += 30 * DAY
    assert (await client.preupload(access_key=login.access_token)).status == 403
    assert (await nav(client, login.cookies)).code == -101


@pytest.mark.parametrize("call", ["info", "refresh"])
async def test_another_appkey_than_the_one_that_made_the_token_is_minus_663(
    client: RawClient, login: Login, call: str
):
    """Section 1.2: a token is bound to its key."""
    if call == "info":
        got = await info(client, login.access_token, ANDROID)
    else:
        got = await refresh(client, login.access_token, login.refresh_token, ANDROID)
    assert got.code == -663


async def test_a_token_of_the_android_login_key_works_with_the_general_one(client: RawClient, sim: Simulator):
    """Section 1.2: the documented exception."""
    token = sim.log_in(platform="Android").access_token
    assert (await info(client, token, GENERAL)).code == 0


async def test_the_general_android_key_does_not_renew_it(client: RawClient, sim: Simulator):
    """A token is renewed with the key that created it."""
    login = sim.log_in(platform="Android")
    got = await refresh(client, login.access_token, login.refresh_token, GENERAL)
    assert got.code == -663


@pytest.mark.parametrize("pair", [TV, ANDROID, (APPKEY, APPSEC)])
async def test_the_token_that_an_account_comes_with_is_bound_to_no_key(
    client: RawClient, pair: tuple[str, str]
):
    """Nobody knows which key made it."""
    assert (await info(client, DEMO_ACCOUNT.access_key, pair)).code == 0


async def test_an_unknown_token_is_minus_101(client: RawClient):
    """Never issued, or revoked."""
    assert (await info(client, "0" * 32)).code == -101
    assert (await refresh(client, "0" * 32, "0" * 32)).code == -101


@pytest.mark.parametrize("changes", [{"actionKey": None}, {"actionKey": "key"}, {"ts": None}])
async def test_a_parameter_that_is_missing_or_another_is_minus_400(
    client: RawClient, login: Login, changes: dict[str, object]
):
    """Both calls want actionKey=appkey and ts."""
    assert (await info(client, login.access_token, **changes)).code == -400
    assert (await refresh(client, login.access_token, login.refresh_token, **changes)).code == -400


async def test_a_wrong_signature_is_minus_3(client: RawClient, login: Login):
    """Signed with the secret of another key."""
    pair = TV[0], ANDROID[1]
    assert (await info(client, login.access_token, pair)).code == -3
    assert (await refresh(client, login.access_token, login.refresh_token, pair)).code == -3


async def test_a_refresh_answers_a_whole_new_login(client: RawClient, login: Login):
    """New tokens, new cookies, no platform; the new token is bound to the same key."""
    got = await refresh(client, login.access_token, login.refresh_token)
    data = got.json["data"]
    assert set(data) == {"is_new", "mid", "token_info", "cookie_info", "sso", "status", "url"}
    fresh = data["token_info"]
    assert fresh["access_token"] != login.access_token
    assert fresh["refresh_token"] != login.refresh_token
    cookies = {cookie["name"]: cookie["value"] for cookie in data["cookie_info"]["cookies"]}
    assert (await nav(client, cookies)).code == 0
    assert (await info(client, fresh["access_token"])).code == 0
    assert (await info(client, fresh["access_token"], ANDROID)).code == -663


async def test_after_a_refresh_the_old_login_is_dead(client: RawClient, login: Login):
    """Token, refresh token and cookies."""
    await refresh(client, login.access_token, login.refresh_token)
    assert (await info(client, login.access_token)).code == -101
    assert (await client.preupload(access_key=login.access_token)).status == 403
    assert (await nav(client, login.cookies)).code == -101
    assert (await refresh(client, login.access_token, login.refresh_token)).code == -101


async def test_a_refresh_leaves_other_logins_of_the_account_alone(
    client: RawClient, sim: Simulator, login: Login
):
    """Each login is renewed for itself."""
    other = sim.log_in()
    await refresh(client, login.access_token, login.refresh_token)
    assert (await info(client, other.access_token)).code == 0


async def test_an_expired_token_can_be_renewed(client: RawClient, clock: Clock, login: Login):
    """Section 8.2: -658 is answered by refreshing with the right key."""
    clock.now += 31 * DAY
    got = await refresh(client, login.access_token, login.refresh_token)
    assert (await info(client, got.json["data"]["token_info"]["access_token"])).code == 0


async def test_a_refresh_token_of_another_login_is_minus_101(client: RawClient, sim: Simulator, login: Login):
    """The pair belongs together, and a failed attempt costs nothing."""
    assert (await refresh(client, login.access_token, sim.log_in().refresh_token)).code == -101
    assert (await info(client, login.access_token)).code == 0


async def test_the_old_urls_want_no_action_key(client: RawClient, login: Login):
    """Section 2.7: both older URLs answer the same."""
    query = signed_with(TV, access_key=login.access_token)
    assert (await client.get(f"{PASSPORT}/api/oauth2/info?{query}")).json["data"]["mid"] == DEMO_ACCOUNT.mid
    text = signed_with(TV, access_key=login.access_token, refresh_token=login.refresh_token)
    got = await post(client, f"{PASSPORT}/api/v2/oauth2/refresh_token", text)
    assert got.json["data"]["mid"] == DEMO_ACCOUNT.mid


async def test_a_refresh_without_its_token_is_minus_400(client: RawClient, login: Login):
    """Both tokens are required."""
    text = signed_with(TV, access_key=login.access_token, actionKey="appkey")
    url = f"{PASSPORT}/x/passport-login/oauth2/refresh_token"
    assert (await post(client, url, text)).code == -400
