"""Does Bilibili answer, through which proxies, and what time is it there? Asked without a login.

Nothing here counts against a limit of the account: no preupload (protocol document,
section 4.2) and no submission.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ApiException, NetworkException, ProxyFailed
from bilibili_api.frozen import frozen
from bilibili_api.protocol import lines, login, renewal
from bilibili_api.saying import say

from .bench_lines import measure_lines
from .connecting import connected
from .findings import Finding, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilibili_api.protocol.wire import Request

    from .http import Http
    from .options import Options

WITHIN: Final = 8.0
"""Seconds for a connection and for an answer."""
CLOCK_NOTE: Final = 30.0
CLOCK_BAD: Final = 300.0
"""Seconds by which the clock may be off: requests carry their time, and `--dtime` is reckoned by it."""
SLOW: Final = 100_000
"""Bytes a second below which the best line is remarked on."""
_UPLOAD_HOST: Final = "upos-cs-upcdnbda2.bilivideo.com"
_ANSWERS: Final = 200


@frozen
class Answer:
    """What a host did when it was asked something harmless.

    Attributes:
        host: Which.
        purpose: What it is needed for.
        status: HTTP status; 0: no answer.
        ahead: Seconds by which the clock here is before the host's; None: it did not say.
        error: Why there is no answer.
    """

    host: str
    purpose: str
    status: int = 0
    ahead: float | None = None
    error: ApiException | None = None


def hurried(options: Options) -> Options:
    """Return options that wait no longer than an examination may, and try nothing again."""
    patience = replace(options.patience, connect=WITHIN, stall=WITHIN, answer=WITHIN, outage=0.0)
    return replace(options, patience=patience, world=replace(options.world, sleep=_give_up))


async def _give_up(seconds: float) -> None:
    del seconds
    raise NetworkException(0, say("Bilibili does not answer as it should now."))


async def network(options: Options) -> tuple[Finding, ...]:
    """Look at hosts, clock and proxies."""
    asked = (
        (lines.probe_request(), "lines, uploads and submissions"),
        (renewal.buvid_request(), "accounts and videos"),
        (login.key_request(), "logins"),
    )
    async with connected(hurried(options)) as http:
        *answers, upload = await asyncio.gather(
            *(_asked(http, options, request, purpose) for request, purpose in asked),
            _upload_proxy(http, options),
        )
    found = [one for one in answers if isinstance(one, Answer)]
    failure = upload if isinstance(upload, ApiException) else None
    return (*map(_answers, found), clock(found), *_proxies(options, found, failure))


async def _asked(http: Http, options: Options, request: Request, purpose: str) -> Answer:
    begun = options.world.now()
    try:
        async with asyncio.timeout(WITHIN):
            answer = await http.send(request)
    except TimeoutError:
        error = ApiException(
            say("{host} gave no answer within {within:g} s.", host=request.host, within=WITHIN),
            hint=say("Check the network, a firewall and the proxy."),
        )
        return Answer(request.host, purpose, error=error)
    except ApiException as error:
        return Answer(request.host, purpose, error=error)
    middle = (begun + options.world.now()) / 2
    return Answer(request.host, purpose, answer.status, _ahead(middle, answer.headers.get("date", "")))


def _ahead(here: float, date: str) -> float | None:
    """A header of HTTP cuts its seconds off: half of one is what is missing on average."""
    try:
        return here - parsedate_to_datetime(date).timestamp() - 0.5
    except ValueError:
        return None


def _answers(one: Answer) -> Finding:
    if one.error is not None:
        return Finding(one.host, State.BAD, str(one.error), one.error.hint)
    if one.status != _ANSWERS:
        seen = f"It answers with HTTP status {one.status}; it is needed for {one.purpose}."
        remedy = "Wait some minutes and look again; if it stays, try another network or proxy."
        return Finding(one.host, State.BAD, seen, remedy)
    return Finding(one.host, State.GOOD, f"It answers; it is needed for {one.purpose}.")


def clock(answers: Sequence[Answer]) -> Finding:
    """Say by how much the clock is off, by the answer that says so least."""
    told = [one.ahead for one in answers if one.ahead is not None]
    if not told:
        return Finding("clock", State.NOTE, "Nobody answered with the time, so that it is not known.")
    ahead = min(told, key=abs)
    off = abs(ahead)
    if off < CLOCK_NOTE:
        return Finding("clock", State.GOOD, "It agrees with Bilibili's.")
    way = "ahead of" if ahead > 0 else "behind"
    state = State.BAD if off >= CLOCK_BAD else State.NOTE
    return Finding(
        "clock",
        state,
        f"It is {off:.0f} s {way} Bilibili's: requests may be refused, and --dtime means another moment.",
        "Let the system set its clock by the network (NTP).",
    )


async def _upload_proxy(http: Http, options: Options) -> ApiException | None:
    if options.network.upload_proxy is None:
        return None
    try:
        async with asyncio.timeout(WITHIN):
            await http.time_connection(_UPLOAD_HOST)
    except TimeoutError:
        return ProxyFailed(say("The upload proxy gave no connection within {within:g} s.", within=WITHIN))
    except ApiException as error:
        return error
    return None


def _proxies(options: Options, answers: Sequence[Answer], upload: ApiException | None) -> Iterator[Finding]:
    failure = next((one.error for one in answers if isinstance(one.error, ProxyFailed)), None)
    ways = (
        ("API proxy", options.network.api_proxy, failure),
        ("upload proxy", options.network.upload_proxy, upload),
    )
    for name, proxy, error in ways:
        if proxy is None:
            yield Finding(name, State.GOOD, "There is none: connections are direct.")
        elif error is not None:
            yield Finding(name, State.BAD, f"{proxy} does not work: {error}", error.hint)
        else:
            yield Finding(name, State.GOOD, f"{proxy} leads connections on.")
    yield Finding(
        "exit address",
        State.NOTE,
        "It is not known: Bilibili tells it only when an upload begins, which counts against a limit.",
    )


async def speeds(options: Options) -> tuple[Finding, ...]:
    """Measure the lines with as little as Bilibili asks clients to measure with (section 4.1)."""
    found = [line async for line in measure_lines(options=hurried(options))]
    measured = sorted(((line.rate, line.name) for line in found if line.rate is not None), reverse=True)
    said = ", ".join(f"{name} {rate / 1e6:.1f} MB/s" for rate, name in measured)
    silent = ", ".join(f"{line.name} ({line.problem})" for line in found if line.problem)
    seen = ". ".join(
        filter(None, (said and f"At least: {said}", silent and f"Without a measurement: {silent}"))
    )
    if not measured:
        return (
            Finding("lines", State.BAD, seen or "Bilibili proposes none.", "Check network and upload proxy."),
        )
    if measured[0][0] < SLOW:
        remedy = "Run `bvup bench`, and see whether something else uses the network."
        return (Finding("lines", State.NOTE, seen, remedy),)
    return (Finding("lines", State.GOOD, seen),)
