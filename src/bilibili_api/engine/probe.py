"""Which line is near? Asks for lines and measures them all at once (protocol document, section 4.1)."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ApiException
from bilibili_api.protocol import lines
from bilibili_api.protocol.codes import Step

from .retry import persist

if TYPE_CHECKING:
    from .http import Http
    from .options import Options

PATIENCE: Final = 8.0
"""Seconds for one line; a slower one is no candidate."""

log = logging.getLogger("bilibili_api")


class Probe:
    """Finds the nearest line, once."""

    def __init__(self, http: Http, options: Options) -> None:
        self._http = http
        self._options = options
        self._found: lines.Line | None = None

    async def line(self) -> lines.Line:
        """The line that answered first; when nothing can be measured, Bilibili's own."""
        if self._found is None:
            self._found = await self._measure()
        return self._found

    async def _measure(self) -> lines.Line:
        async def ask() -> lines.Probe:
            return lines.parse_probe(await self._http.send(lines.probe_request()))

        try:
            probe = await persist(Step.PROBE, ask, self._options)
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
