"""What lines were seen to do, for all processes of a user, in their journal."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from bilibili_api.exceptions import JournalFailed

from .line_choice import REMEMBERED, SKEW, Seen
from .line_memory import ProcessMemory
from .salt import salted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .journal import Journal
    from .options import World
    from .whereabouts import Whereabouts

log = logging.getLogger("bilibili_api")


class JournalLines:
    """A `line_memory.LineMemory` for all who use one journal; while it cannot be used, for this process.

    Networks are salted before they are written down: whoever has a copy of the journal could else try out
    all addresses until one gives the digest.

    Args:
        journal: Where it stands.
        world: Clock; that on the wall, since processes have no other in common.
    """

    def __init__(self, journal: Journal, world: World) -> None:
        self._journal = journal
        self._world = world
        self._alone = ProcessMemory(world)

    async def recall(self, network: Whereabouts) -> Mapping[str, Seen]:
        """See `LineMemory`."""
        try:
            return await asyncio.to_thread(self._recall, network)
        except (JournalFailed, OSError) as error:
            log.debug("%s What lines did for other processes is not known.", error)
            return await self._alone.recall(network)

    async def note(self, network: Whereabouts, seen: Mapping[str, Seen]) -> None:
        """See `LineMemory`."""
        await self._alone.note(network, seen)
        try:
            await asyncio.to_thread(self._note, network, seen)
        except (JournalFailed, OSError) as error:
            log.debug("%s What lines did is not told to other processes.", error)

    def _recall(self, network: Whereabouts) -> dict[str, Seen]:
        now, network = self._world.now(), _salted(network)
        with self._journal.opened() as database:
            rows = database.read(
                """SELECT name, rate, streams, seen FROM line WHERE place = :place
                AND (:public = '' OR public = :public) AND seen BETWEEN :oldest AND :latest
                AND rate > 0 AND streams >= 1 ORDER BY seen""",
                {
                    "place": network.place,
                    "public": network.public,
                    "oldest": now - REMEMBERED,
                    "latest": now + SKEW,
                },
            )
        return {
            str(name): Seen(cast("float", rate), cast("float", streams), cast("float", when))
            for name, rate, streams, when in rows
        }

    def _note(self, network: Whereabouts, seen: Mapping[str, Seen]) -> None:
        now, network = self._world.now(), _salted(network)
        with self._journal.opened() as database:
            database.write(
                [
                    (
                        "DELETE FROM line WHERE seen NOT BETWEEN :oldest AND :latest",
                        {"oldest": now - REMEMBERED, "latest": now + SKEW},
                    ),
                    *(
                        (
                            """INSERT INTO line (place, public, name, rate, streams, seen)
                            VALUES (:place, :public, :name, :rate, :streams, :seen)
                            ON CONFLICT (place, public, name) DO UPDATE SET
                            rate = excluded.rate, streams = excluded.streams, seen = excluded.seen
                            WHERE excluded.seen >= seen""",
                            {
                                "place": network.place,
                                "public": network.public,
                                "name": name,
                                "rate": each.rate,
                                "streams": each.streams,
                                "seen": each.when,
                            },
                        )
                        for name, each in seen.items()
                    ),
                ]
            )


def _salted(network: Whereabouts) -> Whereabouts:
    public = salted(network.public) if network.public else ""
    return replace(network, place=salted(network.place), public=public)
