"""`bilibili_api.doctor`: what it finds where something is broken, and that its report holds no secret."""

from __future__ import annotations

import json
import resource
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import pytest
from tests.proxies import EXIT, proxy

from bilibili_api import doctor
from bilibili_api.account import Profiles
from bilibili_api.doctor import Finding, State
from bilibili_api.engine import examining_machine as machine
from bilibili_api.engine.kept_words import packed
from bilibili_api.exceptions import ArgsException
from bilibili_api.journal import Journal
from bilibili_api.saying import say
from bilibili_api.simulator import Simulator, Stall
from bilibili_api.video_uploader import Network, Options, Server, VideoUploaderCredential, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET = "Pw+of=nobody/77"


class Usage(NamedTuple):
    free: int


def usage(free: int, path: object) -> Usage:
    del path
    return Usage(free)


def refused(*_: object) -> bool:
    return False


def as_json(secret: str) -> str:
    return json.dumps({"x": secret})


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data; nothing of this machine's own."""
    monkeypatch.setenv("BVUP_HOME", str(tmp_path / "home"))
    for name in ("BVUP_ACCESS_KEY", "BVUP_PASSWORD", "BVUP_SERVER"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


async def found(sim: Simulator, world: World | None = None) -> dict[str, Finding]:
    options = Options(server=Server(sim.url, sim.ca_file), world=world or World())
    return {one.name: one for one in await doctor.examine(options=options, lines=False)}


async def test_an_account_and_a_password_log_nobody_in() -> None:
    """To look is no reason to make a login."""
    async with Simulator() as sim:
        options = Options(server=Server(sim.url, sim.ca_file))
        credential = VideoUploaderCredential(account="somebody", password=SECRET, options=options)
        login, *_ = await doctor.examine(credential, lines=False)
        assert {str(exchange.step) for exchange in sim.exchanges}.isdisjoint({"login", "info"})
    assert (login.name, login.state) == ("login", State.NOTE)
    assert SECRET not in repr(login)


@pytest.mark.parametrize(("off", "says"), [(3600, "3600 s ahead of"), (-3600, "3600 s behind")])
async def test_a_clock_that_is_an_hour_wrong(off: int, says: str) -> None:
    """It is seen by what Bilibili says the time is."""
    async with Simulator() as sim:
        clock = (await found(sim, World(now=lambda: time.time() + off)))["clock"]
    assert clock.state is State.BAD
    assert says in clock.seen.replace("3599", "3600").replace("3601", "3600")
    assert "NTP" in clock.remedy


async def test_the_exit_address_is_that_of_the_proxy_of_calls() -> None:
    """Where files go another way, it is said that theirs is not told."""
    async with Simulator() as sim, proxy() as through:
        options = Options(server=Server(sim.url, sim.ca_file), network=Network(api_proxy=through.url))
        credential = VideoUploaderCredential(cookies=sim.cookies(sim.accounts[0]), options=options)
        told = await doctor.examine(credential, lines=False, exit_address=True)
    [found] = [one for one in told if one.name == "exit address"]
    assert (found.state, found.private) == (State.GOOD, (EXIT,))
    assert found.seen.startswith(f"Bilibili sees {EXIT}; calls go through the proxy {through.url}. ")
    assert "Files go without a proxy, from an address that it does not tell." in found.seen


async def test_a_host_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up in time, and the other hosts are looked at all the same."""
    monkeypatch.setattr("bilibili_api.engine.examining_network.WITHIN", 1.0)
    async with Simulator() as sim:
        sim.faults.add("probe", Stall(), times=None)
        told = await found(sim)
    assert told["member.bilibili.com"].state is State.BAD
    assert told["api.bilibili.com"].state is State.GOOD


@pytest.mark.parametrize(("free", "state"), [(1_000_000, State.BAD), (500_000_000, State.NOTE)])
async def test_a_disk_that_is_full(monkeypatch: pytest.MonkeyPatch, free: int, state: State) -> None:
    """Below what the journal needs it is bad."""
    monkeypatch.setattr("shutil.disk_usage", partial(usage, free))
    async with Simulator() as sim:
        disk = (await found(sim))["disk"]
    assert disk.state is state
    assert disk.remedy


@pytest.fixture
def full() -> Iterator[None]:
    """Files take no more than 100 bytes."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, most))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@pytest.mark.usefixtures("full")
def test_a_report_that_has_no_room_leaves_no_file(tmp_path: Path) -> None:
    """It would be in the way of the next one."""
    with pytest.raises(ArgsException, match="cannot be written"):
        doctor.write_report(tmp_path / "report.txt", (Finding("x", State.GOOD, "y" * 200),))
    assert not (tmp_path / "report.txt").exists()


def test_a_journal_that_has_no_room(home: Path, request: pytest.FixtureRequest) -> None:
    """It is bad, however whole it is: SQLite wants room to open it."""
    journal()
    before = contents(home)
    request.getfixturevalue("full")
    [seen] = machine.journal(Journal().path)
    assert (seen.state, "takes nothing more" in seen.seen) == (State.BAD, True)
    assert contents(home) == before


async def test_a_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """No upload could be remembered there."""
    monkeypatch.setattr("os.access", refused)
    async with Simulator() as sim:
        journal = (await found(sim))["journal"]
    assert journal.state is State.BAD
    assert "BVUP_HOME" in journal.remedy


async def test_a_journal_with_an_unsure_submission(home: Path) -> None:
    """It is told, and the file is left as it is."""
    journal(error=packed(say("the answer was lost")))
    before = contents(home)
    async with Simulator() as sim:
        told = await found(sim)
    assert told["journal"].seen == "It is whole: 1 unsure."
    assert "bvup jobs" in told["journal"].remedy
    assert "web: unsure (the answer was lost)" in told["submission"].seen
    assert contents(home) == before


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def journal(error: str = "", ticket: str = "{}", title: str = "My holiday") -> None:
    """Make a journal with one submission."""
    plan = json.dumps({"pages": [{"path": "/films/holiday.mp4", "title": title}]})
    with Journal().opened() as database:
        database.write(
            [
                (
                    """INSERT INTO job (account, created, updated, plan, state, interface, error)
                    VALUES ('7', 0, 0, :plan, 'unsure', 'web', :error)""",
                    {"plan": plan, "error": error},
                ),
                (
                    "INSERT INTO page (job, position, content, place, ticket) VALUES (1, 0, '', '', :ticket)",
                    {"ticket": ticket},
                ),
            ]
        )


def kept() -> Options:
    Profiles().save("other", VideoUploaderCredential(SECRET))
    return Options()


def in_environment(monkeypatch: pytest.MonkeyPatch, name: str) -> Options:
    monkeypatch.setenv(name, SECRET)
    return Options()


@pytest.mark.parametrize("place", ["profile", "given", "key", "password", "proxy", "ticket", "form"])
@pytest.mark.parametrize("way", [str, quote, as_json])
def test_no_report_with_a_secret(
    place: str, way: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Wherever this machine knows it from, and however it is written: nothing is written then."""
    options, planted, credential = Options(), SECRET, None
    match place:
        case "profile":
            options = kept()
        case "given":
            credential = VideoUploaderCredential(cookies={"SESSDATA": SECRET, "bili_jct": "another"})
        case "key" | "password":
            options = in_environment(
                monkeypatch, {"key": "BVUP_ACCESS_KEY", "password": "BVUP_PASSWORD"}[place]
            )
        case "proxy":
            options = Options(network=Network(api_proxy=f"http://me:{quote(SECRET, safe='')}@127.0.0.1:9"))
        case "ticket":
            journal(ticket=json.dumps({"kind": "upos", "auth": SECRET}))
        case _:
            planted = "0123456789abcdef" * 2
    file = tmp_path / "report.txt"
    findings = (Finding("x", State.BAD, f"It said {way(planted)} and broke."),)
    with pytest.raises(ArgsException, match="may be a secret") as caught:
        doctor.write_report(file, findings, credential=credential, options=options)
    assert planted not in f"{caught.value} {caught.value.hint}"
    assert not file.exists()


def test_a_report_says_nothing_private(tmp_path: Path) -> None:
    """Names of files, titles and accounts are masked."""
    title = "我的假期"
    reason = say(
        "{path!r} ({title}) failed: {key}", path="/films/holiday.mp4", title=title, key="access_key=abc"
    )
    journal(error=packed(reason), title=title)
    file = tmp_path / "report.txt"
    doctor.write_report(file, (Finding("login", State.GOOD, "Lee is in", private=("Lee is",)),))
    text = file.read_text()
    assert "unsure" in text
    assert not [word for word in ("holiday", title, ascii(title)[1:-1], "Lee", "abc") if word in text]
