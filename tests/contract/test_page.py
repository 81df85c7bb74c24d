"""`VideoUploaderPage`, sentence by sentence."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import hashlib
import io
import os
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import content, make_uploader, piped, until

from bilibili_api.exceptions import SourceChanged
from bilibili_api.simulator import Stall, Status
from bilibili_api.video_uploader import Patience, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options

BYTES = content(300_000)
MD5 = hashlib.md5(BYTES).hexdigest()
CHUNK = 64 * 1024
PART = 1000
"""Where a stream stands before an upload, somewhere in the middle."""


class Own(io.BufferedIOBase):
    """A seekable stream of somebody's own: gives less than asked for and counts what it gave."""

    def __init__(self, data: bytes = BYTES) -> None:
        self._inner = io.BytesIO(data)
        self.given = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = 10_000 if size is None or size < 0 else min(size, 10_000)
        data = self._inner.read(wanted)
        self.given += len(data)
        return data


class Once(Own):
    """A stream that cannot seek."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        raise io.UnsupportedOperation("seek")

    def tell(self) -> int:
        raise io.UnsupportedOperation("tell")


class Gated(Own):
    """A stream whose reads wait until somebody opens the gate."""

    def __init__(self, data: bytes = BYTES) -> None:
        super().__init__(data)
        self.gate = threading.Event()
        self.reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        if size == 0:
            return b""
        self.reads += 1
        assert self.gate.wait(10), "nobody opened the gate: the event loop is blocked"
        return super().read(size)


def _file(folder: Path) -> Path:
    path = folder / "video.bin"
    path.write_bytes(BYTES)
    return path


def _compressed(folder: Path, library: Any) -> Any:
    path = folder / "video.packed"
    path.write_bytes(library.compress(BYTES))
    return library.open(path, "rb")


def _temporary(maker: Callable[..., Any], **given: Any) -> Any:
    file = maker(**given)
    file.write(BYTES)
    return file


SEEKABLE: dict[str, Callable[[Path], Any]] = {
    "file": lambda folder: _file(folder).open("rb"),
    "file opened for reading and writing": lambda folder: _file(folder).open("r+b"),
    "BytesIO": lambda folder: io.BytesIO(BYTES),
    "gzip": lambda folder: _compressed(folder, gzip),
    "bz2": lambda folder: _compressed(folder, bz2),
    "TemporaryFile": lambda folder: _temporary(tempfile.TemporaryFile),
    "NamedTemporaryFile": lambda folder: _temporary(tempfile.NamedTemporaryFile),
    "SpooledTemporaryFile": lambda folder: _temporary(tempfile.SpooledTemporaryFile, max_size=1000),
    "somebody's own": lambda folder: Own(),
}

seekable = pytest.mark.parametrize("opened", SEEKABLE.values(), ids=SEEKABLE)


class TestConstruction:
    """`VideoUploaderPage(video_stream, title, description="", extension="mp4")`."""

    async def test_title_description_and_extension_reach_the_server(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Title and description with the submission, the extension in the name of the file."""
        page = VideoUploaderPage(io.BytesIO(b"video"), "A part", "About it", "flv")
        await make_uploader(account, options, pages=[page]).start()
        (archive,) = sim.archives
        assert {**archive.meta["videos"][0], "filename": ""} == {
            "title": "A part",
            "desc": "About it",
            "filename": "",
        }
        assert archive.videos[0].name == "A part.flv"

    async def test_description_and_extension_have_defaults(
        self, sim: Simulator, account: Account, options: Options
    ):
        """No description, and mp4."""
        await make_uploader(
            account, options, pages=[VideoUploaderPage(io.BytesIO(b"video"), title="P1")]
        ).start()
        assert sim.archives[0].meta["videos"][0]["desc"] == ""
        assert sim.videos[0].name == "P1.mp4"


