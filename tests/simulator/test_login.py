"""The login key and the password login (protocol document, sections 1.3, 2.1 and 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.simulator.raw import (
    APPKEY,
    JSON,
    PASSPORT,
    RawClient,
    login_body,
    query,
    seal,
    sign,
    signed,
)

from bilibili_api.simulator import DEMO_ACCOUNT, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Clock
    from tests.simulator.raw import Got

KEY = f"{PASSPORT}/x/passport-login/web/key"
NAME, PASSWORD = DEMO_ACCOUNT.name, DEMO_ACCOUNT.password


async def log_in(client: RawClient, **changes: str | None) -> Got:
    return await client.login(login_body(NAME, await client.sealed(PASSWORD), **changes))


async def test_the_key_needs_no_login_and_no_signature(client: RawClient):
    """A bare GET answers a hash of 16 characters and a PEM key."""
    data = (await client.get(KEY)).json["data"]
    assert len(data["hash"]) == 16
    assert data["key"].startswith("-----BEGIN PUBLIC KEY-----\n")


async def test_a_signed_request_for_the_key_is_answered(client: RawClient):
    """The signature is optional, a right one is taken."""
    assert (await client.get(f"{KEY}?{signed(appkey=APPKEY, platform='pc', ts=1)}")).code == 0


async def test_a_wrong_signature_at_the_key_is_minus_3(client: RawClient):
    """The signature is optional, but a wrong one is refused."""
    assert (await client.get(f"{KEY}?{query(appkey=APPKEY, ts=1)}&sign={'0' * 32}")).code == -3


async def test_an_unknown_appkey_at_the_key_is_minus_2(client: RawClient):
    """The appkey must be one of section 1.2."""
    assert (await client.get(f"{KEY}?{signed(appkey='0123456789abcdef', ts=1)}")).code == -2


async def test_a_right_login_answers_tokens_and_cookies(client: RawClient):
    """The data has exactly the members of section 2.2, and the cookies the order of section 2.3."""
    got = await log_in(client)
    data = got.json["data"]
    assert (got.code, data["status"], data["is_new"], data["mid"]) == (0, 0, False, DEMO_ACCOUNT.mid)
    assert set(data) == {"is_new", "mid", "token_info", "cookie_info", "sso", "status", "url"}
    assert set(data["token_info"]) == {"mid", "access_token", "refresh_token", "expires_in"}
    assert data["token_info"]["expires_in"] == 30 * 86400
    assert [cookie["name"] for cookie in data["cookie_info"]["cookies"]] == [
        "SESSDATA",
        "bili_jct",
        "DedeUserID",
        "DedeUserID__ckMd5",
        "sid",
    ]


async def test_the_token_of_a_login_opens_preupload(client: RawClient):
    """What login hands out is accepted as access_key."""
    token = (await log_in(client)).json["data"]["token_info"]["access_token"]
    assert (await client.preupload(access_key=token)).ok == 1


async def test_each_login_issues_another_token(client: RawClient):
    """Two logins, two tokens, both valid."""
    tokens = {(await log_in(client)).json["data"]["token_info"]["access_token"] for _ in range(2)}
    assert len(tokens) == 2
    assert [(await client.preupload(access_key=token)).ok for token in tokens] == [1, 1]


async def test_unpadded_base64_is_accepted(client: RawClient):
    """Section 2.1: the padding may be missing."""
    sealed = await client.sealed(PASSWORD)
    assert (await client.login(login_body(NAME, sealed.rstrip("=")))).code == 0


async def test_sign_anywhere_else_than_before_ts_and_username_is_minus_3(client: RawClient):
    """Section 1.3: the position of sign is part of the form."""
    pairs = login_body(NAME, await client.sealed(PASSWORD)).split("&")
    moved = [pair for pair in pairs if not pair.startswith("sign=")]
    moved.append(next(pair for pair in pairs if pair.startswith("sign=")))
    assert (await client.login("&".join(moved))).code == -3


async def test_a_sign_that_leaves_out_ts_and_username_is_minus_3(client: RawClient):
    """Section 1.3: the signature covers what stands after it."""
    body = login_body(NAME, await client.sealed(PASSWORD))
    head, _, tail = body.partition("&sign=")
    assert (await client.login(f"{head}&sign={sign(head)}{tail[32:]}")).code == -3


async def test_a_login_without_sign_is_minus_3(client: RawClient):
    """At login the signature is required."""
    pairs = login_body(NAME, await client.sealed(PASSWORD)).split("&")
    assert (await client.login("&".join(p for p in pairs if not p.startswith("sign=")))).code == -3


async def test_a_login_with_an_unknown_appkey_is_minus_2(client: RawClient):
    """The appkey must be one of section 1.2."""
    assert (await log_in(client, appkey="0123456789abcdef")).code == -2


async def test_a_wrong_password_is_minus_629(client: RawClient):
    """The password is decrypted and compared."""
    assert (await client.login(login_body(NAME, await client.sealed("wrong")))).code == -629


async def test_an_unknown_user_is_minus_626(client: RawClient):
    """The user name is looked up."""
    assert (await log_in(client, username="nobody")).code == -626


@pytest.mark.parametrize(
    "name",
    ["username", "password", "platform", "ts", "buvid", "device_id", "device_name", "device_platform"],
)
async def test_a_missing_argument_is_minus_2001(client: RawClient, name: str):
    """Each field of section 2.2 must be there."""
    assert (await log_in(client, **{name: None})).code == -2001


@pytest.mark.parametrize("name", ["ts", "username", "password"])
async def test_an_empty_argument_is_minus_2001(client: RawClient, name: str):
    """An empty field is a missing one."""
    assert (await log_in(client, **{name: ""})).code == -2001


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("platform", "android"),
        ("device_id", "short"),
        ("buvid", "A1B2C3D4-XXXXXXXXXXXX"),
        ("ts", "yesterday"),
    ],
)
async def test_an_argument_of_another_form_is_minus_400(client: RawClient, name: str, value: str):
    """The PC tool's fields have a form, and buvid ends with device_id."""
    assert (await log_in(client, **{name: value})).code == -400


