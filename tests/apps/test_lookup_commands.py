"""`bvup partitions`, `bvup topics` and `bvup completion`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bilibili_api.apps.cli.main import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.conftest import Run


def test_all_partitions_are_listed_with_their_numbers(run: Run) -> None:
    """The leaves for --tid, and the new ones for --partition."""
    text = run("partitions").stdout
    assert "   21  生活 / 日常\n" in text
    assert " 1008  游戏\n" in text[text.index("New, for --partition:") :]


@pytest.mark.parametrize(
    ("wanted", "there", "not_there"),
    [
        ("日常", "   21  生活 / 日常\n", "搞笑"),
        ("21", "   21  生活 / 日常\n", "搞笑"),
        ("生活", "  138  生活 / 搞笑\n", "单机"),
        ("1008", " 1008  游戏\n", "--tid"),
        ("搞", "  138  生活 / 搞笑\n", "日常"),
    ],
)
def test_a_name_a_part_of_it_or_a_number_means_some(
    run: Run, wanted: str, there: str, not_there: str
) -> None:
    """A main partition means its leaves."""
    text = run("partitions", wanted).stdout
    assert (there in text, not_there in text) == (True, False)


def test_a_name_of_no_partition_is_wrong_usage(run: Run) -> None:
    """It is answered with how all are listed."""
    result = run("partitions", "qwerty")
    assert (result.exit_code, "All: bvup partitions" in result.stderr) == (2, True)


def test_partitions_are_told_to_programs(run: Run) -> None:
    """With their state and the main partition above them."""
    [line] = run("partitions", "日常", "--json").stdout.splitlines()
    assert json.loads(line)["partitions"] == [{"tid": 21, "name": "日常", "main": "生活", "state": "open"}]


def test_topics_are_found_by_their_names(there: Run, cookies_json: Path) -> None:
    """With the activity that comes with each."""
    result = there("topics", "daily", "-u", cookies_json)
    assert result.stdout.splitlines() == [
        "   10001  Simulated daily life  (activity 20001)",
        "Activities, for --mission:",
        "   20001  Simulated activity for daily life",
    ]
    told = json.loads(there("topics", "daily", "-u", cookies_json, "--json").stdout)
    assert [topic["mission_id"] for topic in told["topics"]] == [20001]


def test_topics_are_proposed_for_a_partition(there: Run, cookies_json: Path) -> None:
    """Without a name, those of the partition; of any, all."""
    games = there("topics", "--tid", "17", "-u", cookies_json).stdout
    assert ("Simulated games" in games, "Simulated daily life" in games) == (True, False)
    assert len(there("topics", "-u", cookies_json).stdout.splitlines()) == 4 + 1 + 3


def test_no_topic_is_said(there: Run, cookies_json: Path) -> None:
    """An empty answer is an answer."""
    result = there("topics", "qwerty", "-u", cookies_json)
    assert (result.exit_code, result.stdout) == (0, "There is no such topic.\n")


def test_topics_need_cookies(there: Run, tmp_path: Path) -> None:
    """A bare access key cannot ask."""
    key = tmp_path / "key"
    key.write_text("0" * 32)
    key.chmod(0o600)
    result = there("topics", "--access-key-file", key)
    assert (result.exit_code, "Only a login with cookies can ask for topics." in result.stderr) == (2, True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_printed_for_each_shell(run: Run, shell: str) -> None:
    """It asks bvup itself for the words."""
    result = run("completion", shell)
    assert (result.exit_code, f"_BVUP_COMPLETE={shell}_complete" in result.stdout) == (0, True)


def test_commands_are_completed_without_being_imported(run: Run) -> None:
    """A shell gets the names that begin so."""
    answer = run(_BVUP_COMPLETE="bash_complete", COMP_WORDS="bvup s", COMP_CWORD="1").stdout
    assert answer.splitlines() == [f"plain,{name}" for name in COMMANDS if name.startswith("s")]


def test_options_of_a_command_are_completed(run: Run) -> None:
    """Global ones as well."""
    answer = run(_BVUP_COMPLETE="bash_complete", COMP_WORDS="bvup jobs --j", COMP_CWORD="2").stdout
    assert sorted(answer.splitlines()) == ["plain,--journal", "plain,--json"]
