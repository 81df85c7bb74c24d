"""`VideoUploader`: its arguments and `start()`, sentence by sentence."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import (
    chunk_numbers,
    content,
    good_meta,
    make_uploader,
    password_of,
    picture_of,
    piped,
    stored_chunks,
    until,
)

from bilibili_api.engine import window
from bilibili_api.exceptions import (
    ApiException,
    InvalidUpload,
    NetworkException,
    ResponseCodeException,
    VideoUploadException,
)
from bilibili_api.simulator import Code, Latency, Simulator, Stall, Status
from bilibili_api.video_uploader import Options, Patience, Server, VideoUploaderPage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Received, Step

CHUNK = 50_000
TEN_CHUNKS = content(10 * CHUNK - 7)


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


@pytest.fixture
def patient(options: Options) -> Options:
    """Options under which a stall is only ended by an abort."""
    return replace(options, patience=Patience())


class TestPages:
    """`pages`: list of pages, becomes the parts (P1, P2, ...) in this order."""

    async def test_the_parts_are_the_pages_in_their_order(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Whatever their titles."""
        contents = {"third": b"3", "first": b"1", "second": b"2"}
        pages = [VideoUploaderPage(io.BytesIO(data), title) for title, data in contents.items()]
        await make_uploader(account, options, pages=pages).start()
        (archive,) = sim.archives
        assert [part["title"] for part in archive.meta["videos"]] == list(contents)
        assert [video.md5 for video in archive.videos] == [md5(data) for data in contents.values()]

    async def test_pages_are_processed_one_after_another(
        self, sim: Simulator, account: Account, options: Options
    ):
        """No page begins before the one before it is complete, as long as one fills what may be in flight."""
        await make_uploader(account, options, b"one", b"two", b"three", threads=1).start()
        steps = [seen.step for seen in sim.exchanges]
        assert steps == ["info"] + ["preupload", "chunk", "complete"] * 3 + ["submit"]


class TestThreads:
    """`threads`: the most chunks in flight at once."""

    @pytest.mark.parametrize("threads", [1, 3, 8])
    async def test_no_more_are_in_flight_than_threads_says(
        self, sim: Simulator, account: Account, options: Options, threads: int
    ):
        """As the server sees it, over forty chunks."""
        flights = _Flights(sim)
        sim.faults.add("chunk", Latency(0.01), times=None, when=flights.began)
        data = content(40_000)
        await make_uploader(account, options, data, threads=threads, chunk_size=1000).start()
        assert flights.most <= threads
        assert sim.videos[0].md5 == md5(data)

    async def test_as_many_as_threads_says_are_in_flight(
        self, sim: Simulator, account: Account, patient: Options, monkeypatch: pytest.MonkeyPatch
    ):
        """All of them hang at once, if it begins with that many."""
        monkeypatch.setattr(window, "START", 64)
        stalled = sim.faults.add("chunk", Stall(), times=None)
        uploader = make_uploader(account, patient, TEN_CHUNKS, threads=4, chunk_size=CHUNK)
        running = asyncio.create_task(uploader.start())
        await until(lambda: stalled.hits == 4)
        await uploader.abort()
        await running
        assert stalled.hits == 4

    async def test_there_are_no_waves(self, sim: Simulator, account: Account, patient: Options):
        """While the first chunk hangs, all others are stored."""
        sim.faults.add("chunk", Stall(), chunk=0)
        uploader = make_uploader(account, patient, TEN_CHUNKS, threads=2, chunk_size=CHUNK)
        running = asyncio.create_task(uploader.start())
        await until(lambda: len(stored_chunks(sim)) == 9)
        assert chunk_numbers(stored_chunks(sim)) == list(range(1, 10))
        await uploader.abort()
        await running


class TestChunkSize:
    """`chunk_size` in bytes: the PC line obeys it."""

    @pytest.mark.parametrize("chunk_size", [1, 7, 16, 17, 100])
    async def test_every_chunk_but_the_last_has_it(
        self, sim: Simulator, account: Account, options: Options, chunk_size: int
    ):
        """The last has the rest."""
        data = content(17)
        await make_uploader(account, options, data, chunk_size=chunk_size).start()
        sizes = {int(seen.field_value("chunk") or -1): seen.fields[-1].size for seen in sim.seen("chunk")}
        expected = [len(data[at : at + chunk_size]) for at in range(0, len(data), chunk_size)]
        assert sizes == dict(enumerate(expected))
        assert sim.videos[0].md5 == md5(data)

    async def test_by_default_it_is_two_mebibytes(self, sim: Simulator, account: Account, options: Options):
        """A page of 2 MiB and a byte has two chunks."""
        await make_uploader(account, options, bytes(2048 * 1024 + 1)).start()
        assert sorted(seen.fields[-1].size for seen in sim.seen("chunk")) == [1, 2048 * 1024]


