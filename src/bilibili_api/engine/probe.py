"""Which line is near, and which comes next? Measures all lines at once (protocol document, section 4.1)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from bilibili_api.exceptions import ApiException
from bilibili_api.protocol import lines
from bilibili_api.protocol.codes import Step

from .retry import persist

if TYPE_CHECKING:
    from .http import Http
    from .options import Options
    from .waits import Waits

PATIENCE: Final = 8.0
"""Seconds for one line; a slower one is no candidate."""

log = logging.getLogger("bilibili_api")


class Lines(Protocol):
    """Where a page may go."""

    async def line(self) -> lines.Line:
        """The line to take."""
        ...

    async def other(self) -> lines.Line | None:
        """Another line instead of that one, from now on; None: there is none, or none answers."""
        ...


class Named:
    """The line that the caller names: there is no other."""

    def __init__(self, line: lines.Line) -> None:
        self._line = line

    async def line(self) -> lines.Line:
        """See `Lines`."""
        return self._line

    async def other(self) -> None:
        """See `Lines`."""


class Probe:
    """Finds the nearest line, once; and the next one when it is to be left."""

    def __init__(self, http: Http, options: Options, waits: Waits | None = None) -> None:
        self._http = http
        self._options = options
        self._waits = waits
        self._found: lines.Line | None = None
        self._left: set[str] = set()

    async def line(self) -> lines.Line:
        """The line that answered first; when nothing can be measured, Bilibili's own."""
        if self._found is None:
            self._found = await self._measure()
        return self._found

    async def other(self) -> lines.Line | None:
        """The line that answers first now, of those that were not taken before.

        The way to them may have changed since the first measurement, which is why they are measured again.
        """
        present = await self.line()
        try:
            probe = await self._ask()
        except ApiException:  # the network is away as a whole, or Bilibili itself
            return None
        left = self._left | {present.probe_host}
        fresh = tuple(line for line in probe.lines if line.probe_host not in left)
        other = await self._first_of(replace(probe, lines=fresh))
        if other is not None:
            self._found, self._left = other, left
        return other

    async def _ask(self) -> lines.Probe:
        return lines.parse_probe(await self._http.send(lines.probe_request()))

    async def _measure(self) -> lines.Line:
        try:
            probe = await persist(Step.PROBE, self._ask, self._options, self._waits)
        except ApiException as error:
            log.warning("the lines cannot be asked for: %s Line %r is taken.", error, lines.DEFAULT.name)
            return lines.DEFAULT
        nearest = await self._first_of(probe)
        if nearest is None:
            log.warning("no line answers its measurement. Line %r is taken.", lines.DEFAULT.name)
            return lines.DEFAULT
        log.info("line %r answered first", nearest.name)
        return nearest

    async def _first_of(self, probe: lines.Probe) -> lines.Line | None:
        """The line that answers first, since all begin at once; None: not one answers."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._measured(line, probe)) for line in probe.lines]
            for finished in asyncio.as_completed(tasks):
                if (line := await finished) is not None:
                    for task in tasks:
                        task.cancel()
                    return line
        return None

    async def _measured(self, line: lines.Line, probe: lines.Probe) -> lines.Line | None:
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self._http.send(lines.measure_request(line, probe))
        except (ApiException, TimeoutError):
            return None
        return line if answer.status == 200 else None
