"""How fast may be sent at which time of day: "08:00-23:00 10M, else off", taken apart. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.saying import say

LEAST: Final = 1024
"""Bytes per second below which a limit is taken for a mistake: servers give up on what is that slow."""
OFF: Final = "off"

_DAY: Final = 24 * 60
_BINARY: Final = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_DECIMAL: Final = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3}
_RATE: Final = (  # this and the next two are compiled when they are needed: an import should cost little
    r"(?ai)(?P<number>\d{1,15}(?:\.\d{1,9})?)\s*(?P<scale>[kmg]?)"
    r"(?P<unit>i|ib|b|bits?|(?-i:bps)|(?-i:Bps))?(?:(?<!ps)/s)?"
)
_WINDOW: Final = r"(?as)(\d{1,2})(?::(\d\d))?\s*[-–~]\s*(\d{1,2})(?::(\d\d))?\s+(.+)"
_ELSE: Final = r"(?is)else\s+(.+)"
_HINT: Final = say(
    "Give bytes per second: 10M (MiB), 1.5M, 800K, 10MB, 10Mbit, off, or by the time of day: "
    '"08:00-23:00 10M, else off".'
)


@frozen
class Window:
    """A stretch of the day.

    Attributes:
        begin: Its first minute, counted from midnight.
        length: Minutes.
        rate: Bytes per second; None: no limit.
    """

    begin: int
    length: int
    rate: int | None

    @property
    def edges(self) -> tuple[int, int]:
        """Its first minute, and the first one after it; that may be one of the next day."""
        return self.begin, self.begin + self.length

    def has(self, minute: int) -> bool:
        """Whether a minute of the day lies in it; it may go over midnight."""
        return (minute - self.begin) % _DAY < self.length


@frozen
class Schedule:
    """A limit that may depend on the time of day, by the clock on the wall.

    Attributes:
        text: As it was given.
        windows: Times of day with a limit of their own; none overlaps another.
        otherwise: Bytes per second at all other times; None: no limit.
    """

    text: str = OFF
    windows: tuple[Window, ...] = ()
    otherwise: int | None = None

    @classmethod
    def of(cls, given: Schedule | str | float | None) -> Schedule:
        """Return the schedule that is meant: bytes per second, a text, or None for no limit.

        K, M and G are 1024, 1024² and 1024³ bytes, as with curl and rclone; KB, MB and GB are thousands,
        kbit, Mbit and Gbit thousands of bits. Times that no window names have no limit.

        Raises:
            ArgsException: It cannot be understood.
        """
        if isinstance(given, Schedule):
            return given
        if given is None:
            return UNLIMITED
        text = given.strip() if isinstance(given, str) else f"{given:.0f}"
        try:
            return _parsed(text)
        except ValueError as error:
            raise ArgsException(
                say("The rate {text!r} cannot be used: {reason}.", text=text[:80], reason=error.args[0]),
                hint=_HINT,
            ) from None

    def __str__(self) -> str:
        return self.text

    @property
    def is_constant(self) -> bool:
        """Whether the time of day makes no difference."""
        return all(window.rate == self.otherwise for window in self.windows)

    def at(self, when: datetime) -> int | None:
        """Return the bytes per second that hold at a time of day, or None: no limit."""
        minute = when.hour * 60 + when.minute
        return next((window.rate for window in self.windows if window.has(minute)), self.otherwise)

    def until(self, when: datetime) -> datetime | None:
        """Return when the limit is next another one than at `when`; None: never.

        Reckoned by the clock on the wall: a day on which it is put forward or back is an hour shorter or
        longer, and the windows are where that clock says.
        """
        midnight = when.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        edges = {edge % _DAY for window in self.windows for edge in window.edges}
        moments = sorted(midnight + timedelta(days=day, minutes=edge) for day in (0, 1) for edge in edges)
        now = self.at(when)
        return next((moment for moment in moments if moment > when and self.at(moment) != now), None)


UNLIMITED: Final = Schedule()


def _parsed(text: str) -> Schedule:
    if not text:
        raise ValueError(say("it is empty"))
    windows: list[Window] = []
    otherwise: list[int | None] = []
    items = [item.strip() for item in re.split(r"[,;，；]", text)]
    for item in items:
        if found := re.fullmatch(_WINDOW, item):
            _add(windows, found)
        elif found := re.fullmatch(_ELSE, item):
            otherwise.append(_rate(found[1]))
        elif len(items) == 1:
            otherwise.append(_rate(item))
        else:
            raise ValueError(say("{item!r} names neither a time of day nor 'else'", item=item))
    if len(otherwise) > 1:
        raise ValueError(say("it says twice what holds else"))
    return Schedule(text, tuple(windows), otherwise[0] if otherwise else None)


def _add(windows: list[Window], found: re.Match[str]) -> None:
    begin, end = _minute(found[1], found[2]), _minute(found[3], found[4])
    length = end - begin if end > begin else end - begin + _DAY
    if begin in {end, _DAY}:
        raise ValueError(say("from when to when it holds is not clear"))
    window = Window(begin, length, _rate(found[5]))
    if any(other.has(begin) or window.has(other.begin) for other in windows):
        raise ValueError(say("two of its times of day overlap"))
    windows.append(window)


def _minute(hour: str, minute: str | None) -> int:
    counted = int(hour) * 60 + int(minute or 0)
    if counted > _DAY or int(minute or 0) > 59:
        raise ValueError(say("{time} is no time of day", time=f"{hour}:{minute or '00'}"))
    return counted


def _rate(text: str) -> int | None:
    text = text.strip()
    if text.lower() == OFF:
        return None
    found = re.fullmatch(_RATE, text)
    if found is None:
        raise ValueError(say("{text!r} is no rate", text=text))
    scale, unit = found["scale"].lower(), found["unit"] or ""
    if unit == "b" and scale:
        raise ValueError(
            say(
                "{text!r} may mean bits or bytes: write {scale}B or {scale}bit",
                text=text,
                scale=scale.upper(),
            )
        )
    bits = unit == "bps" or unit.lower().startswith("bit")
    scales = _DECIMAL if bits or unit in {"B", "Bps"} else _BINARY
    rate = int(float(found["number"]) * scales[scale] / (8 if bits else 1))
    if rate < LEAST:
        raise ValueError(
            say("less than {least} bytes per second is no use; 'off' means without a limit", least=LEAST)
        )
    return rate
