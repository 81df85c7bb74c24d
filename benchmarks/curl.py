"""The yardstick: curl sends the same chunks in the same forms over the same line."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from benchmarks.children import Cost, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

VERSION = "2.3.0.1092"
NAME = "benchmark.mp4"


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk in a file of its own, its digest ready."""

    path: Path
    size: int
    md5: str


def curl(place: dict[str, Any], pieces: Sequence[Piece], md5: str, parallel: int, config: Path) -> Cost:
    """Send all pieces with one curl, `parallel` at once, and measure it; let the server check what came.

    Raises:
        RuntimeError: curl failed, or the server did not get what was sent.
    """
    query = urlencode({"access_key": place["access_key"], "mid": 0, "profile": "ugcfr/pc3"})
    ticket = _ask(place, "GET", f"https://member.bilibili.com/preupload?{query}")
    transfers = [_transfer(place, ticket["url"], pieces, number) for number in range(len(pieces))]
    config.write_text(f"parallel\nparallel-max = {parallel}\n" + "next\n".join(transfers), "utf-8")
    cost = run(["curl", "--no-progress-meter", "--config", config])
    form = {
        "chunks": len(pieces),
        "filesize": sum(piece.size for piece in pieces),
        "md5": md5,
        "name": NAME,
        "version": VERSION,
    }
    answer = _ask(place, "POST", ticket["complete"], urlencode(form))
    if answer["OK"] != 1:
        raise RuntimeError(f"curl's chunks were not taken: {answer}")
    return cost


def _transfer(place: dict[str, Any], url: str, pieces: Sequence[Piece], number: int) -> str:
    piece = pieces[number]
    fields = {
        "version": VERSION,
        "filesize": piece.size,
        "chunk": number,
        "chunks": len(pieces),
        "md5": piece.md5,
    }
    lines = [
        "silent",
        "show-error",
        f'url = "{url}"',
        f'connect-to = "::127.0.0.1:{place["port"]}"',
        f'cacert = "{place["ca_file"]}"',
        'output = "/dev/null"',
        *(f'form-string = "{name}={value}"' for name, value in fields.items()),
        f'form = "file=@{piece.path};filename={NAME};type=application/octet-stream"',
    ]
    return "\n".join(lines) + "\n"


def _ask(place: dict[str, Any], method: str, url: str, form: str | None = None) -> dict[str, Any]:
    """Make one call of the interface, with the standard library."""
    target = urlsplit(url)
    trust = ssl.create_default_context(cafile=place["ca_file"])
    connection = http.client.HTTPSConnection("127.0.0.1", place["port"], context=trust, timeout=120)
    headers = {"Host": target.netloc, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, f"{target.path}?{target.query}", form, headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer
