"""Points in time as `--dtime` takes them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bilibili_api.apps.cli.when import moment, told

CHINA, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=CHINA).timestamp()


def at(*figures: int, zone: ZoneInfo = CHINA) -> int:
    return int(datetime(*figures, tzinfo=zone).timestamp())  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("+4h", NOW + 4 * 3600),
        ("+90m", NOW + 90 * 60),
        ("+ 1d 12h", NOW + 36 * 3600),
        ("+2.5h", NOW + 9000),
        ("+2h30min", NOW + 9000),
        ("today 20:00", at(2026, 11, 23, 20)),
        ("Tomorrow 18:00", at(2026, 11, 24, 18)),
        ("明天 8:05", at(2026, 11, 24, 8, 5)),
        ("后天 18:00", at(2026, 11, 25, 18)),
        ("2026-12-01 18:00", at(2026, 12, 1, 18)),
        ("2026-12-01T18:00:30", at(2026, 12, 1, 18, 0, 30)),
        ("2026-12-01T18:00:00+08:00", at(2026, 12, 1, 18)),
        ("2026-12-01T10:00:00Z", at(2026, 12, 1, 18)),
        ("2026-12-01t10:00:00.5z", at(2026, 12, 1, 18)),
        ("1800000000", 1_800_000_000),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, meant: float) -> None:
    """Without a zone it is meant here, where China is."""
    assert moment(text, NOW, CHINA) == int(meant)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "+4",
        "+4x",
        "-4h",
        "soon",
        "tomorrow",
        "2026-12-01",
        "2026-13-01 18:00",
        "25:00",
        "１８:00",
    ],
)
def test_what_is_no_time_is_answered_with_what_could_be(text: str) -> None:
    """A date alone is not one either: nobody means midnight."""
    with pytest.raises(ValueError, match=r"Give \+4h, \+1d12h, tomorrow 18:00, 2026-12-01 18:00"):
        moment(text, NOW, CHINA)


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    """In the night of the change there is no half past two."""
    with pytest.raises(ValueError, match="is skipped here, where the clocks are put forward"):
        moment("2027-03-28 02:30", NOW, BERLIN)
    assert moment("2027-03-28 03:30", NOW, BERLIN) == at(2027, 3, 28, 3, 30, zone=BERLIN)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (NOW + 4 * 3600 - 60, "2026-11-23 13:29 UTC+08:00, in 3 h 59 min"),
        (NOW + 3 * 86400, "2026-11-26 09:30 UTC+08:00, in 3 d 0 min"),
        (NOW - 60, "2026-11-23 09:29 UTC+08:00, in the past"),
        (10.0**18, "1000000000000000000"),
    ],
)
def test_a_time_is_told_with_its_zone_and_how_far_it_is(seconds: float, said: str) -> None:
    """So that nobody publishes at the right hour of the wrong zone."""
    assert told(seconds, NOW, CHINA) == said
