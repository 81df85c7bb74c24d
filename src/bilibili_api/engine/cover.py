"""Makes a cover that Bilibili takes out of whatever picture is given (protocol document, section 5)."""

from __future__ import annotations

import asyncio
import io
import os
from dataclasses import field
from typing import TYPE_CHECKING, Final, Literal, cast

from PIL import Image, ImageOps

from bilibili_api.amounts import size_text
from bilibili_api.exceptions import ApiException, ArgsException, InvalidCover
from bilibili_api.frozen import frozen
from bilibili_api.saying import listed, say

from .check import COVER_HEIGHT, COVER_WIDTH, check_origin
from .origin import Origin
from .picture import decoded, upright_rgb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .source import Stream

Ratio = Literal["16:10", "16:9", "4:3"]
Given = (
    bytes | bytearray | memoryview | str | os.PathLike[str] | io.BufferedIOBase | io.RawIOBase | Image.Image
)

RATIOS: Final[Mapping[str, tuple[int, int]]] = {"16:10": (8, 5), "16:9": (16, 9), "4:3": (4, 3)}
"""The smallest sides of each ratio: a cover's sides are multiples of them, hence its ratio is exact."""
MAX_BYTES: Final = 5_000_000
"""The limit everybody names and nobody has measured (section 5)."""
MAX_WIDTH, MAX_HEIGHT = 1920, 1200
"""Twice the least in each direction; more is sent for nothing, since covers are shown small."""
MAX_GIVEN: Final = 256 * 1024 * 1024
"""Bytes of a picture before it is prepared."""

QUALITIES: Final = (95, 90, 85, 80, 75)
"""Of JPEG, tried in this order before the picture is made smaller."""
POOR_QUALITIES: Final = (60, 45, 30)
"""The last resort, at the least size."""
FINE: Final = 90
"""Quality from which on colours keep their full resolution, which red letters need."""
VISIBLE_CUT: Final = 0.02
"""Share of a side that may be cut off without a word."""


@frozen
class PreparedCover:
    """A cover as it is sent: only pixels, no place, camera or comment survives.

    Attributes:
        content: The image file.
        mime: `image/jpeg` or `image/png`.
        width: In pixels, 960 to 1920.
        height: In pixels, 600 to 1200.
        notes: What was done that the giver should know of, as sentences: enlarged, cut, compressed.
    """

    content: bytes = field(repr=False)
    mime: str
    width: int
    height: int
    notes: tuple[str, ...] = ()


