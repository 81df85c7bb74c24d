"""Makes docs/pictures/upload.svg: `bvup upload` in a terminal, in the middle of an upload to the simulator.

Run from the checkout: `python tools/make_pictures.py`. Needs a system with pseudo terminals.
"""

from __future__ import annotations

import asyncio
import io
import os
import pty
import re
import sys
import tempfile
import termios
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from bilibili_api.simulator import Simulator

PICTURE: Final = Path(__file__).parent.parent / "docs" / "pictures" / "upload.svg"
WIDTH, HEIGHT = 88, 40
SIZES: Final = {"P1.mp4": 14_000_000, "P2.mp4": 9_000_000}
MOMENT: Final = re.compile(r"Total.*\b[56]\d%")
COMMAND: Final = "upload P1.mp4 P2.mp4 --title Trip --tag travel --tid 21 --rate 4M"
STEP: Final = re.compile(r"\x1b\[(\d*)([A-Za-z])|\x1b\[\?[0-9]*[a-z]|(\r)|(\n)|([^\x1b\r\n]+)|\x1b")


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


async def frame(simulator: Simulator, folder: Path) -> str:
    """Upload two videos in a terminal, and return what it shows when most has gone."""
    near, far = pty.openpty()
    termios.tcsetwinsize(far, (HEIGHT, WIDTH))
    (folder / "cookies.json").write_text(simulator.cookies_json(), "utf-8")
    (folder / "cookies.json").chmod(0o600)
    given = {
        "BVUP_SERVER": simulator.url,
        "BVUP_CA": str(simulator.ca_file),
        "BVUP_HOME": str(folder / "home"),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bilibili_api.apps.cli", *COMMAND.split(), "-u", "cookies.json"),
        cwd=folder,
        env={**os.environ, **given, "TERM": "xterm-256color", "PYTHONUTF8": "1"},
        stdin=far,
        stdout=far,
        stderr=far,
    )
    os.close(far)
    screen, best = Screen(), ""
    while written := await asyncio.to_thread(_read, near):
        screen.feed(written)
        if not best and MOMENT.search(screen.shown()):
            best = screen.shown()
    await process.wait()
    os.close(near)
    return best or screen.shown()


def _read(near: int) -> str:
    try:
        return os.read(near, 65536).decode("utf-8", "replace")
    except OSError:  # what Linux says when the last process has closed its end
        return ""


async def main() -> None:
    """Make the picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, size in SIZES.items():
            (folder / file).write_bytes(bytes(size))
        async with Simulator(era="today") as simulator:
            shown = await frame(simulator, folder)
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text(f"$ bvup {COMMAND}"))
    console.print(Text.from_ansi(shown))
    PICTURE.parent.mkdir(exist_ok=True)
    drawn = console.export_svg(title="bvup", unique_id="bvup")
    drawn = re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL)  # nothing is loaded from elsewhere
    PICTURE.write_text(re.sub(r"[ \t]+$", "", drawn, flags=re.MULTILINE), "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
