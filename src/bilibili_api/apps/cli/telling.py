"""An upload as events for programs: what `--json` shows while it works."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bilibili_api.exceptions import ApiException
from bilibili_api.saying import Said
from bilibili_api.video_uploader import VideoUploaderEvents as E

from .language import in_words
from .report import error_figures
from .told import event

if TYPE_CHECKING:
    from bilibili_api.video_uploader import PageProgress, Progress, VideoUploader

    from .outlet import Outlet

PAUSE: Final = 1.0
"""Seconds between two looks at the progress that are told."""
TOLD: Final = (
    E.RESUMED,
    E.RETRY,
    E.WAITING,
    E.LINE_CHANGED,
    E.WINDOW_CHANGED,
    E.COVER_FAILED,
    E.INTERFACE_CHANGED,
)
"""What is handed on as the library says it."""


class Telling:
    """Tells the progress once a second, and at once when a part is done or another stage begins."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self._when = float("-inf")
        self._seen: tuple[object, ...] | None = None

    def listen_to(self, uploader: VideoUploader) -> None:
        """Hand on what the library tells."""
        for name in TOLD:
            uploader.add_event_listener(name, partial(self._hand_on, name))

    async def _hand_on(self, name: E, what: dict[str, Any]) -> None:
        event("event", self._outlet, event=name.value, data=figures(what))

    def begin(self, progress: Progress) -> None:
        """Nothing has to be counted anew."""

    def show(self, progress: Progress, now: float) -> None:
        """Tell what is new at `now`, seconds of a steady clock."""
        turn = (progress.stage, progress.job, progress.waiting_for, *(page.done for page in progress.pages))
        is_moving = progress.sent < progress.size and now - self._when >= PAUSE
        if turn == self._seen and not is_moving:
            return
        self._seen, self._when = turn, now
        event(
            "progress",
            self._outlet,
            stage=progress.stage,
            job=progress.job,
            sent=progress.sent,
            size=progress.size,
            waiting_for=progress.waiting_for,
            waiting_until=progress.waiting_until,
            parts=[_part(page) for page in progress.pages],
        )

    def note(self, text: str) -> None:
        """Tell what a person would be told."""
        event("note", self._outlet, message=text)

    def close(self) -> None:
        """Nothing stands open."""


def _part(page: PageProgress) -> dict[str, object]:
    return {"title": page.title, "size": page.size, "sent": page.sent, "done": page.done}


def figures(what: dict[str, Any]) -> dict[str, object]:
    """Return the payload of an event for programs: errors as objects, pages by their titles."""
    return {name: _plain(value) for name, value in what.items()}


def _plain(value: object) -> object:
    if isinstance(value, ApiException):
        return error_figures(value)
    if isinstance(value, Said):
        return in_words(value)
    return getattr(value, "title", value) if not isinstance(value, str | int | float | None) else value
