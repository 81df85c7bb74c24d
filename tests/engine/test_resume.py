"""An upload that was stopped is gone on with by another uploader, of which the first one knows nothing."""

from __future__ import annotations

import asyncio
import io
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from tests.engine.streams import Flow
from tests.engine.today import DATA, PART, PARTS, Today, simulator_of_today
from tests.kit import good_meta, listen, names, picture_of, until

from bilibili_api.engine.job_ledger import JobLedger
from bilibili_api.exceptions import (
    ArgsException,
    InvalidUpload,
    SubmissionUnknown,
    UploadBusy,
    VideoUploadException,
)
from bilibili_api.journal import Journal
from bilibili_api.simulator import Code, Cut, Latency, LostAnswer, Simulator, Stall, Status
from bilibili_api.video_uploader import Server, VideoUploader, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from pytest import LogCaptureFixture as LogCapture  # noqa: PT013
    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Fault, Step
    from bilibili_api.video_uploader import Options

    Files = Callable[..., list[Path]]


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "data" / "journal.db")


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "video.mp4"
    path.write_bytes(DATA)
    return path


def pages(*paths: Path) -> list[VideoUploaderPage]:
    return [VideoUploaderPage(path, title=path.stem) for path in paths]


def stat_of(path: Path) -> os.stat_result:
    return path.stat()


def moved_to(path: Path, other: Path) -> Path:
    return path.rename(other)


def gone(path: Path) -> None:
    path.unlink()


