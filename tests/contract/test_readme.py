"""The ten lines of the README run as they are printed, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.kit import content, run_script

from bilibili_api.simulator import Simulator

if TYPE_CHECKING:
    from tests.kit import FakeWorld

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
async def test_the_ten_lines_run_as_printed(fake: FakeWorld, tmp_path: Path, readme: str):
    """They print what `start()` returns, and the video is published, in the time that `bvup simulator` shows."""
    block = re.search(r"```python\n(.*?)```", (ROOT / readme).read_text("utf-8"), re.DOTALL)
    assert block is not None
    (tmp_path / "ten_lines.py").write_text(block[1], "utf-8")
    (tmp_path / "video.mp4").write_bytes(content(3 * 1024 * 1024))
    async with Simulator(era="today", clock=fake.now) as sim:
        printed = (await run_script(sim, tmp_path / "ten_lines.py", tmp_path)).splitlines()
        (archive,) = sim.archives
    assert printed[-1] == str({"aid": archive.aid, "bvid": archive.bvid})
    assert len(printed) == 3  # a line for each of two chunks before it


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_ten_lines_are_ten_statements(readme: str):
    """Nobody has to read more than about ten lines of code."""
    block = re.search(r"```python\n(.*?)```", (ROOT / readme).read_text("utf-8"), re.DOTALL)
    assert block is not None
    assert len([line for line in block[1].splitlines() if line.strip()]) <= 10
