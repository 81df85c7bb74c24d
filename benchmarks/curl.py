"""The yardstick: curl sends the same bytes in the same pieces over the same line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from benchmarks.asking import ask
from benchmarks.children import Cost, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from benchmarks.place import Place

VERSION = "2.3.0.1092"
NAME = "benchmark.mp4"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the file in a file of its own, its digest ready."""

    path: Path
    size: int
    md5: str


def curl_forms(place: Place, pieces: Sequence[Piece], md5: str, parallel: int) -> Cost:
    """Send all pieces as chunks of the PC line (section 3.2) with one `curl -F`, and complete them.

    Raises:
        RuntimeError: curl failed, or the server did not get what was sent.
    """
    query = urlencode({"access_key": place.access_key, "mid": 0, "profile": "ugcfr/pc3"})
    ticket = ask(place, "GET", f"https://member.bilibili.com/preupload?{query}")
    cost = _run(place, parallel, (_form(ticket["url"], pieces, number) for number in range(len(pieces))))
    form = {
        "chunks": len(pieces),
        "filesize": sum(piece.size for piece in pieces),
        "md5": md5,
        "name": NAME,
        "version": VERSION,
    }
    answer = ask(place, "POST", ticket["complete"], form)
    if answer["OK"] != 1:
        raise RuntimeError(f"curl's chunks were not taken: {answer}")
    return cost


def curl_puts(place: Place, pieces: Sequence[Piece], parallel: int) -> Cost:
    """Send all pieces as parts of UPOS (section 4.4) with one `curl -T`, and complete them.

    Raises:
        RuntimeError: curl failed, or the server did not get what was sent.
    """
    size = sum(piece.size for piece in pieces)
    query = urlencode({"name": NAME, "size": size, "r": "upos", "profile": "ugcfx/bup"})
    ticket = ask(place, "GET", f"https://member.bilibili.com/preupload?{query}")
    target = f"https:{ticket['endpoint']}/{ticket['upos_uri'].removeprefix('upos:/').lstrip('/')}"
    auth = ticket["auth"]
    upload = ask(place, "POST", f"{target}?uploads&output=json", {}, auth=auth)["upload_id"]
    cost = _run(place, parallel, _puts(target, auth, upload, pieces))
    ends = {"output": "json", "name": NAME, "profile": "ugcfx/bup", "uploadId": upload}
    ends["biz_id"] = ticket["biz_id"]
    answer = ask(place, "POST", f"{target}?{urlencode(ends)}", {}, auth=auth)
    if answer["OK"] != 1:
        raise RuntimeError(f"curl's parts were not taken: {answer}")
    return cost


def _run(place: Place, parallel: int, transfers: Iterable[Sequence[str]]) -> Cost:
    """Run one curl with all transfers; waiting for `100 Continue` would be to its disadvantage."""
    common = (
        'header = "Expect:"',
        f'connect-to = "::{place.host}:{place.port}"',
        f'cacert = "{place.ca_file}"',
        'output = "/dev/null"',
    )
    config = place.folder / "curl.txt"
    lines = ("\n".join((*common, *transfer)) + "\n" for transfer in transfers)
    config.write_text(f"parallel\nparallel-max = {parallel}\nfail\n" + "next\n".join(lines), "utf-8")
    return run(["curl", "--no-progress-meter", "--config", config], within=place.within)


def _form(url: str, pieces: Sequence[Piece], number: int) -> list[str]:
    piece = pieces[number]
    fields = {
        "version": VERSION,
        "filesize": piece.size,
        "chunk": number,
        "chunks": len(pieces),
        "md5": piece.md5,
    }
    return [
        f'url = "{url}"',
        *(f'form-string = "{name}={value}"' for name, value in fields.items()),
        f'form = "file=@{piece.path};filename={NAME};type=application/octet-stream"',
    ]


def _puts(target: str, auth: str, upload: str, pieces: Sequence[Piece]) -> Iterable[list[str]]:
    start, total = 0, sum(piece.size for piece in pieces)
    for number, piece in enumerate(pieces):
        query = {
            "partNumber": number + 1,
            "uploadId": upload,
            "chunk": number,
            "chunks": len(pieces),
            "size": piece.size,
            "start": start,
            "end": start + piece.size,
            "total": total,
        }
        start += piece.size
        yield [
            f'url = "{target}?{urlencode(query)}"',
            f'header = "X-Upos-Auth: {auth}"',
            'header = "Content-Type: application/octet-stream"',
            f'upload-file = "{piece.path}"',
        ]
