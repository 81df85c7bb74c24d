"""A simulator, somebody who uploads to it, and options that lead there without waiting."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import is_hypothesis_test, settings
from tests.kit import FakeWorld, picture_of
from tests.secrecy import hooks, witnessing

from bilibili_api.simulator import Simulator
from bilibili_api.video_uploader import Options, Patience, Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bilibili_api.simulator import Account


settings.register_profile("suite", max_examples=12, deadline=None)
settings.register_profile("deep", max_examples=2000, deadline=None)  # pytest --hypothesis-profile deep
settings.load_profile("suite")


AGAIN = frozenset({"test_chaos.py", "test_crash_points.py", "test_hostile_server.py"})
"""Modules that do again, many times over, what others do once."""


def pytest_configure() -> None:
    """Be interruptible, and let every process that a test starts be so.

    What `nohup` or a script starts in the background ignores these signals, and hands that on.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Count no coverage by made-up cases: measuring doubles their time, and what only they reach has no test."""
    for item in items:
        is_made_up = isinstance(item, pytest.Function) and is_hypothesis_test(cast("object", item.obj))
        if is_made_up or item.path.name in AGAIN or item.path.parent.name == "peers":
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(scope="session", autouse=True)
def edges() -> Iterator[None]:
    """A witness stands at the edges of product and simulator while the suite runs."""
    with hooks():
        yield


@pytest.fixture(autouse=True)
def no_secret_is_shown() -> Iterator[None]:
    """Over everything the suite does: no secret in a log line, an event, an error, an output or over http."""
    with witnessing() as witness:
        yield
    assert witness.leaks() == []


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
