"""Logging in by the QR code of the web (protocol document, section 2.5)."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from tests.simulator.calls import LOGIN, TV, auth_code, nav, poll_tv

from bilibili_api.simulator import DEMO_ACCOUNT, DEMO_COOKIES, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Clock
    from tests.simulator.raw import Got, RawClient

QR = f"{LOGIN}/web/qrcode"


async def qrcode_key(client: RawClient) -> str:
    return (await client.get(f"{QR}/generate")).json["data"]["qrcode_key"]


async def poll(client: RawClient, key: str) -> Got:
    return await client.get(f"{QR}/poll?qrcode_key={key}")


async def scanned_and_confirmed(client: RawClient, sim: Simulator) -> Got:
    key = await qrcode_key(client)
    sim.qr.confirm(key)
    return await poll(client, key)


async def test_a_code_has_a_key_of_32_characters_and_a_url_with_it(client: RawClient):
    """The URL is what a phone scans."""
    data = (await client.get(f"{QR}/generate")).json["data"]
    assert set(data) == {"url", "qrcode_key"}
    assert len(data["qrcode_key"]) == 32
    assert data["url"].endswith(data["qrcode_key"])


async def test_the_stages_are_told_by_data_code(client: RawClient, sim: Simulator):
    """The top-level code is 0 in all cases."""
    key = await qrcode_key(client)
    answers = [await poll(client, key)]
    sim.qr.scan(key)
    answers.append(await poll(client, key))
    sim.qr.confirm(key)
    answers += [await poll(client, key), await poll(client, key)]
    assert [got.code for got in answers] == [0, 0, 0, 0]
    assert [got.json["data"]["code"] for got in answers] == [86101, 86090, 0, 86038]


async def test_before_the_end_nothing_is_handed_over(client: RawClient, sim: Simulator):
    """A code that was only scanned has neither cookies nor a refresh token."""
    key = await qrcode_key(client)
    sim.qr.scan(key)
    got = await poll(client, key)
    assert (got.cookies, got.json["data"]["refresh_token"], got.json["data"]["url"]) == ({}, "", "")


async def test_success_sets_the_five_cookies(client: RawClient, sim: Simulator):
    """They open what cookies open, for the account that confirmed."""
    got = await scanned_and_confirmed(client, sim)
    assert list(got.cookies) == list(DEMO_COOKIES)
    assert (await nav(client, got.cookies)).json["data"]["mid"] == DEMO_ACCOUNT.mid


async def test_the_cookies_say_where_and_how_long_they_hold(client: RawClient, sim: Simulator, clock: Clock):
    """All hosts of Bilibili, as long as the login; scripts of pages do not see SESSDATA."""
    key = await qrcode_key(client)
    sim.qr.confirm(key)
    async with client.session.get(f"{QR}/poll?qrcode_key={key}") as got:
        cookies = got.cookies
    assert {cookie["domain"] for cookie in cookies.values()} == {"bilibili.com"}
    ends = {parsedate_to_datetime(cookie["expires"]).timestamp() for cookie in cookies.values()}
    assert ends == {clock.now + 30 * 86400}
    assert [name for name, cookie in cookies.items() if cookie["httponly"]] == ["SESSDATA"]


async def test_the_url_repeats_the_cookies_in_the_same_encoding(client: RawClient, sim: Simulator):
    """Section 2.5: the query of data.url has what Set-Cookie had."""
    got = await scanned_and_confirmed(client, sim)
    url: str = got.json["data"]["url"]
    query = urlsplit(url).query
    assert f"SESSDATA={got.cookies['SESSDATA']}&" in query
    values = parse_qs(query)
    assert {name: unquote(value) for name, value in got.cookies.items()} == {
        name: values[name][0] for name in got.cookies
    }


async def test_success_answers_a_refresh_token_and_milliseconds(
    client: RawClient, sim: Simulator, clock: Clock
):
    """What is called ac_time_value elsewhere, and the time of the login."""
    data = (await scanned_and_confirmed(client, sim)).json["data"]
    assert len(data["refresh_token"]) == 32
    assert data["timestamp"] == clock.now * 1000


async def test_a_login_on_the_web_has_no_token(client: RawClient, sim: Simulator):
    """Web QR returns cookies only (section 0.2)."""
    before = sim.tokens()
    await scanned_and_confirmed(client, sim)
    assert sim.tokens() == before


@pytest.mark.parametrize("seconds", [180, 181])
async def test_a_code_lives_180_seconds(client: RawClient, clock: Clock, seconds: float):
    """Afterwards data.code is 86038."""
    key = await qrcode_key(client)
    clock.now += seconds
    assert (await poll(client, key)).json["data"]["code"] == {180: 86101, 181: 86038}[int(seconds)]


async def test_a_key_that_was_never_made_has_expired(client: RawClient):
    """There is no other code for it."""
    assert (await poll(client, "0" * 32)).json["data"]["code"] == 86038


async def test_a_poll_without_a_key_is_minus_400(client: RawClient):
    """The parameter is required."""
    assert (await client.get(f"{QR}/poll")).code == -400


async def test_the_two_kinds_of_code_are_not_mixed_up(client: RawClient):
    """A code of the web is none of the TV, and the other way round."""
    assert (await poll_tv(client, await qrcode_key(client), TV)).code == -404
    assert (await poll(client, await auth_code(client))).json["data"]["code"] == 86038
