"""What goes wrong: faults of the server for each step, and blows that come out of nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilibili_api.simulator import (
    Answer,
    Captcha,
    Code,
    Cut,
    ExpiredToken,
    Forgotten,
    Latency,
    LostAnswer,
    NotOk,
    RateLimited,
    Stall,
    Status,
)

if TYPE_CHECKING:
    from random import Random

    from bilibili_api.simulator import Fault, Simulator, Step

LINES: dict[str, tuple[Step, ...]] = {
    "bda2": ("preupload", "init", "part", "complete", "submit", "archives", "info", "nav"),
    "pc": ("preupload", "chunk", "complete", "submit", "archives", "info", "nav"),
}
"""The steps of an upload over each line."""

_ANYWHERE: tuple[Fault, ...] = (
    Status(500), Status(502), Status(503), Status(504), Status(429), Cut(), Cut(after=20_000), Stall(),
    Stall(after=30_000), LostAnswer(), LostAnswer(502), Latency(0.05), Answer(body=b"<html>"),
)  # fmt: skip
_SOMEWHERE: tuple[Fault, ...] = (
    RateLimited(), NotOk(), ExpiredToken(), Forgotten(), Status(404), Status(403), Status(400), Captcha(),
)  # fmt: skip
_SUBMIT: tuple[Fault, ...] = (Code(21070), Code(21590), Code(-500), Code(21566), Code(137022))


def order_faults(dice: Random, sim: Simulator, line: str, count: int) -> None:
    """Order some faults at random for the next submission."""
    for _ in range(count):
        step = dice.choice(LINES[line])
        kinds = _SUBMIT + _ANYWHERE if step == "submit" and dice.random() < 0.5 else _ANYWHERE
        if dice.random() < 0.15:
            kinds = _SOMEWHERE
        fault = dice.choice([fault for fault in kinds if step in fault.steps])
        often = step in {"part", "chunk"}
        sim.faults.add(step, fault, times=dice.choice((1, 1, 2)), after=dice.randrange(60 if often else 3))


@dataclass(frozen=True)
class Blow:
    """A moment at which a process is killed, or all its connections end.

    Attributes:
        step: of which a request has arrived; None: at a time.
        after: how many such requests come first.
        delay: seconds after that, or after the start of the process.
        is_kill: else the connections are lost, and for `away` seconds there are none.
        away: seconds.
    """

    step: Step | None
    after: int
    delay: float
    is_kill: bool
    away: float = 0.0


_MOMENTS: dict[str, float] = {
    "start": 20, "preupload": 7, "init": 6, "chunks": 38, "complete": 10, "submit": 14, "archives": 5,
}  # fmt: skip


def blow(dice: Random, line: str) -> Blow:
    """Return a blow at random, spread over the whole of an upload."""
    [moment] = dice.choices(list(_MOMENTS), list(_MOMENTS.values()))
    is_kill = dice.random() < 0.85
    away = dice.choice((0.0, 0.02, 0.2))
    if moment == "start":
        return Blow(None, 0, dice.random() * 0.25, is_kill, away)
    chunks: Step = "chunk" if line == "pc" else "part"
    step = chunks if moment in {"chunks", "init"} and (moment == "chunks" or line == "pc") else moment
    after = dice.randrange(40) if step == chunks else 0
    delay = dice.choice((0.0, dice.random() * 0.004, dice.random() * 0.03))
    known: dict[str, Step] = {name: name for name in LINES[line]}
    return Blow(known[step], after, delay, is_kill, away)
