"""Makes docs/pictures and docs/zh/pictures: `bvup` in a terminal, at work against the simulator.

Run from the checkout: `python tools/make_pictures.py`; with `--check`, nothing is written, and it fails where
an English picture shows other words than `bvup` says now, or a Chinese one words that it never says. Needs a
system with pseudo terminals.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po
from pictures.drawing import rows, svg
from pictures.terminal import taken
from rich.cells import cell_len

from bilibili_api.apps.cli.demo import MEDIA
from bilibili_api.language import DOMAIN, LOCALE
from bilibili_api.simulator import Simulator, Stall

DOCS: Final = Path(__file__).parent.parent / "docs"
FOLDERS: Final = {"en": DOCS / "pictures", "zh": DOCS / "zh" / "pictures"}
SIZES: Final = {"P1.mp4": 14_000_000, "P2.mp4": 9_000_000, "第一天.mp4": 12_000_000, "第二天.mp4": 11_000_000}
PERSONAL: Final = re.compile(r"^(BVUP_|COV_|COLUMNS$|LINES$|LANG|LC_|NO_COLOR$)|_proxy$", re.IGNORECASE)
"""Variables whose values would be seen in a picture."""
BAR: Final = re.compile(r"[━╸─]+")
TIMINGS: Final = (
    (re.compile(r"^(\d\d:){2}\d\d line .*"), "line"),
    (re.compile(r"^(?:ok|note|BAD) +(.*?): .*"), r"finding: \1"),
    (re.compile(r"^Nothing stands in the way.*|^\d+ findings? to be mended.*"), "verdict"),
    (re.compile(r"(\d of \d parts (and )?)?(\d+ chunks? )?(is|are) stored"), "chunks are stored"),
    (re.compile(r"-- MB/s, -:-- left"), "0/s, 0 left"),
    (re.compile(r"BV\w{10}"), "BV"),
    (BAR, "bar"),
    (re.compile(r"\d[\d.:/-]*( ([kMG]?B\b|min|s|h|d)\b)*"), "0"),
    (re.compile(r"\s+"), " "),
    (re.compile(r"\b0( 0)+\b"), "0"),
)
"""What is another one each time, and what stands for it where pictures are compared."""
CHINESE: Final = re.compile(r"[\u4e00-\u9fff]+")
NAMES: Final = ("旅行", "第一天", "第二天", "生活", "日常")
"""Chinese that is not of `bvup`: titles, files, partitions."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture.

    Attributes:
        name: The file's name.
        command: What is called.
        width: Cells of the terminal.
        is_at_work: Taken when half of it has gone, and the program is killed later; else at its end.
    """

    name: str
    command: str
    width: int = 88
    is_at_work: bool = False


NARROW: Final = "bvup upload 第一天.mp4 第二天.mp4 --title 旅行 --tag 旅行 --tid 日常"
ABOUT: Final = {"en": "--title Trip --tag travel", "zh": "--title 旅行 --tag 旅行"}


def pictures(language: str) -> tuple[Picture, ...]:
    """Return what is pictured, in this order: a plan, then its upload; what is resumed was killed before."""
    upload = f"bvup upload P1.mp4 P2.mp4 {ABOUT[language]} --tid 21"
    return (
        Picture("dry-run", f"{upload} --submit app --dtime +1d --line bda2 --dry-run"),
        Picture("upload", f"{upload} --rate 8M --limit 3", 100, is_at_work=True),
        Picture("jobs", "bvup jobs"),
        Picture("resume", "bvup resume 1"),
        Picture("narrow", f"{NARROW} --rate 8M", 60, is_at_work=True),
        Picture("doctor", "bvup doctor", 100),
    )


async def drawn(language: str) -> dict[str, str]:
    """Return all pictures, by their names."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, size in SIZES.items():
            (folder / file).write_bytes(film(size))
        async with Simulator(era="today") as simulator:
            (folder / "cookies.json").write_text(simulator.cookies_json(), "utf-8")
            (folder / "cookies.json").chmod(0o600)
            env = environment(simulator, folder / "home", language)
            plain = ((simulator.url, "https://127.0.0.1:8443"), (name, "~"))
            await taken(["account", "import", "cookies.json"], 88, None, folder, env)
            found: dict[str, str] = {}
            for one in pictures(language):
                if one.is_at_work:  # however busy this machine is, it cannot end before it is killed
                    simulator.faults.add("complete", Stall(), times=None)
                wanted = (50, 90) if one.is_at_work else None  # at the latter some chunks are surely stored
                shown = await taken(one.command.split()[1:], one.width, wanted, folder, env)
                simulator.faults.clear()
                for ours, theirs in plain:
                    shown = shown.replace(ours, theirs)
                found[one.name] = svg(one.command, one.width, shown)
            return found


