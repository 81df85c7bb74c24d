"""New web cookies for old ones (protocol document, section 2.7)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from tests.simulator.calls import LOGIN, cookie_header, nav, post_form

from bilibili_api.simulator import DEMO_ACCOUNT, Simulator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.simulator.conftest import Clock
    from tests.simulator.raw import Got, RawClient

WEB = f"{LOGIN}/web"
DAY = 86400
FIXED_KEY = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDLgd2OAkcGVtoE3ThUREbio0EgUc/prcajMKXvkCKFCWhJYJcLkcM2DKKcSeFpD/j6"
    "Boy538YXnR6VhcuUJOhH2x71nzPjfdTcqMz7djHum0qSZA0AyCBDABUqCrfNgCiJ00Ra7GmRj+YCK1NJEuewlb40JNrRuoEUXpabUzGB"
    "8QIDAQAB"
)


@dataclass(frozen=True, slots=True)
class Browser:
    """Somebody logged in on the web."""

    cookies: Mapping[str, str]
    refresh_token: str


def sealed(timestamp: int) -> str:
    """Return the path for a time in milliseconds."""
    key = load_der_public_key(base64.b64decode(FIXED_KEY))
    assert isinstance(key, rsa.RSAPublicKey)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    return key.encrypt(f"refresh_{timestamp}".encode(), oaep).hex()


@pytest.fixture
async def browser(client: RawClient, sim: Simulator) -> Browser:
    """Log in by the QR code of the web."""
    key = (await client.get(f"{WEB}/qrcode/generate")).json["data"]["qrcode_key"]
    sim.qr.confirm(key)
    got = await client.get(f"{WEB}/qrcode/poll?qrcode_key={key}")
    return Browser(got.cookies, got.json["data"]["refresh_token"])


async def ask(client: RawClient, browser: Browser, query: str | None = None) -> Got:
    query = f"csrf={browser.cookies['bili_jct']}" if query is None else query
    return await client.get(f"{WEB}/cookie/info?{query}", Cookie=cookie_header(browser.cookies))


async def correspond(client: RawClient, browser: Browser, path: str) -> Got:
    return await client.get(
        f"https://www.bilibili.com/correspond/1/{path}", Cookie=cookie_header(browser.cookies)
    )


async def refresh_csrf(client: RawClient, browser: Browser) -> str:
    """Go as far as the page, and read it."""
    timestamp = (await ask(client, browser)).json["data"]["timestamp"]
    page = await correspond(client, browser, sealed(timestamp))
    found = re.search(rb'<div id="1-name">([0-9a-f]+)</div>', page.body)
    assert found is not None
    return found[1].decode()


async def renew(client: RawClient, browser: Browser, **changes: str | None) -> Got:
    fields: dict[str, str | None] = {
        "csrf": browser.cookies["bili_jct"],
        "refresh_csrf": await refresh_csrf(client, browser),
        "source": "main_web",
        "refresh_token": browser.refresh_token,
    }
    return await post_form(client, f"{WEB}/cookie/refresh", browser.cookies, **(fields | changes))


async def confirm(client: RawClient, fresh: Browser, old: Browser, **changes: str | None) -> Got:
    fields: dict[str, str | None] = {
        "csrf": fresh.cookies["bili_jct"],
        "refresh_token": old.refresh_token,
    }
    return await post_form(client, f"{WEB}/confirm/refresh", fresh.cookies, **(fields | changes))


async def renewed(client: RawClient, browser: Browser) -> Browser:
    got = await renew(client, browser)
    return Browser(got.cookies, got.json["data"]["refresh_token"])


async def test_info_tells_the_time_in_milliseconds(client: RawClient, browser: Browser, clock: Clock):
    """Fresh cookies need no renewal."""
    data = (await ask(client, browser)).json["data"]
    assert data == {"refresh": False, "timestamp": clock.now * 1000}


async def test_near_the_end_info_wants_a_renewal(client: RawClient, browser: Browser, clock: Clock):
    """Within the last sixth of the cookies' life."""
    clock.now += 26 * DAY
    assert (await ask(client, browser)).json["data"]["refresh"] is True


@pytest.mark.parametrize(("query", "code"), [("csrf=wrong", -111), ("", 0)])
async def test_a_wrong_csrf_at_info_is_minus_111(client: RawClient, browser: Browser, query: str, code: int):
    """It may be left out, but not be another."""
    assert (await ask(client, browser, query)).code == code


