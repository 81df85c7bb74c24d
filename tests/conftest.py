"""A simulator, somebody who uploads to it, and options that lead there without waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.kit import FakeWorld, picture_of

from bilibili_api.simulator import Simulator
from bilibili_api.video_uploader import Options, Patience, Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bilibili_api.simulator import Account


@pytest.fixture
def fake() -> FakeWorld:
    return FakeWorld()


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async with Simulator(clock=fake.now) as running:
        yield running


@pytest.fixture
def account(sim: Simulator) -> Account:
    return sim.add_account("alice", "correct horse")


@pytest.fixture
def options(sim: Simulator, fake: FakeWorld) -> Options:
    patience = Patience(connect=10, stall=2, answer=5, complete=5)
    return Options(server=Server(sim.url, sim.ca_file), patience=patience, world=fake.world)


@pytest.fixture(scope="session")
def cover() -> bytes:
    """A JPEG just large enough for a cover."""
    return picture_of()
