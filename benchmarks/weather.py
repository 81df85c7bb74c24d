"""`python -m benchmarks.weather`: an upload in three kinds of weather, recorded and drawn.

The simulator makes the weather: lines that are narrow, far away, lose connections, die. What the upload
tells, its events and twice a second its progress, goes to a file of JSON lines; `plot.py` makes
docs/weather.png of that.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from benchmarks.children import HERE
from benchmarks.plot import draw

from bilibili_api.simulator import Cut, Simulator
from bilibili_api.video_uploader import (
    Options,
    Server,
    VideoUploader,
    VideoUploaderCredential,
    VideoUploaderPage,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    Change = Callable[[Simulator], Coroutine[None, None, None]]

PART = 256 * 1024
"""Small parts, so that a minute shows much."""
THREADS = 16
MB = 1_000_000
_LOOK_EVERY = 0.5
_LONGEST = 120.0
_LINES = ("bda2", "bldsa", "tx")
_META = {"title": "weather", "copyright": 1, "tid": 21, "tag": "weather", "desc": ""}
_EVENTS = ("WINDOW_CHANGED", "LINE_CHANGED", "CHUNK_FAILED", "RETRY", "AFTER_PAGE")


@dataclass(frozen=True, slots=True)
class Weather:
    """What the simulator is told at first and later, and how many bytes are sent through it."""

    name: str
    size: int
    begins: Change
    later: Change


async def _far(sim: Simulator, *, each: float, together: float, others: float) -> None:
    """Let the first line be the best, with so many bytes a second for each connection and for all."""
    for name in _LINES:
        line = sim.lines[name]
        line.latency, line.per_connection, line.bandwidth = 0.12, each, others
    best = sim.lines[_LINES[0]]
    best.latency, best.bandwidth = 0.06, together


async def _steady(sim: Simulator) -> None:
    await _far(sim, each=1 * MB, together=8 * MB, others=6 * MB)


async def _lossy(sim: Simulator) -> None:
    await _far(sim, each=1 * MB, together=4 * MB, others=4 * MB)
    dice = random.Random(5)
    sim.faults.add("part", Cut(after=PART // 2), times=None, when=lambda _: dice.random() < 0.04)


async def _nothing(_sim: Simulator) -> None:
    """The weather stays."""


async def _narrows(sim: Simulator) -> None:
    await asyncio.sleep(15)
    sim.lines[_LINES[0]].bandwidth = 2 * MB


async def _dies(sim: Simulator) -> None:
    await asyncio.sleep(12)
    sim.lines[_LINES[0]].bandwidth = 50_000


WEATHERS = (
    Weather("steady", 150 * MB, _steady, _nothing),
    Weather("capped, with loss", 90 * MB, _lossy, _narrows),
    Weather("endpoint dying", 150 * MB, _steady, _dies),
)


class Record:
    """Writes what happens, with the seconds since the beginning."""

    def __init__(self, file: IO[str], weather: str) -> None:
        self._file = file
        self._weather = weather
        self._began = time.monotonic()

    def note(self, what: str, **facts: object) -> None:
        told = {
            "weather": self._weather,
            "t": round(time.monotonic() - self._began, 3),
            "what": what,
            **facts,
        }
        self._file.write(json.dumps(told) + "\n")

    def event(self, event: dict[str, Any]) -> None:
        """Note an event of an upload; of its facts those that are numbers or words."""
        facts = {name: value for name, value in event.items() if isinstance(value, int | str)}
        self.note("event", **facts)


async def upload(weather: Weather, file: Path, out: IO[str]) -> None:
    """Carry out one upload and record it."""
    with file.open("wb") as made:
        made.truncate(weather.size)
    async with Simulator(era="today") as sim:
        sim.limits.chunk_size, sim.limits.threads = PART, THREADS
        sim.lines.listed[:] = _LINES
        await weather.begins(sim)
        login = file.with_name("cookies.json")
        login.write_text(sim.cookies_json(), "utf-8")
        login.chmod(0o600)
        uploader = VideoUploader(
            [VideoUploaderPage(file, title="weather")],
            _META,
            VideoUploaderCredential.from_file(login),
            threads=THREADS,
            options=Options(server=Server(f"https://127.0.0.1:{sim.port}", sim.ca_file)),
        )
        record = Record(out, weather.name)
        for name in _EVENTS:
            uploader.on(name)(_teller(record, name))
        async with asyncio.TaskGroup() as group:
            more = [group.create_task(_watch(uploader, record)), group.create_task(weather.later(sim))]
            with contextlib.suppress(TimeoutError):  # the picture shows how far it came
                async with asyncio.timeout(_LONGEST):
                    await uploader.start()
            for task in more:
                task.cancel()


def _teller(record: Record, name: str) -> Callable[[dict[str, Any] | None], Awaitable[None]]:
    async def tell(event: dict[str, Any] | None) -> None:
        record.event({"event": name, **(event or {})})

    return tell


async def _watch(uploader: VideoUploader, record: Record) -> None:
    while True:
        progress = uploader.progress
        for page in progress.pages:
            record.note("progress", stored=page.stored, window=progress.window, line=page.line)
        await asyncio.sleep(_LOOK_EVERY)


def main() -> None:
    """Record, and draw."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.weather", description="Record and draw.")
    parser.add_argument("--record", type=Path, default=HERE.parent / "build" / "weather.jsonl")
    parser.add_argument("--picture", type=Path, default=HERE.parent / "docs" / "weather.png")
    parser.add_argument("--draw", action="store_true", help="only draw what was recorded")
    given = parser.parse_args()
    if not given.draw:
        given.record.parent.mkdir(exist_ok=True)
        with given.record.open("w", encoding="utf-8") as out, tempfile.TemporaryDirectory() as folder:
            for weather in WEATHERS:
                print(f"weather: {weather.name}", flush=True)
                asyncio.run(upload(weather, Path(folder, "weather.mp4"), out))
    draw(given.record, given.picture)


if __name__ == "__main__":
    main()
