"""The simulator's own phone: pages that scan and confirm QR codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.simulator.calls import auth_code, poll_tv

from bilibili_api.simulator import DEMO_ACCOUNT, Simulator

if TYPE_CHECKING:
    from tests.simulator.raw import RawClient


async def press(client: RawClient, sim: Simulator, code: str, action: str) -> int:
    return (await client.send("POST", f"{sim.http_url}/qr/{code}/{action}", b"")).status


async def test_the_list_links_each_pending_code(client: RawClient, sim: Simulator):
    """Whoever opens the page finds what to scan; the overview leads there."""
    codes = [await auth_code(client) for _ in range(2)]
    page = (await client.get(f"{sim.http_url}/qr")).body.decode()
    assert all(f'href="/qr/{code}"' in page for code in codes)
    assert 'href="/qr"' in (await client.get(f"{sim.http_url}/")).body.decode()


async def test_the_buttons_scan_and_confirm_for_the_demo_account(client: RawClient, sim: Simulator):
    """A person can try a QR login without a phone."""
    code = await auth_code(client)
    assert await press(client, sim, code, "scan") == 303
    assert (await poll_tv(client, code)).code == 86090
    assert await press(client, sim, code, "confirm") == 303
    assert (await poll_tv(client, code)).json["data"]["mid"] == DEMO_ACCOUNT.mid


async def test_a_button_leads_back_to_the_page_of_the_code(client: RawClient, sim: Simulator):
    """The page tells the stage and has the buttons that are left."""
    code = await auth_code(client)
    got = await client.send("POST", f"{sim.http_url}/qr/{code}/scan", b"")
    page = (await client.get(f"{sim.http_url}{got.headers['Location']}")).body.decode()
    assert "<td>scanned" in page
    assert f'action="/qr/{code}/confirm"' in page
    assert f'action="/qr/{code}/scan"' not in page


async def test_text_messages_can_be_read(client: RawClient, sim: Simulator):
    """A person can try a login by SMS without a phone; codes that were used are marked."""
    key = sim.sms.send("13800100000", "login")
    code = sim.sms.code_for("13800100000")
    assert f"<td>13800100000<td>{code}</tr>" in (await client.get(f"{sim.http_url}/qr")).body.decode()
    sim.sms.use("13800100000", "login", key, code)
    assert f"<td>{code} (used)" in (await client.get(f"{sim.http_url}/qr")).body.decode()


async def test_the_language_that_was_chosen_goes_along(client: RawClient, sim: Simulator):
    """With links, and with what a button leads back to."""
    code = await auth_code(client)
    page = (await client.get(f"{sim.http_url}/qr?lang=zh")).body.decode()
    assert all(text in page for text in ('href="/?lang=zh"', f'href="/qr/{code}?lang=zh"', "<td>等待扫描"))
    action = f'action="/qr/{code}/scan?lang=zh"><button>扫描'
    assert action in page
    got = await client.send("POST", f"{sim.http_url}/qr/{code}/scan?lang=zh", b"")
    assert got.headers["Location"] == f"/qr/{code}?lang=zh"


async def test_a_code_can_be_left_to_expire(client: RawClient, sim: Simulator):
    """The third button shows what a client does when nobody scans in time."""
    code = await auth_code(client)
    await press(client, sim, code, "expire")
    assert (await poll_tv(client, code)).code == 86038


async def test_a_button_pressed_too_late_says_so(client: RawClient, sim: Simulator):
    """A page that stood open does nothing wrong."""
    code = await auth_code(client)
    sim.qr.confirm(code)
    assert await press(client, sim, code, "scan") == 409


@pytest.mark.parametrize("path", ["qr/unknown/scan", "qr", "archives"])
async def test_there_are_no_other_buttons(client: RawClient, sim: Simulator, path: str):
    """Neither for unknown codes nor on other pages."""
    assert (await client.send("POST", f"{sim.http_url}/{path}", b"")).status == 405


async def test_a_code_that_was_never_made_has_no_page(client: RawClient, sim: Simulator):
    """The answer is the one of every page that is not there."""
    assert (await client.get(f"{sim.http_url}/qr/unknown")).status == 404


async def test_no_button_changes_what_is_no_button(client: RawClient, sim: Simulator):
    """An unknown action is refused and the code stays as it is."""
    code = await auth_code(client)
    assert await press(client, sim, code, "steal") == 405
    assert (await poll_tv(client, code)).code == 86039
