"""Verifying the phone before a login counts (protocol document, sections 2.2 and 2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.simulator.calls import ANDROID, LOGIN, SAFE, nav, post_form, signed_with, solved

from bilibili_api.simulator import DEMO_COOKIES, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Clock
    from tests.simulator.raw import Got, RawClient

    from bilibili_api.simulator import Account


@pytest.fixture
def risky(sim: Simulator) -> Account:
    """Somebody whose logins want the phone verified."""
    return sim.add_account("risky", "x", needs_verification=True)


async def log_in(client: RawClient) -> Got:
    """Log in with the password by the Android app."""
    text = signed_with(
        ANDROID,
        actionKey="appkey",
        build=6270200,
        channel="bili",
        device="phone",
        mobi_app="android",
        password=await client.sealed("x"),
        permission="ALL",
        platform="android",
        subid=1,
        username="risky",
    )
    return await client.login(text)


async def log_in_by_message_on_web(client: RawClient, sim: Simulator, phone: str) -> Got:
    source = {"cid": "86", "tel": phone, "source": "main_web"}
    sent = await post_form(client, f"{LOGIN}/web/sms/send", **source, **await solved(client, sim))
    key = sent.json["data"]["captcha_key"]
    return await post_form(
        client,
        f"{LOGIN}/web/login/sms",
        **source,
        code=sim.sms.code_for(phone),
        captcha_key=key,
        keep="true",
    )


def names_in(got: Got) -> dict[str, str]:
    """Return tmp_token and request_id, as far as the page's URL has them."""
    url: str = got.json["data"]["url"]
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def send(client: RawClient, sim: Simulator, tmp_token: str, **changes: str | None) -> Got:
    asked = (await post_form(client, f"{SAFE}/captcha/pre")).json["data"]
    fields: dict[str, str | None] = {
        **asked,
        "tmp_code": tmp_token,
        "sms_type": "loginTelCheck",
        "gee_validate": sim.captcha.validate,
        "gee_seccode": f"{sim.captcha.validate}|jordan",
    }
    return await post_form(client, f"{SAFE}/common/sms/send", **(fields | changes))


async def verify(
    client: RawClient, names: dict[str, str], key: str, said: str, /, **changes: str | None
) -> Got:
    fields: dict[str, str | None] = {
        "type": "loginTelCheck",
        "code": said,
        "tmp_code": names["tmp_token"],
        "request_id": names["request_id"],
        "captcha_key": key,
        "source": "risk",
    }
    return await post_form(client, f"{SAFE}/login/tel/verify", **(fields | changes))


async def exchange(client: RawClient, code: str, source: str | None = "risk") -> Got:
    return await post_form(client, f"{LOGIN}/web/exchange_cookie", code=code, source=source)


async def verified(client: RawClient, sim: Simulator, risky: Account) -> str:
    """Go all the way to the code that is exchanged."""
    names = names_in(await log_in(client))
    key = (await send(client, sim, names["tmp_token"])).json["data"]["captcha_key"]
    got = await verify(client, names, key, sim.sms.code_for(risky.phone))
    return got.json["data"]["code"]


async def test_a_risky_login_is_code_0_status_2_and_no_token(client: RawClient, risky: Account):
    """Section 2.2: token_info and cookie_info are null, and a page is named."""
    got = await log_in(client)
    data = got.json["data"]
    assert (got.code, data["status"], data["token_info"], data["cookie_info"]) == (0, 2, None, None)
    assert set(names_in(got)) == {"tmp_token", "request_id"}
    assert risky.name not in data["url"]


async def test_the_whole_way_ends_with_cookies(client: RawClient, sim: Simulator, risky: Account):
    """Captcha, message, code, exchange: then the account is logged in on the web."""
    got = await exchange(client, await verified(client, sim, risky))
    assert len(got.json["data"]["refresh_token"]) == 32
    assert list(got.cookies) == list(DEMO_COOKIES)
    assert (await nav(client, got.cookies)).json["data"]["mid"] == risky.mid


