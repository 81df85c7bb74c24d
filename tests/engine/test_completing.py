"""More parts than one submission takes: the archive is made with the first hundred, edits add the others."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import good_meta, listen, make_uploader, names

from bilibili_api.exceptions import ApiException, ResponseCodeException, SubmissionUnknown
from bilibili_api.journal import Journal
from bilibili_api.simulator import Code, LostAnswer, Simulator, Status
from bilibili_api.simulator.reviews import DELETED
from bilibili_api.video_uploader import VideoUploader, VideoUploaderCredential, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account
    from bilibili_api.video_uploader import Options

MANY = 102
TITLES = [f"P{number}" for number in range(1, MANY + 1)]


class Long:
    """An upload of 102 files, a journal, and a login with cookies."""

    def __init__(self, sim: Simulator, account: Account, options: Options, folder: Path) -> None:
        self.sim, self.account, self.options = sim, account, options
        self.journal = Journal(folder / "journal.db")
        self.credential = VideoUploaderCredential(cookies=sim.cookies(account), options=options)
        self.pages: list[VideoUploaderPage] = []
        for title in TITLES:
            (folder / f"{title}.mp4").write_bytes(title.encode())
            self.pages.append(VideoUploaderPage(folder / f"{title}.mp4", title))

    def make(self, **given: Any) -> VideoUploader:
        usual: dict[str, Any] = {
            "pages": self.pages,
            "credential": self.credential,
            "line": "bda2",
            "journal": self.journal,
        }
        return make_uploader(self.account, self.options, **(usual | given))

    async def stored(self) -> VideoUploader:
        """Return an uploader whose files were stored by an earlier run: a hundred uploads take seconds."""
        self.sim.faults.add("preupload", Status(403), times=None)
        with pytest.raises(ApiException):
            await self.make(threads=1).start()
        self.sim.faults.clear()
        names = [video.filename for video in self.sim.store(MANY, account=self.account)]
        with closing(sqlite3.connect(self.journal.path)) as found, found:
            found.executemany(
                "UPDATE page SET filename = ? WHERE position = ?", zip(names, range(MANY), strict=True)
            )
        return self.make()

    async def again(self) -> VideoUploader:
        """Return an uploader that goes on in another process."""
        [job] = await self.journal.jobs()
        return VideoUploader.resume(job, self.credential, journal=self.journal, options=self.options)

    async def resumed(self) -> dict[str, Any] | None:
        return await (await self.again()).start()

    def titles(self) -> list[str]:
        """Of the parts of the only archive."""
        [archive] = self.sim.archives
        return [part["title"] for part in archive.meta["videos"]]

    def counts(self) -> tuple[int, int]:
        """Submissions and edits that were seen."""
        return len(self.sim.seen("submit")), len(self.sim.seen("edit"))


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async with Simulator(era="today", clock=fake.now) as running:
        yield running


@pytest.fixture
def long(sim: Simulator, account: Account, options: Options, tmp_path: Path) -> Long:
    return Long(sim, account, options, tmp_path)


async def test_one_archive_gets_them_all_in_their_order(long: Long):
    """Listeners hear of one submission, and of its end when nothing is missing."""
    uploader = await long.stored()
    heard = listen(uploader)
    result = await uploader.start()
    assert result is not None
    assert result["bvid"] == long.sim.archives[0].bvid
    assert (long.titles(), long.counts()) == (TITLES, (1, 1))
    assert names(heard).count("PRE_SUBMIT") == names(heard).count("AFTER_SUBMIT") == 1


async def test_another_process_adds_what_is_missing(long: Long):
    """The archive is not made twice, nothing is sent again, and what is kept says how it stands."""
    uploader = await long.stored()
    long.sim.faults.add("edit", Code(21566))
    with pytest.raises(ApiException) as caught:
        await uploader.start()
    [archive] = long.sim.archives
    assert f"published as {archive.bvid} with its first pages" in caught.value.kept
    assert (uploader.progress.submission, len(long.titles())) == ("adding", 100)
    [job] = await long.journal.jobs()
    assert (job.state, job.bvid) == ("submitting", archive.bvid)
    result = await long.resumed()
    assert result == {"aid": archive.aid, "bvid": archive.bvid}
    assert (long.titles(), long.counts()) == (TITLES, (1, 2))
    [job] = await long.journal.jobs()
    assert job.is_finished


async def test_whichever_answer_is_lost_there_is_one_archive_with_all(long: Long):
    """That of the submission is looked for, that of the edit is read back."""
    uploader = await long.stored()
    for step in ("submit", "edit"):
        long.sim.faults.add(step, LostAnswer())
    await uploader.start()
    assert (long.titles(), long.counts()) == (TITLES, (1, 1))


async def test_an_archive_that_is_found_is_never_made_again(long: Long):
    """Whoever said that there is none was asked before it was found; its files are not given away."""
    uploader = await long.stored()
    long.sim.faults.add("submit", LostAnswer())
    long.sim.faults.add("archives", Status(403))
    long.sim.faults.add("edit", Code(21566))
    with pytest.raises(SubmissionUnknown):
        await uploader.start()
    with pytest.raises(ResponseCodeException):  # it is found, and the edit refused
        await long.resumed()
    long.sim.faults.add("edit", Code(21566))
    with pytest.raises(ResponseCodeException):
        await (await long.again()).submit(again=True)
    [job] = await long.journal.jobs()
    assert (job.state, job.bvid) == ("submitting", long.sim.archives[0].bvid)
    assert long.counts() == (1, 2)


async def test_an_archive_that_is_deleted_meanwhile_is_told_with_a_way_out(long: Long):
    """Going on would fail for ever."""
    uploader = await long.stored()
    long.sim.faults.add("edit", Code(21566))
    with pytest.raises(ResponseCodeException):
        await uploader.start()
    long.sim.reviews.set(long.sim.archives[0], DELETED)
    with pytest.raises(ResponseCodeException) as caught:
        await long.resumed()
    assert "bvup forget" in caught.value.hint


async def test_without_cookies_it_is_refused_before_anything_is_sent(long: Long):
    """Nobody could add the others: the limit of one call is the limit."""
    key = VideoUploaderCredential(long.account.access_key, options=long.options)
    [problem] = await long.make(credential=key, line=None).check()
    assert (problem.field, problem.what) == ("pages", "has 102 pages; the limit of one submission is 100.")
    assert long.sim.exchanges == []


async def test_a_preview_shows_the_submission_as_it_would_be_sent(long: Long):
    """With the parts that it takes."""
    shown = await long.make(meta=good_meta()).preview()
    assert [len(body["videos"]) for body in shown.bodies.values()] == [100] * len(shown.bodies)
    assert len(shown.parts) == MANY
