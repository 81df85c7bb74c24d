"""How many chunks are in flight: what follows from what was seen, case by case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bilibili_api.engine.window import Phase, Sample, Window, after, within

if TYPE_CHECKING:
    from collections.abc import Callable

MB = 1_000_000
CEILING = 12


def per_stream(size: int) -> float:
    """A link on which each stream brings one megabyte a second."""
    return size * MB


def one_will_do(_: int) -> float:
    """A link that a single stream fills."""
    return 5 * MB


def four_will_do(size: int) -> float:
    """A link that four streams fill."""
    return min(size, 4) * MB


def best_at_six(size: int) -> float:
    """A server that more than six streams slow down."""
    return (size if size <= 6 else 12 - size) * MB


def see(
    window: Window, rate_of: Callable[[int], float], seconds: float, stored: int = 1, failed: int = 0
) -> Window:
    """Let samples of half a second follow, in which as many streams are at work as there should be."""
    for _ in range(int(seconds * 2)):
        taken = int(rate_of(window.size) / 2)
        window = after(window, Sample(0.5, taken, window.size, stored, failed))
    return window


def home(size: int, **known: float) -> Window:
    """A window that has settled, with the rates it knows in megabytes a second, by size as `s4=4`."""
    rates = [0.0] * (CEILING + 1)
    for name, rate in known.items():
        rates[int(name[1:])] = rate * MB
    rates[size] = rates[size] or size * MB
    return replace(
        Window.begin(CEILING), size=size, home=size, phase=Phase.HOME, rates=tuple(rates), settled=9.0
    )


@pytest.mark.parametrize(("ceiling", "size"), [(1, 1), (2, 2), (12, 2), (64, 2)])
def test_it_begins_small(ceiling: int, size: int):
    """With two, unless only one is allowed."""
    assert Window.begin(ceiling).size == size


@pytest.mark.parametrize(
    ("rate_of", "sizes"),
    [(per_stream, range(12, 13)), (four_will_do, range(4, 5)), (one_will_do, range(1, 3))],
    ids=["each stream", "four", "one"],
)
def test_it_finds_how_many_are_worth_it(rate_of: Callable[[int], float], sizes: range):
    """As many as make it faster, and no more."""
    assert see(Window.begin(CEILING), rate_of, 30).size in sizes


def test_it_doubles_each_second_while_that_pays():
    """Two, four, eight, and all that are allowed."""
    window, sizes = Window.begin(CEILING), [2]
    for _ in range(4):
        window = see(window, per_stream, 1)
        sizes.append(window.size)
    assert sizes == [2, 4, 8, 12, 12]


def test_it_looks_for_what_lies_between():
    """Four are too few, eight too many: six are found by looking."""
    assert see(Window.begin(CEILING), best_at_six, 120).home == 6


def test_it_never_exceeds_its_ceiling():
    """Whatever more would bring."""
    window = Window.begin(5)
    for _ in range(200):
        window = see(window, per_stream, 0.5)
        assert window.size <= 5


def test_one_noisy_sample_changes_nothing():
    """A second in which next to nothing moves, and one in which twice as much does."""
    settled = home(6)
    for factor in (0.1, 2.0):
        odd = see(settled, lambda size, factor=factor: factor * size * MB, 0.5)
        assert see(odd, per_stream, 5).size == 6


@pytest.mark.parametrize(
    ("stored", "failed", "size"), [(0, 1, 8), (9, 1, 8), (2, 2, 8), (0, 4, 4), (4, 4, 4)]
)
def test_when_many_attempts_fail_it_halves_at_once(stored: int, failed: int, size: int):
    """Not because of one or two, and not while most succeed."""
    window = after(home(8), Sample(0.5, 4 * MB, 8, stored, failed))
    assert window.size == size


def test_what_always_fails_a_little_is_no_reason_to_shrink():
    """One in seven everywhere: more streams still bring more."""
    window = Window.begin(CEILING)
    for _ in range(60):
        window = see(window, per_stream, 0.5, stored=6, failed=1)
    assert window.home == CEILING


def test_after_trouble_what_larger_sizes_seemed_to_reach_is_forgotten():
    """It went well only because failures come at the end of a chunk."""
    window = after(home(8, s4=4, s8=8, s12=12), Sample(0.5, 4 * MB, 8, 0, 8))
    assert (window.size, [size for size, rate in enumerate(window.rates) if rate]) == (4, [4])


def test_it_does_not_judge_while_there_is_too_little_to_do():
    """At the end of a file few chunks are left, and the rate says nothing about the link."""
    window = home(8)
    for _ in range(60):
        window = after(window, Sample(0.5, MB // 2, 3, 1))
    assert window.size == 8
    assert window.rates == home(8).rates


def test_it_does_not_judge_before_those_too_many_have_ended_their_chunks():
    """Nobody is stopped in the middle of a chunk, so that a smaller size takes its time."""
    window = replace(home(4), trial=Sample(1.0, 9 * MB, 4))
    assert after(window, Sample(0.5, 9 * MB, 8)).trial.taken == 0


def test_it_does_not_judge_where_nothing_moves():
    """A link that is away says nothing about sizes."""
    window = see(home(6), lambda _: 0.0, 60, stored=0)
    assert window.size == 6


def test_a_link_that_becomes_another_one_is_found_out_anew():
    """Each stream has half of what it had, and twice as many are wanted."""
    settled = see(home(4, s4=8, s8=8), lambda size: min(8 * MB, 2 * MB * size), 20)
    assert settled.size <= 6
    assert see(settled, lambda size: min(8 * MB, 0.7 * MB * size), 60).home >= 8


def test_a_look_in_vain_is_undone_and_not_repeated_soon():
    """The best size is back after three seconds, and stays for longer than it took."""
    window = replace(home(4), left=0.0)
    window = see(window, four_will_do, 2)
    assert (window.phase, window.size) == (Phase.LOOK, 6)
    window = see(window, four_will_do, 3)
    assert (window.phase, window.size) == (Phase.HOME, 4)
    for _ in range(20):
        window = see(window, four_will_do, 0.5)
        assert window.size == 4


def test_however_long_a_look_took_there_is_another_one():
    """For an hour there was too little to do to judge it, at the ends of pages and between them."""
    window = replace(home(4), phase=Phase.LOOK, size=6, trial=Sample(0.0, 0, 6))
    for _ in range(60):
        window = after(window, Sample(60.0, 0, 1))
    window = see(window, four_will_do, 5)
    assert (window.phase, window.size) == (Phase.HOME, 4)
    phases: set[Phase] = set()
    for _ in range(660):
        window = see(window, four_will_do, 0.5)
        phases.add(window.phase)
    assert Phase.LOOK in phases


def test_fewer_are_kept_if_they_do_as_well():
    """What buys nothing is given up."""
    window = see(replace(home(8, s8=4), upward=False), four_will_do, 90)
    assert window.home == 4


@pytest.mark.parametrize(("ceiling", "size"), [(12, 8), (8, 8), (3, 3), (1, 1)])
def test_a_line_that_bears_fewer_is_obeyed_at_once(ceiling: int, size: int):
    """The size follows the ceiling down."""
    assert within(home(8), ceiling).size == size


def test_a_line_that_bears_more_again_is_made_use_of():
    """After a line that bore one, the next one is explored."""
    window = within(within(home(8), 1), CEILING)
    assert see(window, per_stream, 120).home == CEILING


def test_it_says_why():
    """Each change of the size has a reason in words."""
    window, reasons = Window.begin(CEILING), {"start"}
    for _ in range(100):
        window = see(window, four_will_do, 0.5)
        reasons.add(window.reason)
    assert reasons >= {"start", "more streams are faster", "more streams are not faster"}
