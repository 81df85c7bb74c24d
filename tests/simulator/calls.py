"""Calls of the passport as the protocol document describes them, for the tests of its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.simulator.raw import PASSPORT, URLENCODED, query, sign

from bilibili_api.simulator import DEMO_ACCOUNT, DEMO_COOKIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.simulator.raw import Got, RawClient

    from bilibili_api.simulator import Simulator

TV = "4409e2ce8ffd12b8", "59b43e04ad6965f34319062b478f83dd"
ANDROID = "783bbb7264451d82", "2653583c8873dea268ab9386918b1d65"
GENERAL = "1d8b6e7d45233436", "560c52ccd288fed045859ed18bffd973"
BCUT = "5dce947fe22167f9", "5491a31c6bc11fb764a9b1f8d4acf092"

NAV = "https://api.bilibili.com/x/web-interface/nav"
LOGIN = f"{PASSPORT}/x/passport-login"
TV_QR = f"{PASSPORT}/x/passport-tv-login"
SAFE = f"{PASSPORT}/x/safecenter"
PHONE = DEMO_ACCOUNT.phone
BUVID = "XX" + "0123456789ABCDEF0123456789ABCDEF012"


def signed_with(pair: tuple[str, str], **values: object) -> str:
    """Sort, sign and serialise (section 1.1); None leaves a value out."""
    given = {"appkey": pair[0], "ts": 1700000000} | values
    text = query(**{name: value for name, value in sorted(given.items()) if value is not None})
    return f"{text}&sign={sign(text, pair[1])}"


def cookie_header(cookies: Mapping[str, str] = DEMO_COOKIES) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


async def post(client: RawClient, url: str, text: str, cookies: Mapping[str, str] | None = None) -> Got:
    headers = {} if cookies is None else {"Cookie": cookie_header(cookies)}
    return await client.send("POST", url, text, URLENCODED, **headers)


async def post_form(
    client: RawClient, url: str, cookies: Mapping[str, str] | None = None, /, **fields: str | None
) -> Got:
    """Post an unsigned form; None leaves a field out."""
    text = urlencode({name: value for name, value in fields.items() if value is not None})
    return await post(client, url, text, cookies)


async def nav(client: RawClient, cookies: Mapping[str, str]) -> Got:
    return await client.get(NAV, Cookie=cookie_header(cookies))


async def auth_code(client: RawClient) -> str:
    """Ask for a QR code of the TV."""
    got = await post(client, f"{TV_QR}/qrcode/auth_code", signed_with(TV, local_id=0))
    return got.json["data"]["auth_code"]


async def poll_tv(
    client: RawClient, code: str | None, pair: tuple[str, str] = TV, /, **changes: object
) -> Got:
    values = {"auth_code": code, "local_id": 0} | changes
    return await post(client, f"{TV_QR}/qrcode/poll", signed_with(pair, **values))


async def info(client: RawClient, token: str | None, pair: tuple[str, str] = TV, /, **changes: object) -> Got:
    values = {"access_key": token, "actionKey": "appkey"} | changes
    return await client.get(f"{LOGIN}/oauth2/info?{signed_with(pair, **values)}")


async def refresh(
    client: RawClient, token: str | None, refresh_token: str, pair: tuple[str, str] = TV, /, **changes: object
) -> Got:
    values = {"access_key": token, "refresh_token": refresh_token, "actionKey": "appkey"} | changes
    return await post(client, f"{LOGIN}/oauth2/refresh_token", signed_with(pair, **values))


async def solved(client: RawClient, sim: Simulator) -> dict[str, str]:
    """Get a captcha of the web, and the fields of somebody who solved it."""
    data = (await client.get(f"{LOGIN}/captcha?source=main_web")).json["data"]
    validate = sim.captcha.validate
    return {
        "token": data["token"],
        "challenge": data["geetest"]["challenge"],
        "validate": validate,
        "seccode": f"{validate}|jordan",
    }


def sms_form(pair: tuple[str, str] = ANDROID, /, **changes: object) -> str:
    """The form by which the Android app has a text message sent; `None` leaves a field out."""
    values: dict[str, object] = {
        "actionKey": "appkey",
        "build": 6510400,
        "buvid": BUVID,
        "channel": "bili",
        "cid": 86,
        "device": "phone",
        "mobi_app": "android",
        "platform": "android",
        "tel": PHONE,
    }
    return signed_with(pair, **(values | changes))


async def send_sms(client: RawClient, **changes: object) -> Got:
    return await post(client, f"{LOGIN}/sms/send", sms_form(ANDROID, **changes))


async def sms_login(client: RawClient, key: str, code: str, **changes: object) -> Got:
    return await post(client, f"{LOGIN}/login/sms", sms_form(ANDROID, captcha_key=key, code=code, **changes))
