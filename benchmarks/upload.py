"""The library at work: uploads one file and submits it, once, as a user's program would."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass
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
_SCHEDSTAT = os.open("/proc/thread-self/schedstat", os.O_RDONLY)


@dataclass(frozen=True, slots=True)
class Moment:
    """When the watch ran, and the seconds that the loop's thread had computed and waited for a core."""

    time: float
    computed: float
    queued: float

    @classmethod
    def now(cls) -> Moment:
        queued = os.pread(_SCHEDSTAT, 100, 0).split()[1]
        return cls(time.perf_counter(), time.thread_time(), int(queued) / 1e9)


class LagWatch:
    """Wants to run every 5 ms and notes how late it was."""

    def __init__(self) -> None:
        self._ran: list[Moment] = []

    async def run(self) -> None:
        while True:
            self._ran.append(Moment.now())
            await asyncio.sleep(TICK)

    def report(self) -> dict[str, float]:
        spans = list(pairwise(self._ran))
        late = sorted(after.time - before.time - TICK for before, after in spans)
        return {
            "largest": late[-1],
            "99th percentile": late[len(late) * 99 // 100],
            "own": max(
                after.time - before.time - TICK - (after.queued - before.queued) for before, after in spans
            ),
            "computed": max(after.computed - before.computed for before, after in spans),
        }


def credential_of(job: dict[str, Any]) -> VideoUploaderCredential:
    if "login_file" in job:
        return VideoUploaderCredential.from_file(job["login_file"])
    return VideoUploaderCredential(access_key=job["access_key"])


async def tell_retry(event: object) -> None:
    """A wait would be measured: say that there was one, and why."""
    print("waits:", event, file=sys.stderr)


async def upload(job: dict[str, Any]) -> dict[str, Any] | None:
    with Path(job["file"]).open("rb") as file:  # noqa: ASYNC230  nothing else runs yet
        uploader = VideoUploader(
            [VideoUploaderPage(file, title="benchmark")],
            META,
            credential_of(job),
            threads=job["threads"],
            chunk_size=job["chunk_size"],
            line=job["line"],
            options=Options(server=Server(job["url"], job["ca_file"])),
        )
        uploader.on("RETRY")(tell_retry)
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
