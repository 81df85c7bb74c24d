"""One's own archives and what becomes of them (protocol document, sections 7.1 and 7.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.simulator.raw import MEMBER, meta, query
from tests.simulator.storing import LOGGED_IN, stored, submit

from bilibili_api.simulator import DEMO_ACCOUNT, Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.simulator.conftest import Clock
    from tests.simulator.raw import Got, RawClient

LIST = f"{MEMBER}/x/web/archives"
VIEW = f"{MEMBER}/x/vupre/web/archive/view"
ALL = "is_pubing,pubed,not_pubed"


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[Simulator]:
    async with Simulator(clock=clock, era="today") as running:
        running.limits.chunk_size = 1000
        yield running


async def publish(client: RawClient, title: str = "A title", **changes: Any) -> dict[str, Any]:
    name = (await stored(client)).filename
    body = meta(name, title=title, **({"subtitles": ..., "up_close_danmaku": ...} | changes))
    return (await submit(client, "web", body)).json["data"]


async def listed(client: RawClient, **values: object) -> Any:
    asked = query(**({"status": ALL, "pn": 1, "ps": 10} | values))
    return (await client.get(f"{LIST}?{asked}", **LOGGED_IN)).json["data"]


async def view(client: RawClient, **values: object) -> Got:
    return await client.get(f"{VIEW}?{query(**values)}", **LOGGED_IN)


def titles(data: Any) -> list[str]:
    audits: list[dict[str, Any]] = data["arc_audits"] or []
    return [one["Archive"]["title"] for one in audits]


async def test_without_archives_the_list_is_null(client: RawClient):
    """Section 7.1: not an empty list."""
    assert await listed(client) == {
        "class": {"is_pubing": 0, "pubed": 0, "not_pubed": 0},
        "page": {"pn": 1, "ps": 10, "count": 0},
        "arc_audits": None,
    }


async def test_an_archive_is_listed_with_its_parts(client: RawClient, clock: Clock):
    """Section 7.1, the members that tell one archive from its twin."""
    numbers = await publish(client, tag="a,b", desc="what it is")
    (entry,) = (await listed(client))["arc_audits"]
    archive, (video,) = entry["Archive"], entry["Videos"]
    assert (archive["aid"], archive["bvid"]) == (numbers["aid"], numbers["bvid"])
    assert (archive["title"], archive["tid"], archive["tag"], archive["desc"]) == (
        "A title",
        21,
        "a,b",
        "what it is",
    )
    assert (archive["state"], archive["reject_reason"], archive["ctime"]) == (-30, "", int(clock.now))
    assert (video["title"], video["cid"] > 1 << 32, video["status"]) == ("P1", True, 0)
    assert (entry["stat"], entry["dtime"]) == ({"view": 0}, None)


async def test_the_newest_comes_first_and_pages_count_from_1(client: RawClient):
    """pn and ps."""
    for title in ("one", "two", "three"):
        await publish(client, title)
    assert titles(await listed(client)) == ["three", "two", "one"]
    assert titles(await listed(client, ps=2)) == ["three", "two"]
    second = await listed(client, pn=2, ps=2)
    assert (titles(second), second["page"]) == (["one"], {"pn": 2, "ps": 2, "count": 3})
    assert titles(await listed(client, pn=3, ps=2)) == []


async def test_the_list_can_be_narrowed(client: RawClient):
    """By words of the title and by partition."""
    await publish(client, "cats")
    await publish(client, "dogs", tid=17)
    assert titles(await listed(client, keyword="cat")) == ["cats"]
    assert titles(await listed(client, tid=17)) == ["dogs"]


async def test_the_list_is_divided_by_status(client: RawClient, sim: Simulator):
    """In progress, passed, rejected; the counts are of all."""
    for title in ("new", "good", "bad"):
        await publish(client, title)
    sim.reviews.accept(sim.archives[1])
    sim.reviews.reject(sim.archives[2], "too loud")
    assert titles(await listed(client, status="is_pubing")) == ["new"]
    assert titles(await listed(client, status="pubed")) == ["good"]
    rejected = await listed(client, status="not_pubed")
    assert titles(rejected) == ["bad"]
    assert rejected["class"] == {"is_pubing": 1, "pubed": 1, "not_pubed": 1}
    (entry,) = rejected["arc_audits"]
    assert (entry["Archive"]["state"], entry["Archive"]["reject_reason"]) == (-2, "too loud")
    assert entry["Videos"][0]["reject_reason"] == "too loud"


@pytest.mark.parametrize(
    "wrong",
    [{"status": "published"}, {"pn": 0}, {"ps": 0}, {"ps": 31}, {"pn": "one"}, {"order": "size"}],
)
async def test_a_wrong_parameter_is_minus_400(client: RawClient, wrong: dict[str, object]):
    """What the document does not have is refused."""
    asked = query(**({"status": ALL, "pn": 1, "ps": 10} | wrong))
    assert (await client.get(f"{LIST}?{asked}", **LOGGED_IN)).code == -400


async def test_a_deleted_archive_is_not_listed(client: RawClient, sim: Simulator):
    """State -100."""
    await publish(client)
    sim.reviews.set(sim.archives[0], -100)
    assert titles(await listed(client)) == []


async def test_a_new_archive_may_be_listed_late(client: RawClient, sim: Simulator, clock: Clock):
    """By the clock; the single archive is there at once."""
    sim.listing.delay = 60.0
    aid = (await publish(client))["aid"]
    clock.now += 59
    assert (titles(await listed(client)), (await view(client, aid=aid)).code) == ([], 0)
    clock.now += 1
    assert titles(await listed(client)) == ["A title"]


async def test_a_new_archive_may_be_left_out_of_some_lists(client: RawClient, sim: Simulator):
    """By the number of requests, each archive for itself; it is not counted either."""
    sim.listing.requests = 2
    await publish(client, "one")
    assert (await listed(client, status="pubed"))["class"] == {"is_pubing": 0, "pubed": 0, "not_pubed": 0}
    await publish(client, "two")
    assert [titles(await listed(client)) for _ in range(3)] == [[], ["one"], ["two", "one"]]


async def test_others_see_nothing(client: RawClient, sim: Simulator):
    """Each list is the owner's; without a login there is none."""
    await publish(client)
    cookies = sim.cookies(sim.add_account("other", "x"))
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    got = await client.get(f"{LIST}?status={ALL}&pn=1&ps=10", Cookie=header)
    assert got.json["data"]["arc_audits"] is None
    assert (await client.get(f"{LIST}?pn=1&ps=10")).code == -101
    assert (await client.get(f"{VIEW}?aid=1")).code == -101


