"""Under which address does Bilibili see us? It says so only when an upload begins, which is limited."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ApiException, JournalFailed
from bilibili_api.protocol import upos
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.lines import DEFAULT
from bilibili_api.saying import joined, say

from .connecting import connected
from .database import look_in
from .examining_network import hurried
from .findings import Finding, State
from .job_rows import MIGRATIONS
from .journal_pacer import JournalPacer
from .pacer import Turns
from .retry import BACKOFF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilibili_api.protocol.tokens import Session

    from .journal import Journal
    from .options import Options

NAME: Final = say("exit address")
_FILE: Final = "bvup-doctor.mp4"
_SIZE: Final = 1024 * 1024
"""Bytes that the file would have, of which none is ever sent."""


async def unasked() -> tuple[Finding, ...]:
    """Say why it is not known."""
    seen = say("It is not known: Bilibili tells it only when an upload begins, which counts against a limit.")
    return (Finding(NAME, State.NOTE, seen, say("Run `bvup doctor --exit-address` to ask for it.")),)


async def asked(session: Session | None, options: Options, journal: Journal) -> tuple[Finding, ...]:
    """Ask for an upload (section 4.2), which is not even begun at the storage, and say who asked for it.

    Args:
        session: The login; None: there is none.
        options: Server and network.
        journal: Where uploads keep together to the limit; one that is not there, or damaged, stays so.

    Raises:
        ApiException: Bilibili refused, or the network failed.
    """
    cookies = session.web() if session is not None else None
    if session is None or cookies is None:
        seen = say("It is not known: only a login with cookies can begin the upload that tells it.")
        return (Finding(NAME, State.NOTE, seen, say("Log in by a QR code (`bvup login`), then look again.")),)
    if await asyncio.to_thread(_is_whole, journal):
        options = replace(options, pacer=options.pacer or JournalPacer(journal, options.world))
    turns = Turns.of(options, session.access(), Step.PREUPLOAD)
    if turns is not None and (seconds := await turns.ask()) > 0:
        return (_paused(seconds),)
    request = upos.preupload_request(cookies, name=_FILE, size=_SIZE, line=DEFAULT)
    try:
        async with connected(hurried(options)) as http:
            ticket = upos.parse_preupload(await http.send(request))
    except ApiException as error:
        if turns is not None:  # so that uploads do not prolong the limit by asking once more
            pause = BACKOFF[Step.PREUPLOAD].wait(error, Step.PREUPLOAD, 1, 0.0, 0.5)
            await turns.failed(error, pause or 0.0)
        raise
    return (_told(upos.public_address(ticket), options),)


def _is_whole(journal: Journal) -> bool:
    with suppress(JournalFailed, OSError):
        return journal.path.exists() and not look_in(journal.path, len(MIGRATIONS))
    return False


def _paused(seconds: float) -> Finding:
    seen = say("It was not asked for: this account was told to slow down, and asking would prolong that.")
    remedy = say(
        "Look again in {minutes:.0f} min; uploads of the account wait by themselves.",
        minutes=max(1.0, seconds / 60),
    )
    return Finding(NAME, State.BAD, seen, remedy)


def _told(address: str, options: Options) -> Finding:
    try:
        address = str(ip_address(address))
    except ValueError:
        seen = say(
            "Bilibili did not tell it; the question counted against the limit for uploads all the same."
        )
        return Finding(NAME, State.NOTE, seen)
    return Finding(NAME, State.GOOD, joined(" ", _ways(address, options)), private=(address,))


def _ways(address: str, options: Options) -> Iterator[str]:
    proxy, upload = options.network.api_proxy, options.network.upload_proxy
    if proxy is None:
        yield say("Bilibili sees {address}; calls go without a proxy.", address=address)
    else:
        yield say(
            "Bilibili sees {address}; calls go through the proxy {proxy}.", address=address, proxy=proxy
        )
    if upload is None and proxy is not None:
        yield say("Files go without a proxy, from an address that it does not tell.")
    elif upload != proxy:
        yield say("Files go through the proxy {proxy}, from an address that it does not tell.", proxy=upload)
    yield say("The question counted against the limit for uploads.")
