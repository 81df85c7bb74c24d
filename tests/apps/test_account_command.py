"""`bvup account` and `bvup whoami`: the logins that are kept."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.apps.stage import SimulatorThread

from bilibili_api.account import Profiles, VideoUploaderCredential
from bilibili_api.apps.cli import whoami
from bilibili_api.apps.cli.main import bvup
from bilibili_api.apps.cli.params import read_profile
from bilibili_api.apps.cli.text import cells
from bilibili_api.exceptions import ArgsException
from bilibili_api.simulator import Answer, Code, Stall

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.conftest import Run

    from bilibili_api.simulator import Fault


@pytest.fixture
def two(there: Run, bili: SimulatorThread, cookies_json: Path, tmp_path: Path) -> Run:
    """`bvup` with the profiles `mine`, in use, and `other`."""
    path = tmp_path / "other.json"
    path.write_text(bili.sim.cookies_json(bili.sim.add_account("other", "pass", level=2)))
    for file, name in ((cookies_json, "mine"), (path, "other")):
        assert there("account", "import", file, "--profile", name).exit_code == 0
    return there


class TestWhoami:
    """`bvup whoami`."""

    def test_it_says_who_one_is_and_what_the_account_may_do(self, two: Run) -> None:
        """Name, level, limits, and how long the login lasts; what Bilibili does not tell is named as such."""
        result = two("whoami")
        for line in (
            "name     demo",
            "level    6",
            "parts    50 a video; 100 in ",
            "电子竞技 (171)",
            "size     17.2 GB a file in general; Bilibili does not tell the account's own\n",
            "partitions, 6 neutral marks, advertising for 15 kinds of business\n",
            "source   profile mine",
        ):
            assert line in result.stdout
        assert "expires  in 29 days" in result.stdout
        assert (result.exit_code, result.stderr) == (0, "")

    def test_in_chinese_its_values_stand_in_one_column_too(self, two: Run) -> None:
        """Labels take twice as many cells as they have characters."""
        lines = two("--lang", "zh", "whoami").stdout.splitlines()
        values = [line.split(maxsplit=1) for line in lines]
        assert {cells(line.removesuffix(value)) for line, (_, value) in zip(lines, values, strict=True)} == {
            9
        }
        assert values[0] == ["昵称", "demo"]

    def test_it_tells_programs_the_same(self, two: Run) -> None:
        """--json prints one object."""
        told = json.loads(two("whoami", "--json", "--profile", "other").stdout)
        assert (told["profile"], told["name"], told["level"]) == ("other", "other", 2)
        assert told["days_left"] == told["expires_in"] // 86400
        assert (told["has_token"], told["has_cookies"], told["max_parts"]) == (True, True, 100)

    def test_it_tells_programs_all_that_bilibili_offers(self, two: Run) -> None:
        """Each partition with its name and its parts, and what else the account may choose from."""
        told = json.loads(two("whoami", "--json").stdout)["offered"]
        assert (told["partitions"]["21"], told["max_parts"]["21"], told["max_parts"]["171"]) == (
            "日常",
            50,
            100,
        )
        assert ("made with AI" in told["neutral_marks"], "media" in told["industries"]) == (True, True)

    def test_without_cookies_it_says_that_the_limits_are_those_of_everybody(
        self, there: Run, bili: SimulatorThread
    ) -> None:
        """An access key alone cannot ask for the account's own; nobody is asked."""
        result = there("whoami", BVUP_ACCESS_KEY=bili.access_key)
        assert (
            "parts    100 a video in general; the account's own are not known: only a login with cookies can ask\n"
        ) in result.stdout
        assert (result.exit_code, bili.sim.seen("zones")) == (0, [])

    @pytest.mark.parametrize(
        ("fault", "said"),
        [
            (Code(-400, "no"), "are not known: Bilibili answered with code -400"),
            (Stall(), "are not known: Bilibili does not answer"),
            (Answer(200, b'{"code":0,"data":{"typelist":[]}}', "application/json"), "does not tell them"),
        ],
        ids=repr,
    )
    def test_what_cannot_be_asked_for_does_not_hide_the_rest(
        self, two: Run, bili: SimulatorThread, monkeypatch: pytest.MonkeyPatch, fault: Fault, said: str
    ) -> None:
        """Who one is, is shown all the same, with the general limits and the reason."""
        monkeypatch.setattr(whoami, "PATIENCE", 0.3)
        bili.fault("zones", fault, times=None)
        result = two("whoami")
        assert (result.exit_code, "name     demo" in result.stdout, said in result.stdout) == (0, True, True)
        told = json.loads(two("whoami", "--json").stdout)
        assert (told["name"], bool(told["offered"].get("unknown"))) == ("demo", "tell them" not in said)

    def test_it_takes_a_file(self, there: Run, cookies_json: Path) -> None:
        """-u asks about a login that is not kept."""
        assert "name     demo" in there("whoami", "-u", cookies_json).stdout

    def test_without_a_login_it_names_the_command(self, run: Run) -> None:
        """Nobody logged in is exit code 3, and the next command is told."""
        result = run("whoami")
        assert (result.exit_code, "Run: bvup login\n" in result.stderr) == (3, True)

    def test_a_dead_login_ends_with_3_and_the_next_command(self, two: Run, bili: SimulatorThread) -> None:
        """What has expired is told with the command that logs in again."""
        bili.sim.expire_login(renewable=False)
        result = two("whoami")
        assert (result.exit_code, "Run: bvup login --profile mine --server" in result.stderr) == (3, True)

    def test_a_dead_server_is_a_network_failure(self, two: Run) -> None:
        """Nobody listening is exit code 5, not a login."""
        with SimulatorThread() as gone:
            url = gone.sim.url
        assert two("whoami", "--server", url).exit_code == 5


