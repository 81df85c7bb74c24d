"""`bvup simulator`: it says how to reach it, does what was ordered, and stops."""

from __future__ import annotations

import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, get_args

import click
import pytest
from tests.apps.stage import PATIENCE, environment, start, stop

from bilibili_api.apps.cli.orders import KINDS, read_faults
from bilibili_api.simulator import (
    DEMO_ACCOUNT,
    DEMO_COOKIES,
    Captcha,
    Code,
    Cut,
    ExpiredToken,
    Fault,
    Latency,
    LostAnswer,
    NotOk,
    RateLimited,
    Slow,
    Stall,
    Status,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tests.apps.conftest import Run

CONTEXT = click.Context(click.Command("simulator"))
OPTION = click.Option(["--fault"])


@contextmanager
def serving(home: Path, *args: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """A running `bvup simulator` and its introduction."""
    command = ["simulator", "--port", "0", "--http-port", "0", *args]
    child = start(command, environment(home))
    with introduced(child) as introduction:
        yield child, introduction


@contextmanager
def introduced(child: subprocess.Popen[str]) -> Generator[str]:
    """What a running simulator says of itself; it is stopped in the end."""
    try:
        assert child.stdout is not None
        lines: list[str] = []
        while not (lines and "bvup upload" in lines[-1]):
            lines.append(child.stdout.readline())
            assert lines[-1], child.communicate(timeout=PATIENCE)
        yield "".join(lines)
    finally:
        child.terminate()
        child.communicate(timeout=PATIENCE)


def told(introduction: str, name: str) -> str:
    match = re.search(rf"^  {name} +(.*)$", introduction, re.MULTILINE)
    assert match
    return match[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_at_a_signal(home: Path, number: signal.Signals) -> None:
    """Ctrl-C is the usual end, so the exit code is 0."""
    with serving(home) as (child, _):
        stdout, stderr = stop(child, number)
        assert (child.returncode, stdout, stderr) == (0, "Stopped.\n", "")


def test_it_says_how_to_reach_its_page(home: Path) -> None:
    """The page it names answers."""
    with serving(home) as (_, introduction), urllib.request.urlopen(told(introduction, "its page")) as page:
        assert page.status == 200


def test_it_says_where_its_phone_is(home: Path) -> None:
    """A login by QR code or SMS can be tried with nothing else."""
    with serving(home) as (_, introduction):
        number, _, rest = told(introduction, "phone").partition(";")
        with urllib.request.urlopen(rest.rpartition(" ")[2]) as page:
            assert (number, b"Text messages" in page.read()) == (DEMO_ACCOUNT.phone, True)


def test_the_lines_it_prints_work_as_they_stand(home: Path, video: Path) -> None:
    """Whoever copies the two lines into another terminal has uploaded a video."""
    with serving(home) as (_, introduction):
        setting, command = introduction.splitlines()[-2:]
        name, key = setting.removeprefix("  export ").split("=")
        words = [str(video) if word == "VIDEO.mp4" else word for word in shlex.split(command)]
        child = start(words[1:], environment(home, **{name: key}))
        stdout, stderr = child.communicate(timeout=PATIENCE)
        assert (child.returncode, stderr) == (0, "")
        assert "bvid: BV1" in stdout


def test_its_authority_is_kept_between_runs(home: Path) -> None:
    """A client that was told to trust it need not be told again."""
    with serving(home) as (_, introduction):
        first = told(introduction, "CA file")
        kept = (home / "simulator" / "ca.pem").read_bytes()
    with serving(home):
        assert (home / "simulator" / "ca.pem").read_bytes() == kept
    assert first == str(home / "simulator" / "ca.pem")


def test_verbose_writes_a_line_for_each_request(home: Path, video: Path) -> None:
    """-v shows each request with its step, status and answer, and no secret."""
    with serving(home, "-v") as (child, introduction):
        key = told(introduction, "access_key")
        args = ["upload", str(video), "--tag", "a", "--tid", "21", "--server", told(introduction, "server")]
        uploading = start(args, environment(home, BVUP_ACCESS_KEY=key))
        _, stderr = uploading.communicate(timeout=PATIENCE)
        assert (uploading.returncode, stderr) == (0, "")
        stdout, _ = stop(child)
        steps = [line.split()[0] for line in stdout.splitlines()[:-1]]
        assert steps == ["info", "preupload", "chunk", "complete", "submit", "submit"]
        assert "submit    POST member.bilibili.com/x/vu/client/add  200  code 21590" in stdout
        assert "submit    POST member.bilibili.com/x/vu/app/add  200  code 0, message 0" in stdout
        assert key not in stdout


def test_what_came_last_is_written_before_it_stops(home: Path) -> None:
    """However seldom it looks."""
    code = (
        "import sys; from bilibili_api.apps.cli import main, simulator; simulator.BEAT = 3600;"
        "sys.argv = ['bvup', 'simulator', '--port', '0', '--http-port', '0', '-v']; main.program()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], env=environment(home), text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    with introduced(child) as introduction:
        call = urllib.request.Request(told(introduction, "its page"), headers={"Host": "api.bilibili.com"})
        with pytest.raises(urllib.error.HTTPError) as answer:
            urllib.request.urlopen(call)
        answer.value.close()
        stdout, _ = stop(child)
    assert (stdout.splitlines()[0].split()[:2], stdout.splitlines()[-1]) == (["other", "GET"], "Stopped.")


def test_a_full_login_uploads_to_it(home: Path, video: Path, tmp_path: Path) -> None:
    """As it starts by default, it takes what somebody can do who has scanned a QR code."""
    file = tmp_path / "cookies.json"
    file.write_text(
        json.dumps(
            {
                "cookie_info": {"cookies": [{"name": k, "value": v} for k, v in DEMO_COOKIES.items()]},
                "token_info": {"mid": DEMO_ACCOUNT.mid, "access_token": DEMO_ACCOUNT.access_key},
            }
        )
    )
    file.chmod(0o600)
    with serving(home) as (_, introduction):
        server = told(introduction, "server")
        args = ["upload", str(video), "--tag", "a", "--tid", "21", "-u", str(file), "--server", server]
        child = start(args, environment(home))
        stdout, stderr = child.communicate(timeout=PATIENCE)
    assert (child.returncode, stderr, "bvid: BV1" in stdout) == (0, "", True)


def test_programs_are_told_how_to_reach_it(home: Path) -> None:
    """The address is known before anything comes in, and a result stands at the end."""
    child = start(["simulator", "--port", "0", "--http-port", "0", "--json"], environment(home))
    try:
        assert child.stdout is not None
        serving = json.loads(child.stdout.readline())
    finally:
        stdout, _ = stop(child)
    assert (serving["type"], serving["accounts"][0]["name"]) == ("serving", "demo")
    assert json.loads(stdout)["server"] == serving["server"]


def test_ordered_faults_accounts_and_store_take_effect(home: Path, video: Path, tmp_path: Path) -> None:
    """An account of one's own can upload, an ordered fault happens, and the video is kept in the store."""
    options = [
        "--era",
        "2021",
        "--account",
        "me:secret",
        "--fault",
        "submit:code:21002",
        "--store",
        str(tmp_path / "store"),
    ]
    with serving(home, *options) as (_, introduction):
        server = told(introduction, "server")
        args = ["upload", str(video), "--tag", "a", "--tid", "21", "--account", "me", "--server", server]
        child = start(args, environment(home, BVUP_PASSWORD="secret"))
        _, stderr = child.communicate(timeout=PATIENCE)
    assert (child.returncode, "21002" in stderr) == (4, True)
    stored = [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
    assert video.read_bytes() in [path.read_bytes() for path in stored]


def test_a_port_in_use_is_told_clearly(run: Run) -> None:
    """A port that another program has is exit code 2 and says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = run("simulator", "--port", other.getsockname()[1], "--http-port", 0)
    assert (result.exit_code, "is in use" in result.stderr) == (2, True)


@pytest.mark.parametrize("account", ["name", ":password", "name:", "demo:taken"])
def test_accounts_that_cannot_be_are_wrong_usage(run: Run, account: str) -> None:
    """An account has a name that is free and a password."""
    result = run("simulator", "--port", 0, "--http-port", 0, "--account", account)
    assert (result.exit_code, "--account" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "step", "fault", "times"),
    [
        ("chunk:status", "chunk", Status(503), 1),
        ("chunk:status:500x3", "chunk", Status(500), 3),
        ("chunk:notok", "chunk", NotOk("server busy"), 1),
        ("chunk:notok:disk fullx2", "chunk", NotOk("disk full"), 2),
        ("submit:code:21070x*", "submit", Code(21070, "refused on order"), None),
        ("submit:code:-101", "submit", Code(-101, "refused on order"), 1),
        ("chunk:cut", "chunk", Cut(after=0), 1),
        ("chunk:cut:1000", "chunk", Cut(after=1000), 1),
        ("chunk:stall:10x2", "chunk", Stall(after=10), 2),
        ("chunk:slow:1000x*", "chunk", Slow(1000), None),
        ("login:latency:0.5", "login", Latency(0.5), 1),
        ("submit:lost", "submit", LostAnswer(), 1),
        ("submit:lost:502x2", "submit", LostAnswer(502), 2),
        ("login:captcha", "login", Captcha(), 1),
        ("preupload:expired", "preupload", ExpiredToken(), 1),
        ("submit:ratelimitedx4", "submit", RateLimited(), 4),
    ],
)
def test_faults_are_read_from_the_shell(text: str, step: str, fault: Fault, times: int | None) -> None:
    """STEP:KIND[:ARG][xN] names a fault."""
    assert read_faults(CONTEXT, OPTION, (text,)) == ((step, fault, times),)


def test_every_kind_of_fault_is_in_the_help(run: Run) -> None:
    """The help names every kind there is."""
    text = " ".join(run("simulator", "--help").stdout.split())
    assert f"Kinds: {', '.join(KINDS)}." in text


@pytest.mark.parametrize(
    "text", ["", "chunk", "chunk:", "chunk:nonsense", "chunk:status:many", "submit:code"]
)
def test_faults_that_cannot_be_read_are_wrong_usage(run: Run, text: str) -> None:
    """What is no fault is refused with the form or an example."""
    result = run("simulator", "--port", 0, "--http-port", 0, "--fault", text)
    assert (result.exit_code, "--fault" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["--fault", "nowhere:lost"],
            "'--fault' 的值无效：'nowhere:lost'：没有步骤 nowhere；有 key、login、",
        ),
        (
            ["--fault", "chunk:captcha"],
            "'--fault' 的值无效：'chunk:captcha'：captcha 不会发生在 chunk，只会在 ",
        ),
        (["--account", "demo:x"], "--account：已经有名为 'demo' 的账号。"),
        (["--store", f"{__file__}/store"], "/store：不是目录。"),
    ],
)
def test_what_the_simulator_cannot_do_is_wrong_usage(run: Run, words: list[str], says: str) -> None:
    """Told in the person's language."""
    result = run("--lang", "zh", "simulator", "--port", 0, "--http-port", 0, *words)
    assert (result.exit_code, says in result.stderr) == (2, True)


def test_the_help_names_every_step_that_can_go_wrong(run: Run) -> None:
    """Whatever the simulator calls a step can be ordered to fail; the list is made of the simulator's own."""
    told = run("simulator", "--help").stdout
    named = re.findall(r"[a-z]+", told[told.index("Steps:") : told.index("Kinds:")])
    assert set(get_args(Step)) <= set(named)
