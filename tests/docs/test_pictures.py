"""The pictures of the documentation show what `bvup` shows in a terminal, from upload to doctor."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [DOCS, DOCS / "zh"]
PICTURES = sorted({path.name for pages in PAGES for path in (pages / "pictures").glob("*.svg")})


def test_the_pictures_say_what_bvup_says() -> None:
    """`python tools/make_pictures.py` makes them by real runs; times, rates and numbers may be others.

    Only the English ones are made anew here; of the Chinese ones each word must be in the catalogue.
    """
    made = subprocess.run(
        [sys.executable, ROOT / "tools" / "make_pictures.py", "--check"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (made.returncode, made.stderr) == (0, "")


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("pages", PAGES, ids=["english", "chinese"])
def test_each_picture_is_shown_in_both_languages(pages: Path, picture: str) -> None:
    """With words for those who do not see it."""
    assert (pages / "pictures" / picture).exists()
    assert any(f"](pictures/{picture})" in page.read_text("utf-8") for page in pages.glob("*.md"))
