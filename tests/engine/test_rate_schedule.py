"""Limits of the rate as people write them, and what holds at which time of day."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bilibili_api.engine.rate_schedule import Schedule
from bilibili_api.exceptions import ArgsException

MIB = 1024 * 1024
DAY = "08:00-23:00 10M, else off"


def at(text: str, hour: int, minute: int = 0) -> int | None:
    return Schedule.of(text).at(datetime(2026, 11, 23, hour, minute, 59))  # noqa: DTZ001 - the wall's clock is meant


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10M", 10 * MIB),
        ("1.5m", 1_572_864),
        ("800K", 819_200),
        ("2G", 2048 * MIB),
        (" 10 MiB/s ", 10 * MIB),
        ("10MB", 10_000_000),
        ("10 MB/s", 10_000_000),
        ("10Mbit", 1_250_000),
        ("10 Mbps", 1_250_000),
        ("10MBps", 10_000_000),
        ("800 kbit/s", 100_000),
        ("500000", 500_000),
        ("off", None),
        ("OFF", None),
    ],
)
def test_a_rate_is_bytes_a_second_unless_it_says_bits(text: str, rate: int | None) -> None:
    """K, M and G are binary as for curl and rclone; KB, MB, GB and all bits are decimal."""
    assert at(text, 12) == rate


def test_numbers_and_nothing_are_limits_too() -> None:
    """As programs give them."""
    assert (Schedule.of(2_000_000).otherwise, Schedule.of(1e6).otherwise) == (2_000_000, 1_000_000)
    assert Schedule.of(None).otherwise is None


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (DAY, {0: None, 7: None, 8: 10 * MIB, 22: 10 * MIB, 23: None}),
        ("8-23 10M", {7: None, 8: 10 * MIB, 23: None}),
        ("23:00-07:00 off; else 1M", {22: MIB, 23: None, 0: None, 6: None, 7: MIB}),
        ("06:00-12:00 1M，12:00-18:00 2M，else 3M", {5: 3 * MIB, 6: MIB, 12: 2 * MIB, 18: 3 * MIB}),
        ("18:00-24:00 1M", {17: None, 18: MIB, 23: MIB, 0: None}),
        ("00:00-24:00 1M", {0: MIB, 23: MIB}),
    ],
)
def test_the_time_of_day_decides(text: str, holds: dict[int, int | None]) -> None:
    """A window begins with its first minute and ends before its last; it may go over midnight."""
    assert {hour: at(text, hour) for hour in holds} == holds


def test_a_window_holds_to_the_minute() -> None:
    """The last minute of a window is the one before its end."""
    assert (at(DAY, 7, 59), at(DAY, 8, 0), at(DAY, 22, 59), at(DAY, 23, 0)) == (
        None,
        10 * MIB,
        10 * MIB,
        None,
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "fast", "-1M", "0", "1", "1000", "10Mb", "10M, 20M", "8-9 1M, 2M", "else 1M, else 2M", "25:00-26:00 1M",
        "8:60-9:00 1M", "8:00-8:00 1M", "24:00-8:00 1M", "8-12 1M, 11-13 2M", "22-6 1M, 5-7 2M", "10M,", "1e6", "٣M",
    ],
)  # fmt: skip
def test_what_is_not_clear_is_refused_with_the_form(text: str) -> None:
    """Also what might mean bits or bytes, and times that overlap."""
    with pytest.raises(ArgsException) as caught:
        Schedule.of(text)
    assert "08:00-23:00 10M, else off" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "now", "end"),
    [
        (DAY, (9, 30), (23, 23)),
        (DAY, (23, 0), (24, 8)),
        (DAY, (7, 59), (23, 8)),
        ("22:00-06:00 1M", (23, 0), (24, 6)),
        ("06:00-12:00 1M, 12:00-18:00 1M", (7, 0), (23, 18)),
    ],
)
def test_it_says_when_another_limit_holds(text: str, now: tuple[int, int], end: tuple[int, int]) -> None:
    """Days and hours; edges at which nothing changes are none."""
    found = Schedule.of(text).until(datetime(2026, 11, 23, *now))  # noqa: DTZ001 - the wall's clock is meant
    assert found is not None
    assert (found.day, found.hour, found.minute) == (*end, 0)


@pytest.mark.parametrize("text", ["10M", "off", "8-12 1M, else 1M"])
def test_a_limit_that_never_changes_has_no_end(text: str) -> None:
    """Neither has one whose windows all say the same."""
    now = datetime(2026, 11, 23, 9)  # noqa: DTZ001 - the wall's clock is meant
    assert Schedule.of(text).until(now) is None


def test_on_the_day_the_clocks_are_put_back_a_window_lasts_an_hour_longer() -> None:
    """25 October 2026 in Berlin: the hour from two to three comes twice, and the window is where the clock says."""
    now = datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    end = Schedule.of("01:00-04:00 1M").until(now)
    assert end is not None
    assert end.timestamp() - now.timestamp() == 3.5 * 3600
