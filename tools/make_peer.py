#!/usr/bin/env python3
"""Install the library of 2021 into a throw-away environment and print the path of its interpreter.

    python tools/make_peer_2021.py [FOLDER]

The folder, `.cache/peer-2021` unless said otherwise, is reused as long as what it was made of stays the same.
The library is bilibili-api 8.3.1 as it was published (the digest is checked), without the dependencies
that it pins to versions of 2021; what its uploader really imports comes in today's versions. When that fails,
for instance because the package index cannot be reached, the error output says why and the status is 1.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

LIBRARY = "bilibili-api==8.3.1 --hash=sha256:b33ec2608446dececfcbf3019b56b333ca33c319b4bdd45093e43b30dc8d7e34"
NEEDS = ("aiohttp>=3.14,<4", "rsa>=4.9,<5")
FOLDER = Path(__file__).parent.parent / ".cache" / "peer-2021"


def main(arguments: list[str]) -> int:
    """Make the environment unless it is there, and say where its interpreter is."""
    folder = Path(*arguments).resolve() if arguments else FOLDER
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    made_of = "\n".join((sys.version, LIBRARY, *NEEDS))
    mark = folder / "made-of.txt"
    if not (mark.exists() and mark.read_text("utf-8") == made_of):
        mark.unlink(missing_ok=True)
        try:
            install(folder, python)
        except subprocess.CalledProcessError as error:
            sys.stderr.write(f"bilibili-api 8.3.1 could not be installed: {reason(error.stderr)}\n")
            return 1
        mark.write_text(made_of, "utf-8")
    print(python)  # noqa: T201  the result is the output
    return 0


def install(folder: Path, python: Path) -> None:
    """Make the environment anew.

    Raises:
        subprocess.CalledProcessError: pip failed; what it said is in `stderr`.
    """
    venv.create(folder, clear=True, with_pip=True)
    folder.joinpath(".gitignore").write_text("*\n", "utf-8")
    library = folder / "library.txt"
    library.write_text(LIBRARY + "\n", "utf-8")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "15"]
    for wanted in (["--no-deps", "--only-binary", ":all:", "--requirement", str(library)], NEEDS):
        subprocess.run([*pip, *wanted], check=True, capture_output=True, text=True)  # noqa: S603  our own words


def reason(said: str) -> str:
    """Pick the line that tells the cause."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines[-1:] or ["pip said nothing"])[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
