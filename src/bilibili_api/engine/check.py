"""Looks at pages, cover and numbers before the first byte is sent, and reports every problem at once."""

from __future__ import annotations

import asyncio
import io
import os
import re
import stat
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from bilibili_api.amounts import size_text
from bilibili_api.exceptions import ApiException, Problem
from bilibili_api.protocol.fields import PARTS_LIMIT
from bilibili_api.protocol.meta import check_meta, check_page_titles
from bilibili_api.saying import because, listed, say

from .choice import check_way, has_cookies, interfaces_for
from .options import MAX_CHUNK_SIZE, MAX_THREADS
from .origin import Origin
from .source import Stream, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

COVER_TYPES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
COVER_WIDTH, COVER_HEIGHT = 960, 600
MAX_COVER: Final = 20 * 1024 * 1024

_OPEN_BINARY: Final = say("Give a path, or a stream opened with open(path, 'rb').")


async def check_all(
    *,
    pages: object,
    stored: Sequence[bool],
    is_remembered: bool,
    meta: object,
    extra: Mapping[str, object] | None,
    credential: object,
    threads: object,
    chunk_size: object,
    line: object,
    interface: object,
    cover: Origin | None,
    cover_type: object,
    now: float | None,
    is_new: bool = True,
) -> tuple[Problem, ...]:
    """Look at everything the caller passed in; see `VideoUploader`. Returns all problems at once.

    `stored` says which pages the server is known to have: their files may be gone.
    `now` is None for what was submitted already: the time of its publication may be over.
    `is_new` is False where pages go into an archive that is there: it has metadata.
    """
    tried = interfaces_for(credential, interface)
    most = PARTS_LIMIT if is_new and not has_cookies(credential) else None
    found = [
        *await _check_pages(pages, stored, is_remembered=is_remembered, most=most),
        *(check_meta(meta, now=now, extra=extra, interfaces=tried) if is_new else ()),
    ]
    if not (hasattr(credential, "access") or hasattr(credential, "get_access_key")):
        kind = type(credential).__name__
        found.append(
            Problem("credential", say("is {type}.", type=kind), say("Give a VideoUploaderCredential."))
        )
    else:
        found += check_way(credential, line, interface)
    found += check_numbers(threads, chunk_size)
    if cover is not None:
        found += await _check_cover_stream(cover, cover_type)
    return tuple(found)


async def _check_pages(
    pages: object, stored: Sequence[bool], *, is_remembered: bool, most: int | None
) -> list[Problem]:
    if not isinstance(pages, list | tuple):
        return [
            Problem(
                "pages",
                say("is {type}, not a list.", type=type(pages).__name__),
                say("Give a list of VideoUploaderPage."),
            )
        ]
    listed = cast("Sequence[Any]", pages)
    found: list[Problem] = []
    for number, page in enumerate(listed):
        field = f"pages[{number}]"
        if not isinstance(getattr(page, "origin", None), Origin):
            found.append(
                Problem(field, say("is {type}.", type=type(page).__name__), say("Give a VideoUploaderPage."))
            )
            continue
        if number >= len(stored) or not stored[number]:
            found += await asyncio.to_thread(_problems_of, page.origin, field)
            found += _check_key(page.origin, page.key, field, is_remembered=is_remembered)
        found += check_extension(page.extension, f"{field}.extension")
    if not found or all(isinstance(getattr(page, "origin", None), Origin) for page in listed):
        found += check_page_titles(
            [page.title for page in listed], [page.description for page in listed], most=most
        )
    return found


def _check_key(origin: Origin, key: object, field: str, *, is_remembered: bool) -> Iterator[Problem]:
    if key is not None and not (isinstance(key, str) and key.strip()):
        yield Problem(
            f"{field}.key",
            say("is {key!r:.40}.", key=key),
            say("Give a text of your own that names the content."),
        )
    elif is_remembered and key is None and not origin.is_file:
        yield Problem(
            f"{field}.key",
            say("is missing: nobody can tell from a stream what it holds."),
            say("Give key=..., your own name for the content, or a file; or leave the journal out."),
        )


async def _check_cover_stream(origin: Origin, cover_type: object) -> list[Problem]:
    found = await asyncio.to_thread(_problems_of, origin, "cover_stream")
    if found:
        return found
    try:
        content = await read_cover(origin)
    except ApiException as error:
        return [Problem("cover_stream", say("cannot be read: {error}", error=error), _OPEN_BINARY)]
    return await asyncio.to_thread(lambda: list(check_cover(content, cover_type)))


async def read_cover(origin: Origin) -> bytes:
    """Read a cover whole, but not more than an image can sensibly have."""
    async with origin.opened() as source:
        content = bytearray(min(source.size(), MAX_COVER + 1))
        await asyncio.to_thread(source.read_into, 0, memoryview(content))
    return bytes(content)


def check_extension(extension: object, field: str) -> Iterator[Problem]:
    """Check the extension of the name that is told to Bilibili."""
    if not isinstance(extension, str) or not re.fullmatch(r"\.?[A-Za-z0-9]{1,10}", extension):
        yield Problem(
            field,
            say("is {extension!r:.40}.", extension=extension),
            say("Give letters and digits, for example 'mp4'."),
        )


