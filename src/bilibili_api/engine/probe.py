"""Which line is the best, and which is next? Measures all lines at once (protocol document, section 4.1)."""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from bilibili_api.exceptions import ApiException
from bilibili_api.protocol import lines
from bilibili_api.protocol.bodies import Framed
from bilibili_api.protocol.codes import Step
from bilibili_api.saying import say

from .flow import Flow
from .line_choice import Choice, Measured, ranking
from .retry import persist

if TYPE_CHECKING:
    from collections.abc import Callable

    from .http import Http
    from .options import Options, World
    from .sights import Sights
    from .waits import Waits

PATIENCE: Final = 8.0
"""Seconds for one line; a slower one is no candidate."""
GRACE: Final = 0.05
"""Seconds that the others get after the first answer, in addition to the time that that one took."""
GRACE_REMEMBERED: Final = 1.0
"""Seconds that a line gets which did better on this network than those that have answered."""
AGAIN: Final = 600.0
"""Seconds between two measurements for the sake of a line that has become slow."""

log = logging.getLogger("bilibili_api")


class Lines(Protocol):
    """Where a page may go."""

    sights: Sights
    """What is known of lines and hosts."""

    async def line(self) -> Choice:
        """The line for a page that begins."""
        ...

    async def other(self, left: str) -> Choice | None:
        """Another line instead of the one of that name, from now on; None: there is none, or none answers."""
        ...

    def look_back(self) -> None:
        """Say, once, what this upload's sights and those of earlier ones say against the caller's choice."""
        ...


_told: set[tuple[World, str]] = set()
"""The lines of whose choice was told, by the world of the uploads: a batch has many of these."""


class Named:
    """The line that the caller names: there is no other, and none is measured.

    Args:
        line: The line.
        sights: What is known of it and of others.
        world: Whose uploads these are; they are told together what speaks against the choice.
    """

    def __init__(self, line: lines.Line, sights: Sights, world: World) -> None:
        self._choice = Choice(line, say("asked for by name"))
        self._world = world
        self.sights = sights

    async def line(self) -> Choice:
        """See `Lines`."""
        await self.sights.recall()
        return self._choice

    async def other(self, left: str) -> None:
        """See `Lines`."""
        del left

    def look_back(self) -> None:
        """See `Lines`."""
        name = self._choice.line.name
        if (self._world, name) not in _told and (outdone := self.sights.outdone(name)):
            _told.add((self._world, name))
            log.info(outdone)


class Begun(Named):
    """The line of a page that was begun, where nobody chose one: there is nothing to say against it."""

    def look_back(self) -> None:
        """See `Lines`."""


