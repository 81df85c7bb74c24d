"""`AsyncEvent` as the contract says (protocol document, section 9.1)."""

from __future__ import annotations

import asyncio
import functools
import gc
import threading
import weakref
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, cast

import pytest

from bilibili_api.events import VideoUploaderEvents
from bilibili_api.utils import thread_lane
from bilibili_api.utils.AsyncEvent import AsyncEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

Into = Callable[[list[Any]], Callable[[Any], Any]]

SHORT = 0.05
"""Seconds of patience with a handler that hangs in a test."""


class Colour(Enum):
    RED = "red"
    NUMBER = 7


class Aliased(AsyncEvent):
    _event_aliases: ClassVar[Mapping[str, str]] = {"COMPLETED": "COMPLETE"}


@pytest.fixture
def events() -> AsyncEvent:
    return AsyncEvent()


@pytest.fixture
def heard() -> list[Any]:
    return []


def coroutine_into(heard: list[Any]) -> Callable[[Any], Any]:
    async def handler(data: Any) -> None:
        heard.append(data)

    return handler


def plain_into(heard: list[Any]) -> Callable[[Any], Any]:
    def handler(data: Any) -> None:
        heard.append(data)

    return handler


both_kinds = pytest.mark.parametrize("into", [coroutine_into, plain_into], ids=["coroutine", "plain"])


class TestRegistering:
    @both_kinds
    async def test_a_handler_hears_its_event(self, events: AsyncEvent, heard: list[Any], into: Into) -> None:
        """What was added for a name is called with the data of each event of that name, and of no other."""
        events.add_event_listener("PRE_PAGE", into(heard))
        events.dispatch("PRE_PAGE", {"page": 1})
        events.dispatch("AFTER_PAGE", {"page": 2})
        await events.drain()
        assert heard == [{"page": 1}]

    async def test_without_data_a_handler_gets_none(self, events: AsyncEvent, heard: list[Any]) -> None:
        """`dispatch(name)` alone calls the handler with None."""
        events.add_event_listener("PREUPLOAD", coroutine_into(heard))
        events.dispatch("PREUPLOAD")
        await events.drain()
        assert heard == [None]

    @pytest.mark.parametrize("added", ["red", "RED", "Red", Colour.RED])
    @pytest.mark.parametrize("dispatched", ["red", "RED", Colour.RED])
    async def test_names_in_any_case_and_members_are_one(
        self, events: AsyncEvent, heard: list[Any], added: str | Enum, dispatched: str | Enum
    ) -> None:
        """A name in any case and an enum member with that value mean the same event."""
        events.add_event_listener(added, coroutine_into(heard))
        events.dispatch(dispatched, 1)
        await events.drain()
        assert heard == [1]

    @pytest.mark.parametrize("name", ["COMPLETED", "completed", "COMPLETE", VideoUploaderEvents.COMPLETED])
    async def test_an_alias_is_the_event_it_stands_for(self, heard: list[Any], name: Any) -> None:
        """A class may know an event by a second name; `__ALL__` reports the first one."""
        events = Aliased()
        events.add_event_listener(name, coroutine_into(heard))
        events.add_event_listener("__ALL__", coroutine_into(heard))
        events.dispatch("COMPLETED", "bv")
        events.dispatch(VideoUploaderEvents.COMPLETED, "bv")
        await events.drain()
        assert heard == ["bv", {"name": "COMPLETE", "data": "bv"}] * 2

    async def test_on_adds_and_returns_the_function(self, events: AsyncEvent, heard: list[Any]) -> None:
        """`@events.on(name)` registers the function and leaves it as it is."""
        handler = coroutine_into(heard)
        assert events.on("page")(handler) is handler
        events.dispatch("PAGE", 1)
        await events.drain()
        assert heard == [1]

    async def test_added_twice_it_is_called_twice(self, events: AsyncEvent, heard: list[Any]) -> None:
        """Each registration counts."""
        handler = coroutine_into(heard)
        events.add_event_listener("A", handler)
        events.add_event_listener("A", handler)
        events.dispatch("A", 1)
        await events.drain()
        assert heard == [1, 1]

    async def test_removing_takes_one_registration_back(self, events: AsyncEvent, heard: list[Any]) -> None:
        """`remove_event_listener` undoes one addition and says whether there was one."""
        handler = coroutine_into(heard)
        events.add_event_listener("A", handler)
        assert events.remove_event_listener("a", handler) is True
        assert events.remove_event_listener("a", handler) is False
        events.dispatch("A", 1)
        await events.drain()
        assert heard == []

    async def test_a_method_is_known_again(self, events: AsyncEvent, heard: list[Any]) -> None:
        """A method can be removed although each access makes a new object of it."""
        events.add_event_listener("A", heard.append)
        assert events.remove_event_listener("A", heard.append) is True

    async def test_equal_methods_of_different_objects_are_different_handlers(
        self, events: AsyncEvent
    ) -> None:
        """Two lists that happen to be equal do not share a handler."""
        one, other = list[Any](), list[Any]()
        events.add_event_listener("A", one.append)
        assert events.remove_event_listener("A", other.append) is False

    async def test_removing_under_another_name_changes_nothing(
        self, events: AsyncEvent, heard: list[Any]
    ) -> None:
        """A handler of two events stays with the other one."""
        handler = coroutine_into(heard)
        events.add_event_listener("A", handler)
        events.add_event_listener("B", handler)
        events.remove_event_listener("A", handler)
        events.dispatch("B", 1)
        await events.drain()
        assert heard == [1]

    async def test_remove_all_leaves_nobody(self, events: AsyncEvent, heard: list[Any]) -> None:
        """After `remove_all_event_listener` nothing is delivered to anyone."""
        events.add_event_listener("A", coroutine_into(heard))
        events.add_event_listener("__ALL__", plain_into(heard))
        events.remove_all_event_listener()
        events.dispatch("A", 1)
        await events.drain()
        assert heard == []

    async def test_what_is_on_its_way_to_a_removed_handler_is_not_delivered(
        self, events: AsyncEvent, heard: list[Any]
    ) -> None:
        """Removal is immediate: not even events from before it are delivered any more."""
        handler = coroutine_into(heard)
        events.add_event_listener("A", handler)
        events.dispatch("A", 1)
        events.remove_event_listener("A", handler)
        await events.drain()
        assert heard == []

    @pytest.mark.parametrize("name", [7, None, Colour.NUMBER])
    def test_what_is_no_name_is_refused(self, events: AsyncEvent, name: Any) -> None:
        """A name that is neither text nor a member with text as value is an error where it is passed in."""
        for use in (events.dispatch, events.ignore_event, events.on):
            with pytest.raises(TypeError, match="name of an event"):
                use(name)

    def test_what_cannot_be_called_is_refused(self, events: AsyncEvent) -> None:
        """A handler is checked when it is added, not when the first event comes."""
        with pytest.raises(TypeError, match="must be callable"):
            events.add_event_listener("A", cast("Any", "handler"))


