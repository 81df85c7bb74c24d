"""What `bvup upload` does when only a person can log in again: says how, and waits until somebody has."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bilibili_api.account import Profiles, VideoUploaderCredential, await_login_in_file

if TYPE_CHECKING:
    from pathlib import Path

    from bilibili_api.video_uploader import Options

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


def patient_file(path: Path, options: Options, way_back: str) -> VideoUploaderCredential:
    """Return the login in a file, that waits for a new one in this file.

    Raises:
        ArgsException: There is no login in it.
    """

    async def log_in_again() -> VideoUploaderCredential:
        _ask(way_back)
        return await await_login_in_file(path, than=made)

    made = VideoUploaderCredential.from_file(path, log_in_again=log_in_again, options=options)
    return made


def _ask(way_back: str) -> None:
    log.warning(
        "login needed: the login is not accepted any more. This upload waits for a new one and then goes on; "
        "nothing is sent twice. In another terminal, run: %s",
        way_back,
    )
