"""The code blocks of the documentation, and what may be done with each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK: Final = re.compile(
    r"(?:^<!-- (?P<mark>parsed|shown): (?P<reason>[^\n]+) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of code.

    Attributes:
        kind: The language it is said to be in.
        text: What stands in it.
        line: Where it begins.
        mark: "" if it is to be run, "parsed" if it is only read by the parser or compiler, "shown" if not even that.
        reason: Why it is not run.
    """

    kind: str
    text: str
    line: int
    mark: str
    reason: str


def blocks_of(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page in which something could be run.

    A comment above a block says why it is not run: `<!-- parsed: it needs a phone -->` has the words only
    parsed, `<!-- shown: it is about another program -->` not even that.
    """
    text = page.read_text("utf-8")
    for found in BLOCK.finditer(text):
        if found["kind"] in {"sh", "python"}:
            line = text.count("\n", 0, found.start()) + 1
            yield Block(found["kind"], found["text"], line, found["mark"] or "", found["reason"] or "")


def commands_of(text: str) -> Iterator[str]:
    """Yield the commands of a block, without comments, with lines that go on joined."""
    for line in text.replace("\\\n", " ").splitlines():
        said = re.sub(r"(^|\s)#.*$", "", line).strip()
        if said:
            yield said
