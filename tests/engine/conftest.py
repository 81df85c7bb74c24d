"""What the tests of the engine share: a directory for temporary files, and scripts in a process of their own."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROOT = Path(__file__).parents[2]


@pytest.fixture
def spool_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Temporary files go here during the test."""
    made = tmp_path / "spool"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    return made


@pytest.fixture
def run_script() -> Callable[..., Awaitable[str]]:
    """Run Python source in a process of its own; return what it prints, fail if it fails or hangs."""

    async def run(source: str, *arguments: str, within: float = 30, **environ: str) -> str:
        search = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(ROOT))))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            source,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": search, **environ},
        )
        try:
            async with asyncio.timeout(within):
                output, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            pytest.fail(f"the script had not ended after {within} s")
        assert process.returncode == 0, output.decode()
        return output.decode()

    return run
