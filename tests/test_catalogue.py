"""Everything that is said can be said in every language."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bilibili_api.apps.cli.help import units
from bilibili_api.language import DOMAIN, LOCALE

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "bilibili_api"
ASIDE = {"add_note", "cast", "compile", "debug", "execute", "fullmatch", "match", "search", "sub"}
"""Calls whose texts no user reads."""
SAYING = {"say": 1, "t": 1, "several": 3, "tn": 3, "count": 2}
"""What says its first arguments, in which `tools/make_catalogue.py` finds messages."""
PROGRAMMERS = {
    "AttributeError",
    "FrozenInstanceError",
    "ImportError",
    "RuntimeError",
    "TypeError",
    "ValueError",
}
"""Errors that tell a programmer of a mistake."""
NOT_SAID = {
    "__init__.py": "warns programmers of a rival package",
    "apps/cli/click_words.py": "is a list of what click says",
    "apps/cli/advice.py": "takes sentences of the library apart; the catalogue has what it makes of them",
    "apps/cli/orders.py": "orders what the simulator answers",
    "engine/local_page.py": "has a policy for browsers",
    "protocol/fields.py": "explains fields to programmers",
    "protocol/video_meta.py": "explains fields to programmers",
    "redaction.py": "mends log records",
    "utils/AsyncEvent.py": "speaks to programmers",
    "utils/delivery.py": "speaks to programmers",
    "utils/sync.py": "speaks to programmers",
    "utils/thread_lane.py": "speaks to programmers",
}
PO = read_po(BytesIO((LOCALE / "zh" / "LC_MESSAGES" / f"{DOMAIN}.po").read_bytes()), locale="zh")
HELP = {str(one.id) for one in PO if any(where == "bvup --help" for where, _ in one.locations)}
MODULES = [file.relative_to(SOURCE).as_posix() for file in sorted(SOURCE.rglob("*.py"))]
SHOWN = {"simulator/browser.py", "simulator/qr_pages.py"}
"""What of the simulator a person's browser shows; the rest is what Bilibili answers."""
SQL = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|VALUES|PRAGMA|ALTER|PRIMARY|NOT NULL|BEGIN|AND)\b"
)
SENTENCE = re.compile(r"[a-z']+[,;:]? [a-z']+[,;:]? [a-z']+")
VERBATIM = re.compile(r"`[^`]*`|'[^']*'|\{[^{}]*\}")
"""Commands, values and fields in a translation."""
HALF_WIDTH = re.compile(r"(?<=[\u3400-\u9fff])[,.:;()?!]|[()](?=[\u3400-\u9fff])")


def test_the_catalogues_are_complete_and_up_to_date() -> None:
    """Each message of the code has its translation; `python tools/make_catalogue.py` lists what is missing."""
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "make_catalogue.py", "--check"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONIOENCODING": "utf-8"},
    )
    assert done.stdout == ""
    assert done.returncode == 0


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in MODULES
        if name not in NOT_SAID and (name in SHOWN or not name.startswith("simulator/"))
    ],
)
def test_each_sentence_can_be_translated(name: str) -> None:
    """What looks like a sentence is said by `say` or its like, or is help."""
    found = Unsaid()
    found.visit(ast.parse((SOURCE / name).read_text(encoding="utf-8")))
    assert found.texts == []


def test_chinese_has_punctuation_of_its_own() -> None:
    """No comma, stop, colon or bracket of half the width stands beside a Chinese character."""
    strings = (one.string for one in PO if one.id)
    said = [text for each in strings for text in ((each,) if isinstance(each, str) else each or ())]
    assert [text for text in said if HALF_WIDTH.search(VERBATIM.sub("", text))] == []


def test_what_needs_no_translation_is_there() -> None:
    """No module is left out that has gone."""
    assert NOT_SAID.keys() | SHOWN <= set(MODULES)


def _is_help(text: str) -> bool:
    """Whether a text consists of what is translated when help is shown."""
    return all(unit.replace("{", "{{").replace("}", "}}") in HELP for unit in units(text))


def _texts(node: ast.expr) -> tuple[ast.expr, ...]:
    """Return what an argument may be."""
    return (*_texts(node.body), *_texts(node.orelse)) if isinstance(node, ast.IfExp) else (node,)


class Unsaid(ast.NodeVisitor):
    """Collects the sentences that are said by nothing."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._said: set[int] = set()

    def visit_Expr(self, node: ast.Expr) -> None:  # docstrings
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in ASIDE | PROGRAMMERS:
            return
        self._said |= {id(text) for one in node.args[: SAYING.get(name, 0)] for text in _texts(one)}
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._look("".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values))
        for one in node.values:
            if isinstance(one, ast.FormattedValue):
                self.visit(one.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and id(node) not in self._said:
            self._look(node.value)

    def _look(self, text: str) -> None:
        if SENTENCE.search(text) and not SQL.search(text) and not _is_help(text):
            self.texts.append(text)
