"""A stream that cannot seek is spooled once to a temporary file on disk, and removed afterwards."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import make_uploader, until

from bilibili_api.simulator import Stall
from bilibili_api.video_uploader import Patience, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options

from tests.contract.streams import BYTES, CHUNK, MD5, Gated, Once


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

    async def test_the_copy_goes_with_its_page_however_slowly_threads_end(
        self, spools: Callable[[], list[int]], monkeypatch: pytest.MonkeyPatch
    ):
        """One that has told its result may wait long for its turn on a busy machine."""
        loop, over = asyncio.get_running_loop(), threading.Event()
        tell = loop.call_soon_threadsafe

        def tell_and_linger(*given: Any, **named: Any) -> asyncio.Handle:
            handle = tell(*given, **named)
            if threading.current_thread() is not threading.main_thread():
                over.wait(10)
            return handle

        monkeypatch.setattr(loop, "call_soon_threadsafe", tell_and_linger)
        page = VideoUploaderPage(Once(), "P1")
        try:
            await page.get_size()
            del page
            assert spools() == []
        finally:
            over.set()

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
