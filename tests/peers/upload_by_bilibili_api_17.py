"""Uploads with bilibili-api-python 17: reads a JSON job from standard input, prints what `start()` returned."""

from __future__ import annotations

import json
import sys
from typing import Any

from bilibili_api import Credential, sync, video_uploader

library: Any = video_uploader  # another one than type checkers find under this name


async def upload(job: dict[str, Any]) -> Any:
    cookies = job["cookies"]
    credential = Credential(
        sessdata=cookies["SESSDATA"],
        bili_jct=cookies["bili_jct"],
        dedeuserid=cookies["DedeUserID"],
        buvid3=cookies["buvid3"],
        buvid4=cookies["buvid4"],
    )
    pages = [library.VideoUploaderPage(page["path"], page["title"]) for page in job["pages"]]
    uploader = library.VideoUploader(
        pages, job["meta"], credential, cover=job["cover"], line=library.Lines(job["line"])
    )
    return await uploader.start()


if __name__ == "__main__":
    print(json.dumps(sync(upload(json.load(sys.stdin)))))  # noqa: T201  the result is the output
