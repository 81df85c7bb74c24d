"""Logins of today's clients against the simulator, and files with logins that go from one client to the other."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from tests.peers.running import HERE, led_to, module_of, python_of, run, run_script, trusting
from tests.peers.tunnel import tunnel_to

from bilibili_api.account import Profiles
from bilibili_api.simulator import Simulator
from bilibili_api.video_uploader import Options, Server, VideoUploaderCredential

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(era="today") as running:
        yield running


@pytest.mark.parametrize("channel", ["web", "tv"])
async def test_bilibili_api_python_logs_in_by_a_qr_code(sim: Simulator, channel: str):
    """It shows a code, waits while a phone scans and confirms it, and has the cookies of a new login."""
    python = python_of("bilibili-api-python")
    async with asyncio.TaskGroup() as group:
        logging_in = group.create_task(
            run_script(python, "log_in_by_bilibili_api_17.py", {"channel": channel}, sim)
        )
        code = await sim.qr.shown()
        sim.qr.scan(code.code)
        sim.qr.confirm(code.code)
    cookies = sim.cookies()
    assert logging_in.result() == {name: cookies[name] for name in ("SESSDATA", "bili_jct")}


async def renew_by_biliup(sim: Simulator, file: Path) -> None:
    command = (python_of("biliup").parent / "biliup", "--user-cookie", file, "renew")
    async with tunnel_to(sim) as proxy:
        environment = trusting(sim) | {"HOME": str(file.parent), "https_proxy": proxy}
        await run(command, environment=environment, folder=file.parent)


async def test_a_file_goes_from_client_to_client(sim: Simulator, tmp_path: Path):
    """biliup renews what the simulator wrote, we renew what biliup wrote, biliup what we wrote."""
    file = _file_of(sim, tmp_path)
    await renew_by_biliup(sim, file)
    options = Options(server=Server(sim.url, str(sim.ca_file)))
    assert await VideoUploaderCredential.from_file(file, options=options).renew_now()
    await renew_by_biliup(sim, file)
    assert [exchange.status for exchange in sim.seen("refresh")] == [200, 200, 200]
    assert VideoUploaderCredential.from_file(file).access_key == sim.tokens()[-1]


async def run_renmu(module: Path, sim: Simulator, what: str, file: Path) -> str:
    command = ("node", HERE / "logins_of_renmu.mjs", module, what, file)
    return await run(command, environment=led_to(sim))


async def test_renmu_loads_what_we_write(sim: Simulator, tmp_path: Path):
    """Account, access key and cookies of an exported login are those it goes on with."""
    module = module_of("renmu")
    credential = VideoUploaderCredential.from_file(_file_of(sim, tmp_path))
    profiles = Profiles(tmp_path / "accounts")
    profiles.save("mine", credential)
    profiles.export("mine", tmp_path / "ours.json")
    loaded = json.loads(await run_renmu(module, sim, "load", tmp_path / "ours.json"))
    assert (loaded["uid"], loaded["accessToken"]) == (credential.mid, sim.tokens()[-1])
    assert loaded["cookieObj"]["SESSDATA"] == sim.cookies()["SESSDATA"]
    assert ([each.status for each in sim.seen("zones")], loaded["partitions"] > 0) == ([200], True)


async def test_we_read_what_renmu_saves(sim: Simulator, tmp_path: Path):
    """It logs in by the TV's QR code and saves the answer as its README says."""
    module, file = module_of("renmu"), tmp_path / "theirs.json"
    async with asyncio.TaskGroup() as group:
        group.create_task(run_renmu(module, sim, "save", file))
        code = await sim.qr.shown()
        sim.qr.scan(code.code)
        sim.qr.confirm(code.code)
    file.chmod(0o600)
    read = VideoUploaderCredential.from_file(file)
    assert (read.access_key, read.cookies["SESSDATA"]) == (
        sim.tokens()[-1],
        sim.cookies()["SESSDATA"],
    )


def _file_of(sim: Simulator, folder: Path) -> Path:
    file = folder / "cookies.json"
    file.write_text(sim.cookies_json(), "utf-8")
    file.chmod(0o600)
    return file
