"""What an upload ended with, as the journal keeps it: with its template, to be said in any language later."""

from __future__ import annotations

import json
from typing import Any, cast

from bilibili_api.saying import Joined, Listed, Said


def packed(text: str) -> str:
    """Return a text as the journal keeps it; what has no template stays as it is."""
    clean = text.mapped(_writable) if isinstance(text, Said) else _writable(text)
    return json.dumps(_plain(clean)) if isinstance(clean, Said) else clean


def unpacked(kept: str) -> str:
    """Return the text that the journal keeps."""
    try:
        return _text(json.loads(kept)) if kept.startswith("{") else kept
    except (AttributeError, KeyError, TypeError, ValueError):  # it only looked like one
        return kept


def _writable(text: str) -> str:
    """Return text that the database takes: no halves of characters, as file names can have them."""
    return text.encode("utf-8", "backslashreplace").decode()


def _plain(text: str) -> object:
    if not isinstance(text, Said):
        return str(text)
    return {
        "template": text.template,
        "many": text.many,
        "number": text.number,
        "parts": {field: _plain(part) for field, part in text.parts.items()},
        "joined": isinstance(text, Joined),
        "listed": isinstance(text, Listed),
    }


def _text(kept: Any) -> str:
    if isinstance(kept, str):
        return kept
    parts = {str(field): _text(part) for field, part in cast("dict[str, Any]", kept["parts"]).items()}
    kind = Listed if kept.get("listed") else Joined if kept["joined"] else Said
    return kind.made(str(kept["template"]), cast("str | None", kept["many"]), int(kept["number"]), parts)
