"""What was given for a page: streams that cannot seek are copied once, to disk, and the copy is removed."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import io
import os
import socket
import sys
import tempfile
import threading
import time
import tracemalloc
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.streams import Flow, read_all
from tests.kit import content

from bilibili_api.engine.origin import Origin
from bilibili_api.engine.source import FileSource
from bilibili_api.exceptions import SourceChanged, SpoolFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from bilibili_api.simulator import Account, Simulator

MIB = 1024 * 1024
DATA = content(3 * MIB + 17)
MD5 = hashlib.md5(DATA).hexdigest()

shows_descriptors = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")


def blocks(data: bytes = DATA) -> list[bytes | Exception]:
    return [data[start : start + 100_000] for start in range(0, len(data), 100_000)]


def copies_in(directory: Path) -> list[str]:
    """The temporary files in `directory`, named or not, that this process holds open."""
    held: list[str] = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except OSError:  # the one that lists the others
            continue
        if target.startswith(f"{directory}/"):
            held.append(target)
    return held


def copying_ends() -> None:
    """Wait until no thread copies any more."""
    for thread in threading.enumerate():
        if thread.name == "bvup-spool":
            thread.join(5)


@contextmanager
def pipe(data: bytes) -> Generator[io.BufferedReader]:
    """A pipe that gives `data` and ends."""
    reading, writing = os.pipe()

    def feed() -> None:
        with open(writing, "wb") as end:  # noqa: PTH123 - a descriptor
            end.write(data)

    feeder = threading.Thread(target=feed)
    feeder.start()
    with open(reading, "rb") as stream:  # noqa: PTH123 - a descriptor
        yield stream
    feeder.join(5)


async def all_of(origin: Origin) -> bytes:
    async with origin.opened() as source:
        return await asyncio.to_thread(read_all, source)


@pytest.mark.parametrize("as_text", [True, False])
async def test_a_path_is_opened_and_closed(tmp_path: Path, as_text: bool):
    """As text or as `Path`."""
    path = tmp_path / "video.mp4"
    path.write_bytes(DATA)
    origin = Origin(str(path) if as_text else path)
    assert (await all_of(origin), await origin.size(), await origin.md5()) == (DATA, len(DATA), MD5)


async def test_a_path_that_is_gone_is_an_error_of_ours(tmp_path: Path):
    """It says which file."""
    with pytest.raises(SourceChanged, match=r"gone\.mp4"):
        await Origin(tmp_path / "gone.mp4").size()


async def test_a_pipe_arrives_whole(spool_directory: Path):
    """Its bytes can be read at any offset, as those of a file."""
    with pipe(DATA) as stream:
        assert await all_of(Origin(stream)) == DATA


async def test_the_file_of_a_socket_arrives_whole(spool_directory: Path):
    """It cannot seek either."""
    near, far = socket.socketpair()
    with near, near.makefile("rb") as stream:

        def feed() -> None:
            with far:
                far.sendall(DATA)

        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(feed))
            assert await all_of(Origin(stream)) == DATA


async def test_a_pipe_is_read_once(spool_directory: Path):
    """Size, md5 and every opening share one copy."""
    stream = Flow(blocks())
    origin = Origin(stream)
    assert (await origin.size(), await origin.md5()) == (len(DATA), MD5)
    assert await all_of(origin) == await all_of(origin) == DATA
    assert stream.reads == len(blocks()) + 1


async def test_callers_at_the_same_time_share_the_copy(spool_directory: Path):
    """Asking for the size during an upload takes nothing away from it."""
    origin = Origin(Flow(blocks()))
    sizes = await asyncio.gather(*(origin.size() for _ in range(5)))
    assert (sizes, await all_of(origin)) == ([len(DATA)] * 5, DATA)


async def test_the_copy_is_on_disk_and_not_in_memory(spool_directory: Path):
    """64 MiB through a pipe take a few blocks of memory."""
    block = content(MIB)
    origin = Origin(Flow(block for _ in range(64)))
    tracemalloc.start()
    try:
        async with origin.opened() as source:
            _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (source.size(), type(source)) == (64 * MIB, FileSource)
    assert peak < 4 * MIB


async def test_the_copy_has_no_name(spool_directory: Path):
    """Nothing is left behind even if the process is killed."""
    origin = Origin(Flow(blocks()))
    await origin.size()
    assert os.listdir(spool_directory) == []  # noqa: PTH208 - `iterdir` is taken for blocking here


@shows_descriptors
async def test_the_copy_is_removed_once_the_page_is_stored(spool_directory: Path):
    """Its room is free again as soon as nobody needs it."""
    origin = Origin(Flow(blocks()))
    await origin.size()
    assert len(copies_in(spool_directory)) == 1
    origin.done(len(DATA), MD5)
    assert copies_in(spool_directory) == []


@shows_descriptors
async def test_the_copy_is_removed_with_a_page_that_was_given_up(spool_directory: Path):
    """An upload that never succeeds does not keep the disk full."""
    origin = Origin(Flow(blocks()))
    await origin.size()
    await asyncio.to_thread(copying_ends)
    del origin
    gc.collect()
    assert copies_in(spool_directory) == []


async def test_one_who_stops_waiting_does_not_stop_the_copy_for_others(spool_directory: Path):
    """Two ask for the size; the first is cancelled, the second gets the whole."""
    stream = Halting()
    origin = Origin(stream)
    first, second = (asyncio.create_task(origin.size()) for _ in range(2))
    await asyncio.to_thread(stream.halted.wait, 5)
    first.cancel()
    stream.gate.set()
    assert await second == len(DATA)


async def test_size_and_md5_are_known_after_the_copy_is_gone(spool_directory: Path):
    """They may be asked for before, during and after an upload."""
    origin = Origin(Flow(blocks()))
    async with origin.opened():
        origin.done(len(DATA), MD5)
        assert (await origin.size(), await origin.md5()) == (len(DATA), MD5)
    assert (await origin.size(), await origin.md5()) == (len(DATA), MD5)


async def test_the_copy_lives_as_long_as_somebody_reads_it(spool_directory: Path):
    """Whoever opened it before reads it to its end."""
    origin = Origin(Flow(blocks()))
    async with origin.opened() as source:
        origin.done(len(DATA), MD5)
        assert await asyncio.to_thread(read_all, source) == DATA


async def test_a_copy_that_is_gone_is_not_made_again(spool_directory: Path):
    """The stream has nothing left to give; the error says so instead of uploading nothing."""
    origin = Origin(Flow(blocks()))
    await origin.size()
    origin.done(len(DATA), MD5)
    with pytest.raises(SourceChanged, match="temporary copy was removed") as caught:
        await all_of(origin)
    assert "new stream" in caught.value.hint


async def test_no_temporary_directory_is_an_error_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Nothing was read from the stream, so it can be tried again."""
    stream = Flow(blocks())
    origin = Origin(stream)
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
        with pytest.raises(SpoolFailed) as caught:
            await origin.size()
    assert ("TMPDIR" in caught.value.hint, stream.reads) == (True, 0)
    assert await all_of(origin) == DATA


