"""Submissions through the PC tool's interface (protocol document, sections 3.5 and 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.simulator.raw import JSON, MEMBER, URLENCODED, RawClient, meta, query, sign

from bilibili_api.simulator import DEMO_ACCOUNT, Simulator
from bilibili_api.simulator.bvid import bvid_of

if TYPE_CHECKING:
    from tests.simulator.conftest import Clock

ADD = f"{MEMBER}/x/vu/client/add"
HOUR, DAY = 3600, 86400


@pytest.fixture
async def name(client: RawClient) -> str:
    """A stored video."""
    return await client.stored()


async def test_a_good_submission_answers_aid_and_bvid(client: RawClient, sim: Simulator, name: str):
    """The aid is larger than 32 bits and exact as a JSON number; the bvid belongs to it."""
    got = await client.submit(meta(name))
    data = got.json["data"]
    assert (got.status, got.code, set(data)) == (200, 0, {"aid", "bvid"})
    assert 1 << 32 < data["aid"] < 1 << 53
    assert data["bvid"] == bvid_of(data["aid"])
    assert (sim.archives[0].aid, sim.archives[0].mid) == (data["aid"], DEMO_ACCOUNT.mid)


async def test_it_is_kept_as_it_was_submitted(client: RawClient, sim: Simulator, name: str):
    """The archive holds the body and what it refers to, in order."""
    second = await client.stored(b"second")
    body = meta(name, second, title="标题")
    await client.submit(body)
    archive = sim.archives[0]
    assert (archive.meta, archive.title, archive.tid) == (body, "标题", 21)
    assert [video.filename for video in archive.videos] == [name, second]


async def test_it_is_not_idempotent(client: RawClient, sim: Simulator, name: str):
    """Section 6.1: the same body twice makes two archives."""
    bvids = {(await client.submit(meta(name))).json["data"]["bvid"] for _ in range(2)}
    assert bvids == {archive.bvid for archive in sim.archives}
    assert len(bvids) == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": ""}, 21103),
        ({"title": "   "}, 21103),
        ({"title": "题" * 81}, 21103),
        ({"copyright": 2}, 21021),
        ({"copyright": 2, "source": " "}, 21021),
        ({"copyright": 3}, 21001),
        ({"source": "s" * 201}, 21001),
        ({"tid": 999999}, 21002),
        ({"tid": 0}, 21002),
        ({"tid": 194}, 21002),
        ({"tag": ""}, 21005),
        ({"tag": "a,,b"}, 21005),
        ({"tag": ",".join("abcdefghijklm")}, 21005),
        ({"tag": "字" * 21}, 21005),
        ({"desc": "d" * 251}, 21052),
        ({"dynamic": "d" * 234}, 21001),
        ({"cover": "http://i0.hdslb.com/bfs/archive/" + "0" * 40 + ".jpg"}, 21008),
        ({"cover": "https://example.com/cover.jpg"}, 21008),
        ({"videos": []}, 21011),
        ({"videos": ...}, 21011),
        ({"limited_free": 0}, 21001),
        ({"no_reprint": 2}, 21001),
        ({"interactive": -1}, 21001),
    ],
)
async def test_a_broken_rule_has_its_code(
    client: RawClient, sim: Simulator, name: str, changes: dict[str, Any], code: int
):
    """The codes of section 8.2 with HTTP 200, most of them positive; nothing is published."""
    got = await client.submit(meta(name, **changes))
    assert (got.status, got.code) == (200, code)
    assert sim.archives == []


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "题" * 80},
        {"copyright": 2, "source": "s" * 200},
        {"tag": ",".join("abcdefghijkl")},
        {"tag": "字" * 20},
        {"desc": "d" * 250},
        {"dynamic": "d" * 233},
        {"source": ...},
        {"desc": ...},
        {"cover": ...},
        {"dtime": None},
        {"mission_id": 20001},
        {"build": 1092},
        {"never_heard_of": {"x": 1}},
    ],
)
async def test_what_is_just_allowed_passes(client: RawClient, name: str, changes: dict[str, Any]):
    """The limits themselves, absent optional members, null where it is known to be taken, unknown members."""
    assert (await client.submit(meta(name, **changes))).code == 0


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("title", 1),
        ("title", None),
        ("copyright", "1"),
        ("copyright", True),
        ("tid", "21"),
        ("tag", ["a"]),
        ("videos", {"filename": "n"}),
        ("desc", None),
        ("no_reprint", True),
        ("up_close_reply", 1),
        ("subtitles", ""),
        ("dtime", "tomorrow"),
        ("mission_id", "1"),
        ("cover", None),
    ],
)
async def test_a_member_of_the_wrong_type_is_21001(client: RawClient, name: str, member: str, value: object):
    """Types are those of section 6.2; true is no number, a number no text."""
    got = await client.submit(meta(name, **{member: value}))
    assert got.code == 21001
    assert member in got.json["message"]


@pytest.mark.parametrize("member", ["title", "copyright", "tid", "tag"])
async def test_a_missing_member_is_21001(client: RawClient, name: str, member: str):
    """Four members besides the videos cannot be left out."""
    assert (await client.submit(meta(name, **{member: ...}))).code == 21001


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"title": "t" * 81}, 21104),
        ({"title": 1}, 21001),
        ({"desc": None}, 21001),
        ({"filename": 7}, 21001),
        ({"filename": "n231114unknown"}, 21015),
    ],
)
async def test_a_broken_rule_of_a_part_has_its_code(
    client: RawClient, name: str, part: dict[str, Any], code: int
):
    """The second part is looked at like the first."""
    body = meta(name, name)
    body["videos"][1] |= part
    assert (await client.submit(body)).code == code


async def test_a_part_that_is_no_object_is_21001(client: RawClient):
    """Parts are objects."""
    assert (await client.submit(meta(videos=["n231114"]))).code == 21001


async def test_a_hundred_parts_pass_and_one_more_is_21058(client: RawClient, name: str):
    """Section 6.4: 100 parts in one call."""
    assert (await client.submit(meta(*[name] * 100))).code == 0
    assert (await client.submit(meta(*[name] * 101))).code == 21058


async def test_an_upload_that_is_not_complete_is_21015(client: RawClient):
    """A file name counts only after its completion."""
    ticket = await client.ticket()
    await client.chunk(ticket, b"data")
    assert (await client.submit(meta(ticket.filename))).code == 21015


async def test_somebody_else_s_video_is_21015(client: RawClient, sim: Simulator, name: str):
    """A file name belongs to the account that stored it."""
    assert (await client.submit(meta(name), sim.add_account("other", "x"))).code == 21015


async def test_a_file_name_with_extension_is_21015(client: RawClient, name: str):
    """Section 6.2: the server name, without extension."""
    assert (await client.submit(meta(f"{name}.mp4"))).code == 21015


@pytest.mark.parametrize("scheme", ["http:", "https:", ""])
async def test_an_uploaded_cover_passes_with_any_scheme(
    client: RawClient, name: str, picture: bytes, scheme: str
):
    """Section 5: clients send it with http:, https: or none."""
    url = (await client.cover(picture)).json["data"]["url"]
    assert (await client.submit(meta(name, cover=scheme + url.removeprefix("http:")))).code == 0


async def test_a_main_partition_becomes_21(client: RawClient, sim: Simulator, name: str):
    """Section 6.2: only leaves can be chosen."""
    assert (await client.submit(meta(name, tid=4))).code == 0
    assert sim.archives[0].tid == 21


@pytest.mark.parametrize(
    ("delay", "code"),
    [
        (2 * HOUR, 21001),
        (2 * HOUR + 1, 0),
        (15 * DAY, 0),
        (15 * DAY + 1, 21001),
        (-HOUR, 21001),
    ],
)
async def test_dtime_is_more_than_two_hours_and_at_most_fifteen_days_ahead(
    client: RawClient, clock: Clock, name: str, delay: int, code: int
):
    """The window of section 6.2, by the simulator's clock."""
    assert (await client.submit(meta(name, dtime=int(clock.now) + delay))).code == code


