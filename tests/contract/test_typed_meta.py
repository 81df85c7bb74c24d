"""`VideoMeta` wherever metadata is taken: typed, of today's names, and free of charge for those without it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import make_uploader

from bilibili_api import video_uploader
from bilibili_api.exceptions import InvalidUpload
from bilibili_api.video_uploader import VideoMeta

if TYPE_CHECKING:
    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options

GIVEN: dict[str, Any] = {"title": "A title", "copyright": 1, "tid": 21, "tag": "one,two", "desc": "d"}


async def test_it_is_submitted_like_a_dict(sim: Simulator, account: Account, options: Options):
    """The very same body."""
    await make_uploader(account, options, meta=GIVEN).start()
    await make_uploader(account, options, b"other", meta=VideoMeta(**GIVEN)).start()
    first, second = ({**archive.meta, "videos": None} for archive in sim.archives)
    assert first == second


async def test_it_stays_as_it_was(account: Account, options: Options):
    """It is never modified."""
    meta = VideoMeta(**GIVEN)
    await make_uploader(account, options, meta=meta).start()
    assert meta == VideoMeta(**GIVEN)


def test_what_is_wrong_is_told_when_it_is_made():
    """All problems at once, as by `check()`."""
    with pytest.raises(InvalidUpload) as caught:
        VideoMeta.model_validate(GIVEN | {"title": "", "tid": 4})
    assert [problem.field for problem in caught.value.problems] == ["meta.title", "meta.tid"]


async def test_what_only_the_moment_shows_is_told_by_check(account: Account, options: Options):
    """A time that has passed, for instance."""
    uploader = make_uploader(account, options, meta=VideoMeta(**GIVEN, dtime=1_600_000_000))
    assert [problem.field for problem in await uploader.check()] == ["meta.dtime"]


def test_it_is_announced_and_loaded_on_first_use():
    """`from bilibili_api.video_uploader import VideoMeta` loads pydantic, the module alone does not."""
    code = (
        "import sys; from bilibili_api import video_uploader as v; before = 'pydantic' in sys.modules; "
        "v.VideoMeta; print(before, 'pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ("VideoMeta" in video_uploader.__all__, done.stdout.split()) == (True, ["False", "True"])


def test_an_unknown_name_is_an_attribute_error():
    """A typing mistake is told as everywhere else."""
    with pytest.raises(AttributeError, match="no attribute 'VideoMetta'"):
        getattr(video_uploader, "VideoMetta")  # noqa: B009 - the type checker must not know
