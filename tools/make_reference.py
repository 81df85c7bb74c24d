"""Writes docs/reference: commands from the parser, errors from the tables, the library from docstrings.

The first two in Chinese as well, to docs/zh/reference, with the translations of the catalogue.

Run from the checkout: `python tools/make_reference.py` writes, `python tools/make_reference.py --check` only
compares, and names what differs. A page that is not made any more is removed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from reference import commands, errors, library

from bilibili_api.apps.cli import language

DOCS = Path(__file__).parent.parent / "docs"
FOLDER, CHINESE = DOCS / "reference", DOCS / "zh" / "reference"


def pages() -> dict[Path, str]:
    """Return the pages as they should be."""
    made = {FOLDER / name: text for name, text in library.pages().items()}
    for folder, spoken in ((FOLDER, "en"), (CHINESE, "zh")):
        language.use(spoken)
        made |= {folder / "commands.md": commands.page(), folder / "errors.md": errors.page()}
    return made


def main() -> int:
    """Write or compare; return the exit code."""
    wanted = pages()
    there = {file: file.read_text("utf-8") for folder in (FOLDER, CHINESE) for file in folder.glob("*.md")}
    stale = sorted(file for file in {*wanted, *there} if wanted.get(file) != there.get(file))
    if "--check" in sys.argv[1:]:
        for file in stale:
            sys.stderr.write(f"{file.relative_to(DOCS)} is not what the code says\n")
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    CHINESE.mkdir(exist_ok=True)
    for file in stale:
        if file in wanted:
            file.write_text(wanted[file], "utf-8")
        else:
            file.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
