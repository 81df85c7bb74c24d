"""Keeps secrets out of everything a person or a log collector may read.

Two tools: `Secret` wraps a value that must only be shown on purpose, and `scrub` / `scrub_text` clean what
comes from outside (answers of the server, messages of libraries) before it enters an error, an event or a log.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

MASK: Final = "***"

SENSITIVE_KEYS: Final = frozenset(
    {
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
        "gaia_vtoken",
        "hash",
        "password",
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

_PAIR = re.compile(
    r"(?P<key>" + "|".join(re.escape(key) for key in sorted(SENSITIVE_KEYS, key=len, reverse=True)) + r")"
    r"(?P<between>[\"']?\s*(?:=|:|%3d|%3a)\s*[\"']?)(?P<value>[^\s&;,\"'}<>]+)",
    re.IGNORECASE,
)
_URL_QUERY = re.compile(r"(?P<start>https?://[^\s?\"'<>]+)\?[^\s\"'<>]*", re.IGNORECASE)


class Secret:
    """A string that shows itself only through `reveal`.

    `str`, `repr` and formatting give a mask, and pickling is refused, so that a secret cannot slip into a log,
    a traceback or a file by accident.
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

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled: pass it on in memory or read it again where it is needed")


def scrub_text(text: str) -> str:
    """Return `text` with the queries of URLs and the values of sensitive names masked."""
    return _PAIR.sub(lambda m: m["key"] + m["between"] + MASK, _URL_QUERY.sub(rf"\g<start>?{MASK}", text))


def scrub(value: object) -> object:
    """Return a copy of parsed JSON in which the values of sensitive members are masked, at any depth."""
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, Mapping):
        members = cast("Mapping[object, object]", value)
        return {
            key: MASK if str(key).lower() in SENSITIVE_KEYS and member not in (None, "") else scrub(member)
            for key, member in members.items()
        }
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [scrub(member) for member in cast("Sequence[object]", value)]
    return value


class RedactingFilter(logging.Filter):
    """Masks secrets in every record that passes through the logger or handler it is attached to."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean `record` in place; never drop it."""
        record.msg, record.args = scrub_text(record.getMessage()), None
        if record.exc_text is None and record.exc_info:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = scrub_text(record.exc_text)
        return True
