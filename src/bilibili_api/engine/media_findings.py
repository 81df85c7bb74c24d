"""What can be wrong with a video, from what its samples show. Pure functions."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, Literal

from bilibili_api.frozen import frozen
from bilibili_api.saying import listed, say

from .media_samples import DARK, PLACES, QUIET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .media_samples import Samples

Kind = Literal[
    "unreadable",
    "no_video",
    "undecodable",
    "truncated",
    "damaged",
    "black",
    "silent",
    "too_long",
    "too_large",
]
"""What can be wrong with a video."""

TOLERANCE: Final = 2.0
"""Seconds that may be missing at the end: sound and picture rarely end together."""
SHARE: Final = 0.01
"""The same as a share of the length: headers of long recordings are only nearly right."""

AGAIN: Final = say("Copy, download or export it again.")
_IS_MEANT: Final = say("Play it: is it meant to be so?")


@frozen
class Finding:
    """Something that is wrong with a video.

    Attributes:
        kind: A stable name.
        what: What was found, as a sentence.
        fix: What to do about it, as a sentence.
    """

    kind: Kind
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.what} {self.fix}"


def of_end(samples: Samples, length: float) -> Iterator[Finding]:
    """Say that a video ends too early.

    Args:
        samples: What was found.
        length: Seconds that it says it lasts; 0: it does not say.
    """
    missing = length - samples.end if samples.end is not None else 0.0
    if missing > max(TOLERANCE, SHARE * length):
        what = say(
            "It says that it lasts {length:.0f} seconds, and ends after {end:.0f}.",
            length=length,
            end=samples.end or 0.0,
        )
        yield Finding("truncated", what, AGAIN)
    elif samples.is_cut:
        yield Finding("truncated", say("It ends in the middle of a frame."), AGAIN)


def of_picture(samples: Samples, *, is_truncated: bool) -> Iterator[Finding]:
    """Say what is wrong with the picture.

    Args:
        samples: What was found.
        is_truncated: Whether the video ends too early, so that damage at that end is no news.
    """
    if not samples.frames:
        yield Finding("damaged", say("Nothing of the picture can be decoded."), AGAIN)
        return
    whole = (samples.end or 0.0) - TOLERANCE if is_truncated else inf
    damaged = [place for place in samples.damaged if place < whole]  # behind it is what the cut has left
    if damaged:
        what = say(
            "The picture is damaged at {count} of {places} places, in seconds: {seconds}.",
            count=len(damaged),
            places=PLACES,
            seconds=listed(f"{place:.1f}" for place in damaged),
        )
        yield Finding("damaged", what, AGAIN)
    if samples.places > 1 and samples.brightest <= DARK:
        yield Finding("black", say("The picture is black wherever it was looked at."), _IS_MEANT)


def of_sound(samples: Samples, *, has_sound: bool) -> Iterator[Finding]:
    """Say that nothing can be heard.

    Args:
        samples: What was found.
        has_sound: Whether there is a sound track.
    """
    if not has_sound:
        fix = say("Export it with sound, unless it is meant to have none.")
        yield Finding("silent", say("There is no sound in it."), fix)
    elif samples.places > 1 and samples.blocks and samples.loudest <= QUIET:
        what = say("There is a sound track, but it is silent wherever it was listened to.")
        yield Finding("silent", what, _IS_MEANT)
