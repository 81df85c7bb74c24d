"""Faults on order around logging in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from tests.simulator.calls import (
    LOGIN,
    SAFE,
    TV,
    TV_QR,
    auth_code,
    cookie_header,
    info,
    nav,
    poll_tv,
    post,
    post_form,
    refresh,
    send_sms,
    signed_with,
)
from tests.simulator.raw import PASSPORT

from bilibili_api.simulator import (
    DEMO_COOKIES,
    Code,
    ExpiredToken,
    LostAnswer,
    RateLimited,
    Simulator,
)

if TYPE_CHECKING:
    from tests.simulator.raw import RawClient

    from bilibili_api.simulator import Step

CALLS: dict[Step, tuple[str, str]] = {
    "qr": ("POST", f"{TV_QR}/qrcode/auth_code"),
    "poll": ("GET", f"{LOGIN}/web/qrcode/poll"),
    "confirm": ("POST", f"{TV_QR}/h5/qrcode/confirm"),
    "captcha": ("GET", f"{LOGIN}/captcha"),
    "sms": ("POST", f"{SAFE}/common/sms/send"),
    "verify": ("POST", f"{LOGIN}/web/exchange_cookie"),
    "info": ("GET", f"{LOGIN}/web/cookie/info"),
    "refresh": ("POST", f"{LOGIN}/web/cookie/refresh"),
    "nav": ("GET", "https://api.bilibili.com/x/web-interface/nav"),
    "buvid": ("GET", "https://api.bilibili.com/x/frontend/finger/spi"),
    "logout": ("POST", f"{PASSPORT}/login/exit/v2"),
}


@pytest.mark.parametrize("step", list(CALLS))
async def test_each_step_can_answer_any_code(client: RawClient, sim: Simulator, step: Step):
    """And the exchange says which step it was."""
    sim.faults.add(step, Code(-400123))
    method, url = CALLS[step]
    assert (await client.send(method, url)).code == -400123
    assert [exchange.step for exchange in sim.exchanges] == [step]


@pytest.mark.parametrize("step", list(CALLS))
async def test_each_step_can_be_asked_too_often(client: RawClient, sim: Simulator, step: Step):
    """-799, but 1003 for text messages, which have an interval of their own."""
    sim.faults.add(step, RateLimited())
    method, url = CALLS[step]
    assert (await client.send(method, url)).code == (1003 if step == "sms" else -799)


async def test_a_token_can_be_expired_on_order(client: RawClient, sim: Simulator):
    """-658 of the token itself, -101 of whatever it opens; afterwards all is well."""
    token = sim.log_in().access_token
    for step in ("info", "nav"):
        sim.faults.add(step, ExpiredToken())
    assert [(await info(client, token)).code for _ in range(2)] == [-658, 0]
    first, second = await nav(client, DEMO_COOKIES), await nav(client, DEMO_COOKIES)
    assert (first.code, first.json["data"]["isLogin"], second.code) == (-101, False, 0)


async def test_a_fault_can_be_ordered_for_one_of_several_ways(client: RawClient, sim: Simulator):
    """The TV's codes fail, the web's do not."""
    sim.faults.add("qr", Code(-500), interface="tv")
    assert (await client.get(f"{LOGIN}/web/qrcode/generate")).code == 0
    assert (await post(client, CALLS["qr"][1], signed_with(TV, local_id=0))).code == -500


def test_a_step_with_one_way_only_has_no_interface(sim: Simulator):
    """The error names the steps that have several."""
    with pytest.raises(ValueError, match="sms"):
        sim.faults.add("logout", Code(-500), interface="web")


async def test_a_refresh_whose_answer_is_lost_has_killed_the_old_token(client: RawClient, sim: Simulator):
    """The new tokens exist, but nobody knows them."""
    login = sim.log_in()
    sim.faults.add("refresh", LostAnswer())
    with pytest.raises(aiohttp.ClientError):
        await refresh(client, login.access_token, login.refresh_token)
    assert (await info(client, login.access_token)).code == -101
    assert len(sim.tokens()) == 2


async def test_a_poll_whose_answer_is_lost_has_used_the_code_up(client: RawClient, sim: Simulator):
    """Another code has to be shown."""
    code = await auth_code(client)
    sim.qr.confirm(code)
    sim.faults.add("poll", LostAnswer())
    with pytest.raises(aiohttp.ClientError):
        await poll_tv(client, code)
    assert (await poll_tv(client, code)).code == 86038


async def test_a_message_whose_answer_is_lost_was_sent(client: RawClient, sim: Simulator):
    """And the next one has to wait."""
    sim.faults.add("sms", LostAnswer())
    with pytest.raises(aiohttp.ClientError):
        await send_sms(client)
    assert len(sim.sms.sent) == 1
    assert (await send_sms(client)).code == 1003


async def test_a_logout_whose_answer_is_lost_has_logged_out(client: RawClient, sim: Simulator):
    """The cookies are dead."""
    sim.faults.add("logout", LostAnswer())
    with pytest.raises(aiohttp.ClientError):
        await post_form(client, CALLS["logout"][1], DEMO_COOKIES, biliCSRF=DEMO_COOKIES["bili_jct"])
    assert (await client.get(CALLS["nav"][1], Cookie=cookie_header())).code == -101
