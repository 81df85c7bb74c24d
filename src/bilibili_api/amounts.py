"""Bytes as a person reads them, everywhere in the same units: thousands, as disks and networks are sold."""

from __future__ import annotations

from typing import Final

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
