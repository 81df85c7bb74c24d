"""How fast the lines to the storage are: connection, TLS, small transfer (protocol document, section 4.1)."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ApiException, NetworkException
from bilibili_api.frozen import frozen
from bilibili_api.protocol import lines
from bilibili_api.protocol.bodies import Framed
from bilibili_api.saying import say

from .connecting import connected
from .options import Options, Server
from .retry import one_error

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from .http import Http

STREAMS: Final = 3
"""Connections to one line, which is what uploads begin with (section 4.7)."""
ROUNDS: Final = 2
"""Bodies over each of them: the first lets TCP find its pace, the last is timed."""
PATIENCE: Final = 5.0
"""Seconds for all of one line."""
TOGETHER: Final = 7.0
"""Seconds for all lines; those whose turn has not come by then are left out."""


@frozen
class LineRate:
    """What one line did.

    Attributes:
        name: What users call it.
        host: Where it is; empty: only the server knows.
        connect: Seconds until the connection stood, by way of the proxy if there is one; None: it did not.
        tls: Seconds that TLS took to be agreed on.
        bytes: Bytes of the transfer that was timed; 0: none was.
        rate: Bytes a second of it, all streams together, one round trip taken off; at least that much goes
            through, since so short a transfer never comes to full speed. None: none was.
        problem: Why something of this is lacking, as a sentence; empty: nothing is.
    """

    name: str
    host: str
    connect: float | None = None
    tls: float | None = None
    bytes: int = 0
    rate: float | None = None
    problem: str = ""


async def measure_lines(
    names: Sequence[str] = (), *, options: Options | None = None
) -> AsyncGenerator[LineRate]:
    """Measure the lines that Bilibili proposes now, one after the other; no login is needed.

    No request carries more than Bilibili asks clients to measure with: usually 0.1 MiB, six times a line.

    Args:
        names: Only these, also those that are not proposed now.
        options: Server, network and patience; by default `Server.from_environment()`.

    Raises:
        ArgsException: There is no line of such a name.
        ApiException: Bilibili cannot be asked for its lines.
    """
    named = [lines.line_named(name) for name in names]
    options = options or Options(server=Server.from_environment())
    options = replace(options, patience=replace(options.patience, connect=PATIENCE, answer=PATIENCE))
    async with connected(options) as http:
        probe = lines.parse_probe(await http.send(lines.probe_request()))
        proposed = {line.name: line for line in probe.lines}
        wanted = [proposed.get(line.name, line) for line in named] or list(probe.lines)
        end = time.monotonic() + TOGETHER
        for line in wanted:
            if not line.probe_host:
                yield LineRate(line.name, "", problem=say("Only the server knows its host."))
            elif time.monotonic() > end:
                yield LineRate(line.name, line.probe_host, problem=say("It was left out: the time is up."))
            else:
                yield await _measured(http, line, probe)


async def _measured(http: Http, line: lines.Line, probe: lines.Probe) -> LineRate:
    found = LineRate(line.name, line.probe_host)
    try:
        async with asyncio.timeout(PATIENCE):
            seconds = await _transfer(http, line, probe)
            connect, tls = await http.time_connection(line.probe_host)
    except ApiException as error:
        return replace(found, problem=error.said)
    except TimeoutError:
        return replace(found, problem=say("It took more than {seconds:g} s.", seconds=PATIENCE))
    found, count = replace(found, connect=connect, tls=tls), STREAMS * probe.size
    if not count:
        return replace(found, problem=say("Bilibili asks for no transfer by which it could be measured."))
    return replace(found, bytes=count, rate=count / max(seconds - min(connect, seconds / 2), 1e-6))


async def _transfer(http: Http, line: lines.Line, probe: lines.Probe) -> float:
    """Send what is to be sent, and return how long the last round took."""
    request = lines.measure_request(line, probe)
    request = (
        replace(request, body=Framed(b"", memoryview(bytes(probe.size)), b"")) if probe.size else request
    )

    async def send() -> None:
        answer = await http.send(request)
        if answer.status != 200:
            raise NetworkException(
                answer.status, say("It answers with status {status}.", status=answer.status)
            )

    seconds = 0.0
    for _ in range(ROUNDS if probe.size else 1):
        begun = time.perf_counter()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(STREAMS if probe.size else 1):
                    group.create_task(send())
        except BaseExceptionGroup as group:
            raise one_error(group) from None
        seconds = time.perf_counter() - begun
    return seconds
