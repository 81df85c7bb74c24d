"""`make test` in the checks: tests that fail by chance run once more, and nothing else gets by."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

TOOL = Path(__file__).parent.parent / "tools" / "second_chance.py"
BY_CHANCE = """
from pathlib import Path

def test_by_chance():
    again = Path("again")
    before, _ = again.exists(), again.touch()
    assert before
"""


def test_a_test_that_fails_by_chance_is_named_and_does_not_fail_the_run(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(BY_CHANCE)
    (tmp_path / ".coveragerc").write_text("[run]\nsource = .\n")
    done = subprocess.run(
        [sys.executable, TOOL, "50"], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed at first, passed alone" in done.stderr
    assert done.stderr.endswith("test_it.py::test_by_chance\n")


@pytest.mark.parametrize(
    ("failed", "codes", "result"),
    [
        pytest.param(0, [0], 0, id="nothing failed"),
        pytest.param(0, [1], 1, id="only coverage failed"),
        pytest.param(1, [3], 3, id="pytest did not come to the end"),
        pytest.param(3, [1, 0, 0], 0, id="three passed alone"),
        pytest.param(3, [1, 1], 1, id="one failed again"),
        pytest.param(3, [1, 0, 2], 1, id="passed alone but coverage is low"),
        pytest.param(4, [1], 1, id="four are too many for chance"),
    ],
)
def test_what_runs_again_and_what_that_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failed: int, codes: list[int], result: int
) -> None:
    tool = _tool()
    cache, left = tmp_path / "lastfailed", list(codes)

    def run(*command: str) -> int:
        if left == codes:
            cache.write_text(json.dumps({f"test_it.py::test_{number}": True for number in range(failed)}))
        return left.pop(0)

    monkeypatch.setattr(tool, "FAILED", cache)
    monkeypatch.setattr(tool, "run", run)
    assert (tool.main("95"), left) == (result, [])


def _tool() -> Any:
    spec = spec_from_file_location("second_chance", TOOL)
    assert spec is not None
    assert spec.loader is not None
    tool = module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool
