"""The cover of an upload: any picture or a frame, and never worth an upload unless the caller says so."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any, cast

import pytest
from PIL import Image
from tests.engine.today import Today, simulator_of_today
from tests.films import BLACK, film, scene
from tests.kit import listen, make_uploader, names, picture_of, piped

from bilibili_api.cover import Cover, prepare
from bilibili_api.exceptions import ExtraMissing, InvalidCover, InvalidUpload, ResponseCodeException
from bilibili_api.simulator import Code
from bilibili_api.video_uploader import VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options, VideoUploader

SMALL = Image.new("RGB", (320, 200), "teal")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A second of black, then a scene."""
    return film(tmp_path / "clip.mp4", [*[BLACK] * 10, *[scene(1)] * 20])


@pytest.fixture
def make(account: Account, options: Options) -> Any:
    """Make an uploader with what is wanted as its cover."""

    def made(cover: Any, *pages: VideoUploaderPage, **given: Any) -> VideoUploader:
        uploader = make_uploader(account, options, pages=pages or None, **given)
        uploader.cover = cover
        return uploader

    return made


def open_pipe(path: Path) -> AbstractContextManager[io.BufferedReader]:
    return piped(path.read_bytes())


def size_of(path: Path) -> int:
    return path.stat().st_size


class TestWhatIsGiven:
    @pytest.mark.parametrize("kind", ["path", "text path", "bytes", "stream", "pipe", "image", "wish"])
    async def test_every_kind_of_picture_becomes_the_cover(
        self, make: Any, sim: Simulator, tmp_path: Path, kind: str
    ) -> None:
        """Prepared as by `prepare`: this one is too small by itself."""
        path = tmp_path / "small.png"
        SMALL.save(path)
        content = path.read_bytes()
        with piped(content) as pipe:
            kinds: dict[str, Any] = {
                "path": path,
                "text path": str(path),
                "bytes": content,
                "stream": io.BytesIO(content),
                "pipe": pipe,
                "image": SMALL,
                "wish": Cover(path),
            }
            assert await make(kinds[kind]).start() is not None
        [archive], [cover] = sim.archives, sim.covers
        assert (archive.cover, cover.width, cover.height) == (cover.url, 960, 600)

    async def test_auto_takes_a_frame_of_the_first_page(self, make: Any, sim: Simulator, clip: Path) -> None:
        """One that is not black."""
        await make("auto", VideoUploaderPage(clip, "P1")).start()
        [cover] = sim.covers
        wanted = await prepare(scene(1))
        assert (cover.width, cover.height) == (wanted.width, wanted.height)
        assert cover.size > 20_000  # black takes less than half of it

    async def test_auto_takes_it_from_a_pipe_as_well(self, make: Any, sim: Simulator, clip: Path) -> None:
        """The page is uploaded whole, although it was looked at before."""
        with open_pipe(clip) as pipe:
            await make("auto", VideoUploaderPage(pipe, "P1")).start()
        assert (len(sim.covers), sim.archives[0].videos[0].size) == (1, size_of(clip))

    @pytest.mark.parametrize(("ratio", "size"), [("16:9", (1072, 603)), ("4:3", (960, 720))])
    async def test_the_ratio_can_be_chosen(
        self, make: Any, sim: Simulator, ratio: Any, size: tuple[int, int]
    ) -> None:
        """As for `prepare`."""
        await make(Cover(SMALL, ratio=ratio)).start()
        assert (sim.covers[0].width, sim.covers[0].height) == size

    async def test_it_is_told_like_any_cover(self, make: Any) -> None:
        """Before and after, between the last page and the submission."""
        uploader = make(SMALL)
        heard = listen(uploader)
        await uploader.start()
        told = names(heard)
        assert told[told.index("AFTER_PAGE") + 1 :][:3] == ["PRE_COVER", "AFTER_COVER", "PRE_SUBMIT"]

    async def test_a_cover_that_is_stored_is_not_sent_again(self, make: Any, sim: Simulator) -> None:
        """The next start() goes on where the first one failed."""
        uploader = make(SMALL)
        sim.faults.add("submit", Code(-403), times=1)
        with pytest.raises(ResponseCodeException):
            await uploader.start()
        await uploader.start()
        assert len(sim.seen("cover")) == 1


FAILING: dict[str, tuple[Any, type[Exception]]] = {
    "no picture": (b"words", InvalidCover),
    "a missing file": ("/nowhere/cover.png", InvalidCover),
    "a page that is no video": ("auto", InvalidCover),
}


NO_COVERS: list[tuple[Any, str]] = [
    (7, "cover"),
    (Cover(SMALL, ratio=cast("Any", "1:1")), "cover.ratio"),
    (Cover(SMALL, picture43=cast("Any", 7)), "cover.picture43"),
]


