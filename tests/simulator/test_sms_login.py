"""Logging in by a text message (protocol document, section 2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.simulator.calls import (
    ANDROID,
    BCUT,
    LOGIN,
    PHONE,
    TV,
    info,
    nav,
    post,
    post_form,
    send_sms,
    signed_with,
    sms_form,
    sms_login,
    solved,
)
from tests.simulator.raw import APPKEY, APPSEC, DEVICE

from bilibili_api.simulator import DEMO_ACCOUNT, DEMO_COOKIES, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Clock
    from tests.simulator.raw import Got, RawClient


async def key_of(client: RawClient, **changes: object) -> str:
    """Have a message sent and return its captcha_key."""
    return (await send_sms(client, **changes)).json["data"]["captcha_key"]


async def send_to_web(client: RawClient, sim: Simulator, **changes: str | None) -> Got:
    fields: dict[str, str | None] = {
        "cid": "86",
        "tel": PHONE,
        "source": "main_web",
        **await solved(client, sim),
    }
    return await post_form(client, f"{LOGIN}/web/sms/send", **(fields | changes))


async def log_in_on_web(client: RawClient, sim: Simulator, key: str, **changes: str | None) -> Got:
    fields: dict[str, str | None] = {
        "tel": PHONE,
        "cid": "86",
        "code": sim.sms.code_for(PHONE),
        "source": "main_web",
        "captcha_key": key,
        "keep": "true",
    }
    return await post_form(client, f"{LOGIN}/web/login/sms", **(fields | changes))


async def test_a_message_is_sent_when_a_captcha_key_comes_back(client: RawClient, sim: Simulator):
    """Six digits go to the number."""
    data = (await send_sms(client)).json["data"]
    assert data["captcha_key"] != ""
    assert data["recaptcha_url"] == ""
    assert [message.phone for message in sim.sms.sent] == [PHONE]
    assert len(sim.sms.code_for(PHONE)) == 6


async def test_the_code_answers_tokens_and_cookies(client: RawClient, sim: Simulator):
    """The data is that of section 2.2; the token is bound to the Android key."""
    got = await sms_login(client, await key_of(client), sim.sms.code_for(PHONE))
    data = got.json["data"]
    assert (got.code, data["mid"], data["status"]) == (0, DEMO_ACCOUNT.mid, 0)
    assert set(data) == {"is_new", "mid", "token_info", "cookie_info", "sso", "status", "url"}
    assert (await info(client, data["token_info"]["access_token"], ANDROID)).code == 0


async def test_the_pc_tool_logs_in_with_its_own_fields(client: RawClient, sim: Simulator):
    """Section 2.6: other fields and another key."""
    fields = {
        "buvid": f"00000000-{DEVICE}",
        "cid": 86,
        "device_id": DEVICE,
        "device_name": "test box",
        "device_platform": "Windows 10",
        "platform": "pc",
        "tel": PHONE,
    }
    pair = APPKEY, APPSEC
    key = (await post(client, f"{LOGIN}/sms/send", signed_with(pair, **fields))).json["data"]["captcha_key"]
    text = signed_with(pair, **fields, captcha_key=key, code=sim.sms.code_for(PHONE))
    assert (await post(client, f"{LOGIN}/login/sms", text)).json["data"]["mid"] == DEMO_ACCOUNT.mid


@pytest.mark.parametrize(
    "name", ["actionKey", "build", "buvid", "channel", "cid", "device", "mobi_app", "platform", "tel", "ts"]
)
async def test_a_missing_field_is_minus_400(client: RawClient, name: str):
    """Each field of the Android form must be there."""
    assert (await send_sms(client, **{name: None})).code == -400


@pytest.mark.parametrize("buvid", ["XX0123", "A1B2C3D4-0123456789AB", "xx" + "0" * 35])
async def test_a_buvid_of_another_form_is_minus_400(client: RawClient, buvid: str):
    """Section 2.9: 37 upper-case characters with a known prefix."""
    assert (await send_sms(client, buvid=buvid)).code == -400


@pytest.mark.parametrize(("pair", "code"), [((ANDROID[0], TV[1]), -3), (BCUT, -2), (TV, -2)])
async def test_the_form_is_signed_with_a_key_that_may(client: RawClient, pair: tuple[str, str], code: int):
    """A wrong signature is -3, a key that does not log in by messages -2."""
    assert (await post(client, f"{LOGIN}/sms/send", sms_form(pair))).code == code


@pytest.mark.parametrize("tel", ["12", "telephone", "23800100000", "138001000000"])
async def test_a_bad_number_is_1002(client: RawClient, tel: str):
    """Numbers of the country code 86 have eleven digits."""
    assert (await send_sms(client, tel=tel)).code == 1002


async def test_a_banned_number_is_1025(client: RawClient, sim: Simulator):
    """On order."""
    sim.sms.banned.add(PHONE)
    assert (await send_sms(client)).code == 1025


async def test_within_60_seconds_it_is_1003(client: RawClient, clock: Clock):
    """Then another message may be sent."""
    codes = [(await send_sms(client)).code]
    clock.now += 59.5
    codes.append((await send_sms(client)).code)
    clock.now += 0.5
    codes.append((await send_sms(client)).code)
    assert codes == [0, 1003, 0]


async def test_the_daily_limit_is_86203(client: RawClient, sim: Simulator, clock: Clock):
    """It counts the last 24 hours."""
    sim.sms.per_day = 1
    codes = [(await send_sms(client)).code]
    clock.now += 86399
    codes.append((await send_sms(client)).code)
    clock.now += 1
    codes.append((await send_sms(client)).code)
    assert codes == [0, 86203, 0]


async def test_a_wrong_code_is_1006_and_the_right_one_still_works(client: RawClient, sim: Simulator):
    """A slip costs nothing."""
    key, code = await key_of(client), sim.sms.code_for(PHONE)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert [(await sms_login(client, key, text)).code for text in (wrong, code)] == [1006, 0]


async def test_a_code_of_more_than_5_minutes_is_1007(client: RawClient, sim: Simulator, clock: Clock):
    """The code expires."""
    key = await key_of(client)
    clock.now += 300.5
    assert (await sms_login(client, key, sim.sms.code_for(PHONE))).code == 1007


async def test_a_code_of_5_minutes_still_holds(client: RawClient, sim: Simulator, clock: Clock):
    """The code does not expire before its time."""
    key = await key_of(client)
    clock.now += 300
    assert (await sms_login(client, key, sim.sms.code_for(PHONE))).code == 0


async def test_a_code_works_once(client: RawClient, sim: Simulator):
    """The second login needs another message."""
    key, code = await key_of(client), sim.sms.code_for(PHONE)
    assert [(await sms_login(client, key, code)).code for _ in range(2)] == [0, 1007]


async def test_a_code_works_with_its_own_captcha_key_only(client: RawClient, sim: Simulator):
    """The key names the message."""
    await key_of(client)
    assert (await sms_login(client, "0" * 32, sim.sms.code_for(PHONE))).code == 1007


async def test_a_code_works_for_its_own_number_only(client: RawClient, sim: Simulator):
    """Nobody logs in as somebody else with it."""
    sim.add_account("alice", "x", phone="13900000000")
    key = await key_of(client)
    assert (await sms_login(client, key, sim.sms.code_for(PHONE), tel="13900000000")).code == 1007


async def test_a_number_that_nobody_has_is_minus_626(client: RawClient, sim: Simulator):
    """The simulator registers nobody."""
    key = await key_of(client, tel="13900000001")
    got = await sms_login(client, key, sim.sms.code_for("13900000001"), tel="13900000001")
    assert got.code == -626


async def test_a_captcha_that_is_wanted_comes_as_recaptcha_url(client: RawClient, sim: Simulator):
    """Nothing is sent before it is solved; its query has what the solver needs."""
    sim.add_account("careful", "x", phone="13900000002", wants_captcha=True)
    data = (await send_sms(client, tel="13900000002")).json["data"]
    assert data["captcha_key"] == ""
    assert all(f"{name}=" in data["recaptcha_url"] for name in ("recaptcha_token", "gee_gt", "gee_challenge"))
    assert sim.sms.sent == []


@pytest.mark.parametrize(("ending", "code"), [("|jordan", 0), ("", -105)])
async def test_after_the_captcha_the_message_is_sent(
    client: RawClient, sim: Simulator, ending: str, code: int
):
    """seccode is validate and "|jordan"; anything else is -105."""
    sim.add_account("careful", "x", phone="13900000002", wants_captcha=True)
    await send_sms(client, tel="13900000002")
    asked = sim.captcha.open[-1]
    answer = {
        "gee_challenge": asked.challenge,
        "gee_validate": sim.captcha.validate,
        "gee_seccode": sim.captcha.validate + ending,
        "recaptcha_token": asked.token,
    }
    assert (await send_sms(client, tel="13900000002", **answer)).code == code
    assert len(sim.sms.sent) == (code == 0)


async def test_the_web_sends_after_a_captcha_and_sets_cookies(client: RawClient, sim: Simulator):
    """Cookies and a refresh token, no app token."""
    key = (await send_to_web(client, sim)).json["data"]["captcha_key"]
    before = sim.tokens()
    got = await log_in_on_web(client, sim, key)
    assert (got.code, got.json["data"]["status"]) == (0, 0)
    assert len(got.json["data"]["refresh_token"]) == 32
    assert list(got.cookies) == list(DEMO_COOKIES)
    assert (await nav(client, got.cookies)).code == 0
    assert sim.tokens() == before


async def test_the_web_sends_nothing_without_a_captcha(client: RawClient, sim: Simulator):
    """-105, and no message."""
    assert (await send_to_web(client, sim, validate="wrong")).code == -105
    assert sim.sms.sent == []


@pytest.mark.parametrize("changes", [{"cid": "1"}, {"source": "main-fe-header"}])
async def test_the_web_takes_both_ways_that_clients_have(
    client: RawClient, sim: Simulator, changes: dict[str, str | None]
):
    """Section 2.6: the country by either number, the source by either name."""
    assert (await send_to_web(client, sim, **changes)).code == 0


@pytest.mark.parametrize("changes", [{"cid": "49"}, {"cid": None}, {"source": "elsewhere"}, {"tel": None}])
async def test_the_web_refuses_a_form_that_is_not_its_own(
    client: RawClient, sim: Simulator, changes: dict[str, str | None]
):
    """A field that is missing or another is -400."""
    assert (await send_to_web(client, sim, **changes)).code == -400


@pytest.mark.parametrize("changes", [{"keep": None}, {"source": "main-fe-header"}, {"code": None}])
async def test_a_login_on_the_web_has_the_fields_of_the_document(
    client: RawClient, sim: Simulator, changes: dict[str, str | None]
):
    """A field that is missing or another is -400."""
    key = (await send_to_web(client, sim)).json["data"]["captcha_key"]
    assert (await log_in_on_web(client, sim, key, **changes)).code == -400


async def test_a_message_of_the_app_is_none_of_the_web(client: RawClient, sim: Simulator):
    """A captcha_key works where it came from."""
    assert (await log_in_on_web(client, sim, await key_of(client))).code == 1007


def test_a_number_without_a_message_is_told(sim: Simulator):
    """A slip in a test is an error, not a None."""
    with pytest.raises(ValueError, match="no text message"):
        sim.sms.code_for(PHONE)
