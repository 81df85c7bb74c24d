"""Passwords by the Android app and on the web, and captchas before them (document, sections 2.2 and 2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.simulator.calls import ANDROID, LOGIN, TV, info, nav, post_form, signed_with, solved
from tests.simulator.raw import RawClient

from bilibili_api.simulator import DEMO_ACCOUNT, DEMO_COOKIES, Simulator

if TYPE_CHECKING:
    from tests.simulator.raw import Got

    from bilibili_api.simulator import Account

NAME, PASSWORD = DEMO_ACCOUNT.name, DEMO_ACCOUNT.password


async def by_android(client: RawClient, **changes: object) -> Got:
    """Log in with the fields of section 2.2; `changes` replace one or, with None, leave it out."""
    values: dict[str, object] = {
        "actionKey": "appkey",
        "build": 6270200,
        "captcha": "",
        "challenge": "",
        "channel": "bili",
        "device": "phone",
        "mobi_app": "android",
        "password": await client.sealed(PASSWORD),
        "permission": "ALL",
        "platform": "android",
        "seccode": "",
        "subid": 1,
        "username": NAME,
        "validate": "",
    }
    return await client.login(signed_with(ANDROID, **(values | changes)))


async def on_web(client: RawClient, sim: Simulator, **changes: str | None) -> Got:
    fields: dict[str, str | None] = {
        "username": NAME,
        "password": await client.sealed(PASSWORD),
        "keep": "true",
        "source": "main_web",
        **await solved(client, sim),
    }
    return await post_form(client, f"{LOGIN}/web/login", **(fields | changes))


@pytest.fixture
def careful(sim: Simulator) -> Account:
    """Somebody whose logins want a captcha."""
    return sim.add_account("careful", PASSWORD, wants_captcha=True)


async def challenge_of(client: RawClient) -> str:
    """Be asked for a captcha, and return its challenge."""
    got = await by_android(client, username="careful")
    assert (got.code, got.json["data"]["url"][:8]) == (-105, "https://")
    return got.json["data"]["url"].partition("gee_challenge=")[2]


async def test_the_android_form_answers_a_token_of_the_android_key(client: RawClient):
    """The token is bound to the key that logged in (section 1.2)."""
    token = (await by_android(client)).json["data"]["token_info"]["access_token"]
    assert (await info(client, token, ANDROID)).code == 0
    assert (await info(client, token, TV)).code == -663


@pytest.mark.parametrize(
    "name",
    ["build", "channel", "device", "mobi_app", "permission", "subid", "username", "password", "platform"],
)
async def test_a_missing_field_of_the_android_form_is_minus_2001(client: RawClient, name: str):
    """Each field of section 2.2 that says something must be there."""
    assert (await by_android(client, **{name: None})).code == -2001


@pytest.mark.parametrize("changes", [{"actionKey": None}, {"platform": "pc"}, {"mobi_app": "iphone"}])
async def test_a_constant_of_the_android_form_cannot_be_another(
    client: RawClient, changes: dict[str, str | None]
):
    """The constants are those of section 2.2."""
    assert (await by_android(client, **changes)).code == -400


async def test_today_the_android_key_still_logs_in():
    """Only the PC tool's keys are dead."""
    async with Simulator(era="today") as sim, RawClient(sim) as client:
        assert (await by_android(client)).code == 0


async def test_a_captcha_that_is_wanted_is_minus_105_with_its_page(client: RawClient, careful: Account):
    """The URL names token, gt and challenge for the person who solves it."""
    got = await by_android(client, username=careful.name)
    assert got.code == -105
    for name in ("recaptcha_token", "gee_gt", "gee_challenge"):
        assert f"{name}=" in got.json["data"]["url"]


async def test_a_solved_captcha_lets_the_login_through(client: RawClient, sim: Simulator, careful: Account):
    """The fields captcha, challenge, validate and seccode are filled the second time."""
    answer = {"validate": sim.captcha.validate, "seccode": f"{sim.captcha.validate}|jordan"}
    got = await by_android(client, username=careful.name, challenge=await challenge_of(client), **answer)
    assert (got.code, got.json["data"]["mid"]) == (0, careful.mid)


@pytest.mark.parametrize(
    ("validate", "ending"),
    [("wrong", "|jordan"), (None, ""), (None, "|bird")],
    ids=["validate", "no", "bird"],
)
async def test_a_captcha_solved_wrongly_is_minus_105(
    client: RawClient, sim: Simulator, careful: Account, validate: str | None, ending: str
):
    """validate is geetest's, seccode is it and "|jordan"."""
    said = validate or sim.captcha.validate
    answer = {"challenge": await challenge_of(client), "validate": said, "seccode": said + ending}
    assert (await by_android(client, username=careful.name, **answer)).code == -105


async def test_a_captcha_is_good_for_one_login(client: RawClient, sim: Simulator, careful: Account):
    """Solved once, used once."""
    answer = {"validate": sim.captcha.validate, "seccode": f"{sim.captcha.validate}|jordan"}
    answer["challenge"] = await challenge_of(client)
    codes = [(await by_android(client, username=careful.name, **answer)).code for _ in range(2)]
    assert codes == [0, -105]


async def test_a_wrong_password_is_told_before_the_captcha(client: RawClient, careful: Account):
    """Nobody solves a captcha for a password that is wrong anyway."""
    got = await by_android(client, username=careful.name, password=await client.sealed("wrong"))
    assert got.code == -629


async def test_the_captcha_of_the_web_has_a_token_gt_and_challenge(client: RawClient, sim: Simulator):
    """Section 2.6: GET captcha with its source."""
    data = (await client.get(f"{LOGIN}/captcha?source=main_web")).json["data"]
    made = sim.captcha.open[-1]
    assert data["token"] == made.token
    assert data["geetest"] == {"gt": made.gt, "challenge": made.challenge}


async def test_a_captcha_without_a_source_is_minus_400(client: RawClient):
    """The parameter is required."""
    assert (await client.get(f"{LOGIN}/captcha")).code == -400


async def test_a_password_on_the_web_sets_cookies_and_gives_no_token(client: RawClient, sim: Simulator):
    """The refresh token stands in data, the cookies in Set-Cookie."""
    before = sim.tokens()
    got = await on_web(client, sim)
    data = got.json["data"]
    assert (got.code, data["status"], len(data["refresh_token"])) == (0, 0, 32)
    assert list(got.cookies) == list(DEMO_COOKIES)
    assert (await nav(client, got.cookies)).code == 0
    assert sim.tokens() == before


@pytest.mark.parametrize("name", ["token", "challenge", "validate", "seccode"])
async def test_a_password_on_the_web_always_wants_a_captcha(client: RawClient, sim: Simulator, name: str):
    """Without one of its four fields it is -105."""
    assert (await on_web(client, sim, **{name: None})).code == -105


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"username": "nobody"}, -626),
        ({"password": "QUJD"}, 86000),
        ({"password": None}, -2001),
        ({"keep": None}, -2001),
        ({"source": None}, -400),
    ],
)
async def test_what_is_wrong_with_a_web_form_has_its_code(
    client: RawClient, sim: Simulator, changes: dict[str, str | None], code: int
):
    """The codes of section 2.2 hold here, too."""
    assert (await on_web(client, sim, **changes)).code == code


async def test_a_wrong_password_on_the_web_is_minus_629(client: RawClient, sim: Simulator):
    """The password is decrypted and compared."""
    assert (await on_web(client, sim, password=await client.sealed("wrong"))).code == -629
