"""What the library says while it works, shown to a person."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, contextmanager
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


def listening(tell: Callable[[str], None], *, verbose: bool) -> AbstractContextManager[None]:
    """Show the library's log, already cleaned of secrets, as notes."""
    return _heard(Notes(tell, logging.DEBUG if verbose else logging.INFO))


def warned() -> AbstractContextManager[None]:
    """Write what the library warns of to standard error: what it waits for, that a journal was set aside."""
    return _heard(Notes(_warn, logging.WARNING))


def _warn(text: str) -> None:
    aside(t("bvup: warning: {text}", text=safe(text)))


@contextmanager
def _heard(notes: Notes) -> Generator[None]:
    """Let one hear the log, instead of those who heard it so far."""
    log = logging.getLogger("bilibili_api")
    others = [each for each in log.handlers if isinstance(each, Notes)]
    before, spread = log.level, log.propagate
    for each in others:
        log.removeHandler(each)
    log.addHandler(notes)
    log.setLevel(notes.level)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(notes)
        for each in others:
            log.addHandler(each)
        log.setLevel(before)
        log.propagate = spread
