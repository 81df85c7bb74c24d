"""The live picture of an upload as lines of text. Pure: progress and width in, lines out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size

from bilibili_api.amounts import rate_text
from bilibili_api.frozen import frozen

from .language import t, tn
from .stages import stage, waits
from .text import amount, duration, percent, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilibili_api.video_uploader import PageProgress, Progress

    from .meter import Meter

MIN_BAR: Final = 6
"""Cells below which a bar says nothing and is left out."""


@frozen
class Glyphs:
    """What bars and cuts are drawn with."""

    full: str
    half: str
    empty: str
    cut: str


UNICODE: Final = Glyphs("━", "╸", "─", "…")
ASCII: Final = Glyphs("#", "#", "-", "~")


def glyphs_for(encoding: str | None) -> Glyphs:
    """Return the finest glyphs that `encoding` can write."""
    try:
        "━╸─…".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


@frozen
class Line:
    """One line; `bar` is where its bar stands, for colouring, which never carries a meaning of its own."""

    text: str
    bar: tuple[int, int] = (0, 0)
    done: bool = False


@frozen
class Row:
    """One thing with a bar."""

    label: str
    taken: int
    total: int
    done: bool

    @property
    def percent(self) -> int:
        """Whole percent; 100 only once the server has confirmed it."""
        return 100 if self.done else min(99, percent(self.taken, self.total))


def bar(share: float, width: int, glyphs: Glyphs) -> str:
    """Return a bar of `width` cells filled to `share` (0..1), in half cells where the glyphs allow it."""
    halves = round(min(max(share, 0.0), 1.0) * width * 2)
    full, half = divmod(halves, 2)
    return (glyphs.full * full + glyphs.half * half).ljust(width, glyphs.empty)[:width]


def fit(label: str, width: int, glyphs: Glyphs) -> str:
    """Return `label` in exactly `width` cells, wide characters counted as two, cut visibly when too long."""
    if cell_len(label) <= width:
        return set_cell_size(label, width)
    return set_cell_size(set_cell_size(label, width - 1).rstrip() + glyphs.cut, width)


def window(pages: Sequence[PageProgress], room: int) -> tuple[int, int]:
    """Return which pages are shown when only `room` fit: the last finished one, then those at work."""
    current = next((i for i, page in enumerate(pages) if not page.done), len(pages))
    start = max(0, min(current - 1, len(pages) - room))
    return start, min(len(pages), start + room)


def draw(row: Row, widths: tuple[int, int, int], glyphs: Glyphs) -> Line:
    """Return the line of one row; `widths` are those of label, bar and amount, 0 leaves a column out."""
    label_width, bar_width, amount_width = widths
    text = f" {fit(row.label, label_width, glyphs)}"
    span = (0, 0)
    if bar_width:
        share = 1.0 if row.done else row.taken / row.total if row.total else 0.0
        span = (len(text) + 1, len(text) + 1 + bar_width)
        text += " " + bar(share, bar_width, glyphs)
    text += f" {row.percent:3d}%"
    if amount_width:
        text += f"  {amount(row.total if row.done else row.taken, row.total):>{amount_width}}"
    return Line(text, span, row.done)


def columns(rows: Sequence[Row], width: int) -> tuple[int, int, int]:
    """Share `width` cells among label, bar and amount; narrow terminals lose the amount, then the bar."""
    label = min(max(cell_len(row.label) for row in rows), max(8, width * 2 // 5))
    amounts = max(len(amount(row.total, row.total)) for row in rows)
    rest = width - label - 8  # the spaces between, and "100%"
    if rest - amounts - 2 >= MIN_BAR:
        return label, rest - amounts - 2, amounts
    return label, rest if rest >= MIN_BAR else 0, 0


def frame(progress: Progress, width: int, room: int, glyphs: Glyphs = UNICODE) -> list[Line]:
    """Return the bars of one moment.

    Args:
        progress: What `VideoUploader.progress` says.
        width: Cells of a line.
        room: How many parts are shown at most; the others are counted.
        glyphs: What to draw with.
    """
    pages = progress.pages
    start, stop = window(pages, room)
    rows = [
        Row(f"P{i + 1} {safe(page.title)}".strip(), page.sent, page.size, page.done)
        for i, page in enumerate(pages[start:stop], start)
    ]
    total = Row(t("Total"), progress.sent, progress.size, all(page.done for page in pages))
    widths = columns([*rows, total], width)
    lines: list[Line] = []
    if start:
        lines.append(_note(tn(start, "{n} earlier part done", "{n} earlier parts done"), width, glyphs))
    lines += [draw(row, widths, glyphs) for row in rows]
    if stop < len(pages):
        rest = tn(len(pages) - stop, "{n} more part to come", "{n} more parts to come")
        lines.append(_note(rest, width, glyphs))
    if len(pages) > 1:
        lines.append(draw(total, widths, glyphs))
    return lines


def status(progress: Progress, meter: Meter, width: int, glyphs: Glyphs = UNICODE) -> Line:
    """Return "3.1 MB/s, 0:09 left, uploading"; rate and time only while bytes are on their way.

    While something is waited for: "told to slow down, next try 14:20".
    """
    said = stage(progress)
    if progress.stage == "upload" and progress.sent < progress.size:
        rate = "-- MB/s" if meter.rate is None else rate_text(meter.rate)
        left = duration(meter.left(progress.size - progress.sent))
        if progress.limit is None:
            said = t("{rate}, {time} left, {stage}", rate=rate, time=left, stage=said)
        else:
            said = t(
                "{rate}, {time} left, {stage}, limited to {limit}",
                rate=rate,
                time=left,
                stage=said,
                limit=progress.limit,
            )
    return _note(waits(progress) or said, width, glyphs)


def _note(said: str, width: int, glyphs: Glyphs) -> Line:
    return Line(fit(f" {said}", width, glyphs).rstrip())
