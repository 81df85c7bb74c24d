"""Makes docs/pictures: `bvup` in a terminal, at work against the simulator.

Run from the checkout: `python tools/make_pictures.py`; with `--check`, nothing is written, and it fails where
a picture shows other words than `bvup` says now. Needs a system with pseudo terminals.
"""

from __future__ import annotations

import asyncio
import html
import io
import os
import pty
import re
import sys
import tempfile
import termios
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from bilibili_api.apps.cli.demo import MEDIA
from bilibili_api.simulator import Simulator

FOLDER: Final = Path(__file__).parent.parent / "docs" / "pictures"
HEIGHT: Final = 50
SIZES: Final = {"P1.mp4": 14_000_000, "P2.mp4": 9_000_000, "第一天.mp4": 12_000_000, "第二天.mp4": 11_000_000}
MOST_HAS_GONE: Final = re.compile(r"Total.*\b[5-7]\d%")
STEP: Final = re.compile(r"\x1b\[(\d*)([A-Za-z])|\x1b\[\?[0-9]*[a-z]|(\r)|(\n)|([^\x1b\r\n]+)|\x1b")
ROW: Final = re.compile(r'<text class="bvup-r\d+" x="[\d.]+" y="([\d.]+)"[^>]*>(.*?)</text>')
PERSONAL: Final = re.compile(r"^(BVUP_|COV_|COLUMNS$|LINES$|LANG|LC_|NO_COLOR$)|_proxy$", re.IGNORECASE)
"""Variables whose values would be seen in a picture."""
TIMINGS: Final = (
    (re.compile(r"^(\d\d:){2}\d\d line .*|^line .*|^ *(?:(?:the )?next )?(?:is )?\S+ with .*B/s.*"), "line"),
    (re.compile(r"^(?:ok|note|BAD) +(.*?): .*"), r"finding: \1"),
    (re.compile(r"^Nothing stands in the way.*|^\d+ findings? to be mended.*"), "verdict"),
    (re.compile(r"\d+ chunks? (is|are) stored"), "chunks are stored"),
    (re.compile(r"-- MB/s, -:-- left"), "0/s, 0 left"),
    (re.compile(r"BV\w{10}"), "BV"),
    (re.compile(r"[━╸─]+"), "bar"),
    (re.compile(r"\d[\d.:/-]*( ([kMG]?B\b|min|s|h|d)\b)*"), "0"),
    (re.compile(r"\s+"), " "),
)
"""What is another one each time, and what stands for it where pictures are compared."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture.

    Attributes:
        name: The file's name.
        command: What is called.
        width: Cells of the terminal.
        moment: Taken when the screen shows this, and the program is killed then; None: at its end.
    """

    name: str
    command: str
    width: int = 88
    moment: re.Pattern[str] | None = None


UPLOAD: Final = "bvup upload P1.mp4 P2.mp4 --title Trip --tag travel --tid 21"
NARROW: Final = "bvup upload 第一天.mp4 第二天.mp4 --title 旅行 --tag 旅行 --tid 日常"
PICTURES: Final = (
    Picture("upload", f"{UPLOAD} --rate 8M --limit 3", 100, MOST_HAS_GONE),
    Picture("jobs", "bvup jobs"),
    Picture("resume", "bvup resume 1"),
    Picture("narrow", f"{NARROW} --rate 8M", 60, MOST_HAS_GONE),
    Picture("dry-run", f"{UPLOAD} --submit app --dtime +1d --line bda2 --dry-run"),
    Picture("doctor", "bvup doctor", 100),
)
"""In this order: what is resumed was killed before."""


class Screen:
    """The lines of a terminal, as far as a display needs it that redraws whole lines."""

    def __init__(self) -> None:
        self.lines = [""]
        self._row = 0

    def feed(self, written: str) -> None:
        """Take what a program has written, cursor movements and colours included."""
        for found in STEP.finditer(re.sub(r"\x1b\[([0-9;]*)m", "\x00\\1\x01", written)):
            number, letter, _, down, text = found.groups()
            if letter == "A":
                self._row = max(0, self._row - int(number or 1))
            elif letter == "K":
                self.lines[self._row] = ""
            elif down:
                self._row += 1
                self.lines += [""] * (self._row + 1 - len(self.lines))
            elif text:
                self.lines[self._row] += text

    def shown(self) -> str:
        """Return the lines with their colours."""
        return re.sub("\x00([0-9;]*)\x01", "\x1b[\\1m", "\n".join(self.lines)).rstrip("\n")


