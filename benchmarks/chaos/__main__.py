"""`python -m benchmarks.chaos`: kill processes that upload, a thousand times, and count what is lost."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.chaos.figures import Figures
from benchmarks.chaos.job import Job
from benchmarks.chaos.lane import Lane, War
from benchmarks.chaos.processes import nursery

from bilibili_api.journal import Journal

_FIRST_MID = 200_001


async def fight(seed: int, kills: int, lanes: int, seconds: float) -> Figures:
    """Kill so many processes, or for so long; return what came of it."""
    figures, numbers = Figures(), itertools.count(1)
    with tempfile.TemporaryDirectory(prefix="bvup-chaos-") as place:
        folder = Path(place)
        async with AsyncExitStack() as stack:
            born = await stack.enter_async_context(nursery())
            war = War(seed, kills, folder, Journal(folder / "journal.db"), born, figures)
            end = time.monotonic() + seconds

            async def one_lane(mid: int) -> None:
                async with Lane(war, mid) as lane:
                    while war.lasts and time.monotonic() < end:
                        await Job.begun(lane, next(numbers)).run()
                        print(f"\r{figures.kills} kills, {figures.finished} jobs", end="", file=sys.stderr)

            async with asyncio.TaskGroup() as group:
                for lane in range(lanes):
                    group.create_task(one_lane(_FIRST_MID + lane))
        await _look_at_journal(war)
    print(file=sys.stderr)
    return figures


async def _look_at_journal(war: War) -> None:
    """It was never set aside, knows every job, and calls each finished but those the user answered for."""
    aside = [path.name for path in war.folder.glob("*.aside*")]
    war.figures.unreadable += [f"the journal was set aside as {name}" for name in aside]
    jobs = await war.journal.jobs()
    done = sum(job.state == "done" for job in jobs)
    if done + war.figures.asked < war.figures.finished or len(jobs) != war.figures.begun:
        war.figures.unreadable.append(f"the journal knows {len(jobs)} jobs, of which {done} are done")


def main() -> int:
    """Run it, print the table; return 1 if something is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=1, help="of all chance; the instants of the machine differ"
    )
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--lanes", type=int, default=2, help="submissions at once")
    parser.add_argument("--seconds", type=float, default=3600, help="begin nothing new after that")
    given = parser.parse_args()
    began = time.monotonic()
    figures = asyncio.run(fight(given.seed, given.kills, given.lanes, given.seconds))
    print(figures.table())
    print(f"\n{time.monotonic() - began:.0f} seconds, seed {given.seed}, {os.cpu_count()} processors.")
    print(f"Errors after which a process was started again: {dict(figures.errors.most_common())}")
    if figures.refused:
        print(f"Refusals by the server that nobody ordered: {dict(figures.refused.most_common())}")
    for said in figures.broken:
        print(f"NOT ALLOWED: {said}")
    return 1 if figures.broken else 0


if __name__ == "__main__":
    sys.exit(main())
