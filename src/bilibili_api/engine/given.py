"""What callers give to make a credential of, looked at before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from bilibili_api.exceptions import ArgsException
from bilibili_api.protocol import cookie_exports
from bilibili_api.protocol.tokens import PAIRS, Cookie, checked_token
from bilibili_api.saying import listed, say

if TYPE_CHECKING:
    from bilibili_api.redaction import Secret


def text_of(given: object, name: str) -> str | None:
    """Return a text, None as None.

    Raises:
        ArgsException: It is neither.
    """
    if given is None or isinstance(given, str):
        return given
    raise ArgsException(
        say("{name} is {type}, not a text.", name=name, type=type(given).__name__),
        hint=say(
            "Pass {name} as a str: {name}.decode('ascii')."
            if isinstance(given, bytes | bytearray)
            else "Pass {name} as a str.",
            name=name,
        ),
    )


def secret_of(given: object, name: str) -> Secret | None:
    """Return a token as a secret; None where there is none.

    Raises:
        ArgsException: It is no text, or has characters that no token has.
    """
    text = text_of(given, name)
    return checked_token(text, name) if text else None


def platform_of(given: object) -> str | None:
    """Return whose token it is, None as None.

    Raises:
        ArgsException: There is no such platform.
    """
    platform = text_of(given, "platform")
    if platform is None or platform in PAIRS:
        return platform
    raise ArgsException(
        say("platform is {platform!r:.40}, which is unknown.", platform=platform),
        hint=say("Known are: {known}. Leave it out, then.", known=listed(PAIRS)),
    )


def jar_of(cookies: object) -> tuple[Cookie, ...]:
    """Return cookies as the caller gave them.

    Raises:
        ArgsException: They are neither a mapping of text nor text.
    """
    if cookies is None or cookies == "":
        return ()
    if isinstance(cookies, str):
        return cookie_exports.from_header(cookies).cookies
    if isinstance(cookies, Mapping):
        items = list(cast("Mapping[object, object]", cookies).items())
        if all(isinstance(name, str) and isinstance(value, str) for name, value in items):
            return tuple(Cookie(cast("str", name), cast("str", value)) for name, value in items)
    raise ArgsException(
        say(
            "cookies is {type}, neither a mapping of text nor text.",
            type=type(cast("object", cookies)).__name__,
        ),
        hint=say("Pass {{'SESSDATA': ..., 'bili_jct': ...}}."),
    )
