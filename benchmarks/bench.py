"""What all measurements share: the place, the files, how often."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.children import Cost, python, run
from benchmarks.curl import Piece
from benchmarks.place import MIB

from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.place import Place

    from bilibili_api.saying import Said

CHUNK, PART = 2 * MIB, 10 * MIB
IMPORT = "import bilibili_api.video_uploader, bilibili_api.engine.http"
"""All that an upload loads; the HTTP library comes with the first connection."""
BVUP = (sys.executable, "-P", "-c", "from bilibili_api.apps.cli.main import program; program()")
LINE = "bda2"
"""Named, so that no time goes into measuring lines."""


@dataclass(frozen=True, slots=True)
class Files:
    """One file of random bytes, and for curl its pieces; all of it stays in the cache."""

    whole: Path
    md5: str
    chunks: Sequence[Piece]
    parts: Sequence[Piece]

    @property
    def size(self) -> int:
        return sum(piece.size for piece in self.parts)


@dataclass(frozen=True, slots=True)
class Bench:
    """Runs the library and bvup at the place."""

    place: Place
    rounds: int
    files: Files

    def ours(self, file: Path, threads: int, line: str, *, watch: bool = False) -> Cost:
        """Upload a file with the library, in a process of its own."""
        login = (
            {"access_key": self.place.access_key}
            if line == "pc"
            else {"login_file": str(self.place.login_file)}
        )
        job = {"file": str(file), "threads": threads, "chunk_size": CHUNK, "line": line, "watch": watch}
        server = {"url": self.place.url, "ca_file": self.place.ca_file}
        return python("upload.py", {**job, **login, **server}, within=self.place.within)

    def bvup(self, *files: Path, threads: int, more: Sequence[str] = ()) -> list[str | Path]:
        """Return the command line that uploads files as the parts of one submission."""
        who = ("--user-cookie", self.place.login_file, "--server", self.place.url, "--ca", self.place.ca_file)
        what = (
            "--title",
            "benchmark",
            "--tag",
            "benchmark",
            "--tid",
            "21",
            "--line",
            LINE,
            "--submit",
            "web",
        )
        return [*BVUP, "upload", *files, *who, *what, "--limit", str(threads), *more]

    @property
    def home(self) -> dict[str, str]:
        """The environment in which bvup keeps everything at the place."""
        return {"BVUP_HOME": str(self.place.folder / "home")}

    def start(self) -> float:
        """Return the CPU seconds of starting Python and importing, without doing anything."""
        return median(run([sys.executable, "-P", "-c", IMPORT]).cpu for _ in range(max(5, self.rounds)))


def make_files(folder: Path, mib: int) -> Files:
    """Make the files; the last part is shorter where the size wants it so."""
    whole = folder / "whole.mp4"
    digest = hashlib.md5()
    with whole.open("wb") as file:
        for _ in range(mib):
            data = os.urandom(MIB)
            file.write(data)
            digest.update(data)
    return Files(whole, digest.hexdigest(), _cut(whole, CHUNK, "chunk"), _cut(whole, PART, "part"))


def _cut(whole: Path, size: int, name: str) -> list[Piece]:
    pieces: list[Piece] = []
    with whole.open("rb") as file:
        while data := file.read(size):
            path = whole.parent / f"{name}{len(pieces):04}"
            path.write_bytes(data)
            pieces.append(Piece(path, len(data), hashlib.md5(data).hexdigest()))
    return pieces


def spread(values: Sequence[float], digits: int = 2) -> Said:
    """Write the smallest and the largest."""
    return say("{least} to {most}", least=f"{min(values):.{digits}f}", most=f"{max(values):.{digits}f}")


def tell(what: str) -> None:
    """Say what is being measured."""
    print(what, file=sys.stderr, flush=True)
