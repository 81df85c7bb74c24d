"""What a terminal shows as SVG, and back."""

from __future__ import annotations

import html
import io
import re
from itertools import groupby
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

TEXT: Final = re.compile(
    r'<text class="(bvup-r\d+)" x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)"(.*?)>(.*?)</text>', re.DOTALL
)
CELL: Final = 12.2
"""Width of a cell; a wide character takes two."""
WIDE: Final = ' font-size="23"'
"""Wide characters that are as high as the narrow ones would stand far apart."""


def svg(command: str, width: int, shown: str) -> str:
    """Return a picture of a terminal, with the command in its first line."""
    console = Console(record=True, width=width, file=io.StringIO())
    console.print(Text(f"$ {command}"))
    console.print(Text.from_ansi(shown))
    made = console.export_svg(title="bvup", unique_id="bvup")
    made = re.sub(r"\s*@font-face \{.*?\}", "", made, flags=re.DOTALL)  # nothing is loaded from elsewhere
    made = TEXT.sub(_in_cells, made)
    return re.sub(r"[ \t]+$", "", made, flags=re.MULTILINE)


def _in_cells(found: re.Match[str]) -> str:
    """Give each run of wide or of narrow characters the cells that it takes: Rich takes all to be narrow."""
    kind, left, top, _, more, text = found.groups()
    made, start = "", float(left)
    for cells, run in groupby(html.unescape(text), cell_len):
        said = "".join(run)
        length = CELL * cell_len(said)
        if said.strip():
            place = f'class="{kind}" x="{start:g}" y="{top}" textLength="{length:g}"'
            shown = html.escape(said, quote=False).replace("\xa0", "&#160;")
            made += f"<text {place}{WIDE if cells > 1 else ''}{more}>{shown}</text>"
        start += length
    return made


def rows(drawing: str) -> list[str]:
    """Return the lines of a picture."""
    found: dict[str, str] = {}
    ends: dict[str, float] = {}
    for _, left, top, length, _, text in TEXT.findall(drawing):
        said = html.unescape(text).replace("\xa0", " ")
        gap = round((float(left) - ends.get(top, 0)) / CELL)
        found[top] = found.get(top, "") + " " * gap + said
        ends[top] = float(left) + float(length)
    return list(found.values())