def rewrite(path: Path, data: bytes, before: os.stat_result) -> None:
    """Change a file but not when it was changed."""
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def taken(sim: Simulator, step: Step) -> int:
    """How many requests of a step were answered well."""
    return len([seen for seen in sim.seen(step) if seen.status == 200])


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Makes files with these contents."""

    def make(*contents: bytes) -> list[Path]:
        paths = [tmp_path / f"video{number}.mp4" for number, _ in enumerate(contents)]
        for path, data in zip(paths, contents, strict=True):
            path.write_bytes(data)
        return paths

    return make


async def stopped(sim: Simulator, uploader: VideoUploader, step: Step, after: int) -> None:
    """Start, and stop when a step has been done so often."""
    hanging = sim.faults.add(step, Stall(), after=after)
    running = asyncio.create_task(uploader.start())
    await asyncio.wait_for(hanging.fired.wait(), 10)
    await until(lambda: len([seen for seen in sim.seen(step) if seen.status == 200]) >= after)
    await uploader.abort()
    assert await running is None


LINES: dict[str, tuple[str, str, Step]] = {
    "upos": ("bda2", "token and cookies", "part"),
    "pc": ("pc", "key", "chunk"),
}


@pytest.mark.parametrize(("line", "has", "step"), LINES.values(), ids=LINES)
async def test_another_uploader_sends_only_the_rest(
    today: Today, sim: Simulator, journal: Journal, video: Path, line: str, has: str, step: Step
):
    """Every chunk is stored once, at one target, and what is published is the file."""
    given: dict[str, Any] = {"line": line, "has": has, "journal": journal, "threads": 1, "chunk_size": PART}
    await stopped(sim, today.make(pages=pages(video), **given), step, after=2)
    await today.ends_right(today.make(pages=pages(video), **given))
    assert (taken(sim, step), today.count("preupload")) == (PARTS, [1])


class TestWhatIsTakenUp:
    """Finished pages, finished chunks, the cover, and what is known of the submission."""

    async def test_finished_pages_and_chunks(
        self, today: Today, sim: Simulator, journal: Journal, files: Files
    ):
        """The first page is not touched again, of the second only the rest is sent."""
        two = files(DATA, DATA[:-1])
        await stopped(sim, today.make(pages=pages(*two), journal=journal, threads=1), "part", after=PARTS + 3)
        await today.ends_right(today.make(pages=pages(*two), journal=journal), DATA, DATA[:-1])
        assert (taken(sim, "part"), today.count("preupload", "complete")) == (2 * PARTS, [2, 2])

    async def test_the_cover(self, today: Today, sim: Simulator, journal: Journal, video: Path):
        """It is stored once."""
        given: dict[str, Any] = {"pages": pages(video), "journal": journal, "cover": picture_of()}
        await stopped(sim, today.make(**given), "submit", after=0)
        await today.ends_right(today.make(**given))
        assert today.count("cover", "preupload") == [1, 1]

    async def test_another_cover_is_sent(self, today: Today, sim: Simulator, journal: Journal, video: Path):
        """What the user wants now counts."""
        sim.faults.add("submit", Code(21021))
        await today.ends_with(today.make(pages=pages(video), journal=journal, cover=picture_of()))
        await today.ends_right(
            today.make(pages=pages(video), journal=journal, cover=picture_of("PNG"), cover_type="image/png")
        )
        assert today.count("cover", "preupload") == [2, 1]

    async def test_a_refused_submission_with_better_metadata(
        self, today: Today, sim: Simulator, journal: Journal, video: Path
    ):
        """Nothing is uploaded again because a title was wrong."""
        sim.faults.add("submit", Code(21021))
        await today.ends_with(today.make(pages=pages(video), journal=journal))
        await today.ends_right(
            today.make(pages=pages(video), journal=journal, meta=good_meta() | {"title": "B"})
        )
        assert (sim.archives[0].title, taken(sim, "part")) == ("B", PARTS)

    async def test_a_finished_upload_is_not_made_twice(
        self, today: Today, sim: Simulator, journal: Journal, video: Path
    ):
        """The same files with the same metadata: the same result, and nothing is sent."""
        first = await today.make(pages=pages(video), journal=journal).start()
        seen = today.count("preupload", "submit")
        heard = listen(again := today.make(pages=pages(video), journal=journal))
        assert (await again.start(), today.count("preupload", "submit")) == (first, seen)
        assert names(heard) == ["RESUMED", "COMPLETE"]

    async def test_other_metadata_make_another_upload_of_a_finished_one(
        self, today: Today, sim: Simulator, journal: Journal, video: Path
    ):
        """The user means a second archive."""
        await today.make(pages=pages(video), journal=journal).start()
        await today.make(pages=pages(video), journal=journal, meta=good_meta() | {"title": "B"}).start()
        assert [archive.title for archive in sim.archives] == ["A title", "B"]

    async def test_an_upload_of_another_account_is_not_taken_up(
        self, today: Today, sim: Simulator, journal: Journal, video: Path, options: Options
    ):
        """What is stored belongs to the account that stored it."""
        await stopped(sim, today.make(pages=pages(video), journal=journal, threads=1), "part", after=2)
        bob = Today(sim, sim.add_account("bob", "pw"), options)
        await bob.ends_right(bob.make(pages=pages(video), journal=journal))
        assert (len(sim.seen("preupload")), len(await journal.jobs())) == (2, 2)

    async def test_an_upload_to_another_server_is_not_taken_up(
        self, today: Today, sim: Simulator, journal: Journal, video: Path, options: Options
    ):
        """Accounts of a simulator are its own, whatever their numbers."""
        await stopped(sim, today.make(pages=pages(video), journal=journal, threads=1), "part", after=2)
        elsewhere = replace(options, server=Server(sim.url.replace("127.0.0.1", "localhost"), sim.ca_file))
        await today.ends_right(today.make(pages=pages(video), journal=journal, options=elsewhere))
        begun, done = await journal.jobs()
        assert (begun.server, begun.account, begun.state) == (sim.url, done.account, "open")
        with pytest.raises(ArgsException, match="is an upload to"):
            await VideoUploader.resume(begun, today.credential(), journal=journal, options=elsewhere).start()

    async def test_a_stored_page_serves_a_submission_with_more_pages(
        self, today: Today, sim: Simulator, journal: Journal, files: Files
    ):
        """A part that was forgotten is added, in front; the old job is a part of the new one."""
        one, two = files(DATA, DATA[:-1])
        await stopped(sim, today.make(pages=pages(one), journal=journal, threads=1), "part", after=3)
        await today.ends_right(today.make(pages=pages(two, one), journal=journal), DATA[:-1], DATA)
        assert (taken(sim, "part"), len(await journal.jobs())) == (2 * PARTS, 1)

    async def test_a_page_goes_on_over_its_line_although_the_login_has_lost_its_cookies(
        self, today: Today, sim: Simulator, journal: Journal, video: Path
    ):
        """Its target is all that is needed; the submission needs no cookies either."""
        given: dict[str, Any] = {"pages": pages(video), "journal": journal, "threads": 1, "line": None}
        await stopped(sim, today.make(**given), "part", after=2)
        await today.ends_right(today.make(**given, has="token"))
        assert (taken(sim, "part"), today.count("preupload")) == (PARTS, [1])

    async def test_a_page_goes_on_over_its_line_although_the_login_has_got_cookies(
        self, today: Today, sim: Simulator, journal: Journal, video: Path
    ):
        """As long as no line is forced."""
        given: dict[str, Any] = {"pages": pages(video), "journal": journal, "threads": 1, "chunk_size": PART}
        await stopped(sim, today.make(**given, has="token", line="pc"), "chunk", after=2)
        await today.ends_right(today.make(**given, line=None))
        assert (taken(sim, "chunk"), today.count("preupload")) == (PARTS, [1])


class TestEvents:
    """RESUMED says what was found."""

    async def test_it_comes_first_and_says_what_is_stored(
        self, today: Today, sim: Simulator, journal: Journal, video: Path, fake: FakeWorld
    ):
        """Pages, chunks, bytes, and how long the target lives."""
        await stopped(sim, today.make(pages=pages(video), journal=journal, threads=1), "part", after=2)
        heard = listen(uploader := today.make(pages=pages(video), journal=journal))
        await today.ends_right(uploader)
        name, data = heard[0]
        assert (name, data["job"], data["pages"], data["parts"], data["bytes"]) == (
            "RESUMED",
            1,
            0,
            2,
            2 * PART,
        )
        assert data["ticket_expires"] == pytest.approx(fake.now() + 5 * 86400, abs=60)

    async def test_a_new_upload_has_nothing_to_say(self, today: Today, journal: Journal, video: Path):
        """The published events, and no other."""
        heard = listen(uploader := today.make(pages=pages(video), journal=journal))
        await today.ends_right(uploader)
        assert names(heard)[0] == "PREUPLOAD"


class TestFiles:
    """The file is proven to be the one that was begun."""

    async def test_a_file_that_was_moved_is_known_again(
        self, today: Today, sim: Simulator, journal: Journal, video: Path, tmp_path: Path
    ):
        """What it holds counts, not where it lies."""
        await stopped(sim, today.make(pages=pages(video), journal=journal, threads=1), "part", after=2)
        moved = moved_to(video, tmp_path / "other.mp4")
        await today.ends_right(today.make(pages=pages(moved), journal=journal))
        assert taken(sim, "part") == PARTS

    CHANGES: ClassVar[dict[str, bytes]] = {
        "a byte in a sample": b"X" + DATA[1:],
        "grown": DATA + b"more",
        "shrunk": DATA[:-1],
    }

    @pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
    async def test_a_file_that_holds_something_else_is_sent_anew(
        self, today: Today, sim: Simulator, journal: Journal, video: Path, changed: bytes
    ):
        """Although its time of change is what it was."""
        before = stat_of(video)
        await stopped(sim, today.make(pages=pages(video), journal=journal, threads=1), "part", after=2)
        rewrite(video, changed, before)
        await today.ends_right(today.make(pages=pages(video), journal=journal), changed)
        assert today.count("preupload") == [2]

    async def test_a_file_that_was_touched_is_sent_anew(
        self, today: Today, sim: Simulator, journal: Journal, video: Path
    ):
        """Only samples of it are read: what was written between them would not be seen."""
        await stopped(sim, today.make(pages=pages(video), journal=journal, threads=1), "part", after=2)
        os.utime(video, ns=(1, 1))
        await today.ends_right(today.make(pages=pages(video), journal=journal))
        assert today.count("preupload") == [2]

    async def test_a_file_that_was_replaced_before_its_turn_is_not_taken_for_the_one_it_was(
        self, today: Today, sim: Simulator, journal: Journal, files: Files, tmp_path: Path
    ):
        """What was stored is of the other file: when the first one is back, it is sent whole."""
        two = files(DATA, DATA[:-1])
        late = sim.faults.add("complete", Latency(1.0))
        hanging = sim.faults.add("part", Stall(), after=PARTS + 2)
        uploader = today.make(pages=pages(*two), journal=journal, threads=1)
        running = asyncio.create_task(uploader.start())
        await late.fired.wait()
        before = moved_to(two[1], tmp_path / "before.mp4")
        rewrite(two[1], DATA[:0:-1], stat_of(before))
        await hanging.fired.wait()
        await until(lambda: taken(sim, "part") == PARTS + 2)
        await uploader.abort()
        await running
        moved_to(before, two[1])
        await today.ends_right(today.make(pages=pages(*two), journal=journal), DATA, DATA[:-1])
        assert taken(sim, "part") == 2 * PARTS + 2

    async def test_a_dead_target_is_said_before_anything_is_sent_again(
        self, today: Today, sim: Simulator, journal: Journal, video: Path, fake: FakeWorld, caplog: LogCapture
    ):
        """After five days `X-Upos-Auth` is refused (section 4.6)."""
        await stopped(sim, today.make(pages=pages(video), journal=journal, threads=1), "part", after=2)
        fake.naps.append(5 * 86400.0)
        await today.ends_right(today.make(pages=pages(video), journal=journal))
        assert (today.count("preupload"), "its target is too old" in caplog.text) == ([2], True)


class TestStreams:
    """What a stream holds is its caller's to say."""

    async def test_a_stream_needs_a_key(self, today: Today, journal: Journal):
        """It is found out before anything is sent or written."""
        error = await today.ends_with(today.make(b"video", journal=journal))
        assert (type(error), "pages[0].key" in str(error), journal.path.exists()) == (
            InvalidUpload,
            True,
            False,
        )

    @pytest.mark.parametrize("seekable", [True, False])
    @pytest.mark.parametrize(("line", "has", "step"), LINES.values(), ids=LINES)
    async def test_with_one_it_is_gone_on_with(
        self,
        today: Today,
        sim: Simulator,
        journal: Journal,
        line: str,
        has: str,
        step: Step,
        *,
        seekable: bool,
    ):
        """Each chunk is compared with what was sent, and sent if it differs."""
        given: dict[str, Any] = {
            "line": line,
            "has": has,
            "journal": journal,
            "threads": 1,
            "chunk_size": PART,
        }

        def page(data: bytes) -> list[VideoUploaderPage]:
            stream = io.BytesIO(data) if seekable else Flow([data])
            return [VideoUploaderPage(stream, title="P1", key="stream of 2026-11-22")]

        await stopped(sim, today.make(pages=page(DATA), **given), step, after=2)
        changed = b"X" + DATA[1:]
        await today.ends_right(today.make(pages=page(changed), **given), changed)
        assert (taken(sim, step), today.count("preupload")) == (PARTS + 1, [1])


