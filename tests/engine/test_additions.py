"""Pages that go into an archive that is there: uploaded once, added once, whatever dies when."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import listen, make_uploader, names

from bilibili_api.exceptions import ApiException, ArchiveChanged, InvalidUpload
from bilibili_api.journal import Journal
from bilibili_api.simulator import Code, LostAnswer, Simulator, Status
from bilibili_api.video_uploader import Into, VideoUploader, VideoUploaderCredential, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account
    from bilibili_api.simulator import Archive as Published
    from bilibili_api.video_uploader import Options


class Adding:
    """An account with an archive of two parts, a journal, and files to add."""

    def __init__(self, sim: Simulator, account: Account, options: Options, folder: Path) -> None:
        self.sim, self.account, self.options, self.folder = sim, account, options, folder
        self.journal = Journal(folder / "journal.db")
        self.credential = VideoUploaderCredential(cookies=sim.cookies(account), options=options)
        self.before = sim.publish("P1", "P2", account=account, watermark={"state": 1})

    def file(self, name: str = "new") -> VideoUploaderPage:
        path = self.folder / f"{name}.mp4"
        if not path.exists():  # else its time would say that it was changed
            path.write_bytes(f"video {name}".encode())
        return VideoUploaderPage(path, name)

    def make(self, *pages: VideoUploaderPage, into: Any = None, **given: Any) -> VideoUploader:
        given = {"line": "bda2", "journal": self.journal, "options": self.options} | given
        target = into or self.before.bvid
        return VideoUploader.adding(target, list(pages) or [self.file()], self.credential, **given)

    def now(self) -> Published:
        return self.sim.archives[0]

    def parts(self) -> list[str]:
        return [part["title"] for part in self.now().meta["videos"]]

    def counts(self) -> tuple[int, int, int]:
        """Files that were begun, edits and submissions that were seen."""
        seen = self.sim.seen
        return len(seen("preupload")), len(seen("edit")), len(seen("submit"))


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async with Simulator(era="today", clock=fake.now) as running:
        yield running


@pytest.fixture
def adding(sim: Simulator, account: Account, options: Options, tmp_path: Path) -> Adding:
    return Adding(sim, account, options, tmp_path)


async def test_pages_come_behind_the_parts_that_are_there(adding: Adding):
    """The result names the archive; nothing else of it changes, nothing is submitted."""
    uploader = adding.make(adding.file("one"), adding.file("two"))
    heard = listen(uploader)
    result = await uploader.start()
    assert result == {"aid": adding.before.aid, "bvid": adding.before.bvid}
    assert adding.parts() == ["P1", "P2", "one", "two"]
    assert adding.now().meta["watermark"] == {"state": 1}
    assert adding.counts() == (2, 1, 0)
    assert [name for name in names(heard) if "SUBMIT" in name and "PAGE" not in name] == [
        "PRE_SUBMIT",
        "AFTER_SUBMIT",
    ]


async def test_a_page_takes_the_place_of_a_part(adding: Adding):
    """Others come behind the part that is named."""
    first, _ = (video.filename for video in adding.before.videos)
    into = Into(adding.before.aid, replaces=(first,), after=None)
    await adding.make(adding.file("better"), adding.file("more"), into=into).start()
    assert adding.parts() == ["better", "P2", "more"]
    await adding.make(
        adding.file("third"), into=Into(adding.before.aid, after=adding.now().videos[0].filename)
    ).start()
    assert adding.parts() == ["better", "third", "P2", "more"]


async def test_started_again_nothing_is_added_twice(adding: Adding):
    """Neither by the same uploader nor by another with the journal."""
    uploader = adding.make()
    await uploader.start()
    await uploader.start()
    await adding.make().start()
    assert (adding.parts(), adding.counts()) == (["P1", "P2", "new"], (1, 1, 0))


@pytest.mark.parametrize("fault", [Code(21566), Code(-112), Status(404)])
async def test_what_is_stored_is_not_sent_again_when_the_edit_is_refused(adding: Adding, fault: Any):
    """The next start, in another process even, only edits."""
    adding.sim.faults.add("edit", fault)
    with pytest.raises(ApiException) as caught:
        await adding.make().start()
    assert "1 of 1 pages are stored" in caught.value.kept
    [job] = await adding.journal.jobs()
    assert (job.title, job.is_stored) == (f"-> {adding.before.bvid}", True)
    await VideoUploader.resume(job, adding.credential, journal=adding.journal, options=adding.options).start()
    assert (adding.parts(), adding.counts()) == (["P1", "P2", "new"], (1, 2, 0))


async def test_an_edit_whose_answer_is_lost_adds_once(adding: Adding):
    """It is read back."""
    adding.sim.faults.add("edit", LostAnswer())
    await adding.make().start()
    assert (adding.parts(), adding.counts()) == (["P1", "P2", "new"], (1, 1, 0))


async def test_after_a_death_in_the_middle_of_the_edit_nothing_is_added_twice(adding: Adding):
    """The answer never came, the process is gone, the edit is done."""
    adding.sim.faults.add("edit", LostAnswer(), times=None)
    adding.sim.faults.add("view", Status(404), after=1, times=None)
    with pytest.raises(ApiException):
        await adding.make().start()
    adding.sim.faults.clear()
    [job] = await adding.journal.jobs()
    assert job.state == "submitting"
    await VideoUploader.resume(job, adding.credential, journal=adding.journal, options=adding.options).start()
    assert (adding.parts(), adding.counts()) == (["P1", "P2", "new"], (1, 1, 0))


async def test_files_that_may_be_in_the_archive_already_are_not_taken_for_another(adding: Adding):
    """A stored file belongs into one place of one archive: a submission of the same files stores them anew."""
    adding.sim.faults.add("edit", Status(502), times=None)
    with pytest.raises(ApiException):
        await adding.make().start()
    meta = {"title": "Its own", "tid": 21, "tag": "a", "copyright": 1}
    given: dict[str, Any] = {"meta": meta, "credential": adding.credential, "journal": adding.journal}
    await make_uploader(adding.account, adding.options, pages=[adding.file()], line="bda2", **given).start()
    one, other = adding.sim.archives
    assert {video.filename for video in one.videos}.isdisjoint(video.filename for video in other.videos)


async def test_what_others_add_meanwhile_stays(adding: Adding):
    """The upload may have taken hours."""
    [theirs] = adding.sim.store(account=adding.account)

    def act(_: object) -> bool:
        old = adding.now()
        part = {"filename": theirs.filename, "title": "Theirs", "desc": ""}
        meta = {**old.meta, "videos": [*old.meta["videos"], part]}
        adding.sim.overwrite(replace(old, videos=(*old.videos, theirs), meta=meta))
        return False

    adding.sim.faults.add("preupload", Status(500), when=act)
    await adding.make().start()
    assert adding.parts() == ["P1", "P2", "Theirs", "new"]


async def test_a_part_that_is_to_be_replaced_and_is_gone_stops_it(adding: Adding):
    """The file stays stored."""
    into = Into(adding.before.aid, replaces=("gone",))
    with pytest.raises(ArchiveChanged) as caught:
        await adding.make(into=into).start()
    assert "1 of 1 pages are stored" in caught.value.kept
    assert adding.sim.seen("edit") == []


async def test_what_belongs_to_a_new_archive_is_refused(adding: Adding, cover: bytes):
    """Before anything is sent."""
    uploader = adding.make()
    uploader.meta, uploader.cover_stream = {"title": "x"}, io.BytesIO(cover)
    with pytest.raises(InvalidUpload) as caught:
        await uploader.start()
    assert [problem.field for problem in caught.value.problems] == ["meta"]
    assert adding.sim.exchanges == []


async def test_a_login_without_cookies_is_refused_at_once(adding: Adding):
    """Not after hours of upload."""
    uploader = adding.make()
    uploader.credential = VideoUploaderCredential(adding.account.access_key, options=adding.options)
    uploader.line = None
    problems = await uploader.check()
    assert [problem.field for problem in problems] == ["into"]


async def test_stopping_it_leaves_what_is_stored(adding: Adding):
    """As with any upload."""
    rule = adding.sim.faults.add("edit", LostAnswer())
    uploader = adding.make()
    running = asyncio.create_task(uploader.start())
    await rule.fired.wait()
    await uploader.abort()
    assert await running is None
    await adding.make().start()
    assert (adding.parts(), adding.counts()[0]) == (["P1", "P2", "new"], 1)


async def test_a_preview_shows_no_submission(adding: Adding):
    """There is none: the archive is edited when the pages are stored."""
    shown = await adding.make().preview()
    assert (shown.problems, shown.bodies, [part.title for part in shown.parts]) == ((), {}, ["new"])
