"""The simulator's own pages: what it holds, and the videos themselves."""

from __future__ import annotations

import mimetypes
from dataclasses import asdict
from html import escape
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bilibili_api.simulator.qr_pages import QrPages
from bilibili_api.simulator.reply import Reply, json_reply

if TYPE_CHECKING:
    from pathlib import Path

    from bilibili_api.simulator.browser import Tongue
    from bilibili_api.simulator.passport.qr import QrCodes
    from bilibili_api.simulator.passport.sms import TextMessages
    from bilibili_api.simulator.state import Archive, State, StoredCover, StoredVideo


class Pages:
    """Answers `/`, `/archives`, `/videos`, `/videos/<filename>`, `/covers/<name>` and `/qr`."""

    def __init__(self, state: State, codes: QrCodes, messages: TextMessages) -> None:
        self._state = state
        self._phone = QrPages(codes, messages)

    def page(self, path: str, t: Tongue) -> Reply | web.FileResponse:
        """Return the page at a path; files come with support for ranges."""
        folder, _, name = path.lstrip("/").partition("/")
        if path == "/":
            return self._overview(t)
        listing = {"/archives": self._archives, "/videos": self._videos}.get(path)
        if listing is not None:
            return listing()
        if folder == "videos" and name:
            return self._video(name)
        if folder == "covers" and name:
            return self.cover(name)
        if folder == "qr" and (page := self._phone.page(path, t)) is not None:
            return page
        return not_found(f"there is no page {path}; there are /, /archives, /videos, /covers/<name> and /qr")

    def press(self, path: str, t: Tongue) -> Reply:
        """Do what a button says; only the QR codes have any."""
        pressed = self._phone.press(path, t) if path.startswith("/qr/") else None
        if pressed is None:
            return json_reply({"code": -405, "message": "pages are there to be read"}, status=405)
        return pressed

    def cover(self, name: str) -> Reply | web.FileResponse:
        """Return an uploaded cover."""
        found = next((cover for cover in self._state.covers if cover.name == name), None)
        return _file(found, found.content_type if found else "", "cover")

    def _video(self, name: str) -> Reply | web.FileResponse:
        found = next((video for video in self._state.videos if video.filename == name), None)
        guessed = mimetypes.guess_type(found.name)[0] if found else None
        content_type = guessed if guessed and guessed.startswith("video/") else "video/mp4"
        return _file(found, content_type, "video")

    def _archives(self) -> Reply:
        return json_reply([_archive(archive) for archive in self._state.archives])

    def _videos(self) -> Reply:
        return json_reply([_plain(video) for video in self._state.videos])

    def _overview(self, t: Tongue) -> Reply:
        archives = "".join(_archive_row(archive, t) for archive in reversed(self._state.archives))
        videos = "".join(map(_video_row, reversed(self._state.videos)))
        title = t("Bilibili simulator")
        body = f"""<h1>{title}</h1>
<p><a href="{t.link("/qr")}">{t("The phone: QR codes to scan, text messages")}</a></p>
<h2>{t("Archives")}</h2>
<table><tr><th>bvid<th>{t("title")}<th>{t("partition")}<th>{t("parts")}<th>{t("cover")}</tr>{archives}</table>
<h2>{t("Stored videos")}</h2>
<table><tr><th>{t("stored as")}<th>{t("original name")}<th>{t("bytes")}<th>md5</tr>{videos}</table>"""
        return t.page(title, body)


def not_found(message: str) -> Reply:
    """Answer HTTP 404 and say what was looked for."""
    return json_reply({"code": -404, "message": message}, status=404)


def _file(found: StoredVideo | StoredCover | None, content_type: str, what: str) -> Reply | web.FileResponse:
    if found is None:
        return not_found(f"there is no such {what}")
    if found.path is None:
        return not_found(f"this {what} was stored, but only as a digest; start the simulator with a store")
    return web.FileResponse(found.path, headers={"Content-Type": content_type})


def _plain(stored: StoredVideo) -> dict[str, Any]:
    return asdict(stored) | {"path": _path(stored.path)}


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _archive(archive: Archive) -> dict[str, Any]:
    return asdict(archive) | {"videos": [_plain(video) for video in archive.videos]}


def _archive_row(archive: Archive, t: Tongue) -> str:
    cover = archive.cover.rpartition("/")[2]
    link = f'<a href="/covers/{escape(cover)}">{t("cover")}</a>' if cover else ""
    parts = " ".join(_link(video.filename, f"P{number}") for number, video in enumerate(archive.videos, 1))
    return f"<tr><td>{archive.bvid}<td>{escape(archive.title)}<td>{archive.tid}<td>{parts}<td>{link}</tr>"


def _video_row(video: StoredVideo) -> str:
    name = _link(video.filename, video.filename) if video.path else video.filename
    return f"<tr><td>{name}<td>{escape(video.name)}<td>{video.size}<td>{video.md5}</tr>"


def _link(filename: str, text: str) -> str:
    return f'<a href="/videos/{escape(filename)}">{escape(text)}</a>'