async def test_dtime_zero_is_not_now(client: RawClient, name: str):
    """Section 6.2: never send 0, leave it out."""
    assert (await client.submit(meta(name, dtime=0))).code == 21001


@pytest.mark.parametrize(
    ("body", "kind"),
    [("title=x&tid=21", URLENCODED), ("{broken", JSON), ("[]", JSON), ("null", JSON), ("", JSON)],
)
async def test_a_body_that_is_no_json_object_is_21001(client: RawClient, body: str, kind: str):
    """Section 6.1: a form gives 21001; so does what cannot be parsed."""
    assert (await client.submit(body, kind=kind)).code == 21001


@pytest.mark.parametrize("auth", ["", f"access_key={'f' * 32}"])
async def test_a_bad_token_is_minus_101(client: RawClient, name: str, auth: str):
    """Not logged in."""
    assert (await client.send("POST", f"{ADD}?{auth}", "{}", JSON)).code == -101


async def test_a_wrong_signature_is_minus_3(client: RawClient):
    """Section 1.4: it may be missing, but not wrong."""
    auth = query(access_key=DEMO_ACCOUNT.access_key)
    assert (await client.send("POST", f"{ADD}?{auth}&sign={sign('x')}", "{}", JSON)).code == -3
    assert (await client.send("POST", f"{ADD}?{auth}", "{}", JSON)).code == 21011


async def test_two_submissions_within_the_gap_are_21070(
    client: RawClient, sim: Simulator, clock: Clock, name: str
):
    """Section 6.4: 30 s between submissions of one account, when the limit is on."""
    sim.limits.submit_gap = 30
    assert (await client.submit(meta(name))).code == 0
    clock.now += 29
    assert (await client.submit(meta(name))).code == 21070
    clock.now += 1
    assert (await client.submit(meta(name))).code == 0


async def test_a_refused_submission_does_not_count_for_the_gap(client: RawClient, sim: Simulator, name: str):
    """Only what was published starts the waiting."""
    sim.limits.submit_gap = 30
    await client.submit(meta(name, title=""))
    assert (await client.submit(meta(name))).code == 0


async def test_today_the_interface_is_retired():
    """Section 0.4: 21590 since July 2025, whatever is submitted; uploading still works."""
    async with Simulator(era="today") as sim, RawClient(sim) as client:
        assert (await client.submit(meta(await client.stored()))).code == 21590
        assert sim.archives == []
