"""Keeps the uploads of all processes of a user in step, through their journal (section 4.2)."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import JournalFailed

from .pacer import FORGIVEN, GAP, SLACK, MemoryPacer

if TYPE_CHECKING:
    from .journal import Journal
    from .options import World

_LONGEST: Final = 7200.0
"""Seconds, twice the longest pause (section 8.2): what would last longer was written by a wrong clock."""

log = logging.getLogger("bilibili_api")


class JournalPacer:
    """A `pacer.Pacer` for all who use one journal; while it cannot be used, for this process.

    Args:
        journal: Where the pace of each account stands.
        world: Clock; that on the wall, since processes have no other in common.
    """

    def __init__(self, journal: Journal, world: World) -> None:
        self._journal = journal
        self._world = world
        self._alone = MemoryPacer(world)

    async def turn(self, account: str, kind: str) -> float:
        """See `Pacer`."""
        try:
            return await asyncio.to_thread(self._turn, account, kind)
        except JournalFailed as error:
            log.debug("%s Other processes are not looked at.", error)
            return await self._alone.turn(account, kind)

    async def refused(self, account: str, kind: str, seconds: float) -> None:
        """See `Pacer`."""
        await self._alone.refused(account, kind, seconds)
        try:
            await asyncio.to_thread(self._refused, account, kind, seconds)
        except JournalFailed as error:
            log.debug("%s Other processes are not told.", error)

    def _turn(self, account: str, kind: str) -> float:
        now = self._world.now()
        values = {"account": account, "kind": kind, "now": now, "soon": now + SLACK, "gap": GAP}
        with self._journal.opened() as database:
            [(taken, ends)] = database.write(
                [
                    (
                        """DELETE FROM pace WHERE account = :account AND kind = :kind
                        AND (next <= :soon AND forgiven <= :now OR next > :longest)""",
                        values | {"longest": now + _LONGEST},
                    ),
                    (
                        """UPDATE pace SET next = :now + :gap WHERE account = :account AND kind = :kind
                        AND next <= :soon""",
                        values,
                    ),
                    (  # SQLite before 3.35 cannot return what it changes
                        """SELECT changes(), (SELECT next FROM pace WHERE account = :account
                        AND kind = :kind)""",
                        values,
                    ),
                ]
            )
        return 0.0 if taken or ends is None else float(str(ends)) - now

    def _refused(self, account: str, kind: str, seconds: float) -> None:
        end = self._world.now() + seconds
        values = {"account": account, "kind": kind, "end": end, "forgiven": end + FORGIVEN}
        with self._journal.opened() as database:
            database.write(
                [
                    (
                        """INSERT INTO pace (account, kind, next, forgiven)
                        VALUES (:account, :kind, :end, :forgiven) ON CONFLICT (account, kind) DO UPDATE
                        SET next = max(next, :end), forgiven = max(forgiven, :forgiven)""",
                        values,
                    )
                ]
            )
