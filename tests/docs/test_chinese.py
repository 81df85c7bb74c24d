"""What is said in English is said in Chinese: the same pages, the same blocks, the same names and figures."""

from __future__ import annotations

import re
from itertools import zip_longest
from pathlib import Path

import pytest
from tests.docs.blocks import blocks_of

DOCS = Path(__file__).parents[2] / "docs"
ENGLISH_ONLY = {"design", "protocol"}
SHORT = {"performance", "differences-2021", "differences-today"}
"""Of these the Chinese pages say what is in them, and leave the tables to them."""
PAGES = sorted({page.stem for page in DOCS.glob("*.md")} - ENGLISH_ONLY)
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"(?:^|(?<=\s))#(?!:).*$", re.MULTILINE)

each_page_in_full = pytest.mark.parametrize("page", [page for page in PAGES if page not in SHORT])


def both(page: str) -> tuple[str, str]:
    return (DOCS / f"{page}.md").read_text("utf-8"), (DOCS / "zh" / f"{page}.md").read_text("utf-8")


def words_of(block: str) -> list[str]:
    """The words of a block without its comments; what stands in quotes is one."""
    return re.findall(r'"[^"\n]*"|[^\s"]+', COMMENT.sub("", block))


def names_in(text: str) -> set[str]:
    """What stands between backticks, unless it is Chinese, and the cells of tables that are figures."""
    spans = {span for span in re.findall(r"`([^`\n]+)`", BLOCK.sub("", text)) if span.isascii()}
    return spans | set(re.findall(r"(?<=\|) [-+\d][-+\d,. %]* (?=\|)", text))


def test_every_page_is_there_in_chinese_and_no_other():
    assert sorted(page.stem for page in (DOCS / "zh").glob("*.md")) == sorted([*PAGES, "errors"])


@each_page_in_full
def test_the_blocks_are_the_same_but_for_comments_and_what_is_chinese(page: str):
    english, chinese = map(BLOCK.findall, both(page))
    for ours, theirs in zip_longest(english, chinese, fillvalue=""):
        words = zip_longest(words_of(ours), words_of(theirs), fillvalue="")
        assert [pair for pair in words if pair[0] != pair[1] and pair[1].isascii()] == []


@each_page_in_full
def test_a_block_that_is_run_in_english_is_at_least_parsed_in_chinese(page: str):
    english, chinese = ([block.mark for block in blocks_of(DOCS / f"{at}{page}.md")] for at in ("", "zh/"))
    assert {(one, other) for one, other in zip(english, chinese, strict=True) if one != other} <= {
        ("", "parsed")
    }


@each_page_in_full
def test_the_names_and_figures_are_the_same(page: str):
    english, chinese = map(names_in, both(page))
    assert (english - chinese, chinese - english) == (set(), set())
