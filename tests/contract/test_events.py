"""The events of an upload: names, values, order and payloads (protocol document, sections 9.2 to 9.4)."""

from __future__ import annotations

import asyncio
import copy
import threading
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import (
    content,
    good_meta,
    listen,
    make_uploader,
    names,
    password_of,
)

from bilibili_api.events import VideoUploaderEvents
from bilibili_api.exceptions import (
    ApiException,
    InvalidUpload,
    NetworkException,
    ResponseCodeException,
    SubmissionUnknown,
    Unreachable,
)
from bilibili_api.simulator import Code, Cut, ExpiredToken, NotOk, Status
from bilibili_api.video_uploader import (
    Server,
    VideoUploaderPage,
)
from bilibili_api.video_uploader import (
    VideoUploaderEvents as PublishedName,
)

if TYPE_CHECKING:
    from bilibili_api.simulator import Account, Fault, Simulator, Step
    from bilibili_api.video_uploader import Options, VideoUploader

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

PAGE = {"page": VideoUploaderPage}
CHUNK = {"page": VideoUploaderPage, "offset": int, "chunk_number": int, "total_chunk_count": int}
ERROR = {"err": Exception}
ARCHIVE = {"aid": int, "bvid": str}
META: dict[str, type] = {
    **{key: type(value) for key, value in good_meta().items()},
    "cover": str,
    "videos": list,
}

PAYLOADS: dict[str, dict[str, type] | None] = {
    "PREUPLOAD": None,
    "PREUPLOAD_FAILED": None,
    "PRE_PAGE": PAGE,
    "PRE_CHUNK": CHUNK,
    "AFTER_CHUNK": CHUNK,
    "CHUNK_FAILED": {**CHUNK, "info": str},
    "PRE_PAGE_SUBMIT": PAGE,
    "PAGE_SUBMIT_FAILED": {**PAGE, **ERROR},
    "AFTER_PAGE_SUBMIT": PAGE,
    "AFTER_PAGE": PAGE,
    "PRE_COVER": None,
    "COVER_FAILED": ERROR,
    "AFTER_COVER": {"url": str},
    "PRE_SUBMIT": META,
    "SUBMIT_FAILED": ERROR,
    "AFTER_SUBMIT": ARCHIVE,
    "COMPLETE": ARCHIVE,
    "ABORTED": None,
    "FAILED": ERROR,
}
"""The table of section 9.3: every event and the type of each member of its payload."""

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


def assert_as_published(heard: list[tuple[str, Any]]) -> None:
    """Compare every payload with the table."""
    for name, payload in heard:
        expected = PAYLOADS[name]
        if expected is None:
            assert payload is None, name
            continue
        assert set(payload) == set(expected), name
        for key, kind in expected.items():
            assert isinstance(payload[key], kind), (name, key)


class TestMembers:
    """`VideoUploaderEvents(Enum)`: 19 members; values equal names, except COMPLETED."""

    def test_there_are_the_19_published_members_with_their_values(self):
        """COMPLETED kept the value it had in 2021, `"COMPLETE"`."""
        assert {member.name: member.value for member in VideoUploaderEvents} == PUBLISHED_EVENTS
        assert len(VideoUploaderEvents.__members__) == 19

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
        uploader = make_uploader(account, options, b"one", b"two")
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


REFUSED: dict[str, tuple[Step, Fault, str | None, type[ApiException]]] = {
    "login refused": ("login", Code(-629), None, ResponseCodeException),
    "login cut off": ("login", Cut(), None, NetworkException),
    "preupload refused": ("preupload", NotOk("no"), "PREUPLOAD_FAILED", ResponseCodeException),
    "preupload status": ("preupload", Status(404), "PREUPLOAD_FAILED", NetworkException),
    "preupload cut off": ("preupload", Cut(), "PREUPLOAD_FAILED", NetworkException),
    "chunk refused": ("chunk", NotOk("no"), "CHUNK_FAILED", ResponseCodeException),
    "chunk status": ("chunk", Status(400), "CHUNK_FAILED", NetworkException),
    "chunk cut off": ("chunk", Cut(), "CHUNK_FAILED", NetworkException),
    "completion refused": ("complete", NotOk("no"), "PAGE_SUBMIT_FAILED", ResponseCodeException),
    "completion status": ("complete", Status(400), "PAGE_SUBMIT_FAILED", NetworkException),
    "completion cut off": ("complete", Cut(), "PAGE_SUBMIT_FAILED", NetworkException),
    "cover refused": ("cover", Code(-400), "COVER_FAILED", ResponseCodeException),
    "cover with a positive code": ("cover", Code(20001), "COVER_FAILED", ResponseCodeException),
    "cover status": ("cover", Status(404), "COVER_FAILED", NetworkException),
    "cover cut off": ("cover", Cut(), "COVER_FAILED", NetworkException),
    "cover not logged in": ("cover", ExpiredToken(), "COVER_FAILED", ResponseCodeException),
    "submission refused": ("submit", Code(-403), "SUBMIT_FAILED", ResponseCodeException),
    "submission with a positive code": ("submit", Code(21566), "SUBMIT_FAILED", ResponseCodeException),
    "submission with an unknown code": ("submit", Code(99999), "SUBMIT_FAILED", ResponseCodeException),
    "submission status": ("submit", Status(404), "SUBMIT_FAILED", NetworkException),
    "submission cut off": ("submit", Cut(), "SUBMIT_FAILED", SubmissionUnknown),
}
"""What goes wrong at which step for ever, the event that says so, and what `start()` raises."""


