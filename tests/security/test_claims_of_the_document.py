"""docs/security.md names a test for each claim; each of them exists."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
CLAIMS = re.findall(r"`([\w/]+\.py)::(\w+)`", (TESTS.parent / "docs" / "security.md").read_text("utf-8"))


def test_each_claim_has_its_test() -> None:
    """A test that is renamed or removed takes its claim along."""
    missing = [
        f"{file}::{name}"
        for file, name in CLAIMS
        if not re.search(rf"\bdef {name}\(", (TESTS / file).read_text("utf-8"))
    ]
    assert len(CLAIMS) > 50
    assert missing == []
