"""The same upload made by the library of 2021 and by ours, each against a simulator of its own."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bilibili_api.simulator import Simulator

HERE = Path(__file__).parent
MAKE_PEER = HERE.parent.parent / "tools" / "make_peer_2021.py"
ACCOUNT, PASSWORD = "some body@example.com", "pass word+/ü 密码"
KIB = 1024


@dataclass(frozen=True)
class Run:
    """What was to be uploaded, what the library said, and the simulator after it has stopped."""

    job: dict[str, Any]
    said: dict[str, Any]
    sim: Simulator


@pytest.fixture(scope="session")
def python_of_2021() -> Path:
    """The interpreter that imports the unmodified library of 2021; without it, tests are skipped."""
    made = subprocess.run([sys.executable, MAKE_PEER], check=False, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(made.stderr.strip())
    return Path(made.stdout.strip())


@pytest.fixture(scope="session")
def run_of_2021(python_of_2021: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return asyncio.run(_run(python_of_2021, tmp_path_factory.mktemp("then")))


@pytest.fixture(scope="session")
def run_of_ours(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return asyncio.run(_run(Path(sys.executable), tmp_path_factory.mktemp("now")))


async def _run(python: Path, folder: Path) -> Run:
    job = _job(folder)
    async with Simulator(store=folder / "store") as sim:
        sim.add_account(ACCOUNT, PASSWORD)
        child = await asyncio.create_subprocess_exec(
            *(python, "-P", HERE / "upload.py"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(sim),
        )
        try:
            async with asyncio.timeout(60):
                out, err = await child.communicate(json.dumps(job).encode())
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    assert child.returncode == 0, err.decode(errors="replace")
    return Run(job, json.loads(out), sim)


def _environment(sim: Simulator) -> dict[str, str]:
    """Make Bilibili's names lead to the simulator, and its authority the only trusted one."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return kept | {
        "PYTHONPATH": str(HERE / "names"),
        "PEER_HTTPS_PORT": str(sim.port),
        "PEER_HTTP_PORT": str(sim.http_port),
        "SSL_CERT_FILE": str(sim.ca_file),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


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