class TestFailures:
    """FAILED is dispatched with `{"err": exception}` on every failure of `start()`."""

    @pytest.mark.parametrize(("step", "fault", "event", "error"), REFUSED.values(), ids=REFUSED)
    async def test_a_failure_is_told_by_its_step_and_by_failed(
        self,
        sim: Simulator,
        account: Account,
        options: Options,
        cover: bytes,
        step: Step,
        fault: Fault,
        event: str | None,
        error: type[ApiException],
    ):
        """Each `*_FAILED` fires for connection errors, too; FAILED comes last and has what is raised."""
        sim.faults.add(step, fault, times=None)
        credential = password_of(account, options) if step == "login" else None
        uploader = make_uploader(account, options, cover=cover, credential=credential)
        heard = listen(uploader)
        with pytest.raises(error) as raised:
            await uploader.start()
        assert names(heard)[-1] == "FAILED"
        assert heard[-1][1]["err"] is raised.value
        assert Counter(names(heard))["FAILED"] == 1
        if event is not None:
            assert names(heard)[-2] == event
            assert dict(heard)[event] is None or dict(heard)[event].get("err", raised.value) is raised.value
        assert_as_published(heard)

    @pytest.mark.parametrize(
        "event", ["PREUPLOAD_FAILED", "PAGE_SUBMIT_FAILED", "COVER_FAILED", "SUBMIT_FAILED"]
    )
    async def test_a_failure_that_was_overcome_is_not_told(
        self, sim: Simulator, account: Account, options: Options, cover: bytes, event: str
    ):
        """Only chunks tell of each attempt; the others tell when the step is given up."""
        steps: dict[str, Step] = {
            "PREUPLOAD_FAILED": "preupload",
            "PAGE_SUBMIT_FAILED": "complete",
            "COVER_FAILED": "cover",
            "SUBMIT_FAILED": "submit",
        }
        sim.faults.add(steps[event], Status(503))
        uploader = make_uploader(account, options, cover=cover)
        heard = listen(uploader)
        await uploader.start()
        assert len(sim.seen(steps[event])) == 2
        assert event not in names(heard)

    async def test_bad_arguments_are_told_by_failed_alone(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Nothing was begun, nothing was sent."""
        uploader = make_uploader(account, options, meta={})
        heard = listen(uploader)
        with pytest.raises(InvalidUpload) as raised:
            await uploader.start()
        assert heard == [("FAILED", {"err": raised.value})]
        assert sim.exchanges == []

    async def test_no_connection_at_all_is_told_by_preupload_failed(self, account: Account, options: Options):
        """Nobody listens there."""
        nowhere = replace(options, server=Server("https://127.0.0.1:1"))
        uploader = make_uploader(account, nowhere)
        heard = listen(uploader)
        with pytest.raises(Unreachable) as raised:
            await uploader.start()
        assert names(heard) == ["PREUPLOAD", "PREUPLOAD_FAILED", "FAILED"]
        assert heard[-1][1]["err"] is raised.value

    async def test_an_error_of_somebody_else_is_told_and_raised_as_it_is(
        self, account: Account, options: Options
    ):
        """What a credential of the caller's own raises, for instance."""

        class Keyring:
            async def get_access_key(self) -> str:
                raise OSError("the keyring is locked")

        uploader: VideoUploader = make_uploader(account, options)
        uploader.credential = Keyring()  # pyright: ignore[reportAttributeAccessIssue] - not typed
        heard = listen(uploader)
        with pytest.raises(OSError, match="locked") as raised:
            await uploader.start()
        assert heard[-1] == ("FAILED", {"err": raised.value})

    async def test_a_failure_names_what_was_kept(self, sim: Simulator, account: Account, options: Options):
        """The error in FAILED says what need not be sent again."""
        sim.faults.add("submit", Code(21002))
        uploader = make_uploader(account, options, b"one", b"two")
        heard = listen(uploader)
        with pytest.raises(ResponseCodeException):
            await uploader.start()
        assert "2 of 2 pages are stored" in dict(heard)["FAILED"]["err"].kept


class TestHandlers:
    """Handlers may be plain functions or coroutine functions; none of them can harm the upload."""

    async def test_when_start_returns_all_events_have_been_delivered(
        self, account: Account, options: Options
    ):
        """However slow a handler is, to plain functions and to coroutine functions."""
        uploader = make_uploader(account, options, TWO_CHUNKS, chunk_size=MIB // 4)
        coroutine: list[str] = []
        plain: list[str] = []

        @uploader.on("__ALL__")
        async def slow(event: dict[str, Any]) -> None:
            for _ in range(50):
                await asyncio.sleep(0)
            coroutine.append(event["name"])

        @uploader.on("__ALL__")
        def also_slow(event: dict[str, Any]) -> None:
            threading.Event().wait(0.002)
            plain.append(event["name"])

        await uploader.start()
        assert coroutine == plain
        assert coroutine[-1] == "COMPLETE"

    async def test_a_handler_that_raises_does_not_stop_the_upload(
        self, sim: Simulator, account: Account, options: Options, caplog: pytest.LogCaptureFixture
    ):
        """Its error is logged, for each event."""
        uploader = make_uploader(account, options)

        @uploader.on("__ALL__")
        async def fail(event: dict[str, Any]) -> None:
            raise LookupError(event["name"])

        heard = listen(uploader)
        await uploader.start()
        assert len(sim.archives) == 1
        logged = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        assert [message.partition("failed on event ")[2] for message in logged] == names(heard)

    async def test_a_handler_that_hangs_does_not_stop_the_upload(self, account: Account, options: Options):
        """It hangs in the first event until the last one has happened."""
        uploader = make_uploader(account, options)
        done = threading.Event()
        came: list[bool] = []
        uploader.add_event_listener("PREUPLOAD", lambda _: came.append(done.wait(9)))
        uploader.add_event_listener("COMPLETED", lambda _: done.set())
        await uploader.start()
        assert came == [True]

    async def test_an_event_that_is_ignored_is_not_heard(self, account: Account, options: Options):
        """`ignore_event` and `remove_ignore_events` work on an uploader."""
        uploader = make_uploader(account, options)
        uploader.ignore_event("PRE_PAGE")
        uploader.ignore_event(VideoUploaderEvents.COMPLETED)
        heard = listen(uploader)
        await uploader.start()
        assert "PRE_PAGE" not in names(heard)
        assert names(heard)[-1] == "AFTER_SUBMIT"


class TestMetaStaysTheCallers:
    """`meta` itself is never modified."""

    @pytest.mark.parametrize("fault", [None, Code(21002)], ids=["success", "failure"])
    async def test_meta_is_the_same_afterwards(
        self, sim: Simulator, account: Account, options: Options, cover: bytes, fault: Fault | None
    ):
        """Neither it nor anything in it."""
        if fault is not None:
            sim.faults.add("submit", fault)
        meta = good_meta()
        before, subtitles = copy.deepcopy(meta), meta["subtitles"]
        uploader = make_uploader(account, options, meta=meta, cover=cover)
        if fault is None:
            await uploader.start()
        else:
            with pytest.raises(ResponseCodeException):
                await uploader.start()
        assert meta == before
        assert meta["subtitles"] is subtitles
        assert uploader.meta is meta


def _is_of_chunk(name: str, data: Any, page: object) -> bool:
    return name in CHUNKS and data["page"] is page


def _without_chunks(events: tuple[str, ...] | list[str]) -> list[str]:
    """The sequence with all that happens between two other events of chunks as one entry."""
    marked = ["chunks" if "CHUNK" in name else name for name in events]
    return [name for before, name in pairwise(["", *marked]) if name != "chunks" or before != "chunks"]
