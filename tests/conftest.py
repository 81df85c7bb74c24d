"""A simulator, somebody who uploads to it, and options that lead there without waiting."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from tests.kit import FakeWorld, picture_of

from bilibili_api.simulator import Simulator
from bilibili_api.video_uploader import Options, Patience, Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bilibili_api.simulator import Account


settings.register_profile("suite", max_examples=40, deadline=None)
settings.register_profile("deep", max_examples=2000, deadline=None)  # pytest --hypothesis-profile deep
settings.load_profile("suite")

SECRETS = re.compile(
    r"correct horse|demo password|\b[0-9a-f]{32}\b|SESSDATA=[^*\s]|bili_jct=[^*\s]|access_key=[^*\s]",
    re.IGNORECASE,
)
"""Passwords of the simulator's accounts, tokens of the usual form, and cookies or keys with a value."""


class Ears(logging.Handler):
    """Keeps every line that is logged, as a log file would have it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(autouse=True)
def no_secret_is_logged() -> Iterator[None]:
    """Over everything the suite logs: no secret in any line, at any level."""
    logger, ears = logging.getLogger("bilibili_api"), Ears()
    level = logger.level
    logger.addHandler(ears)
    logger.setLevel(logging.DEBUG)
    yield
    logger.removeHandler(ears)
    logger.setLevel(level)
    assert [line for line in ears.lines if SECRETS.search(line)] == []


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
