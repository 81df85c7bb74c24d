"""The cookies that an answer sets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .tokens import Cookie, unique

if TYPE_CHECKING:
    from .wire import Response

_PAIR: Final = re.compile(r"\s*([!#-'*+.0-9A-Z^-z|~-]+)=([^;\s]+)\s*")


def set_cookies(response: Response, now: int) -> tuple[Cookie, ...]:
    """Return the cookies an answer sets, without those it deletes or that are no cookies.

    Args:
        response: The answer; each line of its `set-cookie` is one.
        now: The present, Unix seconds.
    """
    lines = response.headers.get("set-cookie", "").split("\n")
    found = unique(_cookie(line, now) for line in lines)
    return tuple(cookie for cookie in found if cookie.expires is None or cookie.expires > now)


def _cookie(line: str, now: int) -> Cookie | None:
    pair, *attributes = line.split(";")
    match = _PAIR.fullmatch(pair)
    if match is None:
        return None
    said = {
        name.strip().lower(): value.strip() for name, _, value in (each.partition("=") for each in attributes)
    }
    return Cookie(match[1], match[2].strip('"'), _ends(said, now), "httponly" in said, "secure" in said)


def _ends(said: dict[str, str], now: int) -> int | None:
    """`Max-Age` counts before `Expires`; what is no date says nothing."""
    if re.fullmatch(r"-?[0-9]{1,10}", said.get("max-age", ""), re.ASCII):
        return now + int(said["max-age"])
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - drags in half of `email`

    try:
        return int(parsedate_to_datetime(said["expires"]).timestamp())
    except (KeyError, ValueError, OverflowError, OSError, TypeError):
        return None
