"""What `bvup upload` does when only a person can log in again: says how, and waits until somebody has."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bilibili_api.account import Profiles, VideoUploaderCredential, await_login_of_account
from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bilibili_api.video_uploader import Options

    LogInAgain = Callable[[], Awaitable[VideoUploaderCredential]]

log = logging.getLogger("bilibili_api")


def patient_profile(name: str, options: Options, way_back: str) -> VideoUploaderCredential:
    """Return a kept login that waits for a new one under its name.

    Raises:
        ArgsException: There is no such profile, or it cannot be read.
    """

    async def log_in_again() -> VideoUploaderCredential:
        _ask(way_back)
        return await Profiles().await_login(name, than=made)

    made = VideoUploaderCredential.from_profile(name, log_in_again=log_in_again, options=options)
    return made


def patient(
    make: Callable[[LogInAgain], VideoUploaderCredential],
    way_back: str,
    also: Callable[[], VideoUploaderCredential | None] | None = None,
) -> VideoUploaderCredential:
    """Return a login that waits for one of the same account: kept under any name, or what `also` finds.

    Args:
        make: Makes the login.
        way_back: The command that helps, and what else does.
        also: Looks where the login came from.

    Raises:
        ArgsException: There is no such login.
    """

    async def log_in_again() -> VideoUploaderCredential:
        _ask(way_back)
        return await await_login_of_account(made, also=also)

    made = make(log_in_again)
    return made


def _ask(way_back: str) -> None:
    log.warning(
        say(
            "login needed: the login is not accepted any more. This upload waits for a new one and "
            "then goes on; nothing is sent twice. In another terminal, run: {command}",
            command=way_back,
        )
    )
