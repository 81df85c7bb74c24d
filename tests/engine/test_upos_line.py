"""UPOS from end to end: tickets, parts, completion, events and progress (protocol document, section 4)."""

from __future__ import annotations

import asyncio
import io
import os
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.published_events import assert_as_published
from tests.engine.streams import Dribble, Flow
from tests.engine.today import DATA, PART, PARTS, Today, simulator_of_today
from tests.kit import content, listen, names, piped, until

from bilibili_api.engine import window
from bilibili_api.simulator import Latency, Stall, Status
from bilibili_api.video_uploader import VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options, VideoUploader

DAY = 86400


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


class TestContent:
    """What is read is what is stored."""

    async def test_a_page_is_stored_in_the_parts_that_the_server_wants(self, today: Today, sim: Simulator):
        """The `chunk_size` of the uploader is the PC line's; here preupload prescribes it (section 4.7)."""
        await today.ends_right(today.make(chunk_size=123))
        lengths = {seen.part: seen.header("Content-Length") for seen in today.parts()}
        assert lengths == {1: "20000", 2: "20000", 3: "20000", 4: "20000", 5: "321"}
        assert today.count("preupload", "init", "complete", "submit") == [1, 1, 1, 1]

    @pytest.mark.parametrize(
        ("line", "host"),
        [("estx", "upos-cs-upcdnestx.bilivideo.com"), ("hw", "upos-sz-upcdnhw.bilivideo.com")],
    )
    async def test_a_line_whose_host_only_the_server_knows_is_uploaded_over(
        self, today: Today, sim: Simulator, line: str, host: str
    ):
        """It is asked for by name and not measured; preupload says where it is (section 4.1)."""
        await today.ends_right(today.make(line=line))
        assert [seen.query_value("upcdn") for seen in sim.seen("preupload")] == [line]
        assert {seen.host for seen in today.parts()} == {host}
        assert today.count("probe") == [0]

    async def test_several_pages_are_stored_one_after_the_other(self, today: Today, sim: Simulator):
        """Each with a ticket of its own; the archive has them in their order, with their numbers."""
        pages = [content(size, seed=size) for size in (1, PART, 3 * PART - 1)]
        await today.ends_right(today.make(*pages, interface="web"), *pages)
        assert today.count("preupload", "init", "part", "complete") == [3, 3, 5, 3]
        said = sim.archives[0].meta["videos"]
        assert [(video["title"], video["cid"]) for video in said] == [
            (f"P{number}", video.cid) for number, video in enumerate(sim.archives[0].videos, 1)
        ]

    @pytest.mark.parametrize("slow", range(1, PARTS + 1))
    async def test_parts_may_arrive_in_any_order(self, today: Today, sim: Simulator, slow: int):
        """One that is late comes after all others, and the file is whole."""
        sim.limits.threads = PARTS
        sim.faults.add("part", Latency(1.0), part=slow)
        await today.ends_right(today.make())
        assert [seen.part for seen in today.parts()][-1] == slow

    @pytest.mark.parametrize("kind", ["path", "file", "memory", "short reads", "pipe", "no seeking"])
    async def test_every_kind_of_source_arrives_intact(self, today: Today, kind: str, tmp_path: Path):
        """Files are read while they are sent, other streams through buffers, pipes from a copy."""
        path = tmp_path / "video.mp4"
        path.write_bytes(DATA)
        made: dict[str, Callable[[], Any]] = {
            "path": lambda: path,
            "file": lambda: path.open("rb"),
            "memory": lambda: io.BytesIO(DATA),
            "short reads": lambda: Dribble(DATA, 999),
            "no seeking": lambda: Flow(DATA[at : at + 7000] for at in range(0, len(DATA), 7000)),
        }
        if kind == "pipe":
            with piped(DATA) as stream:
                await today.ends_right(today.make(pages=[VideoUploaderPage(stream, title="P1")]))
            return
        given = made[kind]()
        await today.ends_right(today.make(pages=[VideoUploaderPage(given, title="P1")]))
        if hasattr(given, "close"):
            given.close()


