"""Which line and which interfaces a login speaks (design, decision 3), unless the caller forces them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ArgsException, Problem
from bilibili_api.protocol.interfaces import INTERFACES, check_interface, interface_named, order_for
from bilibili_api.protocol.lines import line_named
from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilibili_api.protocol.interfaces import Access, Interface

AUTO: Final = "auto"
PC: Final = "pc"
"""What users call the PC line; all other names are lines of UPOS."""


def check_way(credential: object, line: object, interface: object) -> Iterator[Problem]:
    """Check that line and interface are known and open to a credential.

    Args:
        credential: What was passed in; its `cookies` and `access_key` or `account` say what it can use.
        line: As passed in; None: to be chosen.
        interface: As passed in; None: to be chosen.
    """
    has_token, has_cookies = _has(credential)
    yield from _check_line(line, has_token=has_token, has_cookies=has_cookies)
    if interface not in (None, AUTO):
        yield from check_interface(interface, has_token=has_token, has_cookies=has_cookies)


def check_topic_login(topic: object, credential: object) -> tuple[Problem, ...]:
    """Check that a topic's name can be looked up with a credential: only cookies can (section 7.5)."""
    if not isinstance(topic, str) or not topic.strip() or has_cookies(credential):
        return ()
    what = say("is a name, which only a login with cookies can look up.")
    return (Problem("topic", what, say("Log in by the TV QR code, or give the topic's number.")),)


def has_cookies(credential: object) -> bool:
    """Whether a credential has cookies, without which Bilibili cannot be asked beforehand."""
    return bool(getattr(credential, "cookies", None))


def interfaces_for(credential: object, interface: object) -> tuple[str, ...]:
    """Return the names of the interfaces that will be tried; all there are if what was passed in is wrong.

    Args:
        credential: As for `check_way`.
        interface: As passed in; None: to be chosen.
    """
    if isinstance(interface, str) and interface != AUTO:
        with contextlib.suppress(ArgsException):
            return (interface_named(interface).name,)
    elif interface in (None, AUTO):
        order = order_for(*_has(credential), getattr(credential, "platform", None))
        return tuple(chosen.name for chosen in order) or tuple(INTERFACES)
    return tuple(INTERFACES)


def _has(credential: object) -> tuple[bool, bool]:
    """Whether there is, or will be after the login, an access key, and whether there are cookies."""
    has_token = getattr(credential, "access_key", None) or getattr(credential, "account", None)
    return bool(has_token), bool(getattr(credential, "cookies", None))


def _check_line(line: object, *, has_token: bool, has_cookies: bool) -> Iterator[Problem]:
    if line is None or line == AUTO:
        return
    if not isinstance(line, str):
        yield Problem(
            "line", say("is {type}, not a text.", type=type(line).__name__), say("Give the name of a line.")
        )
        return
    try:
        needs, has = (say("an access key"), has_token) if line == PC else (_needs_cookies(line), has_cookies)
    except ArgsException as error:
        yield Problem(
            "line",
            say("is {line!r:.40}, which is unknown.", line=line),
            say("{advice} `pc` is the PC line.", advice=error.hint),
        )
        return
    if not has:
        yield Problem(
            "line",
            say("is {line!r}, which needs {needs}.", line=line, needs=needs),
            say("Leave it out, or log in by the TV QR code."),
        )


def _needs_cookies(line: str) -> str:
    """What a line of UPOS needs; raises ArgsException for a name that is none."""
    host = line_named(line).probe_host
    return say("cookies to reach {host}" if host else "cookies", host=host)


def choose_interfaces(access: Access, interface: str | None) -> tuple[Interface, ...]:
    """Return the interfaces to submit through, in the order in which they are tried."""
    if interface is not None and interface != AUTO:
        return (interface_named(interface),)
    return order_for(access.token is not None, access.cookies is not None, access.platform)
