"""The way of a page: bounded buffers, digests in order, sources that change under way, progress."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import threading
from typing import TYPE_CHECKING

import pytest
from tests.engine.streams import Gated
from tests.kit import content, listen, make_uploader, names

from bilibili_api.engine.chunks import ChunkReader
from bilibili_api.engine.source import SeekableSource
from bilibili_api.exceptions import SourceChanged
from bilibili_api.simulator import Stall
from bilibili_api.video_uploader import Progress, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options, VideoUploader

MIB = 1024 * 1024
CHUNK = 10_000
DATA = content(12 * CHUNK + 5)


async def drain(chunks: ChunkReader) -> list[tuple[int, int, str]]:
    seen: list[tuple[int, int, str]] = []
    while (chunk := await chunks.next()) is not None:
        seen.append((chunk.number, chunk.offset, hashlib.md5(chunk.content).hexdigest()))
        assert chunk.mark == seen[-1][2]
        chunks.give_back(chunk)
    return seen


async def test_chunks_come_in_order_with_their_digests_and_the_digest_of_the_whole():
    """Whatever order they were read in."""
    chunks = ChunkReader(SeekableSource(io.BytesIO(DATA)), len(DATA), CHUNK, 1)
    async with asyncio.TaskGroup() as group:
        group.create_task(chunks.run())
        seen = await drain(chunks)
    assert seen == [
        (n, n * CHUNK, hashlib.md5(DATA[n * CHUNK : (n + 1) * CHUNK]).hexdigest()) for n in range(13)
    ]
    assert chunks.digest() == hashlib.md5(DATA).hexdigest()


class Overtaken(SeekableSource):
    """Each second chunk is read before the one in front of it."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(DATA))
        self._read = [threading.Event() for _ in range(14)]
        self._read[13].set()

    def read_into(self, offset: int, room: memoryview) -> None:
        number = offset // CHUNK
        if number % 2 == 0:
            assert self._read[number + 1].wait(5)
        super().read_into(offset, room)
        self._read[number].set()


async def test_the_digest_of_the_whole_is_right_where_chunks_overtake_each_other():
    """Two are read at once, and who is first does not wait in a thread."""
    chunks = ChunkReader(Overtaken(), len(DATA), CHUNK, 4)
    async with asyncio.TaskGroup() as group, asyncio.timeout(10):
        group.create_task(chunks.run())
        seen = await drain(chunks)
    assert [number for number, *_ in seen] == list(range(13))
    assert chunks.digest() == hashlib.md5(DATA).hexdigest()


@pytest.mark.parametrize(
    ("size", "chunk_size", "threads", "senders"),
    [
        (100, 10, 5, 5),
        (100, 10, 64, 10),
        (100, 100, 8, 1),
        (1, 64 * MIB, 64, 1),
        (100 * MIB * 10, 64 * MIB, 64, 4),
        (100 * MIB * 10, 2 * MIB, 8, 8),
    ],
)
def test_never_more_senders_than_chunks_or_memory(size: int, chunk_size: int, threads: int, senders: int):
    """Very large chunks fly in smaller numbers, so that their buffers stay within 256 MiB."""
    stream = io.BytesIO()
    assert ChunkReader(SeekableSource(stream), size, chunk_size, threads).senders == senders


async def test_reading_waits_for_buffers():
    """Nothing is read ahead of what is being sent, but for two chunks, however many could be sent."""
    stream = Gated(DATA)
    stream.gate.set()
    reads: list[int] = []
    read = stream.read

    def count(size: int | None = -1, /) -> bytes:
        reads.append(stream.tell())
        return read(size)

    stream.read = count
    chunks = ChunkReader(SeekableSource(stream), len(DATA), CHUNK, 9)
    running = asyncio.create_task(chunks.run())
    first = await chunks.next()
    for _ in range(50):
        await asyncio.sleep(0.002)
    assert len(reads) == 3
    running.cancel()
    await asyncio.wait([running])
    assert first is not None


async def test_nobody_who_sends_waits_for_the_digest_of_the_whole(monkeypatch: pytest.MonkeyPatch):
    """While that stands still, all that is read ahead can be sent."""
    standstill = asyncio.Event()

    async def feed(*_: object) -> None:
        await standstill.wait()

    monkeypatch.setattr("bilibili_api.engine.chunks._WholeDigest.feed", feed)
    chunks = ChunkReader(SeekableSource(io.BytesIO(DATA)), len(DATA), CHUNK, 9)
    async with asyncio.TaskGroup() as group, asyncio.timeout(5):
        reading = group.create_task(chunks.run())
        for number in range(3):
            chunk = await chunks.next()
            assert chunk is not None
            assert chunk.number == number
            chunks.give_back(chunk)
        reading.cancel()


def page_of(path: Path) -> VideoUploaderPage:
    path.write_bytes(DATA)
    return VideoUploaderPage(path, title="P1")