class TestEverything:
    @both_kinds
    async def test_all_hears_every_event_after_its_own_handlers(
        self, events: AsyncEvent, heard: list[Any], into: Into
    ) -> None:
        """`__ALL__` hears name and data of each event, after the named handlers, in order."""
        events.add_event_listener("__all__", into(heard))
        events.add_event_listener("A", into(heard))
        events.dispatch("a", 1)
        events.dispatch("b")
        await events.drain()
        assert heard == [1, {"name": "A", "data": 1}, {"name": "B", "data": None}]

    async def test_all_itself_is_not_wrapped(self, events: AsyncEvent, heard: list[Any]) -> None:
        """Dispatching `__ALL__` tells its handlers once, with the data as they are."""
        events.add_event_listener("__ALL__", coroutine_into(heard))
        events.dispatch("__ALL__", 1)
        await events.drain()
        assert heard == [1]

    async def test_data_are_not_copied(self, events: AsyncEvent, heard: list[Any]) -> None:
        """Every handler gets the very object that was dispatched."""
        data = {"page": object()}
        events.add_event_listener("A", coroutine_into(heard))
        events.add_event_listener("__ALL__", coroutine_into(heard))
        events.dispatch("A", data)
        await events.drain()
        assert heard[0] is data
        assert heard[1]["data"] is data


