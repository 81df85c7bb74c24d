"""A short form of `make chaos`: processes that upload are killed, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="tells processes apart by pidfd")
def test_nothing_is_lost_when_processes_are_killed() -> None:
    """No job, no byte that was written down, no second archive: it says so by its exit code."""
    command = [sys.executable, "-m", "benchmarks.chaos", "--kills", "12", "--seed", "1"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "| jobs lost | 0 | 0 |" in done.stdout
