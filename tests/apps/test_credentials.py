"""Who uploads, and how `bvup` learns it without secrets on the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.apps.stage import SimulatorThread, secrets_of

from bilibili_api.apps.cli import credentials
from bilibili_api.apps.cli.main import bvup
from bilibili_api.simulator import CertificateAuthority, Code

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.conftest import Run


def test_without_any_login_the_ways_to_log_in_are_named(upload: Run, bili: SimulatorThread) -> None:
    """Nobody logged in is exit code 3, and all three ways are named."""
    result = upload(BVUP_ACCESS_KEY=None)
    assert result.exit_code == 3
    for way in ("BVUP_ACCESS_KEY", "--access-key-file", "--account"):
        assert way in result.stderr
    assert bili.sim.exchanges == []


@pytest.mark.parametrize(
    ("command", "others"),
    [
        (
            ["upload", "--tag", "a", "--tid", "21"],
            "-u cookies.json, --access-key-file FILE or --account NAME",
        ),
        (["whoami"], "-u cookies.json or --access-key-file FILE"),
        (["account", "show"], ""),
        (["account", "logout"], ""),
        (["login", "--from-cookies"], ""),
    ],
)
def test_who_is_not_logged_in_is_told_of_options_that_there_are(
    run: Run, video: Path, command: list[str], others: str
) -> None:
    """Each command has its own ways to say who one is."""
    result = run(*command, video) if command[0] == "upload" else run(*command)
    assert (result.exit_code, "Run: bvup login" in result.stderr) == (3, True)
    instead = f"Or give {others}, or set BVUP_ACCESS_KEY." if others else ""
    assert (instead in result.stderr, "Or give" in result.stderr) == (True, bool(others))


def test_an_access_key_may_come_from_a_file(upload: Run, bili: SimulatorThread, tmp_path: Path) -> None:
    """A private file with the key in it works, and is named in the header."""
    path = tmp_path / "key"
    path.write_text(bili.access_key + "\n")
    path.chmod(0o600)
    result = upload("--access-key-file", path, BVUP_ACCESS_KEY=None)
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"account    access key from {path}" in result.stdout


def test_a_key_file_that_others_may_read_is_warned_of(
    upload: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """The warning says how to mend it; the upload goes on."""
    path = tmp_path / "key"
    path.write_text(bili.access_key)
    path.chmod(0o644)
    result = upload("--access-key-file", path)
    assert (result.exit_code, f"chmod 600 {path}" in result.stderr) == (0, True)


@pytest.mark.parametrize("text", [b"", b"two words", b"\xff\xfe"])
def test_a_key_file_without_a_key_is_refused(upload: Run, tmp_path: Path, text: bytes) -> None:
    """A file that cannot hold a key is exit code 3."""
    (tmp_path / "key").write_bytes(text)
    assert upload("--access-key-file", tmp_path / "key").exit_code == 3


def test_a_missing_key_file_is_refused(upload: Run, tmp_path: Path) -> None:
    """A key file that is not there is exit code 3."""
    result = upload("--access-key-file", tmp_path / "none")
    assert (result.exit_code, "No such file" in result.stderr) == (3, True)


def test_the_password_may_come_from_the_environment(upload: Run, bili: SimulatorThread) -> None:
    """BVUP_PASSWORD serves scripts."""
    result = upload("--account", "demo", BVUP_ACCESS_KEY=None, BVUP_PASSWORD="demo password")
    assert result.exit_code == 0
    assert len(bili.sim.seen("login")) == 1
    assert "account    demo (password)" in result.stdout


def test_the_password_is_asked_for_without_echo(
    bili: SimulatorThread, video: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a terminal the password is asked for, and does not appear."""
    monkeypatch.setattr(credentials, "is_interactive", lambda: True)
    monkeypatch.delenv("BVUP_PASSWORD", raising=False)
    monkeypatch.setenv("BVUP_HOME", str(home))
    args = ["upload", str(video), "--tag", "a", "--tid", "21", *bili.server, "--account", "demo"]
    result = CliRunner().invoke(bvup, args, input="demo password\n")
    assert result.exit_code == 0
    assert "Password of demo" in result.stderr
    assert "demo password" not in result.output


def test_leaving_the_password_prompt_is_stopping(
    bili: SimulatorThread, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C or the end of input at the prompt ends with 6, nothing sent."""
    monkeypatch.setattr(credentials, "is_interactive", lambda: True)
    monkeypatch.delenv("BVUP_PASSWORD", raising=False)
    args = ["upload", str(video), "--tag", "a", "--tid", "21", *bili.server, "--account", "demo"]
    result = CliRunner().invoke(bvup, args, input="")
    assert (result.exit_code, bili.sim.exchanges) == (6, [])


def test_without_a_terminal_nobody_is_asked(upload: Run) -> None:
    """Where there is nobody to ask, the message names the variable."""
    result = upload("--account", "demo", BVUP_ACCESS_KEY=None)
    assert (result.exit_code, "BVUP_PASSWORD" in result.stderr) == (3, True)


def test_the_kept_authority_is_trusted_on_this_machine(run: Run, video: Path, home: Path) -> None:
    """Uploads to the simulator of this machine need no --ca."""
    with SimulatorThread(authority=CertificateAuthority.kept_in(home / "simulator")) as bili:
        options = ["--tag", "a", "--tid", 21, "--server", bili.sim.url]
        assert run("upload", video, *options, BVUP_ACCESS_KEY=bili.access_key).exit_code == 0


@pytest.mark.parametrize(
    ("content", "why"), [(None, "No such file or directory"), (b"no pem\n", "it holds no certificate")]
)
@pytest.mark.parametrize("command", [["upload", "v.mp4", "--tag", "a", "--tid", 21], ["login"], ["whoami"]])
def test_an_authority_that_cannot_be_read_is_all_that_is_said(
    run: Run, bili: SimulatorThread, tmp_path: Path, command: list[object], content: bytes | None, why: str
) -> None:
    """It is found before anything is shown, asked or sent."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    result = run(*command, "--server", bili.sim.url, "--ca", file, BVUP_ACCESS_KEY="0" * 32)
    first = f"bvup: The certificate authority {str(file)!r} cannot be read: {why}."
    assert (result.exit_code, result.stdout, result.stderr.splitlines()[0]) == (2, "", first)
    assert bili.sim.exchanges == []


def test_server_and_authority_may_come_from_the_environment(
    run: Run, video: Path, bili: SimulatorThread
) -> None:
    """BVUP_SERVER and BVUP_CA stand for --server and --ca."""
    env = {"BVUP_SERVER": bili.sim.url, "BVUP_CA": str(bili.sim.ca_file), "BVUP_ACCESS_KEY": bili.access_key}
    assert run("upload", video, "--tag", "a", "--tid", 21, **env).exit_code == 0
    assert len(bili.sim.archives) == 1


@pytest.mark.parametrize(
    "command",
    [[], ["upload"], ["login"], ["whoami"], ["account"], ["account", "export"], ["cover"], ["simulator"]],
    ids=" ".join,
)
def test_no_help_shows_a_secret_of_the_environment(run: Run, command: list[str]) -> None:
    """Neither as a default nor as an example."""
    result = run(*command, "--help", BVUP_ACCESS_KEY="feedface" * 4, BVUP_PASSWORD="open-sesame-42")
    assert result.exit_code == 0
    assert not {"feedface" * 4, "open-sesame-42"} & set(re.findall(r"[\w-]+", result.output))


@pytest.mark.parametrize("options", [["-v"], []], ids=["verbose", "plain"])
def test_no_output_of_an_upload_shows_a_secret(
    upload: Run, bili: SimulatorThread, options: list[str]
) -> None:
    """Not even the most talkative one, of one that fails at the end."""
    bili.fault("submit", Code(-101), times=None)
    result = upload(*options)
    assert result.exit_code == 3
    assert [secret for secret in secrets_of(bili.sim) if secret in result.output] == []


def test_a_password_in_an_address_is_not_repeated(run: Run, video: Path) -> None:
    """Secrets do not belong there; the refusal does not spread them."""
    result = run(
        "upload", video, "--tag", "a", "--tid", 21, "--server", "https://me:open-sesame-42@localhost"
    )
    assert result.exit_code == 2
    assert "open-sesame-42" not in result.output