class TestIgnoring:
    async def test_an_ignored_event_reaches_nobody(self, events: AsyncEvent, heard: list[Any]) -> None:
        """Neither its handlers nor those of `__ALL__` hear it, until nothing is ignored any longer."""
        events.add_event_listener("A", coroutine_into(heard))
        events.add_event_listener("__ALL__", coroutine_into(heard))
        events.ignore_event("a")
        events.dispatch("A", 1)
        events.remove_ignore_events()
        events.dispatch("A", 2)
        await events.drain()
        assert heard == [2, {"name": "A", "data": 2}]

    async def test_ignoring_all_leaves_the_named_handlers(self, events: AsyncEvent, heard: list[Any]) -> None:
        """`ignore_event("__ALL__")` silences only what listens to everything."""
        events.add_event_listener("A", coroutine_into(heard))
        events.add_event_listener("__ALL__", coroutine_into(heard))
        events.ignore_event("__ALL__")
        events.dispatch("A", 1)
        await events.drain()
        assert heard == [1]

    async def test_an_alias_is_ignored_too(self, heard: list[Any]) -> None:
        """Ignoring either name of an event ignores both."""
        events = Aliased()
        events.add_event_listener("COMPLETE", coroutine_into(heard))
        events.ignore_event("COMPLETED")
        events.dispatch("COMPLETE", 1)
        await events.drain()
        assert heard == []