async def taken(picture: Picture, folder: Path, env: dict[str, str]) -> str:
    """Call a command in a terminal, and return what it shows at the moment that is wanted."""
    near, far = pty.openpty()
    termios.tcsetwinsize(far, (HEIGHT, picture.width))
    words = picture.command.split()[1:]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bilibili_api.apps.cli", *words),
        cwd=folder,
        env=env,
        stdin=far,
        stdout=far,
        stderr=far,
    )
    os.close(far)
    screen, best = Screen(), ""
    while written := await asyncio.to_thread(_read, near):
        screen.feed(written)
        if picture.moment is not None and not best and picture.moment.search(screen.shown()):
            best = screen.shown()
            process.kill()
    await process.wait()
    os.close(near)
    return best or screen.shown()


def _read(near: int) -> str:
    try:
        return os.read(near, 65536).decode("utf-8", "replace")
    except OSError:  # what Linux says when the last process has closed its end
        return ""


async def drawn() -> dict[str, str]:
    """Return all pictures, by their names."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, size in SIZES.items():
            (folder / file).write_bytes(film(size))
        async with Simulator(era="today") as simulator:
            (folder / "cookies.json").write_text(simulator.cookies_json(), "utf-8")
            (folder / "cookies.json").chmod(0o600)
            given = {
                "BVUP_SERVER": simulator.url,
                "BVUP_CA": str(simulator.ca_file),
                "BVUP_HOME": str(folder / "home"),
            }
            ours = {"TERM": "xterm-256color", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}
            kept = {
                variable: value for variable, value in os.environ.items() if not PERSONAL.search(variable)
            }
            env = {**kept, **given, **ours}
            await taken(Picture("", "bvup account import cookies.json"), folder, env)
            plain = ((simulator.url, "https://127.0.0.1:8443"), (name, "~"))
            return {one.name: svg(one, await taken(one, folder, env), plain) for one in PICTURES}


def film(size: int) -> bytes:
    """Return a video of this many bytes: that of the demonstration, and behind it what players pass over."""
    video = (MEDIA / "P1.mp4").read_bytes()
    return video + (size - len(video)).to_bytes(4) + b"free" + bytes(size - len(video) - 8)


def svg(picture: Picture, shown: str, plain: tuple[tuple[str, str], ...]) -> str:
    """Return a picture of what is shown; `plain` has what depends on the machine, and what stands for it."""
    for ours, theirs in plain:
        shown = shown.replace(ours, theirs)
    console = Console(record=True, width=picture.width, file=io.StringIO())
    console.print(Text(f"$ {picture.command}"))
    console.print(Text.from_ansi(shown))
    made = console.export_svg(title="bvup", unique_id="bvup")
    made = re.sub(r"\s*@font-face \{.*?\}", "", made, flags=re.DOTALL)  # nothing is loaded from elsewhere
    return re.sub(r"[ \t]+$", "", made, flags=re.MULTILINE)


def said(drawing: str) -> list[str]:
    """Return the lines of a picture without what is another one each time."""
    rows: dict[str, str] = {}
    for place, text in ROW.findall(drawing):
        rows[place] = rows.get(place, "") + html.unescape(text).replace("\xa0", " ")
    lines: list[str] = []
    for row in rows.values():
        if not (row.startswith("  ") and lines and lines[-1].startswith("finding")):  # details of a machine
            lines.append(_timeless(row))
    return lines


def _timeless(row: str) -> str:
    for pattern, word in TIMINGS:
        row = pattern.sub(word, row)
    return row.strip()


def differences(drawings: dict[str, str]) -> list[str]:
    """Return what the pictures that are kept show otherwise; remarks that come at some time may be more."""
    found: list[str] = []
    for name, drawing in drawings.items():
        path = FOLDER / f"{name}.svg"
        kept, now = said(path.read_text("utf-8")) if path.exists() else [], said(drawing)
        expected = [line for line in now if not line.startswith("0 ")]
        found += [f"{path.name}, gone: {line}" for line in kept if line not in now]
        found += [f"{path.name}, new: {line}" for line in expected if line not in kept]
    return found


def main() -> None:
    """Make the pictures, or compare them."""
    drawings = asyncio.run(drawn())
    if "--check" in sys.argv[1:]:
        if found := differences(drawings):
            sys.exit("\n".join([*found, "Other words than in the pictures: python tools/make_pictures.py"]))
        return
    FOLDER.mkdir(exist_ok=True)
    for name, drawing in drawings.items():
        (FOLDER / f"{name}.svg").write_text(drawing, "utf-8")


if __name__ == "__main__":
    main()
