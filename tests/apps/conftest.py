"""A simulator beside the test, a video, and `bvup` in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest
from click.testing import CliRunner, Result
from tests.apps.stage import SimulatorThread, end_children
from tests.kit import content

from bilibili_api.apps.cli.language import use
from bilibili_api.apps.cli.main import bvup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Run(Protocol):
    def __call__(self, *args: Any, stdin: str | bytes | None = None, **env: str | None) -> Result: ...


@pytest.fixture(autouse=True)
def no_child_is_left() -> Iterator[None]:
    yield
    end_children()


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever language a test speaks, the next one begins with English."""
    monkeypatch.setenv("LANGUAGE", "en")
    yield
    use("en")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where `bvup` keeps its data."""
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call `bvup` in this process with arguments, what comes on standard input, and environment variables."""
    for name in ("BVUP_ACCESS_KEY", "BVUP_CA", "BVUP_PASSWORD", "BVUP_PROFILE", "BVUP_SERVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BVUP_HOME", str(home))
    monkeypatch.delenv("BVUP_LANG", raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    runner = CliRunner()

    def call(*args: Any, stdin: str | bytes | None = None, **env: str | None) -> Result:
        return runner.invoke(bvup, [str(arg) for arg in args], input=stdin, env=env, prog_name="bvup")

    return call


@pytest.fixture
def bili() -> Iterator[SimulatorThread]:
    with SimulatorThread() as running:
        yield running


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "holiday.mp4"
    path.write_bytes(content(300_000))
    return path


@pytest.fixture
def upload(run: Run, bili: SimulatorThread, video: Path) -> Run:
    """`bvup upload holiday.mp4 ...` to the simulator as its demo account, with what every submission needs."""

    def call(*args: Any, stdin: str | bytes | None = None, **env: str | None) -> Result:
        given = {"BVUP_ACCESS_KEY": bili.access_key, **env}
        return run("upload", video, "--tag", "a", "--tid", "21", *bili.server, *args, stdin=stdin, **given)

    return call


@pytest.fixture
def there(run: Run, bili: SimulatorThread, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`bvup ...` with the simulator as its server, asking quickly how far a QR code is."""
    monkeypatch.setattr("bilibili_api.engine.qr._POLL", 0.01)

    def call(*args: Any, stdin: str | bytes | None = None, **env: str | None) -> Result:
        given = {"BVUP_SERVER": bili.sim.url, "BVUP_CA": str(bili.sim.ca_file), **env}
        return run(*args, stdin=stdin, **given)

    return call


@pytest.fixture
def cookies_json(bili: SimulatorThread, tmp_path: Path) -> Path:
    """A full login of the demo account, as other programs write it."""
    path = tmp_path / "cookies.json"
    path.write_text(bili.sim.cookies_json())
    path.chmod(0o600)
    return path
