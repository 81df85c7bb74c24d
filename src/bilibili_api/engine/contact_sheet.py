"""Draws candidates for a cover side by side, with their numbers and times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

from bilibili_api.exceptions import ArgsException
from bilibili_api.saying import say

from .cover import RATIOS, Ratio, frame_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .candidates import Candidate

COLUMNS: Final = 3
WIDTH: Final = 480
"""Pixels of one picture."""
GAP: Final = 16
CAPTION: Final = 40
INK, FAINT, PAPER = "#f2f2f2", "#9a9a9a", "#1b1b1d"


def contact_sheet(candidates: Sequence[Candidate], *, ratio: Ratio = "16:10") -> Image.Image:
    """Draw candidates as the covers they would become, each above its number, time, score and flaw.

    Args:
        candidates: In the order of their numbers, which begin with 1.
        ratio: Of the cover.

    Raises:
        ArgsException: There are no candidates, or there is no such ratio.
    """
    if not candidates:
        raise ArgsException(
            say("There are no candidates to draw."), hint=say("Pass what `candidates` returned.")
        )
    frame_of(ratio)
    across, down = RATIOS[ratio]
    height = WIDTH * down // across
    columns = min(COLUMNS, len(candidates))
    rows = -(-len(candidates) // columns)
    size = columns * (WIDTH + GAP) + GAP, rows * (height + CAPTION + GAP) + GAP
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    for place, candidate in enumerate(candidates):
        left = GAP + place % columns * (WIDTH + GAP)
        top = GAP + place // columns * (height + CAPTION + GAP)
        sheet.paste(ImageOps.fit(candidate.image, (WIDTH, height)), (left, top))
        _caption(draw, (left, top + height), place + 1, candidate)
    return sheet


def _caption(draw: ImageDraw.ImageDraw, at: tuple[int, int], number: int, candidate: Candidate) -> None:
    left, middle = at[0], at[1] + CAPTION // 2
    draw.text((left, middle), str(number), INK, ImageFont.load_default(28), anchor="lm")
    font = ImageFont.load_default(20)
    draw.text((left + 56, middle), _clock(candidate.time), INK, font, anchor="lm")
    note = f"{candidate.flaw}  {candidate.score:.2f}".strip()
    draw.text((left + WIDTH, middle), note, FAINT, font, anchor="rm")


def _clock(seconds: float) -> str:
    """Return "1:02:03.4": hours, minutes, seconds and tenths."""
    minutes, tenths = divmod(round(seconds * 10), 600)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{tenths // 10:02d}.{tenths % 10}"