class TestThreads:
    """How many parts fly at once."""

    @pytest.mark.parametrize(
        ("wanted", "line", "flying"), [(1, "bda2", 1), (2, "bda2", 2), (64, "bda2", PARTS), (64, "qn", 1)]
    )
    async def test_neither_more_than_the_caller_wants_nor_than_the_line_bears(
        self,
        today: Today,
        sim: Simulator,
        wanted: int,
        line: str,
        flying: int,
        monkeypatch: pytest.MonkeyPatch,
    ):
        """The smaller number counts, if it begins with that many; there are never more senders than parts."""
        monkeypatch.setattr(window, "START", 64)
        hanging = sim.faults.add("part", Stall(), times=None)
        uploader = today.make(threads=wanted, line=line)
        running = asyncio.create_task(uploader.start())
        await until(lambda: hanging.hits >= flying)
        await asyncio.sleep(0.05)  # time enough for one too many
        assert hanging.hits == flying
        await uploader.abort()
        assert await running is None

    async def test_what_the_server_suggests_is_no_limit(self, today: Today, sim: Simulator):
        """It says three to five, and more are known to do (section 4.7)."""
        sim.limits.threads = 1
        hanging = sim.faults.add("part", Stall(), times=None)
        uploader = today.make(threads=2)
        running = asyncio.create_task(uploader.start())
        await until(lambda: hanging.hits == 2)
        await uploader.abort()
        assert await running is None


class TestEvents:
    """Listeners of 2021 keep working: order and payloads are those of section 9.3."""

    async def test_one_part_at_a_time_gives_the_published_sequence(self, today: Today, cover: bytes):
        """Parts are what they call chunks."""
        uploader = today.make(threads=1, cover=cover)
        heard = listen(uploader)
        await today.ends_right(uploader)
        assert names(heard) == [
            "PREUPLOAD",
            "PRE_PAGE",
            *["PRE_CHUNK", "AFTER_CHUNK"] * PARTS,
            "PRE_PAGE_SUBMIT",
            "AFTER_PAGE_SUBMIT",
            "AFTER_PAGE",
            "PRE_COVER",
            "AFTER_COVER",
            "PRE_SUBMIT",
            "AFTER_SUBMIT",
            "COMPLETE",
        ]
        assert_as_published([(name, data) for name, data in heard if name != "PRE_SUBMIT"])

    async def test_chunks_are_numbered_from_0_and_placed_in_bytes(self, today: Today):
        """Each says where it begins and how many there are."""
        uploader = today.make(threads=1)
        heard = listen(uploader)
        await today.ends_right(uploader)
        told = [data for name, data in heard if name == "AFTER_CHUNK"]
        assert [(data["chunk_number"], data["offset"], data["total_chunk_count"]) for data in told] == [
            (number, number * PART, PARTS) for number in range(PARTS)
        ]

    async def test_a_part_that_fails_is_told_with_its_reason(self, today: Today, sim: Simulator):
        """CHUNK_FAILED, then PRE_CHUNK again."""
        sim.faults.add("part", Status(502), part=2)
        uploader = today.make(threads=1)
        heard = listen(uploader)
        await today.ends_right(uploader)
        failed = [data for name, data in heard if name == "CHUNK_FAILED"]
        assert [(data["chunk_number"], data["info"]) for data in failed] == [(1, "Status 502")]
        assert names(heard).count("PRE_CHUNK") == PARTS + 1

    async def test_a_ticket_that_is_refused_is_told(self, today: Today, sim: Simulator):
        """PREUPLOAD_FAILED stands for init as well, since a target comes of both."""
        sim.faults.add("init", Status(400))
        uploader = today.make()
        heard = listen(uploader)
        with pytest.raises(Exception, match="HTTP 400 at init"):
            await uploader.start()
        assert names(heard) == ["PREUPLOAD", "PREUPLOAD_FAILED", "FAILED"]


class TestProgress:
    """`VideoUploader.progress` says how far it is, over which line and through which interface."""

    async def test_it_grows_with_the_parts_and_ends_at_the_whole(self, today: Today):
        """As many bytes as there are, of which all are stored in the end."""
        uploader = today.make(threads=1)
        seen: list[int] = []

        async def look(_: object) -> None:
            seen.append(uploader.progress.stored)

        uploader.add_event_listener("AFTER_CHUNK", look)
        await today.ends_right(uploader)
        assert seen == sorted(seen)
        assert (uploader.progress.stored, uploader.progress.sent) == (len(DATA), len(DATA))

    async def test_a_part_that_hangs_counts_with_what_was_taken_of_it(self, today: Today, sim: Simulator):
        """`sent` runs ahead of `stored`."""
        sim.faults.add("part", Stall(after=5000), times=None)
        uploader = today.make(threads=1)
        running = asyncio.create_task(uploader.start())
        await until(lambda: uploader.progress.sent >= 5000)
        assert (uploader.progress.stored, uploader.progress.sent <= PART) == (0, True)
        await uploader.abort()
        await running

    async def test_it_names_line_and_interface(self, today: Today, sim: Simulator):
        """Nothing before they are known."""
        sim.lines.listed = ["tx"]
        uploader = today.make(line=None)
        assert (uploader.progress.line, uploader.progress.interface) == (None, None)
        await today.ends_right(uploader)
        assert (uploader.progress.line, uploader.progress.interface) == ("tx", "app")

    async def test_it_names_the_pc_line(self, today: Today):
        """By the name it is chosen by."""
        uploader = today.make(has="token", line=None)
        await today.ends_right(uploader)
        assert [page.line for page in uploader.progress.pages] == ["pc"]
        assert (uploader.progress.line, uploader.progress.interface) == ("pc", "app")


