"""The same uploads made by other clients and by ours, each against a simulator of its own."""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.peers.running import Run, python_of, run_script
from tests.peers.today import Runs, run_bilibili_api, run_biliup

from bilibili_api.simulator import Simulator

ACCOUNT, PASSWORD = "some body@example.com", "pass word+/ü 密码"
KIB = 1024
WAYS_OF_BILIUP = ("app", "web", "bcut-android")


@pytest.fixture(scope="session")
def run_of_2021(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return asyncio.run(_run(python_of("2021"), tmp_path_factory.mktemp("then")))


@pytest.fixture(scope="session")
def run_of_ours(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return asyncio.run(_run(Path(sys.executable), tmp_path_factory.mktemp("now")))


@pytest.fixture(
    scope="session", params=["bilibili-api-python web", *(f"biliup {way}" for way in WAYS_OF_BILIUP)]
)
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """A client of today with an interface, and this library with the same."""
    client, interface = request.param.split()
    python, folder = python_of(client), tmp_path_factory.mktemp("today")
    if client == "biliup":
        return asyncio.run(run_biliup(python, folder, interface))
    return asyncio.run(run_bilibili_api(python, folder))


async def _run(python: Path, folder: Path) -> Run:
    job = _job(folder)
    async with Simulator(store=folder / "store") as sim:
        sim.add_account(ACCOUNT, PASSWORD)
        said = await run_script(python, "upload.py", job, sim)
    return Run(job, said, sim)


def _job(folder: Path) -> dict[str, Any]:
    """Two pages of several chunks, one ending with a short chunk, one with a name that has to be escaped."""
    dice = random.Random(2021)
    (folder / "1.mp4").write_bytes(dice.randbytes(5 * 64 * KIB + 123))
    (folder / "2.mp4").write_bytes(dice.randbytes(3 * 64 * KIB))
    Image.new("RGB", (1200, 750), "teal").save(folder / "cover.jpg")
    return {
        "account": ACCOUNT,
        "password": PASSWORD,
        "threads": 3,
        "chunk_size": 64 * KIB,
        "cover": str(folder / "cover.jpg"),
        "pages": [
            {"path": str(folder / "1.mp4"), "title": "P1", "description": "the first"},
            {"path": str(folder / "2.mp4"), "title": "第二集 100%", "description": ""},
        ],
        "meta": {
            "copyright": 2,
            "source": "https://example.com/origin",
            "desc": "what it is",
            "desc_format_id": 0,
            "dynamic": "news",
            "interactive": 0,
            "open_elec": 0,
            "no_reprint": 0,
            "subtitles": {"lan": "", "open": 0},
            "tag": "one,标签",
            "tid": 21,
            "title": "A title 标题",
            "up_close_danmaku": False,
            "up_close_reply": False,
        },
    }
