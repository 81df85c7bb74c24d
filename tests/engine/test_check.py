"""What cannot work is found before the first byte: all at once, with the field and the fix, nothing sent."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zlib
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kit import content, good_meta, listen, make_uploader, picture_of

from bilibili_api.engine.check import MAX_COVER, check_cover, check_numbers
from bilibili_api.exceptions import InvalidUpload, Problem
from bilibili_api.video_uploader import VideoUploader, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options

MIB = 1024 * 1024


def page(stream: Any = None, **given: Any) -> VideoUploaderPage:
    return VideoUploaderPage(io.BytesIO(b"video") if stream is None else stream, **({"title": "P1"} | given))


def pages_of(stream: Any) -> dict[str, Any]:
    return {"pages": [page(stream)]}


def closed(_: Path) -> dict[str, Any]:
    stream = io.BytesIO(b"video")
    stream.close()
    return pages_of(stream)


def text(path: Path) -> Any:
    (path / "text").write_text("words")
    return (path / "text").open(encoding="utf-8")


def write_only(path: Path) -> dict[str, Any]:
    return pages_of((path / "out").open("wb"))


def fifo(path: Path) -> dict[str, Any]:
    os.mkfifo(path / "fifo")
    return pages_of(path / "fifo")


def empty_file(path: Path) -> dict[str, Any]:
    (path / "empty.mp4").touch()
    return pages_of(path / "empty.mp4")


def damaged(_: Path) -> dict[str, Any]:
    return pages_of(gzip.open(io.BytesIO(gzip.compress(content(1000))[:500])))


def removed_before(path: Path) -> dict[str, Any]:
    return pages_of(path / "gone.mp4")


def cover_of(data: bytes, kind: str = "image/jpeg") -> dict[str, Any]:
    return {"cover_stream": io.BytesIO(data), "cover_type": kind}


def bomb() -> bytes:
    """A PNG of 60000 x 60000 pixels in some hundred bytes."""
    picture = bytearray(picture_of("PNG"))
    picture[16:24] = struct.pack(">II", 60_000, 60_000)
    picture[29:33] = struct.pack(">I", zlib.crc32(picture[12:29]))
    return bytes(picture)


BAD: dict[str, tuple[Callable[[Path], dict[str, Any]], str, str]] = {
    "no pages": (lambda _: {"pages": []}, "pages", "empty"),
    "pages not in a list": (lambda _: {"pages": page()}, "pages", "not a list"),
    "something else than a page": (lambda _: {"pages": ["video.mp4"]}, "pages[0]", "is str"),
    "101 pages": (lambda _: {"pages": [page() for _ in range(101)]}, "pages", "101"),
    "an empty stream": (lambda _: pages_of(io.BytesIO()), "pages[0]", "is empty"),
    "an empty file": (empty_file, "pages[0]", "is empty"),
    "a directory": (pages_of, "pages[0]", "is a directory"),
    "no such file": (removed_before, "pages[0]", "cannot be read"),
    "an impossible name": (lambda _: pages_of("a\0b"), "pages[0]", "cannot be read"),
    "a fifo": (fifo, "pages[0]", "not a regular file"),
    "a file of text": (lambda path: pages_of(text(path)), "pages[0]", "stream of text"),
    "text in memory": (lambda _: pages_of(io.StringIO("words")), "pages[0]", "stream of text"),
    "bytes instead of a stream": (lambda _: pages_of(b"video"), "pages[0]", "not a stream"),
    "a number instead of a stream": (lambda _: pages_of(7), "pages[0]", "not a stream"),
    "a closed stream": (closed, "pages[0]", "closed"),
    "a stream for writing": (write_only, "pages[0]", "writing only"),
    "a damaged stream": (damaged, "pages[0]", "cannot be read"),
    "a long title": (lambda _: {"pages": [page(title="x" * 81)]}, "pages[0].title", "80"),
    "a title that is no text": (lambda _: {"pages": [page(title=5)]}, "pages[0].title", ""),
    "an odd extension": (lambda _: {"pages": [page(extension="m/4")]}, "pages[0].extension", "m/4"),
    "a cover that is none": (lambda _: cover_of(b"no picture"), "cover_stream", "not a JPEG"),
    "a cut cover": (lambda _: cover_of(picture_of("PNG")[:60], "image/png"), "cover_stream", "not a JPEG"),
    "a cover of another kind": (lambda _: cover_of(picture_of("PNG")), "cover_type", "image/png"),
    "a cover of an unknown kind": (lambda _: cover_of(picture_of(), "image/gif"), "cover_type", "gif"),
    "a cover that is a GIF": (lambda _: cover_of(picture_of("GIF")), "cover_stream", "not a JPEG"),
    "a small cover": (lambda _: cover_of(picture_of("JPEG", 959, 600)), "cover_stream", "959 x 600"),
    "a large cover": (lambda _: cover_of(bytes(MAX_COVER + 1)), "cover_stream", "over"),
    "a cover that explodes": (lambda _: cover_of(bomb(), "image/png"), "cover_stream", "not a JPEG"),
    "an empty cover": (lambda _: cover_of(b""), "cover_stream", "is empty"),
    "a cover of text": (lambda path: {"cover_stream": text(path)}, "cover_stream", "stream of text"),
    "no threads": (lambda _: {"threads": 0}, "threads", "is 0"),
    "65 threads": (lambda _: {"threads": 65}, "threads", "is 65"),
    "threads as text": (lambda _: {"threads": "5"}, "threads", "str"),
    "threads as a truth": (lambda _: {"threads": True}, "threads", "bool"),
    "no chunk size": (lambda _: {"chunk_size": 0}, "chunk_size", "is 0"),
    "a large chunk size": (lambda _: {"chunk_size": 64 * MIB + 1}, "chunk_size", "67108865"),
    "a broken chunk size": (lambda _: {"chunk_size": 1.5}, "chunk_size", "float"),
    "no title": (
        lambda _: {"meta": {k: v for k, v in good_meta().items() if k != "title"}},
        "meta.title",
        "",
    ),
    "meta that is no dict": (lambda _: {"meta": []}, "meta", ""),
    "a credential that is none": (lambda _: {"credential": "0" * 32}, "credential", "is str"),
}


async def problems_of(uploader: VideoUploader) -> tuple[Problem, ...]:
    """What `start` reports; it must be told as FAILED as well."""
    heard = listen(uploader)
    with pytest.raises(InvalidUpload) as caught:
        await uploader.start()
    assert heard == [("FAILED", {"err": caught.value})]
    assert all(str(problem) in str(caught.value) for problem in caught.value.problems)
    return caught.value.problems


@pytest.mark.parametrize("what", BAD)
async def test_what_cannot_work_is_reported_with_field_and_fix(
    sim: Simulator, account: Account, options: Options, tmp_path: Path, what: str
):
    """And not one request goes out."""
    make, field, says = BAD[what]
    given = make(tmp_path)
    with ExitStack() as streams:
        for stream in _streams(given):
            streams.enter_context(stream)
        [problem] = await problems_of(_uploader(account, options, **given))
    assert (problem.field, says in problem.what, bool(problem.fix)) == (field, True, True)
    assert sim.exchanges == []


def _streams(given: dict[str, Any]) -> list[io.IOBase]:
    """The streams among the arguments, to be closed by whom they belong to."""
    pages: Any = given.get("pages")
    listed = cast("list[Any]", pages) if isinstance(pages, list) else []
    found: list[Any] = [getattr(each, "video_stream", None) for each in listed]
    found.append(given.get("cover_stream"))
    return [each for each in found if isinstance(each, io.IOBase) and not each.closed]


def _uploader(account: Account, options: Options, **given: Any) -> VideoUploader:
    default = make_uploader(account, options)
    arguments: dict[str, Any] = {
        "pages": default.pages,
        "meta": good_meta(),
        "credential": default.credential,
        "options": options,
    }
    return VideoUploader(**(arguments | given))


async def test_all_problems_come_at_once(sim: Simulator, account: Account, options: Options, tmp_path: Path):
    """In the order of the arguments, so that one round of mending is enough."""
    uploader = _uploader(
        account,
        options,
        pages=[page(), page(tmp_path), page(io.BytesIO(), title="x" * 90)],
        meta={"title": "A title", "copyright": 2, "tid": 99999, "tga": "one"},
        threads=0,
        chunk_size=0,
        **cover_of(picture_of("PNG", 10, 10)),
    )
    fields = [problem.field for problem in await problems_of(uploader)]
    assert fields[:3] == ["pages[1]", "pages[2]", "pages[2].title"]
    assert {"meta.tid", "meta.tga", "meta.source", "meta.tag"} <= set(fields)
    assert fields[-4:] == ["threads", "chunk_size", "cover_type", "cover_stream"]
    assert sim.exchanges == []


async def test_check_alone_sends_nothing_and_raises_nothing(
    sim: Simulator, account: Account, options: Options
):
    """`check()` returns what `start()` would raise."""
    assert await _uploader(account, options).check() == ()
    [problem] = await _uploader(account, options, threads=0).check()
    assert (problem.field, sim.exchanges) == ("threads", [])


async def test_checking_leaves_streams_where_they_were(account: Account, options: Options, cover: bytes):
    """Pages and cover are the caller's."""
    stream, picture = io.BytesIO(b"a video"), io.BytesIO(cover)
    stream.seek(3)
    picture.seek(4)
    assert await _uploader(account, options, pages=[page(stream)], cover_stream=picture).check() == ()
    assert (stream.tell(), picture.tell()) == (3, 4)


