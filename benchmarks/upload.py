"""The library at work: uploads one file and submits it, once, as a user's program would."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from bilibili_api.video_uploader import (
    Options,
    Server,
    VideoUploader,
    VideoUploaderCredential,
    VideoUploaderPage,
)

META = {"title": "benchmark", "copyright": 1, "tid": 21, "tag": "benchmark", "desc": ""}
TICK = 0.005


class LagWatch:
    """Wants to run every 5 ms; notes how late it was and how long the loop's own thread had computed.

    What is late without having computed was waiting for a core or for another thread of the interpreter.
    """

    def __init__(self) -> None:
        self._ran: list[tuple[float, float]] = []

    async def run(self) -> None:
        while True:
            self._ran.append((time.perf_counter(), time.thread_time()))
            await asyncio.sleep(TICK)

    def report(self) -> dict[str, float]:
        late = sorted(after[0] - before[0] - TICK for before, after in pairwise(self._ran))
        busy = max(after[1] - before[1] for before, after in pairwise(self._ran))
        return {"largest": late[-1], "99th percentile": late[len(late) * 99 // 100], "busy": busy}


async def upload(job: dict[str, Any]) -> dict[str, Any] | None:
    options = Options(server=Server(f"https://127.0.0.1:{job['port']}", job["ca_file"]))
    with Path(job["file"]).open("rb") as file:  # noqa: ASYNC230  nothing else runs yet
        uploader = VideoUploader(
            [VideoUploaderPage(file, title="benchmark")],
            META,
            VideoUploaderCredential(access_key=job["access_key"]),
            threads=job["threads"],
            chunk_size=job["chunk_size"],
            options=options,
        )
        return await uploader.start()


async def watched(job: dict[str, Any]) -> dict[str, float]:
    """Upload, or only wait when there is nothing to upload, and tell how late the event loop ran."""
    watch = LagWatch()
    task = asyncio.create_task(watch.run())
    if "file" in job:
        await upload(job)
    else:
        await asyncio.sleep(job["seconds"])
    task.cancel()
    return watch.report()


if __name__ == "__main__":
    job: dict[str, Any] = json.load(sys.stdin)
    print(json.dumps(asyncio.run(watched(job) if job["watch"] else upload(job))))
