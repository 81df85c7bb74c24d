"""What the server's side knows of one submission: which chunks it was sent, how often, and why again.

An epoch ends with each blow (a kill, or all connections lost). What is taken twice, or in part, is put down
to the blow that ended the epoch in which it was sent first; what is sent again because of a fault on order is
put down to nobody; nor is a part that is sent again while it is under way already, since it is slow: those
bytes are counted apart.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urlsplit

from bilibili_api.simulator import Cut, LostAnswer, Stall, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bilibili_api.simulator import Exchange, Fault, Received

_HARMLESS = Cut | LostAnswer | Stall
_PASSING = frozenset({408, 429, 500, 502, 503, 504})


@dataclass
class _Target:
    """Where the chunks of a page go: one object of the storage.

    Attributes:
        epochs: by number of the chunk, when it was taken last.
        bytes: of all chunks that were taken.
        is_spoilt: a fault has made it useless, so that it says nothing of the client.
        waste: bytes by the epoch in which they were sent in vain.
        under_way: how many requests with a part are there now, by its number.
        raced: parts of which there were two at once.
    """

    epochs: dict[int, int] = field(default_factory=dict[int, int])
    bytes: int = 0
    is_spoilt: bool = False
    waste: Counter[int] = field(default_factory=Counter[int])
    under_way: Counter[int] = field(default_factory=Counter[int])
    raced: set[int] = field(default_factory=set[int])


class Books:
    """The books of one submission.

    Attributes:
        epoch: its number, from 0.
        raced: bytes of parts that were sent twice at once.
        refused: what the server refused, and how often.
    """

    def __init__(self, chunk_size: int) -> None:
        self._chunk_size = chunk_size
        self._targets: dict[str, _Target] = {}
        self.epoch = 0
        self.raced = 0
        self.refused: Counter[str] = Counter()

    def arrived(self, received: Received) -> None:
        """Enter a request that begins."""
        if received.part is not None:
            target = self._target(received)
            target.under_way[received.part] += 1
            if target.under_way[received.part] > 1:
                target.raced.add(received.part)

    def take(self, exchanges: Iterable[Exchange]) -> None:
        """Enter requests, in the order in which they ended."""
        for seen in exchanges:
            if seen.step == "preupload":
                self._promised(seen)
            elif seen.step in {"part", "chunk", "complete", "init"}:
                self._sent(seen)

    def blow(self) -> None:
        """The epoch ends."""
        self.epoch += 1

    def waste(self, kept: Iterable[str]) -> Counter[int]:
        """Return the bytes that were sent in vain, by epoch; the last one was ended by no blow.

        Args:
            kept: the server's names of the files that make up the archive.
        """
        names = set(kept)
        total: Counter[int] = Counter()
        for path, target in self._targets.items():
            if target.is_spoilt:
                continue
            total.update(target.waste)
            if target.epochs and path.rpartition("/")[2].partition(".")[0] not in names:
                total[max(target.epochs.values())] += target.bytes
        return total

    def _promised(self, seen: Exchange) -> None:
        answer = _members(seen.answer)
        if seen.fault is not None:
            return
        if "upos_uri" in answer:
            self._targets[str(answer["upos_uri"]).removeprefix("upos:/")] = _Target()
        elif "url" in answer:
            self._targets[unquote(urlsplit(str(answer["url"])).path)] = _Target()

    def _sent(self, seen: Exchange) -> None:
        target = self._target(seen)
        if seen.part is not None:
            target.under_way[seen.part] -= 1
        if seen.fault is not None:
            target.is_spoilt = target.is_spoilt or _spoils(seen.fault)
            return
        number = seen.part if seen.step == "part" else seen.chunk
        if number is None or seen.step not in {"part", "chunk"}:
            return
        size = min(seen.taken, self._chunk_size)
        if number in target.raced and (seen.status is None or number in target.epochs):
            self.raced += size
        elif seen.status is None:
            target.waste[self.epoch] += size
        elif seen.status == 200 and not _is_refused(seen.answer):
            if number in target.epochs:
                target.waste[target.epochs[number]] += size
            else:
                target.bytes += size
            target.epochs[number] = self.epoch
        else:
            self.refused[f"{seen.step} {seen.status} {seen.answer!s:.60}"] += 1

    def _target(self, seen: Received) -> _Target:
        return self._targets.setdefault(seen.path.replace("/complete/", "/"), _Target())


def _is_refused(answer: object) -> bool:
    return _members(answer).get("OK", 1) != 1


def _members(answer: object) -> dict[str, object]:
    return cast("dict[str, object]", answer) if isinstance(answer, dict) else {}


def _spoils(fault: Fault) -> bool:
    """Whether a client that gets this may rightly give its target up, or send everything again."""
    passing = isinstance(fault, Status) and fault.code in _PASSING
    return not (passing or isinstance(fault, _HARMLESS))
