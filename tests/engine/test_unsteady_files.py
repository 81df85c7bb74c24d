"""Files that change, vanish or cannot be read while they are uploaded: noticed in time, and nothing made up."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import DATA, PART, PARTS, Today, simulator_of_today

from bilibili_api.engine.source import open_file
from bilibili_api.exceptions import SourceChanged
from bilibili_api.simulator import Latency
from bilibili_api.video_uploader import VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.simulator import Step as Stage
    from bilibili_api.video_uploader import Options, VideoUploader

LINUX = pytest.mark.skipif(not hasattr(os, "preadv"), reason="reads are made to fail in preadv")


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "video.mp4"
    made.write_bytes(DATA)
    return made


def upos(today: Today, path: Path) -> VideoUploader:
    return today.make(pages=[VideoUploaderPage(path, title="P1")], threads=1)


def pc(today: Today, path: Path) -> VideoUploader:
    pages = [VideoUploaderPage(path, title="P1")]
    return today.make(pages=pages, threads=1, has="key", line="pc", chunk_size=PART, interface="app")


LINES = pytest.mark.parametrize(("step", "make"), [("part", upos), ("chunk", pc)], ids=["upos", "pc"])


def shrink(path: Path) -> None:
    os.truncate(path, PART)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def write_over(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"other")
    os.utime(path, ns=(0, 0))


def replace(path: Path) -> None:
    path.with_name("new").write_bytes(DATA)
    path.with_name("new").replace(path)


@LINES
@pytest.mark.parametrize("change", [shrink, grow, write_over, replace])
async def test_a_file_that_changes_in_the_middle_is_never_completed(
    today: Today,
    sim: Simulator,
    path: Path,
    step: Stage,
    make: Callable[[Today, Path], VideoUploader],
    change: Callable[[Path], None],
):
    """At the next read or before completion; what is stored stays until it is known what is wanted."""

    def spoil(_: object) -> bool:
        change(path)
        return True

    sim.faults.add(step, Latency(0), after=1, when=spoil)
    error = await today.ends_with(make(today, path))
    assert isinstance(error, SourceChanged)
    assert "finished file" in error.hint
    assert "chunks of page 'P1' are stored" in error.kept
    assert (sim.seen("complete"), sim.videos, sim.archives) == ([], [], [])


@LINES
async def test_a_file_that_is_removed_in_the_middle_is_uploaded_to_its_end(
    today: Today, sim: Simulator, path: Path, step: Stage, make: Callable[[Today, Path], VideoUploader]
):
    """What was opened can still be read, every byte of it."""

    def remove(_: object) -> bool:
        path.unlink()
        return True

    removed = sim.faults.add(step, Latency(0), when=remove)
    await today.ends_right(make(today, path))
    assert removed.hits == 1


@LINUX
@LINES
@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ENOENT, errno.ENODEV])
async def test_a_disk_or_share_that_goes_away_is_an_error_and_the_rest_is_sent_later(
    today: Today,
    sim: Simulator,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: Stage,
    make: Callable[[Today, Path], VideoUploader],
    number: int,
):
    """Unplugged, unmounted, forgotten by its server: no zeros in its place."""
    preadv = os.preadv

    def fail(descriptor: int, rooms: Any, offset: int, *flags: int) -> int:
        if offset >= 2 * PART:
            raise OSError(number, os.strerror(number))
        return preadv(descriptor, rooms, offset, *flags)

    uploader = make(today, path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "preadv", fail)
        error = await today.ends_with(uploader)
    assert isinstance(error, SourceChanged)
    assert os.strerror(number) in str(error)
    assert "disk or the network share" in error.hint
    assert sim.seen("complete") == []
    sent = len(sim.seen(step))
    assert sent <= 2
    await today.ends_right(uploader)
    assert len(sim.seen(step)) <= PARTS + 1


def test_a_share_that_has_forgotten_the_file_is_noticed_before_completion(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    """All was read, and still nobody can say whether it was changed."""
    source = open_file(str(path))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", _stale)
        with pytest.raises(SourceChanged, match="cannot be read any more") as caught:
            source.check_unchanged()
    source.close()
    assert "network share" in caught.value.hint


def _stale(_: int) -> os.stat_result:
    raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
