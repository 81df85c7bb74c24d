"""Covers: what is taken as an image, and where it is kept (protocol document, 3.4 and 5)."""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

from bilibili_api.simulator.access import authorised
from bilibili_api.simulator.form import MULTIPART
from bilibili_api.simulator.reply import RefusalError, refusal, success
from bilibili_api.simulator.state import StoredCover

if TYPE_CHECKING:
    from pathlib import Path

    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router
    from bilibili_api.simulator.state import State

COVER_HOST = "i0.hdslb.com"
COVER_PATH = "/bfs/archive/"
# Section 5: the smallest cover, and the formats known to be taken.
LEAST_WIDTH, LEAST_HEIGHT = 960, 600
_CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
# Section 5: clients send the URL with http:, https: or no scheme at all.
_COVER_URL = re.compile(
    r"(?:https?:)?//(?:i[0-2]\.hdslb\.com|archive\.biliimg\.com)/bfs/archive/([0-9a-f]{40}\.jpg)"
)


@dataclass(frozen=True, slots=True)
class _Picture:
    width: int
    height: int
    content_type: str
    sha1: str


class Covers:
    """Takes images and recognises their URLs."""

    def __init__(self, state: State, store: Path | None) -> None:
        self._state = state
        self._store = store

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add(
            "POST", "//member.bilibili.com/x/vu/client/cover/up", "cover", self.upload, interface="client"
        )

    async def upload(self, received: Received, form: Form) -> Reply:
        """Take an image and answer its URL (section 3.4)."""
        account = authorised(self._state, "cover", received)
        file = form.spooled
        if form.problem is not None or file is None or [item.name for item in form.fields] != ["file"]:
            return refusal(-400, form.problem or f"a cover is {MULTIPART} with a file called file, no more")
        picture = await asyncio.to_thread(_inspect, file.path)
        name = f"{picture.sha1}.jpg"
        cover = StoredCover(
            name=name,
            url=f"http://{COVER_HOST}{COVER_PATH}{name}",
            size=file.size,
            md5=file.md5,
            width=picture.width,
            height=picture.height,
            content_type=picture.content_type,
            mid=account.mid,
            path=self._keep(name, file.path),
        )
        if all(known.name != name for known in self._state.covers):
            self._state.covers.append(cover)
        return success({"url": cover.url})

    def knows(self, url: str) -> bool:
        """Tell whether a URL, with any scheme or none, is that of an image uploaded here."""
        match = _COVER_URL.fullmatch(url)
        return match is not None and any(match[1] == known.name for known in self._state.covers)

    def _keep(self, name: str, spooled: Path) -> Path | None:
        if self._store is None:
            return None
        folder = self._store / "covers"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(spooled, folder / name)
        return folder / name


def _inspect(path: Path) -> _Picture:
    """Decode the image completely: a broken one must not pass for a picture."""
    try:
        with Image.open(path, formats=tuple(_CONTENT_TYPES)) as image:
            image.load()
            width, height, kind = image.width, image.height, image.format or ""
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise RefusalError(refusal(-400, "the file is not a JPEG, PNG or WebP image")) from error
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        least = f"{LEAST_WIDTH} x {LEAST_HEIGHT}"
        raise RefusalError(
            refusal(-400, f"the image has {width} x {height} pixels, at least {least} are needed")
        )
    sha1 = hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest()
    return _Picture(width, height, _CONTENT_TYPES[kind], sha1)
