"""Rate and remaining time, by a clock that the test holds."""

from __future__ import annotations

import pytest

from bilibili_api.apps.cli.meter import WINDOW, Meter


def metered(*samples: tuple[float, int]) -> Meter:
    meter = Meter()
    for now, taken in samples:
        meter.add(now, taken)
    return meter


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        ([], None),
        ([(0, 0)], None),
        ([(0, 0), (0.1, 5_000_000)], None),
        ([(0, 0), (1, 1000)], 1000),
        ([(0, 0), (2, 1000), (4, 4000)], 1000),
        ([(0, 0), (4, 4000), (5, 3000)], 600),
        ([(0, 4000), (5, 0)], 0),
    ],
)
def test_the_rate_is_an_average_over_the_last_seconds(
    samples: list[tuple[float, int]], rate: float | None
) -> None:
    """The rate is unknown at first, an average later, and never negative."""
    assert metered(*samples).rate == rate


def test_what_is_long_ago_does_not_count() -> None:
    """A fast beginning does not brighten what follows."""
    samples = [(float(i), 10_000_000 + 100 * i) for i in range(1, 30)]
    assert metered((0, 0), *samples).rate == pytest.approx(100)


def test_a_standstill_shows_within_the_window() -> None:
    """When nothing moves any more, the rate falls to zero."""
    assert metered((0, 0), (1, 1000), (2, 1000), (3 + WINDOW, 1000)).rate == 0


def test_memory_does_not_grow_with_the_upload() -> None:
    """Only the samples of the window are kept."""
    meter = metered(*((i / 10, i) for i in range(10_000)))
    assert meter.samples <= 10 * WINDOW + 2


@pytest.mark.parametrize(
    ("samples", "remaining", "left"),
    [
        ([(0, 0), (1, 1000)], 5000, 5),
        ([(0, 0), (1, 1000)], 0, 0),
        ([], 5000, None),
        ([(0, 0), (1, 0)], 5000, None),
    ],
)
def test_remaining_time_is_unknown_without_a_rate(
    samples: list[tuple[float, int]], remaining: int, left: float | None
) -> None:
    """The remaining time follows from the rate; nobody knows it while nothing moves."""
    assert metered(*samples).left(remaining) == left
