"""Runs one upload before a person's eyes."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from .lines import Lines
from .stop import stopping
from .text import amount, count, safe, size, span

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from bilibili_api.video_uploader import PageProgress, Progress, VideoUploader

    from .bars import Bars
    from .outlet import Outlet

BEAT: Final = 0.1
"""Seconds between two looks at the progress."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: `ids` is what the library returned, None when the user stopped it."""

    ids: dict[str, object] | None
    progress: Progress
    elapsed: float


class Notes(logging.Handler):
    """Hands on what the library says while it works: what it waits for, what it tries again."""

    def __init__(self, tell: Callable[[str], None], level: int) -> None:
        super().__init__(level)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        """Show one message."""
        try:
            self._tell(self.format(record))
        except Exception:  # noqa: BLE001 - a message that cannot be shown must not end an upload
            self.handleError(record)


@contextmanager
def listening(tell: Callable[[str], None], *, verbose: bool) -> Generator[None]:
    """Show the library's log, already cleaned of secrets, as notes."""
    log = logging.getLogger("bilibili_api")
    notes, before, spread = Notes(tell, logging.DEBUG if verbose else logging.INFO), log.level, log.propagate
    log.addHandler(notes)
    log.setLevel(notes.level)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(notes)
        log.setLevel(before)
        log.propagate = spread


async def send(
    uploader: VideoUploader, blank: tuple[PageProgress, ...], outlet: Outlet, *, verbose: bool = False
) -> Outcome:
    """Upload; show progress and messages on `outlet`; stop cleanly at Ctrl-C.

    Raises:
        ApiException: What the library raises.
    """
    stopped_in: list[str] = []
    display = _display_on(outlet)
    begun = time.monotonic()

    def look() -> None:
        display.show(filled(uploader.progress, blank), time.monotonic())

    def note(text: str) -> None:
        look()  # what happened before it is shown before it
        display.note(text)

    def acknowledge() -> None:
        stopped_in.append(uploader.progress.stage)
        note("Stopping; once more ends at once.")

    with (
        listening(note, verbose=verbose),
        stopping(asked=acknowledge, live=outlet.is_terminal) as stop,
    ):
        watching = asyncio.create_task(_every(BEAT, look))
        aborting = asyncio.create_task(_abort_after(stop, uploader))
        try:
            ids = await uploader.start()
        finally:
            watching.cancel()
            aborting.cancel()
            await asyncio.gather(watching, aborting, return_exceptions=True)
            look()
            display.close()
    ended = filled(uploader.progress, blank)
    if ids is None and stopped_in:  # to wait for a login in the middle of a submission is not to submit
        ended = replace(ended, stage=stopped_in[0])
    return Outcome(ids, ended, time.monotonic() - begun)


def _display_on(outlet: Outlet) -> Bars | Lines:
    if not outlet.is_terminal:
        return Lines(outlet)
    from .bars import Bars  # noqa: PLC0415 - rich is a large import, and only an upload that starts draws

    return Bars(outlet)


def filled(progress: Progress, blank: tuple[PageProgress, ...]) -> Progress:
    """Return `progress` with all pages, and with the sizes of those whose turn has not come."""
    pages = progress.pages or blank
    sized = (replace(page, size=page.size or first.size) for page, first in zip(pages, blank, strict=True))
    return replace(progress, pages=tuple(sized))


async def _every(seconds: float, act: Callable[[], None]) -> None:
    while True:
        act()
        await asyncio.sleep(seconds)


async def _abort_after(stop: asyncio.Event, uploader: VideoUploader) -> None:
    await stop.wait()
    await uploader.abort()


def result(outcome: Outcome, server: str | None) -> list[str]:
    """Return the lines of a success."""
    ids = outcome.ids or {}
    rate = size(outcome.progress.size / max(outcome.elapsed, 0.001))
    lines = [
        f"Done in {span(outcome.elapsed)}, {rate}/s on average.",
        f"aid:  {ids.get('aid')}",
        f"bvid: {ids.get('bvid')}",
        f"link: https://www.bilibili.com/video/{ids.get('bvid')}",
    ]
    return [*lines, f"      (of {server}; Bilibili itself knows nothing of it)"] if server else lines


def kept(progress: Progress) -> str:
    """Return what is on the server after an end before the end, honestly; empty when nothing is."""
    done = sum(page.done for page in progress.pages)
    begun = [(i, page) for i, page in enumerate(progress.pages) if page.stored and not page.done]
    parts = [f"{done} of {count(len(progress.pages), 'part')}"] if done else []
    parts += [f"{amount(page.stored, page.size)} of part {i + 1} ({safe(page.title)})" for i, page in begun]
    if not parts:
        return ""
    return " and ".join(parts) + " reached the server; a new run cannot use it and starts from the beginning."