DISK_FULL = """
import asyncio, io, os, resource, sys, threading
from bilibili_api.engine.origin import Origin
from bilibili_api.exceptions import SpoolFailed
from tests.engine.streams import Flow, read_all

data = os.urandom(3 * 1024 * 1024)
origin = Origin(Flow(data[start : start + 300_000] for start in range(0, len(data), 300_000)))

async def main():
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in (1_000_000, 2_000_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
        try:
            await origin.size()
        except SpoolFailed as error:
            print("failed:", error, error.hint)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    async with origin.opened() as source:
        assert read_all(source) == data
    print("whole")

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
async def test_a_full_disk_loses_nothing_that_was_read(run_script: Callable[..., Awaitable[str]]):
    """It fails with what to do, twice, and goes on where it was once there is room."""
    said = (await run_script(DISK_FULL)).splitlines()
    assert [line.partition(":")[0] for line in said] == ["failed", "failed", "whole"]
    assert "Make room" in said[0]


async def test_a_stream_that_breaks_is_an_error_of_ours_and_goes_on_next_time(spool_directory: Path):
    """What was copied before the failure is not lost."""
    first, *rest = blocks()
    origin = Origin(Flow([first, ConnectionResetError("peer left"), *rest]))
    with pytest.raises(SourceChanged, match="peer left"):
        await origin.size()
    assert await all_of(origin) == DATA


async def test_a_stream_with_errors_of_its_own_is_an_error_of_ours(spool_directory: Path):
    """The body of an HTTP answer, for instance, raises what its library pleases."""

    class IncompleteReadError(Exception):
        pass

    with pytest.raises(SourceChanged, match="3 bytes missing"):
        await Origin(Flow([IncompleteReadError("3 bytes missing")])).size()


async def test_a_stream_in_non_blocking_mode_is_refused(spool_directory: Path):
    """It has nothing to read now, which is not its end."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with os.fdopen(reading, "rb", buffering=0) as stream, os.fdopen(writing, "wb"):
        origin = Origin(stream)
        with pytest.raises(SourceChanged, match="non-blocking"):
            await origin.size()


