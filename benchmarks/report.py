"""The figures as tables, on the terminal and in docs/performance.md, in English and in Chinese."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import chinese

from bilibili_api.engine.libcurl import LIBRARIES
from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bilibili_api.saying import Said

HEAD = """# Performance

Written by `make bench`; see `benchmarks/README.md` for what is measured and how.
Figures of different runs or machines do not compare: only those of one table do.

"""

TAIL = """## Three kinds of weather

![Rate, window and line over time](weather.png)

Drawn by `python -m benchmarks.weather` from what an upload tells: its events and, twice a second, its
progress. The simulator makes the weather: parts of 256 KiB, 1 MB/s for each connection, 60 ms before each
answer.

- **Steady**: 8 MB/s for all connections together. Wanted: as many parts at once as fill them.
- **Capped, with loss**: 4 MB/s, after 15 seconds 2 MB/s, and one part in 25 loses its connection halfway.
- **Endpoint dying**: after 12 seconds the line takes no more than 50 KB/s, without an error.
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `limit` is the most that it should be, `least` the least.

    Without a value it could not be measured.
    """

    what: Said
    value: float | None
    unit: str
    limit: float | None = None
    least: float | None = None

    @property
    def is_aimed(self) -> bool:
        return self.limit is not None or self.least is not None

    def cells(self) -> tuple[str, str, str, str]:
        """Return what the row of the table says."""
        unit = f" {self.unit}" if self.unit else ""
        wanted = "" if self.limit is None else say("at most {value}", value=f"{self.limit:g}{unit}")
        if self.least is not None:
            wanted = say("at least {value}", value=f"{self.least:g}{unit}")
        if self.value is None:
            return self.what, "", wanted, ""
        digits = 0 if self.unit in {"MiB", "ms"} else 2
        return self.what, f"{self.value:.{digits}f}{unit}", wanted, self._verdict(self.value)

    def _verdict(self, value: float) -> str:
        if not self.is_aimed:
            return ""
        is_met = (self.limit is None or value <= self.limit) and (self.least is None or value >= self.least)
        return say("yes") if is_met else say("**no**")


@dataclass(frozen=True, slots=True)
class Section:
    """One table."""

    name: Said
    figures: Sequence[Figure]

    def lines(self, words: Callable[[str], str]) -> list[str]:
        """Return the table in a language; `words` says there what was said in English."""
        head = (say("what"), say("value"), say("target"), say("met"))
        rows = (head, *(figure.cells() for figure in self.figures))
        first, *others = (f"| {' | '.join(map(words, row))} |" for row in rows)
        return [f"## {words(self.name)}", "", first, "|---|---|---|---|", *others, ""]


def write(what: Said, sections: Sequence[Section], folder: Path | None) -> None:
    """Print the tables, and put the document into a folder, the Chinese one into `zh`, if one is given."""
    day, here = f"{datetime.now(UTC):%Y-%m-%d}", machine()
    first = [say("{day}, {machine}.", day=day, machine=here), say("{what}.", what=what)]
    aimed = [row for section in sections for row in section.figures if row.is_aimed]
    tables = [Section(say("Targets"), aimed), *sections]
    text = _text(first, tables, str)
    print(text)
    if folder is not None:
        (folder / "performance.md").write_text(f"{HEAD}{text}\n{TAIL}", "utf-8")
        text = _text(first, tables, chinese.in_chinese)
        (folder / "zh" / "performance.md").write_text(f"{chinese.HEAD}{text}\n{chinese.TAIL}", "utf-8")


def _text(first: Sequence[Said], tables: Sequence[Section], words: Callable[[str], str]) -> str:
    paragraphs = (line for sentence in first for line in (words(sentence), ""))
    return "\n".join([*paragraphs, *(line for table in tables for line in table.lines(words))])


def machine() -> Said:
    """Describe the machine in one line."""
    return say(
        "{processor}, {cores} cores, Linux {kernel}, Python {python}, {libraries} (ours), {curl}",
        processor=_processor(),
        cores=os.cpu_count(),
        kernel=platform.release(),
        python=platform.python_version(),
        libraries=" ".join(LIBRARIES),
        curl=_curl(),
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _curl() -> str:
    said = subprocess.run(["curl", "--version"], check=True, capture_output=True, text=True).stdout
    return " ".join(said.split()[:2] + [word for word in said.split() if word.startswith("OpenSSL/")])
