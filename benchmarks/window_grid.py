"""The window against fixed numbers of streams, in real time over real sockets.

Each cell is a line of the simulator: what one connection reaches, what all reach together, how long each
request waits, and what share of the parts is answered with 502. A run counts what the server has read after
so many seconds, of parts that it stored or was being sent; not what waits in buffers on the way, which is the
more the more streams there are. The whole grid in virtual time is tests/engine/test_window_grid.py.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from bilibili_api.engine import window, window_gate
from bilibili_api.simulator import DEMO_ACCOUNT, Simulator, Status
from bilibili_api.video_uploader import (
    Options,
    Server,
    VideoUploader,
    VideoUploaderCredential,
    VideoUploaderPage,
)

if TYPE_CHECKING:
    from bilibili_api.engine.window import Sample, Window

META = {"title": "benchmark", "copyright": 1, "tid": 21, "tag": "benchmark", "desc": ""}
MB = 1_000_000
PART = 10 * 1024 * 1024
SIZE = 4 * 1024**3
CEILING = 12
FIXED = (1, 2, 4, 8, 12)


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of link; rates in megabytes a second, latency in seconds, failing as a share."""

    per_connection: float
    total: float
    latency: float = 0.0
    failing: float = 0.0


CELLS = (
    Cell(1, 30),
    Cell(1, 30, 0.2),
    Cell(1, 30, 0.05, 0.1),
    Cell(5, 10, 0.05),
    Cell(5, 10, 0.3, 0.1),
    Cell(30, 10),
)


async def reached(cell: Cell, streams: int | None, seconds: float, file: Path) -> tuple[float, int]:
    """Megabytes a second with so many streams, None: as the window says; and how many at the end."""
    async with Simulator(era="today") as sim:
        _set_up(sim, cell)
        credential = VideoUploaderCredential(
            access_key=DEMO_ACCOUNT.access_key, platform="BiliTV", cookies=sim.cookies(DEMO_ACCOUNT)
        )
        uploader = VideoUploader(
            [VideoUploaderPage(file, title="benchmark")],
            META,
            credential,
            threads=streams or CEILING,
            line="bda2",
            options=Options(server=Server(sim.url, sim.ca_file)),
        )
        running = asyncio.create_task(uploader.start())
        while not uploader.progress.sent:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.01)
        await asyncio.sleep(seconds)
        streams_at_end = uploader.progress.window
        await uploader.abort()
        await running
    read = sum(one.taken for one in sim.exchanges if one.method == "PUT" and one.status in (200, None))
    return read / seconds / MB, streams_at_end


def _set_up(sim: Simulator, cell: Cell) -> None:
    sim.limits.chunk_size = PART
    for line in sim.lines.values():
        line.per_connection = cell.per_connection * MB
        line.latency = cell.latency
    sim.limits.bandwidth = cell.total * MB
    dice = random.Random(1)
    sim.faults.add("part", Status(502), times=None, when=lambda _: dice.random() < cell.failing)


async def fixed(cell: Cell, streams: int, seconds: float, file: Path) -> float:
    """Megabytes a second with a window that never changes."""
    with patch.object(window, "START", streams), patch.object(window_gate, "after", _keep):
        return (await reached(cell, streams, seconds, file))[0]


def _keep(present: Window, _: Sample) -> Window:
    return present


async def table(seconds: float) -> None:
    """Print one row for each cell."""
    print(
        "| per connection | together | latency | failing |",
        *(f"N={n} |" for n in FIXED),
        "adaptive | of best |",
    )
    print("|" + "---|" * (6 + len(FIXED)))
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.truncate(SIZE)
        for cell in CELLS:
            rates = [await fixed(cell, streams, seconds, Path(file.name)) for streams in FIXED]
            adaptive, streams = await reached(cell, None, seconds, Path(file.name))
            print(
                f"| {cell.per_connection} MB/s | {cell.total} MB/s | {cell.latency} s | {cell.failing:.0%} |",
                *(f"{rate:.2f} |" for rate in rates),
                f"{adaptive:.2f} (N={streams}) | {adaptive / max(rates):.0%} |",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="Length of each run.")
    asyncio.run(table(parser.parse_args().seconds))
