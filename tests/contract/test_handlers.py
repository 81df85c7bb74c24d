"""Handlers cannot harm an upload, and `meta` stays the caller's."""

from __future__ import annotations

import asyncio
import copy
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import (
    content,
    good_meta,
    listen,
    make_uploader,
    names,
)

from bilibili_api.events import VideoUploaderEvents
from bilibili_api.exceptions import (
    ResponseCodeException,
)
from bilibili_api.simulator import Code
from bilibili_api.video_uploader import VideoUploaderCredential

if TYPE_CHECKING:
    from bilibili_api.simulator import Account, Fault, Simulator
    from bilibili_api.video_uploader import Options

MIB = 1024 * 1024
TWO_CHUNKS = content(MIB + MIB // 2)


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

    async def test_what_the_caller_changes_during_the_login_is_not_sent(
        self, sim: Simulator, account: Account, options: Options
    ):
        """What was checked is what is sent."""
        meta = good_meta()

        class Slow(VideoUploaderCredential):
            async def get_access_key(self) -> str:
                meta["title"] = ""
                return await super().get_access_key()

        credential = Slow(access_key=account.access_key, options=options)
        await make_uploader(account, options, meta=meta, credential=credential).start()
        assert sim.archives[0].title == good_meta()["title"]
