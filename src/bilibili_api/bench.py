"""Measures this machine and the lines to Bilibili, and says what holds uploads up.

    from bilibili_api import bench, sync

    async def main():
        machine = await bench.measure_machine("video.mp4")
        lines = [line async for line in bench.measure_lines()]
        print(bench.bottleneck(machine, lines))

    sync(main())

No login is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilibili_api.engine.bench_lines import LineRate, measure_lines
from bilibili_api.engine.bench_machine import Machine, Rate, measure_machine
from bilibili_api.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Bottleneck", "LineRate", "Machine", "Rate", "bottleneck", "measure_lines", "measure_machine"]


@frozen
class Bottleneck:
    """What holds uploads by UPOS up.

    Attributes:
        step: `read`, `tls` or `link`.
        rate: Bytes a second that it does.
        other: Bytes a second that the rest could do: the machine where the step is `link`, else the link;
            None: no line was measured.
        line: The fastest line; empty: none was measured.
    """

    step: str
    rate: float
    other: float | None
    line: str = ""


def bottleneck(machine: Machine, lines: Iterable[LineRate]) -> Bottleneck:
    """Return what holds uploads up: the slowest step of this machine, or the fastest line."""
    step, rate = machine.slowest
    measured = [(line.rate, line.name) for line in lines if line.rate is not None]
    if not measured:
        return Bottleneck(step, rate, None)
    link, name = max(measured)
    return Bottleneck("link", link, rate, name) if link < rate else Bottleneck(step, rate, link, name)
