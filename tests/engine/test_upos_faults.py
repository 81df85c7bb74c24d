"""Whatever goes wrong over UPOS: the upload still ends right, or ends with the error that names the cause."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.engine.today import BDA2, BLDSA, DATA, PARTS, Today, simulator_of_today
from tests.kit import listen, names

from bilibili_api.exceptions import Retry
from bilibili_api.protocol.codes import RULES
from bilibili_api.protocol.codes import Step as ProtocolStep
from bilibili_api.simulator import (
    Answer,
    Captcha,
    Code,
    Cut,
    ExpiredToken,
    Forgotten,
    Latency,
    LostAnswer,
    NotOk,
    RateLimited,
    Slow,
    Stall,
    Status,
)
from bilibili_api.video_uploader import Patience

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Fault, Simulator, Step
    from bilibili_api.video_uploader import Options

EVERY: tuple[Step, ...] = ("probe", "preupload", "init", "part", "complete", "cover")
"""The steps that may be repeated without harm."""

HURRY = Patience(connect=0.7, stall=0.3, answer=0.7, complete=0.7)


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        running.lines.listed = ["bda2", "bldsa", "tx"]
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


def case_id(value: object) -> str:
    return value if isinstance(value, str) else repr(value)[:60]


PASSING: list[tuple[Step, Fault]] = [
    *((step, fault) for step in EVERY for fault in (Status(502), Cut(), LostAnswer(), RateLimited())),
    *(("part", Status(status)) for status in (408, 429, 500, 503, 504)),
    *(("complete", Status(status)) for status in (408, 429, 500, 503, 504)),
    *(("init", Status(status)) for status in (403, 408, 429, 500, 503)),
    ("preupload", Captcha()),
    ("part", Cut(after=10_000)),
    ("part", Slow(bytes_per_second=1e6)),
    ("part", Forgotten()),
    ("part", ExpiredToken()),
    ("part", Status(404)),
    ("part", Answer(body=b"")),
    ("part", Answer(body=b"<html>hello</html>")),
    ("part", Answer(body=b'{"OK":0}')),
    ("init", Answer(body=b'{"OK":0,"info":"busy"}')),
    ("init", ExpiredToken()),
    ("complete", Answer(body=b'{"OK":0,"info":"busy"}')),
    ("complete", ExpiredToken()),
    ("complete", Status(404)),
    ("complete", Latency(0.02)),
]


@pytest.mark.parametrize(("step", "fault"), PASSING, ids=case_id)
async def test_what_passes_is_got_over(today: Today, sim: Simulator, cover: bytes, step: Step, fault: Fault):
    """One failure at one step: the video arrives as it is, and is published once."""
    rule = sim.faults.add(step, fault)
    await today.ends_right(today.make(cover=cover, line=None))
    assert rule.hits == 1


@pytest.mark.parametrize("step", EVERY)
async def test_a_server_that_falls_silent_is_got_over(
    today: Today, sim: Simulator, options: Options, cover: bytes, step: Step
):
    """It stops in the middle of a body, or never answers; the next attempt goes through."""
    rule = sim.faults.add(step, Stall(after=10_000 if step == "part" else 0))
    hurry = replace(options, patience=HURRY)
    await today.ends_right(today.make(cover=cover, line=None, options=hurry))
    assert rule.hits == 1


async def test_everything_going_wrong_once_is_got_over(today: Today, sim: Simulator, cover: bytes):
    """Each step fails before it works."""
    for step in EVERY:
        sim.faults.add(step, Status(502))
        sim.faults.add(step, LostAnswer())
    await today.ends_right(today.make(cover=cover, line=None))


FINAL: list[tuple[Step, Fault, str, Retry]] = [
    ("preupload", NotOk(), "NOT_OK", Retry.NO),
    ("preupload", Status(412), "ADDRESS_BLOCKED", Retry.LATER),
    ("preupload", Status(302), "REDIRECTED", Retry.NO),
    ("preupload", ExpiredToken(), "NOT_LOGGED_IN", Retry.LOGIN),
    ("preupload", Answer(body=b"<html>"), "UNEXPECTED_ANSWER", Retry.NO),
    ("preupload", Answer(body=b'{"OK":1}'), "UNEXPECTED_ANSWER", Retry.NO),
    ("init", Status(400), "HTTP_STATUS", Retry.NO),
    ("init", Status(404), "HTTP_STATUS", Retry.NO),
    ("init", Status(412), "ADDRESS_BLOCKED", Retry.LATER),
    ("part", Status(400), "HTTP_STATUS", Retry.NO),
    ("part", Status(411), "HTTP_STATUS", Retry.NO),
    ("part", Status(413), "HTTP_STATUS", Retry.NO),
    ("part", Status(307), "REDIRECTED", Retry.NO),
    ("part", Status(412), "ADDRESS_BLOCKED", Retry.LATER),
    ("complete", Status(400), "HTTP_STATUS", Retry.NO),
    ("complete", Status(302), "REDIRECTED", Retry.NO),
]


@pytest.mark.parametrize(("step", "fault", "kind", "retry"), FINAL, ids=case_id)
async def test_what_does_not_pass_is_named(
    today: Today, sim: Simulator, fake: FakeWorld, step: Step, fault: Fault, kind: str, retry: Retry
):
    """One answer is enough: nobody waits, nothing is asked twice, no other host, nothing is published."""
    rule = sim.faults.add(step, fault, times=None)
    error = await today.ends_with(today.make(threads=1))
    assert (error.kind, error.retry) == (kind, retry)
    assert (rule.hits, fake.naps, sim.archives) == (1, [], [])


ALWAYS_STOP = {-102, -112, -352, -400, -403, -412, -616, -617, -688, -689}
TROUBLE = {-500, -503, -504, -509, -799, -8888}
REACTIONS: dict[Step, dict[str, set[int]]] = {
    "preupload": {
        "the same again": TROUBLE | {406, 601},
        "another login": {-101, -658, -663},
        "stop": ALWAYS_STOP,
    },
    "init": {"the same again": TROUBLE | {403}, "stop": ALWAYS_STOP},
    "part": {"the same again": TROUBLE, "stop": ALWAYS_STOP},
    "complete": {"the same again": TROUBLE, "stop": ALWAYS_STOP},
    "cover": {
        "the same again": TROUBLE,
        "another login": {-2, -101, -111, -658, -663},
        "stop": ALWAYS_STOP | {-1, -3, -4},
    },
}
"""What each code of section 8.2 that can come before the submission leads to."""
CALLED: dict[Step, ProtocolStep] = {"part": ProtocolStep.CHUNK}
BY_CODE = [
    (step, number, what)
    for step, reactions in REACTIONS.items()
    for what, codes in reactions.items()
    for number in sorted(codes)
]  # fmt: skip


class TestEveryCode:
    """The reaction to each code of section 8.2 at each step before the submission."""

    def test_none_is_missing(self):
        """Every row of the table that holds at one of these steps is looked at here."""
        for step, reactions in REACTIONS.items():
            there = CALLED.get(step) or ProtocolStep(step)
            known = {number for rule in RULES if there in rule.steps for number in rule.codes}
            assert known == set().union(*reactions.values()), step

    @pytest.mark.parametrize(("step", "number", "reaction"), BY_CODE)
    async def test_the_reaction_is_that_of_the_table(
        self,
        today: Today,
        sim: Simulator,
        fake: FakeWorld,
        cover: bytes,
        step: Step,
        number: int,
        reaction: str,
    ):
        """Once is got over after a pause, or ends the upload at once with the code; never both."""
        told = json.dumps({"OK": 0, "code": number, "message": "no"}).encode()
        rule = sim.faults.add(step, Answer(body=told))
        uploader = today.make(b"video", cover=cover, threads=1)
        if reaction == "the same again":
            await today.ends_right(uploader, b"video")
            assert (len(sim.seen(step)), bool(fake.naps)) == (2, True)
        else:
            error = await today.ends_with(uploader)
            assert (getattr(error, "code", None), error.retry is Retry.LOGIN) == (
                number,
                reaction == "another login",
            )
            assert (len(sim.seen(step)), fake.naps, sim.archives) == (1, [], [])
        assert rule.hits == 1


@pytest.mark.parametrize("step", ["preupload", "init", "part", "complete"])
async def test_trouble_without_end_is_given_up(today: Today, sim: Simulator, fake: FakeWorld, step: Step):
    """When the budget in time is spent, the last error comes out."""
    sim.faults.add(step, Status(503), times=None)
    error = await today.ends_with(today.make(threads=1))
    assert (error.kind, error.retry) == ("SERVER_TROUBLE", Retry.SAME)
    assert 100 <= sum(fake.naps) <= 1800


class TestLimits:
    """Uploads begun too fast (sections 4.2 and 8.2): waiting, as long as the document says."""

    @pytest.mark.parametrize("has", ["cookies", "token and cookies"])
    async def test_a_limit_at_preupload_is_waited_for(
        self, today: Today, sim: Simulator, fake: FakeWorld, has: str
    ):
        """Ten minutes, then twenty, by the clock of the world."""
        sim.faults.add("preupload", RateLimited(), times=2)
        await today.ends_right(today.make(has=has))
        assert fake.naps == [600, 1200]

    async def test_the_limit_of_the_account_is_waited_for(
        self, today: Today, sim: Simulator, fake: FakeWorld
    ):
        """Two an hour: the third page waits until the first was an hour ago."""
        sim.limits.preuploads_per_hour = 2
        pages = [b"one", b"two", b"three"]
        await today.ends_right(today.make(*pages), *pages)
        assert fake.naps == [600, 1200, 1800]

    async def test_a_limit_without_end_is_given_up(self, today: Today, sim: Simulator, fake: FakeWorld):
        """After pauses that have grown to an hour; the error says that it is a limit."""
        rule = sim.faults.add("preupload", RateLimited(), times=None)
        uploader = today.make()
        heard = listen(uploader)
        error = await today.ends_with(uploader)
        assert (error.kind, error.retry) == ("RATE_LIMITED", Retry.LATER)
        assert (rule.hits, fake.naps) == (7, [600, 1200, 1800, 2400, 3000, 3600])
        assert names(heard) == ["PREUPLOAD", *["RETRY", "WAITING"] * 6, "PREUPLOAD_FAILED", "FAILED"]


class TestInit:
    """A ticket has to reach the storage first (section 4.3)."""

    async def test_a_ticket_that_the_storage_does_not_know_yet_is_tried_again_shortly(
        self, today: Today, sim: Simulator, fake: FakeWorld
    ):
        """At the same host, and without asking for another ticket."""
        sim.faults.add("init", Status(403), times=3)
        await today.ends_right(today.make())
        assert fake.naps == pytest.approx([0.2, 0.4, 0.6])
        assert [seen.host for seen in sim.seen("init")] == [BDA2] * 4
        assert today.count("preupload") == [1]

    async def test_that_says_nothing_against_the_other_hosts(self, today: Today, sim: Simulator):
        """They are there when the first one fails."""
        sim.faults.add("init", Status(403), times=2)
        sim.faults.add("part", Status(502), host=BDA2, times=None)
        await today.ends_right(today.make(threads=1))
        assert {seen.host for seen in today.parts(stored=True)} == {BLDSA}

    async def test_a_host_that_does_not_know_it_yet_stays_a_host(self, today: Today, sim: Simulator):
        """An alternative that was asked too early is asked again."""
        sim.faults.add("init", Status(502), host=BDA2)
        sim.faults.add("init", Status(403), host=BLDSA)
        await today.ends_right(today.make())
        assert [seen.host for seen in sim.seen("init")] == [BDA2, BLDSA, BLDSA]

    async def test_a_ticket_that_stays_unknown_is_replaced(self, today: Today, sim: Simulator):
        """By one that may be better, three times at most."""
        rule = sim.faults.add("init", Status(403), times=None)
        error = await today.ends_with(today.make())
        assert (error.kind, rule.hits) == ("TICKET_REFUSED", 18)
        assert today.count("preupload") == [3]


class TestMissingParts:
    """PART_COUNT_ERR: the storage has fewer parts than it took (section 4.5)."""

    async def test_all_parts_are_put_again_and_the_upload_completed(
        self, today: Today, sim: Simulator, caplog: pytest.LogCaptureFixture
    ):
        """Under the same ticket; which ones are missing nobody knows."""
        sim.faults.add("part", Forgotten(), part=2)
        await today.ends_right(today.make())
        assert today.count("preupload", "init", "part", "complete") == [1, 1, 2 * PARTS, 2]
        assert "The storage has 4 of the 5 parts of the file." in caplog.text

    async def test_a_storage_that_forgets_again_gets_a_new_ticket(self, today: Today, sim: Simulator):
        """The same target once more would be the third time."""
        sim.faults.add("part", Forgotten(), part=2, times=2)
        await today.ends_right(today.make())
        assert today.count("preupload", "init", "part", "complete") == [2, 2, 3 * PARTS, 3]

    async def test_a_storage_that_always_forgets_is_an_error(self, today: Today, sim: Simulator):
        """It says how many parts there are."""
        sim.faults.add("part", Forgotten(), part=2, times=None)
        error = await today.ends_with(today.make())
        assert (error.kind, str(error)) == ("PARTS_MISSING", "The storage has 4 of the 5 parts of the file.")

    async def test_it_is_told_as_the_failure_of_the_page(self, today: Today, sim: Simulator):
        """PAGE_SUBMIT_FAILED, then the parts again."""
        sim.faults.add("part", Forgotten(), part=2)
        uploader = today.make()
        heard = listen(uploader)
        await today.ends_right(uploader)
        assert [data["err"].kind for name, data in heard if name == "PAGE_SUBMIT_FAILED"] == ["PARTS_MISSING"]


class TestCompletion:
    """Giving up here loses everything, and completing twice does no harm (section 4.5)."""

    async def test_an_answer_that_was_lost_is_asked_for_again(self, today: Today, sim: Simulator):
        """The object is made once."""
        sim.faults.add("complete", LostAnswer(), times=3)
        await today.ends_right(today.make())
        assert (today.count("complete", "part"), len(sim.videos)) == ([4, PARTS], 1)

    async def test_a_slow_completion_is_waited_for(self, today: Today, sim: Simulator, options: Options):
        """Longer than for any other answer: large files take their time."""
        sim.faults.add("complete", Latency(2))
        patience = Patience(connect=5, stall=5, answer=1.5, complete=10)
        await today.ends_right(today.make(options=replace(options, patience=patience)))
        assert today.count("complete") == [1]

    async def test_trouble_may_last_half_an_hour(self, today: Today, sim: Simulator, fake: FakeWorld):
        """By the clock of the world."""
        sim.faults.add("complete", Status(503), times=20)
        await today.ends_right(today.make())
        assert sum(fake.naps) > 600

    async def test_a_storage_that_keeps_refusing_gets_the_page_again(self, today: Today, sim: Simulator):
        """`OK` other than 1, four times: what it holds is not what was sent."""
        sim.faults.add("complete", Answer(body=b'{"OK":0}'), times=4)
        await today.ends_right(today.make())
        assert today.count("preupload", "complete", "part") == [2, 5, 2 * PARTS]


class TestCover:
    """With cookies covers go over the web's interface, whatever submits them (section 5)."""

    @pytest.mark.parametrize("interface", ["app", "web", "bcut-android", "bcut-pc"])
    async def test_every_interface_takes_it(self, today: Today, sim: Simulator, cover: bytes, interface: str):
        """By its address."""
        await today.ends_right(today.make(b"video", cover=cover, interface=interface), b"video")
        [stored] = sim.covers
        assert sim.archives[0].cover == stored.url
        assert [seen.interface for seen in sim.seen("cover")] == ["web"]

    async def test_one_that_was_stored_is_not_sent_again(self, today: Today, sim: Simulator, cover: bytes):
        """When submitting failed."""
        sim.faults.add("submit", Code(21001))
        uploader = today.make(cover=cover)
        await today.ends_with(uploader)
        await today.ends_right(uploader)
        assert today.count("cover", "submit", "part") == [1, 2, PARTS]


async def test_the_bytes_of_no_part_were_touched_by_any_of_this(today: Today, sim: Simulator):
    """Faults on every part and every host, ten threads: the file is the file."""
    sim.limits.threads = 10
    for number in range(1, PARTS + 1):
        sim.faults.add("part", Cut(after=999 * number), part=number)
        sim.faults.add("part", Status(500), part=number)
        sim.faults.add("part", LostAnswer(), part=number)
    await today.ends_right(today.make(threads=10))
    assert sim.videos[0].size == len(DATA)
