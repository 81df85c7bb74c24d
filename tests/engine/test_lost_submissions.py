"""Uploads whose submission was not answered: one archive, one more try, or a question to the user."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import Today, simulator_of_today

from bilibili_api.engine.reconcile import LOOKS, MOST_PAGES, PAGE_SIZE
from bilibili_api.exceptions import SubmissionUnknown
from bilibili_api.simulator import Altered, Code, Cut, LostAnswer, Simulator, Stall, Status
from bilibili_api.video_uploader import VideoUploaderCredential

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Fault
    from bilibili_api.video_uploader import Options

VIDEO = b"a video"
INTERFACES = ("app", "web", "web-v1", "bcut-android", "bcut-pc")


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


def submissions(sim: Simulator) -> int:
    return len(sim.seen("submit"))


async def unknown(today: Today, **given: Any) -> str:
    """Upload; return why it ended in SubmissionUnknown after one submission."""
    error = await today.ends_with(today.make(VIDEO, **given))
    assert (type(error), submissions(today.sim)) == (SubmissionUnknown, 1)
    return str(error)


def videos(change: Callable[[Any], Any]) -> Altered:
    """Answers the list with other `Videos`."""

    def altered(answer: Any) -> Any:
        entries: list[dict[str, Any]] = answer["data"]["arc_audits"] or []
        for entry in entries:
            entry["Videos"] = change(entry["Videos"])
        return answer

    return Altered(altered)


class TestFound:
    """The archive is the result of the upload; nothing is submitted again."""

    @pytest.mark.parametrize("interface", INTERFACES)
    async def test_whatever_interface_it_was_submitted_through(
        self, today: Today, sim: Simulator, interface: str
    ):
        """The list is the account's."""
        sim.faults.add("submit", LostAnswer())
        await today.ends_right(today.make(VIDEO, interface=interface), VIDEO)
        assert submissions(sim) == 1

    @pytest.mark.parametrize("status", [500, 502, 504])
    async def test_behind_a_gateway_that_gave_up(self, today: Today, sim: Simulator, status: int):
        """The status says nothing about the submission."""
        sim.faults.add("submit", LostAnswer(status=status))
        await today.ends_right(today.make(VIDEO), VIDEO)
        assert submissions(sim) == 1

    @pytest.mark.parametrize("code", [-500, -504, -8888])
    async def test_behind_a_service_that_had_trouble(self, today: Today, sim: Simulator, code: int):
        """It may have made the archive first."""
        sim.faults.add("submit", Altered(lambda _: {"code": code, "message": "trouble"}))
        await today.ends_right(today.make(VIDEO), VIDEO)
        assert submissions(sim) == 1

    @pytest.mark.parametrize("state", [0, -2, -16, -40])
    async def test_in_whatever_state_it_is(self, today: Today, sim: Simulator, state: int):
        """Public, rejected, failed, scheduled: it was decided over before it was looked for."""
        sim.faults.add("submit", LostAnswer())
        hanging = sim.faults.add("archives", Stall())
        uploader = today.make(VIDEO)
        running = asyncio.create_task(uploader.start())
        await hanging.fired.wait()
        await uploader.abort()
        await running
        sim.reviews.set(sim.archives[0], state)
        await today.ends_right(uploader, VIDEO)

    async def test_when_it_is_listed_late(self, today: Today, sim: Simulator):
        """It is looked for several times."""
        sim.listing.delay = sum(LOOKS) - 1
        sim.faults.add("submit", LostAnswer())
        await today.ends_right(today.make(VIDEO), VIDEO)
        assert submissions(sim) == 1

    async def test_behind_newer_ones(self, today: Today, sim: Simulator):
        """The list is read page by page."""
        sim.faults.add("archives", behind_others(), times=None)
        sim.faults.add("submit", LostAnswer())
        await today.ends_right(today.make(VIDEO), VIDEO)
        assert submissions(sim) == 1


class TestAbsent:
    """What is proven not to exist is submitted once more."""

    @pytest.mark.parametrize("fault", [Cut(), Status(500)], ids=repr)
    async def test_the_list_is_looked_at_several_times(
        self, today: Today, sim: Simulator, fake: FakeWorld, fault: Fault
    ):
        """The last time later than any answer is waited for."""
        sim.faults.add("submit", fault)
        await today.ends_right(today.make(VIDEO), VIDEO)
        assert (submissions(sim), len(sim.seen("archives"))) == (2, 3 * len(LOOKS))
        assert sum(fake.naps) >= sum(LOOKS)

    async def test_an_archive_of_the_same_title_is_another_one(self, today: Today, sim: Simulator):
        """Only the stored names tell."""
        await today.make(b"an earlier one").start()
        sim.faults.add("submit", Cut())
        await today.make(VIDEO).start()
        assert (submissions(sim), len(sim.archives)) == (3, 2)


