"""The PC line: preupload, chunks as multipart forms, completion (protocol document, sections 3.1 to 3.3)."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final

from bilibili_api.frozen import frozen
from bilibili_api.saying import say

from .bodies import multipart
from .codes import Step
from .lines import STORAGE_HOST
from .wire import (
    Envelope,
    JsonObject,
    Request,
    Response,
    member_str,
    member_url,
    open_envelope,
    serialise,
    unexpected,
)

if TYPE_CHECKING:
    from bilibili_api.redaction import Secret

VERSION: Final = "2.3.0.1092"
"""Version of the PC submission tool we speak as."""
USER_AGENT: Final = f"PcUploader/{VERSION} os/Windows pc_app/pcUploader build/1092 osVer/10.0_x86_64"
"""The same version as the tool itself puts it (section 3.5)."""

MEMBER: Final = "https://member.bilibili.com"
HEADERS: Final = {"User-Agent": USER_AGENT}

_HOST: Final = (
    rf"(?i)https://(?:{STORAGE_HOST}|(?:[a-z0-9-]{{1,63}}\.){{1,8}}bilibili\.com)(?::[0-9]{{1,5}})?(?:[/?]|$)"
)
"""Where a ticket may lead: Bilibili's own (section 0.1); anything else would hand the video to a stranger."""
_FILENAME: Final = re.compile(r"[!-.0-\[\]-~]{1,200}")


@frozen
class Ticket:
    """Where one file goes, as preupload says.

    Attributes:
        url: Where chunks are sent; signed.
        complete_url: Where completion is sent; signed.
        filename: The server's name of the file, without extension; what is submitted.
    """

    url: str = field(repr=False)
    complete_url: str = field(repr=False)
    filename: str


def preupload_request(access_key: Secret, mid: int = 0) -> Request:
    """Build the request for a ticket (section 3.1).

    Args:
        access_key: The token.
        mid: The account's number; 0 will do.
    """
    query = serialise({"access_key": access_key.reveal(), "mid": str(mid), "profile": "ugcfr/pc3"})
    return Request(Step.PREUPLOAD, "GET", f"{MEMBER}/preupload?{query}", HEADERS)


def parse_preupload(response: Response) -> Ticket:
    """Read the answer to `preupload_request` (section 3.1).

    The URLs are kept byte for byte, except that `http` becomes `https`, for they are signed.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    answer = open_envelope(response, Step.PREUPLOAD, Envelope.OK)
    filename = member_str(answer, "filename", Step.PREUPLOAD)
    if not _FILENAME.fullmatch(filename) or filename in {".", ".."}:
        raise unexpected(Step.PREUPLOAD, say("has no bare file name in 'filename'"))
    return Ticket(_secure(answer, "url"), _secure(answer, "complete"), filename)


def _secure(answer: JsonObject, name: str) -> str:
    url = "https:" + member_url(answer, name, Step.PREUPLOAD).partition(":")[2]
    if not re.match(_HOST, url):
        raise unexpected(
            Step.PREUPLOAD, say("names a host in {name!r} that is not known to be Bilibili's", name=name)
        )
    return url


def chunk_request(
    ticket: Ticket, *, name: str, number: int, total: int, content: memoryview, md5: str
) -> Request:
    """Build the request that stores one chunk (section 3.2).

    Args:
        ticket: Where the file goes.
        name: Local name of the file.
        number: Number of the chunk, from 0.
        total: Number of all chunks.
        content: The chunk; its buffer must stay as it is until the answer has come.
        md5: md5 of the chunk in hex.
    """
    fields = {
        "version": VERSION,
        "filesize": str(content.nbytes),
        "chunk": str(number),
        "chunks": str(total),
        "md5": md5,
    }
    content_type, body = multipart(fields, name, "application/octet-stream", content, md5)
    return Request(Step.CHUNK, "POST", ticket.url, {**HEADERS, "Content-Type": content_type}, body)


def parse_chunk(response: Response) -> None:
    """Read the answer to `chunk_request` (section 3.2).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: The chunk was not accepted.
        ResponseException: The answer is not what the protocol says.
    """
    open_envelope(response, Step.CHUNK, Envelope.OK)


def complete_request(ticket: Ticket, *, chunks: int, size: int, md5: str, name: str) -> Request:
    """Build the request that makes a file of the chunks (section 3.3).

    Args:
        ticket: Where the file went.
        chunks: Number of all chunks.
        size: Size of the whole file in bytes.
        md5: md5 of the whole file in hex.
        name: Local name of the file.
    """
    form = {"chunks": str(chunks), "filesize": str(size), "md5": md5, "name": name, "version": VERSION}
    headers = {**HEADERS, "Content-Type": "application/x-www-form-urlencoded"}
    return Request(Step.COMPLETE, "POST", ticket.complete_url, headers, serialise(form).encode())


def parse_complete(response: Response) -> None:
    """Read the answer to `complete_request` (section 3.3).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: The file was not accepted.
        ResponseException: The answer is not what the protocol says.
    """
    open_envelope(response, Step.COMPLETE, Envelope.OK)


def chunk_count(size: int, chunk_size: int) -> int:
    """Return into how many chunks a file is cut.

    Args:
        size: Size of the file in bytes.
        chunk_size: Size of a chunk in bytes, above 0; the last one may be shorter.
    """
    return -(-size // chunk_size)
