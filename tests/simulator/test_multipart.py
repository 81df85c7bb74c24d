"""The streaming reader of forms, fed in every way a network may feed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bilibili_api.simulator.multipart import MalformedFormError, MultipartReader, PartHeaders

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

FORM = (
    b'--b\r\nContent-Disposition: form-data; name="one"\r\n\r\n1\r\n'
    b'--b\r\nContent-Disposition: form-data; name="two"; filename="f.mp4"\r\nContent-Type: video/mp4\r\n\r\n'
    b"\r\n--\r\n--c\r\n\r\n--b--\r\n"
)


def fed(body: bytes, block: int) -> Callable[[], Awaitable[bytes]]:
    blocks = iter([body[start : start + block] for start in range(0, len(body), block)])

    async def read() -> bytes:
        return next(blocks, b"")

    return read


async def taken_apart(body: bytes, block: int = 1000) -> list[tuple[PartHeaders, bytes]]:
    reader = MultipartReader(fed(body, block), "b")
    parts: list[tuple[PartHeaders, bytes]] = []
    while (headers := await reader.next_part()) is not None:
        parts.append((headers, b"".join([bytes(piece) async for piece in reader.content()])))
    return parts


@pytest.mark.parametrize("block", [1, 2, 3, 7, 50, 1000])
async def test_the_size_of_the_blocks_does_not_matter(block: int):
    """A boundary may be torn anywhere; what looks like one but is none is data."""
    assert await taken_apart(FORM, block) == [
        (PartHeaders("one", None, None), b"1"),
        (PartHeaders("two", "f.mp4", "video/mp4"), b"\r\n--\r\n--c\r\n"),
    ]


async def test_text_before_the_first_boundary_is_ignored():
    """MIME calls it the preamble."""
    assert len(await taken_apart(b"hello\r\n" + FORM)) == 2


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        (b'filename="a b.mp4"', "a b.mp4"),
        ('filename="标题.mp4"'.encode(), "标题.mp4"),
        (b"filename*=utf-8''%E6%A0%87.mp4", "标.mp4"),
        (rb'filename="a\"b.mp4"', 'a"b.mp4'),
    ],
)
async def test_file_names_come_in_several_spellings(disposition: bytes, filename: str):
    """Plain, in UTF-8, as RFC 2231 has it, with escaped quotes."""
    form = b'--b\r\nContent-Disposition: form-data; name="file"; %s\r\n\r\nx\r\n--b--\r\n' % disposition
    ((headers, _),) = await taken_apart(form)
    assert headers.filename == filename


@pytest.mark.parametrize("length", range(0, len(FORM) - 4, 9))
async def test_a_form_that_ends_early_is_malformed(length: int):
    """Wherever it is torn, that is noticed."""
    with pytest.raises(MalformedFormError, match="ends before"):
        await taken_apart(FORM[:length])


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        (b"Content-Disposition", "no colon"),
        (b"Content-Type: text/plain", "no name"),
        (b"Content-Disposition: form-data", "no name"),
        (b"X: " + b"x" * 20_000, "no end"),
    ],
)
async def test_headers_that_make_no_sense_are_malformed(headers: bytes, message: str):
    """The error says what is wrong with them."""
    with pytest.raises(MalformedFormError, match=message):
        await taken_apart(b"--b\r\n%s\r\n\r\nx\r\n--b--\r\n" % headers, 100)
