"""Whoever writes JSON, TOML or YAML wrongly is told where and what, in the language that is spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.conftest import Run


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.toml", 'a = "C:\\q"\n', "文本里的 '\\' 没有转义"),
        ("a.toml", "[a", "文件末尾：表头的末尾应该是 ']'"),
        ("a.toml", "[a]\n[a]\n", "第 2 行第 3 列：原文“Cannot declare ('a',) twice”。"),
        ("a.yaml", "title: a: b\n", "第 1 行第 9 列：这里不能有 ': '"),
        ("a.yaml", "files: [1\n", "这里应该是 ',' 或 ']'。"),
        ("a.yaml", "title: @x\n", "第 1 行第 8 列：这里不能以 '@' 开头；这样的文本请加引号。"),
        ("a.yaml", "- a\nb: 1\n", "第 2 行第 1 列：缩进或结构不对。"),
        ("a.yaml", "a: *b\n", "第 1 行第 4 列：原文“found undefined alias 'b'”。"),
    ],
)
def test_a_file_says_where_it_is_wrong(run: Run, tmp_path: Path, name: str, text: str, says: str) -> None:
    """What is common is said in our words, the rest is quoted."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert says in run("--lang", "zh", "batch", path).stderr


def test_an_option_says_where_its_json_is_wrong(run: Run) -> None:
    """As a file does; in English it is what the parser says."""
    words = ("upload", "a.mp4", "--extra-fields", '{"a": 1,}')
    assert (
        "不是有效的 JSON：第 1 行第 9 列：这里应该是双引号括起来的键。" in run("--lang", "zh", *words).stderr
    )
    assert "line 1, column 9: Expecting property name enclosed in double quotes." in run(*words).stderr
