"""`VideoUploaderPage`, sentence by sentence."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import io
import os
import tempfile
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.streams import BYTES, CHUNK, MD5, Gated, Own
from tests.kit import make_uploader, piped, until

from bilibili_api.exceptions import SourceChanged
from bilibili_api.simulator import Status
from bilibili_api.video_uploader import VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options

PART = 1000
"""Where a stream stands before an upload, somewhere in the middle."""


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
