"""What `-v` says of an upload beside what is said anyway: lines, stored names, the cover, the interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bilibili_api.video_uploader import VideoUploaderEvents as E

from .language import t
from .text import count, safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.video_uploader import VideoUploader, VideoUploaderPage


class Details:
    """Notes each step of an upload; what is tried again, and how many chunks go at once, the log says."""

    def __init__(self, uploader: VideoUploader, note: Callable[[str], None]) -> None:
        self._uploader = uploader
        self._note = note
        self._begun: set[int] = set()
        uploader.add_event_listener(E.PRE_CHUNK, self._sends)
        uploader.add_event_listener(E.PRE_PAGE_SUBMIT, self._completes)
        uploader.add_event_listener(E.AFTER_PAGE, self._has_page)
        uploader.add_event_listener(E.AFTER_COVER, self._has_cover)
        uploader.add_event_listener(E.PRE_SUBMIT, self._submits)

    def _index(self, page: VideoUploaderPage) -> int:
        return self._uploader.pages.index(page)

    async def _sends(self, what: dict[str, Any]) -> None:
        index, progress = self._index(what["page"]), self._uploader.progress
        if index in self._begun:
            return
        self._begun.add(index)
        self._note(
            t(
                "P{number}: {chunks} over the line {line}; {window} at once.",
                number=index + 1,
                chunks=count(what["total_chunk_count"], "chunk"),
                line=safe(progress.pages[index].line or ""),
                window=progress.window,
            )
        )

    async def _completes(self, what: dict[str, Any]) -> None:
        self._note(
            t("P{number}: all chunks are stored; it is completed.", number=self._index(what["page"]) + 1)
        )

    async def _has_page(self, what: dict[str, Any]) -> None:
        index = self._index(what["page"])
        name = safe(self._uploader.progress.pages[index].filename or "")
        self._note(t("P{number}: stored as {name}.", number=index + 1, name=name))

    async def _has_cover(self, what: dict[str, Any]) -> None:
        self._note(t("The cover is stored: {url}", url=safe(what["url"])))

    async def _submits(self, _body: dict[str, Any]) -> None:
        interface = self._uploader.progress.interface
        if interface is not None:  # parts that are added to an archive go through no interface
            self._note(t("It is submitted through {interface}.", interface=safe(interface)))
