"""Whose turn is it? Uploads of one account keep together to limits that one of them has met (section 4.2).

An account that was told to slow down is not asked again by its other uploads until the pause is over, since
each request prolongs it; afterwards they go one by one.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from bilibili_api.frozen import frozen
from bilibili_api.protocol.codes import Step

if TYPE_CHECKING:
    from bilibili_api.exceptions import ApiException
    from bilibili_api.protocol.interfaces import Access

    from .options import Options, Server, World

PACED: Final = frozenset({Step.PREUPLOAD, Step.SUBMIT})
"""The steps that Bilibili limits by the account."""

LIMITS: Final = frozenset({"RATE_LIMITED", "TOO_FAST"})
"""Kinds of the errors by which it says so."""

GAP: Final = 30.0
"""Seconds between two turns of an account that was told to slow down (section 8.2, codes 21070 and 21186)."""

FORGIVEN: Final = 3600.0
"""Seconds without a refusal after which turns need no gap any more."""
SLACK: Final = 1.0
"""Seconds before its time that a turn is given, since a sleep may end a little early."""


class Pacer(Protocol):
    """What all uploads of an account share; one that spans processes may stand in `Options.pacer`."""

    async def turn(self, account: str, kind: str) -> float:
        """Ask for a turn.

        Args:
            account: A name of the account that is no secret, from `account_of`.
            kind: What is limited: the value of a `Step` of `PACED`.

        Returns:
            Seconds after which to ask again; 0: go on, the turn is taken.
        """
        ...

    async def refused(self, account: str, kind: str, seconds: float) -> None:
        """Note that Bilibili refused: nobody of the account gets a turn for that many seconds."""
        ...


@dataclass(slots=True)
class _Pace:
    """How it stands with one account and one kind, by the steady clock."""

    next: float
    forgiven: float


class MemoryPacer:
    """Keeps the uploads of one process in step."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._paces: dict[tuple[str, str], _Pace] = {}
        self._lock = threading.Lock()  # uploads may run in several loops

    async def turn(self, account: str, kind: str) -> float:
        """See `Pacer`."""
        with self._lock:
            pace, now = self._paces.get((account, kind)), self._world.elapsed()
            if pace is None:
                return 0.0
            if pace.next - now > SLACK:
                return pace.next - now
            if now < pace.forgiven:
                pace.next = now + GAP
            else:
                del self._paces[account, kind]
            return 0.0

    async def refused(self, account: str, kind: str, seconds: float) -> None:
        """See `Pacer`."""
        with self._lock:
            end = self._world.elapsed() + seconds
            pace = self._paces.setdefault((account, kind), _Pace(end, end))
            pace.next = max(pace.next, end)
            pace.forgiven = pace.next + FORGIVEN


_of_process: dict[tuple[World, Server | None], MemoryPacer] = {}


def pacer_of(options: Options) -> Pacer:
    """Return the pacer of the options, else the one that all uploads of this process to that server share."""
    if options.pacer is not None:
        return options.pacer
    return _of_process.setdefault((options.world, options.server), MemoryPacer(options.world))


def account_of(access: Access) -> str:
    """Return a name of the account a login belongs to: its number where it is known, else a digest."""
    cookies = access.cookies
    if access.mid:
        return str(access.mid)
    number = cookies.values.get("DedeUserID") if cookies is not None else None
    return number or digest_of(access)


def digest_of(access: Access) -> str:
    """Return what a login goes by as long as nobody knows whose it is."""
    cookies, token = access.cookies, access.token
    secret = token.reveal() if token is not None else cookies.header if cookies is not None else ""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]


@frozen
class Turns:
    """The turns of one account at one step."""

    pacer: Pacer
    account: str
    step: Step

    @classmethod
    def of(cls, options: Options, access: Access, step: Step) -> Turns | None:
        """Return the turns of a login at a step, or None where no turn is needed."""
        return cls(pacer_of(options), account_of(access), step) if step in PACED else None

    async def ask(self) -> float:
        """Seconds after which to ask again; 0: go on."""
        return await self.pacer.turn(self.account, self.step.value)

    async def failed(self, error: ApiException, seconds: float) -> None:
        """Tell the other uploads if this one met a limit and waits that many seconds."""
        if error.kind in LIMITS:
            await self.pacer.refused(self.account, self.step.value, seconds)
