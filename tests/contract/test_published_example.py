"""The published example runs unchanged; only the environment says that there is a simulator."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit import content, picture_of, run_script

if TYPE_CHECKING:
    from bilibili_api.simulator import Simulator

EXAMPLE = Path(__file__).parent.parent / "published_example.py"
DOCUMENTED = {
    "copyright", "source", "desc", "desc_format_id", "dynamic", "interactive", "open_elec", "no_reprint",
    "subtitles", "tag", "tid", "title", "up_close_danmaku", "up_close_reply", "dtime",
}  # fmt: skip
"""Every key of the documented `meta`."""


async def test_the_published_example_runs_as_a_script(sim: Simulator, tmp_path: Path):
    """Login, two pages, cover, every documented key of meta, events, `sync`: all arrives as it was given."""
    first, second = content(2 * 1024 * 1024 + 1), content(1000, seed=2)
    (tmp_path / "P1.mp4").write_bytes(first)
    (tmp_path / "P2.flv").write_bytes(second)
    (tmp_path / "cover.png").write_bytes(picture_of("PNG"))
    printed = (await run_script(sim, EXAMPLE, tmp_path)).splitlines()
    (archive,) = sim.archives
    assert printed[-1] == str({"aid": archive.aid, "bvid": archive.bvid})
    assert [video.md5 for video in archive.videos] == [hashlib.md5(d).hexdigest() for d in (first, second)]
    assert [video.name for video in archive.videos] == ["第一集.mp4", "第二集.flv"]
    assert [(video["title"], video["desc"]) for video in archive.meta["videos"]] == [
        ("第一集", "开头"),
        ("第二集", ""),
    ]
    assert set(archive.meta) == DOCUMENTED | {"videos", "cover"}
    assert archive.cover == sim.covers[0].url
    assert sorted(line for line in printed if line.startswith("第一集")) == [
        f"第一集 {number} / 3" for number in (1, 2, 3)
    ]
    assert printed.count("AFTER_PAGE") == 2
    assert printed[-2] == "COMPLETE"
