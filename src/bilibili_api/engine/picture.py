"""Decodes pictures of any usual kind into upright, opaque RGB of 8 bits: what a cover is made of."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final, cast

from PIL import Image, ImageCms, ImageOps, features

from bilibili_api.exceptions import InvalidCover
from bilibili_api.saying import because, say

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PIXELS: Final = 89_000_000
"""Decoded, these take a quarter of a gigabyte; beyond its own limit, just above, Pillow suspects a bomb."""
DRAFT: Final = (3840, 3840)
"""A JPEG is decoded at a half, a quarter or an eighth of its size as long as both sides keep this much."""

_ALWAYS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_SEVERAL_PICTURES: Final = frozenset({"GIF", "PNG", "TIFF", "WEBP", "AVIF"})
"""What may hold more than one picture; the second one of a phone's JPEG (MPO) is no frame."""
_SRGB: Final[Any] = cast("Any", ImageCms).createProfile("sRGB")  # it is not annotated
_WANTED: Final = say(
    "Give a JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF file; convert others, HEIC for one, first."
)


def decoded(content: bytes) -> Image.Image:
    """Open a picture and look at its head; its pixels are decoded later. May block.

    Raises:
        InvalidCover: It is none, or far too large.
    """
    try:
        image = Image.open(io.BytesIO(content), formats=_formats())
    except Exception as error:  # noqa: BLE001 - each decoder has its own ways to fail
        raise _refusal(error) from None
    _check_size(image)
    image.draft(None, DRAFT)
    return image


def _formats() -> tuple[str, ...]:
    return (*_ALWAYS, "AVIF") if features.check("avif") else _ALWAYS


def _refusal(error: Exception) -> InvalidCover:
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return InvalidCover(say("The picture is far too large."), hint=_smaller())
    return InvalidCover(say("The picture cannot be read as one."), hint=_WANTED)


def _smaller() -> str:
    most = MAX_PIXELS // 1_000_000
    return say("Scale it down; {most} million pixels are the most.", most=most)


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if not width or not height:
        raise InvalidCover(say("The picture has no pixels."), hint=_WANTED)
    if width * height > MAX_PIXELS:
        raise InvalidCover(
            say("The picture is far too large: {width} x {height} pixels.", width=width, height=height),
            hint=_smaller(),
        )


def upright_rgb(image: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    """Return the first frame, upright, opaque, in sRGB, and what had to be done. Leaves `image` as it is.

    Raises:
        InvalidCover: It is damaged, far too large, or of a kind that cannot be converted.
    """
    _check_size(image)
    notes = tuple(_notes(image))
    try:
        image.load()
        pixels = _srgb(_opaque(_eight_bits(_upright(image))), image.info.get("icc_profile"))
    except Exception as error:  # noqa: BLE001 - each decoder has its own ways to fail
        raise InvalidCover(
            say("The picture is damaged or of an unusual kind: {reason}.", reason=because(error)),
            hint=_WANTED,
        ) from None
    pixels.info = {}  # what stands here (a comment, the old profile) would be saved with them
    return pixels, notes


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - what the camera wrote about the picture is damaged, not the picture
        return image


def _notes(image: Image.Image) -> Iterator[str]:
    if image.format in _SEVERAL_PICTURES and getattr(image, "is_animated", False):
        yield say("It holds several pictures; the first one is taken.")
    if image.has_transparency_data:
        yield say("What is transparent becomes white.")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale pixels of more than 8 bits, which a plain conversion would cut off at white."""
    if image.mode not in {"F", "I"} and not image.mode.startswith("I;"):
        return image
    wide = image.convert("F")
    black, white = _range(image.mode, *cast("tuple[float, float]", wide.getextrema()))
    scale = 255 / (white - black)

    def scaled(value: Any) -> Any:
        return value * scale - black * scale

    return cast("Any", wide).point(scaled).convert("L")  # Any: `point` is annotated for tables only


def _range(mode: str, low: float, high: float) -> tuple[float, float]:
    """Return which values are black and white, from the values that occur."""
    white = 1.0 if mode == "F" else 65535.0 if high > 255 else 255.0
    if low >= 0 and high <= white:
        return 0.0, white
    return low, max(high, low + 1)  # measured values of any range


def _opaque(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    layer = image.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer).convert("RGB")


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            converted = ImageCms.profileToProfile(image, io.BytesIO(profile), _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):  # damaged, or of another kind than the pixels
            return image.convert("RGB")
        if converted is not None:
            return converted
    return image.convert("RGB")