class TestAccount:
    """`bvup account ...`."""

    def test_list_marks_the_one_in_use(self, two: Run) -> None:
        """Each login is a line with its account and what it consists of."""
        lines = two("account", "list").stdout.splitlines()
        assert lines[0].startswith("* mine   mid 100000  access key (BiliTV) and cookies")
        assert lines[1].startswith("  other  mid ")

    def test_list_tells_programs_the_same(self, two: Run) -> None:
        """--json prints a list."""
        told = json.loads(two("account", "list", "--json").stdout)["profiles"]
        assert [(row["profile"], row["current"]) for row in told] == [("mine", True), ("other", False)]

    def test_list_says_how_to_begin(self, run: Run) -> None:
        """An empty list names the command that fills it."""
        result = run("account", "list")
        assert (result.exit_code, result.stdout) == (0, "No login is kept. Run: bvup login\n")

    def test_list_shows_a_damaged_login_beside_the_others(self, two: Run, home: Path) -> None:
        """One file that was cut in half hides no other login, and its way out is told."""
        (home / "accounts" / "mine.json").write_text('{"cookie_info": ')
        lines = two("account", "list").stdout.splitlines()
        assert lines[0] == "* mine   cannot be read; run: bvup login --profile mine"
        assert "mid" in lines[1]

    def test_show_tells_all_but_the_secrets(self, two: Run) -> None:
        """Account, parts and end of a login, offline."""
        stdout = two("account", "show", "other").stdout
        assert stdout.startswith("profile  other\nmid      ")
        assert "login    access key (BiliTV) and cookies\nexpires  2" in stdout

    def test_use_chooses_the_login_of_every_later_command(self, two: Run) -> None:
        """What is in use is used where no profile is named."""
        assert two("account", "use", "other").stdout == "In use: other\n"
        assert "name     other" in two("whoami").stdout

    @pytest.mark.parametrize(
        "args",
        [["use", "x"], ["remove", "x"], ["show", "x"], ["logout", "x"], ["export", "f", "--profile", "x"]],
    )
    def test_an_unknown_name_is_answered_with_those_there_are(self, two: Run, args: list[str]) -> None:
        """A mistyped name ends with 3, the names, and the command that would make it."""
        result = two("account", *args)
        assert (
            result.exit_code,
            "There are: mine, other.\nRun: bvup login --profile x" in result.stderr,
        ) == (3, True)

    def test_remove_forgets_a_login_and_says_what_is_in_use(self, two: Run, bili: SimulatorThread) -> None:
        """The login is gone here, and stays good at Bilibili."""
        result = two("account", "remove", "mine")
        assert "stays good" in result.stdout
        assert result.stdout.endswith("In use: other\n")
        assert (Profiles().names(), bili.sim.exchanges) == (("other",), [])

    def test_import_reads_a_login_from_standard_input(self, there: Run, bili: SimulatorThread) -> None:
        """`import -` takes what is piped in."""
        assert there("account", "import", "-", stdin=bili.sim.cookies_json()).exit_code == 0
        assert Profiles().load().mid == 100000

    def test_import_leaves_in_use_what_is(self, two: Run) -> None:
        """Only the first login that is kept is used by itself."""
        assert Profiles().current() == "mine"

    def test_export_writes_what_other_programs_read(self, two: Run, tmp_path: Path) -> None:
        """The file is the canonical cookies.json, for its owner only."""
        path = tmp_path / "out.json"
        assert two("account", "export", path, "--profile", "mine").exit_code == 0
        told = json.loads(path.read_text())
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert (told["token_info"]["mid"], told["platform"]) == (100000, "BiliTV")
        assert VideoUploaderCredential.from_file(path).cookies == Profiles().load("mine").cookies

    def test_export_overwrites_nothing(self, two: Run, tmp_path: Path) -> None:
        """A file that is there stays as it is."""
        path = tmp_path / "out.json"
        path.write_text("mine")
        assert two("account", "export", path).exit_code == 2
        assert path.read_text() == "mine"

    def test_logout_ends_the_login_at_bilibili_and_here(self, two: Run, bili: SimulatorThread) -> None:
        """Token and cookies of the login are dead afterwards."""
        before = Profiles().load("mine")
        result = two("account", "logout")
        assert result.stdout.startswith("Bilibili was told to end the login, and agreed.\nRemoved: mine.")
        assert before.access_key not in bili.sim.tokens()
        assert Profiles().names() == ("other",)

    def test_logout_of_what_has_ended_already_removes_it(self, two: Run, bili: SimulatorThread) -> None:
        """A login that is over at Bilibili is merely forgotten."""
        bili.sim.expire_login(renewable=False)
        result = two("account", "logout", "mine")
        assert (result.exit_code, "had ended already" in result.stdout) == (0, True)
        assert Profiles().names() == ("other",)

    def test_logout_without_network_keeps_the_login(self, two: Run) -> None:
        """What could not be ended is not forgotten."""
        with SimulatorThread() as gone:
            url = gone.sim.url
        assert two("account", "logout", "mine", "--server", url).exit_code == 5
        assert "mine" in Profiles().names()

    def test_logout_of_a_bare_key_says_what_to_do(
        self, there: Run, bili: SimulatorThread, tmp_path: Path
    ) -> None:
        """An access key alone cannot be ended from here; it is kept, and the way out is told."""
        (tmp_path / "key").write_text(bili.access_key)
        there("login", "--access-key-file", tmp_path / "key")
        result = there("account", "logout")
        assert (result.exit_code, "bvup account remove" in result.stderr) == (2, True)
        assert Profiles().names() == ("default",)

    def test_several_logins_without_one_in_use_are_answered_with_the_choice(
        self, two: Run, home: Path
    ) -> None:
        """Where it is not known who is meant, the next command chooses."""
        (home / "accounts" / "current").unlink()
        result = two("whoami")
        assert (result.exit_code, "Run: bvup account use mine" in result.stderr) == (3, True)


@given(name=st.text(alphabet=st.sampled_from("aZ0._@+-/ \\é中\n\0"), max_size=66))
def test_the_command_line_takes_the_names_that_can_be_kept(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A name is refused before a login exactly when it could not be kept after it."""
    context, param = click.Context(bvup), click.Option(["--profile"])
    try:
        taken = read_profile(context, param, name) == name
    except click.BadParameter:
        taken = False
    try:
        Profiles(tmp_path_factory.mktemp("accounts")).save(name, VideoUploaderCredential("0" * 32))
        kept = True
    except ArgsException:
        kept = False
    assert taken == kept


@pytest.mark.parametrize("name", ["list", "show", "use", "remove", "import", "export", "logout"])
def test_every_subcommand_and_option_has_a_help_text(run: Run, name: str) -> None:
    """No subcommand or option is left without an explanation."""
    group = bvup.get_command(click.Context(bvup), "account")
    assert isinstance(group, click.Group)
    command = group.commands[name]
    assert command.help
    for param in command.params:
        assert isinstance(param, click.Argument) or getattr(param, "help", None), param.name
    assert run("account", name, "--help").exit_code == 0
