"""Over UPOS any page arrives intact, whatever goes wrong with its parts, and takes little memory."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.streams import Flow
from tests.engine.today import BDA2, BLDSA, TX, md5
from tests.kit import FakeWorld, content, make_uploader

from bilibili_api.simulator import (
    DEMO_ACCOUNT,
    Answer,
    Cut,
    Forgotten,
    LostAnswer,
    RateLimited,
    Simulator,
    Status,
)
from bilibili_api.video_uploader import (
    Options,
    Patience,
    Server,
    VideoUploaderCredential,
    VideoUploaderPage,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from bilibili_api.video_uploader import VideoUploader

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1024 * 1024
RELAXED = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(era="today") as running:
        yield running


@pytest.fixture
def options(sim: Simulator) -> Options:
    patience = Patience(connect=10, stall=5, answer=10, complete=10)
    return Options(server=Server(sim.url, sim.ca_file), patience=patience, world=FakeWorld().world)


def uploader_of(sim: Simulator, options: Options, source: Any) -> VideoUploader:
    return make_uploader(
        DEMO_ACCOUNT,
        options,
        pages=[VideoUploaderPage(source, title="P1")],
        credential=VideoUploaderCredential(cookies=sim.cookies(), options=options),
        threads=64,
        line="bda2",
    )


SOURCES: dict[str, Callable[[bytes, Path], Any]] = {
    "file": lambda data, path: (path.write_bytes(data), path)[1],
    "memory": lambda data, _: io.BytesIO(data),
    "no seeking": lambda data, _: Flow(data[at : at + 9999] for at in range(0, len(data), 9999)),
}


@st.composite
def cuts(draw: st.DrawFn) -> tuple[int, int]:
    """A size, and a part size that makes at most 30 parts of it."""
    size = draw(st.one_of(st.integers(1, 50), st.integers(1, 200_000)))
    return size, draw(st.integers(-(-size // 30), size + 3))


@RELAXED
@given(cut=cuts(), threads=st.integers(1, 64), kind=st.sampled_from(sorted(SOURCES)))
async def test_any_page_arrives_intact(
    sim: Simulator, options: Options, tmp_path: Path, cut: tuple[int, int], threads: int, kind: str
):
    """In exactly as many parts as it takes."""
    size, sim.limits.chunk_size = cut
    sim.limits.threads = threads
    data = content(size)
    sim.exchanges.clear()
    assert await uploader_of(sim, options, SOURCES[kind](data, tmp_path / "video.mp4")).start()
    assert (sim.videos[-1].size, sim.videos[-1].md5) == (size, md5(data))
    assert len(sim.seen("part")) == -(-size // sim.limits.chunk_size)


FAULTS = st.one_of(
    st.builds(Cut, after=st.integers(0, 5000)),
    st.builds(Status, st.sampled_from([408, 429, 500, 502, 503, 504])),
    st.just(RateLimited()),
    st.just(LostAnswer()),
    st.just(Answer(body=b"<html>")),
    st.just(Answer(body=b'{"OK":0}')),
)
HOSTS = st.sampled_from([None, BDA2, BLDSA, TX])


@settings(RELAXED, max_examples=15)
@given(
    faults=st.lists(st.tuples(st.integers(1, 8), FAULTS, HOSTS), max_size=8),
    forgotten=st.sets(st.integers(1, 8), max_size=2),
    threads=st.integers(1, 8),
    kind=st.sampled_from(sorted(SOURCES)),
)
async def test_any_faults_of_parts_leave_the_page_intact(
    sim: Simulator,
    options: Options,
    tmp_path: Path,
    faults: list[tuple[int, Any, str | None]],
    forgotten: set[int],
    threads: int,
    kind: str,
):
    """On whichever host, and even where the storage loses what it has taken."""
    sim.faults.clear()
    sim.limits.chunk_size, sim.limits.threads = 1000, threads
    for part, fault, host in faults:
        sim.faults.add("part", fault, part=part, host=host)
    for part in forgotten:
        sim.faults.add("part", Forgotten(), part=part)
    data = content(7500)
    assert await uploader_of(sim, options, SOURCES[kind](data, tmp_path / "video.mp4")).start()
    sim.faults.clear()
    assert (sim.videos[-1].size, sim.videos[-1].md5) == (7500, md5(data))


MEASURED = """
import asyncio, json, re, sys
from pathlib import Path
from bilibili_api.video_uploader import VideoUploader, VideoUploaderCredential, VideoUploaderPage

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024

async def main(path, cookies):
    meta = {"title": "A title", "tid": 21, "tag": "one", "copyright": 1}
    credential = VideoUploaderCredential(cookies=json.loads(cookies))
    uploader = VideoUploader([VideoUploaderPage(path, title="P1")], meta, credential, line="bda2")
    before = peak()
    await uploader.start()
    print(peak() - before)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_large_parts_take_no_memory(
    sim: Simulator, run_script: Callable[..., Awaitable[str]], tmp_path: Path
):
    """Three parts of 64 MiB at once: not a third of one of them more than the bare import."""
    sim.limits.chunk_size, sim.limits.threads = 64 * MIB, 3
    path = tmp_path / "video.mp4"
    with path.open("wb") as file:
        file.truncate(200 * MIB)
    risen = await run_script(
        MEASURED,
        str(path),
        json.dumps(sim.cookies()),
        within=60,
        BVUP_SERVER=sim.url,
        BVUP_CA=str(sim.ca_file),
    )
    assert sim.videos[-1].size == 200 * MIB
    assert float(risen) < 24
