"""Lines to a person on standard output."""

from __future__ import annotations

import io
import os
import shutil
import sys
from typing import IO, Final, cast

from bilibili_api.saying import because

from .language import t
from .text import wrap
from .told import is_json, is_quiet, lose

WIDEST: Final = 100
"""Cells at which a sentence is broken, however wide a terminal is."""


class Outlet:
    """Writes lines at once; falls silent when they cannot be written any more (`| head -1`)."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        found = stream or cast("IO[str] | None", sys.stdout)  # None where it was closed (`>&-`)
        self.gone = found is None
        self.stream = io.StringIO() if found is None else found

    def say(self, *lines: str) -> None:
        """Remark on what happens; with `-q`, nothing."""
        if not is_quiet():
            self.tell(*lines)

    def tell(self, *lines: str) -> None:
        """Write what was asked for, or needs somebody; on a terminal it breaks between words.

        Standard output is for programs with `--json`: then it goes to standard error.
        """
        if is_json():
            aside(*lines)
        else:
            self.draw(*(part for line in lines for part in wrap(line, self.width)))

    def draw(self, *lines: str) -> None:
        """Write lines as they are."""
        if not self.gone:
            try:
                self.stream.write("".join(line + "\n" for line in lines))
                self.stream.flush()
            except BrokenPipeError:
                self.leave()
            except OSError as error:  # a closed terminal, a full disk: neither is worth an upload
                self.leave()
                lose()
                aside(t("bvup: what follows cannot be written: {reason}", reason=because(error)))

    def leave(self) -> None:
        """Take it that nobody reads: what is under way goes on, and the interpreter's last flush succeeds."""
        self.gone = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.stream.fileno())
        os.close(nowhere)

    @property
    def width(self) -> int:
        """Cells of a line; without a terminal there is no end to them."""
        return shutil.get_terminal_size().columns if self.stream.isatty() else sys.maxsize

    @property
    def is_terminal(self) -> bool:
        """Whether a live picture can be drawn."""
        if is_json() or is_quiet():
            return False
        return self.stream.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}


def aside(*lines: str) -> None:
    """Write to standard error; on a terminal lines break between words."""
    stream, width = cast("IO[str] | None", sys.stderr) or io.StringIO(), width_of_errors()
    Outlet(stream).draw(*(part for line in "\n".join(lines).split("\n") for part in wrap(line, width)))


def width_of_errors() -> int:
    """Return the cells of a line on standard error."""
    stream = cast("IO[str] | None", sys.stderr)
    if stream is None or not stream.isatty():
        return sys.maxsize
    here = os.get_terminal_size(stream.fileno())  # standard output may be elsewhere
    return min(shutil.get_terminal_size((here.columns or 80, here.lines)).columns, WIDEST)
