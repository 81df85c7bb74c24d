"""Draws what `weather.py` has recorded: rate, window and line over time, one column for each weather."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Told = Mapping[str, Any]
    Axes = Any  # matplotlib's own types have holes

_OVER = 4
"""Samples that a rate is taken over."""
_COLOURS = {"rate": "tab:blue", "window": "tab:green", "line": "tab:purple", "trouble": "tab:red"}


def draw(record: Path, picture: Path) -> None:
    """Read the JSON lines and write a PNG."""
    told: dict[str, list[Told]] = defaultdict(list)
    for line in record.read_text("utf-8").splitlines():
        one = json.loads(line)
        told[one["weather"]].append(one)
    figure: Any = Figure(figsize=(13, 6.5), dpi=90, layout="constrained")
    rows = figure.subplots(3, len(told), squeeze=False, sharex="col", sharey="row")
    for column, (name, happened) in enumerate(told.items()):
        rate, window, line = (row[column] for row in rows)
        rate.set_title(name)
        _rate(rate, happened)
        _window(window, happened)
        _line(line, happened)
        line.set_xlabel("seconds")
    for row, label in zip(rows, ("rate, MB/s", "window, parts at once", "line"), strict=True):
        row[0].set_ylabel(label)
        for axes in row:
            axes.grid(alpha=0.3)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.print_png(str(picture))


def _rate(axes: Axes, happened: Sequence[Told]) -> None:
    looks = [one for one in happened if one["what"] == "progress"]
    pairs = list(zip(looks, looks[_OVER:], strict=False))
    times = [later["t"] for _, later in pairs]
    rates = [(b["stored"] - a["stored"]) / (b["t"] - a["t"]) / 1e6 for a, b in pairs]
    axes.plot(times, rates, color=_COLOURS["rate"])
    failed = [one["t"] for one in happened if one.get("event") == "CHUNK_FAILED"]
    axes.plot(failed, [0] * len(failed), "|", color=_COLOURS["trouble"], markersize=10, label="part failed")
    axes.set_ylim(bottom=0)
    if failed:
        axes.legend(loc="lower right")


def _window(axes: Axes, happened: Sequence[Told]) -> None:
    looks = [one for one in happened if one["what"] == "progress" and one["window"]]
    axes.step(
        [one["t"] for one in looks], [one["window"] for one in looks], where="post", color=_COLOURS["window"]
    )
    axes.set_ylim(bottom=0)


def _line(axes: Axes, happened: Sequence[Told]) -> None:
    """Draw where parts go: what the target names at first, then each line that takes over."""
    first = next((one["line"] for one in happened if one["what"] == "progress" and one["line"]), "")
    times, lines = [0.0], [first]
    for one in happened:
        if one.get("event") == "LINE_CHANGED":
            times.append(one["t"])
            lines.append(one["to"])
    axes.step([*times, happened[-1]["t"]], [*lines, lines[-1]], where="post", color=_COLOURS["line"])
    for time, line in zip(times[1:], lines[1:], strict=True):
        axes.plot([time], [line], "o", color=_COLOURS["line"])
