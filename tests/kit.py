"""What the tests build uploads from: a world without waiting, contents, metadata, and ears."""

from __future__ import annotations

import asyncio
import io
import os
import random
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from PIL import Image

from bilibili_api.video_uploader import (
    VideoUploader,
    VideoUploaderCredential,
    VideoUploaderPage,
    World,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from bilibili_api.simulator import Account, Exchange, Simulator
    from bilibili_api.video_uploader import Options, VideoMeta


class FakeWorld:
    """A clock that only naps move, and dice that always fall the same way.

    Attributes:
        naps: How long was waited each time, in seconds.
    """

    def __init__(self) -> None:
        self.naps: list[float] = []
        self._begun = time.time()
        self.world = World(
            now=self.now,
            elapsed=lambda: sum(self.naps),
            sleep=self._sleep,
            dice=lambda: 0.5,
            choose=lambda characters: characters[0],
        )

    def now(self) -> float:
        """The simulator keeps this time, too."""
        return self._begun + sum(self.naps)

    async def _sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        await asyncio.sleep(0)


def content(size: int, seed: int = 0) -> bytes:
    """Bytes that differ from place to place, the same each time."""
    return random.Random(seed).randbytes(size)


def picture_of(kind: str = "JPEG", width: int = 960, height: int = 600) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, kind)
    return file.getvalue()


def good_meta() -> dict[str, Any]:
    """Metadata with every published key."""
    return {
        "copyright": 1,
        "source": "",
        "desc": "A description.",
        "desc_format_id": 0,
        "dynamic": "News.",
        "interactive": 0,
        "open_elec": 0,
        "no_reprint": 1,
        "subtitles": {"lan": "", "open": 0},
        "tag": "one,two",
        "tid": 21,
        "title": "A title",
        "up_close_danmaku": False,
        "up_close_reply": False,
    }


@contextmanager
def piped(data: bytes) -> Generator[io.BufferedReader]:
    """The reading end of a pipe through which these bytes come."""
    reading, writing = os.pipe()

    def fill() -> None:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(data)

    filler = threading.Thread(target=fill, daemon=True)
    filler.start()
    with os.fdopen(reading, "rb") as stream:
        yield stream
    filler.join()


def key_of(account: Account, options: Options) -> VideoUploaderCredential:
    """A credential with nothing but the access key."""
    return VideoUploaderCredential(access_key=account.access_key, options=options)


def password_of(account: Account, options: Options) -> VideoUploaderCredential:
    """A credential with nothing but account and password."""
    return VideoUploaderCredential(account=account.name, password=account.password, options=options)


def make_uploader(
    account: Account,
    options: Options,
    *contents: bytes,
    pages: Sequence[VideoUploaderPage] | None = None,
    credential: VideoUploaderCredential | None = None,
    meta: dict[str, Any] | VideoMeta | None = None,
    cover: bytes | None = None,
    **given: Any,
) -> VideoUploader:
    """An uploader of pages with these contents (one of five bytes if none is given), else of `pages`."""
    made = [
        VideoUploaderPage(io.BytesIO(each), title=f"P{number}")
        for number, each in enumerate(contents or (b"video",), 1)
    ]
    return VideoUploader(
        list(pages) if pages is not None else made,
        good_meta() if meta is None else meta,
        credential or key_of(account, options),
        cover_stream=None if cover is None else io.BytesIO(cover),
        options=options,
        **given,
    )


def listen(uploader: VideoUploader) -> list[tuple[str, Any]]:
    """Return a list that fills with name and payload of every event."""
    heard: list[tuple[str, Any]] = []

    async def hear(event: dict[str, Any]) -> None:
        heard.append((event["name"], event["data"]))

    uploader.add_event_listener("__ALL__", hear)
    return heard


def names(heard: list[tuple[str, Any]]) -> list[str]:
    """The names of the events that `listen` has heard."""
    return [name for name, _ in heard]


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until something has happened that nothing announces; fail after `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.005)


def stored_chunks(sim: Simulator) -> list[Exchange]:
    """The requests by which chunks were stored, in the order in which they ended."""
    return [seen for seen in sim.seen("chunk") if seen.answer == {"OK": 1, "info": "Successful."}]


def chunk_numbers(exchanges: Sequence[Exchange]) -> list[int]:
    """The number of the chunk each request is about, sorted."""
    return sorted(int(exchange.field_value("chunk") or -1) for exchange in exchanges)


async def run_script(sim: Simulator, script: Path, folder: Path) -> str:
    """Run a script in `folder` as a user does who points it at the simulator; return what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        cwd=folder,
        env={**os.environ, "BVUP_SERVER": sim.url, "BVUP_CA": str(sim.ca_file), "PYTHONUTF8": "1"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert (process.returncode, err.decode()) == (0, "")
    return out.decode()
