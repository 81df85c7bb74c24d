"""The events of an upload: names, values, order and payloads (protocol document, sections 9.2 to 9.4)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.published_events import CHUNK, assert_as_published
from tests.kit import (
    content,
    good_meta,
    listen,
    make_uploader,
    names,
)

from bilibili_api.events import VideoUploaderEvents
from bilibili_api.simulator import Cut, NotOk, Status
from bilibili_api.video_uploader import (
    VideoUploaderEvents as PublishedName,
)

if TYPE_CHECKING:
    from bilibili_api.simulator import Account, Fault, Simulator
    from bilibili_api.video_uploader import Options

PUBLISHED_EVENTS = {
    "PRE_PAGE": "PRE_PAGE",
    "PREUPLOAD": "PREUPLOAD",
    "PREUPLOAD_FAILED": "PREUPLOAD_FAILED",
    "PRE_CHUNK": "PRE_CHUNK",
    "AFTER_CHUNK": "AFTER_CHUNK",
    "CHUNK_FAILED": "CHUNK_FAILED",
    "PRE_PAGE_SUBMIT": "PRE_PAGE_SUBMIT",
    "PAGE_SUBMIT_FAILED": "PAGE_SUBMIT_FAILED",
    "AFTER_PAGE_SUBMIT": "AFTER_PAGE_SUBMIT",
    "AFTER_PAGE": "AFTER_PAGE",
    "PRE_COVER": "PRE_COVER",
    "AFTER_COVER": "AFTER_COVER",
    "COVER_FAILED": "COVER_FAILED",
    "PRE_SUBMIT": "PRE_SUBMIT",
    "SUBMIT_FAILED": "SUBMIT_FAILED",
    "AFTER_SUBMIT": "AFTER_SUBMIT",
    "COMPLETED": "COMPLETE",
    "ABORTED": "ABORTED",
    "FAILED": "FAILED",
}
"""Every member of VideoUploaderEvents and its value, as published (protocol document, section 9.2)."""

MIB = 1024 * 1024
TWO_CHUNKS = content(MIB + MIB // 2)
ONE_CHUNK = content(1000, seed=2)

ONE_PAGE = ("PREUPLOAD", "PRE_PAGE")
CHUNKS = ("PRE_CHUNK", "AFTER_CHUNK")
PAGE_DONE = ("PRE_PAGE_SUBMIT", "AFTER_PAGE_SUBMIT", "AFTER_PAGE")
COVER = ("PRE_COVER", "AFTER_COVER")
SUBMIT = ("PRE_SUBMIT", "AFTER_SUBMIT", "COMPLETE")

ORDERS: dict[str, tuple[tuple[bytes, ...], bool, tuple[str, ...]]] = {
    "one page of two chunks with cover": (
        (TWO_CHUNKS,),
        True,
        (*ONE_PAGE, *CHUNKS * 2, *PAGE_DONE, *COVER, *SUBMIT),
    ),
    "one page without cover": (
        (TWO_CHUNKS,),
        False,
        (*ONE_PAGE, *CHUNKS * 2, *PAGE_DONE, *SUBMIT),
    ),
    "three pages with cover": (
        (ONE_CHUNK, TWO_CHUNKS, ONE_CHUNK),
        True,
        (
            *(*ONE_PAGE, *CHUNKS, *PAGE_DONE),
            *(*ONE_PAGE, *CHUNKS * 2, *PAGE_DONE),
            *(*ONE_PAGE, *CHUNKS, *PAGE_DONE),
            *(*COVER, *SUBMIT),
        ),
    ),
}
"""What is uploaded (pages, cover) and the events of it in the order of section 9.3, one chunk at a time."""

orders = pytest.mark.parametrize(("pages", "has_cover", "expected"), ORDERS.values(), ids=ORDERS)


class TestMembers:
    """`VideoUploaderEvents(Enum)`: 19 published members; values equal names, except COMPLETED."""

    def test_there_are_the_19_published_members_with_their_values(self):
        """COMPLETED kept the value it had in 2021, `"COMPLETE"`."""
        members = {member.name: member.value for member in VideoUploaderEvents}
        assert members.items() >= PUBLISHED_EVENTS.items()
        assert len(PUBLISHED_EVENTS) == 19

    def test_what_was_added_is_named(self):
        """Events that 2021 had no need of."""
        assert set(VideoUploaderEvents.__members__) - set(PUBLISHED_EVENTS) == {
            "INTERFACE_CHANGED",
            "LINE_CHANGED",
            "RESUMED",
            "RETRY",
            "WAITING",
            "WINDOW_CHANGED",
        }

    def test_they_are_part_of_the_published_module(self):
        """`video_uploader.VideoUploaderEvents` is where 2021 code looks."""
        assert PublishedName is VideoUploaderEvents

    @pytest.mark.parametrize(
        "name", ["COMPLETED", "COMPLETE", VideoUploaderEvents.COMPLETED, "completed", "Complete"], ids=str
    )
    async def test_a_listener_for_any_name_of_completed_hears_it(
        self, account: Account, options: Options, name: str
    ):
        """The name, the value or the member, in any case; once."""
        uploader = make_uploader(account, options)
        heard: list[object] = []

        @uploader.on(name)
        async def hear(data: object) -> None:
            heard.append(data)

        assert heard == []
        assert await uploader.start() == heard[0]
        assert len(heard) == 1

    @pytest.mark.parametrize("member", VideoUploaderEvents)
    async def test_a_listener_for_a_member_hears_what_one_for_its_value_hears(
        self, account: Account, options: Options, member: VideoUploaderEvents
    ):
        """Enum members are names of events."""
        uploader = make_uploader(account, options)
        by_member: list[object] = []
        by_value: list[object] = []
        uploader.add_event_listener(member, by_member.append)
        uploader.add_event_listener(member.value.lower(), by_value.append)
        uploader.dispatch(member.value, "data")
        await uploader.drain()
        assert by_member == by_value == ["data"]


class TestOrderAndPayloads:
    """Payloads and order: protocol document, section 9.3."""

    @orders
    async def test_one_chunk_at_a_time_gives_the_published_sequence(
        self,
        account: Account,
        options: Options,
        cover: bytes,
        pages: tuple[bytes, ...],
        has_cover: bool,
        expected: tuple[str, ...],
    ):
        """Every event, in its place, with the payload of the table."""
        uploader = make_uploader(
            account, options, *pages, cover=cover if has_cover else None, threads=1, chunk_size=MIB
        )
        heard = listen(uploader)
        await uploader.start()
        assert tuple(names(heard)) == expected
        assert_as_published(heard)

    @orders
    async def test_several_at_a_time_change_only_the_order_of_the_chunks(
        self,
        account: Account,
        options: Options,
        cover: bytes,
        pages: tuple[bytes, ...],
        has_cover: bool,
        expected: tuple[str, ...],
    ):
        """PRE_CHUNK comes before AFTER_CHUNK for each of them; all else stays where it was."""
        uploader = make_uploader(
            account, options, *pages, cover=cover if has_cover else None, threads=5, chunk_size=MIB // 4
        )
        heard = listen(uploader)
        await uploader.start()
        assert _without_chunks(names(heard)) == _without_chunks(expected)
        assert_as_published(heard)
        for number, page in enumerate(uploader.pages):
            seen = [(name, data["chunk_number"]) for name, data in heard if _is_of_chunk(name, data, page)]
            total = -(-len(pages[number]) // (MIB // 4))
            assert sorted(seen) == sorted((name, n) for name in CHUNKS for n in range(total))
            for n in range(total):
                assert [name for name, chunk in seen if chunk == n] == list(CHUNKS)

    async def test_the_payload_of_a_chunk_says_which_one_it_is(self, account: Account, options: Options):
        """Offset in bytes, number from 0, the count of all."""
        uploader = make_uploader(account, options, TWO_CHUNKS, threads=1, chunk_size=MIB)
        heard = listen(uploader)
        await uploader.start()
        (page,) = uploader.pages
        assert [data for name, data in heard if name == "PRE_CHUNK"] == [
            {"page": page, "offset": 0, "chunk_number": 0, "total_chunk_count": 2},
            {"page": page, "offset": MIB, "chunk_number": 1, "total_chunk_count": 2},
        ]

    async def test_the_page_in_an_event_is_the_callers_object(self, account: Account, options: Options):
        """A handler can compare it with what it made."""
        uploader = make_uploader(account, options, b"one", b"two", threads=1)
        heard = listen(uploader)
        await uploader.start()
        assert [data["page"] for name, data in heard if name == "AFTER_PAGE"] == uploader.pages

    async def test_pre_submit_shows_the_final_meta(
        self, sim: Simulator, account: Account, options: Options, cover: bytes
    ):
        """With `cover` and `videos`, exactly as it is sent."""
        uploader = make_uploader(account, options, cover=cover)
        heard = listen(uploader)
        await uploader.start()
        assert dict(heard)["PRE_SUBMIT"] == sim.archives[-1].meta
        assert dict(heard)["PRE_SUBMIT"]["cover"] == dict(heard)["AFTER_COVER"]["url"]

    async def test_without_cover_pre_submit_has_an_empty_one(self, account: Account, options: Options):
        """`""`, not None and not left out."""
        uploader = make_uploader(account, options)
        heard = listen(uploader)
        await uploader.start()
        assert dict(heard)["PRE_SUBMIT"]["cover"] == ""

    async def test_what_a_handler_does_to_pre_submit_is_not_sent(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Its payload is a deep copy; the second attempt at submitting is not spoiled either."""
        sim.faults.add("submit", Status(503))
        uploader = make_uploader(account, options)

        @uploader.on("PRE_SUBMIT")
        async def spoil(meta: dict[str, Any]) -> None:
            meta["title"] = "spoiled"
            meta["videos"].clear()

        await uploader.start()
        assert sim.archives[0].title == good_meta()["title"]

    async def test_after_submit_completed_and_start_tell_the_same(self, account: Account, options: Options):
        """Aid and bvid."""
        uploader = make_uploader(account, options)
        heard = listen(uploader)
        result = await uploader.start()
        assert dict(heard)["AFTER_SUBMIT"] == dict(heard)["COMPLETE"] == result

    async def test_what_a_handler_does_to_completed_does_not_reach_the_caller(
        self, account: Account, options: Options
    ):
        """The result of `start()` is a dict of its own."""
        uploader = make_uploader(account, options)

        @uploader.on("AFTER_SUBMIT")
        @uploader.on("COMPLETED")
        async def spoil(archive: dict[str, Any]) -> None:
            archive.clear()

        assert set(await uploader.start() or {}) == {"aid", "bvid"}
        assert set(await uploader.start() or {}) == {"aid", "bvid"}


