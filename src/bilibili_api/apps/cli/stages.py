"""What an upload is doing, and what it waits for, in words. Pure functions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from bilibili_api.saying import say

from .language import in_words, t

if TYPE_CHECKING:
    from bilibili_api.video_uploader import Progress

STAGES: Final = {
    "ready": say("preparing"),
    "check": say("checking"),
    "login": say("logging in"),
    "upload": say("uploading"),
    "cover": say("sending the cover"),
    "submit": say("submitting"),
    "login needed": say("login needed: run bvup login in another terminal, as shown"),
    "busy": say("waiting for the other upload of this file"),
    "done": "",
}
WAITS: Final = {
    "too_fast": say("told to slow down"),
    "network": say("no network"),
    "server": say("the server is in trouble"),
}


def waits(progress: Progress) -> str:
    """Return what is waited for and until when, by the clock on the wall; nothing when nothing is."""
    if progress.waiting_until is None:
        return ""
    end = time.strftime("%H:%M", time.localtime(progress.waiting_until))
    reason = WAITS.get(progress.waiting_for or "", say("waiting"))
    return t("{reason}, next try {time}", reason=reason, time=end)


def stage(progress: Progress) -> str:
    """Return what is being done, for a person; nothing when all is done."""
    return in_words(STAGES.get(progress.stage, progress.stage))
