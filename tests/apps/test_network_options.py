"""`--bind`, `--ip`, `--api-proxy`, `--upload-proxy`, on every command that talks to Bilibili."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import click
import pytest
from tests.proxies import EXIT, LoopbackProxy, proxy

from bilibili_api.apps.cli.network_options import options_for
from bilibili_api.apps.cli.report import ExitCode
from bilibili_api.engine.retry import BACKOFF, Backoff
from bilibili_api.simulator import Status
from bilibili_api.video_uploader import Network

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread

    from bilibili_api.simulator import Simulator

UPLOAD_EXIT = "127.0.0.4"
STORING = {"chunk", "part", "init", "complete"}


@contextmanager
def beside(bili: SimulatorThread, made: LoopbackProxy) -> Generator[LoopbackProxy]:
    """A proxy in the simulator's loop, since `bvup` runs its own."""
    ready, over = threading.Event(), asyncio.Event()

    async def hold(sim: Simulator) -> None:
        del sim
        async with proxy(made):
            ready.set()
            await over.wait()

    async def end(sim: Simulator) -> None:
        del sim
        over.set()

    running = bili.begin(hold)
    assert ready.wait(10)
    try:
        yield made
    finally:
        bili.begin(end).result(10)
        running.result(10)


@pytest.fixture
def api(bili: SimulatorThread) -> Iterator[LoopbackProxy]:
    with beside(bili, LoopbackProxy()) as made:
        yield made


@pytest.fixture
def files(bili: SimulatorThread) -> Iterator[LoopbackProxy]:
    with beside(bili, LoopbackProxy("socks5", exit=UPLOAD_EXIT)) as made:
        yield made


def ways(bili: SimulatorThread) -> dict[bool, set[str]]:
    """Where uploads (True) and calls came from, as the simulator saw it."""
    found: dict[bool, set[str]] = {}
    for seen in bili.sim.exchanges:
        found.setdefault(seen.step in STORING, set()).add(seen.source)
    return found


def test_an_upload_goes_through_the_two_proxies(
    upload: Run, bili: SimulatorThread, api: LoopbackProxy, files: LoopbackProxy
) -> None:
    """The login check and the submission through one, every byte of the file through the other."""
    result = upload("--api-proxy", api.url, "--upload-proxy", files.url)
    assert result.exit_code == 0
    assert ways(bili) == {True: {UPLOAD_EXIT}, False: {EXIT}}
    assert files.up > 300_000


def test_variables_say_the_same(
    upload: Run, bili: SimulatorThread, api: LoopbackProxy, files: LoopbackProxy
) -> None:
    """For those who always go that way, and for logins at proxies."""
    result = upload(BVUP_API_PROXY=api.url, BVUP_UPLOAD_PROXY=files.url)
    assert result.exit_code == 0
    assert ways(bili) == {True: {UPLOAD_EXIT}, False: {EXIT}}


def test_a_flag_counts_more_than_its_variable(upload: Run, bili: SimulatorThread) -> None:
    """`direct` is no proxy at all."""
    result = upload("--api-proxy", "direct", BVUP_API_PROXY="http://127.0.0.1:1")
    assert result.exit_code == 0
    assert ways(bili) == {True: {"127.0.0.1"}, False: {"127.0.0.1"}}


def test_the_proxy_of_all_programs_is_not_asked_for_a_server_on_this_machine(
    upload: Run, bili: SimulatorThread
) -> None:
    """It could not reach it."""
    assert upload(HTTPS_PROXY="http://127.0.0.1:1").exit_code == 0


@pytest.mark.parametrize("command", [("whoami",), ("login", "--cookies")], ids=["whoami", "login"])
def test_commands_about_logins_go_through_the_api_proxy(
    there: Run, bili: SimulatorThread, api: LoopbackProxy, cookies_json: Path, command: tuple[str, ...]
) -> None:
    """Whatever asks Bilibili something."""
    given = (cookies_json,) if command[-1] == "--cookies" else ("-u", cookies_json)
    assert there(*command, *given, "--api-proxy", api.url).exit_code == 0
    assert ways(bili)[False] == {EXIT}


def test_logging_out_goes_through_the_api_proxy(
    there: Run, bili: SimulatorThread, api: LoopbackProxy, cookies_json: Path
) -> None:
    """The end of a login, too."""
    assert there("login", "--cookies", cookies_json, "--profile", "me").exit_code == 0
    before = len(bili.sim.exchanges)
    assert there("account", "logout", "me", "--api-proxy", api.url).exit_code == 0
    assert {seen.source for seen in bili.sim.exchanges[before:]} == {EXIT}


def test_commands_that_are_advised_go_the_same_way(upload: Run, bili: SimulatorThread) -> None:
    """Who can reach Bilibili only through a proxy can log in only through it."""
    bili.sim.expire_login(renewable=False)
    result = upload("--no-wait", "--bind", "127.0.0.2", "--ip", "4", BVUP_API_PROXY="direct")
    assert result.exit_code == 3
    [advice] = [line for line in result.output.splitlines() if "bvup login" in line]
    assert "--bind 127.0.0.2" in advice
    assert "--ip 4" in advice
    assert "proxy" not in advice


