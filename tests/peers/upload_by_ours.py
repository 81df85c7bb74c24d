"""Uploads with this library: reads a JSON job from standard input, prints what `start()` returned."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bilibili_api import Credential, sync, video_uploader

if TYPE_CHECKING:
    from io import BufferedReader


def credential_of(job: dict[str, Any]) -> Credential | video_uploader.VideoUploaderCredential:
    if "login_file" in job:
        return video_uploader.VideoUploaderCredential.from_file(job["login_file"])
    cookies = job["cookies"]
    return Credential(
        sessdata=cookies["SESSDATA"],
        bili_jct=cookies["bili_jct"],
        dedeuserid=cookies["DedeUserID"],
        buvid3=cookies["buvid3"],
        buvid4=cookies["buvid4"],
    )


async def upload(job: dict[str, Any], cover: BufferedReader) -> dict[str, Any] | None:
    pages = [video_uploader.VideoUploaderPage(page["path"], page["title"]) for page in job["pages"]]
    uploader = video_uploader.VideoUploader(
        pages,
        job["meta"],
        credential_of(job),
        threads=1,  # one page after the other, as others send them: requests are compared in their order
        cover_stream=cover,
        line=job["line"],
        interface=job["interface"],
    )
    return await uploader.start()


def main() -> None:
    job: dict[str, Any] = json.load(sys.stdin)
    with Path(job["cover"]).open("rb") as cover:
        result = sync(upload(job, cover))
    print(json.dumps(result))  # noqa: T201  the result is the output


if __name__ == "__main__":
    main()
