"""Logins of today's clients against the simulator, and files with logins that go from one client to the other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.peers.running import python_of, run, run_script, trusting
from tests.peers.tunnel import tunnel_to

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
    file = tmp_path / "cookies.json"
    file.write_text(sim.cookies_json(), "utf-8")
    file.chmod(0o600)
    await renew_by_biliup(sim, file)
    options = Options(server=Server(sim.url, str(sim.ca_file)))
    assert await VideoUploaderCredential.from_file(file, options=options).renew_now()
    await renew_by_biliup(sim, file)
    assert [exchange.status for exchange in sim.seen("refresh")] == [200, 200, 200]
    assert VideoUploaderCredential.from_file(file).access_key == sim.tokens()[-1]