class TestClaims:
    """Nobody uploads the same file twice at once."""

    async def test_the_second_says_who_has_it(
        self, today: Today, sim: Simulator, journal: Journal, video: Path
    ):
        """And sends nothing."""
        hanging = sim.faults.add("part", Stall(), times=None)
        running = asyncio.create_task((first := today.make(pages=pages(video), journal=journal)).start())
        await hanging.fired.wait()
        error = await today.ends_with(today.make(pages=pages(video), journal=Journal(journal.path)))
        assert (type(error), f"process {os.getpid()}" in str(error)) == (UploadBusy, True)
        assert today.count("preupload") == [1]
        await first.abort()
        await running

    async def test_who_waits_gets_what_the_first_one_made(
        self, today: Today, sim: Simulator, journal: Journal, video: Path
    ):
        """One archive for both."""
        late = sim.faults.add("complete", Latency(1.0))
        first = asyncio.create_task(today.make(pages=pages(video), journal=journal).start())
        await late.fired.wait()
        heard = listen(second := today.make(pages=pages(video), journal=Journal(journal.path, wait=True)))
        assert (await second.start(), len(sim.archives)) == (await first, 1)
        assert (heard[0][0], heard[0][1]["limit"]) == ("WAITING", "busy")


class TestJobs:
    """`Journal.jobs()` says what is known of each upload, `VideoUploader.resume` goes on with it."""

    async def test_a_job_says_how_far_it_has_come(
        self, today: Today, sim: Simulator, journal: Journal, video: Path, fake: FakeWorld
    ):
        """And what stopped it."""
        sim.faults.add("part", Status(413), after=2)
        error = await today.ends_with(today.make(pages=pages(video), journal=journal, threads=1))
        [job] = await journal.jobs()
        assert (job.account, job.state, job.title, job.running) == (
            str(today.account.mid),
            "open",
            "A title",
            False,
        )
        assert (job.stored, job.size, job.is_stored, job.error) == (2 * PART, len(DATA), False, str(error))
        assert job.expires == pytest.approx(fake.now() + 5 * 86400, abs=60)
        assert (job.pages[0].path, job.pages[0].line, job.pages[0].done) == (str(video), "bda2", False)

    async def test_it_is_gone_on_with_as_it_was_ordered(
        self, today: Today, sim: Simulator, journal: Journal, files: Files
    ):
        """Titles, metadata, extra members, line, interface and cover."""
        ordered = today.make(
            pages=pages(*files(DATA, DATA[:-1])),
            journal=journal,
            threads=1,
            interface="web",
            extra={"new_member": 1},
            cover=picture_of(),
        )
        await stopped(sim, ordered, "part", after=2)
        [job] = await journal.jobs()
        await today.ends_right(
            VideoUploader.resume(job, today.credential(), journal=journal, options=today.options),
            DATA,
            DATA[:-1],
        )
        [archive] = sim.archives
        assert [video["title"] for video in archive.meta["videos"]] == ["video0", "video1"]
        assert (archive.title, archive.meta["new_member"]) == ("A title", 1)
        sent = sim.seen("submit")[0]
        assert (sent.interface, archive.cover != "", taken(sim, "part")) == ("web", True, 2 * PARTS)

    async def test_files_that_are_stored_may_be_gone(
        self, today: Today, sim: Simulator, journal: Journal, video: Path
    ):
        """Only the submission is left to do."""
        sim.faults.add("submit", Code(21021))
        await today.ends_with(today.make(pages=pages(video), journal=journal))
        gone(video)
        [job] = await journal.jobs()
        resumed = VideoUploader.resume(job, today.credential(), journal=journal, options=today.options)
        assert (job.is_stored, await resumed.submit()) == (
            True,
            {"aid": sim.archives[0].aid, "bvid": sim.archives[0].bvid},
        )

    async def test_there_is_nothing_to_submit_before_all_is_stored(
        self, today: Today, sim: Simulator, journal: Journal, video: Path
    ):
        """`submit()` uploads nothing."""
        await stopped(sim, today.make(pages=pages(video), journal=journal, threads=1), "part", after=2)
        with pytest.raises(VideoUploadException, match="nothing to submit yet"):
            await today.make(pages=pages(video), journal=journal).submit()
        assert taken(sim, "part") == 2

    async def test_a_stream_cannot_be_given_by_the_journal(
        self, today: Today, sim: Simulator, journal: Journal
    ):
        """Only the program that opened it can; the error names the key."""
        page = VideoUploaderPage(io.BytesIO(DATA), title="P1", key="mine")
        await stopped(sim, today.make(pages=[page], journal=journal, threads=1), "part", after=2)
        [job] = await journal.jobs()
        with pytest.raises(VideoUploadException, match="came from a stream") as caught:
            VideoUploader.resume(job, today.credential(), journal=journal)
        assert "mine" in caught.value.hint

    async def test_what_is_forgotten_begins_anew(
        self, today: Today, sim: Simulator, journal: Journal, video: Path
    ):
        """A new target."""
        await stopped(sim, today.make(pages=pages(video), journal=journal, threads=1), "part", after=2)
        await journal.forget(1)
        await today.ends_right(today.make(pages=pages(video), journal=journal))
        assert today.count("preupload") == [2]

    async def test_a_job_at_work_is_not_forgotten(
        self, today: Today, sim: Simulator, journal: Journal, video: Path
    ):
        """Whoever is at it would write into nothing."""
        hanging = sim.faults.add("part", Stall(), times=None)
        running = asyncio.create_task((uploader := today.make(pages=pages(video), journal=journal)).start())
        await hanging.fired.wait()
        [job] = await journal.jobs()
        with pytest.raises(UploadBusy):
            await journal.forget(job.id)
        assert job.running
        await uploader.abort()
        await running

    async def test_there_is_no_job_of_another_number(self, journal: Journal):
        """The error says how to list those there are."""
        with pytest.raises(ArgsException, match="no job 7") as caught:
            await journal.forget(7)
        assert "bvup jobs" in caught.value.hint

    async def test_a_finished_job_keeps_no_secret(
        self, today: Today, sim: Simulator, journal: Journal, video: Path
    ):
        """Nor the covers, nor the list of its chunks."""
        await today.ends_right(today.make(pages=pages(video), journal=journal, cover=picture_of()))
        with journal.opened() as database:
            kept = database.read("SELECT ticket FROM page")
            counts = [database.read(f"SELECT count(*) FROM {table}")[0][0] for table in ("part", "picture")]
        assert (kept, counts) == ([(None,)], [0, 0])


