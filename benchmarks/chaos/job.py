"""Submissions that are hit until they are finished, and what is found out about each."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from benchmarks.chaos.books import Books
from benchmarks.chaos.child import Orders
from benchmarks.chaos.figures import PART, THREADS
from benchmarks.chaos.lane import NOTICED
from benchmarks.chaos.trouble import LINES, blow

from bilibili_api.exceptions import ApiException

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.chaos.figures import Figures
    from benchmarks.chaos.lane import Lane
    from benchmarks.chaos.processes import Process

    from bilibili_api.simulator import Archive, Received

_MOST_RUNS = 90
"""Processes that may work on one submission before it counts as lost."""
_PEACE_AFTER = 45
"""Processes after which a submission is left in peace, so that it can be finished at all."""
_SLOW_PEACE = 12
"""The same for those that `bvup` makes, which takes its time to start."""
_HUNG = 60.0
"""Seconds after which a process that nothing happens to counts as hung."""
_COMMANDS = 0.06
"""How many of the submissions are made by `bvup`."""


@dataclass
class Job:
    """One submission, from the first process to the archive."""

    lane: Lane
    number: int
    dice: Random
    line: str
    is_command: bool
    sources: dict[str, Path]
    books: Books = field(default_factory=lambda: Books(PART))
    runs: int = 0
    again: bool = False

    @classmethod
    def begun(cls, lane: Lane, number: int) -> Job:
        """Make its files."""
        dice = Random(f"{lane.war.seed} {number}")
        sources: dict[str, Path] = {}
        for page in range(1, dice.choice((2, 2, 3)) + 1):
            path = lane.war.folder / f"{number}-{page}.mp4"
            path.write_bytes(dice.randbytes(dice.randrange(8, 40) * PART + dice.randrange(1, PART)))
            sources[f"job {number} page {page}"] = path
        line, is_command = dice.choice(list(LINES)), dice.random() < _COMMANDS
        job = cls(lane, number, dice, line, is_command, sources)
        figures = lane.war.figures
        figures.begun += 1
        figures.bytes += sum(path.stat().st_size for path in sources.values())
        lane.begin(dice, line, job.arrives)
        return job

    @property
    def title(self) -> str:
        """Of the submission."""
        return f"Job {self.number} of the chaos"

    @property
    def archives(self) -> list[Archive]:
        """What the server has of it."""
        return [archive for archive in self.lane.sim.archives if archive.title == self.title]

    def arrives(self, received: Received) -> None:
        """Enter in the books a request that begins, after those that have ended."""
        self._note()
        self.books.arrived(received)

    async def run(self) -> None:
        """Let process after process work on it until it is finished."""
        while self.runs < _MOST_RUNS:
            if await self._one_more():
                self.lane.war.figures.finished += 1
                break
        else:
            self._figures.lost.append(f"{self.title} is lost after {self.runs} processes")
        await self._look()
        for path in self.sources.values():
            path.unlink()

    @property
    def _figures(self) -> Figures:
        return self.lane.war.figures

    async def _one_more(self) -> bool:
        """Let one more process work on it; return whether it is finished."""
        self.runs += 1
        war, dice = self.lane.war, self.dice
        self.lane.way.rate = dice.choice((None, None, 4e6, 1e6)) if war.lasts else None
        is_hit = war.lasts and self.runs < (_SLOW_PEACE if self.is_command else _PEACE_AFTER)
        twins = [await self._born(twin) for twin in range(2 if is_hit and dice.random() < 0.05 else 1)]
        over = asyncio.gather(*(process.ended() for process in twins))
        strikes = asyncio.create_task(self._strikes(twins) if is_hit else asyncio.sleep(_HUNG))
        await asyncio.wait({over, strikes}, return_when=asyncio.FIRST_COMPLETED)
        if not over.done() and not is_hit:
            self._figures.foreign.append(f"{self.title}: a process hung")
            self._kill(twins)
        if not over.done():
            await asyncio.wait({over}, timeout=5)
        killed = is_hit and strikes.done() and strikes.result() is True
        strikes.cancel()
        await asyncio.wait({strikes})
        await self.lane.quiet()
        self._note()
        if killed:
            self.books.blow()
            await self._read_journal()
        ends = [self._is_end(process.outcome(), killed=killed) for process in twins]
        return any(ends)

    async def _born(self, twin: int) -> Process:
        lane, war = self.lane, self.lane.war
        orders = Orders(
            server=f"https://127.0.0.1:{lane.way.port}",
            ca=str(lane.sim.ca_file),
            access_key=lane.account.access_key,
            cookies=lane.sim.cookies(lane.account),
            journal=str(war.journal.path),
            pages=[(str(path), title) for title, path in self.sources.items()],
            title=self.title,
            line=self.line,
            threads=THREADS,
            chunk_size=PART,
            outcome=str(war.folder / f"{self.number}-{self.runs}-{twin}.json"),
            login=str(lane.login),
            is_command=self.is_command,
            again=self.again,
            job=await self._entry() if self.again else 0,
        )
        self._figures.processes += 1
        if self.dice.random() < 0.06:
            return await war.nursery.fresh(orders)
        return await war.nursery.born(orders)

    async def _entry(self) -> int:
        """Return its number in the journal."""
        jobs = await self.lane.war.journal.jobs()
        return max(job.id for job in jobs if job.title == self.title)

    async def _strikes(self, twins: list[Process]) -> bool:
        """Let blows fall until one of them has killed; return whether it came in time."""
        while True:
            one = blow(self.dice, self.line)
            await self.lane.moment(one)
            if one.is_kill:
                return self._kill(twins)
            self._figures.cuts += 1
            await self._lose_connections(one.away)

    async def _lose_connections(self, away: float) -> None:
        way = self.lane.way
        way.is_away = True
        try:
            way.cut()
            await asyncio.sleep(NOTICED)
            self._note()
            self.books.blow()
            await asyncio.sleep(away)
        finally:
            way.is_away = False

    def _kill(self, twins: list[Process]) -> bool:
        hit = sum([process.kill() for process in twins])
        self._figures.kills += hit
        return hit > 0

    def _note(self) -> None:
        exchanges = self.lane.sim.exchanges
        self.books.take(exchanges)
        exchanges.clear()

    async def _read_journal(self) -> None:
        try:
            await self.lane.war.journal.jobs()
        except ApiException as error:
            self._figures.unreadable.append(f"{self.title}: {error}")

    def _is_end(self, outcome: dict[str, Any] | None, *, killed: bool) -> bool:
        figures = self._figures
        if outcome is None:
            if not killed:
                figures.foreign.append(f"{self.title}: a process ended without a word")
            return False
        if "crash" in outcome:
            figures.foreign.append(f"{self.title}: {outcome['crash']}")
            return False
        if "result" in outcome:
            return True
        figures.errors[outcome["error"]] += 1
        if not outcome["hint"] or not outcome["said"]:
            figures.foreign.append(f"{self.title}: {outcome} says no remedy")
        self.again = outcome["error"] == "SUBMISSION_UNKNOWN" and not self.archives
        figures.asked += outcome["error"] == "SUBMISSION_UNKNOWN"
        return outcome["error"] == "SUBMISSION_UNKNOWN" and bool(self.archives)

    async def _look(self) -> None:
        """Compare what the server has with what it should have."""
        figures, archives = self._figures, self.archives
        if len(archives) > 1:
            figures.doubled.append(f"{self.title} was submitted {len(archives)} times")
        wanted = [_md5(path) for path in self.sources.values()]
        kept = [video.filename for archive in archives for video in archive.videos]
        if archives and [video.md5 for video in archives[0].videos] != wanted:
            figures.differing.append(f"{self.title}: the stored content is not that of the source")
        waste = self.books.waste(kept)
        figures.idle += waste.pop(self.books.epoch, 0)
        figures.again += [waste[epoch] for epoch in range(self.books.epoch)]
        figures.raced += self.books.raced
        figures.refused.update(self.books.refused)


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
