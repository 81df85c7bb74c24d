"""Small videos whose every frame a test knows."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
from PIL import Image, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SIZE = (320, 180)
RATE = 10
BLACK = Image.new("RGB", SIZE, "black")
WHITE = Image.new("RGB", SIZE, "white")


def scene(seed: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """Draw a sharp, well-exposed picture that looks like no other."""
    dice = random.Random(seed)
    picture = Image.new("RGB", size, tuple(dice.randrange(60, 160) for _ in range(3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y, r = dice.randrange(size[0]), dice.randrange(size[1]), dice.randrange(4, size[1] // 5)
        colour = tuple(dice.randrange(30, 225) for _ in range(3))
        draw.regular_polygon((x, y, r), dice.randrange(3, 7), dice.randrange(90), fill=colour)
    return picture


def blurred(picture: Image.Image, radius: float = 6) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(radius))


def dissolve(one: Image.Image, other: Image.Image, frames: int) -> list[Image.Image]:
    """Fade from one picture to another."""
    return [Image.blend(one, other, (i + 1) / (frames + 1)) for i in range(frames)]


def film(
    path: Path,
    frames: Iterable[Image.Image],
    *,
    rate: int = RATE,
    gop: int = 5,
    codec: str = "mpeg4",
    **more: Any,
) -> Path:
    """Write a video with a key frame at least every `gop` frames."""
    library: Any = av  # most of it is not annotated
    with library.open(path, "w") as container:
        stream: Any = None
        for number, picture in enumerate(frames):
            if stream is None:
                settings = {
                    "width": picture.width,
                    "height": picture.height,
                    "pix_fmt": "yuv420p",
                    "gop_size": gop,
                }
                settings |= {"bit_rate": 4_000_000, "time_base": Fraction(1, rate), **more}
                stream = container.add_stream(codec, rate=rate, **settings)
            frame = library.VideoFrame.from_image(picture)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
