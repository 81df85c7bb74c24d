"""Writes docs/reference: commands from the parser, errors from the tables, the library from docstrings.

The same in Chinese, to docs/zh/reference: commands and errors with the translations of `bilibili_api`,
docstrings with those of `tools/reference/locale/zh/library.po`, which is kept up to date with the code, too.

Run from the checkout: `python tools/make_reference.py` writes, `python tools/make_reference.py --check` only
compares, and names what differs. A page that is not made any more is removed. Both fail while a passage of a
docstring has no Chinese, or one with other code or figures.
"""

from __future__ import annotations

import sys
from pathlib import Path

from reference import commands, errors, library
from reference.chinese import LIBRARY

from bilibili_api.apps.cli import language

DOCS = Path(__file__).parent.parent / "docs"
FOLDER, CHINESE = DOCS / "reference", DOCS / "zh" / "reference"


def pages() -> dict[Path, str]:
    """Return the pages as they should be."""
    made: dict[Path, str] = {}
    for folder, spoken in ((FOLDER, "en"), (CHINESE, "zh")):
        language.use(spoken)
        made |= {folder / name: text for name, text in library.pages().items()}
        made |= {folder / "commands.md": commands.page(), folder / "errors.md": errors.page()}
    return made


def main() -> int:
    """Write or compare; return the exit code."""
    wanted = pages()
    there = {file: file.read_text("utf-8") for folder in (FOLDER, CHINESE) for file in folder.glob("*.md")}
    stale = sorted(file for file in {*wanted, *there} if wanted.get(file) != there.get(file))
    check = "--check" in sys.argv[1:]
    if not check:
        for file in stale:
            file.parent.mkdir(exist_ok=True)
            if file in wanted:
                file.write_text(wanted[file], "utf-8")
            else:
                file.unlink()
        LIBRARY.write()
    catalogue = LIBRARY.path.relative_to(DOCS.parent)
    complaints = [f"{catalogue}: {problem}\n" for problem in LIBRARY.problems()]
    if check:
        complaints += (f"{file.relative_to(DOCS)} is not what the code says\n" for file in stale)
    sys.stderr.write("".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
