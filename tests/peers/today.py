"""Uploads of today's clients, each beside one of ours by the same login, line and interface."""

from __future__ import annotations

import random
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from tests.peers.running import Run, run, run_script, trusting
from tests.peers.tunnel import tunnel_to

from bilibili_api.simulator import DEMO_ACCOUNT, Simulator

PART = 256 * 1024
_BUVID = {
    "buvid3": "0A1B2C3D-1111-2222-3333-44445555666612345infoc",
    "buvid4": "0A1B2C3D-1111-2222-3333-444455556666-012345-026112200-abc",
}
_META_OF_BILIBILI_API = {  # what the example in its documents has beside what everybody gives
    "desc_format_id": 9999,
    "recreate": -1,
    "interactive": 0,
    "act_reserve_create": 0,
    "no_disturbance": 0,
    "no_reprint": 1,
    "subtitle": {"open": 0, "lan": ""},
    "dolby": 0,
    "lossless_music": 0,
    "web_os": 1,
}


@dataclass(frozen=True)
class Runs:
    """Another client's upload and ours."""

    client: str
    theirs: Run
    ours: Run


async def run_bilibili_api(python: Path, folder: Path) -> Runs:
    """Upload with web cookies, as the documents of bilibili-api-python show it."""

    async def script(runner: Path, name: str) -> Run:
        async with _simulator(folder / name) as sim:
            job = _job(folder / name, "web", cookies=sim.cookies() | _BUVID)
            job["meta"] |= _META_OF_BILIBILI_API
            return Run(job, await run_script(runner, f"upload_by_{name}.py", job, sim), sim)

    return Runs(
        "bilibili-api-python",
        await script(python, "bilibili_api_17"),
        await script(Path(sys.executable), "ours"),
    )


async def run_biliup(python: Path, folder: Path, interface: str) -> Runs:
    """Upload with a `cookies.json` that holds cookies and token, from biliup's command line."""
    return Runs(
        "biliup",
        await _biliup(python.parent / "biliup", folder / "theirs", interface),
        await _ours(folder / "ours", interface),
    )


async def _biliup(command: Path, folder: Path, interface: str) -> Run:
    async with _simulator(folder) as sim, tunnel_to(sim) as proxy:
        job = _job(folder, interface)
        login = _login_file(sim, folder)
        meta = job["meta"]
        text = await run(
            (
                *(command, "--user-cookie", login, "upload"),
                *("--submit", interface.replace("bcut", "b-cut"), "--line", job["line"]),
                *("--cover", job["cover"], "--title", meta["title"], "--desc", meta["desc"]),
                *("--tag", meta["tag"], "--tid", str(meta["tid"]), "--dynamic", meta["dynamic"]),
                *("--copyright", str(meta["copyright"]), "--source", meta["source"]),
                *(page["path"] for page in job["pages"]),
            ),
            environment=trusting(sim) | {"HOME": str(folder), "https_proxy": proxy, "http_proxy": proxy},
            folder=folder,
        )
    return Run(job, _ids(text), sim)


async def _ours(folder: Path, interface: str) -> Run:
    async with _simulator(folder) as sim:
        job = _job(folder, interface, login_file=str(_login_file(sim, folder)))
        return Run(job, await run_script(Path(sys.executable), "upload_by_ours.py", job, sim), sim)


def _simulator(folder: Path) -> Simulator:
    folder.mkdir()
    sim = Simulator(era="today", store=folder / "store")
    sim.limits.chunk_size = PART
    return sim


def _login_file(sim: Simulator, folder: Path) -> Path:
    file = folder / "cookies.json"
    file.write_text(sim.cookies_json(DEMO_ACCOUNT), "utf-8")
    file.chmod(0o600)
    return file


def _ids(text: str) -> dict[str, Any]:
    """Find the answer to the submission in what biliup logs."""
    found = re.search(r'"aid": Number\((\d+)\), "bvid": String\("(BV\w+)"\)', text)
    assert found is not None, text
    return {"aid": int(found[1]), "bvid": found[2]}


def _job(folder: Path, interface: str, **login: object) -> dict[str, Any]:
    """Two pages, of three parts and of one, whose titles are their file names: biliup knows no other."""
    dice = random.Random(17)
    titles = {"P1": 2 * PART + 123, "第二集 100%": 5000}
    for title, size in titles.items():
        (folder / f"{title}.mp4").write_bytes(dice.randbytes(size))
    Image.new("RGB", (1200, 750), "teal").save(folder / "cover.jpg")
    return {
        **login,
        "interface": interface,
        "line": "bda2",
        "cover": str(folder / "cover.jpg"),
        "pages": [{"path": str(folder / f"{title}.mp4"), "title": title} for title in titles],
        "meta": {
            "title": "A title 标题",
            "copyright": 2,
            "source": "https://example.com/origin",
            "tid": 21,
            "tag": "one,标签",
            "desc": "what it is",
            "dynamic": "news",
        },
    }