class TestChunkEvents:
    """Each event of a chunk has a dict of its own."""

    async def test_no_two_events_share_a_dict(self, sim: Simulator, account: Account, options: Options):
        """Nor do the attempts at one chunk."""
        sim.faults.add("chunk", NotOk(), times=2)
        uploader = make_uploader(account, options, TWO_CHUNKS, chunk_size=MIB)
        heard = listen(uploader)
        await uploader.start()
        payloads = [data for name, data in heard if "CHUNK" in name]
        assert len(payloads) == 2 * 4
        assert len({id(payload) for payload in payloads}) == len(payloads)

    async def test_what_a_handler_adds_to_one_is_not_in_the_next(self, account: Account, options: Options):
        """A note written into PRE_CHUNK does not come back with AFTER_CHUNK."""
        uploader = make_uploader(account, options)
        after: list[dict[str, Any]] = []

        @uploader.on("PRE_CHUNK")
        async def note(chunk: dict[str, Any]) -> None:
            chunk["note"] = "mine"

        uploader.add_event_listener("AFTER_CHUNK", after.append)
        await uploader.start()
        assert set(after[0]) == set(CHUNK)

    async def test_a_repeated_attempt_is_announced_again(
        self, sim: Simulator, account: Account, options: Options
    ):
        """PRE_CHUNK, CHUNK_FAILED, and so on until AFTER_CHUNK."""
        sim.faults.add("chunk", Status(503), times=2)
        uploader = make_uploader(account, options)
        heard = listen(uploader)
        await uploader.start()
        assert [name for name in names(heard) if "CHUNK" in name] == [
            "PRE_CHUNK",
            "CHUNK_FAILED",
            "PRE_CHUNK",
            "CHUNK_FAILED",
            "PRE_CHUNK",
            "AFTER_CHUNK",
        ]
        assert_as_published(heard)

    @pytest.mark.parametrize(
        ("fault", "info"),
        [
            (Status(503), "Status 503"),
            (NotOk("disk full"), "disk full"),
            (Cut(), "broke"),
        ],
        ids=str,
    )
    async def test_chunk_failed_says_why(
        self, sim: Simulator, account: Account, options: Options, fault: Fault, info: str
    ):
        """The status, what the server said, or what became of the connection."""
        sim.faults.add("chunk", fault)
        uploader = make_uploader(account, options)
        heard = listen(uploader)
        await uploader.start()
        assert info in dict(heard)["CHUNK_FAILED"]["info"]


def _is_of_chunk(name: str, data: Any, page: object) -> bool:
    return name in CHUNKS and data["page"] is page


def _without_chunks(events: tuple[str, ...] | list[str]) -> list[str]:
    """The sequence with all that happens between two other events of chunks as one entry."""
    marked = ["chunks" if "CHUNK" in name else name for name in events]
    return [name for before, name in pairwise(["", *marked]) if name != "chunks" or before != "chunks"]
