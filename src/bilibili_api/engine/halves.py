"""What an upload needs of a login of which a half may have died, and how it goes on with what is left."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ApiException, LoginLacks, Retry
from bilibili_api.protocol.interfaces import interface_named
from bilibili_api.saying import say

from .choice import AUTO, PC

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bilibili_api.protocol.interfaces import Access, Need

    from .calls import Calls

_CHOICES: Final = frozenset({"interface", "line", "topic"})
"""What an upload can do without."""

log = logging.getLogger("bilibili_api")


def forced(line: str | None, interface: str | None, topic: object = None) -> dict[Need, str]:
    """Return what the caller's choices need of the login, each with the choice that needs it.

    Args:
        line: The only line, or None.
        interface: The only interface, or None.
        topic: Name of a topic, which only cookies can look up; a number needs nothing.
    """
    needs: dict[Need, str] = {}
    if isinstance(topic, str):
        needs["cookies"] = f"topic={topic!r:.42}"
    if interface is not None and interface != AUTO:
        needs |= dict.fromkeys(interface_named(interface).needs, f"interface={interface!r}")
    if line is not None and line != AUTO:
        needs["token" if line == PC else "cookies"] = f"line={line!r}"
    return needs


async def fitting(calls: Calls, needs: dict[Need, str]) -> Access:
    """Return access with all that is needed; where a half of the login is dead, a person may be waited for.

    Args:
        calls: The login.
        needs: What is needed, and by what.

    Raises:
        ApiException: There is none; the error says which half is dead and what to do.
    """
    access = await calls.access()
    if _missing(access, needs) is None:
        return access
    access = await calls.renewed(access) or access
    missing = _missing(access, needs)
    if missing is None:
        return access
    choice = needs[missing].partition("=")[0]
    raise ApiException(
        say(
            "The access key of this login is not accepted any more, and could not be renewed; "
            "{choice} needs it."
            if missing == "token"
            else "The cookies of this login are not accepted any more, and could not be renewed; "
            "{choice} needs it.",
            choice=needs[missing],
        ),
        hint=say(
            "Log in again, or leave {choice} out: what is left of the login can do without.", choice=choice
        )
        if choice in _CHOICES
        else say("Log in by the TV QR code."),
        retry=Retry.LOGIN,
        kind="HALF_LOGIN_DEAD",
    )


async def with_what_is_left(
    calls: Calls, access: Access, needs: dict[Need, str], publish: Callable[[Access], Awaitable[None]]
) -> None:
    """Publish; where a half of the login dies meanwhile, go on another way that the other half can use.

    Args:
        calls: The login.
        access: What it gives now.
        needs: What is needed, and by what.
        publish: Publishes with this access; called again, it goes on where it was.

    Raises:
        ApiException: What could not be helped.
    """
    while True:
        try:
            return await publish(access)
        except LoginLacks as error:
            left = await _left(calls, needs, error)
            if (left.token, left.cookies) == (access.token, access.cookies):
                raise
            log.warning(say("{error} The upload goes on another way.", error=error))
        access = left


async def _left(calls: Calls, needs: dict[Need, str], why: LoginLacks) -> Access:
    """Return what is left of the login; where that is not enough, what was stored is said all the same."""
    try:
        return await fitting(calls, needs)
    except ApiException as error:
        raise error.keeping(why.kept) from None


def _missing(access: Access, needs: dict[Need, str]) -> Need | None:
    return next((need for need in needs if need not in _halves(access)), None)


def _halves(access: Access) -> frozenset[Need]:
    has: dict[Need, object] = {"token": access.token, "cookies": access.cookies}
    return frozenset(half for half, what in has.items() if what is not None)
