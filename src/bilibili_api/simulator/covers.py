"""Covers: what is taken as an image, and where it is kept (protocol document, 3.4 and 5)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import io
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

from bilibili_api.simulator.access import authorised
from bilibili_api.simulator.form import MULTIPART, URLENCODED
from bilibili_api.simulator.identity import by_cookies
from bilibili_api.simulator.reply import RefusalError, refusal, success
from bilibili_api.simulator.state import StoredCover

if TYPE_CHECKING:
    from pathlib import Path

    from bilibili_api.simulator.exchange import Field, Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router
    from bilibili_api.simulator.state import Account, State

_MEMBER = "//member.bilibili.com"
COVER_PATH = "/bfs/archive/"
_CLIENT_URL = f"http://i0.hdslb.com{COVER_PATH}"
_WEB_URL = f"https://archive.biliimg.com{COVER_PATH}"
COVER_HOSTS = ("i0.hdslb.com", "i1.hdslb.com", "i2.hdslb.com", "archive.biliimg.com")
# Section 5: the smallest cover, and the formats known to be taken.
LEAST_WIDTH, LEAST_HEIGHT = 960, 600
_CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
# Section 5: clients send the URL with http:, https: or no scheme at all.
_COVER_URL = re.compile(
    r"(?:https?:)?//(?:i[0-2]\.hdslb\.com|archive\.biliimg\.com)/bfs/archive/([0-9a-f]{40}\.jpg)"
)
# Section 5; bilibili-api-python says csrf twice, as websites do, and is taken at its word.
_WEB_FIELDS = (["cover", "csrf"], ["cover", "csrf", "csrf_token"])
# Section 5: nobody looks at the type that the URI names.
_DATA_URI = re.compile(r"(data:[^,]{1,100};base64,)([A-Za-z0-9+/]+={0,2})")


def is_stored(state: State, url: str) -> bool:
    """Tell whether a URL, with any scheme or none and on any host of covers, is that of an uploaded image."""
    match = _COVER_URL.fullmatch(url)
    return match is not None and any(match[1] == known.name for known in state.covers)


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
        router.add("POST", f"{_MEMBER}/x/vu/client/cover/up", "cover", self.client, interface="client")
        router.add("POST", f"{_MEMBER}/x/vu/web/cover/up", "cover", self.web, interface="web")

    async def client(self, received: Received, form: Form) -> Reply:
        """Take an image as a file from the owner of a token (section 3.4)."""
        account = authorised(self._state, "cover", received)
        file = form.spooled
        if form.problem is not None or file is None or [item.name for item in form.fields] != ["file"]:
            return refusal(-400, form.problem or f"a cover is {MULTIPART} with a file called file, no more")
        content = await asyncio.to_thread(file.path.read_bytes)
        return success({"url": await self._take(account, content, _CLIENT_URL)})

    async def web(self, received: Received, form: Form) -> Reply:
        """Take an image as a data URI from the owner of cookies (section 5)."""
        names = sorted(item.name for item in form.fields)
        if form.content_type != URLENCODED or names not in _WEB_FIELDS:
            by_cookies(self._state, received)
            return refusal(-400, f"a cover is {URLENCODED} with cover and csrf, no more but csrf_token")
        account = by_cookies(self._state, received, form, csrf=True)
        match = _DATA_URI.fullmatch(form.value("cover") or "")
        form.fields = tuple(_shortened(item) for item in form.fields)
        if match is None:
            return refusal(
                -400, "cover must be data:image/jpeg;base64, and base64 with + escaped in the form"
            )
        try:
            content = base64.b64decode(match[2], validate=True)
        except binascii.Error:
            return refusal(-400, "cover is not base64")
        return success({"url": await self._take(account, content, _WEB_URL)})

    def knows(self, url: str) -> bool:
        """Tell whether a URL is that of an image uploaded here."""
        return is_stored(self._state, url)

    async def _take(self, account: Account, content: bytes, base_url: str) -> str:
        """Keep an image and return its URL."""
        picture = await asyncio.to_thread(_inspect, content)
        name = f"{picture.sha1}.jpg"
        cover = StoredCover(
            name=name,
            url=base_url + name,
            size=len(content),
            md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
            width=picture.width,
            height=picture.height,
            content_type=picture.content_type,
            mid=account.mid,
            path=self._keep(name, content),
        )
        if all(known.name != name for known in self._state.covers):
            self._state.covers.append(cover)
        return cover.url

    def _keep(self, name: str, content: bytes) -> Path | None:
        if self._store is None:
            return None
        folder = self._store / "covers"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        return folder / name


def _shortened(item: Field) -> Field:
    """Keep of an image in a form only its beginning, length and md5: exchanges are kept for long."""
    value = item.value or ""
    head, comma, _ = value.partition(",")
    if item.name != "cover" or not comma:
        return item
    md5 = hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()
    return replace(item, value=head[:100] + comma, size=len(value), md5=md5)


def _inspect(content: bytes) -> _Picture:
    """Decode the image completely: a broken one must not pass for a picture."""
    try:
        with Image.open(io.BytesIO(content), formats=tuple(_CONTENT_TYPES)) as image:
            image.load()
            width, height, kind = image.width, image.height, image.format or ""
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise RefusalError(refusal(-400, "the file is not a JPEG, PNG or WebP image")) from error
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        least = f"{LEAST_WIDTH} x {LEAST_HEIGHT}"
        raise RefusalError(
            refusal(-400, f"the image has {width} x {height} pixels, at least {least} are needed")
        )
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    return _Picture(width, height, _CONTENT_TYPES[kind], sha1)
