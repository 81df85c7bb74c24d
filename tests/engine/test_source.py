"""Reading a page at any offset: regular files in parallel, other seekable streams one block at a time."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

import pytest
from tests.engine.streams import Dribble, Flipped, Gated, read_all, read_at
from tests.kit import content

from bilibili_api.engine.origin import Origin
from bilibili_api.engine.source import FileSource, SeekableSource, descriptor_of, md5_of, open_file, size_of
from bilibili_api.exceptions import SourceChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DATA = content(5000)

Opened = Any


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "video.mp4"
    made.write_bytes(DATA)
    return made


def _unflushed(path: Path) -> Opened:
    stream = path.open("r+b")
    stream.write(DATA[:10])
    return stream


def _temporary(_path: Path) -> Opened:
    stream = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed by the test
    stream.write(DATA)
    return stream


def _spooled(_path: Path) -> Opened:
    stream = tempfile.SpooledTemporaryFile(max_size=100)  # noqa: SIM115 - closed by the test
    stream.write(DATA)
    return stream


def _compressed(path: Path, module: Any) -> Opened:
    packed = path.with_suffix(".packed")
    packed.write_bytes(module.compress(DATA))
    return module.open(packed, "rb")


KINDS: dict[str, tuple[Callable[[Path], Opened], type]] = {
    "a file": (lambda path: path.open("rb"), FileSource),
    "a file without a buffer": (lambda path: path.open("rb", buffering=0), FileSource),
    "a file for reading and writing": (lambda path: path.open("r+b"), FileSource),
    "a file with unwritten bytes in its buffer": (_unflushed, FileSource),
    "a named temporary file": (_temporary, FileSource),
    "a spooled temporary file": (_spooled, SeekableSource),
    "bytes in memory": (lambda _: io.BytesIO(DATA), SeekableSource),
    "a gzip stream": (lambda path: _compressed(path, gzip), SeekableSource),
    "a bz2 stream": (lambda path: _compressed(path, bz2), SeekableSource),
    "an xz stream": (lambda path: _compressed(path, lzma), SeekableSource),
    "a stream with short reads": (lambda _: Dribble(DATA), SeekableSource),
    "a stream that keeps another file": (
        lambda path: Flipped(DATA, path.with_name("other").open("w+b")),
        SeekableSource,
    ),
    "a buffer over another stream": (
        lambda _: io.BufferedReader(cast("Any", Dribble(DATA, 100))),
        SeekableSource,
    ),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def stream(kind: str, path: Path) -> Iterator[Opened]:
    made = KINDS[kind][0](path)
    yield made
    made.close()
    if isinstance(made, Flipped):
        made.file.close()


async def test_every_kind_of_stream_gives_its_own_bytes(stream: Opened):
    """Size, md5 and bytes at any offset are those one would read from the stream itself."""
    async with Origin(stream).opened() as source:
        assert source.size() == len(DATA)
        assert (read_at(source, 4990, 10), read_at(source, 7, 4000)) == (DATA[4990:], DATA[7:4007])
        assert read_all(source) == DATA


async def test_every_kind_of_stream_stays_open_and_where_it_was(stream: Opened):
    """The stream is the caller's."""
    stream.seek(17)
    async with Origin(stream).opened() as source:
        read_all(source)
    assert (stream.closed, stream.tell()) == (False, 17)


async def test_only_what_is_exactly_a_file_is_read_as_one(kind: str, stream: Opened):
    """A compressed or wrapped stream has a descriptor as well, but other bytes."""
    async with Origin(stream).opened() as source:
        assert type(source) is KINDS[kind][1]


def test_a_pipe_has_a_descriptor_but_is_no_regular_file():
    """It cannot be read at an offset."""
    reading, writing = os.pipe()
    with open(reading, "rb") as stream, open(writing, "wb"):  # noqa: PTH123 - descriptors
        assert descriptor_of(stream) is None


