"""A terminal made by the system, for what `bvup` shows and asks only there."""

from __future__ import annotations

import codecs
import os
import pty
import re
import signal
import subprocess
import sys
import termios

from tests.apps.stage import PATIENCE, end_with_the_test

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A terminal of a given size with `bvup` running in it."""

    def __init__(self, args: list[str], width: int, env: dict[str, str], height: int = 30) -> None:
        self._near, far = pty.openpty()
        termios.tcsetwinsize(far, (height, width))
        settings = {**env, "TERM": env.get("TERM", "xterm-256color")}
        self.child = subprocess.Popen(
            [sys.executable, "-m", "bilibili_api.apps.cli", *args],
            env=settings,
            stdin=far,
            stdout=far,
            stderr=far,
        )
        end_with_the_test(self.child)
        os.close(far)
        self.written = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a block may end inside a character

    def read(self, until: str | None = None) -> str:
        """Read until `until` was written, or to the end."""
        while until is None or until not in self.written:
            try:
                block = os.read(self._near, 65536)
            except OSError:  # Linux says "input/output error" when nobody writes any more
                break
            if not block:
                break
            self.written += self._decoder.decode(block)
        return self.written

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._near, f"{text}\n".encode())

    def end(self) -> int:
        """Read to the end and return the exit code."""
        self.read()
        os.close(self._near)
        return self.child.wait(PATIENCE)

    def vanish(self) -> int:
        """Close it, as a window is closed in which somebody works, and return the exit code."""
        os.close(self._near)
        self.child.send_signal(signal.SIGHUP)
        return self.child.wait(PATIENCE)