@frozen
class Frame:
    """Sizes a cover of one ratio can have: multiples of `across` and `down`."""

    across: int
    down: int

    @property
    def least(self) -> int:
        """The smallest multiple that is large enough for Bilibili."""
        return max(-(-COVER_WIDTH // self.across), -(-COVER_HEIGHT // self.down))

    @property
    def most(self) -> int:
        """The largest multiple that is worth sending."""
        return min(MAX_WIDTH // self.across, MAX_HEIGHT // self.down)

    def size(self, multiple: int) -> tuple[int, int]:
        """Width and height."""
        return self.across * multiple, self.down * multiple


def frame_of(ratio: str) -> Frame:
    """Return the sizes of a ratio.

    Raises:
        ArgsException: There is no such ratio.
    """
    if ratio not in RATIOS:
        raise ArgsException(
            say("{ratio!r:.40} is no ratio of covers.", ratio=ratio),
            hint=say("Give one of {ratios}.", ratios=listed(RATIOS)),
        )
    return Frame(*RATIOS[ratio])


async def prepare(given: Given, *, ratio: Ratio = "16:10", max_bytes: int = MAX_BYTES) -> PreparedCover:
    """Make a cover out of a picture: upright, opaque, cut to the ratio from its middle, 960 x 600 or more.

    The picture stays as it is: a stream is neither closed nor left elsewhere, an image is not changed.

    Args:
        given: A path, bytes, a stream opened for reading in binary, or an image of Pillow. JPEG, PNG, WebP,
            GIF, BMP, TIFF and, where Pillow has it, AVIF are read; of several pictures the first is taken.
        ratio: Width to height: "16:10", "16:9", or "4:3", which some interfaces take as a second cover.
        max_bytes: The most the result may have.

    Returns:
        The cover: PNG where a PNG was given and it is small enough, else JPEG.

    Raises:
        InvalidCover: It is no picture that can be read, is far too large, or cannot become small enough.
        ArgsException: There is no such ratio.
    """
    frame = frame_of(ratio)
    if isinstance(given, Image.Image):
        return await asyncio.to_thread(_prepared, given, frame, max_bytes)
    content = await _read(given)
    return await asyncio.to_thread(lambda: _prepared(decoded(content), frame, max_bytes))


async def _read(given: object) -> bytes:
    """Read what was given whole."""
    if isinstance(given, bytes | bytearray | memoryview):
        return bytes(cast("bytes", given))
    origin = Origin(cast("Stream | str", given))
    problems = await asyncio.to_thread(lambda: list(check_origin(origin, "cover")))
    if problems:
        raise InvalidCover(say("The cover {what}", what=problems[0].what), hint=problems[0].fix)
    try:
        async with origin.opened() as source:
            content = bytearray(min(source.size(), MAX_GIVEN + 1))
            await asyncio.to_thread(source.read_into, 0, memoryview(content))
    except ApiException as error:
        raise InvalidCover(say("The cover cannot be read: {error}", error=error), hint=error.hint) from None
    if len(content) > MAX_GIVEN:
        raise InvalidCover(
            say("The cover is over {most} long.", most=size_text(MAX_GIVEN)),
            hint=say("Scale the picture down."),
        )
    return bytes(content)


def _prepared(image: Image.Image, frame: Frame, max_bytes: int) -> PreparedCover:
    is_png = image.format == "PNG"
    picture, done = upright_rgb(image)
    fitted, cuts = fit(picture, frame)
    content, mime, size, pressed = _encoded(fitted, frame, max_bytes, is_png=is_png)
    return PreparedCover(content, mime, *size, notes=(*done, *cuts, *pressed))


def fit(image: Image.Image, frame: Frame) -> tuple[Image.Image, tuple[str, ...]]:
    """Cut an RGB picture to the ratio from its middle and give it an allowed size; say what was done.

    Pixels are left alone where a size that is a multiple of the ratio's sides fits in.
    """
    width, height = image.size
    multiple = min(width // frame.across, height // frame.down)
    if frame.least <= multiple <= frame.most:
        across, down = frame.size(multiple)
        left, top = (width - across) // 2, (height - down) // 2
        fitted = image.crop((left, top, left + across, top + down))
    else:
        across = min(width, height * frame.across / frame.down)
        down = min(height, across * frame.down / frame.across)
        size = frame.size(min(max(multiple, frame.least), frame.most))
        fitted = ImageOps.fit(image, size, Image.Resampling.LANCZOS)
    return fitted, tuple(_cuts(image.size, (across, down), fitted.size))


def _cuts(was: tuple[int, int], cut: tuple[float, float], became: tuple[int, int]) -> Iterator[str]:
    for is_width, before, after in zip((True, False), was, cut, strict=True):
        if after < before * (1 - VISIBLE_CUT):
            yield say(
                "{percent:.0f} % of its width is cut off to get the ratio."
                if is_width
                else "{percent:.0f} % of its height is cut off to get the ratio.",
                percent=100 * (1 - after / before),
            )
    if became[0] > max(round(cut[0]), 1):
        yield say(
            "It is enlarged from {before} to {after} pixels, "
            "hence a little soft; a larger picture would look better.",
            before=f"{cut[0]:.0f} x {cut[1]:.0f}",
            after=f"{became[0]} x {became[1]}",
        )


def _encoded(
    image: Image.Image, frame: Frame, max_bytes: int, *, is_png: bool
) -> tuple[bytes, str, tuple[int, int], tuple[str, ...]]:
    notes: list[str] = []
    if is_png:
        content = _written(image, "PNG")
        if len(content) <= max_bytes:
            return content, "image/png", image.size, tuple(notes)
        notes.append(say("As PNG it would be over {most}; it is sent as JPEG.", most=size_text(max_bytes)))
    for multiple, quality in _attempts(image.width // frame.across, frame.least):
        size = frame.size(multiple)
        scaled = image if size == image.size else ImageOps.fit(image, size, Image.Resampling.LANCZOS)
        content = _written(scaled, "JPEG", quality=quality, subsampling=0 if quality >= FINE else 2)
        if len(content) <= max_bytes:
            if quality < QUALITIES[-1]:
                notes.append(
                    say(
                        "It is compressed hard, to quality {quality}, to stay below {most}.",
                        quality=quality,
                        most=size_text(max_bytes),
                    )
                )
            return content, "image/jpeg", size, tuple(notes)
    raise InvalidCover(
        say("The cover cannot be pressed into {most}.", most=size_text(max_bytes)),
        hint=say("Allow more; {most} are usual.", most=size_text(MAX_BYTES)),
    )


def _attempts(multiple: int, least: int) -> Iterator[tuple[int, int]]:
    """Sizes and qualities in the order in which they are tried, from the best to the smallest file."""
    yield from ((multiple, quality) for quality in QUALITIES)
    while multiple > least:
        multiple = max(least, multiple * 4 // 5)
        yield multiple, QUALITIES[-1]
    yield from ((least, quality) for quality in POOR_QUALITIES)


def _written(image: Image.Image, kind: str, **settings: int) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()