async def test_a_password_on_the_web_is_status_2_too(client: RawClient, sim: Simulator, risky: Account):
    """Nothing is set before the phone is verified."""
    fields = {"username": risky.name, "password": await client.sealed("x"), "keep": "true"}
    got = await post_form(
        client, f"{LOGIN}/web/login", source="main_web", **fields, **await solved(client, sim)
    )
    assert (got.code, got.json["data"]["status"], got.cookies) == (0, 2, {})
    assert set(names_in(got)) == {"tmp_token", "request_id"}


async def test_a_message_on_the_web_is_status_5_without_request_id(
    client: RawClient, sim: Simulator, risky: Account
):
    """Section 2.6: this way goes by sec/verify, with another sms_type."""
    got = await log_in_by_message_on_web(client, sim, risky.phone)
    assert (got.json["data"]["status"], got.cookies) == (5, {})
    assert set(names_in(got)) == {"tmp_token"}


async def test_without_request_id_sec_verify_is_the_way(
    client: RawClient, sim: Simulator, clock: Clock, risky: Account
):
    """sms_type is secLogin and verify_type sms."""
    names = names_in(await log_in_by_message_on_web(client, sim, risky.phone))
    clock.now += 60
    key = (await send(client, sim, names["tmp_token"], sms_type="secLogin")).json["data"]["captcha_key"]
    got = await post_form(
        client,
        f"{SAFE}/sec/verify",
        verify_type="sms",
        code=sim.sms.code_for(risky.phone),
        tmp_code=names["tmp_token"],
        captcha_key=key,
        source="risk",
    )
    assert (await nav(client, (await exchange(client, got.json["data"]["code"])).cookies)).code == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sms_type": "secLogin"}, -400),
        ({"sms_type": None}, -400),
        ({"tmp_code": "0" * 32}, -400),
        ({"gee_gt": None}, -400),
        ({"gee_validate": "wrong"}, -105),
        ({"recaptcha_token": "0" * 32}, -105),
    ],
)
async def test_nothing_is_sent_for_a_form_that_is_not_right(
    client: RawClient, sim: Simulator, risky: Account, changes: dict[str, str | None], code: int
):
    """With a request_id, sms_type is loginTelCheck; the captcha is solved; the login is known."""
    names = names_in(await log_in(client))
    assert (await send(client, sim, names["tmp_token"], **changes)).code == code
    assert [message for message in sim.sms.sent if message.phone == risky.phone] == []


async def test_the_next_message_has_to_wait_60_seconds(client: RawClient, sim: Simulator, risky: Account):
    """The limits of sending hold here, too."""
    token = names_in(await log_in(client))["tmp_token"]
    assert [(await send(client, sim, token)).code for _ in range(2)] == [0, 1003]
    assert [message.phone for message in sim.sms.sent] == [risky.phone]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "wrong"}, 1006),
        ({"captcha_key": "0" * 32}, 1007),
        ({"request_id": "0" * 32}, -400),
        ({"request_id": None}, -400),
        ({"source": None}, -400),
        ({"type": "secLogin"}, -400),
        ({"tmp_code": "0" * 32}, -400),
    ],
)
async def test_a_phone_is_not_verified_by_a_form_that_is_not_right(
    client: RawClient, sim: Simulator, risky: Account, changes: dict[str, str | None], code: int
):
    """Code, captcha_key, request_id, tmp_code and the constants are all compared."""
    names = names_in(await log_in(client))
    key = (await send(client, sim, names["tmp_token"])).json["data"]["captcha_key"]
    got = await verify(client, names, key, sim.sms.code_for(risky.phone), **changes)
    assert got.code == code


async def test_the_code_of_a_verified_phone_is_exchanged_once(
    client: RawClient, sim: Simulator, risky: Account
):
    """The second exchange is refused."""
    code = await verified(client, sim, risky)
    assert [(await exchange(client, code)).code for _ in range(2)] == [0, -400]


async def test_an_exchange_without_its_source_is_refused(client: RawClient, sim: Simulator, risky: Account):
    """source=risk is part of the form."""
    assert (await exchange(client, await verified(client, sim, risky), source=None)).code == -400


async def test_nobody_is_verified_by_an_empty_code(client: RawClient, risky: Account):
    """A login that waits has no code yet."""
    await log_in(client)
    assert (await exchange(client, "")).code == -400
    assert risky.needs_verification
