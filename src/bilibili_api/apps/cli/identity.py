"""Logins and accounts in words."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from .text import count, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilibili_api.account import Identity, VideoUploaderCredential

DAY: Final = 86400
GIB: Final = 1024**3


def about(identity: Identity) -> Iterator[str]:
    """Say who somebody is and what the account may do."""
    yield f"name     {safe(identity.name) or 'not known'}"
    yield f"mid      {identity.mid or 'not known'}"
    yield f"level    {'not known' if identity.level is None else identity.level}"
    yield f"limits   {count(identity.max_parts, 'part')} a video, {identity.max_file_size // GIB} GiB a file"
    yield f"login    {consists(identity.platform, token=identity.has_token, cookies=identity.has_cookies)}"
    yield f"expires  {ends(identity.expires_in, renews=identity.can_renew)}"


def figures(identity: Identity) -> dict[str, object]:
    """Return the same for programs."""
    return {
        "mid": identity.mid,
        "name": identity.name,
        "level": identity.level,
        "max_parts": identity.max_parts,
        "max_file_size": identity.max_file_size,
        "has_token": identity.has_token,
        "has_cookies": identity.has_cookies,
        "platform": identity.platform,
        "can_renew": identity.can_renew,
        "expires_in": identity.expires_in,
        "days_left": identity.days_left,
    }


def consists(platform: str | None, *, token: bool, cookies: bool) -> str:
    """Say what a login consists of."""
    key = f"access key ({platform or 'of an unknown app'})" if token else ""
    return " and ".join(filter(None, (key, "cookies" if cookies else "")))


def ends(seconds: int | None, *, renews: bool) -> str:
    """Say when a login ends: "in 179 days", and whether it renews itself."""
    if seconds is None:
        when = "nobody knows when"
    elif seconds <= 0:
        when = "has ended"
    else:
        when = f"in {count(seconds // DAY, 'day')}"
    return f"{when}; {'it renews itself' if renews else 'it does not renew itself'}"


def kept(credential: VideoUploaderCredential) -> dict[str, object]:
    """Return what is known of a kept login without asking Bilibili, for programs."""
    session = credential.session()
    return {
        "mid": session.mid or None,
        "platform": session.platform,
        "has_token": session.token is not None,
        "has_cookies": session.has_cookies,
        "can_renew": session.refresh_token is not None or session.web_refresh is not None,
        "expires": session.expires,
    }


def kept_lines(credential: VideoUploaderCredential) -> Iterator[str]:
    """Say the same to people."""
    session, known = credential.session(), kept(credential)
    renews = bool(known["can_renew"])
    yield f"mid      {session.mid or 'not known'}"
    token = session.token is not None
    yield f"login    {consists(session.platform, token=token, cookies=session.has_cookies)}"
    if session.expires is None:
        yield f"expires  {ends(None, renews=renews)}"
    else:
        day = datetime.fromtimestamp(session.expires, UTC).date()
        yield f"expires  {day}, {ends(int(session.expires - time.time()), renews=renews)}"
