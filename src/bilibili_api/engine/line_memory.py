"""What lines were seen to do on a network, kept for a day (`line_choice.REMEMBERED`)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .line_choice import Seen
    from .options import Options, World
    from .whereabouts import Whereabouts


class LineMemory(Protocol):
    """Remembers what lines did; one that spans processes may stand in `Options.line_memory`."""

    async def recall(self, network: Whereabouts) -> Mapping[str, Seen]:
        """Return what each line did there last, by name.

        Args:
            network: Where; while its public address is not known, all that was seen at the place counts.
        """
        ...

    async def note(self, network: Whereabouts, seen: Mapping[str, Seen]) -> None:
        """Take down what lines did there; what was seen later than that stays."""
        ...


class ProcessMemory:
    """Remembers for as long as the process lasts.

    Args:
        world: Its wall clock says what is too old.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: dict[tuple[Whereabouts, str], Seen] = {}
        self._lock = threading.Lock()  # uploads may run in several loops

    async def recall(self, network: Whereabouts) -> Mapping[str, Seen]:
        """See `LineMemory`."""
        now = self._world.now()
        with self._lock:
            self._seen = {key: seen for key, seen in self._seen.items() if seen.is_fresh(now)}
            there = [
                (seen.when, name, seen)
                for (place, name), seen in self._seen.items()
                if place.place == network.place and network.public in ("", place.public)
            ]
        return {name: seen for _, name, seen in sorted(there, key=lambda each: each[0])}

    async def note(self, network: Whereabouts, seen: Mapping[str, Seen]) -> None:
        """See `LineMemory`."""
        now = self._world.now()
        with self._lock:
            for name, each in seen.items():
                known = self._seen.get((network, name))
                if known is None or not known.is_fresh(now) or each.when >= known.when:
                    self._seen[network, name] = each


_of_process: dict[World, ProcessMemory] = {}


def memory_of(options: Options) -> LineMemory:
    """Return the memory of the options, else the one that all uploads of this process share."""
    return options.line_memory or _of_process.setdefault(options.world, ProcessMemory(options.world))
