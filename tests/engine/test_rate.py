"""Limits of the rate in virtual time: accurate to 3 % over any ten seconds, and fair between uploads to 5 %."""

from __future__ import annotations

import asyncio
import math
import os
import random
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from tests.engine.virtual_time import in_virtual_time

from bilibili_api.engine.locks import open_lock, try_lock
from bilibili_api.engine.rate import Limiter
from bilibili_api.engine.rate_clock import BURST, FileClock, Mark
from bilibili_api.engine.shared_rate import SharedRate, UserRate
from bilibili_api.exceptions import ArgsException

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from pathlib import Path

    from bilibili_api.engine.options import World
    from bilibili_api.engine.shared_rate import Share

BLOCK = 256 * 1024
MB = 1_000_000


@dataclass
class Upload:
    """An upload that would send without end.

    Attributes:
        streams: How many connections it has.
        own: Its own limit.
        answers: Bytes after which a connection waits a tenth of a second for an answer; 0: never.
        share: The limit that it shares, if another one than the rest.
        sent: When it sent how much.
    """

    streams: int = 3
    own: str | int | None = None
    answers: int = 0
    share: Share | None = None
    sent: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])

    async def run(self, world: World, share: Share | None) -> None:
        limiter = Limiter(world, self.own, self.share or share)
        async with asyncio.TaskGroup() as group:
            for _ in range(self.streams):
                group.create_task(self._send(limiter, world))

    async def _send(self, limiter: Limiter, world: World) -> None:
        left = self.answers
        while True:
            count = await limiter.take(BLOCK)
            self.sent.append((world.elapsed(), count))
            left -= count
            if self.answers and left <= 0:
                await world.sleep(0.1)
                left = self.answers

    def between(self, begin: float, end: float) -> int:
        return sum(count for when, count in self.sent if begin <= when < end)


async def together(
    world: World,
    uploads: Sequence[Upload],
    share: Share | None,
    seconds: float,
    *others: Coroutine[None, None, None],
) -> None:
    tasks = [asyncio.ensure_future(upload.run(world, share)) for upload in uploads]
    tasks += [asyncio.ensure_future(other) for other in others]
    await world.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def run(uploads: Sequence[Upload], share: Share | None = None, seconds: float = 14) -> None:
    in_virtual_time(lambda world: together(world, uploads, share, seconds))


def assert_kept(uploads: Sequence[Upload], rate: float) -> None:
    """Within 3 % in each window of ten seconds."""
    for begin in (0.0, 1.3, 2.7, 3.9):
        sent = sum(upload.between(begin, begin + 10) for upload in uploads)
        assert sent / 10 == pytest.approx(rate, rel=0.03), begin


@pytest.mark.parametrize("rate", [100_000, 50 * MB])
@pytest.mark.parametrize("streams", [[1], [12], [1, 3], [3, 3, 3, 3], [1, 2, 5, 12, 1, 1, 2, 3]])
def test_uploads_together_keep_the_limit_they_share(streams: list[int], rate: int) -> None:
    """However many there are, and however many connections each has."""
    uploads = [Upload(number) for number in streams]
    run(uploads, SharedRate(rate))
    assert_kept(uploads, rate)


@pytest.mark.parametrize(("rate", "streams"), [(30_000, 1), (60_000, 12), (3 * MB, 5)])
def test_an_upload_keeps_its_own_limit(rate: int, streams: int) -> None:
    """On a slow limit blocks are cut small."""
    upload = Upload(streams, own=rate)
    run([upload])
    assert_kept([upload], rate)


def test_time_lost_with_answers_is_caught_up() -> None:
    """A connection that waits a tenth of a second for each answer loses nothing by it."""
    upload = Upload(1, own=10 * MB, answers=2 * MB)
    run([upload])
    assert_kept([upload], 10 * MB)


def test_timers_that_ring_late_cost_nothing() -> None:
    """Up to twenty milliseconds, as on a machine that is busy."""
    dice = random.Random(1)

    async def act(world: World) -> None:
        async def late(seconds: float) -> None:
            await asyncio.sleep(seconds + dice.random() * 0.02)

        await together(replace(world, sleep=late), uploads, SharedRate(5 * MB), 14)

    uploads = [Upload(2), Upload(4)]
    in_virtual_time(act)
    assert_kept(uploads, 5 * MB)


@pytest.mark.parametrize("rate", [100_000, 20 * MB])
def test_uploads_share_alike(rate: int) -> None:
    """Whatever their number of connections."""
    uploads = [Upload(1), Upload(2), Upload(5), Upload(12)]
    run(uploads, SharedRate(rate))
    for upload in uploads:
        assert upload.between(2, 12) / 10 == pytest.approx(rate / 4, rel=0.05)