class TestCover:
    """`cover_stream` (`BufferedIOBase`) and `cover_type` (MIME: image/jpeg, image/png, image/webp)."""

    @pytest.mark.parametrize(
        ("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
    )
    async def test_the_cover_is_sent_and_submitted(
        self, sim: Simulator, account: Account, options: Options, kind: str, mime: str
    ):
        """Its bytes with its type; the address the server gave goes into the submission."""
        picture = picture_of(kind)
        await make_uploader(account, options, cover=picture, cover_type=mime).start()
        (stored,) = sim.covers
        assert (stored.md5, stored.content_type) == (md5(picture), mime)
        assert sim.archives[0].cover == stored.url

    async def test_without_cover_none_is_sent(self, sim: Simulator, account: Account, options: Options):
        """The submission has an empty one."""
        await make_uploader(account, options).start()
        assert (sim.seen("cover"), sim.archives[0].cover) == ([], "")

    async def test_the_stream_of_the_cover_stays_open_where_it_was(
        self, sim: Simulator, account: Account, options: Options, cover: bytes
    ):
        """Nor does it matter where that is."""
        uploader = make_uploader(account, options, cover=cover)
        stream = uploader.cover_stream
        assert stream is not None
        stream.seek(5)
        await uploader.start()
        assert (stream.closed, stream.tell(), sim.covers[0].md5) == (False, 5, md5(cover))

    async def test_a_cover_may_come_from_a_pipe(
        self, sim: Simulator, account: Account, options: Options, cover: bytes
    ):
        """It is read once, though it is looked at before it is sent."""
        with piped(cover) as stream:
            uploader = make_uploader(account, options)
            uploader.cover_stream = stream
            await uploader.start()
        assert sim.covers[0].md5 == md5(cover)

    @pytest.mark.parametrize("second", [picture_of("PNG", 970), None], ids=["another", "none"])
    async def test_another_cover_after_a_failure_is_the_one_submitted(
        self, sim: Simulator, account: Account, options: Options, cover: bytes, second: bytes | None
    ):
        """The next `start()` takes the cover that the uploader has then, not the one stored before."""
        sim.faults.add("submit", Code(21002, "the partition is closed"))
        uploader = make_uploader(account, options, cover=cover)
        with pytest.raises(ResponseCodeException):
            await uploader.start()
        uploader.cover_stream = io.BytesIO(second) if second else None
        uploader.cover_type = "image/png"
        await uploader.start()
        assert sim.archives[0].cover == (sim.covers[-1].url if second else "")
        assert [stored.md5 for stored in sim.covers] == [md5(data) for data in (cover, second) if data]

    async def test_a_cover_from_a_pipe_survives_a_failure(
        self, sim: Simulator, account: Account, options: Options, cover: bytes
    ):
        """The next `start()` sends the same bytes."""
        sim.faults.add("preupload", Status(404))
        with piped(cover) as stream:
            uploader = make_uploader(account, options)
            uploader.cover_stream = stream
            with pytest.raises(NetworkException):
                await uploader.start()
            await uploader.start()
        assert sim.covers[0].md5 == md5(cover)


class TestMeta:
    """`meta`: dict with the published keys."""

    async def test_every_published_key_arrives_as_it_was_given(
        self, sim: Simulator, account: Account, options: Options, fake: FakeWorld
    ):
        """Under its published name, on the PC tool's interface."""
        meta = good_meta() | {"dtime": int(fake.now()) + 86400}
        await make_uploader(account, options, meta=meta).start()
        sent = dict(sim.archives[0].meta)
        del sent["videos"], sent["cover"]
        assert sent == meta

    async def test_a_repost_names_its_source(self, sim: Simulator, account: Account, options: Options):
        """`copyright` 2 with `source`."""
        meta = good_meta() | {"copyright": 2, "source": "https://example.com/original", "no_reprint": 0}
        await make_uploader(account, options, meta=meta).start()
        assert (sim.archives[0].meta["copyright"], sim.archives[0].meta["source"]) == (2, meta["source"])

    async def test_dtime_is_optional(self, sim: Simulator, account: Account, options: Options):
        """Without it, none is sent."""
        await make_uploader(account, options).start()
        assert "dtime" not in sim.archives[0].meta

    @pytest.mark.parametrize(("key", "value"), [("videos", []), ("cover", "https://example.com/a.jpg")])
    async def test_videos_and_cover_are_reserved(
        self, sim: Simulator, account: Account, options: Options, key: str, value: object
    ):
        """Who gives them is told before anything is sent."""
        with pytest.raises(InvalidUpload) as raised:
            await make_uploader(account, options, meta=good_meta() | {key: value}).start()
        assert [problem.field for problem in raised.value.problems] == [f"meta.{key}"]
        assert sim.exchanges == []

    async def test_later_changes_of_the_arguments_do_not_reach_a_running_upload(
        self, sim: Simulator, account: Account, options: Options
    ):
        """What was checked is what is uploaded."""
        uploader = make_uploader(account, options, b"one", b"two")

        @uploader.on("PRE_PAGE")
        async def meddle(page: object) -> None:
            uploader.pages.clear()

        await uploader.start()
        assert len(sim.archives[0].videos) == 2


class TestInterface:
    """The interface is the PC submission tool's."""

    async def test_an_upload_is_these_requests(
        self, sim: Simulator, account: Account, options: Options, cover: bytes
    ):
        """Key, login, preupload, chunks, completion, cover, submission; all over https."""
        await make_uploader(account, options, cover=cover, credential=password_of(account, options)).start()
        assert [(seen.step, seen.method, seen.host, seen.path.rpartition("/")[0]) for seen in sim.exchanges][
            :3
        ] == [
            ("key", "GET", "passport.bilibili.com", "/x/passport-login/web"),
            ("login", "POST", "passport.bilibili.com", "/x/passport-login/oauth2"),
            ("preupload", "GET", "member.bilibili.com", ""),
        ]
        assert [seen.step for seen in sim.exchanges][3:] == ["chunk", "complete", "cover", "submit"]
        assert sim.seen("cover")[0].path == "/x/vu/client/cover/up"
        assert sim.seen("submit")[0].path == "/x/vu/client/add"
        assert {seen.scheme for seen in sim.exchanges} == {"https"}

    async def test_where_it_is_retired_the_error_says_so_and_what_was_kept(self, fake: FakeWorld):
        """Today's server answers 21590; nothing that was uploaded is thrown away."""
        async with Simulator(era="today", clock=fake.now) as sim:
            account = sim.add_account("alice", "correct horse")
            options = _options_for(sim, fake)
            with pytest.raises(ResponseCodeException, match="21590") as raised:
                await make_uploader(account, options, interface="client").start()
            assert "1 of 1 pages are stored" in raised.value.kept
            assert raised.value.hint


class TestStart:
    """`async start() -> dict`: uploads all, returns a dict with `bvid` and `aid`."""

    async def test_it_uploads_all_and_returns_aid_and_bvid(
        self, sim: Simulator, account: Account, options: Options, cover: bytes
    ):
        """Those of the archive that was made."""
        result = await make_uploader(account, options, b"one", b"two", cover=cover).start()
        assert result == {"aid": sim.archives[0].aid, "bvid": sim.archives[0].bvid}

    async def test_bad_arguments_are_reported_all_at_once_before_anything_is_sent(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Each with its field and its fix."""
        uploader = make_uploader(
            account, options, b"", meta=good_meta() | {"title": "", "tid": -1}, threads=0, chunk_size=0
        )
        with pytest.raises(InvalidUpload) as raised:
            await uploader.start()
        fields = {problem.field for problem in raised.value.problems}
        assert fields == {"pages[0]", "meta.title", "meta.tid", "threads", "chunk_size"}
        assert all(problem.fix for problem in raised.value.problems)
        assert sim.exchanges == []

    @pytest.mark.parametrize("step", ["preupload", "chunk", "complete", "cover", "submit"])
    async def test_after_a_failure_it_sends_only_the_rest(
        self, sim: Simulator, account: Account, options: Options, cover: bytes, step: Step
    ):
        """Wherever it stopped, no chunk is stored twice and one archive is made."""
        refusal: Any = Code(-403) if step in {"cover", "submit"} else Status(400)
        sim.faults.add(step, refusal, after=1 if step in {"preupload", "complete", "chunk"} else 0)
        uploader = make_uploader(
            account, options, TEN_CHUNKS, TEN_CHUNKS[:CHUNK], cover=cover, chunk_size=CHUNK, threads=1
        )
        with pytest.raises(ApiException):
            await uploader.start()
        await uploader.start()
        assert chunk_numbers(stored_chunks(sim)) == sorted([*range(10), 0])
        assert len(sim.covers) == len(sim.archives) == 1
        assert [video.md5 for video in sim.archives[0].videos] == [md5(TEN_CHUNKS), md5(TEN_CHUNKS[:CHUNK])]

    async def test_after_a_success_it_returns_the_same_and_sends_nothing(
        self, sim: Simulator, account: Account, options: Options
    ):
        """A second archive would be a duplicate."""
        uploader = make_uploader(account, options)
        first = await uploader.start()
        requests = len(sim.exchanges)
        assert await uploader.start() == first
        assert len(sim.exchanges) == requests

    async def test_it_cannot_run_twice_at_once(self, sim: Simulator, account: Account, patient: Options):
        """The second call is refused, the first goes on."""
        stalled = sim.faults.add("chunk", Stall())
        uploader = make_uploader(account, patient)
        running = asyncio.create_task(uploader.start())
        await stalled.fired.wait()
        with pytest.raises(VideoUploadException, match="already running"):
            await uploader.start()
        assert not running.done()
        await uploader.abort()
        assert await running is None

    async def test_one_error_is_raised_not_a_group(self, sim: Simulator, account: Account, options: Options):
        """Though several chunks fail at once."""
        sim.faults.add("chunk", Status(400), times=None)
        uploader = make_uploader(account, options, TEN_CHUNKS, chunk_size=CHUNK)
        with pytest.raises(NetworkException) as raised:
            await uploader.start()
        assert raised.value.status == 400

    async def test_a_stored_page_whose_file_changed_is_sent_again(
        self, sim: Simulator, account: Account, options: Options, tmp_path: Path
    ):
        """Between a failed submission and the next `start()`: what is published is what the file is now."""
        file = tmp_path / "video.mp4"
        file.write_bytes(b"before")
        sim.faults.add("submit", Code(-102))
        uploader = make_uploader(account, options, pages=[VideoUploaderPage(file, "P1")])
        with pytest.raises(ResponseCodeException):
            await uploader.start()
        file.write_bytes(b"afterwards")
        await uploader.start()
        assert [video.size for video in sim.archives[0].videos] == [len(b"afterwards")]

    async def test_a_stored_page_whose_file_is_gone_is_published(
        self, sim: Simulator, account: Account, options: Options, tmp_path: Path
    ):
        """It is on the server as it was meant."""
        file = tmp_path / "video.mp4"
        file.write_bytes(b"before")
        sim.faults.add("submit", Code(-102))
        with file.open("rb") as stream:
            uploader = make_uploader(account, options, pages=[VideoUploaderPage(stream, "P1")])
            with pytest.raises(ResponseCodeException):
                await uploader.start()
            file.unlink()
            await uploader.start()
        assert (len(sim.archives), len(sim.seen("chunk"))) == (1, 1)

    async def test_a_stream_that_was_replaced_is_the_one_that_is_sent(
        self, sim: Simulator, account: Account, options: Options
    ):
        """`page.video_stream` is the caller's to change while nothing runs."""
        page = VideoUploaderPage(io.BytesIO(b"one"), "P1")
        uploader = make_uploader(account, options, pages=[page])
        page.video_stream = io.BytesIO(b"three")
        await uploader.start()
        assert sim.videos[0].size == len(b"three")


class TestCopies:
    """The arguments are the caller's."""

    async def test_pages_and_meta_are_left_as_they_were(self, account: Account, options: Options):
        """The list of pages is the same list with the same pages."""
        uploader = make_uploader(account, options, b"one", b"two")
        pages, meta = uploader.pages, copy.deepcopy(uploader.meta)
        before = list(pages)
        await uploader.start()
        assert uploader.pages is pages
        assert (pages, uploader.meta) == (before, meta)


class _Flights:
    """Counts the chunks under way, as the simulator sees them."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        self._begun = 0
        self.most = 0

    def began(self, received: Received) -> bool:
        self._begun += 1
        self.most = max(self.most, self._begun - len(self._sim.seen("chunk")))
        return True


def _options_for(sim: Simulator, fake: FakeWorld) -> Options:
    return Options(server=Server(sim.url, sim.ca_file), world=fake.world)
