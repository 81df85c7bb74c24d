"""Answers in Bilibili's two dialects (protocol document, sections 2 and 3.1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

JSON = "application/json; charset=utf-8"
# Chunk and complete answers are JSON under another content type (section 3.1, first quirk).
NOT_JSON = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer.

    Attributes:
        headers: more headers; a name may come several times.
        file: the body stands in this file, of which clients may ask for ranges.
    """

    status: int
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()
    file: Path | None = None

    def decoded(self) -> Any:
        """Return the parsed JSON of the body, or its text when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body.decode(errors="replace")


def json_reply(value: Any, *, status: int = 200, content_type: str = JSON) -> Reply:
    """Answer with any JSON value."""
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), content_type)


def success(data: Any) -> Reply:
    """Answer `code` 0 in the common envelope."""
    return json_reply({"code": 0, "message": "0", "ttl": 1, "data": data})


def refusal(code: int, message: str, data: Any = None, *, status: int = 200) -> Reply:
    """Answer a code other than 0 in the common envelope; the HTTP status stays 200 as a rule."""
    return json_reply({"code": code, "message": message, "ttl": 1, "data": data}, status=status)


def line_ok(info: str = "Successful.") -> Reply:
    """Answer a chunk or a completion that was taken (section 3.2)."""
    return json_reply({"OK": 1, "info": info}, content_type=NOT_JSON)


def line_refusal(info: str, *, ok: int = 0, status: int = 200) -> Reply:
    """Answer a chunk or a completion that was not taken; the reason stands in `info`."""
    return json_reply({"OK": ok, "info": info}, status=status, content_type=NOT_JSON)


class RefusalError(Exception):
    """Ends the handling of a request with this answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply
