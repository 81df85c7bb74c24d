"""`bvup` itself: help, version, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
import pytest
from tests.apps.stage import PATIENCE, environment, start

from bilibili_api.apps.cli.main import COMMANDS, TELLING, bvup
from bilibili_api.apps.cli.report import MEANINGS, ExitCode

if TYPE_CHECKING:
    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread

CONTEXT = click.Context(bvup)


def run_python(code: str, home: Path, **more: str) -> str:
    """Run `code` in an interpreter of its own and return what it prints."""
    return subprocess.run(
        [sys.executable, "-c", code], env=environment(home, **more), capture_output=True, text=True,
        timeout=PATIENCE, check=True,
    ).stdout  # fmt: skip


def test_help_lists_every_command_with_a_sentence(run: Run) -> None:
    """--help names the commands."""
    text = run("--help").stdout
    for name, sentence in COMMANDS.items():
        assert name in text
        assert sentence in " ".join(text.split())


@pytest.mark.parametrize("args", [["--help"], ["upload", "--help"]])
def test_help_documents_every_exit_code(run: Run, args: list[str]) -> None:
    """Scripts can read what each exit code means."""
    text = run(*args).stdout
    assert set(MEANINGS) == set(ExitCode)
    for code, meaning in MEANINGS.items():
        assert f"  {code:d}  {meaning}\n" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_a_help_text(name: str) -> None:
    """No option is left without an explanation."""
    command = bvup.get_command(CONTEXT, name)
    assert command is not None
    assert command.help
    for param in command.params:
        assert isinstance(param, click.Argument) or getattr(param, "help", None), param.name


@pytest.mark.parametrize("word", ["password", "access-key", "token", "cookie"])
def test_no_option_takes_a_secret(word: str) -> None:
    """Secrets are never plain options, since other users see command lines."""
    command = bvup.get_command(CONTEXT, "upload")
    assert command is not None
    assert f"--{word}" not in {name for param in command.params for name in param.opts}


def test_help_loads_neither_display_nor_network(home: Path) -> None:
    """`bvup --help` is quick because it imports nothing that takes time."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "from bilibili_api.apps.cli.main import bvup\n"
        "try: bvup.main(['--help'])\n"
        "except SystemExit: print(*(set(sys.modules) - before))"
    )
    loaded = set(run_python(code, home).splitlines()[-1].split())
    packages = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names
    assert packages == {"bilibili_api", "click", "platformdirs"}
    assert not loaded & {"asyncio", "bilibili_api.engine", "importlib.metadata", "ssl"}


def test_a_refusal_loads_neither_display_nor_network(home: Path) -> None:
    """What `bvup upload` can refuse by itself it refuses before anything large is loaded."""
    code = (
        "import sys; from bilibili_api.apps.cli.main import bvup\n"
        "try: bvup.main(['upload', 'missing.mp4'])\n"
        "except SystemExit as end: print(end.code, *sys.modules)"
    )
    status, *loaded = run_python(code, home).splitlines()[-1].split()
    assert status == str(ExitCode.INVALID.value)
    assert not {
        "PIL",
        "aiohttp",
        "curl_cffi",
        "cryptography",
        "html",
        "pydantic",
        "rich",
        "webbrowser",
    } & set(loaded)


CUT = '{"cookie_info": {"cookies": [{"name": "SESSDATA", "va'
NO_CSRF = '{"cookie_info": {"cookies": [{"name": "SESSDATA", "value": "abc"}]}}'
KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="the system does not tell what a process has used")
@pytest.mark.parametrize(
    ("login", "args", "code", "told"),
    [
        ("", ["--line", "nowhere"], 2, "--line: is 'nowhere', which is unknown. Known lines: "),
        ("", ["--submit", "nowhere"], 2, "--submit: 'nowhere' is unknown. Known are: "),
        (KEY, ["--submit", "web"], 2, "Log in by scanning a QR code"),
        (NO_CSRF, ["-u"], 2, "The cookies lack bili_jct."),
        (CUT, ["-u"], 2, "Copy the file again, whole, or log in again."),
        ("", [], 3, "bvup login"),
    ],
)
def test_a_new_process_answers_wrong_input_within_a_second(
    home: Path, tmp_path: Path, login: str, args: list[str], code: int, told: str
) -> None:
    """Of the processor's time, since others may be using this machine; nothing is waited for."""
    file, video = tmp_path / "login", tmp_path / "video.mp4"
    file.write_text(login)
    file.chmod(0o600)
    video.write_bytes(b"video")
    words = [*args, str(file)] if args == ["-u"] else args
    words += ["--access-key-file", str(file)] if login == KEY else []
    child = start(["upload", str(video), "--tag", "a", "--tid", "21", *words], environment(home))
    assert child.stderr is not None
    said = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    child.communicate()
    assert (child.returncode, told in said) == (code, True), said
    assert used.ru_utime + used.ru_stime < 1