async def test_expired_cookies_cannot_be_refreshed(client: RawClient, browser: Browser, clock: Clock):
    """Section 2.7: log in again."""
    clock.now += 30 * DAY
    assert (await ask(client, browser)).code == -101


async def test_the_whole_way_gives_new_cookies(client: RawClient, browser: Browser):
    """info, page, refresh, confirm: then only the new ones hold."""
    fresh = await renewed(client, browser)
    assert fresh.refresh_token != browser.refresh_token
    assert (await confirm(client, fresh, browser)).code == 0
    assert (await nav(client, fresh.cookies)).json["data"]["mid"] == DEMO_ACCOUNT.mid
    assert (await nav(client, browser.cookies)).code == -101


async def test_before_the_confirmation_both_hold(client: RawClient, browser: Browser):
    """Whoever loses the answer of the refresh has not lost the login."""
    fresh = await renewed(client, browser)
    assert [(await nav(client, each.cookies)).code for each in (fresh, browser)] == [0, 0]


@pytest.mark.parametrize(
    "path",
    ["0" * 255, "0" * 257, "f" * 256, "G" + "0" * 255, "0" * 255 + "A"],
    ids=["short", "long", "large", "g", "A"],
)
async def test_a_path_that_is_not_sealed_under_the_key_is_404(client: RawClient, browser: Browser, path: str):
    """128 bytes in lower-case hex, a number below the key's modulus."""
    await ask(client, browser)
    assert (await correspond(client, browser, path)).status == 404


async def test_a_stale_path_is_404(client: RawClient, browser: Browser, clock: Clock):
    """The page is for the time that info has just told."""
    path = sealed((await ask(client, browser)).json["data"]["timestamp"])
    clock.now += 60.5
    assert (await correspond(client, browser, path)).status == 404


async def test_a_path_without_asking_info_is_404(client: RawClient, browser: Browser):
    """The time to seal is the server's."""
    assert (await correspond(client, browser, sealed(1))).status == 404


@pytest.mark.parametrize(
    "changes", [{"refresh_csrf": "0" * 32}, {"refresh_token": "0" * 32}, {"refresh_token": None}]
)
async def test_a_mismatch_is_86095(client: RawClient, browser: Browser, changes: dict[str, str | None]):
    """refresh_csrf is the page's and refresh_token the one of these cookies."""
    assert (await renew(client, browser, **changes)).code == 86095


@pytest.mark.parametrize(("changes", "code"), [({"csrf": "0" * 32}, -111), ({"source": None}, -400)])
async def test_a_form_that_is_not_right_is_refused(
    client: RawClient, browser: Browser, changes: dict[str, str | None], code: int
):
    """The csrf fits the cookies, the source is main_web."""
    assert (await renew(client, browser, **changes)).code == code


async def test_a_refresh_csrf_is_used_once(client: RawClient, browser: Browser):
    """The next renewal reads the page again."""
    said = await refresh_csrf(client, browser)
    fields = {
        "csrf": browser.cookies["bili_jct"],
        "refresh_csrf": said,
        "source": "main_web",
        "refresh_token": browser.refresh_token,
    }
    codes = [
        (await post_form(client, f"{WEB}/cookie/refresh", browser.cookies, **fields)).code for _ in range(2)
    ]
    assert codes == [0, 86095]


async def test_cookies_of_an_app_are_not_renewed_this_way(client: RawClient, sim: Simulator):
    """Their refresh token is the token's."""
    login = sim.log_in()
    got = await renew(client, Browser(login.cookies, login.refresh_token))
    assert got.code == 86095


async def test_a_confirmation_by_the_old_cookies_is_86095(client: RawClient, browser: Browser):
    """Section 2.7: with the new cookies, and the old refresh token."""
    fresh = await renewed(client, browser)
    assert (await confirm(client, browser, browser)).code == 86095
    assert (await confirm(client, fresh, fresh)).code == 86095
    assert (await nav(client, browser.cookies)).code == 0


async def test_a_confirmation_with_the_old_csrf_is_minus_111(client: RawClient, browser: Browser):
    """The csrf is the new bili_jct."""
    fresh = await renewed(client, browser)
    assert (await confirm(client, fresh, browser, csrf=browser.cookies["bili_jct"])).code == -111
