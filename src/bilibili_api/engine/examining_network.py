"""Does Bilibili answer, through which proxies, and what time is it there? Asked without a login.

Nothing here counts against a limit of the account: no preupload (protocol document,
section 4.2) and no submission.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from bilibili_api.amounts import rate_text
from bilibili_api.exceptions import ApiException, NetworkException, ProxyFailed
from bilibili_api.frozen import frozen
from bilibili_api.protocol import lines, login, renewal
from bilibili_api.saying import listed, say

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
        (lines.probe_request(), say("lines, uploads and submissions")),
        (renewal.buvid_request(), say("accounts and videos")),
        (login.key_request(), say("logins")),
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
            say("{host} gave no answer within {seconds:g} s.", host=request.host, seconds=WITHIN),
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
        return Finding(one.host, State.BAD, one.error.said, one.error.hint)
    if one.status != _ANSWERS:
        seen = say(
            "It answers with HTTP status {status}; it is needed for {purpose}.",
            status=one.status,
            purpose=one.purpose,
        )
        remedy = say("Wait some minutes and look again; if it stays, try another network or proxy.")
        return Finding(one.host, State.BAD, seen, remedy)
    return Finding(one.host, State.GOOD, say("It answers; it is needed for {purpose}.", purpose=one.purpose))


def clock(answers: Sequence[Answer]) -> Finding:
    """Say by how much the clock is off, by the answer that says so least."""
    told = [one.ahead for one in answers if one.ahead is not None]
    if not told:
        return Finding(
            say("clock"), State.NOTE, say("Nobody answered with the time, so that it is not known.")
        )
    ahead = min(told, key=abs)
    off = abs(ahead)
    if off < CLOCK_NOTE:
        return Finding(say("clock"), State.GOOD, say("It agrees with Bilibili's."))
    state = State.BAD if off >= CLOCK_BAD else State.NOTE
    return Finding(
        say("clock"),
        state,
        say(
            "It is {seconds:.0f} s ahead of Bilibili's: requests may be refused, "
            "and --dtime means another moment."
            if ahead > 0
            else "It is {seconds:.0f} s behind Bilibili's: requests may be refused, "
            "and --dtime means another moment.",
            seconds=off,
        ),
        say("Let the system set its clock by the network (NTP)."),
    )


async def _upload_proxy(http: Http, options: Options) -> ApiException | None:
    if options.network.upload_proxy is None:
        return None
    try:
        async with asyncio.timeout(WITHIN):
            await http.time_connection(_UPLOAD_HOST)
    except TimeoutError:
        return ProxyFailed(say("The upload proxy gave no connection within {seconds:g} s.", seconds=WITHIN))
    except ApiException as error:
        return error
    return None


def _proxies(options: Options, answers: Sequence[Answer], upload: ApiException | None) -> Iterator[Finding]:
    failure = next((one.error for one in answers if isinstance(one.error, ProxyFailed)), None)
    ways = (
        (say("API proxy"), options.network.api_proxy, failure),
        (say("upload proxy"), options.network.upload_proxy, upload),
    )
    for name, proxy, error in ways:
        if proxy is None:
            yield Finding(name, State.GOOD, say("There is none: connections are direct."))
        elif error is not None:
            yield Finding(
                name, State.BAD, say("{proxy} does not work: {error}", proxy=proxy, error=error), error.hint
            )
        else:
            yield Finding(name, State.GOOD, say("{proxy} leads connections on.", proxy=proxy))


async def speeds(options: Options) -> tuple[Finding, ...]:
    """Measure the lines with as little as Bilibili asks clients to measure with (section 4.1)."""
    found = [line async for line in measure_lines(options=hurried(options))]
    measured = sorted(((line.rate, line.name) for line in found if line.rate is not None), reverse=True)
    rates = listed(f"{name} {rate_text(rate)}" for rate, name in measured)
    silent = [say("{line} ({reason})", line=line.name, reason=line.problem) for line in found if line.problem]
    without = say("Without a measurement: {lines}", lines=listed(silent))
    if not measured:
        seen = without if silent else say("Bilibili proposes none.")
        return (Finding(say("lines"), State.BAD, seen, say("Check network and upload proxy.")),)
    seen = say("At least: {rates}", rates=rates)
    if silent:
        seen = say("{rates}. {silent}", rates=seen, silent=without)
    if measured[0][0] < SLOW:
        remedy = say("Run `bvup bench`, and see whether something else uses the network.")
        return (Finding(say("lines"), State.NOTE, seen, remedy),)
    return (Finding(say("lines"), State.GOOD, seen),)
