"""`bvup upload` whose login dies in the middle: it waits for another one and goes on."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.apps.stage import PATIENCE, SimulatorThread, environment, start, stop
from tests.apps.terminal import Terminal
from tests.kit import until

from bilibili_api.account import Profiles, VideoUploaderCredential
from bilibili_api.apps.cli import credentials
from bilibili_api.simulator import Code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.apps.conftest import Run

    from bilibili_api.simulator import Rule

LINE = ("--line", "bda2")
"""One line of UPOS: none has to be measured."""


@dataclass(frozen=True, slots=True)
class LoginDies(Code):
    """Everything that the account is logged in with has expired by the time this is answered."""

    die: Callable[[], None] = lambda: None

    def answer(self, _asked: Any) -> Any:
        self.die()
        return Code.answer(self, _asked)


@pytest.fixture
def profile(run: Run, cookies_json: Path) -> str:
    """The demo account's login, kept."""
    run("account", "import", cookies_json, "--profile", "mine")
    return "mine"


@pytest.fixture
def dies(bili: SimulatorThread) -> Rule:
    """The login dies at the submission."""
    return bili.fault("submit", LoginDies(-101, die=lambda: bili.sim.expire_login(renewable=False)))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The place is looked at more often."""
    monkeypatch.setattr("bilibili_api.engine.awaiting.EVERY", 0.01)


def relogin(bili: SimulatorThread, keep: Callable[[str], object]) -> Any:
    """Be the person who logs in elsewhere, once the login has died."""

    async def act(sim: Any) -> None:
        await until(lambda: sim.seen("refresh"))  # now only a person can help
        await asyncio.to_thread(keep, sim.cookies_json())

    return bili.begin(act)


def keep_in(home: Path, file: Path) -> Callable[[str], None]:
    """Return what keeps the content of a `cookies.json` as the profile `mine`, as another process does."""

    def keep(text: str) -> None:
        file.write_text(text)
        Profiles(home / "accounts").save("mine", VideoUploaderCredential.from_file(file))

    return keep


def counted(bili: SimulatorThread) -> list[int]:
    """How often the video was begun, its part sent, and completed."""
    return [len(bili.sim.seen(step)) for step in ("preupload", "part", "complete")]


@pytest.mark.usefixtures("quick", "profile", "dies")
def test_the_upload_goes_on_with_the_login_that_somebody_keeps_meanwhile(
    upload: Run, bili: SimulatorThread, home: Path, tmp_path: Path
) -> None:
    """It ends with 0; no part is sent twice."""
    acted = relogin(bili, keep_in(home, tmp_path / "other.json"))
    result = upload(*LINE, BVUP_ACCESS_KEY=None)
    acted.result(PATIENCE)
    assert (result.exit_code, len(bili.sim.archives)) == (0, 1), result.output
    assert counted(bili) == [1, 1, 1]


@pytest.mark.usefixtures("quick", "profile", "dies")
def test_it_says_that_it_waits_and_the_command_that_helps(
    upload: Run, bili: SimulatorThread, home: Path, tmp_path: Path
) -> None:
    """Once, with the exact command with profile and server."""
    relogin(bili, keep_in(home, tmp_path / "other.json"))
    said = upload(*LINE, BVUP_ACCESS_KEY=None).stdout
    authority = f" --ca {bili.sim.ca_file}"
    assert f"In another terminal, run: bvup login --profile mine --server {bili.sim.url}{authority}\n" in said
    assert said.count("login needed: ") == 1


@pytest.mark.usefixtures("quick", "dies")
def test_a_file_is_watched_as_well(upload: Run, bili: SimulatorThread, cookies_json: Path) -> None:
    """With -u, a new login in the file is enough."""
    relogin(bili, cookies_json.write_text)
    result = upload(*LINE, "-u", cookies_json, BVUP_ACCESS_KEY=None)
    assert (result.exit_code, counted(bili)) == (0, [1, 1, 1]), result.output
    assert f", or put another login into {cookies_json}\n" in result.stdout


@pytest.mark.usefixtures("quick", "profile", "dies")
def test_a_login_that_is_kept_goes_into_the_file(
    upload: Run, bili: SimulatorThread, cookies_json: Path, home: Path, tmp_path: Path
) -> None:
    """`bvup login` is the command, which takes no other account's place; the file is good again, too."""
    relogin(bili, keep_in(home, tmp_path / "other.json"))
    result = upload(*LINE, "-u", cookies_json, BVUP_ACCESS_KEY=None)
    assert (result.exit_code, counted(bili)) == (0, [1, 1, 1]), result.output
    assert f"run: bvup login --server {bili.sim.url}" in result.stdout
    kept = VideoUploaderCredential.from_profile("mine", folder=home / "accounts").access_key
    assert VideoUploaderCredential.from_file(cookies_json).access_key == kept