def test_who_wakes_late_keeps_his_share() -> None:
    """A process on a busy machine, later than its turn is long, but not than a round of all."""

    async def act(world: World) -> None:
        async def late(seconds: float) -> None:
            await asyncio.sleep(seconds + 0.03)

        tasks = [
            asyncio.ensure_future(together(each, [upload], share, 14))
            for each, upload in zip((replace(world, sleep=late), world, world, world), uploads, strict=True)
        ]
        await asyncio.gather(*tasks)

    share, uploads = SharedRate(8 * MB), [Upload() for _ in range(4)]
    in_virtual_time(act)
    for upload in uploads:
        assert upload.between(2, 12) / 10 == pytest.approx(2 * MB, rel=0.05)


def test_what_one_may_not_use_the_others_get() -> None:
    """One has a limit of its own that is below its share."""
    uploads = [Upload(own=1 * MB), Upload(), Upload()]
    run(uploads, SharedRate(10 * MB))
    assert [upload.between(2, 12) / 10 / MB for upload in uploads] == pytest.approx([1, 4.5, 4.5], rel=0.05)


def test_an_own_limit_above_the_share_takes_nothing_from_it() -> None:
    """Of ten uploads one has an eighth as its limit: a tenth it gets."""
    uploads = [Upload(own=1_250_000), *(Upload() for _ in range(9))]
    run(uploads, SharedRate(10 * MB))
    assert uploads[0].between(2, 12) / 10 == pytest.approx(1 * MB, rel=0.05)


def test_processes_share_by_a_file(tmp_path: Path) -> None:
    """Each looks at the limit of the user by itself; together they keep it, and share it alike."""
    UserRate(tmp_path).limit = "8MB"
    uploads = [Upload(number, share=UserRate(tmp_path)) for number in (1, 6, 3)]
    run(uploads)
    assert_kept(uploads, 8 * MB)
    for upload in uploads:
        assert upload.between(2, 12) / 10 == pytest.approx(8 * MB / 3, rel=0.05)


@pytest.mark.parametrize("to", ["1MB", "50MB"])
def test_processes_that_run_heed_a_change_within_a_second(tmp_path: Path, to: str) -> None:
    """Down as well as up."""

    async def change() -> None:
        await asyncio.sleep(5)
        UserRate(tmp_path).limit = to

    async def act(world: World) -> None:
        await together(world, uploads, None, 16, change())

    UserRate(tmp_path).limit = "10MB"
    uploads = [Upload(share=UserRate(tmp_path)) for _ in range(2)]
    in_virtual_time(act)
    assert sum(upload.between(0, 5) for upload in uploads) / 5 == pytest.approx(10 * MB, rel=0.03)
    assert sum(upload.between(6, 16) for upload in uploads) / 10 == pytest.approx(int(to[:-2]) * MB, rel=0.03)


def test_a_slow_limit_that_is_lifted_holds_nobody_back() -> None:
    """Who waits for his turn at a kilobyte a second goes on within a second."""

    async def act(world: World) -> None:
        limiter = Limiter(world, 1024)
        for _ in range(2):
            await limiter.take(BLOCK)
        waiting = asyncio.ensure_future(limiter.take(BLOCK))
        await world.sleep(0.1)
        limiter.own, before = "off", world.elapsed()
        assert await waiting == BLOCK
        assert world.elapsed() < before + 0.6
        assert not limiter.is_asked

    in_virtual_time(act)


def test_the_time_of_day_changes_the_limit_while_it_runs() -> None:
    """From eleven at night on it is another one; until then it says when that is."""
    begin = datetime(2026, 11, 23, 22, 59, 55).timestamp()  # noqa: DTZ001 - the wall's clock is meant
    upload = Upload(own="08:00-23:00 1MB, else 4MB")

    async def act(world: World) -> None:
        limit = Limiter(world, upload.own).in_force
        assert limit is not None
        assert (str(limit), limit.whose) == ("1.0 MB/s until 23:00", "upload")
        await together(world, [upload], None, 16)

    in_virtual_time(act, begin=begin)
    assert upload.between(0, 5) / 5 == pytest.approx(1 * MB, rel=0.03)
    assert upload.between(6, 16) / 10 == pytest.approx(4 * MB, rel=0.03)


