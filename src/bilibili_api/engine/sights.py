"""What is known of hosts and lines while an upload runs, and which of them is so much faster than another."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bilibili_api.protocol.lines import name_of

from .line_choice import By, Seen, faster, is_slower, outdone
from .line_memory import memory_of
from .throughput import Throughput
from .whereabouts import here_is

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .line_choice import Measured
    from .options import Options
    from .whereabouts import Whereabouts

_PAUSE: Final = 10.0
"""Seconds between two notes: an upload may have many small pages."""


class Sights:
    """What hosts did in this upload; else what their lines did on this network; else what they promised.

    Args:
        options: Clocks, the way of connections, the limit of the rate, and the memory.
    """

    def __init__(self, options: Options) -> None:
        self._world = options.world
        self._memory = memory_of(options)
        self._scope = _way_of(options)
        self._limit = options.limit
        self._network: Whereabouts | None = None
        self._remembered: Mapping[str, Seen] = {}
        self._promised: dict[str, Seen] = {}
        self._names: dict[str, str] = {}
        self._next_note = -math.inf
        self._throughput = Throughput(options.world.elapsed)
        self._rate = self._limited_to

    @property
    def throughput(self) -> Throughput:
        """What hosts do, as long as the limit of the rate is the one that holds now."""
        if self._rate != (rate := self._limited_to):
            self._rate = rate
            self._throughput.forget()
        return self._throughput

    async def recall(self) -> None:
        """Look up what is remembered of this network; once."""
        if self._network is None:
            self._network = here_is(self._scope)
            self._remembered = await self._memory.recall(self._network)

    async def seen_as(self, address: str) -> None:
        """Note under which address the server sees us: what was seen under another one counts no more."""
        await self.recall()
        if self._network is not None and self._network != (network := self._network.seen_as(address)):
            self._network = network
            if self._remembered:
                self._remembered = await self._memory.recall(network)

    def leads_to(self, line: str, host: str) -> None:
        """Note where the server leads those who ask for a line: what that host does is what the line does."""
        self._names[host] = line

    def promises(self, measured: Measured) -> None:
        """Note what measuring a line gave."""
        if measured.rate is not None and not self.is_limited:
            self._promised[measured.line.probe_host] = Seen(
                measured.rate, when=self._world.now(), by=By.PROBE
            )

    def is_slow(self, line: str) -> bool:
        """Whether a line does so little in this upload that others are worth another measurement."""
        present = self._done().get(line)
        if present is None:
            return False
        promised = {self._name(host): seen for host, seen in self._promised.items()}
        others = {name: seen for name, seen in {**promised, **self.lines()}.items() if name != line}
        return faster(present, self._within_limit(others)) is not None

    def is_worth_waiting(self, pending: Collection[str], answered: Collection[str]) -> bool:
        """Whether of some lines one did more lately than all others that are known of."""
        known = self.lines()
        best = max((known[name].rate for name in answered if name in known), default=0.0)
        return any(known[name].rate > best for name in pending if name in known)

    def lines(self) -> dict[str, Seen]:
        """Return what is known of lines by their names, promises excepted."""
        return {**self._remembered, **self._done()}

    def faster(self, host: str, others: Collection[str]) -> tuple[str, str] | None:
        """Return the host that was seen to be so much faster that another is to be left, and why; or None."""
        present = self._did(host)
        if present is None:
            return None
        seen = self._within_limit(
            {other: known for other in others if (known := self._of(other)) is not None}
        )
        better = faster(present, seen)
        if better is None:
            return None
        return better, is_slower(self._name(host), present, self._name(better), seen[better])

    def outdone(self, line: str) -> str:
        """Say which line was seen to be much faster than the one that the caller has chosen; empty: none."""
        return outdone(line, self._within_limit(self.lines()), self._world.now())

    async def note(self) -> None:
        """Have remembered what was seen so far, if the last time was a while ago."""
        done, now = self._done(), self._world.elapsed()
        if not done or self.is_limited or now < self._next_note:
            return
        self._next_note = now + _PAUSE
        await self.recall()
        network = self._network
        if network is None or network.place != here_is(self._scope).place:
            self._network = None  # somebody has moved; what was seen belongs to neither place
            self._throughput.forget()
            return
        lately = {name: replace(seen, by=By.MEMORY) for name, seen in done.items()}
        await self._memory.note(network, lately)

    @property
    def is_limited(self) -> bool:
        """Whether a limit of the rate holds, so that what is sent says little of what could be sent."""
        return self._limited_to is not None

    @property
    def _limited_to(self) -> int | None:
        """Bytes per second; None: there is no limit."""
        limit = self._limit.in_force if self._limit is not None else None
        return limit.bytes_per_second if limit is not None else None

    def _within_limit(self, seen: Mapping[str, Seen]) -> Mapping[str, Seen]:
        """Ask of nobody more than the limit allows."""
        rate = self._limited_to
        if rate is None:
            return seen
        return {name: replace(each, rate=min(each.rate, float(rate))) for name, each in seen.items()}

    def _of(self, host: str) -> Seen | None:
        return self._did(host) or self._promised.get(host)

    def _did(self, host: str) -> Seen | None:
        return self.throughput.of(host) or self._remembered.get(self._name(host))

    def _done(self) -> dict[str, Seen]:
        """Return what lines did, each with the time when it was seen; of several hosts the last."""
        now, hosts = self._world.now(), self.throughput.hosts
        latest_last = sorted(hosts, key=self.throughput.age, reverse=True)
        seen = ((host, self.throughput.of(host)) for host in latest_last)
        return {
            self._name(host): replace(each, when=now - self.throughput.age(host))
            for host, each in seen
            if each is not None
        }

    def _name(self, host: str) -> str:
        return self._names.get(host) or name_of(host)


def _way_of(options: Options) -> str:
    """What makes two networks of one: what is seen through a proxy says nothing of the direct way."""
    server, network = options.server, options.network
    return f"{server.url if server else ''}|{network.bind}|{network.ip}|{network.upload_proxy}"
