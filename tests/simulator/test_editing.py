"""Edits of archives that exist (protocol document, section 7.3)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from tests.simulator.raw import JSON, MEMBER, URLENCODED, meta, query
from tests.simulator.storing import APP_QUERY, CSRF, LOGGED_IN, TV, signed_by, stored, submit

from bilibili_api.simulator import DEMO_ACCOUNT, Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.simulator.conftest import Clock
    from tests.simulator.raw import Got, RawClient

VIEW = f"{MEMBER}/x/vupre/web/archive/view"


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[Simulator]:
    async with Simulator(clock=clock, era="today") as running:
        running.limits.chunk_size = 1000
        yield running


class Owner:
    """Has one archive of two parts, and edits it as the document says."""

    def __init__(self, client: RawClient) -> None:
        self.client = client
        self.aid = 0
        self.names: list[str] = []

    async def publish(self, **changes: Any) -> None:
        self.names = [(await stored(self.client)).filename for _ in range(2)]
        videos = [{"filename": name, "title": f"P{n}", "desc": ""} for n, name in enumerate(self.names, 1)]
        given = {"subtitles": ..., "up_close_danmaku": ..., "watermark": {"state": 1}} | changes
        body = meta(self.names[0], videos=videos, **given)
        self.aid = (await submit(self.client, "web", body)).json["data"]["aid"]

    async def view(self) -> Any:
        return (await self.client.get(f"{VIEW}?{query(aid=self.aid)}", **LOGGED_IN)).json["data"]

    async def body(self, **changes: Any) -> dict[str, Any]:
        """The whole body that the recipe of section 7.3 gives; `...` leaves a member out."""
        seen = await self.view()
        archive: dict[str, Any] = seen["archive"]
        names = (
            "aid",
            "title",
            "cover",
            "tid",
            "tag",
            "copyright",
            "source",
            "desc",
            "dynamic",
            "no_reprint",
        )
        videos = [{n: part[n] for n in ("filename", "title", "desc", "cid")} for part in seen["videos"]]
        whole = {
            **{name: archive[name] for name in names},
            "watermark": {"state": seen["watermark"]["state"]},
            "videos": videos,
        }
        return {name: value for name, value in (whole | changes).items() if value is not ...}

    async def edit(self, body: dict[str, Any] | None = None, /, **changes: Any) -> Got:
        body = await self.body(**changes) if body is None else body
        url = f"{MEMBER}/x/vu/web/edit?{query(csrf=CSRF)}"
        return await self.client.send("POST", url, json.dumps(body), JSON, **LOGGED_IN)

    async def parts(self) -> list[tuple[str, str]]:
        return [(part["filename"], part["title"]) for part in (await self.view())["videos"]]


@pytest.fixture
async def owner(client: RawClient) -> Owner:
    made = Owner(client)
    await made.publish()
    return made


async def test_an_edit_changes_what_it_says_and_sends_the_archive_into_review(owner: Owner, sim: Simulator):
    """State -6, the numbers in the answer."""
    sim.reviews.accept(sim.archives[0])
    got = await owner.edit(title="Another")
    assert (got.code, got.json["data"]["aid"]) == (0, owner.aid)
    archive = (await owner.view())["archive"]
    assert (archive["title"], archive["state"]) == ("Another", -6)


async def test_parts_are_removed_reordered_and_renamed_by_the_list(owner: Owner):
    """The list is the whole truth."""
    first, second = (await owner.body())["videos"]
    assert (await owner.edit(videos=[second, {**first, "title": "Last"}])).code == 0
    assert await owner.parts() == [(owner.names[1], "P2"), (owner.names[0], "Last")]
    assert (await owner.edit(videos=[second])).code == 0
    assert await owner.parts() == [(owner.names[1], "P2")]


async def test_a_new_part_is_added_anywhere(owner: Owner, client: RawClient):
    """It only has to be stored."""
    first, second = (await owner.body())["videos"]
    name = (await stored(client)).filename
    new = {"filename": name, "title": "New", "desc": ""}
    assert (await owner.edit(videos=[first, new, second])).code == 0
    assert [filename for filename, _ in await owner.parts()] == [owner.names[0], name, owner.names[1]]


async def test_what_is_left_out_is_lost(owner: Owner):
    """The watermark is the known example (section 6.2)."""
    assert (await owner.edit(watermark=..., desc=...)).code == 0
    seen = await owner.view()
    assert (seen["watermark"]["state"], seen["archive"]["desc"]) == (0, "")


async def test_what_the_view_does_not_show_stays(client: RawClient, sim: Simulator):
    """No client could repeat it."""
    made = Owner(client)
    await made.publish(is_only_self=1, recreate=1)
    assert (await made.edit(title="Another")).code == 0
    assert (sim.archives[0].meta["is_only_self"], sim.archives[0].meta["recreate"]) == (1, 1)


async def test_switches_of_comments_are_not_changed(owner: Owner, sim: Simulator):
    """Reported for four members."""
    assert (await owner.edit(title="Another", up_close_reply=True)).code == 0
    assert not sim.archives[0].meta.get("up_close_reply")


async def test_nothing_changed_is_minus_304(owner: Owner):
    """Section 8.2."""
    assert (await owner.edit()).code == -304


@pytest.mark.parametrize("name", ["recreate", "human_type2", "activity", "attrs", "tp_info", "limited_free"])
async def test_echoing_a_forbidden_member_is_21001(owner: Owner, name: str):
    """They stand in the view all the same."""
    assert (await owner.edit(title="Another", **{name: 0})).code == 21001


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"aid": ...}, 21001),
        ({"aid": 1}, -404),
        ({"videos": []}, 21011),
        ({"title": "x" * 81}, 21103),
        ({"tid": 99999}, 21002),
        ({"videos": [{"filename": "madeup", "title": "", "desc": ""}]}, 21015),
        ({"csrf": "0" * 32}, -111),
    ],
)
async def test_what_a_submission_is_refused_for_an_edit_is_too(
    owner: Owner, changes: dict[str, Any], code: int
):
    """The same codes."""
    assert (await owner.edit(**changes)).code == code


async def test_a_schedule_that_stays_is_taken_even_if_it_is_near(client: RawClient, clock: Clock):
    """A new one must lie in the window."""
    made, when = Owner(client), int(clock.now) + 3 * 3600
    await made.publish(dtime=when)
    clock.now += 2 * 3600
    assert (await made.edit(title="Another", dtime=when)).code == 0
    assert (await made.edit(title="A third", dtime=when + 60)).code == 21001


async def test_a_deletion_wants_a_captcha(owner: Owner, client: RawClient, sim: Simulator):
    """340022 (section 7.4): nothing is deleted."""
    url = f"{MEMBER}/x/web/archive/delete"
    for aid, code in ((owner.aid, 340022), (1, -404)):
        text = urlencode({"aid": aid, "csrf": CSRF})
        assert (await client.send("POST", url, text, URLENCODED, **LOGGED_IN)).code == code
    assert len(sim.archives) == 1


async def test_somebody_else_s_archive_is_minus_403(owner: Owner, sim: Simulator, client: RawClient):
    """By cookies as by token."""
    stranger = sim.add_account("other", "x")
    text = json.dumps(await owner.body(title="Mine"))
    url = signed_by(TV, {"access_key": stranger.access_key, "ts": 1700000000, **APP_QUERY})
    assert (await client.send("POST", f"{MEMBER}/x/vu/app/edit/full?{url}", text, JSON)).code == -403


async def test_the_app_edits_by_a_signed_query(owner: Owner, client: RawClient):
    """Of the watermark it knows nothing, so that it cannot take it away."""
    url = signed_by(TV, {"access_key": DEMO_ACCOUNT.access_key, "ts": 1700000000, **APP_QUERY})
    text = json.dumps(await owner.body(title="By the app", watermark=...))
    assert (await client.send("POST", f"{MEMBER}/x/vu/app/edit/full?{url}", text, JSON)).code == 0
    seen = await owner.view()
    assert (seen["archive"]["title"], seen["watermark"]["state"]) == ("By the app", 1)
