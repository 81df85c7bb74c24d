"""Who one is, the browser's name, and leaving (protocol document, sections 1.5, 2.7 and 2.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from tests.simulator.calls import NAV, TV, cookie_header, info, nav, post_form, signed_with
from tests.simulator.raw import PASSPORT

from bilibili_api.simulator import DEMO_ACCOUNT, DEMO_COOKIES, Login, Simulator

if TYPE_CHECKING:
    from tests.simulator.raw import Got, RawClient

MY_INFO = "https://api.bilibili.com/x/space/myinfo"
EXIT = f"{PASSPORT}/login/exit/v2"


@pytest.fixture
def login(sim: Simulator) -> Login:
    return sim.log_in()


async def leave(client: RawClient, cookies: dict[str, str], csrf: str | None) -> Got:
    return await post_form(client, EXIT, cookies, biliCSRF=csrf)


async def test_nav_tells_name_number_and_level(client: RawClient, sim: Simulator):
    """Of the account that the cookies belong to."""
    alice = sim.add_account("alice", "x", level=2)
    data = (await nav(client, sim.cookies(alice))).json["data"]
    assert (data["isLogin"], data["mid"], data["uname"]) == (True, alice.mid, "alice")
    assert data["level_info"]["current_level"] == 2


async def test_nav_without_a_login_is_minus_101_and_is_login_false(client: RawClient):
    """The keys of section 1.5 are there all the same."""
    got = await client.get(NAV)
    assert (got.status, got.code, got.json["data"]["isLogin"]) == (200, -101, False)
    assert set(got.json["data"]["wbi_img"]) == {"img_url", "sub_url"}


async def test_the_demo_account_s_cookies_are_published(client: RawClient):
    """Whoever tries the simulator finds them in the library."""
    assert (await nav(client, DEMO_COOKIES)).json["data"]["mid"] == DEMO_ACCOUNT.mid


async def test_a_sessdata_is_the_same_decoded(client: RawClient):
    """Section 2.5: clients keep one encoding, either is taken."""
    decoded = {"SESSDATA": unquote(DEMO_COOKIES["SESSDATA"])}
    assert decoded != {"SESSDATA": DEMO_COOKIES["SESSDATA"]}
    assert (await nav(client, decoded)).code == 0


async def test_a_strange_cookie_does_not_hide_the_others(client: RawClient):
    """Browsers send whatever pages have set."""
    header = f'odd={{"a": 1}}; nothing; =; {cookie_header()}'
    assert (await client.get(NAV, Cookie=header)).code == 0


async def test_myinfo_knows_cookies_and_signed_tokens(client: RawClient):
    """Either proves who is asking."""
    query = signed_with(TV, access_key=DEMO_ACCOUNT.access_key)
    by_token = (await client.get(f"{MY_INFO}?{query}")).json["data"]
    by_cookies = (await client.get(MY_INFO, Cookie=cookie_header())).json["data"]
    assert by_token == by_cookies
    assert (by_token["mid"], by_token["name"], by_token["level"]) == (DEMO_ACCOUNT.mid, "demo", 6)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", -101),
        (signed_with(TV, access_key="0" * 32), -101),
        (f"access_key={DEMO_ACCOUNT.access_key}", -2),
        (signed_with((TV[0], "wrong"), access_key=DEMO_ACCOUNT.access_key), -3),
    ],
)
async def test_myinfo_refuses_strangers_and_wrong_signatures(client: RawClient, query: str, code: int):
    """A token without a signature is not enough."""
    assert (await client.get(f"{MY_INFO}?{query}")).code == code


async def test_everybody_gets_a_name_for_the_browser(client: RawClient):
    """Section 2.9: buvid3 and buvid4, others each time."""
    url = "https://api.bilibili.com/x/frontend/finger/spi"
    names = [(await client.get(url)).json["data"] for _ in range(2)]
    assert [set(each) for each in names] == [{"b_3", "b_4"}, {"b_3", "b_4"}]
    assert names[0]["b_3"] != names[1]["b_3"]


async def test_leaving_revokes_cookies_and_token(client: RawClient, login: Login):
    """Nothing of that login works any more."""
    got = await leave(client, dict(login.cookies), login.csrf)
    assert got.code == 0
    assert (await nav(client, login.cookies)).code == -101
    assert (await info(client, login.access_token)).code == -101


async def test_leaving_takes_the_cookies_back(client: RawClient, login: Login):
    """Set-Cookie empties each of them."""
    got = await leave(client, dict(login.cookies), login.csrf)
    assert got.cookies == dict.fromkeys(login.cookies, "")


async def test_leaving_leaves_other_logins_alone(client: RawClient, sim: Simulator, login: Login):
    """One device logs out, not the person."""
    other = sim.log_in()
    await leave(client, dict(login.cookies), login.csrf)
    assert (await nav(client, other.cookies)).code == 0


@pytest.mark.parametrize("csrf", [None, "", "0" * 32])
async def test_leaving_with_another_csrf_is_2202(client: RawClient, login: Login, csrf: str | None):
    """And one stays logged in."""
    assert (await leave(client, dict(login.cookies), csrf)).code == 2202
    assert (await nav(client, login.cookies)).code == 0


async def test_leaving_without_the_cookie_bili_jct_is_2202(client: RawClient, login: Login):
    """The csrf is compared with the cookie."""
    cookies = {name: value for name, value in login.cookies.items() if name != "bili_jct"}
    assert (await leave(client, cookies, login.csrf)).code == 2202


@pytest.mark.parametrize("mid", [None, "1"])
async def test_leaving_needs_the_cookie_dede_user_id(client: RawClient, login: Login, mid: str | None):
    """Section 2.7 names three cookies."""
    cookies = {name: value for name, value in login.cookies.items() if name != "DedeUserID"}
    cookies |= {} if mid is None else {"DedeUserID": mid}
    assert (await leave(client, cookies, login.csrf)).code == -101
