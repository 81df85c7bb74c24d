"""`VideoUploader`: arguments, `start()` and `abort()`, sentence by sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit import make_uploader

if TYPE_CHECKING:
    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options


async def test_start_uploads_all_and_returns_a_dict_with_aid_and_bvid(
    sim: Simulator, account: Account, options: Options, cover: bytes
):
    """`start()` uploads all and returns a dict with `bvid` and `aid`."""
    result = await make_uploader(account, options, b"one", b"two", cover=cover).start()
    assert result == {"aid": sim.archives[0].aid, "bvid": sim.archives[0].bvid}