class TestUnknown:
    """What is not proven is unknown: the user is asked, and nothing is submitted."""

    async def test_a_login_without_cookies(self, today: Today, sim: Simulator):
        """What a token may list is not known."""
        sim.faults.add("submit", LostAnswer())
        assert "TV QR code" in await unknown(today, has="token", line="pc")

    SILENT: tuple[Any, ...] = (
        videos(lambda _: None),
        videos(lambda _: []),
        videos(lambda parts: [{**part, "filename": ""} for part in parts]),
    )

    @pytest.mark.parametrize("silent", SILENT, ids=["no parts", "an empty list", "no names"])
    async def test_an_archive_that_does_not_tell_its_files(
        self, today: Today, sim: Simulator, silent: Altered
    ):
        """It may be the one, and is."""
        sim.faults.add("archives", silent, times=None)
        sim.faults.add("submit", LostAnswer())
        assert "does not tell the files" in await unknown(today)

    @pytest.mark.parametrize("refusal", [Code(-400), Code(-352), Status(412)], ids=repr)
    async def test_a_list_that_is_refused(self, today: Today, sim: Simulator, refusal: Fault):
        """The error of the list is told, too."""
        sim.faults.add("archives", refusal, times=None)
        sim.faults.add("submit", Cut())
        assert "could not be found out" in await unknown(today)

    async def test_an_archive_with_some_of_the_files(self, today: Today, sim: Simulator):
        """Somebody has edited it, or the list does not know all parts yet."""
        sim.faults.add("archives", videos(lambda parts: parts[:1]), times=None)
        sim.faults.add("submit", LostAnswer())
        error = await today.ends_with(today.make(VIDEO, b"another"))
        assert (type(error), "1 of the 2 stored files" in str(error)) == (SubmissionUnknown, True)

    async def test_more_archives_than_are_read(self, today: Today, sim: Simulator):
        """A list that never ends proves nothing."""
        sim.faults.add("archives", endless(), times=None)
        sim.faults.add("submit", Cut())
        assert "too many archives" in await unknown(today)
        assert len(sim.seen("archives")) <= 3 * MOST_PAGES * len(LOOKS)

    async def test_cookies_of_another_account(
        self, today: Today, sim: Simulator, account: Account, options: Options
    ):
        """Their list says nothing about this upload."""
        bob = sim.add_account("bob", "pw")
        mixed = VideoUploaderCredential(
            access_key=account.access_key, platform="BiliTV", cookies=sim.cookies(bob), options=options
        )
        sim.faults.add("submit", Cut())
        error = await today.ends_with(today.make(VIDEO, credential=mixed))
        assert (type(error), "another account" in str(error)) == (SubmissionUnknown, True)


def others(first: int) -> list[dict[str, Any]]:
    """A page of the list with archives that have nothing to do with the upload."""
    return [
        {
            "Archive": {"aid": aid, "bvid": f"BV1xx411c7{aid:02}", "title": "t", "state": 0, "ctime": 0},
            "Videos": [{"filename": f"n{aid}", "cid": aid, "title": "P1", "status": 0}],
        }
        for aid in range(first, first + PAGE_SIZE)
    ]


def endless() -> Altered:
    """Answers with as many pages as one likes."""
    firsts = itertools.count(1, PAGE_SIZE)

    def altered(answer: Any) -> Any:
        answer["data"]["arc_audits"] = others(next(firsts))
        answer["data"]["page"]["count"] = 10**6
        return answer

    return Altered(altered)


def behind_others() -> Altered:
    """What there is, comes on the second page."""
    own: list[Any] = []

    def altered(answer: Any) -> Any:
        data = answer["data"]
        if data["page"]["pn"] == 1:
            own[:] = data["arc_audits"] or []
        data["arc_audits"] = others(1) if data["page"]["pn"] == 1 else list(own)
        data["page"]["count"] = PAGE_SIZE + len(own)
        return answer

    return Altered(altered)


async def test_a_login_of_another_account_proves_nothing(today: Today, sim: Simulator, options: Options):
    """The archive would be in the list of the account that stored the pages."""
    sim.faults.add("archives", Status(412))
    sim.faults.add("submit", LostAnswer())
    uploader = today.make(VIDEO)
    await today.ends_with(uploader)
    bob = Today(sim, sim.add_account("bob", "pw"), options)
    uploader.credential = bob.credential("cookies")
    error = await bob.ends_with(uploader)
    assert (type(error), "another account" in str(error), submissions(sim)) == (SubmissionUnknown, True, 1)