class TestAtATerminal:
    """An access key or account and password: whoever sits there can log in elsewhere."""

    @pytest.fixture(autouse=True)
    def terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(credentials, "is_interactive", lambda: True)

    @pytest.fixture(autouse=True)
    def dead(self, bili: SimulatorThread) -> Rule:
        """What the upload begins with dies at the submission, and no password helps."""

        def die() -> None:
            bili.sim.expire_login(renewable=False)

        return bili.fault("submit", LoginDies(-101, die=die), interface="client")

    def when_dead(self, bili: SimulatorThread, keep: Callable[[], object]) -> Any:
        async def act(sim: Any) -> None:
            await until(lambda: sim.seen("submit"))
            await asyncio.to_thread(keep)

        return bili.begin(act)

    @pytest.mark.usefixtures("quick")
    def test_a_key_in_the_environment_waits_for_a_login_of_the_same_account(
        self, upload: Run, bili: SimulatorThread, home: Path, tmp_path: Path
    ) -> None:
        """Under whatever name it is kept."""
        keep = keep_in(home, tmp_path / "other.json")
        acted = self.when_dead(bili, lambda: keep(bili.sim.cookies_json()))
        result = upload()
        acted.result(PATIENCE)
        assert (result.exit_code, len(bili.sim.archives)) == (0, 1), result.output
        assert f"In another terminal, run: bvup login --server {bili.sim.url}" in result.stdout
        assert len(bili.sim.seen("chunk")) == 1

    @pytest.mark.usefixtures("quick")
    def test_a_key_in_a_file_is_watched(self, upload: Run, bili: SimulatorThread, tmp_path: Path) -> None:
        """Another key in it is enough, and the message says so."""
        file = tmp_path / "key"
        file.write_text(bili.access_key)
        file.chmod(0o600)
        acted = self.when_dead(bili, lambda: file.write_text(token_of(bili)))
        result = upload("--access-key-file", file, BVUP_ACCESS_KEY=None)
        acted.result(PATIENCE)
        assert (result.exit_code, len(bili.sim.archives)) == (0, 1), result.output
        assert f", or put another access key into {file}\n" in result.stdout

    @pytest.mark.usefixtures("quick")
    def test_a_password_that_is_no_way_any_more_waits_as_well(
        self, upload: Run, bili: SimulatorThread, home: Path, tmp_path: Path
    ) -> None:
        """86066, when the first key has died."""
        keep = keep_in(home, tmp_path / "other.json")
        bili.fault("login", Code(86066), after=1, times=None)
        acted = self.when_dead(bili, lambda: keep(bili.sim.cookies_json()))
        result = upload("--account", "demo", BVUP_ACCESS_KEY=None, BVUP_PASSWORD="demo password")
        acted.result(PATIENCE)
        assert (result.exit_code, len(bili.sim.archives)) == (0, 1), result.output

    def test_with_no_wait_it_fails_with_3(self, upload: Run) -> None:
        """As everywhere."""
        assert upload("--no-wait").exit_code == 3


@pytest.mark.usefixtures("dies")
def test_without_a_terminal_a_bare_key_fails_with_3(upload: Run) -> None:
    """A script that brings its own key cannot log in again, and nobody reads that it waits."""
    assert upload().exit_code == 3


def token_of(bili: SimulatorThread) -> str:
    """A new access key of the demo account."""
    return bili.sim.log_in().access_token or ""


@pytest.mark.usefixtures("profile", "dies")
def test_with_no_wait_it_fails_with_3(upload: Run, bili: SimulatorThread) -> None:
    """--no-wait is for scripts that would rather know at once."""
    result = upload("--no-wait", BVUP_ACCESS_KEY=None)
    assert result.exit_code == 3
    assert f"to do: Run: bvup login --profile mine --server {bili.sim.url}" in result.stderr


@pytest.mark.usefixtures("profile", "dies")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_waiting_with_6(
    bili: SimulatorThread, video: Path, home: Path, number: signal.Signals
) -> None:
    """It is known that nothing was submitted, and what was stored is told."""
    child = start(["upload", str(video), "--tag", "a", "--tid", "21", *bili.server], environment(home))
    assert child.stdout is not None
    while not child.stdout.readline().startswith("login needed: the login is not accepted"):
        assert child.poll() is None
    _, stderr = stop(child, number)
    assert child.returncode == 6
    assert stderr.startswith("bvup: stopped\n  kept:  1 of 1 part reached the server")
    assert bili.sim.archives == []


@pytest.mark.usefixtures("profile", "dies")
def test_at_a_terminal_the_status_line_says_so(bili: SimulatorThread, video: Path, home: Path) -> None:
    """Below the bars, for as long as it waits."""
    args = ["upload", str(video), "--tag", "a", "--tid", "21", *bili.server]
    terminal = Terminal(args, 80, environment(home))
    terminal.read(until=" login needed: run bvup login in another terminal, as shown")
    terminal.child.send_signal(signal.SIGINT)
    assert terminal.end() == 6
