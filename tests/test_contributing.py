"""CONTRIBUTING.md shows the tree as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_tree_in_contributing_names_every_file() -> None:
    """`python tools/make_tree.py` writes it from the first line of each file."""
    done = subprocess.run([sys.executable, ROOT / "tools" / "make_tree.py", "--check"], check=False)
    assert done.returncode == 0, "run: python tools/make_tree.py"
