"""The figures of `make bench` stand in docs/performance.md and, from the same run, in docs/zh/performance.md."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import chinese
from benchmarks.report import Figure, Section, write

from bilibili_api.saying import fields, say

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "performance.md", ROOT / "docs" / "zh" / "performance.md"]


def said() -> set[str]:
    """The templates of all that measurements say."""
    calls = (
        call
        for file in (ROOT / "benchmarks").glob("*.py")
        for call in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "say"
    )
    return {ast.literal_eval(call.args[0]) for call in calls}


def figures_of(page: Path) -> list[list[str]]:
    """The figures of each row of the tables, in whatever order a language has them."""
    rows = [line for line in page.read_text("utf-8").splitlines() if line.startswith("|")]
    return [sorted(re.findall(r"\d+(?:\.\d+)*", row)) for row in rows]


def test_every_row_has_its_chinese_and_nothing_else_has() -> None:
    assert set(chinese.ROWS) == said()


def test_the_chinese_of_a_row_has_the_same_values() -> None:
    assert [(ours, theirs) for ours, theirs in chinese.ROWS.items() if fields(ours) != fields(theirs)] == []


def test_both_pages_have_the_same_rows_with_the_same_figures() -> None:
    ours, theirs = map(figures_of, PAGES)
    assert len(ours) > 1
    assert theirs == ours


def test_one_run_writes_both_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With names, verdicts and what is left out in the language of the page."""
    monkeypatch.setattr("benchmarks.report.machine", lambda: "a machine with curl")
    (tmp_path / "zh").mkdir()
    setup = say("PC line, N={connections}", connections=3)
    figures = [
        Figure(say("{setup}: time of curl", setup=setup), 1.5, "s", limit=1),
        Figure(
            say("**goodput, library / curl**: not measured, needs root and iproute2"), None, "", least=0.9
        ),
    ]
    write(say("{what}.", what="3 MiB"), [Section(say("Narrow link"), figures)], tmp_path)
    english, translated = (
        (tmp_path / page).read_text("utf-8") for page in ("performance.md", "zh/performance.md")
    )
    assert "## Narrow link\n" in english
    assert "| PC line, N=3: time of curl | 1.50 s | at most 1 s | **no** |\n" in english
    assert "## 窄带宽\n" in translated
    assert "| PC 线路，N=3：curl 的用时 | 1.50 s | 最多 1 s | **否** |\n" in translated
    assert "| **有效速度，本库 / curl**：没有测量，需要 root 和 iproute2 |  | 至少 0.9 |  |\n" in translated
    assert "at most 1 s" in capsys.readouterr().out