def environment(simulator: Simulator, home: Path, language: str) -> dict[str, str]:
    """Return the variables of `bvup`: those of this process, but for what would be seen."""
    kept = {variable: value for variable, value in os.environ.items() if not PERSONAL.search(variable)}
    given = {"BVUP_SERVER": simulator.url, "BVUP_CA": str(simulator.ca_file), "BVUP_HOME": str(home)}
    ours = {"BVUP_LANG": language, "TERM": "xterm-256color", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}
    return {**kept, **given, **ours}


def film(size: int) -> bytes:
    """Return a video of this many bytes: that of the demonstration, and behind it what players pass over."""
    video = (MEDIA / "P1.mp4").read_bytes()
    return video + (size - len(video)).to_bytes(4) + b"free" + bytes(size - len(video) - 8)


def said(drawing: str, width: int) -> list[str]:
    """Return the lines of a picture without what is another one each time; broken ones are whole again."""
    lines: list[str] = []
    before = ""
    for row in rows(drawing):
        if before and _goes_on(before, row, width):
            lines[-1] += f" {row.strip()}"
        elif not (row.startswith("  ") and lines and re.match("ok|note|BAD", lines[-1])):  # of a machine
            lines.append(row)
        before = row
    return [_timeless(line) for line in lines]


def _goes_on(before: str, row: str, width: int) -> bool:
    """Tell whether a row is there only because its first word found no room in the one before."""
    if BAR.search(before + row):
        return False
    return cell_len(f"{before} {row.split(maxsplit=1)[0]}") > width


def _timeless(row: str) -> str:
    for pattern, word in TIMINGS:
        row = pattern.sub(word, row)
    return row.strip()


def differences(drawings: dict[str, str]) -> list[str]:
    """Return what the English pictures show otherwise; remarks that come at some time may be more."""
    found: list[str] = []
    for one in pictures("en"):
        path = FOLDERS["en"] / f"{one.name}.svg"
        kept = said(path.read_text("utf-8"), one.width) if path.exists() else []
        now = said(drawings[one.name], one.width)
        expected = [line for line in now if not line.startswith("0 ")]
        found += [f"{path.name}, gone: {line}" for line in kept if line not in now]
        found += [f"{path.name}, new: {line}" for line in expected if line not in kept]
    return found


def unsaid() -> list[str]:
    """Return the words of the Chinese pictures that no catalogue has any more."""
    catalogue = read_po(io.BytesIO((LOCALE / "zh" / "LC_MESSAGES" / f"{DOMAIN}.po").read_bytes()))
    texts = "\n".join([str(message.string) for message in catalogue] + [*NAMES])
    pieces = frozenset(CHINESE.findall(texts))

    def can_be_said(words: str) -> bool:
        """Tell whether a sentence has them, or one with the values of its fields."""
        ends = range(1, len(words))
        return words in texts or any(words[:end] in pieces and can_be_said(words[end:]) for end in ends)

    found: list[str] = []
    for one in pictures("zh"):
        path = FOLDERS["zh"] / f"{one.name}.svg"
        shown = CHINESE.findall("\n".join(rows(path.read_text("utf-8")))) if path.exists() else ["-"]
        found += [f"zh, {path.name}, gone: {words}" for words in shown if not can_be_said(words)]
    return found


def main() -> None:
    """Make the pictures, or compare them."""
    if "--check" in sys.argv[1:]:
        if found := [*differences(asyncio.run(drawn("en"))), *unsaid()]:
            sys.exit("\n".join([*found, "Other words than in the pictures: python tools/make_pictures.py"]))
        return
    for language, folder in FOLDERS.items():
        folder.mkdir(exist_ok=True)
        for name, drawing in asyncio.run(drawn(language)).items():
            (folder / f"{name}.svg").write_text(drawing, "utf-8")


if __name__ == "__main__":
    main()
