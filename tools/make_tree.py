"""Writes the tree in CONTRIBUTING.md: each file with the first sentence of its docstring.

Run from the checkout: `python tools/make_tree.py` writes, `python tools/make_tree.py --check` only compares.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "CONTRIBUTING.md"
BEGIN, END = "<!-- tree: begin -->", "<!-- tree: end -->"
FOLDERS = ("src/bilibili_api", "tests", "benchmarks", "tools")


def sentence(file: Path) -> str:
    """Return what the first line of a module says of it, without what stands in brackets."""
    first = (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").partition("\n")[0]
    return re.sub(r"\s*\([^()]*\)", "", first).rstrip(".")


def tree() -> str:
    """Return the tree as a code block."""
    lines = ["```"]
    for folder in FOLDERS:
        lines.append(f"{folder}/")
        files = sorted((ROOT / folder).rglob("*.py"), key=lambda file: (file.parent, file.name))
        for file in files:
            inside = file.relative_to(ROOT / folder)
            said = sentence(file)
            if said:
                lines.append(f"  {inside.as_posix():<38} {said}")
    return "\n".join([*lines, "```"])


def main() -> int:
    """Write or compare; return the exit code."""
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    wanted = f"{before}{BEGIN}\n{tree()}\n{END}{after}"
    if "--check" in sys.argv[1:]:
        return 0 if page == wanted else 1
    PAGE.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
