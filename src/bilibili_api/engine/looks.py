"""How well a frame of a video would do as a cover. Pure: pictures in, numbers out."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageFilter, ImageStat

from bilibili_api.frozen import frozen
from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOKED_AT: Final = (640, 640)
"""A frame is measured scaled down into this, where grain is averaged away and blur still shows."""
DARK: Final = 16
BRIGHT: Final = 239
"""Grey levels (0 to 255) beyond which nothing can be made out."""
MIDDLE: Final = 0.45
"""Brightness of a well-exposed picture, 0 to 1."""
CRISP: Final = 120.0
"""Sharpness of a picture that is neither soft nor crisp; half of the points are for getting here."""
LIVELY: Final = 0.18
"""Contrast from which on more of it makes no better cover."""
RESTLESS: Final = 6.0
"""Difference between neighbouring frames (grey levels) at which a fade or a swing of the camera is likely,
unless twice of what is usual in the video is more: dancers never stand still."""

_LAPLACE: Final = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


@frozen
class Looks:
    """What was measured.

    Attributes:
        sharpness: Variance of the Laplacian; blurred pictures are below about 30.
        brightness: Mean of the grey levels, 0 to 1.
        contrast: Their standard deviation, 0 to 0.5.
        lost: Share of the pixels that are as good as black or white, 0 to 1.
        motion: Mean difference to a frame a moment later, in grey levels; None where there is none.
    """

    sharpness: float
    brightness: float
    contrast: float
    lost: float
    motion: float | None

    def score(self, usual: float) -> float:
        """Return all in one number, 0 to 1: the product, since one flaw is enough to spoil a cover.

        Args:
            usual: Motion of most frames of the video, which is taken where nothing was measured.
        """
        sharp = self.sharpness / (self.sharpness + CRISP)
        exposed = max(0.0, 1 - abs(self.brightness - MIDDLE) / 0.55)
        lively = min(1.0, self.contrast / LIVELY)
        calm = 1 / (1 + self._unrest(usual) ** 2)
        return sharp * exposed * lively * (1 - self.lost) * calm

    def flaw(self, usual: float) -> str:
        """Return what is wrong most of all, in a word; empty when nothing is."""
        if self.brightness < 0.08:
            return say("black")
        if self.brightness > 0.92:
            return say("white")
        if self.contrast < 0.03:
            return say("empty")
        if self._unrest(usual) > 2:
            return say("moving")
        return say("blurred") if self.sharpness < 20 else ""

    def _unrest(self, usual: float) -> float:
        motion = usual if self.motion is None else self.motion
        return motion / max(RESTLESS, 2 * usual)


def usual_motion(looks: Sequence[Looks]) -> float:
    """Return the motion that half of the frames have at most; 0 where none was measured."""
    measured = [one.motion for one in looks if one.motion is not None]
    return median(measured) if measured else 0.0


def looks_of(picture: Image.Image, later: Image.Image | None) -> Looks:
    """Measure a frame.

    Args:
        picture: The frame in grey, as large as `LOOKED_AT` allows.
        later: A frame a moment later, of the same size.
    """
    stat = ImageStat.Stat(picture)
    levels, pixels = picture.histogram(), picture.width * picture.height
    lost = sum(levels[:DARK]) + sum(levels[BRIGHT + 1 :])
    return Looks(
        sharpness=ImageStat.Stat(_edges(picture)).var[0],
        brightness=stat.mean[0] / 255,
        contrast=stat.stddev[0] / 255,
        lost=lost / pixels,
        motion=None if later is None else difference(picture, later),
    )


def _edges(picture: Image.Image) -> Image.Image:
    """Return the Laplacian without its rim, which the filter leaves as it was."""
    width, height = picture.size
    edges = picture.filter(_LAPLACE)
    return edges.crop((1, 1, width - 1, height - 1)) if min(width, height) > 2 else edges


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return how much two grey pictures of the same size differ on average, 0 to 255."""
    return ImageStat.Stat(ImageChops.difference(one, other)).mean[0]
