"""Runs one upload before a person's eyes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from bilibili_api.frozen import frozen
from bilibili_api.video_uploader import VideoUploader, VideoUploaderEvents

from .details import Details
from .errand import Errands
from .language import t
from .lines import Lines
from .notes import listening
from .stop import stopping
from .telling import Telling
from .told import is_json
from .words import found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilibili_api.video_uploader import PageProgress, Progress

    from .bars import Bars
    from .outlet import Outlet

Display: TypeAlias = "Bars | Lines | Telling"
BEAT: Final = 0.1
"""Seconds between two looks at the progress."""


@frozen
class Outcome:
    """How it ended.

    Attributes:
        ids: What the library returned; None: the user stopped it.
        progress: How far it came.
        elapsed: Seconds it took.
        before: Bytes that the server had before.
        was_published: Whether all was done before, and nothing had to be sent.
        errands: What became of what was left to do then.
        lost: Bytes that were under way when the user stopped it, in chunks that did not become whole.
    """

    ids: dict[str, object] | None
    progress: Progress
    elapsed: float
    before: int = 0
    was_published: bool = False
    errands: Errands = field(default_factory=Errands)
    lost: int = 0


Act = Callable[[VideoUploader], Awaitable["dict[str, Any] | None"]]
"""What is done with an uploader."""


async def send(
    uploader: VideoUploader,
    blank: Sequence[PageProgress],
    outlet: Outlet,
    *,
    act: Act = VideoUploader.start,
    grace: float = 0.0,
    verbose: bool = False,
) -> Outcome:
    """Upload; show progress and messages on `outlet`; stop cleanly at a signal.

    Args:
        uploader: What is uploaded.
        blank: The progress of its pages before anything is known.
        outlet: Where it is shown.
        act: What is done with it.
        grace: Seconds that chunks under way may take to land when it is stopped.
        verbose: Whether details are shown.

    Raises:
        ApiException: What the library raises.
    """
    watch = Watch(uploader, blank, _display_on(outlet))
    if verbose:
        Details(uploader, watch.note)

    def acknowledge() -> None:
        watch.is_stopping()
        if grace:
            watch.note(t("Stopping within {seconds:g} s; once more ends at once.", seconds=grace))
        else:
            watch.note(t("Stopping; once more ends at once."))

    with (
        listening(watch.note, verbose=verbose),
        stopping(asked=acknowledge, live=outlet.is_terminal) as stop,
    ):
        watching = asyncio.create_task(_every(BEAT, watch.look))
        aborting = asyncio.create_task(_abort_after(stop, uploader, grace))
        try:
            ids = await act(uploader)
        finally:
            watching.cancel()
            aborting.cancel()
            await asyncio.gather(watching, aborting, return_exceptions=True)
            watch.look()
            watch.display.close()
    return watch.outcome(ids)


class Watch:
    """Looks at an upload for a display, and remembers what the display cannot see."""

    def __init__(self, uploader: VideoUploader, blank: Sequence[PageProgress], display: Display) -> None:
        self.display = display
        self._uploader = uploader
        self._blank = blank
        self._begun = time.monotonic()
        self._before = 0
        self._was_published = False
        self._waits_for_other = False
        self._sent_at_stop = 0
        uploader.add_event_listener(VideoUploaderEvents.RESUMED, self._resumed)
        uploader.add_event_listener(VideoUploaderEvents.WAITING, self._waiting)
        if isinstance(display, Telling):
            display.listen_to(uploader)

    def look(self) -> None:
        """Show how far it has come."""
        progress = self._progress()
        if self._waits_for_other and progress.stage == "login":
            progress = replace(progress, stage="busy")
        self.display.show(progress, time.monotonic())

    def note(self, text: str) -> None:
        """Show a message, and before it what happened before it."""
        self.look()
        self.display.note(text)

    def is_stopping(self) -> None:
        """Note what is under way: what does not land is forgotten when it ends."""
        self._sent_at_stop = self._progress().sent

    def outcome(self, ids: dict[str, Any] | None) -> Outcome:
        """Say how it ended."""
        elapsed, progress = time.monotonic() - self._begun, self._progress()
        before = self._before if progress.job is not None else sum(page.stored for page in self._blank)
        lost = max(self._sent_at_stop - progress.stored, 0) if ids is None else 0
        return Outcome(ids, progress, elapsed, before, self._was_published, lost=lost)

    def _progress(self) -> Progress:
        return filled(self._uploader.progress, self._blank)

    async def _resumed(self, what: dict[str, Any]) -> None:
        self._before = what["bytes"]
        self._was_published = what["state"] == "done"
        progress = self._progress()
        self.display.begin(progress)
        if not self._was_published:
            self.note(found(what, progress, time.time()))

    async def _waiting(self, what: dict[str, Any]) -> None:
        self._waits_for_other = what["limit"] == "busy"


def _display_on(outlet: Outlet) -> Display:
    if is_json():
        return Telling(outlet)
    if not outlet.is_terminal:
        return Lines(outlet)
    from .bars import Bars  # noqa: PLC0415 - rich is a large import, and only an upload that starts draws

    return Bars(outlet)


def filled(progress: Progress, blank: Sequence[PageProgress]) -> Progress:
    """Return `progress` with all pages, and with what is known of those whose turn has not come.

    Until the job is taken up, which has to wait for a login, the uploader does not know what is stored.
    """
    if progress.job is None and any(page.stored for page in blank):
        return replace(progress, pages=tuple(blank))
    pages = progress.pages or blank
    sized = (replace(page, size=page.size or first.size) for page, first in zip(pages, blank, strict=True))
    return replace(progress, pages=tuple(sized))


async def _every(seconds: float, act: Callable[[], None]) -> None:
    while True:
        act()
        await asyncio.sleep(seconds)


async def _abort_after(stop: asyncio.Event, uploader: VideoUploader, grace: float) -> None:
    await stop.wait()
    await uploader.abort(grace=grace)
