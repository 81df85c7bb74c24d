"""A terminal, in which a program runs until it shows what is wanted."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import sys
import termios
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEIGHT: Final = 50
STEP: Final = re.compile(r"\x1b\[(\d*)([A-Za-z])|\x1b\[\?[0-9]*[a-z]|(\r)|(\n)|([^\x1b\r\n]+)|\x1b")


class Screen:
    """The lines of a terminal, as far as a display needs it that redraws whole lines."""

    def __init__(self) -> None:
        self.lines = [""]
        self._row = 0
        self._is_whole = False

    def feed(self, written: str) -> Iterator[str]:
        """Take what a program has written, cursor movements and colours included.

        Yields:
            What was shown whenever the program began to draw anew.
        """
        for found in STEP.finditer(re.sub(r"\x1b\[([0-9;]*)m", "\x00\\1\x01", written)):
            number, letter, _, down, text = found.groups()
            if letter == "A":
                self._row = max(0, self._row - int(number or 1))
            elif letter == "K":
                if self._is_whole:
                    yield self.shown()
                self.lines[self._row] = ""
                self._is_whole = False
            elif down:
                self._row += 1
                self.lines += [""] * (self._row + 1 - len(self.lines))
            elif text:
                self.lines[self._row] += text
                self._is_whole = True

    def shown(self) -> str:
        """Return the lines with their colours."""
        return re.sub("\x00([0-9;]*)\x01", "\x1b[\\1m", "\n".join(self.lines)).rstrip("\n")


Wanted: TypeAlias = tuple[int, int]
"""The percentage of the last bar at which a picture is taken, and that at which the program is killed."""


async def taken(
    words: list[str], width: int, wanted: Wanted | None, folder: Path, env: dict[str, str]
) -> str:
    """Call `bvup`, and return what it shows.

    Args:
        words: What is called.
        width: Cells of the terminal.
        wanted: When; None: at its end.
        folder: Where it is called.
        env: All its variables.
    """
    near, far = pty.openpty()
    termios.tcsetwinsize(far, (HEIGHT, width))
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
        for shown in screen.feed(written):
            reached = [part <= _share(shown) for part in wanted or ()]
            if reached and reached[0] and not best:
                best = shown
            if reached and reached[1]:
                process.kill()
    await process.wait()
    os.close(near)
    return best or screen.shown()


def _share(shown: str) -> int:
    """Return the percentage of the last bar, which is that of the total."""
    return int(next(reversed(re.findall(r"(\d+)%", shown)), "0"))


def _read(near: int) -> str:
    try:
        return os.read(near, 65536).decode("utf-8", "replace")
    except OSError:  # what Linux says when the last process has closed its end
        return ""
