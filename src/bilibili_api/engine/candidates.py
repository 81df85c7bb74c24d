"""Chooses the frames of a video that would do best as its cover."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final, TypeVar, cast

from bilibili_api.exceptions import ApiException, ArgsException, InvalidCover
from bilibili_api.frozen import frozen
from bilibili_api.saying import say

from .check import check_origin
from .cover import MAX_BYTES, PreparedCover, Ratio, frame_of, prepare
from .frames import Shot, shots
from .looks import difference, usual_motion
from .origin import Origin

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from PIL import Image

    from .source import Source, Stream

T = TypeVar("T")

MOST: Final = 24
"""Candidates one may ask for."""
LOOKED_AT: Final = 32
"""Frames that are compared, however many are wanted."""
STRETCHES: Final = 6
"""Parts of a video that should each have a candidate before any has a second one."""
ALIKE: Final = 12.0
"""Difference (grey levels) below which two frames look more or less the same."""
NEAR: Final = 0.25
"""Weight of a frame right beside one that was chosen; it grows with the distance."""
UNLIKELY: Final = 1e-6
"""Weight of a frame that looks like one that was chosen; not 0, so that the better of several comes first."""


@frozen
class Candidate:
    """A frame that may become the cover.

    Attributes:
        time: Where it is, in seconds from the beginning.
        image: The frame in RGB, upright, no larger than a cover needs.
        score: How well it would do, 0 (black, blurred, ...) to 1.
        flaw: What is wrong with it most of all: "black", "white", "empty", "moving", "blurred"; or "".
    """

    time: float
    image: Image.Image = field(repr=False)
    score: float
    flaw: str = ""


async def candidates(video: Stream | str | os.PathLike[str] | Origin, k: int = 6) -> list[Candidate]:
    """Choose frames: sharp, well exposed, not in the middle of a fade, and different from one another.

    The same file always gives the same frames. A file of hours takes little longer than a short one.

    Args:
        video: A path, or a stream opened for reading in binary, which is neither closed nor left elsewhere.
        k: How many, 1 to 24.

    Returns:
        The best first; the first ones are the same whatever `k` is. Fewer where the video has no more frames.

    Raises:
        ExtraMissing: PyAV, the extra `media`, is not installed.
        InvalidCover: It is no video that can be decoded.
        ArgsException: `k` is not such a number.
    """
    if not 1 <= k <= MOST:
        raise ArgsException(
            say("{number} candidates cannot be had.", number=k), hint=say("Ask for 1 to {most}.", most=MOST)
        )
    origin = video if isinstance(video, Origin) else Origin(video)
    problems = await asyncio.to_thread(lambda: list(check_origin(origin, "video")))
    if problems:
        raise InvalidCover(say("The video {what}", what=problems[0].what), hint=problems[0].fix)
    try:
        async with origin.opened() as source:
            return await in_thread(lambda stop: _chosen(source, k, stop))
    except ArgsException:
        raise
    except ApiException as error:
        raise InvalidCover(say("The video cannot be read: {error}", error=error), hint=error.hint) from None


async def auto(
    video: Stream | str | os.PathLike[str] | Origin, *, ratio: Ratio = "16:10", max_bytes: int = MAX_BYTES
) -> PreparedCover:
    """Make the best frame of a video its cover.

    Args:
        video: As for `candidates`.
        ratio: As for `prepare`.
        max_bytes: As for `prepare`.

    Raises:
        ApiException: As `candidates` and `prepare`.
    """
    frame_of(ratio)
    best = (await candidates(video))[0]
    cover = await prepare(best.image, ratio=ratio, max_bytes=max_bytes)
    notes = [say("It is the frame at {seconds:.1f} seconds.", seconds=best.time)]
    if best.flaw:
        notes.append(say("No frame is really good; this one is {flaw}.", flaw=best.flaw))
    return replace(cover, notes=(*notes, *cover.notes))


async def in_thread(work: Callable[[threading.Event], T]) -> T:
    """Run `work` in a thread, and when cancelled, wait until it has let go of what it uses."""
    stop = threading.Event()
    task = asyncio.ensure_future(asyncio.to_thread(work, stop))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # nobody wants it any more
        raise


def _chosen(source: Source, k: int, stop: threading.Event) -> list[Candidate]:
    found, length = shots(source, LOOKED_AT, stop)
    if not found:
        raise InvalidCover(
            say("No frame of the video can be decoded."), hint=say("Choose a picture yourself.")
        )
    usual = usual_motion([shot.looks for shot in found])
    return [_candidate(shot, usual) for shot in choose(found, k, length)]


def _candidate(shot: Shot, usual: float) -> Candidate:
    return Candidate(shot.time, shot.image(), shot.looks.score(usual), shot.looks.flaw(usual))


def choose(found: Sequence[Shot], k: int, length: float) -> list[Shot]:
    """Return at most `k` shots: again and again the best one that is unlike those chosen before."""
    left, chosen = list(found), cast("list[Shot]", [])
    usual = usual_motion([shot.looks for shot in found])

    def worth(shot: Shot) -> float:
        return (shot.looks.score(usual) + UNLIKELY) * _novelty(shot, chosen, length / STRETCHES)

    while left and len(chosen) < k:
        chosen.append(max(left, key=worth))
        left.remove(chosen[-1])
    return chosen


def _novelty(shot: Shot, chosen: Sequence[Shot], apart: float) -> float:
    """Return 1 for a frame that looks unlike the chosen ones and is far from them, less for others."""
    if not chosen:
        return 1.0
    unlike = min(difference(shot.small, other.small) for other in chosen) / ALIKE
    away = min(abs(shot.time - other.time) for other in chosen) / apart if apart else 1.0
    return (UNLIKELY + min(1.0, unlike)) * (NEAR + (1 - NEAR) * min(1.0, away))