def test_version_names_the_program(run: Run) -> None:
    """--version prints name and version."""
    result = run("--version")
    assert (result.exit_code, result.stdout.startswith("bvup, version ")) == (0, True)


@pytest.mark.parametrize("args", [["nonsense"], ["upload"], ["upload", "--nonsense", "x"]])
def test_wrong_usage_ends_with_2(run: Run, args: list[str]) -> None:
    """What cannot be understood is exit code 2."""
    assert run(*args).exit_code == 2


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("resum", "there is no command 'resum'. Did you mean: bvup resume?"),
        ("uplaod", "Did you mean: bvup upload?"),
        ("Log", "Did you mean: bvup login?"),
        ("x" * 300, "there is no command 'xxx"),
        ("\x1b[31m", "there is no command '\N{REPLACEMENT CHARACTER}[31m'."),
    ],
)
def test_an_unknown_command_is_answered_with_the_nearest(run: Run, word: str, told: str) -> None:
    """A slip of the finger is answered with what was meant; nothing is run by guessing."""
    result = run(word)
    assert (result.exit_code, told in result.stderr) == (2, True), result.stderr


def test_a_file_instead_of_a_command_is_offered_to_upload(run: Run, video: Path) -> None:
    """`bvup holiday.mp4` says how the file is uploaded."""
    assert f"To upload this file: bvup upload {video}" in run(video).stderr


def test_an_upload_does_without_the_openssl_of_python(bili: SimulatorThread, video: Path, home: Path) -> None:
    """What sends brings its own; the other would take megabytes beside it. Nor is more of curl_cffi loaded than that."""
    args = ["upload", str(video), "--tag", "a", "--tid", "21", *bili.server]
    code = (
        "import sys; from bilibili_api.apps.cli.main import bvup\n"
        f"try:\n    bvup.main({args!r})\nexcept SystemExit as end:\n"
        "    print(end.code, *{'asyncio', 'curl_cffi', 'curl_cffi._wrapper', 'ssl', '_ssl'} & sys.modules.keys())"
    )
    said = run_python(code, home, BVUP_ACCESS_KEY=bili.access_key).splitlines()[-1]
    assert sorted(said.split()) == ["0", "asyncio", "curl_cffi._wrapper"]


@pytest.mark.skipif(sys.platform != "linux", reason="a hardening of Linux")
def test_it_uploads_where_no_memory_may_be_written_and_executed(
    bili: SimulatorThread, video: Path, home: Path
) -> None:
    """Services are hardened so (systemd: MemoryDenyWriteExecute), and libcurl calls what is made at run time."""
    args = ["upload", str(video), "--tag", "a", "--tid", "21", *bili.server]
    code = (
        "import ctypes, sys\n"
        "if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0): print('too old'); sys.exit()\n"  # PR_SET_MDWE
        "from bilibili_api.apps.cli.main import bvup\n"
        f"bvup.main({args!r})"
    )
    if run_python(code, home, BVUP_ACCESS_KEY=bili.access_key).startswith("too old"):
        pytest.skip("the kernel does not know of it")
    assert len(bili.sim.archives) == 1


def test_the_program_ends_without_waiting_for_threads(home: Path) -> None:
    """One may read a disk that is dead."""
    code = (
        "import sys, threading; from bilibili_api.apps.cli.main import program\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "sys.argv = ['bvup', '--version']; program()"
    )
    assert run_python(code, home).startswith("bvup, version")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
@pytest.mark.parametrize("words", ["partitions", "--version", "--help", "upload --help", "season add --help"])
def test_it_is_told_when_nothing_can_be_written(home: Path, words: str) -> None:
    """To a full disk for instance; a pipe that nobody reads is no reason to talk."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bilibili_api.apps.cli", *words.split()],
            env=environment(home), stdout=full, stderr=subprocess.PIPE, check=False, timeout=PATIENCE,
        )  # fmt: skip
    assert done.stderr == b"bvup: what follows cannot be written: No space left on device\n"
    assert done.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
def test_an_upload_is_done_whether_or_not_that_can_be_written(
    bili: SimulatorThread, video: Path, home: Path
) -> None:
    """Whoever looks at the exit code would repeat it otherwise."""
    args = ["upload", str(video), "--tag", "a", "--tid", "21", *bili.server]
    with Path("/dev/full").open("w") as full:
        child = start(args, environment(home, BVUP_ACCESS_KEY=bili.access_key), stdout=full.fileno())
        _, stderr = child.communicate(timeout=PATIENCE)
    assert (child.returncode, len(bili.sim.archives)) == (0, 1)
    assert "what follows cannot be written" in stderr


def test_what_only_tells_is_named_as_it_is_called() -> None:
    """A command that is not there would never be found among them."""
    for name in TELLING:
        first, _, second = name.partition(" ")
        found = bvup.get_command(CONTEXT, first)
        assert found is not None
        assert not second or second in cast("click.Group", found).commands