def test_the_smaller_limit_is_the_one_in_force() -> None:
    """And it is said whose it is."""

    async def act(world: World) -> None:
        limit = Limiter(world, "5MB", SharedRate("2MB")).in_force
        assert limit is not None
        assert (limit.bytes_per_second, limit.until, limit.whose) == (2 * MB, None, "shared")
        assert Limiter(world).in_force is None

    in_virtual_time(act)


def test_who_is_stopped_while_waiting_leaves_the_others_their_turn() -> None:
    """The wait ends at once."""

    async def act(world: World) -> None:
        limiter = Limiter(world, 1024)
        await limiter.take(BLOCK)
        first, second = (asyncio.ensure_future(limiter.take(BLOCK)) for _ in range(2))
        await asyncio.sleep(0.01)
        first.cancel()
        before = world.elapsed()
        await asyncio.wait([first])
        assert (first.cancelled(), world.elapsed()) == (True, before)
        assert await second == 1024

    in_virtual_time(act)


def test_without_a_limit_nothing_is_asked_after_the_first_block() -> None:
    """Sending then costs a comparison."""

    async def act(world: World) -> None:
        limiter = Limiter(world)
        assert await limiter.take(BLOCK) == BLOCK
        await world.sleep(1000)
        assert not limiter.is_asked

    in_virtual_time(act)


NOW = 5000.0


@pytest.mark.parametrize("free", [NOW + 1e6, math.inf, math.nan, -math.inf])
def test_a_clock_of_before_a_restart_is_set_anew(free: float) -> None:
    """A clock that is far ahead was written when the machine had been running for longer."""
    mark, begins = Mark(free, 1000).promised(500, 1000, NOW)
    assert begins <= NOW
    assert mark.free == begins + 0.5


def test_a_clock_at_another_rate_is_waited_for_only_briefly() -> None:
    """What was promised at a kilobyte a second is not waited for at megabytes."""
    _, begins = Mark(NOW + 30, 1024).promised(500, MB, NOW)
    assert begins == NOW + BURST


@pytest.mark.parametrize("content", [b"", b"\0" * 24, b"bvuprate", b"bvuprate" + b"\xff" * 16, b"x" * 1000])
def test_a_damaged_file_is_begun_anew_and_keeps_the_limit(tmp_path: Path, content: bytes) -> None:
    """It holds nothing that is worth a stop."""
    UserRate(tmp_path).limit = "1MB"
    (tmp_path / "rate.clock").write_bytes(content)
    upload = Upload(share=UserRate(tmp_path))
    run([upload])
    assert_kept([upload], 1 * MB)


def test_a_process_that_dies_with_the_lock_lets_go_of_it(tmp_path: Path) -> None:
    """While it has it, each process counts by itself."""

    async def act(world: World) -> None:
        clock = FileClock(tmp_path / "rate.clock")
        held = open_lock(tmp_path / "rate.clock")
        assert try_lock(held)
        for _ in range(20):
            await clock.promise(10_000, MB, world)
        assert os.fstat(held).st_size == 0
        os.close(held)
        await clock.promise(10_000, MB, world)
        assert (tmp_path / "rate.clock").stat().st_size

    in_virtual_time(act)


def test_where_there_are_no_locks_each_process_keeps_the_limit_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Here a folder stands in the place of the file."""
    UserRate(tmp_path).limit = "1MB"
    (tmp_path / "rate.clock").mkdir()
    upload = Upload(share=UserRate(tmp_path))
    run([upload])
    assert_kept([upload], 1 * MB)
    assert caplog.text.count("other processes do not count") == 1


def test_the_limit_of_the_user_lies_in_a_file_that_is_only_theirs(tmp_path: Path) -> None:
    """As people write it."""
    UserRate(tmp_path / "new").limit = "08:00-23:00 10M, else off"
    path = tmp_path / "new" / "rate.txt"
    assert path.read_text() == "08:00-23:00 10M, else off\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert UserRate(tmp_path / "new").limit == "08:00-23:00 10M, else off"
    assert UserRate(tmp_path).limit == "off"


def test_a_file_that_cannot_be_understood_leaves_the_limit_as_it_was(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And says so once."""
    rate = UserRate(tmp_path)
    rate.limit = "3M"
    assert rate.limit == "3M"
    (tmp_path / "rate.txt").write_text("as fast as you like")
    assert (rate.limit, rate.limit) == ("3M", "3M")
    assert caplog.text.count("is not heeded") == 1


def test_a_limit_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    """The folder is a file."""
    (tmp_path / "home").write_text("")
    with pytest.raises(ArgsException, match="cannot be written") as caught:
        UserRate(tmp_path / "home").limit = "3M"
    assert "BVUP_HOME" in caught.value.hint
