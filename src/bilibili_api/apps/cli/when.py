"""Points in time as a person writes them: `+4h`, `tomorrow 18:00`, `2026-12-01 18:00`, RFC 3339."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from bilibili_api.amounts import moment_text
from bilibili_api.saying import say

from .language import t
from .text import safe, sentences

if TYPE_CHECKING:
    from datetime import tzinfo

DAYS: Final = {"today": 0, "tomorrow": 1, "今天": 0, "明天": 1, "后天": 2}
_SPANS: Final = {"d": 86400, "h": 3600, "m": 60, "min": 60}
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)(min|[dhm])")
_FORMS: Final = say(
    "Give +4h, +1d12h, tomorrow 18:00, 2026-12-01 18:00, 2026-12-01T18:00:00+08:00, or Unix seconds."
)


def moment(text: str, now: float, zone: tzinfo | None = None) -> int:
    """Return what a text means, in Unix seconds.

    Args:
        text: `+4h`, `tomorrow 18:00`, a date with a time, with or without a zone, or Unix seconds.
        now: The present, Unix seconds.
        zone: Where a time without a zone is meant; None: where this machine is.

    Raises:
        ValueError: It means nothing, with what could be given instead.
    """
    said = text.strip().lower()
    if said.isascii() and said.isdecimal():
        return int(said)
    if said.startswith("+"):
        return _later(said[1:].replace(" ", ""), text, now)
    return int(_date(said, text, now, zone).timestamp())


def _later(span: str, text: str, now: float) -> int:
    if not span or _SPAN.sub("", span):
        raise ValueError(sentences(say("{text!r} is no span of time.", text=safe(text)), _FORMS))
    return int(now + sum(float(number) * _SPANS[unit] for number, unit in _SPAN.findall(span)))


def _date(said: str, text: str, now: float, zone: tzinfo | None) -> datetime:
    day, _, clock = said.partition(" ")
    if day in DAYS:
        here = datetime.fromtimestamp(now, zone or _local(now))
        said = f"{here.date() + timedelta(days=DAYS[day])} {clock.strip()}"
    said = re.sub(r"(?<=[ t])(?=\d:\d\d)", "0", said)
    unclear = say("{text!r} is no date with a time.", text=safe(text))
    if not re.search(r"\d:\d\d", said):
        raise ValueError(sentences(unclear, _FORMS))
    try:
        found = datetime.fromisoformat(said.upper())
    except ValueError:
        raise ValueError(sentences(unclear, _FORMS)) from None
    if found.tzinfo is not None:
        return found
    placed = found.replace(tzinfo=zone) if zone is not None else found.astimezone()
    if placed.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != found:
        raise ValueError(
            t(
                "{text!r} is skipped here, where the clocks are put forward. Give another time.",
                text=safe(text),
            )
        )
    return placed


def _local(now: float) -> tzinfo | None:
    return datetime.fromtimestamp(now).astimezone().tzinfo


def told(seconds: float, now: float, zone: tzinfo | None = None) -> str:
    """Return "2026-12-01 18:00 UTC+08:00, in 3 h 59 min", by the clocks here.

    Args:
        seconds: The moment, Unix seconds.
        now: The present, Unix seconds.
        zone: Where "here" is; None: where this machine is.
    """
    minutes, moment = int((seconds - now) // 60), moment_text(seconds, zone)
    if ":" not in moment:  # no clock will ever show it
        return moment
    days, hours = divmod(minutes // 60, 24)
    if minutes < 0:
        return t("{moment}, in the past", moment=moment)
    parts = [t("{number} d", number=days)] if days else []
    parts += [t("{number} h", number=hours)] if hours else []
    span = " ".join([*parts, t("{number} min", number=minutes % 60)])
    return t("{moment}, in {span}", moment=moment, span=span)
