"""Live checks on request before uploading: tags, topic by name with its mission, partition, parts (section 7.5)."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import DATA, Today, simulator_of_today
from tests.kit import good_meta, listen

from bilibili_api.exceptions import InvalidUpload, NetworkException, ResponseCodeException
from bilibili_api.journal import Journal
from bilibili_api.simulator import Answer, Code, Status
from bilibili_api.video_uploader import VideoMeta, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options, VideoUploader

ASKING = ("tags", "zones", "topics")


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


def partitions(*leaves: dict[str, Any]) -> Answer:
    """An answer of `archive/pre` that offers these."""
    return Answer(200, json.dumps({"code": 0, "data": {"typelist": leaves}}).encode(), "application/json")


FOUND: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "all is well": ({}, []),
    "a banned tag": ({"meta": good_meta() | {"tag": "one, 违禁"}}, [("meta.tag", "'违禁'")]),
    "two banned tags": (
        {"meta": good_meta() | {"tag": "banned,one,违禁"}},
        [("meta.tag", "'banned'"), ("meta.tag", "'违禁'")],
    ),
    "a banned tag of a VideoMeta": (
        {"meta": VideoMeta(title="t", copyright=1, tid=21, tag="banned")},
        [("meta.tag", "'banned'")],
    ),
    "a topic": ({"topic": "simulated DAILY life"}, []),
    "a topic that is not": ({"topic": "Simulated dayly life"}, [("topic", "'Simulated daily life'")]),
    "a topic like none": ({"topic": "zzz"}, [("topic", "no topic is called that")]),
    "a topic by number": ({"topic": 10001}, []),
    "a partition by name": ({"partition": "日常"}, []),
    "a new partition by name": ({"partition": "游戏"}, []),
    "a new partition by number": ({"partition": 1008}, []),
    "a new partition nobody offers": (
        {"meta": good_meta() | {"human_type2": 1500}},
        [("meta.human_type2", "1500")],
    ),
    "a partition passed through": (
        {"extra": {"tid": 99_999}},
        [("meta.tid", "99999")],
    ),
    "a tag and a topic": (
        {"meta": good_meta() | {"tag": "banned"}, "topic": "zzz"},
        [("meta.tag", "'banned'"), ("topic", "'zzz'")],
    ),
}


def fits(problems: Any, expected: list[tuple[str, str]]) -> bool:
    """Whether the problems are those, and each says what to do."""
    return [problem.field for problem in problems] == [field for field, _ in expected] and all(
        said in str(problem) and problem.fix for problem, (_, said) in zip(problems, expected, strict=True)
    )


class TestAsked:
    """`check(live=True)`."""

    @pytest.mark.parametrize(("given", "expected"), FOUND.values(), ids=FOUND)
    @pytest.mark.parametrize("has", ["cookies", "token and cookies"])
    async def test_bilibili_tells_what_only_it_knows(
        self, today: Today, sim: Simulator, has: str, given: dict[str, Any], expected: list[tuple[str, str]]
    ):
        """With field and fix, all at once, and nothing is uploaded."""
        assert fits(await today.make(has=has, **given).check(live=True), expected)
        assert {seen.step for seen in sim.exchanges} <= {*ASKING, "nav", "info"}

    async def test_more_parts_than_the_partition_takes_are_a_problem(self, today: Today):
        """Which names the limit."""
        [problem] = await today.make(*[b"video"] * 51).check(live=True)
        assert (problem.field, "takes 50" in problem.what) == ("pages", True)

    async def test_a_wide_partition_takes_more_parts(self, today: Today):
        """Each has its own limit."""
        uploader = today.make(*[b"video"] * 51, meta=good_meta() | {"tid": 171})
        assert await uploader.check(live=True) == ()

    async def test_a_partition_that_is_not_offered_is_a_problem(self, today: Today, sim: Simulator):
        """With those that are and have a name like it."""
        sim.faults.add("zones", partitions({"id": 254, "name": "日常生活"}, {"id": 17, "name": "单机游戏"}))
        [problem] = await today.make().check(live=True)
        assert (problem.field, problem.fix) == ("meta.tid", "Take for example 254 (日常生活).")

    async def test_each_tag_is_asked_about_once(self, today: Today, sim: Simulator):
        """One after the other, as they will be sent."""
        await today.make(meta=good_meta() | {"tag": "a,b b,c"}).check(live=True)
        assert [seen.query_value("tag") for seen in sim.seen("tags")] == ["a", "b b", "c"]

    async def test_nothing_is_asked_unless_it_is_wanted(self, today: Today, sim: Simulator):
        """Looking over an upload stays offline."""
        assert await today.make(meta=good_meta() | {"tag": "banned"}).check() == ()
        assert sim.exchanges == []

    async def test_nothing_is_asked_about_what_is_wrong_anyway(self, today: Today, sim: Simulator):
        """The first problems are those that can be told offline."""
        [problem] = await today.make(meta=good_meta() | {"title": ""}).check(live=True)
        assert (problem.field, sim.exchanges) == ("meta.title", [])


class TestCannotBeAsked:
    """It is told to the log, and is no problem."""

    @pytest.mark.parametrize("has", ["key", "password"])
    async def test_a_login_without_cookies(
        self, today: Today, sim: Simulator, has: str, caplog: pytest.LogCaptureFixture
    ):
        """Nobody is logged in only to ask."""
        uploader = today.make(has=has, line=None, meta=good_meta() | {"tag": "banned"})
        assert await uploader.check(live=True) == ()
        assert "the login has no cookies" in caplog.text
        assert sim.exchanges == []

    @pytest.mark.parametrize("fault", [Status(404), Status(500), Code(-400), Answer(200, b"<html>")])
    @pytest.mark.parametrize(
        ("step", "what"), [("tags", "tags"), ("zones", "partition"), ("topics", "topic")]
    )
    async def test_one_question_fails(
        self, today: Today, sim: Simulator, step: Any, what: str, fault: Any, caplog: pytest.LogCaptureFixture
    ):
        """The others are asked all the same."""
        sim.faults.add(step, fault, times=None)
        assert await today.make(topic="Simulated games").check(live=True) == ()
        assert f"The {what} cannot be checked beforehand" in caplog.text
        assert min(today.count(*ASKING)) >= 1

    async def test_cookies_that_are_dead(
        self, today: Today, sim: Simulator, caplog: pytest.LogCaptureFixture
    ):
        """One question is enough to know."""
        sim.faults.add("tags", Code(-101), times=None)
        assert await today.make().check(live=True) == ()
        assert "cannot be checked beforehand" in caplog.text
        assert sim.seen("zones") == []

    async def test_no_partition_is_listed(
        self, today: Today, sim: Simulator, caplog: pytest.LogCaptureFixture
    ):
        """The list may be gone one day."""
        sim.faults.add("zones", partitions())
        assert await today.make().check(live=True) == ()
        assert "none is listed" in caplog.text

    async def test_what_was_found_before_a_failure_counts(self, today: Today, sim: Simulator):
        """The second tag cannot be asked about."""
        sim.faults.add("tags", Code(-400), after=1, times=None)
        problems = await today.make(meta=good_meta() | {"tag": "banned,one"}).check(live=True)
        assert fits(problems, [("meta.tag", "'banned'")])

    async def test_an_upload_does_not_depend_on_it(self, today: Today, sim: Simulator):
        """It is published although no question was answered."""
        for step in ASKING:
            sim.faults.add(step, Status(404), times=None)
        uploader = today.make()
        result = await uploader.start(live_checks=True)
        assert result == {"aid": sim.archives[0].aid, "bvid": sim.archives[0].bvid}

    async def test_an_upload_without_cookies_does_not_depend_on_it(
        self, today: Today, caplog: pytest.LogCaptureFixture
    ):
        """The log says what was not asked."""
        caplog.set_level(logging.WARNING)
        assert await today.make(has="key", line=None).start(live_checks=True) is not None
        assert "the login has no cookies" in caplog.text


class TestStart:
    """`start()` asks on request, and looks up what was named."""

    async def test_a_problem_is_found_before_anything_is_uploaded(self, today: Today, sim: Simulator):
        """As by `check(live=True)`."""
        with pytest.raises(InvalidUpload) as caught:
            await today.make(meta=good_meta() | {"tag": "banned"}, topic="zzz").start(live_checks=True)
        assert fits(caught.value.problems, [("meta.tag", "'banned'"), ("topic", "'zzz'")])
        assert today.count("preupload", "submit") == [0, 0]

    async def test_nothing_is_asked_unless_it_is_wanted(self, today: Today, sim: Simulator):
        """By default no question is sent."""
        await today.ends_right(today.make())
        assert today.count(*ASKING) == [0, 0, 0]

    @pytest.mark.parametrize("has", ["cookies", "token and cookies"])
    @pytest.mark.parametrize("live", [False, True])
    @pytest.mark.parametrize(
        ("topic", "sent"),
        [
            ("Simulated daily life", (10001, 20001)),
            ("#simulated daily LIFE# ", (10001, 20001)),
            ("Simulated small talk", (10004, None)),
            (10003, (10003, 20003)),
        ],
    )
    async def test_a_topic_is_sent_with_its_mission(
        self, today: Today, sim: Simulator, has: str, topic: str | int, sent: tuple[int, int], live: bool
    ):
        """Through every interface that carries it."""
        await today.make(has=has, topic=topic).start(live_checks=live)
        meta = sim.archives[0].meta
        assert (meta["topic_id"], meta.get("mission_id")) == sent

    async def test_a_topic_is_looked_up_once(self, today: Today, sim: Simulator):
        """What the live check has learnt is used."""
        await today.make(topic="Simulated games").start(live_checks=True)
        assert today.count("topics") == [1]

    async def test_a_mission_that_is_given_stays(self, today: Today):
        """The metadata knows better."""
        uploader = today.make(topic="Simulated daily life", meta=good_meta() | {"mission_id": 20003})
        heard = listen(uploader)
        with pytest.raises(ResponseCodeException, match="does not belong to topic"):
            await uploader.start()
        assert dict(heard)["PRE_SUBMIT"]["mission_id"] == 20003

    @pytest.mark.parametrize("has", ["cookies", "token and cookies"])
    @pytest.mark.parametrize("live", [False, True])
    @pytest.mark.parametrize(
        ("given", "sent"),
        [
            ({"mission": "Simulated activity for DAILY life "}, (10001, 20001)),
            ({"mission": 20003}, (10003, 20003)),
            (
                {"mission": "simulated activity for everybody", "topic": "Simulated everything"},
                (10003, 20003),
            ),
            ({"mission": 20001, "meta": good_meta() | {"topic_id": 10001}}, (10001, 20001)),
        ],
    )
    async def test_a_mission_is_sent_with_a_topic_that_belongs_to_it(
        self, today: Today, sim: Simulator, has: str, given: dict[str, Any], sent: tuple[int, int], live: bool
    ):
        """By name or number; a topic that is named is kept."""
        await today.make(has=has, **given).start(live_checks=live)
        meta = sim.archives[0].meta
        assert (meta["topic_id"], meta["mission_id"]) == sent

    @pytest.mark.parametrize(
        ("mission", "said"),
        [
            ("Simulated activity for gamers", "Did you mean 'Simulated activity for "),
            (20002, "none of the partition's belongs to it"),
        ],
    )
    async def test_a_mission_that_cannot_be_ends_an_upload_before_it_begins(
        self, today: Today, mission: str | int, said: str
    ):
        """With the nearest names."""
        with pytest.raises(InvalidUpload) as caught:
            await today.make(mission=mission).start()
        [problem] = caught.value.problems
        assert (problem.field, said in str(problem)) == ("mission", True)
        assert [problem.field for problem in await today.make(mission=mission).check(live=True)] == [
            "mission"
        ]
        assert today.count("preupload", "submit") == [0, 0]

    async def test_what_was_published_is_found_without_asking_for_names(self, today: Today, tmp_path: Path):
        """The activity may even be over; under other names it is another upload."""
        (tmp_path / "video.mp4").write_bytes(DATA)

        def make(**named: Any) -> VideoUploader:
            pages = [VideoUploaderPage(tmp_path / "video.mp4", "P1")]
            return today.make(pages=pages, journal=tmp_path / "journal.db", **named)

        names = {"topic": "Simulated everything", "mission": "simulated activity for everybody"}
        made = await make(**names).start()
        asked = today.count("missions", "topics")
        assert await make(**names).start() == made
        assert today.count("missions", "topics") == asked
        assert await make(topic=10003, mission=20003).start() == made
        assert await make(topic="Simulated games").start() != made
        assert len(today.sim.archives) == 2

    async def test_names_that_an_earlier_version_has_not_kept_are_asked_for_and_not_published_twice(
        self, today: Today, tmp_path: Path
    ):
        """The numbers that were found tell that it is the same."""
        (tmp_path / "video.mp4").write_bytes(DATA)
        journal = Journal(tmp_path / "journal.db")

        def make() -> VideoUploader:
            pages = [VideoUploaderPage(tmp_path / "video.mp4", "P1")]
            return today.make(pages=pages, journal=journal, mission="Simulated activity for everybody")

        made = await make().start()
        with journal.opened() as database:
            database.write([("UPDATE job SET plan = json_remove(plan, '$.named')", {})])
        assert await make().start() == made
        assert len(today.sim.archives) == 1

    async def test_a_preview_shows_the_numbers_that_are_looked_up(self, today: Today):
        """It asks, and sends nothing else; what is wrong with both names is told at once."""
        seen = await today.make(mission="Simulated activity for everybody").preview(names=True)
        body = seen.bodies["web"]
        assert (seen.problems, body["topic_id"], body["mission_id"]) == ((), 10003, 20003)
        assert body["topic_detail"]["from_topic_id"] == 10003
        assert today.count("missions", "topics", "preupload", "submit") == [1, 1, 0, 0]
        seen = await today.make(topic="zzz", mission="yyy").preview(names=True)
        assert ([problem.field for problem in seen.problems], seen.bodies) == (["topic", "mission"], {})

    async def test_a_preview_says_where_names_cannot_be_looked_up(
        self, today: Today, sim: Simulator, caplog: pytest.LogCaptureFixture
    ):
        """That is no problem of the upload, which asks again."""
        sim.faults.add("topics", Status(503), times=None)
        seen = await today.make(topic="Simulated games").preview(names=True)
        assert (seen.problems, seen.bodies["web"]["topic_id"]) == (
            (),
            "<number of the topic Simulated games>",
        )
        assert "cannot be looked up now" in caplog.text

    async def test_an_activity_without_a_name_is_nobodys(self, today: Today, sim: Simulator):
        """It is not taken for one that is named and not there."""
        listed = {"code": 0, "data": [{"id": 7, "name": ""}]}
        sim.faults.add("missions", Answer(200, json.dumps(listed).encode(), "application/json"))
        error = await today.ends_with(today.make(mission="Nobody's"))
        assert "no activity of the partition is called that. Leave it out" in str(error)

    async def test_a_mission_without_a_topic_needs_cookies(self, today: Today, sim: Simulator):
        """Told before anything is sent: nobody else can find the topic."""
        [problem] = await today.make(has="key", line=None, mission=20001, interface="app").check()
        assert (problem.field, sim.exchanges) == ("meta.mission_id", [])

    @pytest.mark.parametrize(
        "given", [{"mission": ""}, {"mission": True}, {"mission": 1, "meta": good_meta() | {"mission_id": 2}}]
    )
    async def test_a_mission_is_named_once_and_by_something_that_names_one(
        self, today: Today, given: dict[str, Any]
    ):
        """As a topic is."""
        assert [problem.field for problem in await today.make(**given).check()] == ["mission"]

    async def test_an_unknown_topic_ends_an_upload_before_it_begins(self, today: Today):
        """With the nearest names, without live checks as well."""
        with pytest.raises(InvalidUpload) as caught:
            await today.make(topic="Simulated smal talk").start()
        assert fits(caught.value.problems, [("topic", "'Simulated small talk'")])
        assert today.count("preupload", "submit") == [0, 0]

    async def test_a_name_that_cannot_be_looked_up_ends_an_upload_before_it_begins(
        self, today: Today, sim: Simulator
    ):
        """It is never submitted without the topic, or with another one."""
        sim.faults.add("topics", Status(404), times=None)
        assert isinstance(await today.ends_with(today.make(topic="Simulated games")), NetworkException)
        assert today.count("preupload", "submit") == [0, 0]

    async def test_a_number_is_sent_without_its_mission_if_that_cannot_be_had(
        self, today: Today, sim: Simulator
    ):
        """The topic is all that was asked for."""
        sim.faults.add("topics", Status(404), times=None)
        await today.make(topic=10003).start()
        assert (sim.archives[0].meta["topic_id"], "mission_id" in sim.archives[0].meta) == (10003, False)

    async def test_a_name_needs_cookies(self, today: Today, sim: Simulator):
        """Told before anything is sent."""
        [problem] = await today.make(has="key", line=None, topic="Simulated games").check()
        assert (problem.field, "cookies" in problem.what, sim.exchanges) == ("topic", True, [])

    async def test_an_interface_that_carries_no_topic_is_a_problem(self, today: Today):
        """If it is the only one."""
        uploader = today.make(has="key", line=None, topic=10003, interface="client")
        assert [problem.field for problem in await uploader.check()] == ["meta.topic_id"]

    @pytest.mark.parametrize("live", [False, True])
    async def test_a_new_partition_goes_into_its_key(self, today: Today, sim: Simulator, live: bool):
        """With the nearest old one, which everybody still sends."""
        meta = {key: value for key, value in good_meta().items() if key != "tid"}
        await today.make(has="cookies", meta=meta, partition="游戏").start(live_checks=live)
        sent = sim.archives[0].meta
        assert (sent["tid"], sent["human_type2"]) == (17, 1008)