class TestStartingAgain:
    """What the server has is not sent twice, as long as its ticket lives."""

    async def fail_at_the_fourth(self, today: Today, pages: list[VideoUploaderPage]) -> VideoUploader:
        today.sim.faults.add("part", Status(400), part=4)
        uploader = today.make(pages=pages, threads=1)
        error = await today.ends_with(uploader)
        assert error.kept.startswith("3 of 5 chunks of page 'P1' are stored")
        return uploader

    @pytest.mark.parametrize("given", ["path", "memory"])
    async def test_only_the_rest_is_sent(self, today: Today, tmp_path: Path, given: str):
        """To the same ticket."""
        path = tmp_path / "video.mp4"
        path.write_bytes(DATA)
        page = VideoUploaderPage(path if given == "path" else io.BytesIO(DATA), title="P1")
        uploader = await self.fail_at_the_fourth(today, [page])
        await today.ends_right(uploader)
        assert sorted(seen.part or 0 for seen in today.parts(stored=True)) == [1, 2, 3, 4, 5]
        assert today.count("preupload", "init") == [1, 1]

    async def test_a_file_that_was_changed_is_sent_whole(self, today: Today, tmp_path: Path):
        """Its time of change tells; parts of two files would make a broken video."""
        path = tmp_path / "video.mp4"
        path.write_bytes(DATA)
        uploader = await self.fail_at_the_fourth(today, [VideoUploaderPage(path, title="P1")])
        changed = DATA[::-1]
        path.write_bytes(changed)
        os.utime(path, ns=(1, 1))
        await today.ends_right(uploader, changed)
        assert today.count("preupload", "init") == [2, 2]

    async def test_a_stream_with_other_bytes_of_the_same_length_is_not_mixed_with_the_first(
        self, today: Today
    ):
        """A stream tells no time of change: each part that is skipped was compared by its md5."""
        stream = io.BytesIO(DATA)
        uploader = await self.fail_at_the_fourth(today, [VideoUploaderPage(stream, title="P1")])
        changed = DATA[:PART] + DATA[:PART] + DATA[2 * PART :]
        stream.seek(0)
        stream.write(changed)
        await today.ends_right(uploader, changed)
        assert [seen.part for seen in today.parts(stored=True)] == [1, 2, 3, 2, 4, 5]

    async def test_a_ticket_near_its_end_is_not_started_on(
        self, today: Today, fake: FakeWorld, caplog: pytest.LogCaptureFixture
    ):
        """It lives five days, of which half a day is kept for the transfer (section 4.9)."""
        uploader = await self.fail_at_the_fourth(today, [VideoUploaderPage(io.BytesIO(DATA), title="P1")])
        fake.naps.append(4.6 * DAY)
        await today.ends_right(uploader)
        assert (today.count("preupload"), len(today.parts(stored=True))) == ([2], 3 + PARTS)
        assert "its target is too old" in caplog.text

    async def test_a_ticket_with_time_enough_is_gone_on_with(self, today: Today, fake: FakeWorld):
        """Days later."""
        uploader = await self.fail_at_the_fourth(today, [VideoUploaderPage(io.BytesIO(DATA), title="P1")])
        fake.naps.append(4.4 * DAY)
        await today.ends_right(uploader)
        assert (today.count("preupload"), len(today.parts(stored=True))) == ([1], PARTS)

    async def test_the_line_may_be_changed(self, today: Today, sim: Simulator):
        """What one kind of line has is of no use for the other: the page is sent whole."""
        uploader = await self.fail_at_the_fourth(today, [VideoUploaderPage(io.BytesIO(DATA), title="P1")])
        uploader.line = "pc"
        await today.ends_right(uploader)
        assert (len(sim.seen("chunk")), uploader.progress.line) == (1, "pc")

    async def test_stored_pages_are_kept_when_submitting_fails(self, today: Today, sim: Simulator):
        """Cookies that expired meanwhile cost no byte."""
        sim.faults.add("submit", Status(403))
        uploader = today.make()
        error = await today.ends_with(uploader)
        assert "1 of 1 pages are stored" in error.kept
        await today.ends_right(uploader)
        assert today.count("part", "complete", "submit") == [PARTS, 1, 2]