async def test_a_login_that_is_no_form_is_minus_400(client: RawClient):
    """The body must be form-urlencoded."""
    assert (await client.login("{}", JSON)).code == -400


async def test_a_hash_older_than_20_seconds_is_minus_662(client: RawClient, clock: Clock):
    """The hash of the key expires."""
    sealed = await client.sealed(PASSWORD)
    clock.now += 20.5
    assert (await client.login(login_body(NAME, sealed))).code == -662


async def test_a_hash_of_20_seconds_still_holds(client: RawClient, clock: Clock):
    """The hash of the key does not expire before its time."""
    sealed = await client.sealed(PASSWORD)
    clock.now += 20
    assert (await client.login(login_body(NAME, sealed))).code == 0


async def test_a_hash_that_was_never_issued_is_minus_662(client: RawClient):
    """A made-up hash is as good as an expired one."""
    key = (await client.get(KEY)).json["data"]["key"]
    assert (await client.login(login_body(NAME, seal(key, "0123456789abcdef" + PASSWORD)))).code == -662


@pytest.mark.parametrize("garbage", ["!!!", "QUJD", "A" * 172])
async def test_a_password_that_cannot_be_decrypted_is_86000(client: RawClient, garbage: str):
    """Neither broken base64 nor other bytes are taken for an encrypted password."""
    assert (await client.login(login_body(NAME, garbage))).code == 86000


async def test_a_password_without_the_hash_before_it_is_86000(client: RawClient):
    """What is encrypted is the hash and then the password."""
    key = (await client.get(KEY)).json["data"]["key"]
    assert (await client.login(login_body(NAME, seal(key, PASSWORD)))).code == 86000


async def test_a_frozen_account_is_86066(client: RawClient, sim: Simulator):
    """Section 2.2: the positive code of a frozen account."""
    sim.add_account("ice", "cold", frozen=True)
    got = await client.login(login_body("ice", await client.sealed("cold")))
    assert (got.status, got.code) == (200, 86066)


async def test_today_the_pc_key_logs_nobody_in():
    """Section 2.2: for the PC tool's key the login is a dead route, 86066 for healthy accounts."""
    async with Simulator(era="today") as sim, RawClient(sim) as client:
        body = login_body(NAME, await client.sealed(PASSWORD))
        assert (await client.login(body)).code == 86066


async def test_other_keys_log_in_with_a_plain_signed_form(client: RawClient):
    """The order of section 1.3 is the PC tool's; a form of another key is in plain order."""
    secret = "c75875c596a69eb55bd119e74b07cfe3"
    text = query(
        appkey="ae57252b0c09105d",
        password=await client.sealed(PASSWORD),
        platform="android",
        ts=1700000000,
        username=NAME,
    )
    assert (await client.login(f"{text}&sign={sign(text, secret)}")).code == 0


def test_an_account_shows_no_secret():
    """Neither password nor token stands in the repr."""
    assert DEMO_ACCOUNT.password not in repr(DEMO_ACCOUNT)
    assert DEMO_ACCOUNT.access_key not in repr(DEMO_ACCOUNT)
