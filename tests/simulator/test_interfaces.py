"""Today's ways to submit: who is let in, with which query and body (protocol document, section 6)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.simulator.conftest import picture_of
from tests.simulator.raw import JSON, MEMBER, URLENCODED, RawClient, meta, query
from tests.simulator.storing import (
    APP_QUERY,
    BCUT,
    BCUT_QUERY,
    BY_COOKIES,
    BY_TOKEN,
    CSRF,
    TV,
    WAYS,
    cookie_header,
    stored,
    submit,
)

from bilibili_api.simulator import DEMO_ACCOUNT, DEMO_COOKIES, Fault, InterfaceName, Simulator, Status
from bilibili_api.simulator.bvid import bvid_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.simulator.conftest import Clock

HOUR, DAY = 3600, 86400


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[Simulator]:
    async with Simulator(clock=clock, era="today") as running:
        running.limits.chunk_size = 1000
        yield running


@pytest.fixture
async def name(client: RawClient) -> str:
    """A file stored over the PC line."""
    return await client.stored()


def body(*names: str, **changes: object) -> dict[str, Any]:
    """A submission without the members of 2021."""
    return meta(*names, **({"subtitles": ..., "up_close_danmaku": ...} | changes))


@pytest.mark.parametrize("way", WAYS)
async def test_a_good_submission_answers_aid_and_bvid(client: RawClient, sim: Simulator, name: str, way: str):
    """Every interface gives the same answer, and the archive knows which it was."""
    got = await submit(client, way, body(name))
    data = got.json["data"]
    assert (got.status, got.code, data["bvid"]) == (200, 0, bvid_of(data["aid"]))
    assert (sim.archives[0].interface, sim.archives[0].mid) == (way, DEMO_ACCOUNT.mid)


@pytest.mark.parametrize("way", WAYS)
async def test_files_of_both_lines_go_together(client: RawClient, sim: Simulator, name: str, way: str):
    """Section 0.2: the submission only sees names."""
    other = (await stored(client)).filename
    assert (await submit(client, way, body(name, other))).code == 0
    assert [video.filename for video in sim.archives[0].videos] == [name, other]


@pytest.mark.parametrize("way", WAYS)
async def test_somebody_else_s_file_is_21015(client: RawClient, sim: Simulator, way: str):
    """A name belongs to the account that stored it."""
    stranger = await client.stored(b"film", sim.add_account("other", "x"))
    assert (await submit(client, way, body(stranger))).code == 21015


async def test_a_stored_file_may_be_submitted_more_than_once(client: RawClient, name: str):
    """Section 6.1: submitting is not idempotent, nor is a name used up."""
    assert [(await submit(client, way, body(name))).code for way in WAYS] == [0] * len(WAYS)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("text", "kind"), [("title=x&tid=21", URLENCODED), ("{broken", JSON), ("[]", JSON), ("", JSON)]
)
async def test_a_body_that_is_no_json_object_is_21001(client: RawClient, way: str, text: str, kind: str):
    """Section 6.1: a form gives 21001."""
    assert (await submit(client, way, text, kind)).code == 21001


@pytest.mark.parametrize("way", BY_TOKEN)
@pytest.mark.parametrize("token", [None, "f" * 32])
async def test_a_bad_token_is_minus_101(client: RawClient, way: str, token: str | None):
    """Not logged in."""
    assert (await submit(client, way, {}, JSON, access_key=token)).code == -101


@pytest.mark.parametrize(("way", "pair"), [("app", BCUT), ("bcut-android", TV)])
async def test_each_has_a_key_of_its_own(client: RawClient, way: str, pair: tuple[str, str]):
    """Section 6.1: the app signs with the TV key, Bcut with its own."""
    url = replace(WAYS[way], pair=pair).url()
    assert (await client.send("POST", url, "{}", JSON)).code == -2


@pytest.mark.parametrize("way", BY_TOKEN)
async def test_a_wrong_or_missing_signature_is_minus_3(client: RawClient, way: str):
    """The whole query is signed; the body is not."""
    good = WAYS[way].url()
    for bad in (f"{good[:-1]}_", good.partition("&sign=")[0], good.replace("ts=17", "ts=18")):
        assert (await client.send("POST", bad, "{}", JSON)).code == -3


@pytest.mark.parametrize("way", BY_TOKEN)
@pytest.mark.parametrize("ts", [None, "now"])
async def test_without_a_time_it_is_minus_400(client: RawClient, way: str, ts: str | None):
    """Section 1.1: ts is Unix seconds."""
    assert (await submit(client, way, {}, JSON, ts=ts)).code == -400


@pytest.mark.parametrize(
    ("way", "missing"),
    [*(("app", one) for one in APP_QUERY), *(("bcut-android", one) for one in BCUT_QUERY)],
)
async def test_what_the_app_says_of_itself_must_be_there(client: RawClient, way: str, missing: str):
    """Section 6.1 lists the query."""
    got = await submit(client, way, {}, JSON, **{missing: None})
    assert (got.code, missing in got.json["message"]) == (-400, True)


@pytest.mark.parametrize("way", BY_COOKIES)
@pytest.mark.parametrize("cookies", [{}, {**DEMO_COOKIES, "SESSDATA": "x"}])
async def test_bad_cookies_are_minus_101(client: RawClient, way: str, cookies: dict[str, str]):
    """Not logged in; a token does not help."""
    headers = {**WAYS[way].headers, "Cookie": cookie_header(cookies)}
    url = WAYS[way].url(access_key=DEMO_ACCOUNT.access_key)
    assert (await client.send("POST", url, "{}", JSON, **headers)).code == -101


@pytest.mark.parametrize("way", BY_COOKIES)
@pytest.mark.parametrize("csrf", [None, "", "0" * 32])
async def test_csrf_must_stand_in_the_query(client: RawClient, name: str, way: str, csrf: str | None):
    """Section 6.1: the body does not count; -111."""
    assert (await submit(client, way, body(name, csrf=CSRF), JSON, csrf=csrf)).code == -111


@pytest.mark.parametrize("way", BY_COOKIES)
@pytest.mark.parametrize(("cookie", "code"), [("", 0), ("; bili_jct=x", -111)])
async def test_the_cookie_bili_jct_may_be_missing_but_not_wrong(
    client: RawClient, name: str, way: str, cookie: str, code: int
):
    """biliup submits with SESSDATA as its only cookie, and csrf in the query."""
    headers = {**WAYS[way].headers, "Cookie": f"SESSDATA={DEMO_COOKIES['SESSDATA']}{cookie}"}
    got = await client.send("POST", WAYS[way].url(), json.dumps(body(name)), JSON, **headers)
    assert got.code == code


@pytest.mark.parametrize("way", BY_COOKIES)
async def test_csrf_in_the_body_is_optional_but_not_wrong(client: RawClient, name: str, way: str):
    """Section 6.2: a duplicate of the query."""
    assert (await submit(client, way, body(name, csrf=CSRF))).code == 0
    assert (await submit(client, way, body(name, csrf="x"))).code == -111


@pytest.mark.parametrize("changes", [{"platform": None}, {"platform": "ios"}, {"build": None}])
async def test_bcut_for_pc_says_what_it_is(client: RawClient, changes: dict[str, object]):
    """Section 6.1: platform and build."""
    assert (await submit(client, "bcut-pc", {}, JSON, **changes)).code == -400


async def test_bcut_for_pc_has_a_user_agent(client: RawClient):
    """Section 6.1."""
    got = await client.send("POST", WAYS["bcut-pc"].url(), "{}", JSON, Cookie=cookie_header())
    assert got.code == -400


BAD: list[tuple[dict[str, object], int]] = [
    ({"title": ""}, 21103),
    ({"title": "题" * 81}, 21103),
    ({"copyright": 2}, 21021),
    ({"copyright": 4}, 21001),
    ({"tid": 999999}, 21002),
    ({"tag": ""}, 21005),
    ({"tag": ",".join("abcdefghijklm")}, 21005),
    ({"tag": "字" * 21}, 21005),
    ({"desc": "d" * 2001}, 21052),
    ({"dynamic": "d" * 234}, 21001),
    ({"source": "s" * 201}, 21001),
    ({"cover": "https://example.com/cover.jpg"}, 21008),
    ({"videos": []}, 21011),
    ({"limited_free": 0}, 21001),
    ({"dtime": 0}, 21001),
    ({"recreate": 0}, 21001),
    ({"dolby": True}, 21001),
    ({"lossless_music": 2}, 21001),
    ({"is_only_self": "1"}, 21001),
    ({"neutral_mark": "something else"}, 21001),
    ({"human_type2": 1028}, 21001),
    ({"desc_v2": ["text"]}, 21001),
    ({"desc_v2": [{"raw_text": "x", "type": 1, "biz_id": "7"}]}, 21001),
    ({"desc_v2": [{"raw_text": "x", "type": 2, "biz_id": ""}]}, 21001),
    ({"subtitle": {"open": 2, "lan": ""}}, 21001),
    ({"topic_id": 99}, 21001),
    ({"mission_id": 20001}, 21001),
    ({"topic_id": 10001, "mission_id": 20002}, 21001),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("changes", "code"), BAD)
async def test_a_broken_rule_has_its_code(
    client: RawClient, name: str, way: str, changes: dict[str, object], code: int
):
    """Sections 6.2, 6.4 and 8.2."""
    assert (await submit(client, way, body(name, **changes))).code == code


GOOD: list[dict[str, object]] = [
    {"desc": "d" * 2000},
    {"desc_v2": [{"raw_text": "x", "type": 1, "biz_id": ""}, {"raw_text": "me", "type": 2, "biz_id": "7"}]},
    {"recreate": -1, "dolby": 0, "lossless_music": 1, "is_only_self": 1},
    {"neutral_mark": "personal opinion", "human_type2": 1008},
    {"topic_id": 10001, "mission_id": 20001},
    {"topic_id": 10004},
    {"desc_v2": None, "dtime": None, "cover": None, "source": None, "topic_id": None, "aid": None},
    {"limited": 1, "subtitles": 7},
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("changes", GOOD)
async def test_what_the_table_allows_passes(
    client: RawClient, name: str, way: str, changes: dict[str, object]
):
    """Section 6.2: also nulls and members that nobody knows."""
    assert (await submit(client, way, body(name, **changes))).code == 0


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("delay", "code"), [(2 * HOUR, 21001), (2 * HOUR + 1, 0), (15 * DAY, 0)])
async def test_the_window_of_dtime(
    client: RawClient, clock: Clock, name: str, way: str, delay: int, code: int
):
    """Section 6.2: more than two hours, at most fifteen days."""
    assert (await submit(client, way, body(name, dtime=int(clock.now) + delay))).code == code


@pytest.mark.parametrize("way", BY_COOKIES)
@pytest.mark.parametrize(
    "changes",
    [
        {"no_disturbance": 2},
        {"space_hidden": 0},
        {"watermark": {}},
        {"watermark": {"state": 2}},
        {"is_360": 0},
        {"web_os": "1"},
        {"topic_detail": 1},
    ],
)
async def test_members_of_the_web_are_checked_there(
    client: RawClient, name: str, way: str, changes: dict[str, object]
):
    """Section 6.2, the column of the web."""
    assert (await submit(client, way, body(name, **changes))).code == 21001


@pytest.mark.parametrize("way", BY_TOKEN)
async def test_members_of_the_web_are_unknown_to_apps(client: RawClient, name: str, way: str):
    """Section 6.2: unknown members are ignored."""
    assert (await submit(client, way, body(name, web_os="x", cover43="x", watermark=1))).code == 0


@pytest.mark.parametrize(("way", "code"), [("web", 0), ("web-v1", 21001), ("app", 21001), ("bcut-pc", 21001)])
async def test_copyright_3_is_for_web_v3(client: RawClient, name: str, way: str, code: int):
    """Section 6.2, with a statement."""
    changes = {"copyright": 3, "creation_statement": {"id": -1}}
    assert (await submit(client, way, body(name, **changes))).code == code


@pytest.mark.parametrize(
    ("statement", "code"), [(None, 21001), ({"id": 5}, 21001), ({}, 21001), ({"id": 1}, 0)]
)
async def test_copyright_3_needs_a_statement(
    client: RawClient, name: str, statement: dict[str, int] | None, code: int
):
    """Section 6.2: optional for 1, mandatory for 3."""
    assert (await submit(client, "web", body(name, copyright=3, creation_statement=statement))).code == code


@pytest.mark.parametrize(
    ("way", "code"), [("app", 0), ("bcut-android", 0), ("web", 21001), ("web-v1", 21001), ("bcut-pc", 21001)]
)
async def test_a_part_without_title_is_for_apps(client: RawClient, name: str, way: str, code: int):
    """Section 6.2: null there."""
    part = {"filename": name, "title": None, "desc": ""}
    assert (await submit(client, way, body(videos=[part]))).code == code


@pytest.mark.parametrize("way", WAYS)
async def test_a_long_part_title_is_21104(client: RawClient, name: str, way: str):
    """Section 6.4: 80 characters."""
    part = {"filename": name, "title": "t" * 81, "desc": ""}
    assert (await submit(client, way, body(videos=[part]))).code == 21104


@pytest.mark.parametrize(
    ("way", "code"), [("web", 21015), ("web-v1", 21015), ("bcut-pc", 21015), ("app", 0), ("bcut-android", 0)]
)
async def test_a_cid_must_be_the_biz_id(client: RawClient, way: str, code: int):
    """Section 6.2: optional on the web, unknown to the apps."""
    given = await stored(client)
    part = {"filename": given.filename, "title": "P1", "desc": "", "cid": given.answer["biz_id"]}
    assert (await submit(client, way, body(videos=[part]))).code == 0
    part["cid"] = given.answer["biz_id"] + 1
    assert (await submit(client, way, body(videos=[part]))).code == code


async def test_a_file_of_the_pc_line_has_no_cid(client: RawClient, name: str):
    """Its preupload gave no biz_id."""
    part = {"filename": name, "title": "P1", "desc": "", "cid": 500001630152509}
    assert (await submit(client, "web", body(videos=[part]))).code == 21015


@pytest.mark.parametrize("way", WAYS)
async def test_a_hundred_parts_pass_and_one_more_is_21058(client: RawClient, name: str, way: str):
    """Section 6.4."""
    assert (await submit(client, way, body(*[name] * 100))).code == 0
    assert (await submit(client, way, body(*[name] * 101))).code == 21058


async def test_both_covers_must_be_uploaded_ones(client: RawClient, name: str):
    """Section 6.2: the second has 4:3."""
    url = (await client.cover(picture_of("PNG", 960, 720))).json["data"]["url"]
    assert (await submit(client, "web", body(name, cover=url, cover43=url))).code == 0
    assert (await submit(client, "web", body(name, cover=url, cover43="https://x/y.jpg"))).code == 21008


async def test_the_pc_tool_is_retired(client: RawClient, sim: Simulator, name: str):
    """Section 0.4: 21590 since July 2025."""
    assert (await client.submit(meta(name))).code == 21590
    assert sim.archives == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("code", [21138, 21566, 601])
async def test_an_interface_can_be_told_what_to_answer(
    client: RawClient, sim: Simulator, name: str, way: InterfaceName, code: int
):
    """To everything that is submitted through it, until it is told otherwise; the others go on."""
    sim.interfaces[way].answer = code
    assert [(await submit(client, way, body(name))).code for _ in range(2)] == [code] * 2
    other = next(name for name in WAYS if name != way)
    assert (await submit(client, other, body(name))).code == 0
    sim.interfaces[way].answer = None
    assert (await submit(client, way, body(name))).code == 0


async def test_a_captcha_at_submission_has_a_voucher(client: RawClient, sim: Simulator, name: str):
    """Section 8.2: in data."""
    sim.interfaces["web"].answer = 601
    assert "v_voucher" in (await submit(client, "web", body(name))).json["data"]


async def test_the_retired_interface_can_be_brought_back(client: RawClient, sim: Simulator, name: str):
    """An era is only how things begin."""
    sim.interfaces["client"].answer = None
    assert (await client.submit(meta(name))).code == 0


async def test_who_is_not_logged_in_does_not_learn_more(client: RawClient, sim: Simulator):
    """The login is looked at first."""
    sim.interfaces["app"].answer = 21566
    assert (await submit(client, "app", {}, JSON, access_key="x")).code == -101


@pytest.mark.parametrize("way", WAYS)
async def test_two_submissions_within_the_gap_are_21070(
    client: RawClient, sim: Simulator, clock: Clock, name: str, way: str
):
    """Section 6.4: 30 s between submissions of one account, over whichever interface."""
    sim.limits.submit_gap = 30
    assert (await submit(client, "web-v1", body(name))).code == 0
    clock.now += 29
    assert (await submit(client, way, body(name))).code == 21070
    clock.now += 1
    assert (await submit(client, way, body(name))).code == 0


@pytest.mark.parametrize(
    ("way", "code"),
    [("app", 21566), ("web", 601), ("web-v1", 21564), ("bcut-android", 137022), ("bcut-pc", 137022)],
)
async def test_one_too_many_a_day_is_refused_in_the_interface_s_own_way(
    client: RawClient, sim: Simulator, clock: Clock, name: str, way: str, code: int
):
    """Sections 6.4 and 8.2; another interface, or another day, helps."""
    sim.limits.submits_per_day = 1
    assert (await submit(client, way, body(name))).code == 0
    assert (await submit(client, way, body(name))).code == code
    assert (await submit(client, "web-v1" if way == "web" else "web", body(name))).code == 0
    clock.now += DAY
    assert (await submit(client, way, body(name))).code == 0


async def test_a_fault_can_concern_one_interface(client: RawClient, sim: Simulator, name: str):
    """The others do not see it."""
    rule = sim.faults.add("submit", Status(503), interface="app", times=None)
    assert (await submit(client, "web", body(name))).code == 0
    assert (await submit(client, "app", body(name))).status == 503
    assert rule.hits == 1


async def test_an_exchange_knows_its_interface(client: RawClient, sim: Simulator, name: str):
    """Six URLs are one step."""
    for way in WAYS:
        await submit(client, way, body(name))
    assert [seen.interface for seen in sim.seen("submit")] == list(WAYS)


@pytest.mark.parametrize("way", [way for way in WAYS if way != "web-v1"])
async def test_in_2021_there_were_two_interfaces(way: str):
    """The others were not there yet."""
    async with Simulator() as sim, RawClient(sim) as client:
        assert (await submit(client, way, body(await client.stored()))).status == 404


async def test_in_2021_the_web_took_one_part():
    """Section 0.4: several were for the PC tool; 21138."""
    async with Simulator() as sim, RawClient(sim) as client:
        name = await client.stored()
        assert (await submit(client, "web-v1", body(name, name))).code == 21138
        assert (await submit(client, "web-v1", body(name))).code == 0


async def test_an_interface_that_does_not_exist_has_no_state(sim: Simulator):
    """The names are those of the document."""
    with pytest.raises(KeyError):
        sim.interfaces["mobile"]
    assert list(sim.interfaces) == ["client", "app", "web", "web-v1", "bcut-android", "bcut-pc"]


async def test_another_method_is_404(client: RawClient):
    """Submitting is a POST."""
    assert (await client.get(f"{MEMBER}/x/vu/web/add/v3?{query(csrf=CSRF)}")).status == 404


def test_faults_of_an_interface_are_for_steps_that_have_some() -> None:
    """Everything else has only one way."""
    fault: Fault = Status(500)
    with pytest.raises(ValueError, match="interface"):
        Simulator().faults.add("part", fault, interface="web")
