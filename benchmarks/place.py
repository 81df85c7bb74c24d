"""The place where it is measured: the other side, and a folder with the files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, cast

from benchmarks.children import HERE, SERVER, on_core

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server is, what it trusts, and where files may be put.

    `login_file` is a `cookies.json` with cookies and token, `within` what clients have to be started by.
    """

    folder: Path
    port: int
    proxy_port: int
    checked_port: int
    ca_file: str
    access_key: str
    cookies: Mapping[str, str]
    login_file: Path
    host: str = "127.0.0.1"
    within: Sequence[str] = ()

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"

    @property
    def checked(self) -> Place:
        """The same place with the simulator that compares every byte."""
        return replace(self, port=self.checked_port)

    @classmethod
    def from_server(cls, folder: Path, said: dict[str, object]) -> Self:
        login_file = folder / "cookies.json"
        login_file.write_text(str(said.pop("login")), "utf-8")
        login_file.chmod(0o600)
        return cls(folder=folder, login_file=login_file, **cast("dict[str, Any]", said))


@contextmanager
def place(folder: Path, host: str = "127.0.0.1") -> Generator[Place]:
    """Run the other side as long as the block lasts, on a core of its own."""
    command = [*on_core(SERVER), sys.executable, "-m", "benchmarks.server", host]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=HERE.parent,
        env={**os.environ, "TMPDIR": str(folder)},
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        yield Place.from_server(folder, {**json.loads(child.stdout.readline()), "host": host})
        child.stdin.close()
