"""Pages in their order: big ones one after the other, small ones together, all within one window."""

from __future__ import annotations

import asyncio
import hashlib
import io
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.kit import content, listen, make_uploader, names, until

from bilibili_api.exceptions import ApiException, SourceChanged
from bilibili_api.simulator import Latency, Stall, Status
from bilibili_api.video_uploader import VideoUploaderPage

if TYPE_CHECKING:
    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.simulator.exchange import Received, Step
    from bilibili_api.video_uploader import Options

CHUNK = 1000
SMALL = [content(2 * CHUNK, seed=number) for number in range(6)]
BIG = content(5 * CHUNK)


class Flights:
    """Counts the requests of a step that are under way, as the simulator sees them."""

    def __init__(self, sim: Simulator, step: Step) -> None:
        self._ended = partial(sim.seen, step)
        self._begun = self.most = 0

    def began(self, _: Received) -> bool:
        self._begun += 1
        self.most = max(self.most, self._begun - len(self._ended()))
        return True


async def test_small_pages_are_under_way_together(sim: Simulator, account: Account, options: Options):
    """Four at most, while their chunks hang; what is dispatched says which page it is about."""
    hanging = sim.faults.add("chunk", Stall(), times=None)
    uploader = make_uploader(account, options, *SMALL, chunk_size=CHUNK)
    heard = listen(uploader)
    running = asyncio.create_task(uploader.start())
    await until(lambda: names(heard).count("PRE_PAGE") == 4)
    await asyncio.sleep(0.02)
    begun = [event["page"] for name, event in heard if name == "PRE_PAGE"]
    assert sorted(begun, key=uploader.pages.index) == uploader.pages[:4]
    assert hanging.hits == 2
    assert len(sim.seen("preupload")) == 4
    await uploader.abort()
    assert await running is None


@pytest.mark.parametrize(
    "pages", [(BIG, BIG), (BIG, SMALL[0]), (SMALL[0], BIG)], ids=["big", "first", "last"]
)
async def test_beside_a_big_page_nothing_else_is_under_way(
    sim: Simulator, account: Account, options: Options, pages: tuple[bytes, ...]
):
    """One fills what may be in flight: the next begins when it is complete."""
    await make_uploader(account, options, *pages, chunk_size=CHUNK).start()
    steps = [seen.step for seen in sim.exchanges if seen.step in {"preupload", "complete"}]
    assert steps == ["preupload", "complete"] * 2


async def test_with_one_thread_all_is_one_after_the_other(sim: Simulator, account: Account, options: Options):
    """However small the pages are."""
    await make_uploader(account, options, *SMALL, threads=1, chunk_size=2 * CHUNK).start()
    steps = [seen.step for seen in sim.exchanges if seen.step in {"preupload", "chunk", "complete"}]
    assert steps == ["preupload", "chunk", "complete"] * len(SMALL)


@pytest.mark.parametrize(("step", "most"), [("preupload", 1), ("chunk", 2)])
async def test_targets_one_by_one_and_chunks_within_one_window(
    sim: Simulator, account: Account, options: Options, step: Step, most: int
):
    """Bilibili limits how fast targets are asked for (section 4.2), the window all chunks together."""
    flights = Flights(sim, step)
    sim.faults.add(step, Latency(0.01), times=None, when=flights.began)
    await make_uploader(account, options, *SMALL, chunk_size=CHUNK).start()
    assert flights.most == most


async def test_they_are_submitted_in_their_order(sim: Simulator, account: Account, options: Options):
    """Also if the first one is complete last."""
    sim.faults.add("chunk", Latency(0.1), chunk=0)
    await make_uploader(account, options, *SMALL, chunk_size=CHUNK).start()
    [archive] = sim.archives
    assert [part["title"] for part in archive.meta["videos"]] == [f"P{number}" for number in range(1, 7)]
    assert [video.size for video in archive.videos] == [2 * CHUNK] * 6


async def test_the_first_error_ends_all_and_what_is_stored_stays(
    sim: Simulator, account: Account, options: Options
):
    """The next start sends only the rest of each."""
    sim.faults.add("preupload", Status(400), after=2)
    uploader = make_uploader(account, options, *SMALL[:3], chunk_size=CHUNK)
    heard = listen(uploader)
    with pytest.raises(ApiException):
        await uploader.start()
    assert names(heard).count("FAILED") == 1
    stored = names(heard).count("AFTER_CHUNK")
    heard.clear()
    assert await uploader.start()
    assert names(heard).count("AFTER_CHUNK") == 6 - stored
    [archive] = sim.archives
    assert [video.size for video in archive.videos] == [2 * CHUNK] * 3


class Breaks(io.BytesIO):
    """A stream that cannot be read at its end."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= CHUNK:
            raise OSError("gone")
        return super().read(size)


async def test_a_stream_that_breaks_ends_those_beside_it(account: Account, options: Options):
    """One error and one FAILED, nothing after it, and nothing keeps running."""
    streams = [io.BytesIO(SMALL[0]), Breaks(SMALL[1]), io.BytesIO(SMALL[2])]
    pages = [VideoUploaderPage(stream, title="P") for stream in streams]
    uploader = make_uploader(account, options, pages=pages, chunk_size=CHUNK)
    heard = listen(uploader)
    with pytest.raises(SourceChanged):
        await uploader.start()
    assert names(heard).index("FAILED") == len(heard) - 1
    assert [str(task) for task in asyncio.all_tasks() if "bilibili_api/engine" in str(task)] == []


async def test_one_stream_for_pages_that_go_together(sim: Simulator, account: Account, options: Options):
    """Each has all of it, and its position is the one it had."""
    stream = io.BytesIO(SMALL[0])
    stream.seek(7)
    pages = [VideoUploaderPage(stream, title=f"P{number}") for number in range(3)]
    await make_uploader(account, options, pages=pages, chunk_size=CHUNK).start()
    [archive] = sim.archives
    assert {video.md5 for video in archive.videos} == {hashlib.md5(SMALL[0]).hexdigest()}
    assert stream.tell() == 7


class Member(io.BufferedIOBase):
    """Part of a file that others read, too, as `tarfile.extractfile` gives them: two steps, and no lock."""

    def __init__(self, whole: io.BytesIO, begin: int, size: int) -> None:
        self._whole, self._begin, self._size, self._at = whole, begin, size, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = offset + (self._size if whence == io.SEEK_END else 0)
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        self._whole.seek(self._begin + self._at)
        time.sleep(0.02)
        data = self._whole.read(min(self._size - self._at, self._size if size is None else size))
        self._at += len(data)
        return data


async def test_members_of_one_archive_are_read_one_after_the_other(
    sim: Simulator, account: Account, options: Options
):
    """Read at the same time they would take each other's bytes, and nobody would notice."""
    whole = io.BytesIO(b"".join(SMALL[:3]))
    pages = [VideoUploaderPage(Member(whole, 2000 * at, 2000), title=f"P{at}") for at in range(3)]
    await make_uploader(account, options, pages=pages, chunk_size=CHUNK).start()
    [archive] = sim.archives
    assert [video.md5 for video in archive.videos] == [hashlib.md5(data).hexdigest() for data in SMALL[:3]]
