"""Logging in by the QR code of the TV, and by cookies (protocol document, sections 2.3 and 2.4)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.simulator.calls import ANDROID, TV, TV_QR, auth_code, nav, poll_tv, post, post_form, signed_with
from tests.simulator.raw import JSON

from bilibili_api.simulator import DEMO_ACCOUNT, DEMO_COOKIES, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Clock
    from tests.simulator.raw import Got, RawClient

AUTH_CODE = f"{TV_QR}/qrcode/auth_code"
CSRF = DEMO_COOKIES["bili_jct"]


async def confirm(client: RawClient, cookies: dict[str, str] | None = None, /, **changes: str | None) -> Got:
    """Confirm by cookies (section 2.4); `changes` replace a field or, with None, leave it out."""
    fields = {"csrf": CSRF, "scanning_type": "3"} | changes
    return await post_form(client, f"{TV_QR}/h5/qrcode/confirm", cookies or DEMO_COOKIES, **fields)


async def test_an_auth_code_has_32_characters_and_a_url_with_it(client: RawClient):
    """The URL is what a phone scans."""
    data = (await post(client, AUTH_CODE, signed_with(TV, local_id=0))).json["data"]
    assert set(data) == {"url", "auth_code"}
    assert len(data["auth_code"]) == 32
    assert data["url"] == f"{TV_QR}/h5/qrcode/auth?auth_code={data['auth_code']}"


async def test_the_stages_of_a_code_are_86039_86090_and_0(client: RawClient, sim: Simulator):
    """Not scanned, scanned, confirmed: told by the top-level code."""
    code = await auth_code(client)
    first = (await poll_tv(client, code)).code
    sim.qr.scan(code)
    second = (await poll_tv(client, code)).code
    sim.qr.confirm(code)
    assert (first, second, (await poll_tv(client, code)).code) == (86039, 86090, 0)


async def test_a_confirmed_code_answers_tokens_and_cookies(client: RawClient, sim: Simulator):
    """The data has exactly the members of section 2.3, tokens twice, cookies in their order."""
    code = await auth_code(client)
    sim.qr.confirm(code)
    data = (await poll_tv(client, code)).json["data"]
    top = ["access_token", "expires_in", "mid", "refresh_token"]
    assert sorted(data) == sorted([*top, "is_new", "token_info", "cookie_info", "sso"])
    assert {name: data[name] for name in top} == data["token_info"]
    assert data["mid"] == DEMO_ACCOUNT.mid
    assert [cookie["name"] for cookie in data["cookie_info"]["cookies"]] == list(DEMO_COOKIES)


async def test_the_token_and_the_cookies_of_a_scan_work(client: RawClient, sim: Simulator):
    """The login belongs to the account that scanned."""
    alice = sim.add_account("alice", "x")
    code = await auth_code(client)
    sim.qr.scan(code, alice)
    sim.qr.confirm(code)
    data = (await poll_tv(client, code)).json["data"]
    cookies = {cookie["name"]: cookie["value"] for cookie in data["cookie_info"]["cookies"]}
    assert (await nav(client, cookies)).json["data"]["mid"] == alice.mid
    assert (await client.preupload(alice, access_key=data["access_token"])).ok == 1


async def test_a_login_is_handed_over_once(client: RawClient, sim: Simulator):
    """The next poll finds the code used up."""
    code = await auth_code(client)
    sim.qr.confirm(code)
    assert [(await poll_tv(client, code)).code for _ in range(2)] == [0, 86038]


@pytest.mark.parametrize("stage", ["shown", "scanned", "confirmed"])
async def test_a_code_lives_180_seconds(client: RawClient, sim: Simulator, clock: Clock, stage: str):
    """Whatever has become of it; afterwards it is 86038."""
    code = await auth_code(client)
    if stage == "scanned":
        sim.qr.scan(code)
    if stage == "confirmed":
        sim.qr.confirm(code)
    clock.now += 180.5
    assert (await poll_tv(client, code)).code == 86038


async def test_a_code_of_180_seconds_still_holds(client: RawClient, sim: Simulator, clock: Clock):
    """A code does not expire before its time."""
    code = await auth_code(client)
    clock.now += 180
    sim.qr.confirm(code)
    assert (await poll_tv(client, code)).code == 0


async def test_a_code_expires_on_order(client: RawClient, sim: Simulator):
    """Nobody has to wait three minutes for a test."""
    code = await auth_code(client)
    sim.qr.expire(code)
    assert (await poll_tv(client, code)).code == 86038


async def test_the_signature_of_the_first_poll_may_be_used_again(client: RawClient):
    """Section 2.3: nothing in it has to be fresh."""
    text = signed_with(TV, auth_code=await auth_code(client), local_id=0)
    assert [(await post(client, f"{TV_QR}/qrcode/poll", text)).code for _ in range(2)] == [86039, 86039]


async def test_an_unknown_auth_code_is_minus_404(client: RawClient):
    """A code that was never made cannot be polled."""
    assert (await poll_tv(client, "0" * 32)).code == -404


async def test_a_code_is_polled_with_the_key_that_made_it(client: RawClient):
    """Another key of a TV does not know the code."""
    pair = "dfca71928277209b", "b5475a8825547a4fc26c7d518eaaa02e"
    assert (await poll_tv(client, await auth_code(client), pair)).code == -404


@pytest.mark.parametrize("changes", [{"local_id": None}, {"local_id": 1}, {"ts": "soon"}])
@pytest.mark.parametrize("call", ["auth_code", "poll"])
async def test_a_field_that_is_missing_or_another_is_minus_400(
    client: RawClient, call: str, changes: dict[str, object]
):
    """Both calls of section 2.3 want local_id 0, and Unix seconds as ts."""
    text = signed_with(TV, **({"auth_code": await auth_code(client), "local_id": 0} | changes))
    assert (await post(client, f"{TV_QR}/qrcode/{call}", text)).code == -400


async def test_a_poll_without_auth_code_is_minus_400(client: RawClient):
    """There is nothing to tell about no code."""
    assert (await poll_tv(client, None)).code == -400


@pytest.mark.parametrize("call", ["auth_code", "poll"])
async def test_a_wrong_signature_is_minus_3(client: RawClient, call: str):
    """Signed with the secret of another key."""
    text = signed_with((TV[0], ANDROID[1]), auth_code=await auth_code(client), local_id=0)
    assert (await post(client, f"{TV_QR}/qrcode/{call}", text)).code == -3


async def test_a_key_that_is_no_tv_is_minus_2(client: RawClient):
    """Section 1.2: the QR login works with four keys, and Android's is none of them."""
    assert (await post(client, AUTH_CODE, signed_with(ANDROID, local_id=0))).code == -2


