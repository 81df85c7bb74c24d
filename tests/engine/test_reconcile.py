"""Submissions whose answer was lost: found in the account's archives, proven not to be there, or unknown."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import Today, simulator_of_today

from bilibili_api.engine.calls import Calls
from bilibili_api.engine.http import Http
from bilibili_api.engine.reconcile import Verdict, reconcile
from bilibili_api.exceptions import SubmissionUnknown
from bilibili_api.simulator import Altered, Answer, Code, Cut, LostAnswer, Simulator, Status
from bilibili_api.video_uploader import VideoUploaderCredential

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from tests.kit import FakeWorld

    from bilibili_api.engine.reconcile import Reconciled
    from bilibili_api.simulator import Account, Fault, Received
    from bilibili_api.video_uploader import Options

DAY = 86400
LONG_AGO = 30 * DAY
LOOKS = 3
STATES = 3
"""Each look asks once for archives in progress, once for those that passed, once for rejected ones."""


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        running.interfaces["client"].answer = None  # as it was until July 2025
        yield running


class Lost:
    """An account that submits, and looks for what it submitted."""

    def __init__(self, today: Today, fake: FakeWorld) -> None:
        self.today, self.sim, self.fake = today, today.sim, fake

    async def publish(self, *contents: bytes, **given: Any) -> list[str]:
        """Publish a video; return the stored names of its parts."""
        await self.today.make(*(contents or (b"video",)), **given).start()
        return [video.filename for video in self.sim.archives[-1].videos]

    async def look(
        self,
        names: Sequence[str],
        *,
        credential: VideoUploaderCredential | None = None,
        options: Options | None = None,
        since: float | None = None,
        mid: int = 0,
    ) -> Reconciled:
        options = options or self.today.options
        since = options.world.now() if since is None else since
        async with Http(options) as http:
            calls = Calls(http, options, credential or self.today.credential())
            return await reconcile(calls, names, since, mid=mid)

    @property
    def asked(self) -> int:
        """How many pages of the list were asked for."""
        return len(self.sim.seen("archives"))


@pytest.fixture
def lost(sim: Simulator, account: Account, options: Options, fake: FakeWorld) -> Lost:
    return Lost(Today(sim, account, options), fake)


def entry(fake: FakeWorld, number: int, age: float = 0, **changes: Any) -> dict[str, Any]:
    """An archive of one part, `n<number>`, as it stands in the list."""
    archive = {"aid": number, "bvid": f"BV{number}", "state": -30, "ctime": int(fake.now() - age)}
    return {"Archive": archive, "Videos": [{"filename": f"n{number}"}]} | changes


def lists(entries: Sequence[dict[str, Any]], size: int = 30, count: int | None = None) -> Altered:
    """The list answers with pages of these archives."""

    def change(answer: Any) -> Any:
        page = answer["data"]["page"]
        begin = (page["pn"] - 1) * size
        shown = list(entries[begin : begin + size]) or None
        page = {**page, "ps": size, "count": len(entries) if count is None else count}
        return {"code": 0, "data": {"page": page, "arc_audits": shown}}

    return Altered(change)


def order(sim: Simulator, fault: Fault, status: str = "is_pubing") -> None:
    """Whoever asks for archives of this status gets this."""

    def concerns(received: Received) -> bool:
        return received.query_value("status") == status

    sim.faults.add("archives", fault, times=None, when=concerns)


class TestFound:
    """The archive is in the list: there is nothing left to do."""

    @pytest.mark.parametrize("interface", ["client", "app", "web", "web-v1", "bcut-android", "bcut-pc"])
    async def test_an_archive_is_found_whichever_way_it_was_submitted(
        self, lost: Lost, sim: Simulator, interface: str
    ):
        """At the first request, by the stored names; nobody waits."""
        names = await lost.publish(b"one", b"two", interface=interface)
        lost.fake.naps.clear()
        found = await lost.look(names)
        [archive] = sim.archives
        assert (archive.interface, found.verdict) == (interface, Verdict.FOUND)
        assert (found.aid, found.bvid) == (archive.aid, archive.bvid)
        assert (lost.asked, lost.fake.naps, archive.bvid in found.reason) == (1, [], True)

    @pytest.mark.parametrize("fault", [LostAnswer(), LostAnswer(502)], ids=repr)
    async def test_one_whose_answer_was_lost_is_found(self, lost: Lost, sim: Simulator, fault: Fault):
        """Whether the connection broke or a gateway answered instead: the upload ends as if nothing was."""
        rule = sim.faults.add("submit", fault)
        names = await lost.publish()
        assert (await lost.look(names)).verdict is Verdict.FOUND
        assert (rule.hits, len(sim.seen("submit")), len(sim.archives)) == (1, 1, 1)

    @pytest.mark.parametrize("state", [0, -2, -4, -16, -30, -40, -50])
    async def test_it_is_found_in_every_state(self, lost: Lost, sim: Simulator, state: int):
        """Review and transcoding may be faster than we are."""
        names = await lost.publish()
        sim.reviews.set(sim.archives[0], state)
        assert (await lost.look(names)).verdict is Verdict.FOUND

    @pytest.mark.parametrize(("delay", "naps"), [(20, [30.0]), (60, [30.0, 60.0])])
    async def test_one_that_is_listed_late_is_found_by_a_later_look(
        self, lost: Lost, sim: Simulator, delay: float, naps: list[float]
    ):
        """By the clock."""
        sim.listing.delay = delay
        names = await lost.publish()
        lost.fake.naps.clear()
        assert (await lost.look(names)).verdict is Verdict.FOUND
        assert lost.fake.naps == naps

    @pytest.mark.parametrize("requests", [1, STATES, 2 * STATES])
    async def test_one_that_the_first_requests_do_not_show_is_found(
        self, lost: Lost, sim: Simulator, requests: int
    ):
        """By the number of requests; a state is asked for again in each look."""
        sim.listing.requests = requests
        assert (await lost.look(await lost.publish())).verdict is Verdict.FOUND

    async def test_it_is_found_on_a_later_page(self, lost: Lost, sim: Simulator):
        """Newer ones are before it."""
        order(sim, lists([entry(lost.fake, number) for number in range(1, 6)], size=2))
        found = await lost.look(["n5"])
        assert (found.verdict, found.bvid, lost.asked) == (Verdict.FOUND, "BV5", 3)

    async def test_its_age_plays_no_part(self, lost: Lost, sim: Simulator):
        """What holds the stored files is of this upload, whatever the clocks say."""
        order(sim, lists([entry(lost.fake, 1, age=LONG_AGO)]))
        assert (await lost.look(["n1"])).verdict is Verdict.FOUND

    async def test_parts_that_were_added_since_do_no_harm(self, lost: Lost, sim: Simulator):
        """By editing it; even where their names are not told."""
        videos = [{"filename": "n1"}, {"filename": "n2"}, {"cid": 3}]
        order(sim, lists([entry(lost.fake, 1, Videos=videos)]))
        assert (await lost.look(["n2", "n1"])).verdict is Verdict.FOUND

    async def test_trouble_that_passes_is_got_over(self, lost: Lost, sim: Simulator):
        """With the patience of every call."""
        names = await lost.publish()
        for fault in (Status(503), Cut()):
            sim.faults.add("archives", fault)
        assert (await lost.look(names)).verdict is Verdict.FOUND

    async def test_a_login_that_expired_is_renewed_for_it(
        self, lost: Lost, sim: Simulator, account: Account, options: Options
    ):
        """As for any other call."""
        names, login = await lost.publish(), sim.log_in(account)
        renewable = VideoUploaderCredential(
            access_key=login.access_token,
            refresh_token=login.refresh_token,
            cookies=login.cookies,
            platform="BiliTV",
            options=options,
        )
        sim.faults.add("archives", Code(-101))
        assert (await lost.look(names, credential=renewable)).verdict is Verdict.FOUND
        assert len(sim.seen("refresh")) == 1


class TestAbsent:
    """That there is no archive is proven, so that it may be submitted once more."""

    @pytest.mark.parametrize("has", ["token and cookies", "cookies"])
    async def test_it_takes_three_looks_at_every_state(self, lost: Lost, has: str):
        """Over a minute and a half, since a new archive may be listed late."""
        await lost.publish()
        lost.fake.naps.clear()
        found = await lost.look(["another"], credential=lost.today.credential(has))
        assert (found.verdict, found.aid, found.bvid) == (Verdict.ABSENT, 0, "")
        assert (lost.asked, lost.fake.naps) == (LOOKS * STATES, [30.0, 60.0])
        assert "read 3 times within 90 seconds" in found.reason

    @pytest.mark.parametrize("fault", [Cut(), Status(502)], ids=repr)
    async def test_a_submission_that_was_lost_on_its_way_is_absent(
        self, lost: Lost, sim: Simulator, fault: Fault
    ):
        """It looks like a lost answer and made nothing; an account without archives has a list that is null."""
        sim.faults.add("submit", fault, times=None)
        with pytest.raises(SubmissionUnknown):
            await lost.publish()
        assert (await lost.look([sim.videos[0].filename])).verdict is Verdict.ABSENT

    async def test_old_pages_end_the_list(self, lost: Lost, sim: Simulator):
        """A whole page that is older than the submission by more than a day; the rest is older still."""
        ages = [0, 0, LONG_AGO, 0, LONG_AGO, LONG_AGO, LONG_AGO, LONG_AGO]
        entries = [entry(lost.fake, number, age) for number, age in enumerate(ages, 1)]
        order(sim, lists(entries, size=2))
        found = await lost.look(["another"])
        assert (found.verdict, lost.asked) == (Verdict.ABSENT, LOOKS * (3 + STATES - 1))

    async def test_old_archives_may_be_silent_about_their_parts(self, lost: Lost, sim: Simulator):
        """They were there before."""
        order(sim, lists([entry(lost.fake, 1, LONG_AGO, Videos=None), entry(lost.fake, 2)]))
        assert (await lost.look(["another"])).verdict is Verdict.ABSENT


SILENT: dict[str, Any] = {
    "null": {"Videos": None},
    "empty": {"Videos": []},
    "without a name": {"Videos": [{"cid": 1}]},
    "with an empty name": {"Videos": [{"filename": ""}]},
    "without a time": {"Archive": {"aid": 1, "bvid": "BV1", "state": -30}, "Videos": None},
}

BY_LIST: dict[str, Callable[[FakeWorld], tuple[Fault, str]]] = {
    "a part of the files": lambda fake: (
        lists([entry(fake, 1)]),
        "BV1 holds 1 of the 2 stored files",
    ),
    "fewer than are counted": lambda fake: (
        lists([entry(fake, 3)], count=2),
        "counts 2 archives as 'is_pubing' and shows only 1",
    ),
    "null where some are counted": lambda _: (lists([], count=2), "shows only 0"),
    "the same page for ever": lambda fake: (
        lists([entry(fake, 3)] * 900),
        "counts 900 archives as 'is_pubing' and shows only 1",
    ),
    "more than can be read": lambda fake: (
        lists([entry(fake, number) for number in range(3, 30)], size=1),
        "too many archives",
    ),
}


class TestUnknown:
    """Neither is proven: nothing may be submitted again, and the reason says why."""

    @pytest.mark.parametrize("changes", SILENT.values(), ids=SILENT)
    async def test_a_young_archive_is_silent_about_its_parts(
        self, lost: Lost, sim: Simulator, changes: dict[str, Any]
    ):
        """It could be the one."""
        order(sim, lists([entry(lost.fake, 1, **changes)]))
        found = await lost.look(["another"])
        assert (found.verdict, found.bvid) == (Verdict.UNKNOWN, "")
        assert "does not tell the files of BV1" in found.reason

    @pytest.mark.parametrize("case", BY_LIST.values(), ids=BY_LIST)
    async def test_the_list_leaves_it_open(
        self, lost: Lost, sim: Simulator, case: Callable[[FakeWorld], tuple[Fault, str]]
    ):
        """Looks go on, since a later one may show more; then what was seen is told."""
        fault, words = case(lost.fake)
        order(sim, fault)
        found = await lost.look(["n1", "n2"])
        assert (found.verdict, found.aid, found.bvid) == (Verdict.UNKNOWN, 0, "")
        assert words in found.reason
        assert lost.fake.naps == [30.0, 60.0]

    async def test_one_look_in_doubt_is_enough(self, lost: Lost, sim: Simulator):
        """A list that changes its mind proves nothing."""
        sim.faults.add("archives", lists([entry(lost.fake, 1, Videos=None)]))
        assert (await lost.look(["another"])).verdict is Verdict.UNKNOWN

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (Code(-101), "not logged in"),
            (Code(-352), "Publish one video by hand"),
            (Code(-412), "address is blocked"),
            (Code(-99999), "code -99999"),
            (Status(412), "HTTP 412"),
            (Status(503), "503"),
            (Cut(), "connection"),
            (Answer(body=b"<html>"), "not a JSON object"),
            (Answer(body=b'{"code":0,"data":{}}'), "lacks"),
        ],
        ids=repr,
    )
    async def test_the_list_cannot_be_had(self, lost: Lost, sim: Simulator, fault: Fault, words: str):
        """The error is told, not raised, with what to do about it."""
        sim.faults.add("archives", fault, times=None)
        found = await lost.look(["n1"])
        assert found.verdict is Verdict.UNKNOWN
        assert words in found.reason
        assert found.reason.startswith("Whether there is an archive could not be found out: ")

    @pytest.mark.parametrize("has", ["key", "token"])
    async def test_a_token_alone_lists_nothing(self, lost: Lost, has: str):
        """The user is told which login does."""
        found = await lost.look(["n1"], credential=lost.today.credential(has))
        assert (found.verdict, lost.asked, lost.fake.naps) == (Verdict.UNKNOWN, 0, [])
        assert "TV QR code" in found.reason

    async def test_a_dead_login_is_told(self, lost: Lost, sim: Simulator, account: Account):
        """Before anything is asked for."""
        credential = lost.today.credential("cookies")
        sim.expire_login(account)
        found = await lost.look(["n1"], credential=credential)
        assert (found.verdict, "not logged in" in found.reason) == (Verdict.UNKNOWN, True)

    async def test_the_list_of_another_account_proves_nothing(
        self, lost: Lost, sim: Simulator, account: Account, options: Options
    ):
        """Cookies and access key of two accounts: the archive belongs to the one, the list to the other."""
        other = sim.add_account("bob", "demo password")
        mixed = VideoUploaderCredential(
            access_key=account.access_key, platform="BiliTV", cookies=sim.cookies(other), options=options
        )
        found = await lost.look(await lost.publish(), credential=mixed)
        assert (found.verdict, lost.asked) == (Verdict.UNKNOWN, STATES)
        assert "another account" in found.reason

    async def test_a_login_of_another_account_proves_nothing(
        self, lost: Lost, sim: Simulator, account: Account, options: Options
    ):
        """Where it is known who submitted."""
        other = sim.add_account("bob", "demo password")
        cookies = VideoUploaderCredential(cookies=sim.cookies(other), options=options)
        found = await lost.look(await lost.publish(), credential=cookies, mid=account.mid)
        assert (found.verdict, "another account" in found.reason) == (Verdict.UNKNOWN, True)

    @pytest.mark.parametrize("names", [[], [""], ["n1", ""]])
    async def test_without_names_there_is_nothing_to_look_for(self, lost: Lost, names: list[str]):
        """No archive holds all of nothing."""
        await lost.publish()
        assert (await lost.look(names)).verdict is Verdict.UNKNOWN
        assert lost.asked == 0

    @pytest.mark.parametrize("ahead", [40 * DAY, 0.0], ids=["ours is ahead", "it was ahead"])
    async def test_a_clock_that_is_wrong_makes_no_archive_old(self, lost: Lost, sim: Simulator, ahead: float):
        """A submission from the future: archives of today could all be taken for older ones."""
        order(sim, lists([entry(lost.fake, 1, Videos=None)]))
        given = lost.today.options
        options = replace(given, world=replace(given.world, now=lambda: lost.fake.now() + ahead))
        found = await lost.look(["another"], options=options, since=lost.fake.now() + 40 * DAY)
        assert found.verdict is Verdict.UNKNOWN


async def test_a_cancellation_passes_through(lost: Lost, options: Options):
    """Whoever waits for the next look can be stopped."""
    pausing = asyncio.Event()

    async def sleep(_: float) -> None:
        pausing.set()
        await asyncio.Event().wait()

    stuck = replace(options, world=replace(options.world, sleep=sleep))
    looking = asyncio.create_task(lost.look(["n1"], options=stuck))
    await pausing.wait()
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking


async def test_no_reason_shows_a_secret(lost: Lost, sim: Simulator):
    """Not even the answer's own words."""
    cookies = lost.today.credential("cookies").cookies
    sim.faults.add("archives", Code(-352, f"SESSDATA={cookies['SESSDATA']}"), times=None)
    assert cookies["SESSDATA"] not in (await lost.look(["n1"])).reason