class TestStream:
    """`video_stream` is any `BufferedIOBase` opened for reading in binary. A page belongs to the caller."""

    @seekable
    async def test_any_seekable_stream_arrives_whole_and_stays_open_where_it_was(
        self,
        sim: Simulator,
        account: Account,
        options: Options,
        tmp_path: Path,
        opened: Callable[[Path], Any],
    ):
        """The uploader neither closes the stream nor depends on its position."""
        with opened(tmp_path) as stream:
            stream.seek(PART)
            page = VideoUploaderPage(stream, title="P1")
            await make_uploader(account, options, pages=[page], chunk_size=CHUNK).start()
            assert (sim.videos[0].md5, sim.videos[0].size) == (MD5, len(BYTES))
            assert not stream.closed
            assert stream.tell() == PART

    async def test_a_pipe_arrives_whole_and_stays_open(
        self, sim: Simulator, account: Account, options: Options
    ):
        """What cannot seek is just as good."""
        with piped(BYTES) as stream:
            page = VideoUploaderPage(stream, title="P1")
            await make_uploader(account, options, pages=[page], chunk_size=CHUNK).start()
            assert sim.videos[0].md5 == MD5
            assert not stream.closed

    @seekable
    async def test_a_failed_upload_leaves_the_stream_open_where_it_was(
        self,
        sim: Simulator,
        account: Account,
        options: Options,
        tmp_path: Path,
        opened: Callable[[Path], Any],
    ):
        """It is the caller's even then."""
        sim.faults.add("chunk", Status(400), after=2, times=None)
        with opened(tmp_path) as stream:
            stream.seek(PART)
            page = VideoUploaderPage(stream, title="P1")
            with pytest.raises(Exception, match="HTTP 400"):
                await make_uploader(account, options, pages=[page], chunk_size=CHUNK).start()
            assert not stream.closed
            assert stream.tell() == PART

    async def test_an_abort_in_the_middle_of_a_read_leaves_the_stream_where_it_was(
        self, account: Account, options: Options
    ):
        """A read cannot be interrupted, but nothing moves the stream after it."""
        stream = Gated()
        stream.seek(PART)
        uploader = make_uploader(account, options, pages=[VideoUploaderPage(stream, "P1")], chunk_size=CHUNK)
        running = asyncio.create_task(uploader.start())
        await until(lambda: stream.reads)
        aborting = asyncio.create_task(uploader.abort())
        await asyncio.sleep(0)
        stream.gate.set()
        await aborting
        assert await running is None
        reads = stream.reads
        for _ in range(10):  # as long as any reader that was left behind needs
            await asyncio.to_thread(lambda: None)
        assert (stream.reads, stream.tell()) == (reads, PART)

    async def test_one_stream_may_be_two_pages(self, sim: Simulator, account: Account, options: Options):
        """Nobody takes the position away from anybody."""
        with io.BytesIO(BYTES) as stream:
            pages = [VideoUploaderPage(stream, title=title) for title in ("P1", "P2")]
            await make_uploader(account, options, pages=pages, chunk_size=CHUNK).start()
        assert [video.md5 for video in sim.videos] == [MD5, MD5]


class TestSizeAndMd5:
    """`get_size()` in bytes; `get_md5()` as 32 lower-case hex."""

    @seekable
    async def test_both_tell_about_the_whole_stream_and_leave_it_where_it_is(
        self, tmp_path: Path, opened: Callable[[Path], Any]
    ):
        """Wherever the stream stands."""
        with opened(tmp_path) as stream:
            stream.seek(PART)
            page = VideoUploaderPage(stream, title="P1")
            assert (await page.get_size(), await page.get_md5()) == (len(BYTES), MD5)
            assert stream.tell() == PART

    async def test_a_size_comes_from_the_file_system(self, tmp_path: Path):
        """The size of a file of 64 GiB is known without reading it."""
        path = tmp_path / "huge"
        with path.open("wb") as file:
            file.truncate(64 << 30)
        with path.open("rb") as stream:
            assert await VideoUploaderPage(stream, "P1").get_size() == 64 << 30

    async def test_the_size_of_a_stream_that_can_seek_needs_no_read(self):
        """Seeking to the end tells it."""
        stream = Own()
        await VideoUploaderPage(stream, "P1").get_size()
        assert stream.given == 0

    async def test_the_md5_of_a_stream_needs_one_read_of_it(self):
        """Every byte once."""
        stream = Own()
        await VideoUploaderPage(stream, "P1").get_md5()
        assert stream.given == len(BYTES)

    async def test_an_upload_reads_every_byte_once(self, account: Account, options: Options):
        """Digests of chunks and of the whole come from the same read."""
        stream = Own()
        await make_uploader(
            account, options, pages=[VideoUploaderPage(stream, "P1")], chunk_size=CHUNK
        ).start()
        assert stream.given == len(BYTES)

    async def test_neither_blocks_the_event_loop(self):
        """While a read hangs, other tasks run: one of them lets the read go on."""
        stream = Gated()
        asking = asyncio.create_task(VideoUploaderPage(stream, "P1").get_md5())
        await until(lambda: stream.reads)
        stream.gate.set()
        assert await asking == MD5

    async def test_spooling_does_not_block_the_event_loop_either(self):
        """The size of a pipe is known at its end; until then others run."""
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as stream:
            asking = asyncio.create_task(VideoUploaderPage(stream, "P1").get_size())
            await asyncio.sleep(0)
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(b"video")
            assert await asking == 5

    @pytest.mark.parametrize("kind", ["file", "BytesIO", "somebody's own", "pipe"])
    async def test_both_may_be_called_before_during_and_after_an_upload(
        self, sim: Simulator, account: Account, options: Options, tmp_path: Path, kind: str
    ):
        """The answer is the same each time, and the upload does not suffer."""
        with piped(BYTES) if kind == "pipe" else SEEKABLE[kind](tmp_path) as stream:
            page = VideoUploaderPage(stream, title="P1")
            uploader = make_uploader(account, options, pages=[page], chunk_size=CHUNK, threads=2)
            told: list[tuple[int, str]] = []

            @uploader.on("__ALL__")
            async def ask(event: object) -> None:
                told.append((await page.get_size(), await page.get_md5()))

            await ask(None)
            await uploader.start()
            await ask(None)
        assert len(told) > 10
        assert set(told) == {(len(BYTES), MD5)}
        assert sim.videos[0].md5 == MD5

    async def test_a_stream_that_was_closed_is_an_error_that_says_so(self):
        """Not a ValueError from somewhere inside."""
        stream = io.BytesIO(BYTES)
        stream.close()
        with pytest.raises(SourceChanged, match="closed"):
            await VideoUploaderPage(stream, "P1").get_size()


