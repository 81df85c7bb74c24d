"""Carries an order out with a login: what says which line a page goes over, and the plan.

Loaded in a thread like the HTTP library (`connecting.py`): whoever only checks or asks needs nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilibili_api.protocol.lines import DEFAULT, line_named

from .additions import Addition
from .choice import AUTO, PC, choose_interfaces
from .pc_line import PcLine
from .probe import Begun, Named, Probe
from .publish import Plan, Publication
from .sights import Sights
from .upos_line import UposLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.protocol.interfaces import Access

    from .calls import Calls
    from .dialect import AnyDialect
    from .order import Order
    from .page_state import PageState
    from .standing import Standing
    from .waits import Tell


async def carry_out(order: Order, calls: Calls, access: Access, standing: Standing, tell: Tell) -> None:
    """Upload what is missing of an order, and make an archive of it or put it into one.

    Raises:
        ApiException: What could not be helped, with `kept` filled in.
    """
    plan = await _planned(order, calls, access, standing)
    if order.into is None:
        await Publication(calls, tell, plan, standing).run()
    else:
        await Addition(calls, tell, plan, standing, order.into).run()


async def _planned(order: Order, calls: Calls, access: Access, standing: Standing) -> Plan:
    """Say how it is carried out with a login, and learn the sizes that can be known already."""
    for page, state in zip(order.pages, standing.pages, strict=True):
        if not state.size and page.origin.is_seekable:
            state.size = await page.origin.size()
    return Plan(
        origins=tuple(page.origin for page in order.pages),
        meta=order.meta,
        extra=order.extra,
        cover=order.made.get("cover"),
        cover43=order.made.get("cover43"),
        cover_required=order.cover_required,
        threads=order.threads,
        dialect_of=speaker(calls, access, order.line, order.chunk_size),
        interfaces=choose_interfaces(access, order.interface),
    )


def choose_line(calls: Calls, access: Access, line: str | None, chunk_size: int) -> AnyDialect:
    """Return the line to speak: UPOS with cookies, the best of its lines; else the PC line."""
    if line == PC or (line in (None, AUTO) and access.cookies is None):
        return PcLine(calls, chunk_size)
    sights = Sights(calls.options)
    if line is None or line == AUTO:
        return UposLine(calls, Probe(calls.http, calls.options, sights, calls.waits))
    return UposLine(calls, Named(line_named(line), sights, calls.options.world))


def speaker(
    calls: Calls, access: Access, line: str | None, chunk_size: int
) -> Callable[[PageState], AnyDialect]:
    """Return what says which line a page goes over.

    One that was begun goes on over its line, whatever the login is made of by now, since its target is all
    that is needed for that; unless the caller forces a line.
    """
    chosen = choose_line(calls, access, line, chunk_size)
    if line not in (None, AUTO):
        return lambda _: chosen
    begun = Begun(DEFAULT, Sights(calls.options), calls.options.world)
    lines = (chosen, PcLine(calls, chunk_size), UposLine(calls, begun))
    return lambda page: next((each for each in lines if each.speaks(page)), chosen)
