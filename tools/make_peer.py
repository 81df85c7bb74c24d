#!/usr/bin/env python3
"""Install another Bilibili client into a throw-away environment and print the path of its interpreter.

    python tools/make_peer.py 2021|bilibili-api-python|biliup|bilitool|renmu [FOLDER]

The folder, `.cache/peer-NAME` unless said otherwise, is reused as long as what it was made of stays the same.
Each client comes from the package index as it was published; where one file serves all machines, its digest
is checked. `2021` is bilibili-api 8.3.1, without the dependencies that it pins to versions of 2021; what its
uploader really imports comes in today's versions. `renmu` is a library for Node.js, which has to be there
with npm; the path of its module is printed. When that fails, for instance because the package index cannot be
reached, the error output says why and the status is 1.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(__file__).parent.parent / ".cache"


@dataclass(frozen=True, slots=True)
class Peer:
    """A client: what is installed without dependencies, and what with them afterwards."""

    library: str
    needs: tuple[str, ...]


PEERS = {
    "2021": Peer(
        "bilibili-api==8.3.1 --hash=sha256:b33ec2608446dececfcbf3019b56b333ca33c319b4bdd45093e43b30dc8d7e34",
        ("aiohttp>=3.14,<4", "rsa>=4.9,<5"),
    ),
    "bilibili-api-python": Peer(
        "bilibili-api-python==17.4.2 "
        "--hash=sha256:91e002b2e0bcd3eb50239e35ceb849133b574f407a92a06636e1de1031b6d09d",
        ("bilibili-api-python==17.4.2", "aiohttp>=3.14,<4"),  # the HTTP library is the user's choice
    ),
    # The newest for which pip finds a wheel on Linux; of 1.3.4 it finds none.
    "biliup": Peer("biliup==1.2.9", ("biliup==1.2.9",)),
    "bilitool": Peer("bilitool==0.1.3", ("bilitool==0.1.3",)),  # for the benchmarks
}
MODULES = {"renmu": "@renmu/bili-api@2.15.0"}
"""Clients that are modules of Node.js."""


def main(arguments: list[str]) -> int:
    """Make the environment unless it is there, and say where its interpreter is."""
    if not arguments or arguments[0] not in PEERS | MODULES:
        sys.stderr.write(f"Name one of: {', '.join(PEERS | MODULES)}\n")
        return 2
    name, *where = arguments
    if name in MODULES:
        return make_module(MODULES[name], Path(*where).resolve() if where else CACHE / f"peer-{name}")
    peer, folder = PEERS[name], Path(*where).resolve() if where else CACHE / f"peer-{name}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    made_of = "\n".join((sys.version, peer.library, *peer.needs))
    mark = folder / "made-of.txt"
    if not (mark.exists() and mark.read_text("utf-8") == made_of):
        mark.unlink(missing_ok=True)
        try:
            install(peer, folder, python)
        except subprocess.CalledProcessError as error:
            version = peer.library.partition(" ")[0]
            sys.stderr.write(f"{version} could not be installed: {reason(error.stderr)}\n")
            return 1
        mark.write_text(made_of, "utf-8")
    print(python)  # noqa: T201  the result is the output
    return 0


def make_module(package: str, folder: Path) -> int:
    """Install a module for Node.js unless it is there, and say where it is; no install script runs."""
    name, _, version = package.rpartition("@")
    home = folder / "node_modules" / name
    described = home / "package.json"
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        sys.stderr.write("Node.js with npm is not installed.\n")
        return 1
    if not (described.exists() and json.loads(described.read_text("utf-8"))["version"] == version):
        folder.mkdir(parents=True, exist_ok=True)
        folder.joinpath(".gitignore").write_text("*\n", "utf-8")
        command = [npm, "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund"]
        command += ["--no-save", "--fetch-retries=1", "--fetch-timeout=15000", package]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  our own words
        if done.returncode:
            sys.stderr.write(f"{package} could not be installed: {reason(done.stderr)}\n")
            return 1
    print(home / "dist" / "index.js")  # noqa: T201  the result is the output
    return 0


def install(peer: Peer, folder: Path, python: Path) -> None:
    """Make the environment anew: by uv where it is there, which takes a tenth of the time, else by pip.

    Raises:
        subprocess.CalledProcessError: It failed; what was said is in `stderr`.
    """
    quick = importlib.util.find_spec("uv") is not None
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=not quick)
    folder.joinpath(".gitignore").write_text("*\n", "utf-8")
    library = folder / "library.txt"
    library.write_text(peer.library + "\n", "utf-8")
    if quick:
        command = [sys.executable, "-m", "uv", "pip", "install", "--python", str(python), "--quiet"]
    else:
        command = [str(python), "-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "15"]
    for wanted in (["--no-deps", "--only-binary", ":all:", "--requirement", str(library)], peer.needs):
        subprocess.run([*command, *wanted], check=True, capture_output=True, text=True)  # noqa: S603  our own words


def reason(said: str) -> str:
    """Pick the line that tells the cause."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("ERROR", "error", "npm error"))]
    return (errors or lines[-1:] or ["the installer said nothing"])[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