def check_numbers(threads: object, chunk_size: object) -> Iterator[Problem]:
    """Check the two numbers of the published interface."""
    for name, value, limit in (("threads", threads, MAX_THREADS), ("chunk_size", chunk_size, MAX_CHUNK_SIZE)):
        if not isinstance(value, int) or isinstance(value, bool):
            yield Problem(
                name,
                say("is {type}, not a whole number.", type=type(value).__name__),
                say("Give 1 to {limit}.", limit=limit),
            )
        elif not 1 <= value <= limit:
            yield Problem(name, say("is {value}.", value=value), say("Give 1 to {limit}.", limit=limit))


def _problems_of(origin: Origin, field: str) -> list[Problem]:
    return list(check_origin(origin, field))


def check_origin(origin: Origin, field: str) -> Iterator[Problem]:
    """Check that a page can be read and has bytes. May block.

    Args:
        origin: What the caller gave.
        field: Where, for instance `pages[0]`.
    """
    given: object = origin.given
    if isinstance(given, str | os.PathLike):
        yield from _check_path(Path(os.fsdecode(given)), field)
    else:
        yield from _check_stream(given, field)


def _check_path(path: Path, field: str) -> Iterator[Problem]:
    shown = str(path)
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            yield Problem(
                field, say("{path!r} is a directory.", path=shown), say("Name the files in it one by one.")
            )
        elif not stat.S_ISREG(found.st_mode):
            yield Problem(
                field,
                say("{path!r} is not a regular file.", path=shown),
                say("Open it and pass the stream instead."),
            )
        elif found.st_size == 0:
            yield Problem(
                field, say("{path!r} is empty.", path=shown), say("Give a file with a video in it.")
            )
        else:
            with path.open("rb"):
                pass
    except (OSError, ValueError) as error:
        yield Problem(
            field,
            say("{path!r} cannot be read: {reason}.", path=shown, reason=because(error)),
            say("Check the name and the file's rights."),
        )


def _check_stream(stream: object, field: str) -> Iterator[Problem]:
    if isinstance(stream, io.TextIOBase):
        yield Problem(field, say("is a stream of text."), _OPEN_BINARY)
    elif not hasattr(stream, "read") or not hasattr(stream, "seekable"):
        yield Problem(
            field, say("is {type}, not a stream of bytes.", type=type(stream).__name__), _OPEN_BINARY
        )
    elif getattr(stream, "closed", False):
        yield Problem(
            field, say("is a stream that is closed."), say("Keep it open until start() has returned.")
        )
    else:
        yield from _check_open_stream(cast("Stream", stream), field)


def _check_open_stream(stream: Stream, field: str) -> Iterator[Problem]:
    try:
        if not stream.readable():
            yield Problem(field, say("is a stream that was opened for writing only."), _OPEN_BINARY)
        elif isinstance(cast("object", stream.read(0)), str):
            yield Problem(field, say("is a stream of text."), _OPEN_BINARY)
        elif stream.seekable() and size_of(stream) == 0:
            yield Problem(field, say("is empty."), say("Give a stream with a video in it."))
    except Exception as error:  # noqa: BLE001 - as in `source.py`: each kind of stream has its own
        yield Problem(field, say("cannot be read: {reason}.", reason=because(error)), _OPEN_BINARY)


def check_cover(content: bytes, cover_type: object) -> Iterator[Problem]:
    """Check a cover (section 5): an image of the type it is said to be, large enough, not absurdly large.

    Args:
        content: The bytes of the cover.
        cover_type: The MIME type the caller gave.
    """
    from PIL import Image  # noqa: PLC0415 - a large import, which uploads without a cover can do without

    if cover_type not in COVER_TYPES.values():
        kinds = listed(COVER_TYPES.values())
        yield Problem(
            "cover_type",
            say("is {type!r}.", type=cover_type),
            say("Give one of {types}.", types=kinds),
        )
    if len(content) > MAX_COVER:
        yield Problem(
            "cover_stream",
            say("is over {most} long.", most=size_text(MAX_COVER)),
            say("Scale the picture down."),
        )
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=tuple(COVER_TYPES)) as image:
                form = "JPEG" if image.format == "MPO" else str(image.format)  # MPO: a phone's pair
                kind, (width, height) = COVER_TYPES[form], image.size
                image.verify()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        yield Problem(
            "cover_stream",
            say("is not a JPEG, PNG or WebP image that can be read."),
            say("Give such an image."),
        )
        return
    if cover_type in COVER_TYPES.values() and cover_type != kind:
        yield Problem(
            "cover_type",
            say("is {type!r}, but the image is {kind}.", type=cover_type, kind=kind),
            say("Give {kind!r}.", kind=kind),
        )
    if width < COVER_WIDTH or height < COVER_HEIGHT:
        yield Problem(
            "cover_stream",
            say("is {width} x {height} pixels.", width=width, height=height),
            say(
                "Bilibili wants at least {width} x {height}; 1146 x 717 has the usual ratio 16:10.",
                width=COVER_WIDTH,
                height=COVER_HEIGHT,
            ),
        )
