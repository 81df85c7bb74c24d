"""What is said in English is said in Chinese: the same pages, the same blocks, the same names and figures."""

from __future__ import annotations

import re
from itertools import zip_longest
from pathlib import Path

import pytest
from tests.docs.blocks import blocks_of

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(page.stem for page in DOCS.glob("*.md"))
PAIRS = [(DOCS / f"{page}.md", DOCS / "zh" / f"{page}.md") for page in PAGES]
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
PRINTED = re.compile(r"```(?:text)?\n")
"""How a block begins that shows what is printed, which is Chinese there."""
COMMENT = re.compile(r"(?:^|(?<=\s))#(?!:).*$", re.MULTILINE)

each_page = pytest.mark.parametrize(
    ("english", "chinese"),
    [*PAIRS, (ROOT / "README.md", ROOT / "README.zh-CN.md")],
    ids=lambda page: page.name,
)


def words_of(block: str) -> list[str]:
    """The words of a block without its comments; what stands in quotes is one."""
    return re.findall(r'"[^"\n]*"|[^\s"]+', COMMENT.sub("", block))


def names_in(page: Path) -> set[str]:
    """What stands between backticks, unless it is Chinese, and the cells of tables that are figures."""
    text = page.read_text("utf-8")
    spans = {
        " ".join(span.split()) for span in re.findall(r"`([^`]+)`", BLOCK.sub("", text)) if span.isascii()
    }
    return spans | set(re.findall(r"(?<=\|) [-+\d][-+\d,. %]* (?=\|)", text))


def test_every_page_is_there_in_chinese_and_no_other():
    assert sorted(page.stem for page in (DOCS / "zh").glob("*.md")) == PAGES


@each_page
def test_the_blocks_are_the_same_but_for_comments_and_what_is_chinese(english: Path, chinese: Path):
    blocks = [BLOCK.findall(page.read_text("utf-8")) for page in (english, chinese)]
    for ours, theirs in zip_longest(*blocks, fillvalue=""):
        if PRINTED.match(ours) and PRINTED.match(theirs):
            continue
        words = zip_longest(words_of(ours), words_of(theirs), fillvalue="")
        assert [pair for pair in words if pair[0] != pair[1] and pair[1].isascii()] == []


@each_page
def test_a_block_that_is_run_in_english_is_at_least_parsed_in_chinese(english: Path, chinese: Path):
    marks = ([block.mark for block in blocks_of(page)] for page in (english, chinese))
    assert {(one, other) for one, other in zip(*marks, strict=True) if one != other} <= {("", "parsed")}


@each_page
def test_the_names_and_figures_are_the_same(english: Path, chinese: Path):
    ours, theirs = names_in(english), names_in(chinese)
    assert (ours - theirs, theirs - ours) == (set(), set())
