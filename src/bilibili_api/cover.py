"""Covers: made out of any picture, or chosen from a video (protocol document, section 5).

    from bilibili_api import cover, sync

    made = sync(cover.prepare("photo.png", ratio="16:10"))
    best = sync(cover.auto("video.mp4"))
    frames = sync(cover.candidates("video.mp4", k=6))
    cover.contact_sheet(frames).save("sheet.png")

Choosing from a video needs PyAV: `pip install 'bilibili-video-uploader[media]'`.
"""

from __future__ import annotations

from .engine.candidates import Candidate, auto, candidates
from .engine.chosen_cover import Choice, Cover
from .engine.contact_sheet import contact_sheet
from .engine.cover import MAX_BYTES, Given, PreparedCover, Ratio, prepare

__all__ = [
    "MAX_BYTES",
    "Candidate",
    "Choice",
    "Cover",
    "Given",
    "PreparedCover",
    "Ratio",
    "auto",
    "candidates",
    "contact_sheet",
    "prepare",
]