class TestKindsOfHandlers:
    async def test_a_coroutine_function_runs_in_the_loop(self, events: AsyncEvent, heard: list[Any]) -> None:
        """Coroutine handlers run in the loop and thread of the dispatcher."""

        async def handler(_: Any) -> None:
            heard.append((asyncio.get_running_loop(), threading.current_thread()))

        events.add_event_listener("A", handler)
        events.dispatch("A")
        await events.drain()
        assert heard == [(asyncio.get_running_loop(), threading.current_thread())]

    async def test_a_plain_function_runs_beside_the_loop(self, events: AsyncEvent, heard: list[Any]) -> None:
        """Plain handlers run in a daemon thread, so that they may block and do not keep the program alive."""
        events.add_event_listener("A", lambda _: heard.append(threading.current_thread()))
        events.dispatch("A")
        await events.drain()
        assert heard[0] is not threading.current_thread()
        assert heard[0].daemon

    async def test_what_else_gives_coroutines_runs_in_the_loop(
        self, events: AsyncEvent, heard: list[Any]
    ) -> None:
        """Partials, methods and objects with an asynchronous `__call__` count as coroutine functions."""

        class Handler:
            async def __call__(self, _: Any) -> None:
                heard.append(asyncio.get_running_loop())

            async def method(self, _: Any) -> None:
                heard.append(asyncio.get_running_loop())

            async def two(self, _extra: int, _: Any) -> None:
                heard.append(asyncio.get_running_loop())

        handler = Handler()
        for one in (handler, handler.method, functools.partial(handler.two, 1), functools.partial(handler)):
            events.add_event_listener("A", one)
        events.dispatch("A")
        await events.drain()
        assert heard == [asyncio.get_running_loop()] * 4

    async def test_an_awaitable_that_a_plain_function_returns_is_awaited_in_the_loop(
        self, events: AsyncEvent, heard: list[Any]
    ) -> None:
        """`lambda data: coroutine(data)` works like the coroutine function, in order."""
        handler = coroutine_into(heard)
        events.add_event_listener("A", lambda data: handler(data))  # noqa: PLW0108 - the lambda is the point
        events.dispatch("A", 1)
        events.dispatch("A", 2)
        await events.drain()
        assert heard == [1, 2]

    def test_an_awaitable_without_a_loop_is_an_error_of_the_handler(
        self, events: AsyncEvent, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Nothing can await it, and the log says so."""
        done = threading.Event()

        def handler(_: Any) -> Any:
            done.set()
            return coroutine_into([])(None)

        events.add_event_listener("A", handler)
        events.dispatch("A")
        assert done.wait(5)
        asyncio.run(events.drain())
        assert "no event loop is running" in caplog.text


class TestOrder:
    @both_kinds
    async def test_a_handler_of_many_names_hears_them_in_order(
        self, events: AsyncEvent, heard: list[Any], into: Into
    ) -> None:
        """One handler for several events, `__ALL__` included, hears them as they happened."""
        handler = into(heard)
        for name in ("A", "B", "__ALL__"):
            events.add_event_listener(name, handler)
        for number in range(20):
            events.dispatch("AB"[number % 2], number)
        await events.drain()
        assert [told for told in heard if isinstance(told, int)] == list(range(20))
        assert heard[1::2] == [{"name": "AB"[number % 2], "data": number} for number in range(20)]

    @both_kinds
    async def test_different_handlers_are_started_in_order(
        self, events: AsyncEvent, heard: list[Any], into: Into
    ) -> None:
        """Handlers that keep up are called in the order of the events, each in the order of registration."""
        for name in "ABC":
            for _ in range(2):
                events.add_event_listener(name, into(heard))
        sequence = list("ABCAACBBAC")
        for name in sequence:
            events.dispatch(name, name)
        await events.drain()
        assert heard == [name for name in sequence for _ in range(2)]

    async def test_a_handler_is_called_for_one_event_at_a_time(
        self, events: AsyncEvent, heard: list[Any]
    ) -> None:
        """The second event waits until the coroutine of the first one has ended."""
        go_on = asyncio.Event()

        async def handler(data: Any) -> None:
            heard.append(("begin", data))
            await go_on.wait()
            heard.append(("end", data))

        events.add_event_listener("A", handler)
        events.dispatch("A", 1)
        events.dispatch("A", 2)
        await asyncio.sleep(0)
        go_on.set()
        await events.drain()
        assert heard == [("begin", 1), ("end", 1), ("begin", 2), ("end", 2)]

    def test_plain_handlers_need_no_loop(self, events: AsyncEvent, heard: list[Any]) -> None:
        """Events for plain functions are delivered in a program without an event loop."""
        done = threading.Event()
        events.add_event_listener("A", heard.append)
        events.add_event_listener("B", lambda _: done.set())
        events.dispatch("A", 1)
        events.dispatch("A", 2)
        events.dispatch("B")
        assert done.wait(5)
        assert heard == [1, 2]

    def test_coroutine_handlers_wait_for_a_loop(self, events: AsyncEvent, heard: list[Any]) -> None:
        """Dispatched outside a loop, events for coroutine functions are delivered by the next drain in one."""
        events.add_event_listener("A", coroutine_into(heard))
        events.dispatch("A", 1)
        assert heard == []
        asyncio.run(events.drain())
        assert heard == [1]

    async def test_an_event_from_another_thread_is_delivered_in_the_loop(
        self, events: AsyncEvent, heard: list[Any]
    ) -> None:
        """A thread may dispatch; coroutine handlers hear it in the loop last seen."""
        told = asyncio.Event()

        async def handler(data: Any) -> None:
            heard.append((data, asyncio.get_running_loop()))
            told.set()

        events.add_event_listener("A", handler)
        await events.drain()  # the loop has been seen
        await asyncio.to_thread(events.dispatch, "A", 1)
        await asyncio.wait_for(told.wait(), 5)
        assert heard == [(1, asyncio.get_running_loop())]

    def test_two_loops_one_after_another(self, events: AsyncEvent, heard: list[Any]) -> None:
        """The same object serves a second `asyncio.run`, and delivers there what the first had not begun."""
        events.add_event_listener("A", coroutine_into(heard))
        events.add_event_listener("A", plain_into(heard))

        async def use(data: Any, *, drain: bool) -> None:
            events.dispatch("A", data)
            if drain:
                await events.drain()

        asyncio.run(use(1, drain=True))
        asyncio.run(use(2, drain=False))
        asyncio.run(use(3, drain=True))
        assert sorted(heard) == [1, 1, 2, 2, 3, 3]

    def test_a_loop_that_stands_still_does_not_hold_events_back(
        self, events: AsyncEvent, heard: list[Any]
    ) -> None:
        """What a stopped loop left is delivered in the next one, and only once should the first one go on."""
        events.add_event_listener("A", coroutine_into(heard))

        async def dispatch() -> None:
            events.dispatch("A", 1)

        with asyncio.Runner() as stopped:
            stopped.run(dispatch())
            asyncio.run(events.drain())
            assert heard == [1]
            stopped.run(asyncio.sleep(0))
        assert heard == [1]

    def test_a_loop_that_is_cancelled_in_the_middle_hands_over_to_the_next(
        self, events: AsyncEvent, heard: list[Any]
    ) -> None:
        """The event a handler was in is lost with its loop; the following ones are delivered in the next loop."""

        async def handler(data: Any) -> None:
            heard.append(data)
            if data == 1:
                await asyncio.Event().wait()

        async def first() -> None:
            events.dispatch("A", 1)
            events.dispatch("A", 2)
            await asyncio.sleep(0)
            await asyncio.sleep(0)

        events.add_event_listener("A", handler)
        asyncio.run(first())
        asyncio.run(events.drain())
        assert heard == [1, 2]


class TestHandlersThatMisbehave:
    @both_kinds
    async def test_an_error_is_logged_and_the_next_event_delivered(
        self, events: AsyncEvent, heard: list[Any], into: Into, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A handler that raises hears the next event; its name, the event and the error are in the log."""
        tell = into(heard)

        def failing(data: Any) -> Any:
            if data == 1:
                raise ValueError("broken on purpose")
            return tell(data)

        async def failing_coroutine(data: Any) -> None:
            await failing(data)

        events.add_event_listener("A", failing if into is plain_into else failing_coroutine)
        events.dispatch("A", 1)
        events.dispatch("A", 2)
        await events.drain()
        assert heard == [2]
        assert "failing" in caplog.text
        assert "event A" in caplog.text
        assert "broken on purpose" in caplog.text
        assert {record.name for record in caplog.records} == {"bilibili_api"}

    async def test_secrets_in_an_error_are_masked(
        self, events: AsyncEvent, caplog: pytest.LogCaptureFixture
    ) -> None:
        """What a handler raises may quote a request; the log does not."""

        def handler(_: Any) -> None:
            raise ValueError(
                "GET https://member.bilibili.com/preupload?access_key=SECRET failed: csrf=SECRET"
            )

        events.add_event_listener("A", handler)
        events.dispatch("A")
        await events.drain()
        assert "ValueError" in caplog.text
        assert "SECRET" not in caplog.text

    async def test_the_arguments_of_a_partial_are_not_logged(
        self, events: AsyncEvent, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A handler is named by its function, for its repr may hold secrets."""

        def handler(_password: str, _: Any) -> None:
            raise ValueError

        events.add_event_listener("A", functools.partial(handler, "SECRET"))
        events.dispatch("A")
        await events.drain()
        assert "handler" in caplog.text
        assert "SECRET" not in caplog.text

    @pytest.mark.parametrize("error", [SystemExit, asyncio.CancelledError])
    @both_kinds
    async def test_a_handler_cannot_end_the_program(
        self, events: AsyncEvent, caplog: pytest.LogCaptureFixture, into: Into, error: type[BaseException]
    ) -> None:
        """SystemExit and a CancelledError of the handler's own are errors like others."""

        def failing(_: Any) -> None:
            raise error

        async def failing_coroutine(_: Any) -> None:
            raise error

        events.add_event_listener("A", failing if into is plain_into else failing_coroutine)
        events.dispatch("A")
        await events.drain()
        assert error.__name__ in caplog.text

    async def test_other_handlers_are_not_held_up(
        self, events: AsyncEvent, heard: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While one coroutine and one function hang, everyone else hears every event."""
        monkeypatch.setattr(thread_lane, "OVERTAKE_AFTER", 0.0)
        release, all_heard = threading.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        async def hanging_coroutine(_: Any) -> None:
            await asyncio.Event().wait()

        def last(data: Any) -> None:
            heard.append(data)
            if data == 9:
                loop.call_soon_threadsafe(all_heard.set)

        coroutine_heard: list[Any] = []
        events.add_event_listener("A", hanging_coroutine)
        events.add_event_listener("A", lambda _: release.wait(5))
        events.add_event_listener("A", coroutine_into(coroutine_heard))
        events.add_event_listener("A", last)
        for number in range(10):
            events.dispatch("A", number)
        await asyncio.wait_for(all_heard.wait(), 5)
        release.set()
        await events.drain(SHORT)
        assert heard == list(range(10))
        assert coroutine_heard == list(range(10))

    async def test_a_slow_function_keeps_its_own_order(
        self, events: AsyncEvent, heard: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A function that was overtaken by others still hears all its events, in order."""
        monkeypatch.setattr(thread_lane, "OVERTAKE_AFTER", 0.0)
        release, quick = threading.Event(), list[Any]()

        def slow(data: Any) -> None:
            release.wait(5)
            heard.append(data)

        events.add_event_listener("A", slow)
        events.add_event_listener(
            "A", lambda data: (quick.append(data), release.set() if data == 4 else None)
        )
        for number in range(5):
            events.dispatch("A", number)
        await events.drain()
        assert heard == quick == list(range(5))


class TestHandlersThatUseTheDispatcher:
    @pytest.mark.parametrize("kind", ["coroutine", "plain"])
    async def test_a_handler_may_dispatch_add_and_remove(
        self, events: AsyncEvent, heard: list[Any], kind: str
    ) -> None:
        """Inside a handler everything works as outside."""

        def act(_: Any) -> None:
            events.add_event_listener("B", heard.append)
            events.dispatch("B", "added")
            events.remove_event_listener("A", handler)

        async def act_as_coroutine(data: Any) -> None:
            act(data)

        handler = act if kind == "plain" else act_as_coroutine
        events.add_event_listener("A", handler)
        events.dispatch("A")
        await events.drain()
        events.dispatch("A")
        await events.drain()
        assert heard == ["added"]

    async def test_a_handler_may_drain(self, events: AsyncEvent, heard: list[Any]) -> None:
        """A handler that drains does not wait for itself, but for all others."""

        async def handler(_: Any) -> None:
            events.dispatch("B", 1)
            await events.drain()
            heard.append("drained")

        events.add_event_listener("A", handler)
        events.add_event_listener("B", heard.append)
        events.dispatch("A")
        await asyncio.wait_for(events.drain(), 5)
        assert heard == [1, "drained"]

    async def test_a_plain_handler_may_use_a_loop_of_its_own(
        self, events: AsyncEvent, heard: list[Any]
    ) -> None:
        """`asyncio.run` inside a plain handler works, and draining in it does not wait for the handler."""

        async def inside() -> None:
            events.dispatch("B", 1)
            await events.drain()
            heard.append("drained")

        events.add_event_listener("A", lambda _: asyncio.run(inside()))
        events.add_event_listener("B", coroutine_into(heard))
        events.dispatch("A")
        await asyncio.wait_for(events.drain(), 5)
        assert heard == [1, "drained"]

    async def test_events_without_end_do_not_hold_drain_for_ever(
        self, events: AsyncEvent, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A handler that answers each event with another one is left alone after some time."""

        async def handler(_: Any) -> None:
            events.dispatch("A")

        events.add_event_listener("A", handler)
        events.dispatch("A")
        await asyncio.wait_for(events.drain(SHORT), 5)
        events.remove_all_event_listener()
        assert "keep dispatching" in caplog.text


class TestDrain:
    async def test_nothing_dispatched_nothing_to_wait_for(self, events: AsyncEvent) -> None:
        """Drain returns at once when nothing is on its way."""
        await asyncio.wait_for(events.drain(), 1)

    @both_kinds
    async def test_a_slow_handler_that_gets_on_is_waited_for(
        self, events: AsyncEvent, heard: list[Any], into: Into, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Patience is per event: many events that take long together are all delivered."""
        never = threading.Event()
        tell = into(heard)

        def slow(data: Any) -> Any:
            never.wait(SHORT / 2)
            return tell(data)

        async def slow_coroutine(data: Any) -> None:
            await asyncio.sleep(SHORT / 2)
            await tell(data)

        events.add_event_listener("A", slow if into is plain_into else slow_coroutine)
        for number in range(6):
            events.dispatch("A", number)
        await events.drain(SHORT * 2)
        assert heard == list(range(6))
        assert not caplog.records

    async def test_a_stuck_coroutine_is_given_up_and_cancelled(
        self, events: AsyncEvent, heard: list[Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is logged with its name, the event and what was not delivered; no task stays behind."""

        async def stuck_handler(_: Any) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                heard.append("cleaned up")

        events.add_event_listener("A", stuck_handler)
        for _ in range(3):
            events.dispatch("A")
        await events.drain(SHORT)
        assert "stuck_handler has not returned from event A for 0.05 s" in caplog.text
        assert "2 further events" in caplog.text
        assert heard == ["cleaned up"]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def test_a_coroutine_that_was_given_up_hears_later_events(
        self, events: AsyncEvent, heard: list[Any]
    ) -> None:
        """Being given up is about one event, not for ever."""

        async def handler(data: Any) -> None:
            heard.append(data)
            if data == 1:
                await asyncio.Event().wait()

        events.add_event_listener("A", handler)
        events.dispatch("A", 1)
        await events.drain(SHORT)
        events.dispatch("A", 2)
        await events.drain()
        assert heard == [1, 2]

    async def test_a_stuck_function_is_given_up_until_it_returns(
        self, events: AsyncEvent, heard: list[Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        """A function cannot be cancelled: it hears nothing while it is stuck, and everything afterwards."""
        entered, release = threading.Event(), threading.Event()
        returned = asyncio.Event()
        loop = asyncio.get_running_loop()

        def stuck_function(data: Any) -> None:
            heard.append(data)
            entered.set()
            release.wait(5)
            loop.call_soon_threadsafe(returned.set)

        events.add_event_listener("A", stuck_function)
        events.dispatch("A", "first")
        await events.drain(SHORT)
        assert "stuck_function has not returned from event A" in caplog.text
        events.dispatch("A", "unheard")
        await asyncio.wait_for(events.drain(), 1)  # not waited for again
        release.set()
        await returned.wait()
        threads = [thread for thread in threading.enumerate() if thread.name == "bilibili_api events"]
        await asyncio.gather(*(asyncio.to_thread(thread.join, 5) for thread in threads))
        events.dispatch("A", "second")
        await events.drain()
        assert heard == ["first", "second"]

    async def test_an_awaitable_that_hangs_is_given_up_and_cancelled(self, events: AsyncEvent) -> None:
        """What a plain function returned is cancelled like a coroutine handler."""

        cleaned_up = asyncio.Event()

        async def hang() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                cleaned_up.set()

        events.add_event_listener("A", lambda _: hang())
        events.dispatch("A")
        await events.drain(SHORT)
        await asyncio.wait_for(cleaned_up.wait(), 5)

    async def test_several_stuck_handlers_cost_one_patience(
        self, events: AsyncEvent, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Handlers are waited for side by side."""

        def make() -> Callable[[Any], Any]:
            async def handler(_: Any) -> None:
                await asyncio.Event().wait()

            return handler

        for _ in range(20):
            events.add_event_listener("A", make())
        events.dispatch("A")
        await asyncio.wait_for(events.drain(SHORT), SHORT * 20)
        assert len(caplog.records) == 20

    async def test_cancelling_drain_passes_through(self, events: AsyncEvent, heard: list[Any]) -> None:
        """A drain that is cancelled leaves the handlers alone."""
        go_on = asyncio.Event()

        async def handler(data: Any) -> None:
            await go_on.wait()
            heard.append(data)

        events.add_event_listener("A", handler)
        events.dispatch("A", 1)
        draining = asyncio.create_task(events.drain())
        await asyncio.sleep(0)
        draining.cancel()
        with pytest.raises(asyncio.CancelledError):
            await draining
        go_on.set()
        await events.drain()
        assert heard == [1]

    async def test_nothing_is_left_running(self, events: AsyncEvent, heard: list[Any]) -> None:
        """After drain no task and, a moment later, no thread of the dispatcher is left."""
        before = set(threading.enumerate())
        events.add_event_listener("A", coroutine_into(heard))
        events.add_event_listener("A", plain_into(heard))
        events.dispatch("A", 1)
        await events.drain()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        for thread in set(threading.enumerate()) - before:
            thread.join(thread_lane.LINGER / 2)
            assert not thread.is_alive()

    def test_threads_end_without_drain(self, heard: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
        """A dispatcher that is dropped leaves no thread behind, and is collected."""
        monkeypatch.setattr(thread_lane, "LINGER", 0.01)
        events = AsyncEvent()
        events.add_event_listener("A", plain_into(heard))
        before = set(threading.enumerate())
        events.dispatch("A", 1)
        for thread in set(threading.enumerate()) - before:
            thread.join(5)
            assert not thread.is_alive()
        gone = weakref.ref(events)
        del events
        gc.collect()
        assert gone() is None
        assert heard == [1]

    async def test_dispatch_does_not_wait(self, events: AsyncEvent) -> None:
        """Dispatch returns before any handler has run, however many hang."""
        release = threading.Event()
        events.add_event_listener("A", lambda _: release.wait(5))
        for _ in range(1000):
            events.dispatch("A")
        assert not release.is_set()
        release.set()
        await events.drain()

    async def test_without_more_threads_events_wait(
        self,
        events: AsyncEvent,
        heard: list[Any],
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """When no thread can be started, that is logged and the next chance is taken."""
        events.add_event_listener("A", heard.append)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", _no_thread)
            events.dispatch("A", 1)
        assert "no thread could be started" in caplog.text
        await events.drain()
        assert heard == [1]


def _no_thread(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
