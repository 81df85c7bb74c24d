"""The commands by which a person goes on with an upload that stopped."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from bilibili_api.frozen import frozen
from bilibili_api.video_uploader import Server

from .credentials import Login
from .network_options import network_flags

if TYPE_CHECKING:
    from pathlib import Path

    from bilibili_api.journal import JobSubtitle


@frozen
class WayOn:
    """What a command has to be told besides the job.

    Attributes:
        journal: The journal that knows the job, where it is not the user's own.
        server: Where to connect instead of to Bilibili.
        login: Who uploads; profiles are found by the account and are not named.
    """

    journal: Path | None = None
    server: Server | None = None
    login: Login | None = None

    def command(self, name: str, job: int, *flags: str) -> str:
        """Return `bvup NAME JOB ...` with all that it needs, for a shell."""
        words = ["bvup", name, str(job), *flags]
        if self.journal is not None:
            words += ["--journal", os.fspath(self.journal)]
        return shlex.join([*words, *self._server(), *network_flags(), *self._login()])

    def subtitle(self, bvid: str, one: JobSubtitle) -> str:
        """Return `bvup subtitle BVID FILE ...` with all that it needs, for a shell."""
        words = ["bvup", "subtitle", bvid, one.path, "--part", str(one.part), "--lan", one.language]
        return shlex.join([*words, *self._server(), *network_flags(), *self._login()])

    def _server(self) -> list[str]:
        if self.server is None:
            return []
        words = ["--server", self.server.url]
        if self.server.ca_file is not None and self.server != Server(self.server.url).trusting_simulator():
            words += ["--ca", os.fspath(self.server.ca_file)]
        return words

    def _login(self) -> list[str]:
        login = self.login or Login()
        if login.cookies is not None:
            return ["-u", os.fspath(login.cookies)]
        if login.access_key_file is not None:
            return ["--access-key-file", os.fspath(login.access_key_file)]
        return ["--account", login.account] if login.account is not None else []
