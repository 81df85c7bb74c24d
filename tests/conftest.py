"""A simulator, somebody who uploads to it, and options that lead there without waiting."""

from __future__ import annotations

import gc
import signal
from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING, cast

import pytest
from coverage import Coverage
from hypothesis import is_hypothesis_test, settings
from tests.kit import FakeWorld, picture_of
from tests.secrecy import hooks, witnessing

import bilibili_api
from bilibili_api.simulator import Simulator
from bilibili_api.video_uploader import Options, Patience, Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from bilibili_api.simulator import Account


settings.register_profile("suite", max_examples=12, deadline=None)
settings.register_profile("deep", max_examples=2000, deadline=None)  # pytest --hypothesis-profile deep
settings.load_profile("suite")


AGAIN = frozenset(
    f"test_{name}.py"
    for name in (
        "chaos", "codes", "crash_points", "faults", "hostile_server", "interfaces_in_turn", "no_secrets",
        "reconcile", "retry", "statuses", "upos_faults",
    )
)  # fmt: skip
"""Modules that do again, for each row of a table or many times over, what others do once."""


def pytest_configure() -> None:
    """Be interruptible, and let every process that a test starts be so.

    What `nohup` or a script starts in the background ignores these signals, and hands that on.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Measure what runs when modules are imported, all of them, before tests are collected, which is not measured.

    So it does not matter which test is the first to need a module. And nothing that is there by then is garbage.
    """
    coverage = Coverage.current()
    if coverage is not None:
        for module in walk_packages(bilibili_api.__path__, "bilibili_api."):
            if not module.name.endswith("__main__"):
                import_module(module.name)
        coverage.stop()
    try:
        return (yield)
    finally:
        gc.freeze()
        if coverage is not None:
            coverage.start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage by made-up cases, by repetition and by peers.

    It takes half as long again, and finds nothing: what only they reach has no test of its own.
    """
    is_made_up = isinstance(item, pytest.Function) and is_hypothesis_test(cast("object", item.obj))
    is_again = item.path.name in AGAIN or item.path.parent.name == "peers"
    coverage = Coverage.current() if is_made_up or is_again else None
    if coverage is None:
        return (yield)
    coverage.stop()
    try:
        return (yield)
    finally:
        coverage.start()


@pytest.fixture(scope="session", autouse=True)
def edges() -> Iterator[None]:
    """A witness stands at the edges of product and simulator while the suite runs."""
    with hooks():
        yield


@pytest.fixture(scope="session", autouse=True)
def nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a test keeps without saying where is not kept among the things of who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BVUP_HOME", str(tmp_path_factory.mktemp("home")))
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