def test_readers_of_a_file_do_not_wait_for_each_other(path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two are inside the system call at the same time."""
    real, both_inside = os.preadv, threading.Barrier(2)

    def preadv(*args: Any) -> int:
        both_inside.wait(5)
        return real(*args)

    monkeypatch.setattr(os, "preadv", preadv)
    source = open_file(str(path))
    with ThreadPoolExecutor(2) as threads:
        parts = list(threads.map(read_at, [source] * 2, (0, 2500), [2500] * 2))
    source.close()
    assert b"".join(parts) == DATA


def test_readers_of_another_stream_take_turns():
    """Seek and read of one reader belong together: 8 readers at once get their own bytes."""
    source = SeekableSource(Dribble(DATA, 50))
    with ThreadPoolExecutor(8) as threads:
        parts = list(threads.map(read_at, [source] * 50, range(0, 5000, 100), [100] * 50))
    source.close()
    assert b"".join(parts) == DATA


def test_a_file_is_read_wherever_its_stream_stands(path: Path):
    """The caller may go on using the stream meanwhile."""
    with path.open("rb") as stream:
        descriptor = descriptor_of(stream)
        assert descriptor is not None
        source = FileSource(os.dup(descriptor))
        stream.seek(4000)
        assert read_at(source, 0, 10) == DATA[:10]
        assert stream.read(10) == DATA[4000:4010]
        source.close()


def test_a_file_may_be_closed_by_its_owner_meanwhile(path: Path):
    """The source has a descriptor of its own."""
    with path.open("rb") as stream:
        source = FileSource(os.dup(stream.fileno()))
    assert read_all(source) == DATA
    source.close()


def test_two_sources_on_one_stream_do_not_disturb_each_other():
    """Two pages may show the same stream; its position is given back after the last of them."""
    stream = io.BytesIO(DATA)
    stream.seek(33)
    first, second = SeekableSource(stream), SeekableSource(stream)
    assert (read_at(first, 0, 5), read_at(second, 100, 5)) == (DATA[:5], DATA[100:105])
    first.close()
    assert read_at(second, 200, 5) == DATA[200:205]
    second.close()
    assert stream.tell() == 33


def test_the_size_of_a_stream_is_found_without_moving_it():
    """Also in its middle."""
    stream = io.BytesIO(DATA)
    stream.seek(5)
    assert (size_of(stream), stream.tell()) == (5000, 5)


def test_a_file_that_shrinks_is_noticed_when_it_is_read(path: Path):
    """Nothing is padded; the error says where it ended."""
    source = open_file(str(path))
    os.truncate(path, 1000)
    with pytest.raises(SourceChanged, match="ends at byte 1000 but had 5000"):
        read_at(source, 500, 1000)
    source.close()


def test_a_stream_that_shrinks_is_noticed_when_it_is_read():
    """Nothing is padded."""
    stream = io.BytesIO(DATA)
    source = SeekableSource(stream)
    stream.truncate(1000)
    with pytest.raises(SourceChanged, match="ends at byte 1000 but had 5000"):
        read_at(source, 500, 1000)
    source.close()


def _grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def _replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(DATA)
    other.replace(path)


def _touch(path: Path) -> None:
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize(
    ("change", "message"), [(_grow, "written to"), (_touch, "written to"), (_replace, "taken the place")]
)
def test_a_file_that_is_not_the_same_any_more_is_noticed(
    path: Path, change: Callable[[Path], None], message: str
):
    """Grown, rewritten or replaced by another: what was sent is not what lies there now."""
    source = open_file(str(path))
    change(path)
    with pytest.raises(SourceChanged, match=message) as caught:
        source.check_unchanged()
    assert "finished file" in caught.value.hint
    source.close()


def test_a_file_that_was_removed_is_read_to_its_end(path: Path):
    """The descriptor still holds what was begun."""
    source = open_file(str(path))
    path.unlink()
    source.check_unchanged()
    assert read_all(source) == DATA
    source.close()


def test_a_file_that_stays_as_it_is_is_unchanged(path: Path):
    """Reading alone changes nothing."""
    source = open_file(str(path))
    read_all(source)
    source.check_unchanged()
    source.close()


def test_a_stream_that_grows_is_noticed():
    """Its size is all that can be compared."""
    stream = io.BytesIO(DATA)
    source = SeekableSource(stream)
    stream.seek(0, os.SEEK_END)
    stream.write(b"more")
    with pytest.raises(SourceChanged, match="5004 bytes now but had 5000"):
        source.check_unchanged()
    source.close()


def test_a_stream_that_its_owner_closes_is_noticed():
    """Reading and comparing say so; letting go of it does no harm."""
    stream = io.BytesIO(DATA)
    source = SeekableSource(stream)
    stream.close()
    with pytest.raises(SourceChanged, match="cannot be read any more"):
        read_at(source, 0, 1)
    with pytest.raises(SourceChanged, match="cannot be read any more"):
        source.check_unchanged()
    source.close()


@pytest.mark.parametrize("module", [gzip, bz2, lzma], ids=["gzip", "bz2", "xz"])
@pytest.mark.parametrize("damage", ["cut", "corrupt"])
async def test_a_damaged_compressed_stream_is_an_error_of_ours(module: Any, damage: str):
    """Each format has its own errors; the caller sees one."""
    packed = bytearray(module.compress(DATA))
    if damage == "cut":
        del packed[-100:]
    else:
        packed[1000:1100] = bytes(100)
    with module.open(io.BytesIO(packed), "rb") as stream:
        with pytest.raises(SourceChanged):
            async with Origin(stream).opened() as source:
                read_all(source)
        with pytest.raises(SourceChanged):
            await Origin(stream).md5()


def test_a_stream_that_could_not_be_opened_once_is_given_back_next_time():
    """A failure while its size is looked for leaves nothing behind that another source would trip over."""
    stream = Dribble(DATA)
    stream.seek(9)
    seek, broken = stream.seek, [OSError("once")]

    def fail_once(offset: int, whence: int = 0, /) -> int:
        if broken:
            raise broken.pop()
        return seek(offset, whence)

    stream.seek = fail_once
    with pytest.raises(OSError, match="once"):
        SeekableSource(stream)
    source = SeekableSource(stream)
    source.close()
    assert stream.tell() == 9


def test_a_reader_that_comes_too_late_does_not_move_the_stream():
    """Cancelling an upload does not stop a thread; what it still reads must not move a stream given back."""
    stream = Gated(DATA)
    stream.seek(21)
    source = SeekableSource(stream)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(read_at, source, 0, 10)
        assert stream.waiting.wait(5)
        closing = threads.submit(source.close)
        stream.gate.set()
        closing.result(5)
        first.result(5)
    with pytest.raises(SourceChanged):
        read_at(source, 100, 10)
    assert stream.tell() == 21


@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 2 * 2**20])
def test_the_md5_of_a_whole_source_covers_every_byte(size: int):
    """Whether or not the size is a multiple of a block."""
    data = content(size)
    assert md5_of(SeekableSource(io.BytesIO(data))) == hashlib.md5(data).hexdigest()


def without_the_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "RWF_NOWAIT", raising=False)


def without_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def preadv(*_: object) -> int:
        raise NotImplementedError

    monkeypatch.setattr(os, "preadv", preadv, raising=False)


@pytest.mark.parametrize("lacking", [without_the_flag, without_the_call])
def test_a_python_that_cannot_ask_the_page_cache_reads_in_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: Callable[[pytest.MonkeyPatch], None]
):
    """One built for an old C library, or for musl, knows nothing of it."""
    path = tmp_path / "video.mp4"
    path.write_bytes(DATA)
    source = open_file(str(path))
    lacking(monkeypatch)
    assert source.read_now(0, memoryview(bytearray(10))) == 0
    source.close()
