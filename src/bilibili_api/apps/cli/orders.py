"""Faults for the simulator as the shell orders them: STEP:KIND[:ARG][xN]."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args

import click

from bilibili_api.saying import listed
from bilibili_api.simulator import (
    Captcha,
    Code,
    Cut,
    ExpiredToken,
    Latency,
    LostAnswer,
    NotOk,
    RateLimited,
    Slow,
    Stall,
    Status,
    Step,
)

from .language import t

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator import Fault, Simulator

KINDS: Final[dict[str, Callable[[str], Fault]]] = {
    "status": lambda arg: Status(int(arg or 503)),
    "notok": lambda arg: NotOk(arg or "server busy"),
    "code": lambda arg: Code(int(arg), "refused on order"),
    "cut": lambda arg: Cut(after=int(arg or 0)),
    "stall": lambda arg: Stall(after=int(arg or 0)),
    "slow": lambda arg: Slow(bytes_per_second=float(arg)),
    "latency": lambda arg: Latency(float(arg)),
    "lost": lambda arg: LostAnswer(int(arg) if arg else None),
    "captcha": lambda _arg: Captcha(),
    "expired": lambda _arg: ExpiredToken(),
    "ratelimited": lambda _arg: RateLimited(),
}
STEPS: Final[tuple[str, ...]] = get_args(Step)
_ORDER: Final = re.compile(r"(?P<step>[a-z]+):(?P<kind>[a-z]+)(?::(?P<arg>.*?))?(?:x(?P<times>\d+|\*))?")

HELP: Final = (
    "Order a fault: STEP:KIND[:ARG][xN], N times (once if not said, * for always); repeat for more. "
    f"Steps: {', '.join(STEPS)}. Kinds: "
    + ", ".join(KINDS)
    + ". For example chunk:status:503x3, submit:code:21070, chunk:stall:100000, submit:lost."
)


class FaultOrder(NamedTuple):
    """One fault as ordered; `times` is None for always."""

    step: Any
    fault: Fault
    times: int | None

    def place(self, simulator: Simulator) -> None:
        """Order it."""
        simulator.faults.add(self.step, self.fault, times=self.times)


def read_faults(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> tuple[FaultOrder, ...]:
    """Return the faults that were ordered."""
    return tuple(_read_fault(value) for value in values)


def _read_fault(value: str) -> FaultOrder:
    match = _ORDER.fullmatch(value)
    if match is None or match["kind"] not in KINDS:
        raise click.BadParameter(
            t(
                "{value!r} is not STEP:KIND[:ARG][xN] with a kind of {kinds}.",
                value=value,
                kinds=listed(KINDS),
            )
        )
    try:
        fault = KINDS[match["kind"]](match["arg"] or "")
    except ValueError:
        raise click.BadParameter(
            t("{value!r}: {kind} wants a number, as status:503.", value=value, kind=match["kind"])
        ) from None
    step, times = match["step"], match["times"] or "1"
    if step not in STEPS:
        raise click.BadParameter(
            t(
                "{value!r}: there is no step {step}; there are {steps}.",
                value=value,
                step=step,
                steps=listed(STEPS),
            )
        )
    if step not in fault.steps:
        raise click.BadParameter(
            t(
                "{value!r}: {kind} does not happen at {step}, but at {steps}.",
                value=value,
                kind=match["kind"],
                step=step,
                steps=listed(fault.steps),
            )
        )
    return FaultOrder(step, fault, None if times == "*" else int(times))
