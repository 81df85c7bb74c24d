"""An upload as a live picture on a terminal."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from .frame import Line, frame, glyphs_for, status
from .meter import Meter
from .text import fill, safe

if TYPE_CHECKING:
    from bilibili_api.video_uploader import Progress

    from .outlet import Outlet

MOST_PARTS: Final = 8
"""Parts shown at once; more would push what was said before off the screen."""


class Bars:
    """Draws a bar per part and one for the whole; notes scroll by above them."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self._console = Console(file=outlet.stream, markup=False, highlight=False, emoji=False)
        self._glyphs = glyphs_for(self._console.encoding)
        self._meter = Meter()
        self._bars: list[Line] = []
        self._live = Live(
            console=self._console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )

    def begin(self, progress: Progress) -> None:
        """Count rate and time from here: what `progress` shows was stored before."""
        del progress
        self._meter = Meter()

    def show(self, progress: Progress, now: float) -> None:
        """Draw a snapshot, taken at `now` on a steady clock."""
        self._meter.add(now, progress.sent)
        width, height = self._console.size
        room = max(1, min(MOST_PARTS, height - 6))
        self._bars = frame(self._titled(progress), width, room, self._glyphs)
        self._draw([*self._bars, status(progress, self._meter, width, self._glyphs)])

    def _paint(self, line: Line) -> Text:
        text = Text(self._writable(line.text), no_wrap=True, overflow="crop")
        text.stylize("green" if line.done else "cyan", *line.bar)
        return text

    def _titled(self, progress: Progress) -> Progress:
        """Return the progress with titles that take the cells which they will take on this terminal."""
        pages = (replace(page, title=self._writable(safe(page.title))) for page in progress.pages)
        return replace(progress, pages=tuple(pages))

    def _writable(self, text: str) -> str:
        encoding = self._console.encoding
        return text.encode(encoding, "backslashreplace").decode(encoding)

    def _draw(self, lines: list[Line]) -> None:
        if self._outlet.gone:
            return
        try:
            self._live.start()
            self._live.update(Group(*(self._paint(line) for line in lines)), refresh=True)
        except OSError:  # the terminal was closed; the upload goes on
            self._outlet.leave()

    def note(self, text: str) -> None:
        """Show a line, with the time of day, above the bars."""
        if self._outlet.gone:
            return
        try:
            said = self._writable(f"{time.strftime('%H:%M:%S')} {safe(text)}")
            self._console.print(Text("\n".join(fill(said, self._console.width, "", ""))))
        except OSError:
            self._outlet.leave()

    def close(self) -> None:
        """Leave the last bars standing, without what was going on, and give the cursor back."""
        self._draw(self._bars)
        self._live.stop()
