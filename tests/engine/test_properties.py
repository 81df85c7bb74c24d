"""Whatever the size, the chunk size, the number of threads and the kind of source: the bytes arrive intact."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import hashlib
import io
import json
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.streams import Dribble, Flow
from tests.kit import FakeWorld, content, key_of, make_uploader

from bilibili_api.simulator import DEMO_ACCOUNT, Cut, LostAnswer, NotOk, Simulator, Status
from bilibili_api.video_uploader import Options, Patience, Server, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1024 * 1024
RELAXED = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator() as running:
        yield running


@pytest.fixture
def options(sim: Simulator) -> Options:
    patience = Patience(connect=10, stall=5, answer=10, complete=10)
    return Options(server=Server(sim.url, sim.ca_file), patience=patience, world=FakeWorld().world)


def _named(data: bytes) -> Any:
    file = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed by the test
    file.write(data)
    return file


KINDS: dict[str, Callable[[bytes], Any]] = {
    "memory": io.BytesIO,
    "file": _named,
    "short reads": lambda data: Dribble(data, 1 + len(data) // 7),
    "pipe": lambda data: Flow(data[at : at + 10_000] for at in range(0, len(data), 10_000)),
    "gzip": lambda data: gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(data, 1))),
    "bz2": lambda data: bz2.BZ2File(io.BytesIO(bz2.compress(data, 1))),
}


@st.composite
def cuts(draw: st.DrawFn) -> tuple[int, int]:
    """A size, and a chunk size that makes at most 40 chunks of it."""
    size = draw(st.one_of(st.integers(1, 50), st.integers(1, 200_000)))
    return size, draw(st.integers(-(-size // 40), size + 3))


@RELAXED
@given(
    cut=cuts(), threads=st.integers(1, 64), kind=st.sampled_from(sorted(KINDS)), start_at=st.integers(0, 9)
)
async def test_any_page_arrives_intact(
    sim: Simulator, options: Options, cut: tuple[int, int], threads: int, kind: str, start_at: int
):
    """In exactly as many chunks as it takes, and the stream is left where it was."""
    size, chunk_size = cut
    data = content(size)
    sim.exchanges.clear()
    with KINDS[kind](data) as stream:
        if stream.seekable():
            stream.seek(min(start_at, size))
        page = VideoUploaderPage(stream, title="P1")
        assert await make_uploader(
            DEMO_ACCOUNT, options, pages=[page], threads=threads, chunk_size=chunk_size
        ).start()
        assert not stream.seekable() or stream.tell() == min(start_at, size)
    assert (sim.videos[-1].size, sim.videos[-1].md5) == (size, hashlib.md5(data).hexdigest())
    assert len(sim.seen("chunk")) == -(-size // chunk_size)


FAULTS = st.one_of(
    st.builds(Cut, after=st.integers(0, 5000)),
    st.builds(Status, st.sampled_from([408, 429, 500, 503])),
    st.just(NotOk()),
    st.just(LostAnswer()),
)


@settings(RELAXED, max_examples=15)
@given(
    faults=st.lists(st.tuples(st.integers(0, 7), FAULTS), max_size=10),
    threads=st.integers(1, 10),
    same=st.booleans(),
)
async def test_any_faults_of_chunks_leave_the_pages_intact(
    sim: Simulator, options: Options, faults: list[tuple[int, Any]], threads: int, same: bool
):
    """Two pages of eight chunks, from two streams or from one and the same."""
    sim.faults.clear()
    for chunk, fault in faults:
        sim.faults.add("chunk", fault, chunk=chunk)
    first = io.BytesIO(content(8000, 1))
    second = first if same else io.BytesIO(content(8000, 2))
    pages = [VideoUploaderPage(stream, title="P") for stream in (first, second)]
    uploader = make_uploader(
        DEMO_ACCOUNT, options, pages=pages, threads=threads, chunk_size=1000, credential=None
    )
    assert await uploader.start()
    sim.faults.clear()
    expected = [hashlib.md5(stream.getvalue()).hexdigest() for stream in (first, second)]
    assert [video.md5 for video in sim.videos[-2:]] == expected
    assert sim.archives[-1].videos == tuple(sim.videos[-2:])


async def test_a_page_is_the_same_for_uploads_at_the_same_time(sim: Simulator, options: Options):
    """Two uploaders that read one stream do not disturb each other."""
    stream = io.BytesIO(content(100_000))
    uploaders = [
        make_uploader(
            DEMO_ACCOUNT,
            options,
            pages=[VideoUploaderPage(stream, title="P")],
            chunk_size=5000,
            credential=key_of(DEMO_ACCOUNT, options),
        )
        for _ in range(3)
    ]
    assert all(await asyncio.gather(*(uploader.start() for uploader in uploaders)))
    assert {video.md5 for video in sim.videos[-3:]} == {hashlib.md5(stream.getvalue()).hexdigest()}


MEASURED = """
import asyncio, json, re, sys, time
from pathlib import Path
from bilibili_api.video_uploader import VideoUploader, VideoUploaderCredential, VideoUploaderPage

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024

async def main(path, key):
    lags, busy = [], []

    async def watch():
        while True:
            begun, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.005)
            lags.append(time.perf_counter() - begun - 0.005)
            busy.append(time.thread_time() - worked)

    meta = {"title": "A title", "tid": 21, "tag": "one", "copyright": 1}
    page = VideoUploaderPage(path, title="P1")
    uploader = VideoUploader([page], meta, VideoUploaderCredential(key), threads=8)
    before = peak()
    watching = asyncio.create_task(watch())
    await uploader.start()
    watching.cancel()
    print(json.dumps({"risen": peak() - before, "lag": sorted(lags)[len(lags) // 2], "busy": max(busy)}))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_a_large_page_takes_little_memory_and_never_blocks_the_loop(
    sim: Simulator, run_script: Callable[..., Awaitable[str]], tmp_path: Path
):
    """256 MiB with eight threads: at most 60 MiB more than the bare import, at most 50 ms of work in one go.

    Work is counted in CPU time of the loop's thread, since a busy machine stops it for longer; the time on
    the clock, which `benchmarks/` measures strictly, is only guarded coarsely.
    """
    path = tmp_path / "video.mp4"
    with path.open("wb") as file:
        file.truncate(256 * MIB)
    said = await run_script(
        MEASURED, str(path), DEMO_ACCOUNT.access_key, within=60, BVUP_SERVER=sim.url, BVUP_CA=str(sim.ca_file)
    )
    measured = json.loads(said)
    assert sim.videos[-1].size == 256 * MIB
    assert measured["risen"] < 60
    assert measured["busy"] < 0.05
    assert measured["lag"] < 0.2