def shrink(path: Path) -> None:
    os.truncate(path, 2 * CHUNK)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def rewrite(path: Path) -> None:
    path.with_name("new").write_bytes(DATA)
    path.with_name("new").replace(path)


@pytest.mark.parametrize("change", [shrink, grow, rewrite])
async def test_a_file_that_changes_under_way_is_never_completed(
    sim: Simulator, account: Account, options: Options, tmp_path: Path, change: Callable[[Path], None]
):
    """Shrunk, grown or replaced: the error says so, and no damaged video is published."""
    path = tmp_path / "video.mp4"
    uploader = make_uploader(account, options, pages=[page_of(path)], threads=1, chunk_size=CHUNK)

    async def spoil(_: object) -> None:
        change(path)

    uploader.add_event_listener("PRE_PAGE", spoil)
    heard = listen(uploader)
    with pytest.raises(SourceChanged) as caught:
        await uploader.start()
    assert "finished file" in caught.value.hint
    assert (sim.seen("complete"), sim.videos, names(heard)[-1]) == ([], [], "FAILED")


async def test_a_file_that_changed_in_between_is_sent_anew(
    sim: Simulator, account: Account, options: Options, tmp_path: Path
):
    """What is published is what lies there at the second `start()`, every byte of it."""
    path = tmp_path / "video.mp4"
    uploader = make_uploader(account, options, pages=[page_of(path)], threads=1, chunk_size=CHUNK)
    spoilt: list[object] = []

    async def spoil(_: object) -> None:
        if not spoilt:
            spoilt.append(path.write_bytes(DATA[::-1]))

    uploader.add_event_listener("PRE_PAGE", spoil)
    with pytest.raises(SourceChanged):
        await uploader.start()
    assert await uploader.start()
    assert sim.videos[0].md5 == hashlib.md5(DATA[::-1]).hexdigest()


async def test_a_stream_that_is_closed_under_way_is_an_error_of_ours(account: Account, options: Options):
    """The caller has closed it too early; the hint says how to go on."""
    stream = io.BytesIO(DATA)
    page = VideoUploaderPage(stream, title="P1")
    uploader = make_uploader(account, options, pages=[page], threads=1, chunk_size=CHUNK)

    async def close(_: object) -> None:
        stream.close()

    uploader.add_event_listener("PRE_PAGE", close)
    with pytest.raises(SourceChanged, match="cannot be read any more") as caught:
        await uploader.start()
    assert caught.value.hint


async def test_two_pages_of_one_stream(sim: Simulator, account: Account, options: Options):
    """Each is the whole stream."""
    stream = io.BytesIO(DATA)
    pages = [VideoUploaderPage(stream, title=title) for title in ("P1", "P2")]
    await make_uploader(account, options, pages=pages, chunk_size=CHUNK).start()
    assert [video.md5 for video in sim.videos] == [hashlib.md5(DATA).hexdigest()] * 2


class TestProgress:
    """A snapshot that can be asked for at any time."""

    @pytest.fixture
    def uploader(self, account: Account, options: Options, cover: bytes) -> VideoUploader:
        return make_uploader(account, options, DATA, b"second", chunk_size=CHUNK, cover=cover, threads=3)

    async def test_before_and_after(self, uploader: VideoUploader):
        """From nothing to all of it."""
        assert uploader.progress == Progress("ready", ())
        await uploader.start()
        after = uploader.progress
        assert (after.stage, after.size, after.stored, after.sent) == ("done", *[len(DATA) + 6] * 3)
        assert [(page.title, page.done) for page in after.pages] == [("P1", True), ("P2", True)]

    async def test_it_never_exceeds_the_size_and_what_is_stored_only_grows(self, uploader: VideoUploader):
        """Seen at every event."""
        seen: list[Progress] = []
        uploader.dispatch = _recording(uploader, seen)
        await uploader.start()
        stored = [progress.stored for progress in seen]
        assert stored == sorted(stored)
        assert all(each.stored <= each.sent <= each.size for progress in seen for each in progress.pages)
        stages = list(dict.fromkeys(progress.stage for progress in seen))
        assert stages == ["upload", "cover", "submit", "done"]

    async def test_chunks_that_hang_count_with_what_was_taken_of_them(
        self, sim: Simulator, uploader: VideoUploader
    ):
        """`sent` runs ahead of `stored`."""
        hanging = sim.faults.add("chunk", Stall(after=5000), times=None)
        running = asyncio.create_task(uploader.start())
        async with asyncio.timeout(10):
            await hanging.fired.wait()
            while uploader.progress.sent < 5000:  # noqa: ASYNC110 - a snapshot sends no events
                await asyncio.sleep(0.01)
        assert uploader.progress.stored == 0
        await uploader.abort()
        await running
        assert uploader.progress.sent == 0


def _recording(uploader: VideoUploader, seen: list[Progress]) -> Callable[..., None]:
    dispatch = uploader.dispatch

    def record(*args: object) -> None:
        seen.append(uploader.progress)
        dispatch(*args)  # pyright: ignore[reportArgumentType] - handed on as they come

    return record