class TestFailing:
    @pytest.mark.parametrize(("cover", "error"), FAILING.values(), ids=FAILING)
    async def test_a_cover_that_cannot_be_made_loses_no_upload(
        self, make: Any, sim: Simulator, cover: Any, error: type[Exception], caplog: pytest.LogCaptureFixture
    ) -> None:
        """It goes on without one, says so in the log, and dispatches COVER_FAILED."""
        uploader = make(cover)
        heard = listen(uploader)
        assert await uploader.start() is not None
        assert (sim.archives[0].cover, len(sim.covers)) == ("", 0)
        assert isinstance(dict(heard)["COVER_FAILED"]["err"], error)
        assert "The upload goes on without it." in caplog.text

    async def test_a_cover_that_is_refused_loses_no_upload(
        self, make: Any, sim: Simulator, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The same when the server does not want it."""
        sim.faults.add("cover", Code(-400), times=None)
        uploader = make(SMALL)
        heard = listen(uploader)
        assert await uploader.start() is not None
        assert sim.archives[0].cover == ""
        assert isinstance(dict(heard)["COVER_FAILED"]["err"], ResponseCodeException)
        assert "The upload goes on without it." in caplog.text

    async def test_missing_pyav_loses_no_upload(
        self, make: Any, sim: Simulator, clip: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The error says what to install for the next time."""
        monkeypatch.setitem(sys.modules, "av.error", None)
        uploader = make("auto", VideoUploaderPage(clip, "P1"))
        heard = listen(uploader)
        assert await uploader.start() is not None
        assert isinstance(dict(heard)["COVER_FAILED"]["err"], ExtraMissing)

    @pytest.mark.parametrize(("cover", "_error"), FAILING.values(), ids=FAILING)
    async def test_a_required_cover_that_cannot_be_made_is_found_before_anything_is_sent(
        self, make: Any, sim: Simulator, cover: Any, _error: type[Exception]
    ) -> None:
        """As a problem of the argument `cover`."""
        with pytest.raises(InvalidUpload) as caught:
            await make(Cover(cover, required=True)).start()
        assert [problem.field for problem in caught.value.problems] == ["cover"]
        assert (sim.exchanges, bool(caught.value.problems[0].fix)) == ([], True)

    async def test_a_required_cover_that_is_refused_is_an_error_before_submitting(
        self, make: Any, sim: Simulator
    ) -> None:
        """What is stored is kept; the next start() sends the cover and submits."""
        sim.faults.add("cover", Code(-400), times=1)
        uploader = make(Cover(SMALL, required=True))
        with pytest.raises(ResponseCodeException) as caught:
            await uploader.start()
        assert (list(sim.archives), "1 of 1 pages" in caught.value.kept) == ([], True)
        chunks = len(sim.seen("chunk"))
        await uploader.start()
        assert (len(sim.seen("chunk")), sim.archives[0].cover) == (chunks, sim.covers[0].url)

    async def test_a_stream_as_published_is_still_required(self, make: Any, sim: Simulator) -> None:
        """`cover_stream` keeps its contract: COVER_FAILED, then the error."""
        sim.faults.add("cover", Code(-400), times=None)
        uploader = make(None)
        uploader.cover_stream = io.BytesIO(picture_of())
        with pytest.raises(ResponseCodeException):
            await uploader.start()

    @pytest.mark.parametrize(("cover", "field"), NO_COVERS)
    async def test_what_is_no_cover_at_all_is_found_before_anything_is_sent(
        self, make: Any, cover: Any, field: str
    ) -> None:
        """A mistake in the program is told at once."""
        assert [problem.field for problem in await make(cover).check()] == [field]

    async def test_two_covers_are_one_too_many(self, make: Any) -> None:
        """Nobody can know which one is meant."""
        uploader = make(SMALL)
        uploader.cover_stream = io.BytesIO(picture_of())
        assert [problem.what for problem in await uploader.check()] == [
            "is given twice, also as cover_stream."
        ]


class TestSecondCover:
    """The interface `web` takes a second cover of 4:3."""

    @pytest.fixture
    async def sim(self, fake: FakeWorld) -> AsyncIterator[Simulator]:
        async for running in simulator_of_today(fake):
            yield running

    @pytest.fixture
    def today(self, sim: Simulator, account: Account, options: Options) -> Today:
        return Today(sim, account, options)

    def made(self, today: Today, second: Any, **given: Any) -> VideoUploader:
        uploader = today.make(**given)
        uploader.cover = Cover(SMALL, picture43=second)
        return uploader

    async def test_both_are_stored_and_submitted(self, today: Today, sim: Simulator) -> None:
        """Each with its own ratio."""
        await self.made(today, scene(2), interface="web").start()
        [archive], (first, second) = sim.archives, sim.covers
        assert (archive.cover, archive.meta["cover43"]) == (first.url, second.url)
        assert (second.width, second.height) == (960, 720)

    async def test_the_interface_that_takes_both_is_tried_first(self, today: Today, sim: Simulator) -> None:
        """Else a login by the TV QR code, which begins with the app, would never show the second one."""
        await self.made(today, scene(2)).start()
        assert sim.archives[0].meta["cover43"] == sim.covers[1].url

    async def test_other_interfaces_get_the_first_one_only(
        self, today: Today, sim: Simulator, caplog: pytest.LogCaptureFixture
    ) -> None:
        """They do not know another, which is said."""
        await self.made(today, scene(2), interface="app").start()
        assert (len(sim.covers), "cover43" in sim.archives[0].meta) == (1, False)
        assert "4:3 is left out: the interface 'app' takes none" in caplog.text

    async def test_one_that_cannot_be_made_is_left_out(self, today: Today, sim: Simulator) -> None:
        """It is an addition."""
        await self.made(today, b"words", interface="web").start()
        assert (len(sim.covers), sim.archives[0].meta["cover43"]) == (1, "")

    async def test_one_that_is_refused_is_left_out(self, today: Today, sim: Simulator) -> None:
        """Even where the first one was required."""
        sim.faults.add("cover", Code(-400), after=1)
        uploader = self.made(today, scene(2), interface="web")
        uploader.cover = Cover(SMALL, picture43=scene(2), required=True)
        await uploader.start()
        assert (len(sim.covers), sim.archives[0].meta["cover43"]) == (1, "")