def test_an_upload_leaves_from_an_address(upload: Run, bili: SimulatorThread) -> None:
    """By --bind, or BVUP_BIND."""
    assert upload("--bind", "127.0.0.2", "--ip", "4").exit_code == 0
    assert ways(bili) == {True: {"127.0.0.2"}, False: {"127.0.0.2"}}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--bind", "nosuch0"), "There is no interface 'nosuch0'"),
        (("--bind", "127.0.0.2", "--ip", "6"), "cannot be of IPv6"),
        (
            ("--upload-proxy", "http://proxy"),
            "'--upload-proxy': The upload proxy cannot be used: it names no port",
        ),
        (("--ip", "5"), "'5' is not one of"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_sent(
    upload: Run, bili: SimulatorThread, given: tuple[str, ...], says: str
) -> None:
    """With exit code 2, as any wrong usage."""
    result = upload(*given)
    assert (result.exit_code, bili.sim.exchanges) == (2, [])
    assert says in " ".join(result.output.split())


def test_a_proxy_that_cannot_be_used_is_told_where_it_was_said(run: Run, home: Path) -> None:
    """In a variable, or in a line of the settings."""
    result = run("whoami", BVUP_UPLOAD_PROXY="http://proxy")
    assert (result.exit_code, "upload proxy (BVUP_UPLOAD_PROXY) cannot be used" in result.output) == (2, True)
    home.mkdir()
    (home / "config.toml").write_text('[whoami]\nupload-proxy = "http://proxy"\n')
    result = run("whoami")
    assert (result.exit_code, "'--upload-proxy'" in result.output) == (2, True)
    assert f"It is set in {home / 'config.toml'}, line 2." in " ".join(result.output.split())


def test_a_login_at_a_proxy_is_taken_from_a_variable_only(upload: Run, bili: SimulatorThread) -> None:
    """Other users of the machine see command lines, hence it is no flag; it is repeated nowhere."""
    with beside(bili, LoopbackProxy(login=("somebody", "open sesame!"))) as made:
        url = f"http://somebody:open%20sesame!@127.0.0.1:{made.port}"
        refused = upload("--api-proxy", url)
        taken = upload(BVUP_API_PROXY=url)
    assert (refused.exit_code, taken.exit_code) == (2, 0)
    assert "set BVUP_API_PROXY instead" in refused.output
    assert "sesame" not in refused.output + taken.output


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["for a person", "for programs"])
def test_the_settings_show_a_proxy_without_its_login(run: Run, form: tuple[str, ...]) -> None:
    """Its variable is the one place for it."""
    result = run("config", "whoami", *form, BVUP_API_PROXY="http://somebody:sesame@proxy:3128")
    assert "http://***@proxy:3128" in result.stdout
    assert "sesame" not in result.stdout


def test_a_proxy_that_wants_a_login_ends_the_command_with_a_remedy(
    upload: Run, bili: SimulatorThread
) -> None:
    """As a failure of the network, which nothing reached."""
    with beside(bili, LoopbackProxy(login=("somebody", "open sesame!"))) as made:
        result = upload("--api-proxy", f"http://127.0.0.1:{made.port}")
    assert (result.exit_code, bili.sim.exchanges) == (5, [])
    assert "wants a login" in result.output
    assert "USER:PASSWORD@HOST:PORT" in result.output


def test_a_command_without_these_options_stays_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """`bvup demo` does not send its simulator's address to a proxy."""
    monkeypatch.setenv("BVUP_API_PROXY", "http://127.0.0.1:1")
    with click.Context(click.Command("demo")):
        assert options_for(None).network == Network()


def test_every_command_tells_what_it_waits_for(
    there: Run, bili: SimulatorThread, cookies_json: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only those that show a progress: an outage would be a quarter of an hour of silence."""
    hurried = {step: replace(patience, first=0.001) for step, patience in BACKOFF.items()}
    monkeypatch.setattr("bilibili_api.engine.retry.BACKOFF", hurried)
    bili.fault("info", Status(502))
    result = there("whoami", "-u", cookies_json)
    assert result.exit_code == 0
    [told] = result.stderr.splitlines()
    assert told.startswith("bvup: warning: ")
    assert "502" in told
    assert "Trying again in 0.0 s." in told


def test_a_proxy_that_is_away_is_told_in_plain_words(
    there: Run, cookies_json: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the system says, without the address that Python puts into it."""
    monkeypatch.setattr(
        "bilibili_api.engine.retry.BACKOFF", {step: Backoff(budget=0, outage=0) for step in BACKOFF}
    )
    result = there("whoami", "-u", cookies_json, "--api-proxy", "http://127.0.0.1:1")
    assert result.exit_code == ExitCode.NETWORK
    assert "bvup: No connection to the proxy http://127.0.0.1:1: Connection refused.\n" in result.stderr
