"""One process of the chaos: uploads what it is told to until it ends or is killed, and says how it ended."""

from __future__ import annotations

import asyncio
import json
import sys
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.chaos.command import become
from benchmarks.chaos.hurry import PATIENCE, hurried_world

from bilibili_api.exceptions import ApiException
from bilibili_api.journal import Journal
from bilibili_api.video_uploader import (
    Options,
    Server,
    VideoUploader,
    VideoUploaderCredential,
    VideoUploaderPage,
)


@dataclass(frozen=True)
class Orders:
    """What a process is to do.

    Attributes:
        server: URL of the simulator.
        ca: its authority.
        access_key: of the login.
        cookies: of the login.
        journal: path of the journal.
        pages: path and title of each page.
        title: of the submission.
        line: over which it goes.
        threads: chunks in flight at once.
        chunk_size: bytes of a chunk of the PC line.
        outcome: path of the file that says how it ended.
        login: path of a file with the login.
        is_command: `bvup` is to do it, instead of the library.
        again: the user has looked and found no archive: submit again.
        job: its number in the journal, where that is needed.
    """

    server: str
    ca: str
    access_key: str
    cookies: dict[str, str]
    journal: str
    pages: list[tuple[str, str]]
    title: str
    line: str
    threads: int
    chunk_size: int
    outcome: str
    login: str
    is_command: bool = False
    again: bool = False
    job: int = 0

    def as_line(self) -> bytes:
        """Return them as a line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"


async def upload(orders: Orders) -> dict[str, Any]:
    """Upload; return how it ended."""
    options = Options(Server(orders.server, orders.ca), PATIENCE, hurried_world())
    credential = VideoUploaderCredential(
        access_key=orders.access_key, cookies=orders.cookies, platform="BiliTV", options=options
    )
    uploader = VideoUploader(
        [VideoUploaderPage(path, title=title) for path, title in orders.pages],
        {"title": orders.title, "tid": 21, "tag": "chaos", "copyright": 1},
        credential,
        orders.threads,
        orders.chunk_size,
        line=orders.line,
        journal=Journal(orders.journal),
        options=options,
    )
    try:
        return {"result": await (uploader.submit(again=True) if orders.again else uploader.start())}
    except ApiException as error:
        return {"error": error.kind, "said": str(error), "hint": error.hint}


def run(line: bytes) -> None:
    """Do what a line of JSON orders, and write down how it ended."""
    orders = Orders(**json.loads(line))
    if orders.is_command:
        become(asdict(orders))
    try:
        outcome = asyncio.run(upload(orders))
    except Exception:  # noqa: BLE001 - whatever is not ours is to be counted, not lost
        outcome = {"crash": traceback.format_exc()}
    draft = Path(f"{orders.outcome}.draft")
    draft.write_text(json.dumps(outcome))
    draft.rename(orders.outcome)


if __name__ == "__main__":
    run(sys.stdin.buffer.readline())
