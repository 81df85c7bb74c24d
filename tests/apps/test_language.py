"""`bvup` speaks English and Chinese."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.apps.stage import PATIENCE

from bilibili_api.apps.cli import credentials
from bilibili_api.apps.cli.main import bvup
from bilibili_api.apps.cli.text import cells

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.conftest import Run


@pytest.mark.parametrize(
    ("words", "env"),
    [
        (["--lang", "zh", "jobs"], {}),
        (["jobs", "--lang=zh"], {}),
        (["jobs"], {"BVUP_LANG": "zh"}),
        (["jobs"], {"LC_ALL": None, "LC_MESSAGES": None, "LANG": "zh_CN.UTF-8"}),
        (["jobs"], {"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}),
    ],
)
def test_the_language_is_chosen_by_flag_variable_or_system(
    run: Run, words: list[str], env: dict[str, str | None]
) -> None:
    """In that order."""
    assert "没有" in run(*words, **env).output


def test_the_language_is_a_setting(run: Run, home: Path) -> None:
    """`lang` may stand at the top of a file; it holds for help and wrong usage of commands, too."""
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('lang = "zh"\n', encoding="utf-8")
    assert "没有" in run("jobs", LC_ALL="C").output
    assert "用法" in run("season", "--help", LC_ALL="C").output
    assert "错误" in run("jobs", "--no-such-flag", LC_ALL="C").output
    assert "已读" in run("config", LC_ALL="C").output
    assert "Error" in run("--lang", "en", "jobs", "--no-such-flag").output
    assert run("--help").output.startswith("用法")
    assert "没有 'no-such-command' 这个命令" in run("no-such-command").output
    assert run("--lang", "en", "--help").output.startswith("Usage")
    (home / "config.toml").write_text("lang = 1\n", encoding="utf-8")
    assert run("--help").output.startswith("Usage")  # and does not fail


def test_another_language_is_no_choice(run: Run) -> None:
    """It is told which there are."""
    result = run("jobs", "--lang", "fr")
    assert result.exit_code == 2
    assert "'en', 'zh'" in result.output


def test_help_is_in_the_language(run: Run) -> None:
    """The sentence about the command, the options, and what click says of its own; no line is too wide."""
    said = run("--lang", "zh", "upload", "--help").output
    assert "用法：" in said
    assert "选项" in said
    assert "分P" in said
    assert "默认" in said
    assert "[default" not in said
    assert "（默认：12）" in said
    assert max(cells(line) for line in said.splitlines()) <= 80


def test_what_a_person_fills_in_is_named_in_the_language(run: Run) -> None:
    """In the usage and behind the options; what is explained stands in one column all the same."""
    lines = run("--lang", "zh", "edit", "--help").output.splitlines()
    assert lines[0] == "用法：bvup edit [选项] 视频"
    told = {"--copyright 整数": "1 自制", "--topic 名称|N": "换一个话题", "--part-title N=标题": "更改第"}
    shown = [next(line for line in lines if term in line) for term in told]
    columns = {cells(line.partition(text)[0]) for line, text in zip(shown, told.values(), strict=True)}
    assert columns == {28}


def test_the_list_of_commands_is_in_the_language(run: Run) -> None:
    """Each command has its sentence."""
    said = run("--lang", "zh", "--help").output
    assert "Limit how fast" not in said
    assert "限制上传速度" in said


def test_wrong_usage_is_told_in_the_language(run: Run) -> None:
    """By click as well as by us."""
    said = run("--lang", "zh", "upload", "--no-such-flag", "x.mp4").output
    assert "No such option" not in said
    assert "--no-such-flag" in said
    assert "错误" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["show"], "错误：缺少参数 '视频'。"),
        (
            ["upload", "a.mp4", "--limt", "3"],
            "错误：没有选项 '--limt'。是不是想写 '--limit'、'--line' 或 '--quiet'？",
        ),
        (["season", "lst"], "错误：没有 'lst' 这个命令。是不是想用：bvup season list？"),
        (["resume", "x"], "错误：'任务' 的值无效：'x' 不是有效的整数。"),
        (
            ["whoami", "--ip", "5"],
            "错误：'--ip'（环境变量 'BVUP_IP'）的值无效：'5' 不在可选范围内：'4'、'6'、'auto'。",
        ),
    ],
)
def test_what_click_glues_together_is_one_sentence(run: Run, words: list[str], says: str) -> None:
    """With the punctuation of the language, beneath the usage, whose words are of it, too."""
    said = run("--lang", "zh", *words).output
    assert said.splitlines()[-1] == says
    assert "[选项]" in said.splitlines()[0]


def test_a_question_ends_as_in_the_language(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path
) -> None:
    """With a colon of that width."""
    monkeypatch.setattr(credentials, "is_interactive", lambda: True)
    video = tmp_path / "a.mp4"
    video.write_bytes(b"x")
    words = ["--lang", "zh", "upload", str(video), "--tag", "a", "--tid", "21", "--account", "demo"]
    env = {"BVUP_HOME": str(home), "BVUP_PASSWORD": None}
    assert "demo 的密码：\n" in CliRunner().invoke(bvup, words, env=env, input="").stderr


@pytest.mark.parametrize(
    ("words", "means"),
    [("bvup season a", "把视频按参数的顺序加到合集末尾。"), ("bvup jobs --al", "已经投稿的也列出。")],
)
def test_what_a_shell_proposes_is_explained_in_the_language(words: str, means: str) -> None:
    """By zsh and fish: names stay, the rest is help."""
    asked = {
        "_BVUP_COMPLETE": "zsh_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": "2",
        "LC_ALL": "zh_CN.UTF-8",
    }
    call = [sys.executable, "-m", "bilibili_api.apps.cli"]
    done = subprocess.run(
        call, env={**asked, "PYTHONIOENCODING": "utf-8"}, capture_output=True, check=True, timeout=PATIENCE
    )
    assert done.stdout.decode().splitlines()[2] == means


def test_errors_of_the_library_are_told_in_the_language(run: Run, tmp_path: Path) -> None:
    """What is wrong, where on the command line, and what to do."""
    video = tmp_path / "empty.mp4"
    video.touch()
    said = run("--lang", "zh", "upload", video, "--tag", "x", BVUP_ACCESS_KEY="0123456789").output
    assert "是空的" in said
    assert "is empty" not in said


def test_programs_are_told_english(run: Run) -> None:
    """Unless another language is asked for; the members have the same names in each."""
    found = json.loads(run("upload", "--json", LC_ALL="zh_CN.UTF-8").stdout.splitlines()[-1])
    assert "Missing argument" in found["error"]["message"]
    found = json.loads(run("upload", "--json", BVUP_LANG="zh").stdout.splitlines()[-1])
    assert "Missing argument" not in found["error"]["message"]