class Probe:
    """Finds the best line; and the next one when it is to be left."""

    def __init__(self, http: Http, options: Options, sights: Sights, waits: Waits | None = None) -> None:
        self.sights = sights
        self._http = http
        self._options = options
        self._waits = waits
        self._found: Choice | None = None
        self._left: set[str] = set()
        self._next_look = -math.inf
        self._deciding = asyncio.Lock()

    async def line(self) -> Choice:
        """The best line by what is known of it; when nothing can be measured, Bilibili's own.

        Once one is taken it is left only if another was seen to do much better; both are then measured again,
        since the way to all of them may have become slow.
        """
        async with self._deciding:
            return await self._present()

    async def other(self, left: str) -> Choice | None:
        """The best line now, of those that were not taken before; the one that was found meanwhile, if any.

        The way to them may have changed since the first measurement, which is why they are measured again.
        """
        async with self._deciding:
            present = await self._present()
            if present.line.name != left:
                return present
            self._left.add(present.line.probe_host)
            if (other := await self._best_now()) is None:
                self._left.discard(present.line.probe_host)
                return None
            return self._take(other)

    def look_back(self) -> None:
        """The choice looks back by itself."""

    async def _present(self) -> Choice:
        if self._found is None:
            return self._take(await self._first())
        now = self._options.world.elapsed()
        if now >= self._next_look and self.sights.is_slow(self._found.line.name):
            self._next_look = now + AGAIN
            return self._take(await self._best_now() or self._found)
        return self._found

    def _take(self, choice: Choice) -> Choice:
        if self._found is None or choice.line != self._found.line:
            log.info(say("line {name}: {reason}", name=choice.line.name, reason=choice.reason))
        self._found = choice
        return choice

    async def _ask(self) -> lines.Probe:
        return lines.parse_probe(await self._http.send(lines.probe_request()))

    async def _first(self) -> Choice:
        own = lines.DEFAULT
        try:
            probe = await persist(Step.PROBE, self._ask, self._options, self._waits)
        except ApiException as error:
            log.warning(
                say(
                    "the lines cannot be asked for: {error} Line {line!r} is taken.",
                    error=error,
                    line=own.name,
                )
            )
            return Choice(own, say("Bilibili's own; the lines cannot be asked for"))
        best = await self._best_of(probe)
        if best is None:
            log.warning(say("no line answers its measurement. Line {line!r} is taken.", line=own.name))
            return Choice(own, say("Bilibili's own; no line answers its measurement"))
        return best

    async def _best_now(self) -> Choice | None:
        try:
            probe = await self._ask()
        except ApiException:  # the network is away as a whole, or Bilibili itself
            return None
        fresh = tuple(line for line in probe.lines if line.probe_host not in self._left)
        return await self._best_of(replace(probe, lines=fresh))

    async def _best_of(self, probe: lines.Probe) -> Choice | None:
        await self.sights.recall()
        measured = await self._answers(probe)
        for each in measured:
            self.sights.promises(each)
        seen, now = self.sights.lines(), self._options.world.now()
        return next(iter(ranking(measured, seen, now)), None)

    async def _answers(self, probe: lines.Probe) -> list[Measured]:
        """Measure all lines at once; those that are still at it soon after the first answer are too far."""
        answers: list[Measured] = []
        loop = asyncio.get_running_loop()
        begun, soon, end = loop.time(), 0.0, None
        async with asyncio.TaskGroup() as group:
            lines_of = {
                group.create_task(self._measure(line, probe, answers)): line.name for line in probe.lines
            }
            pending = set(lines_of)
            while pending and (end is None or loop.time() < end):
                rest = None if end is None else end - loop.time()
                _, pending = await asyncio.wait(pending, timeout=rest, return_when=asyncio.FIRST_COMPLETED)
                if answers:
                    soon = soon or 2 * loop.time() - begun + GRACE
                    names = {lines_of[task] for task in pending}
                    is_worth_it = self.sights.is_worth_waiting(names, {each.line.name for each in answers})
                    end = max(soon, begun + GRACE_REMEMBERED) if is_worth_it else soon
            for task in pending:
                task.cancel()
        return answers

    async def _measure(self, line: lines.Line, probe: lines.Probe, answers: list[Measured]) -> None:
        elapsed = self._options.world.elapsed
        request, flow, begun = lines.measure_request(line, probe), _Timed(elapsed), elapsed()
        if probe.size and not self.sights.is_limited:  # else it would wait for its turn, and tell nothing
            request = replace(request, body=Framed(b"", memoryview(bytes(probe.size)), b""))
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self._http.send(request, flow=flow)
        except (ApiException, TimeoutError):
            return
        if answer.status == 200:
            now, stood = elapsed(), flow.stood
            seconds = now - stood if stood is not None else 0.0
            rate = probe.size / seconds if seconds > 0 else None
            answers.append(Measured(line, (now if stood is None else stood) - begun, rate))


class _Timed(Flow):
    """Notes when the connection stood."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        super().__init__()
        self._elapsed = elapsed
        self.stood: float | None = None

    def began(self, length: int) -> None:
        """See `Flow`."""
        self.stood = self._elapsed()
        super().began(length)
