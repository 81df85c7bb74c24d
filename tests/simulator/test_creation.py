"""Tags, topics, partitions and the rest of the creator's questions (protocol document, section 7.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.simulator.raw import MEMBER, URLENCODED, query
from tests.simulator.storing import CSRF, LOGGED_IN

if TYPE_CHECKING:
    from tests.simulator.raw import Got, RawClient

    from bilibili_api.simulator import Simulator

VUPRE = f"{MEMBER}/x/vupre/web"


async def ask(client: RawClient, path: str, **values: object) -> Got:
    return await client.get(f"{VUPRE}{path}?{query(**values)}", **LOGGED_IN)


async def data_of(client: RawClient, path: str, **values: object) -> Any:
    return (await ask(client, path, **values)).json["data"]


@pytest.mark.parametrize(
    "path",
    [
        "/topic/tag/check",
        "/tag/recommend",
        "/topic/type",
        "/topic/search",
        "/archive/pre",
        "/archive/human/type2/list",
        "/archive/desc/format",
    ],
)
async def test_without_a_login_nothing_is_answered(client: RawClient, path: str):
    """All want cookies."""
    assert (await client.get(VUPRE + path)).code == -101


@pytest.mark.parametrize("name", ["tag", "t"])
async def test_a_tag_is_allowed_or_banned(client: RawClient, sim: Simulator, name: str):
    """16025 for a banned one; clients do not agree on the parameter's name."""
    sim.creation.banned_tags.add("spam")
    assert (await ask(client, "/topic/tag/check", **{name: "cats"})).code == 0
    assert (await ask(client, "/topic/tag/check", **{name: "spam"})).code == 16025


async def test_no_tag_is_minus_400(client: RawClient):
    """The parameter is needed."""
    assert (await ask(client, "/topic/tag/check")).code == -400


async def test_tags_are_recommended(client: RawClient):
    """Three members each."""
    tags = await data_of(client, "/tag/recommend", title="x", filename="", upload_id="", t=1)
    assert {frozenset(tag) for tag in tags} == {frozenset({"tag", "checked", "request_id"})}


@pytest.mark.parametrize(("tid", "topics"), [(17, [10002, 10003, 10004]), (21, [10001, 10003, 10004])])
async def test_topics_of_a_partition(client: RawClient, tid: int, topics: list[int]):
    """With the mission behind each."""
    data = await data_of(client, "/topic/type", type_id=tid, pn=0, ps=200)
    assert [topic["topic_id"] for topic in data["topics"]] == topics
    assert data["topics"][1] == {
        "topic_id": 10003,
        "topic_name": "Simulated everything",
        "mission_id": 20003,
        "activity_text": "Simulated activity for everybody",
    }


async def test_pages_of_topics_count_from_0(client: RawClient):
    """pn, ps and maxpage."""
    data = await data_of(client, "/topic/type", type_id=17, pn=1, ps=2)
    assert ([topic["topic_id"] for topic in data["topics"]], data["maxpage"]) == ([10004], 2)


async def test_topics_are_found_by_name(client: RawClient):
    """In pages by offset."""
    result = (await data_of(client, "/topic/search", keywords="simulated", page_size=3, offset=0))["result"]
    assert [topic["id"] for topic in result["topics"]] == [10001, 10002, 10003]
    assert result["page_info"] == {"has_more": True, "offset": 3}
    rest = (await data_of(client, "/topic/search", keywords="simulated", page_size=3, offset=3))["result"]
    assert rest["topics"] == [{"id": 10004, "name": "Simulated small talk", "mission_id": 0, "state": 0}]
    assert rest["page_info"] == {"has_more": False, "offset": 4}


async def test_a_topic_that_is_not_there_is_not_found(client: RawClient):
    """An empty list."""
    result = (await data_of(client, "/topic/search", keywords="nothing", page_size=20, offset=0))["result"]
    assert result["topics"] == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/topic/type", {"type_id": "games"}),
        ("/topic/type", {"ps": 0}),
        ("/topic/search", {"page_size": 201}),
        ("/topic/search", {"offset": -1}),
        ("/archive/desc/format", {"typeid": 4}),
    ],
)
async def test_a_wrong_number_is_minus_400(client: RawClient, path: str, wrong: dict[str, object]):
    """Of pages and partitions."""
    assert (await ask(client, path, **wrong)).code == -400


async def test_the_preconditions_list_partitions_marks_and_industries(client: RawClient):
    """archive/pre."""
    data = await data_of(client, "/archive/pre", lang="cn")
    leaves = {leaf["id"]: leaf for main in data["typelist"] for leaf in main["children"]}
    assert (leaves[21]["parent"], leaves[21]["name"], leaves[21]["max_video_count"]) == (160, "日常", 50)
    assert leaves[171]["max_video_count"] == 100
    assert len(data["neutral_marks"]) == 6
    assert {"id": 214, "name": "finance"} in data["industries"]


async def test_the_new_partitions_are_listed(client: RawClient):
    """Thirty; 1028 is not offered."""
    types = {
        one["id"]: one["name"] for one in (await data_of(client, "/archive/human/type2/list"))["type_list"]
    }
    assert (len(types), types[1001], types[1027], types[1029], types[1031]) == (
        30,
        "影视",
        "情感",
        "vlog",
        "生活经验",
    )
    assert 1028 not in types


async def test_partitions_are_predicted(client: RawClient):
    """By POST with csrf in the query; the first also as a new partition."""
    url = f"{VUPRE}/archive/types/predict?csrf={CSRF}"
    got = await client.send("POST", url, "filename=&title=x&upload_id=", URLENCODED, **LOGGED_IN)
    first, *others = got.json["data"]
    assert (first["id"], first["parent"], first["human_type"]) == (21, 160, {"id": 1029})
    assert all("human_type" not in other for other in others)


@pytest.mark.parametrize(("csrf", "body", "code"), [("x", "title=x", -111), (CSRF, "filename=", -400)])
async def test_a_prediction_wants_csrf_and_a_title(client: RawClient, csrf: str, body: str, code: int):
    """A POST like others."""
    url = f"{VUPRE}/archive/types/predict?csrf={csrf}"
    assert (await client.send("POST", url, body, URLENCODED, **LOGGED_IN)).code == code


async def test_a_partition_has_a_description_template_or_none(client: RawClient, sim: Simulator):
    """null stands for 250 characters."""
    sim.creation.no_desc_format.add(27)
    assert await data_of(client, "/archive/desc/format", typeid=27, copyright=1) is None
    assert set(await data_of(client, "/archive/desc/format", typeid=21, copyright=1)) == {"id", "components"}
