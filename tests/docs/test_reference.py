"""The reference says what the code says."""

from __future__ import annotations

import re
import runpy
import sys
from functools import cache
from pathlib import Path

import click
import pytest

from bilibili_api.apps.cli.main import bvup
from bilibili_api.apps.cli.settable import leaves
from bilibili_api.protocol.codes import RULES

ROOT = Path(__file__).parents[2]
EVERYWHERE = {"--help", "--json", "--lang", "--quiet", "--verbose"}
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")


@cache
def commands() -> dict[str, set[str]]:
    """The long flags that `--help` shows, by the words of the command."""
    with bvup.make_context("bvup", [], resilient_parsing=True) as ctx:
        return {" ".join(path): flags_of(command, ctx) for path, command in leaves(bvup, ctx, ())}


def flags_of(command: click.Command, parent: click.Context) -> set[str]:
    with click.Context(command, parent=parent) as ctx:
        shown = (one for one in command.get_params(ctx) if isinstance(one, click.Option) and not one.hidden)
        return {flag for one in shown for flag in (*one.opts, *one.secondary_opts) if flag.startswith("--")}


def test_the_reference_is_what_the_code_makes_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """`python tools/make_reference.py` writes it."""
    monkeypatch.setattr("sys.path", [str(ROOT / "tools"), *sys.path])
    monkeypatch.setattr("sys.argv", ["make_reference.py", "--check"])
    code = runpy.run_path(str(ROOT / "tools" / "make_reference.py"))["main"]()
    assert (code, capsys.readouterr().err) == (0, "")


def test_a_passage_of_a_docstring_needs_chinese_with_the_same_code_and_figures(tmp_path: Path):
    chinese = runpy.run_path(str(ROOT / "tools" / "reference" / "chinese.py"))["Chinese"]
    catalogue = tmp_path / "library.po"
    catalogue.write_text(
        'msgid "At most 80: `a`."\nmsgstr "最多 90：`b`。"\n\nmsgid "Gone."\nmsgstr "已删。"\n', "utf-8"
    )
    known = chinese(catalogue)
    assert [known.of(text, "a.b") for text in ("New.", "At most 80: `a`.")] == ["New.", "最多 90：`b`。"]
    assert list(known.problems()) == [
        "no Chinese for 'New.' (a.b): write it there",
        "the Chinese of 'At most 80: `a`.' (a.b) lacks ['`a`'] and has ['`b`']: mend it there",
        "the Chinese of 'At most 80: `a`.' (a.b) lacks ['80'] and has ['90']: mend it there",
        "'Gone.' is not said any more: run python tools/make_reference.py",
    ]
    known.write()
    assert catalogue.read_text("utf-8").count("msgid") == 3  # the head, and what was asked for
    assert chinese(catalogue).known == {"At most 80: `a`.": "最多 90：`b`。"}


@pytest.mark.parametrize(
    ("page", "cell"), [("errors", r"^\| [-\d至 ]+ \| ([^|]+) \|"), ("commands", r"^\| `(-[^`]+)` \|")]
)
def test_steps_and_what_a_person_fills_in_are_chinese_in_the_chinese_reference(page: str, cell: str):
    """Flags, choices, and what is called the same everywhere, are no such words."""
    text = (ROOT / "docs" / "zh" / "reference" / f"{page}.md").read_text("utf-8")
    found = [re.sub(r"\[.*\]|--?[a-z0-9-]+", "", cell) for cell in re.findall(cell, text, re.MULTILINE)]
    assert found
    assert set(re.findall("[A-Za-z]{2,}", " ".join(found))) <= {"URL", "JSON", "auto"}


@pytest.mark.parametrize("folder", ["reference", "zh/reference"])
def test_every_flag_of_every_command_is_in_the_manual_and_no_other(folder: str):
    """Read back from the page itself, so that a fault of the generator is seen, too."""
    page = (ROOT / "docs" / folder / "commands.md").read_text("utf-8")
    sections = re.split(r"^## bvup ([a-z -]+) \{ #.*$", page, flags=re.MULTILINE)[1:]
    written = dict(zip(sections[::2], sections[1::2], strict=True))
    cells = {name: re.findall(r"^\| `([^`]*)`", written[name], re.MULTILINE) for name in commands()}
    told = {name: set(FLAG.findall(" ".join(found))) for name, found in cells.items()}
    assert told == {name: flags - EVERYWHERE for name, flags in commands().items()}


def test_no_page_names_a_flag_of_bvup_that_it_does_not_have():
    """Looked for in lines that name `bvup`; other programs have flags of their own."""
    known = set[str]().union(*commands().values()) | {"--version"}
    pages = [*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")]
    lines = [line for page in pages for line in page.read_text("utf-8").splitlines() if "bvup" in line]
    assert {flag for line in lines for flag in FLAG.findall(line)} <= known


@pytest.mark.parametrize("page", ["reference/errors.md", "zh/reference/errors.md"])
def test_the_pages_of_errors_have_every_kind_that_an_error_can_have(page: str):
    """Those that are written down where an error is made, too."""
    code = "".join(file.read_text("utf-8") for file in (ROOT / "src" / "bilibili_api").rglob("*.py"))
    kinds = set(re.findall(r'\bkind(?:: str)? ?= ?"([A-Z][A-Z_]+)"', code)) | {rule.kind for rule in RULES}
    written = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / page).read_text("utf-8")))
    assert kinds - {"ERROR"} <= written


def test_every_page_is_in_the_navigation_and_no_other():
    """In that of its language; a page that nothing leads to is read by nobody."""
    for folder, config in (("", "zensical.toml"), ("zh", "zensical.zh.toml")):
        there = {
            page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs" / folder).rglob("*.md")
        }
        named = re.findall(r'= "([^"]+\.md)"', (ROOT / config).read_text("utf-8"))
        assert sorted(named) == sorted(page for page in there if folder or not page.startswith("zh/"))
