"""Logins as browsers export them: cookies.txt, an extension's list, a Cookie header (section 2.8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Never, cast

from bilibili_api.exceptions import ArgsException
from bilibili_api.saying import say

from .tokens import Cookie, Session, checked_token, unique

WEB_REFRESH: Final = "ac_time_value"
_KEPT: Final = ("SESSDATA", "bili_jct", "DedeUserID", "DedeUserID__ckMd5", "sid", "buvid3", "buvid4", "b_nut")
"""Of the many cookies of a browser, those that say who one is."""
HOW: Final = say(
    "Give a cookies.json (as biliup writes it), a cookies.txt in Netscape's format, a Cookie header, "
    "or log in again."
)
_PAIR: Final = re.compile(r"\s*([!#-'*+.0-9A-Z^-z|~-]+)=([^;\s]*)\s*")
_NETSCAPE_FIELDS: Final = 7


def fail(what: str, hint: str = HOW) -> Never:
    """Refuse a login; neither text may hold any of it."""
    raise ArgsException(say("The login {what}.", what=what), hint=hint)


def from_netscape(text: str) -> Session:
    """Read the seven fields a line has, `#HttpOnly_` before the domain included."""
    found: list[Cookie | None] = []
    for number, line in enumerate(text.splitlines(), 1):
        http_only = line.startswith("#HttpOnly_")
        bare = line.removeprefix("#HttpOnly_").rstrip("\r\n")
        if not bare.strip() or bare.startswith("#"):
            continue
        fields = bare.split("\t")
        if len(fields) < _NETSCAPE_FIELDS:
            fail(
                say(
                    "has {found} of {all} fields in line {line}: it is incomplete or no cookies.txt",
                    found=len(fields),
                    all=_NETSCAPE_FIELDS,
                    line=number,
                )
            )
        domain, _, _, secure, expires, name, value = fields[:_NETSCAPE_FIELDS]
        if name in _KEPT and _is_ours(domain):
            ends = whole(expires)
            found.append(Cookie(name, value.strip(), ends or None, http_only, secure.upper() == "TRUE"))
    return Session(cookies=unique(found))


def from_header(text: str) -> Session:
    """Read `name=value; name=value`, with or without the header's name; only cookies of the account are kept.

    Raises:
        ArgsException: There is none.
    """
    found: dict[str, str] = {}
    for piece in re.sub(r"(?i)^cookie:\s*", "", text).split(";"):
        match = _PAIR.fullmatch(piece)
        if match is not None:
            found[match[1]] = match[2]
    if not found:
        fail(say("is in no form that is known here"))
    refresh = found.get(WEB_REFRESH)
    return Session(
        cookies=tuple(Cookie(name, value) for name, value in found.items() if name in _KEPT),
        web_refresh=checked_token(refresh, WEB_REFRESH) if refresh else None,
    )


def from_list(listed: list[object]) -> tuple[Cookie, ...]:
    """Read the list that browser extensions export: `name`, `value`, `domain`, `expirationDate`."""
    found: list[Cookie | None] = []
    for each in listed:
        member = mapping(each)
        name, value, domain = member.get("name"), member.get("value"), member.get("domain", "bilibili.com")
        if name in _KEPT and isinstance(value, str) and isinstance(domain, str) and _is_ours(domain):
            ends = whole(member.get("expirationDate"))
            http_only, secure = bool(member.get("httpOnly")), bool(member.get("secure"))
            found.append(Cookie(cast("str", name), value, ends or None, http_only, secure))
    return unique(found)


def _is_ours(domain: str) -> bool:
    return f".{domain.lstrip('.').lower()}".endswith(".bilibili.com")


def whole(value: object) -> int:
    """Return a number that strict readers can hold; 0 for anything else."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value, re.ASCII):
        value = int(value)
    if isinstance(value, float) and 0 <= value < 2**53:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else 0


def mapping(value: object) -> Mapping[str, object]:
    """Return a JSON object; an empty one for anything else."""
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
