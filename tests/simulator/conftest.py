"""A running simulator, a raw client of it, and pictures."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from tests.simulator.raw import RawClient

from bilibili_api.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a client does, the simulator neither crashes nor complains."""
    yield
    loud = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    assert loud == []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[Simulator]:
    async with Simulator(clock=clock) as running:
        yield running


@pytest.fixture
async def client(sim: Simulator) -> AsyncIterator[RawClient]:
    async with RawClient(sim) as raw:
        yield raw


@pytest.fixture(scope="session")
def picture() -> bytes:
    """A JPEG just large enough for a cover."""
    return picture_of("JPEG", 960, 600)


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def picture_of(kind: str, width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, kind)
    return file.getvalue()
