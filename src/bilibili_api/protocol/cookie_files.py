"""Logins as files: the shared `cookies.json` and what else people have (protocol document, section 2.8)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Final, Never, cast

from bilibili_api.redaction import Secret
from bilibili_api.saying import say

from .cookie_exports import HOW, WEB_REFRESH, fail, from_header, from_list, from_netscape, mapping, whole
from .tokens import PAIRS, PC_TOOL, Cookie, Session, checked_token, jar_of, session_of_token

DOMAINS: Final = (".bilibili.com", ".biligame.com")
SSO: Final = ("https://passport.bilibili.com/api/v2/sso",)
_OWN: Final = "bvup"
_LONGEST: Final = 1024 * 1024
_DEEPEST: Final = 32
_KEY: Final = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)


def parse(content: bytes) -> Session:
    """Read a login in any form of section 2.8, a Netscape cookies.txt, a raw Cookie header or a bare token.

    Raises:
        ArgsException: It is none of these, is incomplete or holds no login; the error says which, and never
            what the file holds.
    """
    text = _text(content)
    if text.startswith(("{", "[")):
        return _checked(_from_json(text))
    if _KEY.fullmatch(text):
        return session_of_token(text)
    if "\t" in text or text.startswith("# "):
        return _checked(from_netscape(text))
    return _checked(from_header(text))


def dump(session: Session) -> str:
    """Write a login in the canonical form; what nobody here knows is kept as it was (section 2.8).

    What the session does not have is written empty, since strict readers want all members to be there.
    """
    return _written(_overlaid(session, _unwrapped(session.document)))


def rewrite(session: Session) -> str:
    """Write a login as `dump` does, within the wrapper it was read from, if there was one."""
    document = session.document
    if (inner := _unwrapped(document)) is document:
        return dump(session)
    return _written({**document, "data": _overlaid(session, inner)})


def _written(document: Mapping[str, object]) -> str:
    return json.dumps(document, indent=2) + "\n"


def _text(content: bytes) -> str:
    if content[:1] == b"\x80" or content[:4] in (b"(dp0", b"(lp0", b"ccop", b"}q\x00(", b"]q\x00("):
        fail(
            say("is a pickle, and reading one can run any program hidden in it"),
            say("Export it as JSON. {advice}", advice=HOW),
        )
    if content.startswith(b"SQLite format 3"):
        fail(say("is a browser's data base"), say("Export its cookies for bilibili.com as cookies.txt."))
    if len(content) > _LONGEST:
        fail(say("is too large to be a login"))
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        fail(say("is not text"))
    if not text:
        fail(say("is empty"))
    return text


def _checked(session: Session) -> Session:
    """Refuse what holds no login; let `Session.web` judge the cookies."""
    if session.token is None and not session.cookies:
        fail(say("holds neither a token nor cookies of an account"))
    session.web()
    values = {cookie.name: cookie.value for cookie in session.cookies}
    return replace(session, mid=session.mid or whole(values.get("DedeUserID")))


def _from_json(text: str) -> Session:
    parsed, problem = _parsed(text)
    if problem:
        fail(problem, say("Copy the file again, whole, or log in again."))
    if _too_deep(parsed):
        fail(say("is JSON nested beyond all reason"))
    if isinstance(parsed, list):
        return Session(cookies=from_list(cast("list[object]", parsed)))
    return _of_document(cast("Mapping[str, object]", parsed))


def _parsed(text: str) -> tuple[object, str]:
    """Return what the JSON says, and what is wrong with it; the parser's error holds it all and ends here."""
    try:
        return json.loads(text, parse_constant=_no_constant, parse_float=_finite), ""
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text) - 1 or error.msg.startswith("Unterminated")
        return None, say(
            "is JSON that breaks off at line {line}, column {column}"
            if cut
            else "is JSON that is damaged at line {line}, column {column}",
            line=error.lineno,
            column=error.colno,
        )
    except (ValueError, RecursionError):
        return None, say("is JSON that cannot be read")


def _no_constant(name: str) -> Never:
    raise ValueError(name)


