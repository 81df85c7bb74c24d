"""Archives that are there without having been uploaded: something to list, watch and edit."""

from __future__ import annotations

from hashlib import md5
from typing import TYPE_CHECKING, Any

from bilibili_api.simulator.bvid import bvid_of
from bilibili_api.simulator.columns import WEB_V3
from bilibili_api.simulator.rules import check_meta
from bilibili_api.simulator.state import Archive, StoredVideo
from bilibili_api.simulator.submission import next_aid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilibili_api.simulator.accounts import Account
    from bilibili_api.simulator.state import State

_FIRST_CID = 700000000000
_META = {"title": "An archive", "tid": 21, "tag": "simulated", "copyright": 1, "desc": "", "cover": ""}


def store(state: State, account: Account, count: int, now: float) -> tuple[StoredVideo, ...]:
    """Let files be stored that nobody has sent; nothing but their names is real."""
    made: list[StoredVideo] = []
    for _ in range(count):
        number = len(state.videos) + 1
        name = f"n{number:031d}"
        digest = md5(name.encode(), usedforsecurity=False).hexdigest()
        video = StoredVideo(name, f"{number}.mp4", 1, digest, account.mid, None, now, _FIRST_CID + number)
        state.store_video(video)
        made.append(video)
    return tuple(made)


def publish(
    state: State, account: Account, parts: Sequence[str], meta: dict[str, Any], now: float
) -> Archive:
    """Let an archive be there.

    Raises:
        RefusedMetaError: no submission could have made it.
    """
    videos = store(state, account, len(parts), now)
    listed = [
        {"filename": video.filename, "title": title, "desc": "", "cid": video.cid}
        for video, title in zip(videos, parts, strict=True)
    ]
    whole = {**_META, **meta, "videos": listed}
    checked = check_meta(whole, now, WEB_V3, most_parts=None)
    aid = next_aid(state)
    archive = Archive(
        aid, bvid_of(aid), account.mid, checked.title, checked.tid, whole, videos, checked.cover, now, "web"
    )
    state.archives.append(archive)
    return archive
