"""What stands around the uploader: signatures, `channel`, `sync`, `exceptions`, `get_missions`, the logger."""

from __future__ import annotations

import asyncio
import importlib
import inspect
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import key_of, make_uploader

import bilibili_api
from bilibili_api import channel, exceptions, sync, video_uploader
from bilibili_api.exceptions import (
    ApiException,
    ArgsException,
    NetworkException,
    ResponseCodeException,
    VideoUploadException,
)
from bilibili_api.simulator import Code, Status
from bilibili_api.utils.AsyncEvent import AsyncEvent
from bilibili_api.video_uploader import (
    VideoUploader,
    VideoUploaderCredential,
    VideoUploaderEvents,
    VideoUploaderPage,
    get_missions,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options

REQUIRED = inspect.Parameter.empty

SIGNATURES: dict[str, tuple[Callable[..., Any], dict[str, object]]] = {
    "VideoUploaderCredential": (
        VideoUploaderCredential,
        {"access_key": None, "account": None, "password": None},
    ),
    "VideoUploaderCredential.login": (VideoUploaderCredential.login, {"self": REQUIRED}),
    "VideoUploaderCredential.get_access_key": (VideoUploaderCredential.get_access_key, {"self": REQUIRED}),
    "VideoUploaderPage": (
        VideoUploaderPage,
        {"video_stream": REQUIRED, "title": REQUIRED, "description": "", "extension": "mp4"},
    ),
    "VideoUploaderPage.get_size": (VideoUploaderPage.get_size, {"self": REQUIRED}),
    "VideoUploaderPage.get_md5": (VideoUploaderPage.get_md5, {"self": REQUIRED}),
    "VideoUploader": (
        VideoUploader,
        {
            "pages": REQUIRED,
            "meta": REQUIRED,
            "credential": REQUIRED,
            "threads": 5,
            "chunk_size": 2048 * 1024,
            "cover_stream": None,
            "cover_type": "image/jpeg",
        },
    ),
    "VideoUploader.start": (VideoUploader.start, {"self": REQUIRED}),
    "VideoUploader.abort": (VideoUploader.abort, {"self": REQUIRED}),
    "AsyncEvent.add_event_listener": (
        AsyncEvent.add_event_listener,
        {"self": REQUIRED, "name": REQUIRED, "handler": REQUIRED},
    ),
    "AsyncEvent.on": (AsyncEvent.on, {"self": REQUIRED, "name": REQUIRED}),
    "AsyncEvent.remove_event_listener": (
        AsyncEvent.remove_event_listener,
        {"self": REQUIRED, "name": REQUIRED, "handler": REQUIRED},
    ),
    "AsyncEvent.remove_all_event_listener": (AsyncEvent.remove_all_event_listener, {"self": REQUIRED}),
    "AsyncEvent.ignore_event": (AsyncEvent.ignore_event, {"self": REQUIRED, "name": REQUIRED}),
    "AsyncEvent.remove_ignore_events": (AsyncEvent.remove_ignore_events, {"self": REQUIRED}),
    "AsyncEvent.dispatch": (AsyncEvent.dispatch, {"self": REQUIRED, "name": REQUIRED, "data": None}),
    "get_missions": (get_missions, {"tid": 0, "credential": None}),
    "channel.get_channel_info_by_tid": (channel.get_channel_info_by_tid, {"tid": REQUIRED}),
    "channel.get_channel_info_by_name": (channel.get_channel_info_by_name, {"name": REQUIRED}),
    "sync": (sync, {"coroutine": REQUIRED}),
    "NetworkException": (NetworkException, {"status": REQUIRED, "msg": REQUIRED}),
    "ResponseCodeException": (ResponseCodeException, {"code": REQUIRED, "msg": REQUIRED, "raw": None}),
}
"""What is published, with the name, order and default of each argument."""

signatures = pytest.mark.parametrize(("published", "expected"), SIGNATURES.values(), ids=SIGNATURES)


class TestSignatures:
    """Code written for the published interface runs unchanged; what we add is optional and keyword-only."""

    @signatures
    def test_the_published_arguments_have_their_names_order_and_defaults(
        self, published: Callable[..., Any], expected: dict[str, object]
    ):
        """By position as well as by name."""
        found = {
            name: parameter.default
            for name, parameter in inspect.signature(published).parameters.items()
            if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        }
        assert list(found.items()) == list(expected.items())

    @signatures
    def test_what_is_added_is_optional_and_keyword_only(
        self, published: Callable[..., Any], expected: dict[str, object]
    ):
        """Nobody has to know it."""
        for name, parameter in inspect.signature(published).parameters.items():
            if name not in expected:
                assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
                assert parameter.default is not REQUIRED

    @pytest.mark.parametrize(
        "published",
        [
            VideoUploaderCredential.login,
            VideoUploaderCredential.get_access_key,
            VideoUploaderPage.get_size,
            VideoUploaderPage.get_md5,
            VideoUploader.start,
            VideoUploader.abort,
            get_missions,
        ],
    )
    def test_what_was_a_coroutine_function_still_is(self, published: Callable[..., Any]):
        """`await` works on each."""
        assert inspect.iscoroutinefunction(published)

    def test_an_uploader_is_an_async_event(self):
        """`class VideoUploader(AsyncEvent)`."""
        assert issubclass(VideoUploader, AsyncEvent)

    @pytest.mark.parametrize(
        "name",
        [
            "VideoUploader",
            "VideoUploaderCredential",
            "VideoUploaderEvents",
            "VideoUploaderPage",
            "get_missions",
        ],
    )
    def test_the_published_names_are_in_the_published_module(self, name: str):
        """`from bilibili_api import video_uploader`, and `import *` from it."""
        assert hasattr(video_uploader, name)
        assert name in video_uploader.__all__

    def test_the_package_offers_what_is_published(self):
        """`video_uploader`, `channel`, `sync`, `exceptions` hang on the package."""
        for name in ("video_uploader", "channel", "exceptions"):
            assert getattr(bilibili_api, name) is importlib.import_module(f"bilibili_api.{name}")
        assert bilibili_api.sync is sync

    def test_the_arguments_are_attributes(self, account: Account, options: Options):
        """As 2021 code reads them."""
        uploader = make_uploader(account, options, threads=2, chunk_size=3, cover_type="image/png")
        assert (uploader.threads, uploader.chunk_size, uploader.cover_type) == (2, 3, "image/png")
        assert uploader.credential.access_key == account.access_key
        assert uploader.pages[0].title == "P1"
        assert uploader.cover_stream is None


class TestChannel:
    """`get_channel_info_by_tid(tid)` and `get_channel_info_by_name(name)` return `(main, sub)`."""

    def test_a_leaf_comes_with_its_main_partition(self):
        """Each is a dict; the tid of the leaf is what `meta` takes."""
        main, sub = channel.get_channel_info_by_tid(21)
        assert main is not None
        assert sub is not None
        assert (main["name"], sub["name"], sub["tid"]) == ("生活", "日常", 21)

    def test_a_main_partition_comes_alone(self):
        """It has no leaf."""
        main, sub = channel.get_channel_info_by_tid(160)
        assert main is not None
        assert (main["name"], sub) == ("生活", None)

    def test_a_name_finds_the_same_as_its_number(self):
        """Both ways lead to the same dicts."""
        assert channel.get_channel_info_by_name("日常") == channel.get_channel_info_by_tid(21)

    @pytest.mark.parametrize("unknown", [0, -1, 10**9])
    def test_an_unknown_number_is_none_and_none(self, unknown: int):
        """It is not an error."""
        assert channel.get_channel_info_by_tid(unknown) == (None, None)

    def test_an_unknown_name_is_none_and_none(self):
        """Nor is this."""
        assert channel.get_channel_info_by_name("no such partition") == (None, None)


class TestSync:
    """`bilibili_api.sync(coroutine)` runs a coroutine from synchronous code."""

    async def _answer(self) -> int:
        await asyncio.sleep(0)
        return 42

    def test_it_returns_what_the_coroutine_returns(self):
        """Where no loop runs."""
        assert sync(self._answer()) == 42

    async def test_it_works_where_a_loop_runs_already(self):
        """In a notebook, for instance."""
        assert sync(self._answer()) == 42

    def test_it_raises_what_the_coroutine_raises(self):
        """The very error."""

        async def fail() -> None:
            raise ArgsException("no")

        with pytest.raises(ArgsException, match="no"):
            sync(fail())

    def test_an_upload_that_cannot_work_is_an_error_here_too(self):
        """Two runs one after the other have a loop each."""
        credential = VideoUploaderCredential("0123456789abcdef0123456789abcdef")
        uploader = VideoUploader([], {}, credential)
        for _ in range(2):
            with pytest.raises(ArgsException):
                sync(uploader.start())


class TestExceptions:
    """`bilibili_api.exceptions`."""

    @pytest.mark.parametrize(
        "name",
        [
            "ArgsException",
            "NetworkException",
            "ResponseException",
            "ResponseCodeException",
            "VideoUploadException",
        ],
    )
    def test_api_exception_is_the_base_of_all(self, name: str):
        """One `except` catches everything of this library."""
        assert issubclass(getattr(exceptions, name), ApiException)

    def test_a_network_exception_has_status_and_msg(self):
        """As its arguments are called."""
        error = NetworkException(503, "no service")
        assert (error.status, error.msg) == (503, "no service")

    def test_a_response_code_exception_has_code_msg_and_raw(self):
        """As its arguments are called."""
        error = ResponseCodeException(-400, "bad request", {"code": -400})
        assert (error.code, error.msg, error.raw) == (-400, "bad request", {"code": -400})

    def test_the_others_take_a_message(self):
        """And show it."""
        for kind in (ApiException, ArgsException, VideoUploadException):
            assert "a reason" in str(kind("a reason"))

    async def test_an_upload_raises_a_network_exception_with_the_status(
        self, sim: Simulator, account: Account, options: Options
    ):
        """HTTP 404 at the preupload."""
        sim.faults.add("preupload", Status(404))
        with pytest.raises(NetworkException) as raised:
            await make_uploader(account, options).start()
        assert raised.value.status == 404

    async def test_an_upload_raises_a_response_code_exception_with_code_msg_and_raw(
        self, sim: Simulator, account: Account, options: Options
    ):
        """The server's code, its words and its whole answer."""
        sim.faults.add("submit", Code(21002, "the partition is closed"))
        with pytest.raises(ResponseCodeException) as raised:
            await make_uploader(account, options).start()
        assert raised.value.code == 21002
        assert "the partition is closed" in raised.value.msg
        assert isinstance(raised.value.raw, dict)


class TestGetMissions:
    """`video_uploader.get_missions(tid=0, credential=None)`."""

    async def test_without_arguments_it_lists_all(self, sim: Simulator, options: Options):
        """Nobody has to be logged in."""
        missions = await get_missions(options=options)
        assert len(missions) == 3
        assert {"id", "name"} <= set(missions[0])
        assert sim.seen("missions")[0].query == (("tid", "0"),)

    async def test_a_tid_lists_those_of_its_partition(self, sim: Simulator, options: Options):
        """And those for everybody."""
        missions = await get_missions(17, options=options)
        assert [mission["id"] for mission in missions] == [20002, 20003]

    async def test_a_credential_is_accepted_as_published(
        self, sim: Simulator, account: Account, options: Options
    ):
        """By position or by name; its key is not sent where nobody needs it."""
        await get_missions(0, key_of(account, options), options=options)
        (seen,) = sim.seen("missions")
        assert account.access_key not in seen.target

    async def test_a_refusal_is_an_error(self, sim: Simulator, options: Options):
        """With its code."""
        sim.faults.add("missions", Code(-400), times=None)
        with pytest.raises(ResponseCodeException):
            await get_missions(options=options)


class TestAsyncEventOfAnUploader:
    """What `AsyncEvent` promises holds for an uploader; its own tests are in tests/test_async_event.py."""

    async def test_all_hears_name_and_data(self, account: Account, options: Options):
        """`__ALL__` hears everything as `{"name": ..., "data": ...}`, names being values."""
        uploader = make_uploader(account, options)
        heard: list[dict[str, Any]] = []
        uploader.add_event_listener("__all__", heard.append)
        result = await uploader.start()
        assert heard[0] == {"name": "PREUPLOAD", "data": None}
        assert heard[-1] == {"name": VideoUploaderEvents.COMPLETED.value, "data": result}

    async def test_a_removed_listener_hears_nothing(self, account: Account, options: Options):
        """`remove_event_listener` says whether there was one, under any name of the event."""
        uploader = make_uploader(account, options)
        heard: list[object] = []
        hear = heard.append
        uploader.add_event_listener(VideoUploaderEvents.COMPLETED, hear)
        assert uploader.remove_event_listener("completed", hear)
        assert not uploader.remove_event_listener("COMPLETE", hear)
        await uploader.start()
        assert heard == []