@pytest.mark.parametrize("key", ["aid", "bvid"])
async def test_the_owner_views_an_archive(client: RawClient, key: str):
    """Section 7.2: all parts with their numbers, and the switches."""
    numbers = await publish(client, watermark={"state": 1}, no_disturbance=1, up_selection_reply=True)
    data = (await view(client, **{key: numbers[key], "topic_grey": 1})).json["data"]
    assert set(data) == {
        *("archive", "videos", "subtitle", "arc_elec", "reply", "watermark", "in_season"),
        *("no_disturbance", "staffs", "tip"),
    }
    assert (data["archive"]["bvid"], data["archive"]["copyright"]) == (numbers["bvid"], 1)
    assert (data["watermark"]["state"], data["no_disturbance"]) == (1, 1)
    assert data["reply"] == {"state": 0, "up_selection": True}
    assert [(video["index"], video["title"], video["aid"]) for video in data["videos"]] == [
        (1, "P1", numbers["aid"])
    ]


async def test_the_cid_is_the_biz_id(client: RawClient):
    """Section 4.5."""
    given = await stored(client)
    body = meta(given.filename, subtitles=..., up_close_danmaku=...)
    aid = (await submit(client, "web", body)).json["data"]["aid"]
    (video,) = (await view(client, aid=aid)).json["data"]["videos"]
    assert (video["cid"], video["filename"]) == (given.answer["biz_id"], given.filename)


async def test_a_foreign_archive_has_an_empty_bvid(client: RawClient, sim: Simulator):
    """Section 7.2, by cookies; by a token it is -403."""
    other = sim.add_account("other", "x")
    sim.interfaces["client"].answer = None
    name = await client.stored(b"film", other)
    aid = (await client.submit(meta(name), other)).json["data"]["aid"]
    assert (await view(client, aid=aid)).json["data"]["archive"]["bvid"] == ""
    token = query(access_key=DEMO_ACCOUNT.access_key, aid=aid)
    assert (await client.get(f"{MEMBER}/x/client/archive/view?{token}")).code == -403


@pytest.mark.parametrize(("asked", "code"), [({}, -400), ({"aid": 1}, -404), ({"bvid": "BV1"}, -404)])
async def test_what_is_not_there_cannot_be_viewed(client: RawClient, asked: dict[str, object], code: int):
    """Section 8.2."""
    assert (await view(client, **asked)).code == code


async def test_an_archive_waits_until_somebody_decides(client: RawClient, sim: Simulator, clock: Clock):
    """Time alone changes nothing."""
    await publish(client)
    clock.now += 86400
    assert sim.reviews.of(sim.archives[0]).state == -30


@pytest.mark.parametrize(("changes", "state"), [({}, 0), ({"is_only_self": 1}, -50)])
async def test_an_accepted_archive_is_public_or_private(
    client: RawClient, sim: Simulator, changes: dict[str, Any], state: int
):
    """As it was submitted."""
    await publish(client, **changes)
    assert sim.reviews.accept(sim.archives[0]).state == state
    assert titles(await listed(client, status="pubed")) == ["A title"]


async def test_a_scheduled_archive_is_public_at_its_time(client: RawClient, sim: Simulator, clock: Clock):
    """State -40 until then."""
    await publish(client, dtime=int(clock.now) + 10000)
    sim.reviews.accept(sim.archives[0])
    assert sim.reviews.of(sim.archives[0]).state == -40
    (entry,) = (await listed(client, status="is_pubing"))["arc_audits"]
    assert entry["Archive"]["dtime"] == int(clock.now) + 10000
    clock.now += 10000
    assert sim.reviews.of(sim.archives[0]).state == 0


@pytest.mark.parametrize(("state", "panel"), [(0, 0), (-30, 1), (-2, 2), (-4, 3), (-16, 4)])
async def test_the_panel_sums_the_state_up(client: RawClient, sim: Simulator, state: int, panel: int):
    """Section 7.2."""
    await publish(client)
    sim.reviews.set(sim.archives[0], state)
    (entry,) = (await listed(client))["arc_audits"]
    assert (entry["Archive"]["state"], entry["state_panel"]) == (state, panel)


async def test_a_state_that_does_not_exist_is_refused(client: RawClient, sim: Simulator):
    """The states are those of the document."""
    await publish(client)
    with pytest.raises(ValueError, match="-99"):
        sim.reviews.set(sim.archives[0], -99)
