"""What came of the chaos, and whether it is as it must be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PART = 64 * 1024
THREADS = 3
BOUND = THREADS * PART
"""Bytes that a blow may cause to be sent again: what was in flight."""


@dataclass
class Figures:
    """What was counted. The lists name each case.

    Attributes:
        again: bytes that each blow caused to be sent again.
        idle: bytes that were sent again for no reason.
        raced: bytes of parts that were slow, and sent a second time while they were under way.
        asked: how often the user was asked whether there is an archive.
    """

    kills: int = 0
    cuts: int = 0
    processes: int = 0
    begun: int = 0
    finished: int = 0
    bytes: int = 0
    idle: int = 0
    raced: int = 0
    asked: int = 0
    again: list[int] = field(default_factory=list[int])
    lost: list[str] = field(default_factory=list[str])
    doubled: list[str] = field(default_factory=list[str])
    differing: list[str] = field(default_factory=list[str])
    unreadable: list[str] = field(default_factory=list[str])
    foreign: list[str] = field(default_factory=list[str])
    errors: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """Yield what was counted: what, how much, how much is allowed."""
        most, mean = max(self.again, default=0), sum(self.again) / max(1, len(self.again))
        yield "processes killed", f"{self.kills:,}", ""
        yield "times all connections were lost", f"{self.cuts:,}", ""
        yield "processes started", f"{self.processes:,}", ""
        yield "jobs", f"{self.begun:,}", ""
        yield "jobs finished", f"{self.finished:,}", f"{self.begun:,}"
        yield "jobs lost", f"{len(self.lost):,}", "0"
        yield "archives submitted twice", f"{len(self.doubled):,}", "0"
        yield "stored content that differs from the source", f"{len(self.differing):,}", "0"
        yield "journal unreadable", f"{len(self.unreadable):,}", "0"
        yield "errors that are not of the library, or say no remedy", f"{len(self.foreign):,}", "0"
        yield "bytes sent again per kill, mean", f"{mean:,.0f}", ""
        yield "bytes sent again per kill, most", f"{most:,}", f"{BOUND:,} ({THREADS} x {PART:,})"
        yield "bytes sent again without any reason", f"{self.idle:,}", "0"
        yield "bytes of slow parts, sent twice at once", f"{self.raced:,}", ""
        yield "bytes of all jobs", f"{self.bytes:,}", ""
        yield "times the user was asked whether there is an archive", f"{self.asked:,}", ""

    @property
    def broken(self) -> list[str]:
        """What is not as it must be."""
        bad = [*self.lost, *self.doubled, *self.differing, *self.unreadable, *self.foreign]
        bad += [f"{count:,} bytes were sent again after one blow" for count in self.again if count > BOUND]
        if self.idle:
            bad.append(f"{self.idle:,} bytes were sent again without any reason")
        return bad

    def table(self) -> str:
        """Return the table, as Markdown."""
        lines = ["| | counted | allowed |", "|---|---:|---:|"]
        lines += [f"| {what} | {count} | {allowed} |" for what, count, allowed in self.rows()]
        return "\n".join(lines)
