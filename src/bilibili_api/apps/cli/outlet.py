"""Lines to a person on standard output."""

from __future__ import annotations

import io
import os
import shutil
import sys
from typing import IO, cast

import click

from .text import wrap
from .told import is_json, is_quiet


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
            click.echo("\n".join(lines), err=True)
            return
        width = shutil.get_terminal_size().columns if self.is_terminal else sys.maxsize
        self.draw(*(part for line in lines for part in wrap(line, width)))

    def draw(self, *lines: str) -> None:
        """Write lines as they are."""
        if not self.gone:
            try:
                self.stream.write("".join(line + "\n" for line in lines))
                self.stream.flush()
            except OSError:  # closed pipe, closed terminal, full disk: none is worth an upload
                self.leave()

    def leave(self) -> None:
        """Take it that nobody reads: what is under way goes on, and the interpreter's last flush succeeds."""
        self.gone = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.stream.fileno())
        os.close(nowhere)

    @property
    def is_terminal(self) -> bool:
        """Whether a live picture can be drawn."""
        if is_json() or is_quiet():
            return False
        return self.stream.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}
