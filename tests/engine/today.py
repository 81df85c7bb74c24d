"""Today's Bilibili for the tests of UPOS and of the interfaces: logins of every kind, hosts, short parts."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import content, listen, make_uploader

from bilibili_api.exceptions import ApiException
from bilibili_api.simulator import Simulator
from bilibili_api.video_uploader import VideoUploaderCredential

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Exchange
    from bilibili_api.video_uploader import Options, VideoUploader

PART = 20_000
DATA = content(4 * PART + 321)
PARTS = 5

BDA2, BLDSA, TX = (f"upos-cs-upcdn{name}.bilivideo.com" for name in ("bda2", "bldsa", "tx"))
"""The hosts of a ticket for the line `bda2`, in the order in which the simulator names them."""


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


class Today:
    """Uploads by an account of today, over the line `bda2` unless said otherwise."""

    def __init__(self, sim: Simulator, account: Account, options: Options) -> None:
        self.sim, self.account, self.options = sim, account, options

    def credential(self, has: str = "token and cookies") -> VideoUploaderCredential:
        """A login that has these: `token` (of the TV), `key` (a bare one), `cookies`, `password`."""
        given: dict[str, Any] = {}
        if "token" in has:
            given |= {"access_key": self.account.access_key, "platform": "BiliTV"}
        if "key" in has:
            given |= {"access_key": self.account.access_key}
        if "cookies" in has:
            given |= {"cookies": self.sim.cookies(self.account)}
        if "password" in has:
            given |= {"account": self.account.name, "password": self.account.password}
        return VideoUploaderCredential(**given, options=self.options)

    def make(
        self, *contents: bytes, has: str = "token and cookies", options: Options | None = None, **given: Any
    ) -> VideoUploader:
        """An uploader; of `DATA` when no contents are given."""
        given = {"line": "bda2", "credential": self.credential(has)} | given
        return make_uploader(self.account, options or self.options, *(contents or (DATA,)), **given)

    async def ends_right(self, uploader: VideoUploader, *contents: bytes) -> None:
        """Start, and compare what was published with what was given."""
        result = await uploader.start()
        [archive] = self.sim.archives
        assert result == {"aid": archive.aid, "bvid": archive.bvid}
        assert [(video.md5, video.size) for video in archive.videos] == [
            (md5(data), len(data)) for data in contents or (DATA,)
        ]

    async def ends_with(self, uploader: VideoUploader) -> ApiException:
        """Start, and return the error, which must have been told as FAILED and say what to do."""
        heard = listen(uploader)
        with pytest.raises(ApiException) as caught:
            await uploader.start()
        assert caught.value.hint
        assert heard[-1] == ("FAILED", {"err": caught.value})
        return caught.value

    def parts(self, *, stored: bool = False) -> list[Exchange]:
        """The requests that put parts, in the order in which they ended; only those that were taken."""
        return [seen for seen in self.sim.seen("part") if not stored or seen.status == 200]

    def count(self, *steps: Any) -> list[int]:
        """How many requests of each step were seen."""
        return [len(self.sim.seen(step)) for step in steps]


async def simulator_of_today(fake: FakeWorld) -> AsyncIterator[Simulator]:
    """The body of a fixture `sim`: the era of today, parts of `PART` bytes."""
    async with Simulator(era="today", clock=fake.now) as running:
        running.limits.chunk_size = PART
        yield running
