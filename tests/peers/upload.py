"""Uploads as the published interface says: runs with the library of 2021 and with ours, unchanged.

Reads a JSON job from standard input, writes what `start()` returned to standard output.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bilibili_api import sync, video_uploader

if TYPE_CHECKING:
    from io import BufferedReader


async def upload(
    job: dict[str, Any], videos: list[BufferedReader], cover: BufferedReader
) -> dict[str, Any] | None:
    credential = video_uploader.VideoUploaderCredential(account=job["account"], password=job["password"])
    pages = [
        video_uploader.VideoUploaderPage(video, title=page["title"], description=page["description"])
        for page, video in zip(job["pages"], videos, strict=True)
    ]
    uploader = video_uploader.VideoUploader(
        pages,
        job["meta"],
        credential,
        threads=job["threads"],
        chunk_size=job["chunk_size"],
        cover_stream=cover,
        cover_type="image/jpeg",
    )
    return await uploader.start()


def main() -> None:
    job: dict[str, Any] = json.load(sys.stdin)
    with ExitStack() as files:
        videos = [files.enter_context(Path(page["path"]).open("rb")) for page in job["pages"]]
        cover = files.enter_context(Path(job["cover"]).open("rb"))
        result = sync(upload(job, videos, cover))
    print(json.dumps(result))  # noqa: T201  the result is the output


if __name__ == "__main__":
    main()