@pytest.fixture
def spools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[int]]:
    """Temporary files go to a folder of the test's own; return the sizes of those there are."""
    if sys.platform != "linux":
        pytest.skip("asks /proc which files are open")
    folder = tmp_path / "spools"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))

    def sizes() -> list[int]:
        found = [file.stat().st_size for file in folder.iterdir()]
        for descriptor in Path("/proc/self/fd").iterdir():
            try:
                if descriptor.readlink().is_relative_to(folder):
                    found.append(descriptor.stat().st_size)
            except OSError:  # it was closed meanwhile
                continue
        return found

    return sizes


class TestSpool:
    """A stream that cannot seek is spooled once to a temporary file on disk, and removed afterwards."""

    async def test_it_is_read_once(self, sim: Simulator, account: Account, options: Options):
        """Size, md5 and upload together read each byte of the stream once."""
        stream = Once()
        page = VideoUploaderPage(stream, "P1")
        assert (await page.get_size(), await page.get_md5()) == (len(BYTES), MD5)
        await make_uploader(account, options, pages=[page], chunk_size=CHUNK).start()
        assert (sim.videos[0].md5, stream.given) == (MD5, len(BYTES))

    async def test_the_copy_is_on_disk_during_the_upload_and_gone_afterwards(
        self, account: Account, options: Options, spools: Callable[[], list[int]]
    ):
        """The whole page lies in one file, which nobody else can see."""
        uploader = make_uploader(
            account, options, pages=[VideoUploaderPage(Once(), "P1")], chunk_size=CHUNK, threads=1
        )
        found: list[list[int]] = []

        @uploader.on("AFTER_CHUNK")
        async def look(chunk: object) -> None:
            found.append(spools())

        await uploader.start()
        assert {size for sizes in found for size in sizes} == {len(BYTES)}
        assert spools() == []

    async def test_the_copy_outlives_an_abort_so_that_start_can_go_on(
        self,
        sim: Simulator,
        account: Account,
        options: Options,
        spools: Callable[[], list[int]],
    ):
        """A pipe cannot be read again: its copy stays until the page is stored."""
        stalled = sim.faults.add("chunk", Stall(), chunk=1)
        patient = replace(options, patience=Patience())
        uploader = make_uploader(account, patient, pages=[VideoUploaderPage(Once(), "P1")], chunk_size=CHUNK)
        running = asyncio.create_task(uploader.start())
        await stalled.fired.wait()
        await uploader.abort()
        assert await running is None
        assert spools() == [len(BYTES)]
        await uploader.start()
        assert (sim.videos[0].md5, spools()) == (MD5, [])

    async def test_the_copy_goes_with_its_page(self, spools: Callable[[], list[int]]):
        """Who only asks for the size leaves nothing behind either."""
        page = VideoUploaderPage(Once(), "P1")
        await page.get_size()
        assert spools() == [len(BYTES)]
        del page
        assert spools() == []

    async def test_giving_up_a_question_does_not_cut_the_upload_short(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Two wait for the same copy, one is cancelled: the other still gets all of it."""

        class Slow(Gated, Once):
            pass

        stream = Slow()
        page = VideoUploaderPage(stream, "P1")
        asking = asyncio.create_task(page.get_size())
        await until(lambda: stream.reads)
        running = asyncio.create_task(make_uploader(account, options, pages=[page]).start())
        await until(lambda: [thread.name for thread in threading.enumerate()].count("bvup-spool") == 2)
        asking.cancel()
        await asyncio.wait([asking])
        stream.gate.set()
        await running
        assert (sim.videos[0].md5, sim.videos[0].size) == (MD5, len(BYTES))
