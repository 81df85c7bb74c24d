"""Keeps secrets out of everything a person or a log collector may read.

Two tools: `Secret` wraps a value that must only be shown on purpose, and `scrub` / `scrub_text` clean what
comes from outside (answers of the server, messages of libraries) before it enters an error, an event or a
log.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NoReturn, cast

from .saying import Said

MASK: Final = "***"

SENSITIVE_KEYS: Final = frozenset(
    {
        "ac_time_value",
        "access_key",
        "access_token",
        "auth",
        "auth_code",
        "authorization",
        "bili_jct",
        "bilicsrf",
        "captcha_key",
        "cookie",
        "csrf",
        "csrf_token",
        "dedeuserid__ckmd5",
        "gaia_vtoken",
        "gee_seccode",
        "gee_validate",
        "hash",
        "password",
        "proxy-authorization",
        "qrcode_key",
        "refresh_csrf",
        "refresh_token",
        "sessdata",
        "set-cookie",
        "sid",
        "sign",
        "tmp_code",
        "tmp_token",
        "username",
        "x-upos-auth",
    }
)
"""Names of members, headers, form fields and query parameters whose values are never shown (lower case)."""

_WHOLE_LINE: Final = ("authorization", "cookie", "proxy-authorization", "set-cookie", "x-upos-auth")
"""Headers: their values contain spaces, commas and semicolons."""
_DEEPEST: Final = 64
"""Levels of nesting that `scrub` follows; nothing the protocol knows is nested as deep."""
_LARGEST: Final = 100_000
"""Characters and values that `scrub` copies; nothing that explains an error is as large."""
_LEFT_OUT: Final = "..."


def _any_of(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_QUOTED = r"b?(?P<quote>\\*[\"'])(?:(?!(?P=quote))\\.|(?!(?P=quote)).)+"
_BARE = r"(?!(?:null|None)\b)[^\s&;,\"'}<>]+"
_LINE = r"[^\r\n\"'}]+"
_PAIR = (
    rf"(?P<start>(?:(?<![a-z0-9])|(?<=%[0-9a-f]{{2}}))(?:(?P<header>{_any_of(_WHOLE_LINE)})|{_any_of(SENSITIVE_KEYS)})"
    # in JSON, queries, headers and reprs; as a cookie of an answer or a pair; as a field of a form with files
    r"(?:(?:\\*[\"'])?\s*(?:=|:|%3d|%3a)\s*"
    r"|\\*[\"']\s*,\s*(?:\\*[\"']value\\*[\"']\s*:\s*)?(?=b?\\*[\"'])"
    r"|\\*[\"'](?:\r?\n|(?:\\r)?\\n){2}))"
    rf"(?:{_QUOTED}|(?(header){_LINE}|{_BARE}))"
)
_URL = re.compile(r"(?P<start>https?:(?:\\?/){2}[^\s?\"'<>]*)(?P<query>\?[^\s\"'<>]*)?", re.IGNORECASE)
_STEERING: Final = {
    number: repr(chr(number))[1:-1]
    for number in (
        *range(32),
        *range(127, 160),
        0x061C,
        0x200E,
        0x200F,
        *range(0x2028, 0x202F),
        *range(0x2066, 0x206A),
    )
}
"""What moves a terminal's cursor, begins a line in a log or turns the direction of writing, as escapes."""
_STEERING_TRACEBACKS: Final = {key: escape for key, escape in _STEERING.items() if chr(key) not in "\n\t"}
_USER = re.compile(r"(?:(?<=://)|(?<=:\\/\\/))[^\s/?#\"'<>@]*@")


class Secret:
    """A string that shows itself only through `reveal`.

    `str`, `repr` and formatting give a mask, and pickling is refused, so that a secret cannot slip into a
    log, a traceback or a file by accident.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself, to be put on the wire and nowhere else."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled: pass it on in memory or read it again where it is needed")


@cache
def _pair() -> re.Pattern[str]:
    """Compile the pattern when it is first needed: no other takes nearly as long."""
    return re.compile(_PAIR, re.IGNORECASE)


def scrub_text(text: str) -> str:
    """Return `text` with the users and queries of URLs and the values of sensitive names masked."""
    text = _USER.sub(f"{MASK}@", text)
    text = _URL.sub(lambda m: m["start"] + (f"?{MASK}" if m["query"] else ""), text)
    return _pair().sub(lambda m: m["start"] + (m["quote"] or "") + MASK, text)


def scrub(value: object) -> object:
    """Return a copy of parsed JSON in which the values of sensitive members are masked.

    A cookie as login answers carry it, `{"name": ..., "value": ...}`, is masked by its name. What is nested
    or long beyond all reason is left out: an answer of megabytes would take seconds, and memory.
    """
    return _Scrubbing().copy(value, _DEEPEST)


class _Scrubbing:
    """One copy: knows how much room is left in it."""

    def __init__(self) -> None:
        self._room = _LARGEST

    def copy(self, value: object, depth: int) -> object:
        self._room -= 1
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return f"<{len(cast('bytes', value))} bytes>"
        if not isinstance(value, Mapping | Sequence):
            return value
        if depth == 0:
            return _LEFT_OUT
        if isinstance(value, Mapping):
            return dict(self._members(cast("Mapping[object, object]", value), depth - 1))
        return list(self._items(cast("Sequence[object]", value), depth - 1))

    def _text(self, text: str) -> str:
        if len(text) > self._room:
            # Up to a gap: what tells a secret may stand behind it, as in `//user:word@host`.
            text = text[: max(self._room, 0)].rpartition(" ")[0] + _LEFT_OUT
        self._room -= len(text)
        return scrub_text(text)

    def _members(self, members: Mapping[object, object], depth: int) -> Iterator[tuple[object, object]]:
        named_secret = _is_sensitive(members.get("name"))
        for key, member in members.items():
            if self._room <= 0:
                yield _LEFT_OUT, _LEFT_OUT
                return
            self._room -= len(key) if isinstance(key, str) else 1
            if member not in (None, "") and (_is_sensitive(key) or (named_secret and key == "value")):
                yield key, MASK
            else:
                yield key, self.copy(member, depth)

    def _items(self, items: Sequence[object], depth: int) -> Iterator[object]:
        for item in items:
            if self._room <= 0:
                yield _LEFT_OUT
                return
            yield self.copy(item, depth)


def _is_sensitive(name: object) -> bool:
    return isinstance(name, str) and name.lower() in SENSITIVE_KEYS


class RedactingFilter(logging.Filter):
    """Masks secrets in every record that passes through the logger or handler it is attached to.

    Names of files and words of servers stand in messages: each is made one line that steers no terminal.
    A filter on a logger does not see the records of loggers below it; hence this library has only one logger.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean `record` in place; never drop it, never raise."""
        if isinstance(record.msg, Said) and not record.args:
            record.msg = record.msg.mapped(_one_line)
        else:
            record.msg, record.args = _one_line(_message(record)), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_info = None  # as text only: a handler that formats it again would show what is masked here
        if record.exc_text:
            record.exc_text = _harmless(scrub_text(record.exc_text), _STEERING_TRACEBACKS)
        if record.stack_info:
            record.stack_info = scrub_text(record.stack_info)
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - whatever the arguments raise; logging must not stop an upload
        return f"{record.msg!s} (the arguments of this message do not fit it)"


def _one_line(text: str) -> str:
    return _harmless(scrub_text(text), _STEERING)


def _harmless(text: str, steering: Mapping[int, str]) -> str:
    """Return text that every terminal and file takes; halves of characters become escapes, too."""
    return text.translate(steering).encode("utf-8", "backslashreplace").decode()
