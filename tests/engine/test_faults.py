"""Whatever goes wrong on the way: the upload still ends right, or ends with the error that names the cause."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.streams import Flow
from tests.kit import content, good_meta, key_of, listen, make_uploader, names, password_of

from bilibili_api.exceptions import ApiException, Retry, SubmissionUnknown
from bilibili_api.simulator import (
    Answer,
    Captcha,
    Code,
    Cut,
    ExpiredToken,
    Fault,
    Latency,
    LostAnswer,
    NotOk,
    PhoneCheck,
    RateLimited,
    Simulator,
    Slow,
    Stall,
    Status,
)
from bilibili_api.video_uploader import Patience, Server, VideoUploaderPage

if TYPE_CHECKING:
    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Step
    from bilibili_api.video_uploader import Options, VideoUploader

CHUNK = 50_000
DATA = content(4 * CHUNK + 321)
MD5 = hashlib.md5(DATA).hexdigest()

EVERY = ("key", "login", "preupload", "chunk", "complete", "cover")
"""The steps that may be repeated without harm."""

PC_TOOL = {"line": "pc", "interface": "client"}
"""The line and the interface whose faults are tried here."""

HURRY = Patience(connect=0.7, stall=0.3, answer=0.7, complete=0.7)


class Upload:
    """One page of five chunks and a cover, logged in by password, three chunks at a time."""

    def __init__(self, sim: Simulator, account: Account, options: Options, cover: bytes) -> None:
        self.sim, self.account, self.options, self.cover = sim, account, options, cover

    def make(self, options: Options | None = None, *, by_key: bool = False, **given: Any) -> VideoUploader:
        options = options or self.options
        credential = (key_of if by_key else password_of)(self.account, options)
        given = {"threads": 3, "chunk_size": CHUNK, "cover": self.cover, **PC_TOOL} | given
        return make_uploader(self.account, options, DATA, credential=credential, **given)

    async def ends_right(self, uploader: VideoUploader) -> None:
        result = await uploader.start()
        [archive], [video] = self.sim.archives, self.sim.videos
        assert result == {"aid": archive.aid, "bvid": archive.bvid}
        assert (video.md5, video.size) == (MD5, len(DATA))

    async def ends_with(self, uploader: VideoUploader) -> ApiException:
        """The error, which must have been told as FAILED; unless its code is unknown, it says what to do."""
        heard = listen(uploader)
        with pytest.raises(ApiException) as caught:
            await uploader.start()
        assert caught.value.hint
        assert heard[-1] == ("FAILED", {"err": caught.value})
        return caught.value


@pytest.fixture
def upload(sim: Simulator, account: Account, options: Options, cover: bytes) -> Upload:
    return Upload(sim, account, options, cover)


def case_id(value: object) -> str:
    return value if isinstance(value, str) else repr(value)[:60]


PASSING: list[tuple[Step, Fault]] = [
    *((step, fault) for step in EVERY for fault in (Status(502), Cut(), LostAnswer(), RateLimited())),
    *(("chunk", Status(status)) for status in (408, 429, 500, 503, 504)),
    *((step, Code(-503)) for step in ("key", "login", "cover", "submit")),
    *((step, Latency(0.02)) for step in ("chunk", "submit")),
    ("login", Code(-662)),
    ("login", Code(86000)),
    ("preupload", Captcha()),
    ("preupload", ExpiredToken()),
    ("chunk", NotOk()),
    ("chunk", NotOk(ok=-1, status=408)),
    ("chunk", Answer(body=b"<html>hello</html>")),
    ("chunk", Answer(body=b"")),
    ("chunk", Cut(after=20_000)),
    ("chunk", Slow(bytes_per_second=1e6)),
    ("chunk", ExpiredToken()),
    ("chunk", Status(404)),
    ("complete", NotOk()),
    ("complete", Answer(body=b"")),
    ("complete", ExpiredToken()),
    ("complete", Status(404)),
    ("cover", ExpiredToken()),
    ("submit", ExpiredToken()),
    ("submit", RateLimited()),
    ("submit", Code(21186)),
    ("submit", Code(20001)),
    ("submit", Code(21005)),
    ("submit", Status(503)),
    ("submit", Status(429)),
    ("submit", Status(408)),
]


@pytest.mark.parametrize(("step", "fault"), PASSING, ids=case_id)
async def test_what_passes_is_got_over(upload: Upload, sim: Simulator, step: Step, fault: Fault):
    """One failure at one step: the video arrives as it is, and is published once."""
    rule = sim.faults.add(step, fault)
    await upload.ends_right(upload.make())
    assert rule.hits == 1


@pytest.mark.parametrize("step", EVERY)
async def test_a_server_that_falls_silent_is_got_over(
    upload: Upload, sim: Simulator, options: Options, step: Step
):
    """It stops in the middle of a body, or never answers; the next attempt goes through."""
    rule = sim.faults.add(step, Stall(after=10_000 if step == "chunk" else 0))
    await upload.ends_right(upload.make(replace(options, patience=HURRY)))
    assert rule.hits == 1


@pytest.mark.parametrize("step", ["chunk", "complete", "cover", "preupload"])
async def test_trouble_that_comes_several_times_is_got_over(upload: Upload, sim: Simulator, step: Step):
    """A count of three is no limit: time is."""
    rules = [sim.faults.add(step, Status(503), times=4), sim.faults.add(step, Cut(), times=4)]
    await upload.ends_right(upload.make())
    assert [rule.hits for rule in rules] == [4, 4]


async def test_everything_going_wrong_once_is_got_over(upload: Upload, sim: Simulator):
    """Each step fails before it works."""
    for step in EVERY:
        sim.faults.add(step, Status(502))
        sim.faults.add(step, LostAnswer())
    await upload.ends_right(upload.make())


FINAL: list[tuple[Step, Fault, str, Retry]] = [
    ("key", Code(-400), "BAD_REQUEST", Retry.NO),
    ("key", Answer(body=b"<html>"), "UNEXPECTED_ANSWER", Retry.NO),
    ("login", Captcha(), "CAPTCHA", Retry.HUMAN),
    ("login", PhoneCheck(), "VERIFICATION_REQUIRED", Retry.HUMAN),
    ("login", Code(86066), "LOGIN_RETIRED", Retry.NO),
    ("login", Code(-629), "WRONG_PASSWORD", Retry.NO),
    ("login", Code(-626), "NO_SUCH_ACCOUNT", Retry.NO),
    ("login", Code(-412), "ADDRESS_BLOCKED", Retry.LATER),
    ("login", Status(412), "ADDRESS_BLOCKED", Retry.LATER),
    ("login", Answer(body=b'{"code":0}'), "UNEXPECTED_ANSWER", Retry.NO),
    ("preupload", NotOk(), "NOT_OK", Retry.NO),
    ("preupload", Status(412), "ADDRESS_BLOCKED", Retry.LATER),
    ("preupload", Status(302), "REDIRECTED", Retry.NO),
    ("preupload", Answer(body=b"<html>"), "UNEXPECTED_ANSWER", Retry.NO),
    ("preupload", Answer(body=b'{"OK":1}'), "UNEXPECTED_ANSWER", Retry.NO),
    ("chunk", Status(400), "HTTP_STATUS", Retry.NO),
    ("chunk", Status(413), "HTTP_STATUS", Retry.NO),
    ("chunk", Status(307), "REDIRECTED", Retry.NO),
    ("complete", Status(400), "HTTP_STATUS", Retry.NO),
    ("cover", Code(-102), "ACCOUNT_BANNED", Retry.NO),
    ("cover", Code(12345), "REFUSED", Retry.NO),
    ("cover", Status(403), "HTTP_STATUS", Retry.NO),
    ("cover", Answer(body=b"[]"), "UNEXPECTED_ANSWER", Retry.NO),
    ("submit", Code(21590), "INTERFACE_RETIRED", Retry.OTHER_INTERFACE),
    ("submit", Code(21150), "INTERFACE_RETIRED", Retry.OTHER_INTERFACE),
    ("submit", Code(21566), "CAPTCHA", Retry.HUMAN),
    ("submit", Captcha(), "CAPTCHA", Retry.HUMAN),
    ("submit", Code(21001), "BAD_META", Retry.NO),
    ("submit", Code(21015), "BAD_PART", Retry.NO),
    ("submit", Code(-106), "ACCOUNT_INCOMPLETE", Retry.HUMAN),
    ("submit", Code(-500), "SUBMISSION_UNKNOWN", Retry.HUMAN),
    ("submit", Code(99999), "REFUSED", Retry.NO),
    ("submit", Code(-99999), "REFUSED", Retry.NO),
    ("submit", Status(403), "HTTP_STATUS", Retry.NO),
]


@pytest.mark.parametrize(("step", "fault", "kind", "retry"), FINAL, ids=case_id)
async def test_what_does_not_pass_is_named(
    upload: Upload, sim: Simulator, fake: FakeWorld, step: Step, fault: Fault, kind: str, retry: Retry
):
    """One answer is enough: nobody waits, nothing is asked twice, nothing is published."""
    rule = sim.faults.add(step, fault, times=None)
    error = await upload.ends_with(upload.make(threads=1))
    assert (error.kind, error.retry) == (kind, retry)
    assert (rule.hits, fake.naps, sim.archives) == (1, [], [])


@pytest.mark.parametrize("fault", [PhoneCheck(), Captcha()], ids=case_id)
async def test_a_login_that_wants_a_person_says_how_to_go_on(upload: Upload, sim: Simulator, fault: Fault):
    """By QR code, or with an access key: never a hang."""
    sim.faults.add("login", fault)
    error = await upload.ends_with(upload.make())
    assert ("QR" in error.hint, "access_key" in error.hint) == (True, True)


@pytest.mark.parametrize(
    ("step", "fault", "kind"),
    [*((step, Status(503), "SERVER_TROUBLE") for step in EVERY), ("chunk", Cut(), "CONNECTION_LOST")],
    ids=case_id,
)
async def test_trouble_without_end_is_given_up(
    upload: Upload, sim: Simulator, fake: FakeWorld, step: Step, fault: Fault, kind: str
):
    """When the budget in time is spent, the last error comes out."""
    sim.faults.add(step, fault, times=None)
    error = await upload.ends_with(upload.make(threads=1))
    assert (error.kind, error.retry) == (kind, Retry.SAME)
    assert 30 <= sum(fake.naps) <= 1800


async def test_what_failed_goes_on_where_it_was(upload: Upload, sim: Simulator):
    """`start()` again sends only what is missing."""
    rule = sim.faults.add("chunk", Status(400), chunk=3, times=1)
    uploader = upload.make(threads=1)
    error = await upload.ends_with(uploader)
    assert error.kept.startswith("3 of 5 chunks of page 'P1' are stored")
    await upload.ends_right(uploader)
    accepted = [seen.chunk for seen in sim.seen("chunk") if seen.status == 200]
    assert (sorted(filter(None, accepted)), accepted.count(0), rule.hits) == ([1, 2, 3, 4], 1, 1)
    assert [len(sim.seen(step)) for step in ("login", "preupload")] == [1, 1]


async def test_a_page_that_is_renamed_in_between_goes_on_as_well(upload: Upload, sim: Simulator):
    """The name told with the first chunks is the name told with the last."""
    sim.faults.add("chunk", Status(400), chunk=3)
    uploader = upload.make(threads=1)
    await upload.ends_with(uploader)
    uploader.pages[0].title = "A better title"
    await upload.ends_right(uploader)
    assert sim.archives[0].meta["videos"][0]["title"] == "A better title"
    assert [len(sim.seen(step)) for step in ("preupload", "chunk", "complete")] == [1, 6, 1]


class TestChunks:
    """Chunks arrive in whatever order and from whatever target."""

    @pytest.mark.parametrize("slow", range(5))
    async def test_chunks_may_arrive_in_any_order(self, upload: Upload, sim: Simulator, slow: int):
        """One that is late comes after all others, and the file is whole."""
        sim.faults.add("chunk", Latency(1.0), chunk=slow)
        await upload.ends_right(upload.make(threads=5))
        assert [seen.chunk for seen in sim.seen("chunk")][-1] == slow

    async def test_a_slow_chunk_does_not_hold_up_the_others(self, upload: Upload, sim: Simulator):
        """There are no waves: the first chunk hangs until all others are stored."""
        others_stored = asyncio.Event()
        hanging = sim.faults.add("chunk", Stall(after=1000), chunk=0)
        uploader = upload.make(threads=2)

        async def count(_: object) -> None:
            if len([seen for seen in sim.seen("chunk") if seen.status == 200]) >= 4:
                others_stored.set()

        uploader.add_event_listener("AFTER_CHUNK", count)
        running = asyncio.create_task(uploader.start())
        async with asyncio.timeout(5):
            await hanging.fired.wait()
            await others_stored.wait()
        await uploader.abort()
        await running

    async def test_a_dead_target_is_replaced_and_everything_sent_to_the_new_one(
        self, upload: Upload, sim: Simulator
    ):
        """Chunks that the old target had do not count for the new one."""
        rule = sim.faults.add("chunk", Status(404), chunk=4)
        await upload.ends_right(upload.make(threads=1))
        assert (rule.hits, len(sim.seen("preupload"))) == (1, 2)
        assert [seen.chunk for seen in sim.seen("chunk")] == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]

    @pytest.mark.parametrize("fault", [Status(404), ExpiredToken()], ids=case_id)
    async def test_targets_that_keep_dying_are_replaced_three_times_at_most(
        self, upload: Upload, sim: Simulator, fault: Fault
    ):
        """Then the error says that the target was refused."""
        sim.faults.add("chunk", fault, times=None)
        error = await upload.ends_with(upload.make())
        assert (error.kind, error.retry) == ("TICKET_REFUSED", Retry.NEW_TICKET)
        assert len(sim.seen("preupload")) == 3


class TestToken:
    """Access that expires on the way."""

    @pytest.mark.parametrize("step", ["preupload", "cover", "submit"])
    async def test_an_expired_token_is_renewed_once(self, upload: Upload, sim: Simulator, step: Step):
        """With account and password the upload logs in again, and nothing is uploaded twice."""
        sim.faults.add(step, ExpiredToken())
        await upload.ends_right(upload.make())
        assert (len(sim.seen("login")), len(sim.seen("chunk")), len(sim.seen("complete"))) == (2, 5, 1)

    @pytest.mark.parametrize("step", ["preupload", "cover", "submit"])
    async def test_a_token_that_is_refused_again_is_an_error(
        self, upload: Upload, sim: Simulator, step: Step
    ):
        """It logs in again once, not for ever."""
        sim.faults.add(step, ExpiredToken(), times=None)
        error = await upload.ends_with(upload.make())
        assert (error.kind, error.retry) == ("NOT_LOGGED_IN", Retry.LOGIN)
        assert len(sim.seen("login")) == 2

    @pytest.mark.parametrize("step", ["preupload", "cover", "submit"])
    async def test_a_bare_access_key_cannot_be_renewed(self, upload: Upload, sim: Simulator, step: Step):
        """The error asks for a login; what was stored is kept."""
        sim.faults.add(step, ExpiredToken())
        error = await upload.ends_with(upload.make(by_key=True))
        assert (error.kind, error.retry) == ("NOT_LOGGED_IN", Retry.LOGIN)
        assert "access key" in error.hint
        assert len(sim.seen("login")) == 0
        assert ("1 of 1 pages are stored" in error.kept) == (step != "preupload")


class TestLimits:
    """Limits are met by waiting."""

    async def test_a_rate_limit_at_preupload_is_waited_for(
        self, upload: Upload, sim: Simulator, fake: FakeWorld
    ):
        """Ten minutes, then twenty (section 8.2), by the clock of the world."""
        sim.faults.add("preupload", RateLimited(), times=2)
        await upload.ends_right(upload.make())
        assert fake.naps == [600, 1200]

    async def test_a_rate_limit_without_end_is_given_up(
        self, upload: Upload, sim: Simulator, fake: FakeWorld
    ):
        """After pauses that have grown to an hour."""
        rule = sim.faults.add("preupload", RateLimited(), times=None)
        error = await upload.ends_with(upload.make())
        assert (error.kind, error.retry) == ("RATE_LIMITED", Retry.LATER)
        assert (rule.hits, fake.naps) == (7, [600, 1200, 1800, 2400, 3000, 3600])

    async def test_two_submissions_keep_the_distance_the_server_wants(
        self, upload: Upload, sim: Simulator, fake: FakeWorld
    ):
        """21070: 30 seconds, at most five times."""
        rule = sim.faults.add("submit", RateLimited(), times=None)
        error = await upload.ends_with(upload.make())
        assert (error.kind, rule.hits, fake.naps) == ("TOO_FAST", 6, [30.0] * 5)


UNKNOWN: list[Fault] = [
    LostAnswer(),
    Cut(),
    Status(500),
    Status(502),
    Status(504),
    Answer(body=b"<html>"),
    Answer(body=b'{"code":0}'),
    Answer(body=b'{"code":0,"data":{"aid":"1"}}'),
]


class TestSubmission:
    """Submitting is not idempotent."""

    @pytest.mark.parametrize("fault", UNKNOWN, ids=case_id)
    async def test_a_submission_without_a_clear_answer_is_not_repeated(
        self, upload: Upload, sim: Simulator, fault: Fault
    ):
        """One request only, and an error that asks the user to look."""
        sim.faults.add("submit", fault, times=None)
        error = await upload.ends_with(upload.make())
        assert isinstance(error, SubmissionUnknown)
        assert len(sim.seen("submit")) == 1
        assert len(sim.archives) == isinstance(fault, LostAnswer)
        assert ("archive manager" in error.hint, "1 of 1 pages" in error.kept) == (True, True)

    async def test_a_submission_that_is_never_answered_is_not_repeated(
        self, upload: Upload, sim: Simulator, options: Options
    ):
        """Silence is no answer either."""
        rule = sim.faults.add("submit", Stall(), times=None)
        error = await upload.ends_with(upload.make(replace(options, patience=HURRY)))
        assert (type(error), rule.hits) == (SubmissionUnknown, 1)

    async def test_after_looking_the_user_may_submit_again(self, upload: Upload, sim: Simulator):
        """`submit(again=True)` sends no file twice."""
        sim.faults.add("submit", Cut())
        uploader = upload.make()
        await upload.ends_with(uploader)
        assert await uploader.submit(again=True) == {"aid": sim.archives[0].aid, "bvid": sim.archives[0].bvid}
        assert (len(sim.seen("chunk")), len(sim.seen("cover")), len(sim.seen("submit"))) == (5, 1, 2)

    async def test_a_stop_in_the_middle_of_submitting_is_told_first(self, upload: Upload, sim: Simulator):
        """`start()` says that an archive may exist, and never submits; `submit(again=True)` does."""
        hanging = sim.faults.add("submit", Stall())
        uploader = upload.make()
        running = asyncio.create_task(uploader.start())
        await asyncio.wait_for(hanging.fired.wait(), 10)
        await uploader.abort()
        assert await running is None
        for _ in range(2):
            assert isinstance(await upload.ends_with(uploader), SubmissionUnknown)
        await uploader.submit(again=True)
        assert (hanging.hits, len([seen for seen in sim.seen("submit") if seen.status])) == (1, 1)

    async def test_an_unreachable_server_at_submission_is_tried_again(
        self, upload: Upload, sim: Simulator, fake: FakeWorld, monkeypatch: pytest.MonkeyPatch
    ):
        """No connection, nothing sent: that is safe to repeat."""
        refused: list[object] = []
        loop = asyncio.get_running_loop()
        real = loop.sock_connect

        async def refuse_once(*args: Any) -> None:
            if sim.seen("cover") and not refused:
                refused.append(args)
                raise OSError("no route")
            await real(*args)

        monkeypatch.setattr(Server, "is_loopback", property(lambda _: False))
        monkeypatch.setattr(loop, "sock_connect", refuse_once)
        await upload.ends_right(upload.make())
        assert (len(refused), fake.naps, len(sim.seen("submit"))) == (1, [3.75], 1)

    async def test_the_metadata_of_a_running_upload_cannot_be_changed(self, upload: Upload, sim: Simulator):
        """What was checked is what is submitted."""
        meta = good_meta()
        uploader = upload.make(meta=meta)

        async def change(_: object) -> None:
            meta["title"] = "x" * 200
            meta["subtitles"]["lan"] = "changed"

        uploader.add_event_listener("PRE_PAGE", change)
        await upload.ends_right(uploader)
        assert sim.archives[0].meta["title"] == "A title"
        assert sim.archives[0].meta["subtitles"]["lan"] == ""


class TestToday:
    """Bilibili has retired the PC tool."""

    @pytest.fixture
    async def sim(self, fake: FakeWorld) -> Any:
        async with Simulator(era="today", clock=fake.now) as running:
            yield running

    async def test_the_stored_pages_are_kept_and_the_error_says_so(self, upload: Upload, sim: Simulator):
        """21590: another interface is needed, and no file has to be uploaded again for it."""
        uploader = upload.make(by_key=True, interface="client")
        error = await upload.ends_with(uploader)
        assert (error.kind, error.retry) == ("INTERFACE_RETIRED", Retry.OTHER_INTERFACE)
        assert "21590" in str(error)
        assert "another interface" in error.hint
        assert "1 of 1 pages are stored" in error.kept
        await upload.ends_with(uploader)
        assert (len(sim.seen("chunk")), len(sim.seen("submit"))) == (5, 2)

    async def test_a_password_login_is_refused_with_the_way_out(self, upload: Upload):
        """86066 is a dead route, not a frozen account."""
        error = await upload.ends_with(upload.make())
        assert (error.kind, "QR" in error.hint) == ("LOGIN_RETIRED", True)


async def test_each_failure_is_told_by_the_event_of_its_step(upload: Upload, sim: Simulator):
    """`*_FAILED` of the step given up, then FAILED."""
    sim.faults.add("cover", Code(-102))
    uploader = upload.make()
    heard = listen(uploader)
    with pytest.raises(ApiException):
        await uploader.start()
    assert names(heard)[-2:] == ["COVER_FAILED", "FAILED"]


async def test_an_empty_pipe_is_an_error_of_ours(sim: Simulator, account: Account, options: Options):
    """That it has no bytes shows only when it is read; nothing is asked of the server for it."""
    page = VideoUploaderPage(Flow([]), title="P1")
    with pytest.raises(ApiException, match="no bytes") as caught:
        await make_uploader(account, options, pages=[page]).start()
    assert (bool(caught.value.hint), sim.seen("preupload")) == (True, [])
