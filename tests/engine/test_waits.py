"""Waits are told as they begin, can be seen while they last, and end at once when the upload is stopped."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.published_events import assert_as_published
from tests.engine.today import Today, simulator_of_today
from tests.engine.weather import HeldWorld
from tests.kit import listen, names, until

from bilibili_api.amounts import moment_text
from bilibili_api.engine.options import Options
from bilibili_api.engine.pacer import GAP, MemoryPacer, Turns, account_of, pacer_of
from bilibili_api.engine.retry import Effort
from bilibili_api.engine.waits import LONG, Wait, Waits
from bilibili_api.exceptions import ApiException, ConnectionLost, ProxyFailed, Retry, Unreachable
from bilibili_api.protocol.codes import Step, refusal
from bilibili_api.protocol.cookies import Cookies
from bilibili_api.protocol.interfaces import Access
from bilibili_api.redaction import Secret
from bilibili_api.simulator import Code, RateLimited, Status
from bilibili_api.video_uploader import Server, VideoUploaderEvents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Fault, Simulator
    from bilibili_api.simulator import Step as Stage

NEW = {"RETRY", "WAITING"}
LIMIT = refusal(Step.PREUPLOAD, 601, "too fast", {})
TROUBLE = refusal(Step.PREUPLOAD, -503, "busy", {})


class TestTold:
    """What is said about a wait."""

    async def wait(self, held: HeldWorld, error: ApiException, seconds: float) -> tuple[list[Any], Waits]:
        heard: list[Any] = []
        waits = Waits(held.world, lambda event, data: heard.append((event.name, data)))
        task = asyncio.create_task(waits.retry("preupload", error, seconds, 2))
        await until(lambda: held.sleepers)
        current = waits.current
        held.passes(seconds)
        await task
        assert waits.current is None
        assert current is None or current.until == held.world.now()
        return heard, waits

    async def test_a_short_wait_is_a_retry(self, caplog: pytest.LogCaptureFixture):
        """In seconds."""
        heard, _ = await self.wait(HeldWorld(), TROUBLE, LONG - 0.1)
        assert heard == [("RETRY", {"what": "preupload", "err": TROUBLE, "wait": LONG - 0.1, "attempt": 2})]
        assert "Trying again in 29.9 s." in caplog.text

    @pytest.mark.parametrize(
        ("error", "limit"),
        [
            (LIMIT, "too_fast"),
            (refusal(Step.SUBMIT, 21070, "", {}), "too_fast"),
            (refusal(Step.COVER, -509, "", {}), "too_fast"),
            (TROUBLE, "server"),
            (Unreachable("gone"), "network"),
            (ConnectionLost("gone"), "network"),
            (ProxyFailed("gone"), "network"),
        ],
        ids=lambda value: value if isinstance(value, str) else value.kind,
    )
    async def test_a_long_wait_is_told_with_the_time_of_its_end(self, error: ApiException, limit: str):
        """After RETRY."""
        held = HeldWorld()
        end = held.world.now() + 600
        heard, _ = await self.wait(held, error, 600)
        assert [name for name, _ in heard] == ["RETRY", "WAITING"]
        assert heard[1][1] == {"limit": limit, "until": end, "err": error}

    @pytest.mark.parametrize(
        ("seconds", "form"),
        [(30, "%H:%M:%S"), (600, "%H:%M"), (86400, None)],
    )
    async def test_the_log_says_when_by_the_clock_on_the_wall(
        self, seconds: float, form: str | None, caplog: pytest.LogCaptureFixture
    ):
        """To the second where that matters, with day and zone where it is another day."""
        held = HeldWorld()
        end = held.world.now() + seconds
        await self.wait(held, LIMIT, seconds)
        clock = moment_text(end) if form is None else time.strftime(form, time.localtime(end))
        assert f"Next try {clock}." in caplog.text

    async def test_of_several_waits_the_first_to_end_is_seen(self):
        """Whichever began first."""
        held = HeldWorld()
        waits = Waits(held.world)
        tasks = [
            asyncio.create_task(waits.retry("x", error, seconds, 1))
            for error, seconds in ((LIMIT, 600.0), (TROUBLE, 60.0))
        ]
        await until(lambda: len(held.sleepers) == 2)
        assert waits.current == Wait(held.world.now() + 60, "server")
        held.passes(60)
        await until(tasks[1].done)
        assert waits.current == Wait(held.world.now() + 540, "too_fast")
        held.passes(600)
        await asyncio.gather(*tasks)

    def test_every_member_of_the_enumeration_has_a_name_of_its_own(self):
        """What is new is spelt as it is called."""
        for name in ("RESUMED", "RETRY", "WAITING", "LINE_CHANGED"):
            assert VideoUploaderEvents[name].value == name


class TestEffort:
    """What counts against a budget."""

    async def spent(self, effort: Effort, error: ApiException) -> float | None:
        effort.begins()
        effort.failed(error)
        return await effort.wait(error)

    async def test_each_kind_of_trouble_has_a_budget_of_its_own(self, fake: FakeWorld):
        """Hours for which a limit was waited for leave the patience with a server in trouble as it was."""
        effort = Effort(Step.PREUPLOAD, Options(world=fake.world))
        for _ in range(6):
            assert await self.spent(effort, LIMIT)
        assert await self.spent(effort, LIMIT) is None
        assert await self.spent(effort, TROUBLE) == 0.75

    async def test_an_answer_ends_an_outage(self, fake: FakeWorld):
        """The next one may last as long again."""
        effort = Effort(Step.COVER, Options(world=fake.world))
        waits: list[float] = []
        while (wait := await self.spent(effort, Unreachable("gone"))) is not None:
            waits.append(wait)
        assert sum(waits) > 23 * 3600
        assert await self.spent(effort, TROUBLE)
        assert await self.spent(effort, Unreachable("gone")) == waits[0]

    async def test_progress_elsewhere_renews_the_budget_and_not_the_pauses(self, fake: FakeWorld):
        """One part that fails while others go through is not hammered with."""
        effort = Effort(Step.CHUNK, Options(world=fake.world))
        waits: list[float] = []
        while (wait := await self.spent(effort, ConnectionLost("gone"))) is not None:
            waits.append(wait)
        effort.renew()
        assert await self.spent(effort, ConnectionLost("gone")) == waits[-1]

    async def test_elsewhere_is_asked_about_when_the_budget_is_spent(self, fake: FakeWorld):
        """Before an outage is waited through; the error then says what helps."""
        effort, asked = Effort(Step.INIT, Options(world=fake.world)), [False, True]

        async def leave(_: ApiException) -> bool:
            return asked.pop(0)

        spent = 0.0
        while True:
            error = Unreachable("gone")
            effort.begins()
            effort.failed(error)
            wait = await effort.wait(error, leave)
            if wait is None:
                break
            spent += wait
        assert (error.retry, asked) == (Retry.OTHER_LINE, [])
        assert 250 < spent < 400


ALICE, BOB = "1", "2"


class TestPacer:
    """The uploads of an account keep together to its limits."""

    @pytest.fixture
    def pacer(self, fake: FakeWorld) -> MemoryPacer:
        return MemoryPacer(fake.world)

    async def test_who_met_no_limit_waits_for_nothing(self, pacer: MemoryPacer):
        """However often."""
        assert [await pacer.turn(ALICE, "submit") for _ in range(9)] == [0] * 9

    async def test_a_refusal_holds_for_all_of_the_account(self, pacer: MemoryPacer, fake: FakeWorld):
        """And for nobody else, and for nothing else."""
        await pacer.refused(ALICE, "preupload", 600)
        fake.naps.append(100)
        assert await pacer.turn(ALICE, "preupload") == 500
        assert (await pacer.turn(BOB, "preupload"), await pacer.turn(ALICE, "submit")) == (0, 0)

    async def test_afterwards_they_go_one_by_one(self, pacer: MemoryPacer, fake: FakeWorld):
        """A crowd at the door would be refused again."""
        await pacer.refused(ALICE, "preupload", 600)
        fake.naps.append(600)
        assert [await pacer.turn(ALICE, "preupload") for _ in range(2)] == [0, GAP]
        fake.naps.append(GAP)
        assert await pacer.turn(ALICE, "preupload") == 0

    async def test_an_hour_later_it_is_forgiven(self, pacer: MemoryPacer, fake: FakeWorld):
        """No gap any more."""
        await pacer.refused(ALICE, "preupload", 600)
        fake.naps.append(600 + 3600)
        assert [await pacer.turn(ALICE, "preupload") for _ in range(3)] == [0] * 3

    async def test_the_longest_refusal_counts(self, pacer: MemoryPacer):
        """A later one does not shorten it."""
        await pacer.refused(ALICE, "preupload", 1200)
        await pacer.refused(ALICE, "preupload", 600)
        assert await pacer.turn(ALICE, "preupload") == 1200

    def test_a_process_shares_one_for_each_server(self, fake: FakeWorld):
        """Unless the options bring one."""
        options = Options(world=fake.world)
        assert pacer_of(options) is pacer_of(Options(world=fake.world))
        assert pacer_of(options) is not pacer_of(replace(options, server=Server("https://127.0.0.1:1")))
        own = MemoryPacer(fake.world)
        assert pacer_of(replace(options, pacer=own)) is own

    def test_an_account_is_named_by_its_number_or_by_a_digest(self):
        """Never by what it logs in with."""
        jar = {"SESSDATA": "s", "bili_jct": "0" * 32}
        assert account_of(Access(cookies=Cookies({**jar, "DedeUserID": "10001"}))) == "10001"
        token, cookies = account_of(Access(token=Secret("a" * 32))), account_of(Access(cookies=Cookies(jar)))
        assert re.fullmatch("[0-9a-f]{16}", token)
        assert re.fullmatch("[0-9a-f]{16}", cookies)
        assert token != cookies

    def test_only_what_is_limited_by_the_account_needs_a_turn(self, fake: FakeWorld):
        """Parts and completions go as they like."""
        paced = {step for step in Step if Turns.of(Options(world=fake.world), Access(), step)}
        assert paced == {Step.PREUPLOAD, Step.SUBMIT}


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def held(fake: FakeWorld) -> HeldWorld:
    return HeldWorld(fake.now())


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options, held: HeldWorld) -> Today:
    return Today(sim, account, replace(options, world=held.world))


async def test_an_upload_waits_for_the_limit_that_another_one_has_met(
    today: Today, sim: Simulator, held: HeldWorld, caplog: pytest.LogCaptureFixture
):
    """Bilibili is asked once, not once by each; afterwards one after the other, and both are published."""
    sim.faults.add("preupload", RateLimited())
    first, second = today.make(), today.make(b"second")
    heard = listen(second)
    one = asyncio.create_task(first.start())
    await until(lambda: held.sleepers)
    two = asyncio.create_task(second.start())
    await until(lambda: len(held.sleepers) == 2)
    assert (held.sleepers, today.count("preupload")) == ([600, 600], [1])
    assert (second.progress.waiting_for, second.progress.waiting_until) == (
        "too_fast",
        held.world.now() + 600,
    )
    assert "Another upload of this account was told to slow down. Next try" in caplog.text
    held.passes(600)
    await until(lambda: held.sleepers == [GAP])
    held.passes(GAP)
    assert await one
    assert await two
    assert (today.count("preupload"), len(sim.archives)) == ([3], 2)
    assert_as_published([told for told in heard if told[0] in NEW])
    assert [data["err"] for name, data in heard if name == "WAITING"] == [None] * 2


STOPPED: list[tuple[Stage, Fault]] = [
    ("preupload", RateLimited()),
    ("init", Status(503)),
    ("part", Status(503)),
    ("complete", Status(503)),
    ("submit", RateLimited()),
    ("cover", Code(-509)),
]


@pytest.mark.parametrize(
    ("step", "fault"), STOPPED, ids=lambda value: value if isinstance(value, str) else ""
)
@pytest.mark.parametrize("how", ["cancel", "abort"])
async def test_a_stop_during_a_wait_ends_it_at_once(
    today: Today, sim: Simulator, held: HeldWorld, cover: bytes, step: Stage, fault: Fault, how: str
):
    """Whatever was waited for; nothing is asked any more, and the next start() goes on."""
    sim.faults.add(step, fault)
    uploader = today.make(cover=cover, threads=1)
    heard = listen(uploader)
    starting = asyncio.create_task(uploader.start())
    await until(lambda: held.sleepers)
    asked = len(sim.exchanges)
    if how == "abort":
        await asyncio.wait_for(uploader.abort(), 2)
        assert await starting is None
    else:
        starting.cancel()
        await asyncio.wait([starting], timeout=2)
        assert starting.cancelled()
    assert (len(sim.exchanges), held.sleepers, uploader.progress.waiting_until) == (asked, [], None)
    assert "RETRY" in names(heard)
    held.passes(3600)
    await today.ends_right(uploader)
    assert_as_published([told for told in heard if told[0] in NEW])