async def test_a_call_that_is_no_form_is_minus_400(client: RawClient):
    """The body must be form-urlencoded."""
    assert (await client.send("POST", AUTH_CODE, signed_with(TV, local_id=0), JSON)).code == -400


async def test_cookies_confirm_a_code(client: RawClient):
    """Section 2.4: the token is the one of the account whose cookies they are."""
    code = await auth_code(client)
    assert (await confirm(client, auth_code=code)).code == 0
    assert (await poll_tv(client, code)).json["data"]["mid"] == DEMO_ACCOUNT.mid


async def test_confirming_without_cookies_is_minus_101(client: RawClient):
    """Somebody has to be logged in to confirm."""
    code = await auth_code(client)
    assert (await confirm(client, {"bili_jct": CSRF}, auth_code=code)).code == -101
    assert (await poll_tv(client, code)).code == 86039


@pytest.mark.parametrize("csrf", [None, "", "0" * 32])
async def test_confirming_with_another_csrf_is_minus_111(client: RawClient, csrf: str | None):
    """The field must be the cookie bili_jct."""
    assert (await confirm(client, auth_code=await auth_code(client), csrf=csrf)).code == -111


async def test_confirming_without_the_cookie_bili_jct_is_minus_111(client: RawClient):
    """SESSDATA alone proves no intention."""
    cookies = {"SESSDATA": DEMO_COOKIES["SESSDATA"]}
    assert (await confirm(client, cookies, auth_code=await auth_code(client))).code == -111


@pytest.mark.parametrize("changes", [{"scanning_type": "1"}, {"scanning_type": None}, {"auth_code": ""}])
async def test_confirming_wants_the_code_and_scanning_type_3(
    client: RawClient, changes: dict[str, str | None]
):
    """The form has the fields of section 2.4."""
    fields: dict[str, str | None] = {"auth_code": await auth_code(client)} | changes
    assert (await confirm(client, **fields)).code == -400


async def test_confirming_an_unknown_code_is_minus_404(client: RawClient):
    """A code that was never made cannot be confirmed."""
    assert (await confirm(client, auth_code="0" * 32)).code == -404


async def test_confirming_an_expired_code_is_86038(client: RawClient, clock: Clock):
    """A confirmation that comes too late is told so."""
    code = await auth_code(client)
    clock.now += 181
    assert (await confirm(client, auth_code=code)).code == 86038


async def test_a_script_waits_for_the_code_that_a_client_shows(client: RawClient, sim: Simulator):
    """shown() returns as soon as a code is there."""
    waiting = asyncio.create_task(sim.qr.shown())
    code = await auth_code(client)
    shown = await waiting
    assert (shown.kind, shown.code, shown.url[-32:]) == ("tv", code, code)


async def test_a_code_that_was_scanned_is_not_shown_any_more(client: RawClient, sim: Simulator):
    """shown() waits for the next one."""
    first = await auth_code(client)
    sim.qr.scan(first)
    waiting = asyncio.create_task(sim.qr.shown())
    second = await auth_code(client)
    assert (await waiting).code == second


async def test_pending_codes_can_still_become_a_login(client: RawClient, sim: Simulator, clock: Clock):
    """Confirmed and expired ones are not among them."""
    await auth_code(client)
    clock.now += 181
    codes = [await auth_code(client) for _ in range(3)]
    sim.qr.scan(codes[0])
    sim.qr.confirm(codes[1])
    assert [(code.code, code.stage) for code in sim.qr.pending] == [
        (codes[0], "scanned"),
        (codes[2], "shown"),
    ]


async def test_a_script_cannot_scan_what_is_not_pending(sim: Simulator):
    """A slip in a test is told, not swallowed."""
    with pytest.raises(ValueError, match="pending"):
        sim.qr.scan("0" * 32)


async def test_a_code_and_its_url_stay_out_of_the_repr(client: RawClient, sim: Simulator):
    """Whoever has the code can take the login."""
    code = await auth_code(client)
    assert code not in repr(sim.qr.pending)
