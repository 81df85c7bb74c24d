"""An upload as plain lines, for files, pipes and logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bilibili_api.amounts import size_text
from bilibili_api.saying import joined

from .language import in_words, t
from .meter import Meter
from .stages import stage, waits
from .text import amount, duration, percent, safe

if TYPE_CHECKING:
    from bilibili_api.video_uploader import Progress

    from .outlet import Outlet

STEP: Final = 10
"""Percent between two lines."""
PAUSE: Final = 30.0
"""Seconds after which a line is written although little has happened."""
TOLD: Final = frozenset({"cover", "submit"})
"""Stages that get a line; the others are brief, or tell themselves by their percentages or by a note."""

BEFORE: Final = frozenset({"ready", "check", "login"})
"""Stages before anything is sent: parts that are done then were stored by an earlier run."""


class Lines:
    """Writes a line every ten percent, for each finished part and for what follows them.

    When half a minute has passed it writes one, too, if anything has changed.
    """

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self._meter = Meter()
        self._done: set[int] = set()
        self._stage = ""
        self._shown: tuple[float, int] | None = None  # when the last line was written, and at which step
        self._line = ""

    def begin(self, progress: Progress) -> None:
        """Count rate and time from here: what `progress` shows was stored before, and is no news."""
        self._meter = Meter()
        self._done = {i for i, page in enumerate(progress.pages) if page.done}
        self._shown = None

    def show(self, progress: Progress, now: float) -> None:
        """Write what is new at `now`, seconds of a steady clock."""
        self._meter.add(now, progress.sent)
        self._tell_progress(progress, now)
        self._tell_parts(progress)
        if progress.stage in TOLD and progress.stage != self._stage:
            self._stage = progress.stage
            self._outlet.say(stage(progress))

    def _tell_parts(self, progress: Progress) -> None:
        is_news = progress.stage not in BEFORE
        for i, page in enumerate(progress.pages):
            if page.done and not is_news:
                self._done.add(i)
            elif page.done and i not in self._done:
                self._done.add(i)
                self._outlet.say(
                    t(
                        "part {number} of {total} done: {title}, {size}",
                        number=i + 1,
                        total=len(progress.pages),
                        title=safe(page.title),
                        size=size_text(page.size),
                    )
                )

    def _tell_progress(self, progress: Progress, now: float) -> None:
        step = percent(progress.sent, progress.size) // STEP if progress.size else 0
        if self._shown is None:
            self._shown = (now, step)
        when, last = self._shown
        is_brief = now - when < PAUSE or progress.sent >= progress.size or progress.stage == "login needed"
        line = "" if step <= last and is_brief else self._said(progress)
        if line not in {"", self._line}:
            self._shown, self._line = (now, max(step, last)), line
            self._outlet.say(line)

    def _said(self, progress: Progress) -> str:
        done = f"{percent(progress.sent, progress.size):3d} %  {amount(progress.sent, progress.size)}"
        if self._meter.rate is None or progress.sent >= progress.size:
            return done
        if not self._meter.rate and (waited := waits(progress)):
            return in_words(joined(", ", (done, waited)))
        left = duration(self._meter.left(progress.size - progress.sent))
        return t("{done}, {rate}/s, {time} left", done=done, rate=size_text(self._meter.rate), time=left)

    def note(self, text: str) -> None:
        """Write what is waited for or tried again."""
        self._outlet.say(safe(text))

    def close(self) -> None:
        """Nothing stands open."""
