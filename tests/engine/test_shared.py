"""One run of a coroutine for everybody who asks while it runs."""

from __future__ import annotations

import asyncio

import pytest

from bilibili_api.engine.shared import Shared


class Work:
    """Waits until it is told how to end; counts how often it was begun and cancelled."""

    def __init__(self) -> None:
        self.begun = self.cancelled = 0
        self.end: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def __call__(self) -> str:
        self.begun += 1
        try:
            return await asyncio.shield(self.end)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


async def begin(shared: Shared[str], count: int) -> list[asyncio.Task[str]]:
    tasks = [asyncio.create_task(shared.run()) for _ in range(count)]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_all_who_ask_share_one_run():
    """And its result."""
    work = Work()
    tasks = await begin(Shared(work), 5)
    work.end.set_result("done")
    assert await asyncio.gather(*tasks) == ["done"] * 5
    assert work.begun == 1


async def test_all_who_ask_share_its_error():
    """Nobody tries the same again behind the others' backs."""
    work = Work()
    tasks = await begin(Shared(work), 3)
    work.end.set_exception(KeyError("no"))
    assert [type(each) for each in await asyncio.gather(*tasks, return_exceptions=True)] == [KeyError] * 3
    assert work.begun == 1


async def test_who_asks_later_begins_another():
    """A result is shared, not kept."""
    work = Work()
    shared = Shared(work)
    work.end.set_result("done")
    assert [await shared.run(), await shared.run()] == ["done"] * 2
    assert work.begun == 2


async def test_one_who_is_cancelled_takes_nothing_from_the_others():
    """Not even the first."""
    work = Work()
    first, *others = await begin(Shared(work), 3)
    first.cancel()
    await asyncio.wait([first])
    work.end.set_result("done")
    assert await asyncio.gather(*others) == ["done"] * 2
    assert (first.cancelled(), work.begun, work.cancelled) == (True, 1, 0)


async def test_when_all_are_cancelled_so_is_the_work():
    """Nothing keeps running for nobody."""
    work = Work()
    tasks = await begin(Shared(work), 3)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await asyncio.sleep(0)
    assert (work.begun, work.cancelled) == (1, 1)


async def test_who_asks_while_a_cancelled_run_ends_gets_a_new_one():
    """The cancellation of others does not reach it."""
    work = Work()
    shared = Shared(work)
    [task] = await begin(shared, 1)
    task.cancel()
    later = asyncio.create_task(shared.run())
    await asyncio.wait([task])
    work.end.set_result("done")
    assert await asyncio.wait_for(later, 5) == "done"


def test_each_event_loop_has_a_run_of_its_own():
    """One that was left unfinished in a closed loop stands in nobody's way."""

    async def work() -> str:
        return "done"

    shared = Shared(work)
    assert [asyncio.run(shared.run()) for _ in range(2)] == ["done"] * 2


@pytest.mark.parametrize("how_often", [1, 2])
async def test_a_stale_error_is_not_told_again(how_often: int):
    """Each new run has its own outcome."""
    outcomes: list[Exception | str] = [*[ValueError("once")] * how_often, "done"]

    async def work() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    shared = Shared(work)
    for _ in range(how_often):
        with pytest.raises(ValueError, match="once"):
            await shared.run()
    assert await shared.run() == "done"
