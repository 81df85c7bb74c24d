"""Bytes and moments as a person reads them, everywhere alike.

Bytes are counted in thousands, as disks and networks are sold; moments are told with their zone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import tzinfo

UNITS: Final = ("kB", "MB", "GB", "TB", "PB")


def size_text(number: float) -> str:
    """Return bytes in decimal units: "999 B", "1.5 kB", "20.0 MB"."""
    if number < 1000:
        return f"{number:.0f} B"
    for unit in UNITS:
        number /= 1000
        if number < 999.95:
            return f"{number:.1f} {unit}"
    return f"{number:.1f} {UNITS[-1]}"


def rate_text(number: float) -> str:
    """Return bytes per second: "1.5 kB/s"."""
    return f"{size_text(number)}/s"


def moment_text(seconds: float, zone: tzinfo | None = None) -> str:
    """Return a moment as the clocks show it: "2026-12-01 18:00 UTC+08:00".

    Args:
        seconds: Unix seconds.
        zone: Where the clocks are; None: where this machine is.
    """
    try:
        there = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    except (OverflowError, ValueError, OSError):
        return f"{seconds:.0f}"
    offset = timezone(there.utcoffset() or timedelta())
    return f"{there.replace(tzinfo=offset):%Y-%m-%d %H:%M %Z}"