class Halting(Flow):
    """Waits for `gate` before its second block."""

    def __init__(self) -> None:
        super().__init__(blocks())
        self.gate = threading.Event()
        self.halted = threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        if self.reads == 1:
            self.halted.set()
            assert self.gate.wait(10)
        return super().read(size)


async def test_cancelling_while_a_pipe_blocks_ends_at_once(spool_directory: Path):
    """Nobody waits for whoever fills the pipe."""
    stream = Halting()
    task = asyncio.create_task(Origin(stream).size())
    await asyncio.to_thread(stream.halted.wait, 5)
    begun = time.perf_counter()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.perf_counter() - begun < 5
    stream.gate.set()


@pytest.mark.parametrize("waits", [True, False], ids=["still blocked", "long since read"])
async def test_a_copy_that_was_cancelled_goes_on_where_it_was(spool_directory: Path, waits: bool):
    """What the interrupted read still brings belongs to the copy, whenever it comes."""
    stream = Halting()
    origin = Origin(stream)
    task = asyncio.create_task(origin.size())
    await asyncio.to_thread(stream.halted.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    if not waits:
        stream.gate.set()
        await asyncio.to_thread(copying_ends)
    again = asyncio.create_task(all_of(origin))
    await asyncio.sleep(0)
    stream.gate.set()
    assert await again == DATA


BLOCKED_FOR_EVER = """
import asyncio, os, sys
from bilibili_api.video_uploader import VideoUploader, VideoUploaderCredential, VideoUploaderPage

async def main():
    reading, writing = os.pipe()
    os.write(writing, b"the beginning of a video")
    page = VideoUploaderPage(os.fdopen(reading, "rb"), title="P1")
    meta = {"title": "A title", "tid": 21, "tag": "one", "copyright": 1}
    uploader = VideoUploader([page], meta, VideoUploaderCredential(sys.argv[1]))
    running = asyncio.create_task(uploader.start())
    while uploader.progress.stage != "upload":
        await asyncio.sleep(0.01)
    await uploader.abort()
    print(await running)

asyncio.run(main())
print("ended")
"""


async def test_an_upload_from_a_pipe_that_blocks_for_ever_can_be_aborted(
    run_script: Callable[..., Awaitable[str]], sim: Simulator, account: Account
):
    """`abort` returns, `start` returns None, and the process ends."""
    begun = time.perf_counter()
    server = {"BVUP_SERVER": sim.url, "BVUP_CA": str(sim.ca_file)}
    said = await run_script(BLOCKED_FOR_EVER, account.access_key, within=15, **server)
    assert said.split() == ["None", "ended"]
    assert time.perf_counter() - begun < 10


async def test_a_file_is_not_copied(spool_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What can seek is read where it is."""

    def refuse(*_: Any, **__: Any) -> Any:
        pytest.fail("a copy was made")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    path = tmp_path / "video.mp4"
    path.write_bytes(DATA)
    with path.open("rb") as stream:
        assert await all_of(Origin(stream)) == DATA
    assert await all_of(Origin(io.BytesIO(DATA))) == DATA


def test_only_what_reads_from_nothing_else_is_read_beside_others(tmp_path: Path):
    """A file while it is open, or bytes in memory; of other streams nobody knows what lies behind."""
    path = tmp_path / "video.mp4"
    path.write_bytes(b"video")
    with path.open("r+b") as stream:
        assert Origin(stream).is_its_own
    assert not Origin(stream).is_its_own
    assert Origin(io.BytesIO()).is_its_own
    assert not Origin(io.BufferedReader(io.BytesIO())).is_its_own