async def test_mended_it_goes_through(sim: Simulator, account: Account, options: Options):
    """The same uploader starts once its arguments are right."""
    uploader = _uploader(account, options, threads=0)
    await problems_of(uploader)
    uploader.threads = 1
    assert await uploader.start()
    assert len(sim.archives) == 1


@pytest.mark.parametrize(("threads", "chunk_size"), [(1, 1), (64, 64 * MIB), (5, 2 * MIB)])
def test_the_limits_themselves_are_allowed(threads: int, chunk_size: int):
    """1 to 64 threads, 1 byte to 64 MiB."""
    assert list(check_numbers(threads, chunk_size)) == []


@pytest.mark.parametrize(("kind", "mime"), [("JPEG", "jpeg"), ("PNG", "png"), ("WEBP", "webp")])
def test_a_good_cover_is_accepted(kind: str, mime: str):
    """Each of the three kinds, of the least size."""
    assert list(check_cover(picture_of(kind), f"image/{mime}")) == []


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP"]),
    at=st.integers(0, 3000),
    bytes_=st.binary(min_size=1, max_size=12),
    cut=st.integers(1, 4000),
)
def test_any_damage_of_a_cover_is_a_problem_or_passes(kind: str, at: int, bytes_: bytes, cut: int):
    """Never an exception of the library that reads images."""
    picture = bytearray(PICTURES[kind])
    picture[at : at + len(bytes_)] = bytes_
    assert all(problem.fix for problem in check_cover(bytes(picture[:cut]), f"image/{kind.lower()}"))


PICTURES = {kind: picture_of(kind) for kind in ("JPEG", "PNG", "WEBP")}
