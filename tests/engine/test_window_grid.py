"""The window against every fixed number of streams, over links of many kinds, in virtual time."""

from __future__ import annotations

from functools import cache
from itertools import product

import pytest
from tests.engine.virtual_link import TICK, Link, Network, Seen

from bilibili_api.engine.window import Sample, Window, after

MB = 1_000_000.0
CEILING = 12
FILE = 1500 * MB
"""Bytes of the file; the rate counts over the time in which the best link would carry it."""
CELLS = [
    Link(cap * MB, total * MB, rtt, failing)
    for cap, total, rtt, failing in product((0.5, 2, 20), (2, 20), (0.02, 0.2), (0.0, 0.1))
]


def duration(link: Link) -> float:
    return max(60.0, FILE / min(link.total, CEILING * link.cap))


@cache
def fixed(link: Link, streams: int) -> float:
    """Bytes that so many streams bring over."""
    network = Network(link, wanted=streams)
    network.run(duration(link))
    return network.good


def adaptive(link: Link, seconds: float) -> tuple[float, Window]:
    """Bytes that as many streams bring over as the window says, and the window at the end."""
    window = Window.begin(CEILING)
    network = Network(link, wanted=window.size)
    while network.now < seconds:
        network.run(TICK)
        seen, network.seen = network.seen, Seen()
        window = after(window, Sample(TICK, int(seen.taken), network.streams, seen.stored, seen.failed))
        network.wanted = window.size
    return network.good, window


@pytest.mark.parametrize("link", CELLS, ids=str)
def test_it_reaches_what_the_best_fixed_number_reaches(link: Link):
    """At least 95 % of it, though nobody tells it that number."""
    best = max(fixed(link, streams) for streams in (1, 2, 3, 4, 5, 6, 8, 10, 12))
    reached, _ = adaptive(link, duration(link))
    assert reached >= 0.95 * best


@pytest.mark.parametrize(
    "link", [Link(20 * MB, total * MB, rtt) for total, rtt in ((1, 0.02), (2, 0.2), (20, 0.02))], ids=str
)
def test_where_one_stream_would_do_it_reaches_the_capacity_with_few(link: Link):
    """At least 90 % of it; and what buys nothing is given up again."""
    seconds = duration(link)
    reached, window = adaptive(link, seconds)
    assert reached >= 0.9 * link.total * seconds
    assert window.size <= 5


@pytest.mark.parametrize("overload", ["slows", "fails"])
@pytest.mark.parametrize("cap", [0.5, 2])
def test_a_server_that_bears_few_streams_is_not_overrun(cap: float, overload: str):
    """Each stream more than four costs all the others something: most of what is possible is reached."""
    link = Link(cap * MB, 20 * MB, 0.1, limit=4, overload=overload)
    best = max(fixed(link, streams) for streams in (3, 4, 5, 6, 8, 10, 12))
    reached, _ = adaptive(link, duration(link))
    assert reached >= 0.85 * best
