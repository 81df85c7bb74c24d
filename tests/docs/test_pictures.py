"""The pictures of the documentation show what `bvup` shows in a terminal, from upload to doctor."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PICTURES = sorted(path.name for path in (DOCS / "pictures").glob("*.svg"))


def test_the_pictures_say_what_bvup_says() -> None:
    """`python tools/make_pictures.py` makes them by real runs; times, rates and numbers may be others."""
    made = subprocess.run(
        [sys.executable, ROOT / "tools" / "make_pictures.py", "--check"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (made.returncode, made.stderr) == (0, "")


@pytest.mark.parametrize("picture", PICTURES)
def test_each_picture_is_shown_in_both_languages(picture: str) -> None:
    """With words for those who do not see it."""
    for pages in (DOCS.glob("*.md"), (DOCS / "zh").glob("*.md")):
        assert any(f"pictures/{picture})" in page.read_text("utf-8") for page in pages), picture
