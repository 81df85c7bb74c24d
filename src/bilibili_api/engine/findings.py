"""What an examination finds: one sentence each, how bad it is, and what helps."""

from __future__ import annotations

import asyncio
from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING

from bilibili_api.exceptions import ApiException
from bilibili_api.frozen import frozen
from bilibili_api.saying import because, say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class State(Enum):
    """How a finding is meant."""

    GOOD = "good"
    NOTE = "note"
    """Nothing is broken; worth knowing."""
    BAD = "bad"
    """Uploads fail, or will soon."""


@frozen
class Finding:
    """One thing that was looked at.

    Attributes:
        name: What: `login`, `clock`, `journal`, ... Stable, for programs.
        state: How it is.
        seen: What was seen, as sentences.
        remedy: What to do about it; empty where nothing has to be done.
        private: Words of `seen` and `remedy` that say who somebody is; a report leaves them out.
    """

    name: str
    state: State
    seen: str
    remedy: str = ""
    private: tuple[str, ...] = field(default=(), repr=False)


async def bounded(
    name: str, seconds: float, check: Callable[[], Awaitable[tuple[Finding, ...]]]
) -> tuple[Finding, ...]:
    """Make a check, for so many seconds at most; that it fails is a finding, too."""
    try:
        async with asyncio.timeout(seconds):
            return await check()
    except TimeoutError:
        seen = say("It was given up after {seconds:g} s without an answer.", seconds=seconds)
        return (
            Finding(name, State.BAD, seen, say("Check the network, a proxy and the disk, then look again.")),
        )
    except ApiException as error:
        return (Finding(name, State.BAD, error.said, error.hint),)
    except OSError as error:
        seen = say("It cannot be looked at: {reason}.", reason=because(error, type(error).__name__))
        return (Finding(name, State.BAD, seen, say("Check the rights of the file and of its folder.")),)