def _finite(text: str) -> float:
    if not isfinite(number := float(text)):
        raise ValueError(text)
    return number


def _too_deep(value: object, room: int = _DEEPEST) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = (
        cast("dict[str, object]", value).values() if isinstance(value, dict) else cast("list[object]", value)
    )
    return room == 0 or any(_too_deep(each, room - 1) for each in inner)


def _of_document(document: Mapping[str, object]) -> Session:
    inner = _unwrapped(document)
    info = mapping(inner.get("token_info"))
    own = mapping(inner.get(_OWN))
    platform = inner.get("platform") or own.get("platform")

    def found(name: str) -> str:
        value = info.get(name) or inner.get(name)
        return value if isinstance(value, str) else ""

    token, refresh, web_refresh = found("access_token"), found("refresh_token"), inner.get(WEB_REFRESH)
    return Session(
        mid=whole(info.get("mid")) or whole(inner.get("mid")),
        token=checked_token(token, "access_token") if token else None,
        refresh_token=checked_token(refresh, "refresh_token") if refresh else None,
        cookies=jar_of(mapping(inner.get("cookie_info")).get("cookies")),
        web_refresh=(
            checked_token(web_refresh, WEB_REFRESH) if isinstance(web_refresh, str) and web_refresh else None
        ),
        platform=platform if isinstance(platform, str) and platform in PAIRS else None,
        expires_in=whole(info.get("expires_in")) or None,
        issued=whole(own.get("issued")) or None,
        document=document,
    )


def _unwrapped(document: Mapping[str, object]) -> Mapping[str, object]:
    """Return what stands in `data` of an answer that was saved whole."""
    inner = document.get("data")
    if "cookie_info" in document or "token_info" in document or not isinstance(inner, Mapping):
        return document
    return cast("Mapping[str, object]", inner)


def _overlaid(session: Session, document: Mapping[str, object]) -> dict[str, object]:
    jar, info = mapping(document.get("cookie_info")), mapping(document.get("token_info"))
    token, refresh = _revealed(session.token), _revealed(session.refresh_token)
    old = {str(each.get("name")): each for each in map(mapping, _sequence(jar.get("cookies")))}
    platform = document.get("platform") if session.platform is None else session.platform
    known: dict[str, object] = {
        "cookie_info": {
            **jar,
            "cookies": [{**old.get(each.name, {}), **_member(each)} for each in session.cookies],
            "domains": jar.get("domains") or list(DOMAINS),
        },
        "sso": document.get("sso") or list(SSO),
        "token_info": {
            **info,
            "access_token": token,
            "expires_in": session.expires_in or 0,
            "mid": session.mid,
            "refresh_token": refresh,
        },
        "platform": None if platform == PC_TOOL else platform,
    }
    beside = {"access_token": token, "refresh_token": refresh, "mid": session.mid}
    beside["expires_in"] = session.expires_in or 0
    rest = {name: beside.get(name, value) for name, value in document.items() if name not in known}
    return {**known, **rest, **_own_members(session, mapping(document.get(_OWN)))}


def _own_members(session: Session, old: Mapping[str, object]) -> dict[str, object]:
    """Return what no other program knows, or minds."""
    own = {**old}
    if session.issued is not None:
        own["issued"] = session.issued
    if session.platform == PC_TOOL:  # in the shared member it would be an error to other programs
        own["platform"] = PC_TOOL
    found: dict[str, object] = {_OWN: own} if own else {}
    if session.web_refresh is not None:
        found[WEB_REFRESH] = session.web_refresh.reveal()
    return found


def _member(cookie: Cookie) -> dict[str, object]:
    return {
        "expires": cookie.expires or 0,
        "http_only": int(cookie.http_only),
        "name": cookie.name,
        "secure": int(cookie.secure),
        "value": cookie.value,
    }


def _sequence(value: object) -> Sequence[object]:
    return cast("list[object]", value) if isinstance(value, list) else ()


def _revealed(secret: object) -> str:
    return secret.reveal() if isinstance(secret, Secret) else ""
