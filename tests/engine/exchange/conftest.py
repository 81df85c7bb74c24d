"""A peer that follows a script, and a client whose connections go to it."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme
from tests.engine.exchange.kit import PATIENT, Clock, Start, To
from tests.engine.peer import HOST, Peer, Script, listening

from bilibili_api.engine.http import Http
from bilibili_api.engine.options import Options, Patience, Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def context(authority: trustme.CA) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(made)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is meant
    return made


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture
async def start(context: ssl.SSLContext) -> AsyncIterator[Start]:
    """Start a peer that follows a script."""
    async with asyncio.TaskGroup() as group:
        over = asyncio.Event()

        async def run(script: Script, *, tls: bool = True, room: int = 0) -> Peer:
            begun: asyncio.Future[Peer] = asyncio.get_running_loop().create_future()

            async def hold() -> None:
                async with listening(script, context if tls else None, room) as peer:
                    begun.set_result(peer)
                    await over.wait()

            group.create_task(hold())
            return await begun

        yield run
        over.set()


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(asyncio.get_running_loop(), monkeypatch)


@pytest.fixture
def to(ca_file: Path) -> To:
    """Make a client whose connections go to a peer."""

    def make(peer: Peer, patience: Patience = PATIENT) -> Http:
        return Http(Options(server=Server(f"https://127.0.0.1:{peer.port}", ca_file), patience=patience))

    return make