async def test_without_a_journal_nothing_is_written(
    today: Today, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A library leaves nothing behind unasked."""
    monkeypatch.setenv("BVUP_HOME", str(tmp_path / "home"))
    await today.ends_right(today.make(pages=pages(video)))
    assert not (tmp_path / "home").exists()


async def test_true_is_the_users_own_journal(
    today: Today, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """It lies in their data directory."""
    monkeypatch.setenv("BVUP_HOME", str(tmp_path / "home"))
    await today.ends_right(today.make(pages=pages(video), journal=True))
    assert (tmp_path / "home" / "journal.db").exists()


class TestLostAnswers:
    """A submission whose answer was lost is looked for; it is never sent blindly, whatever dies."""

    @pytest.mark.parametrize("fault", [Cut(), LostAnswer()], ids=repr)
    async def test_a_process_that_died_while_submitting(
        self, today: Today, sim: Simulator, journal: Journal, video: Path, fault: Fault
    ):
        """The next one asks for the archive, and submits only if there is none."""
        hanging = sim.faults.add("archives", Stall())
        sim.faults.add("submit", fault)
        running = asyncio.create_task((first := today.make(pages=pages(video), journal=journal)).start())
        await hanging.fired.wait()
        await first.abort()
        assert ((await journal.job(1)).state, await running) == ("submitting", None)
        await today.ends_right(today.make(pages=pages(video), journal=journal))
        assert ((await journal.job(1)).state, taken(sim, "part")) == ("done", PARTS)

    async def test_what_nobody_knows_stays_unsure_until_the_user_says_so(
        self, today: Today, sim: Simulator, journal: Journal, video: Path
    ):
        """However often it is started, and in whatever process."""
        given: dict[str, Any] = {"pages": pages(video), "journal": journal, "line": "pc", "has": "key"}
        sim.faults.add("submit", Cut())
        for _ in range(3):
            assert isinstance(await today.ends_with(today.make(**given)), SubmissionUnknown)
        assert ((await journal.job(1)).state, len(sim.archives)) == ("unsure", 0)
        assert await today.make(**given).submit(again=True) is not None
        assert ((await journal.job(1)).state, len(sim.archives)) == ("done", 1)

    async def test_who_stops_before_it_is_sent_leaves_no_doubt(
        self, today: Today, sim: Simulator, journal: Journal, video: Path, monkeypatch: pytest.MonkeyPatch
    ):
        """It is written down that it is going to be sent, and then, that it was not."""
        writing = asyncio.Event()
        submitting = JobLedger.submitting

        async def slow(ledger: JobLedger) -> None:
            await submitting(ledger)
            writing.set()
            await asyncio.sleep(0)

        monkeypatch.setattr(JobLedger, "submitting", slow)
        given: dict[str, Any] = {"pages": pages(video), "journal": journal, "line": "pc", "has": "key"}
        running = asyncio.create_task((uploader := today.make(**given)).start())
        await writing.wait()
        await uploader.abort()
        assert (await running, (await journal.job(1)).state, today.count("submit")) == (None, "open", [0])
        await today.ends_right(today.make(**given))

    async def test_it_is_looked_for_after_the_time_of_its_publication(
        self, today: Today, sim: Simulator, journal: Journal, video: Path, fake: FakeWorld
    ):
        """That time is over counts for what is to be submitted, not for what was."""
        meta = good_meta() | {"dtime": int(fake.now()) + 3 * 3600}
        sim.faults.add("submit", LostAnswer())
        sim.faults.add("archives", Code(-400))
        lost = today.make(pages=pages(video), journal=journal, meta=meta)
        assert isinstance(await today.ends_with(lost), SubmissionUnknown)
        fake.naps.append(4 * 3600.0)
        [job] = await journal.jobs()
        resumed = VideoUploader.resume(job, today.credential(), journal=journal, options=today.options)
        await today.ends_right(resumed)
        assert today.count("submit") == [1]

    async def test_the_users_word_holds_for_the_submission_they_were_asked_about(
        self, today: Today, sim: Simulator, journal: Journal, video: Path
    ):
        """A process that died after it had submitted again is asked about anew: its archive is looked for."""
        given: dict[str, Any] = {"pages": pages(video), "journal": journal}
        sim.faults.add("submit", Cut())
        sim.faults.add("archives", Code(-400))
        assert isinstance(await today.ends_with(today.make(**given)), SubmissionUnknown)
        sim.faults.add("submit", LostAnswer())
        hanging = sim.faults.add("archives", Stall())
        dying = today.make(**given)
        running = asyncio.create_task(dying.submit(again=True))
        await hanging.fired.wait()
        await dying.abort()
        await running
        assert await today.make(**given).submit(again=True) is not None
        assert ((await journal.job(1)).state, len(sim.archives)) == ("done", 1)
