"""What the library says while it works, shown to a person."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING

from bilibili_api.saying import Said

from .language import in_words, t
from .outlet import aside
from .text import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class Notes(logging.Handler):
    """Hands on what the library says while it works: what it waits for, what it tries again."""

    def __init__(self, tell: Callable[[str], None], level: int) -> None:
        super().__init__(level)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        """Show one message."""
        try:
            said = copy(record)  # others, with a language of their own, may hear of it as well
            if isinstance(record.msg, Said) and not record.args:
                said.msg = in_words(record.msg)
            self._tell(self.format(said))
        except Exception:  # noqa: BLE001 - a message that cannot be shown must not end an upload
            self.handleError(record)


@contextmanager
def listening(tell: Callable[[str], None], *, verbose: bool) -> Generator[None]:
    """Show the library's log, already cleaned of secrets, as notes."""
    log = logging.getLogger("bilibili_api")
    notes, before, spread = Notes(tell, logging.DEBUG if verbose else logging.INFO), log.level, log.propagate
    log.addHandler(notes)
    log.setLevel(notes.level)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(notes)
        log.setLevel(before)
        log.propagate = spread


@contextmanager
def warned() -> Generator[None]:
    """Write what the library warns of to standard error: that a journal was set aside, for instance."""
    with listening(lambda text: aside(t("bvup: warning: {text}", text=safe(text))), verbose=False):
        yield
