"""Runs a client in a process of its own against a simulator of its own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from bilibili_api.simulator import Simulator

HERE = Path(__file__).parent
_MAKE_PEER = HERE.parent.parent / "tools" / "make_peer.py"
_LONGEST_RUN = 60.0  # seconds


@dataclass(frozen=True)
class Run:
    """What was to be uploaded, what the client said, and the simulator after it has stopped."""

    job: dict[str, Any]
    said: dict[str, Any]
    sim: Simulator


def python_of(peer: str) -> Path:
    """Return the interpreter of an unmodified client; without it, the test is skipped and says why."""
    return _made(peer)


def module_of(peer: str) -> Path:
    """Return the module of an unmodified client for Node.js; without it, the test is skipped and says why."""
    return _made(peer)


def _made(peer: str) -> Path:
    done = subprocess.run([sys.executable, _MAKE_PEER, peer], check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(done.stderr.strip())
    return Path(done.stdout.strip())


def trusting(sim: Simulator) -> dict[str, str]:
    """Return an environment in which the simulator's authority is the only trusted one."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return kept | {"SSL_CERT_FILE": str(sim.ca_file), "PYTHONDONTWRITEBYTECODE": "1"}


def led_to(sim: Simulator) -> dict[str, str]:
    """Return an environment in which Bilibili's names lead a program to the simulator."""
    return trusting(sim) | {
        "NODE_EXTRA_CA_CERTS": str(sim.ca_file),
        "PYTHONPATH": str(HERE / "names"),
        "PEER_HTTPS_PORT": str(sim.port),
        "PEER_HTTP_PORT": str(sim.http_port),
    }


async def run_script(python: Path, script: str, job: dict[str, Any], sim: Simulator) -> dict[str, Any]:
    """Give a job to a script of this folder, as JSON, and return the JSON that it prints."""
    command = (python, "-P", HERE / script)
    return json.loads(await run(command, environment=led_to(sim), stdin=json.dumps(job).encode()))


async def run(
    command: tuple[str | Path, ...],
    *,
    environment: dict[str, str],
    folder: Path | None = None,
    stdin: bytes = b"",
) -> str:
    """Return what a program prints; it must end well, and in time."""
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment,
    )
    try:
        async with asyncio.timeout(_LONGEST_RUN):
            out, err = await child.communicate(stdin)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    assert child.returncode == 0, err.decode(errors="replace") + out.decode(errors="replace")
    return out.decode()
