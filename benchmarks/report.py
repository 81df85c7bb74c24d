"""The figures as one table, on the terminal and in docs/performance.md."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bilibili_api.engine.connection import LIBRARIES

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    what: str
    value: float | None
    unit: str
    limit: float | None = None
    least: float | None = None

    @property
    def is_aimed(self) -> bool:
        return self.limit is not None or self.least is not None

    def row(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        wanted = "" if self.limit is None else f"at most {self.limit:g}{unit}"
        if self.least is not None:
            wanted = f"at least {self.least:g}{unit}"
        if self.value is None:
            return f"| {self.what} | | {wanted} | |"
        digits = 0 if self.unit in {"MiB", "ms"} else 2
        return f"| {self.what} | {self.value:.{digits}f}{unit} | {wanted} | {self._verdict(self.value)} |"

    def _verdict(self, value: float) -> str:
        if not self.is_aimed:
            return ""
        is_met = (self.limit is None or value <= self.limit) and (self.least is None or value >= self.least)
        return "yes" if is_met else "**no**"


@dataclass(frozen=True, slots=True)
class Section:
    """One table."""

    name: str
    figures: Sequence[Figure]

    def lines(self) -> list[str]:
        head = [f"## {self.name}", "", "| what | value | target | met |", "|---|---|---|---|"]
        return [*head, *(figure.row() for figure in self.figures), ""]


def write(what: str, sections: Sequence[Section], document: Path | None) -> None:
    """Print the tables, and put them into the document if one is given."""
    first = [f"{datetime.now(UTC):%Y-%m-%d}, {machine()}.", "", f"{what}.", ""]
    aimed = Section("Targets", [row for section in sections for row in section.figures if row.is_aimed])
    text = "\n".join([*first, *(line for section in (aimed, *sections) for line in section.lines())])
    print(text)
    if document is not None:
        document.write_text(f"{HEAD}{text}\n{TAIL}", "utf-8")


def machine() -> str:
    """Describe the machine in one line."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, Linux {platform.release()}, "
        f"Python {platform.python_version()}, {' '.join(LIBRARIES)} (ours), {_curl()}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _curl() -> str:
    said = subprocess.run(["curl", "--version"], check=True, capture_output=True, text=True).stdout
    return " ".join(said.split()[:2] + [word for word in said.split() if word.startswith("OpenSSL/")])
