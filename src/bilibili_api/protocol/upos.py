"""The UPOS line: preupload, init, parts, completion (protocol document, sections 4.2 to 4.9)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import parse_qs

from bilibili_api.exceptions import NetworkException, PartsMissing
from bilibili_api.frozen import frozen
from bilibili_api.redaction import Secret
from bilibili_api.saying import say

from .browser import logged_in
from .codes import Step
from .lines import PREUPLOAD, STORAGE_HOST
from .wire import Envelope, JsonObject, Request, Response, member_str, open_envelope, serialise, unexpected

if TYPE_CHECKING:
    from .bodies import Body
    from .cookies import Cookies
    from .lines import Line

AUTH_LIFE: Final = 5 * 86400
"""Seconds for which `auth` is accepted, from its `timestamp` (section 4.6)."""
MARGIN: Final = 86400 / 2
"""Seconds of it that are left for the transfer (section 4.9)."""

_HOST: Final = re.compile(rf"//({STORAGE_HOST})")
"""Where a ticket may lead; anything else would hand the ticket to a stranger."""
_URI: Final = re.compile(
    r"upos://(?P<bucket>[A-Za-z0-9_-]{1,60})/(?P<name>[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}?)"
    r"(?P<extension>\.[A-Za-z0-9_~+-]{1,60})?"
)
_PART_COUNT: Final = re.compile(rb"PART_COUNT_ERR_GOT_([0-9]{1,9})_EXPECT_([0-9]{1,9})")
_STAMP: Final = re.compile(r"[0-9]{9,11}(\.[0-9]{1,9})?")
_UPLOAD_ID: Final = re.compile(r"[A-Za-z0-9_.~-]{1,200}")
USUAL_PART: Final = 10_485_760
"""Bytes that servers ask for (section 4.7)."""
_LARGEST_PART: Final = 128 * 1024 * 1024
"""Bytes; ten times what servers ask for. Of a stream that is no file, two or more are held in memory."""
_MOST_HOSTS: Final = 16
_THREADS: Final = 3
_MOST_THREADS: Final = 64


@frozen
class Profile:
    """A family of storage, and the version of the site one speaks as (section 4.2).

    Attributes:
        name: What the server calls it.
        version: Version of the site's uploader.
        build: Its build number.
    """

    name: str
    version: str
    build: str

    def query(self) -> dict[str, str]:
        """Return what preupload is told of it."""
        return {
            "r": "upos",
            "profile": self.name,
            "version": self.version,
            "build": self.build,
            "ssl": "0",
            "webVersion": self.version,
        }


WEB: Final = Profile("ugcupos/bup", "2.14.0", "2140000")


@frozen
class Ticket:
    """Where one file goes, as preupload says.

    Attributes:
        auth: Value of `X-Upos-Auth`; sent byte for byte.
        hosts: Hosts that share the storage and its parts, the preferred one first (section 4.8).
        path: Path of the object, with its leading slash.
        filename: The server's name of the file, without extension; what is submitted.
        biz_id: Becomes the `cid` of the video's part.
        part_size: Bytes of a part, the last one excepted; the server's choice.
        threads: How many parts at once the server suggests.
        issued: When `auth` was issued, Unix seconds; 0 when it does not say.
        profile: The profile it was asked for.
        upload_id: Number of the multipart upload; empty before init.
    """

    auth: Secret
    hosts: tuple[str, ...]
    path: str
    filename: str
    biz_id: int
    part_size: int
    threads: int
    issued: float
    profile: Profile = WEB
    upload_id: str = ""

    def begun(self, upload_id: str) -> Ticket:
        """Return the ticket with the number that init gave."""
        return replace(self, upload_id=upload_id)

    def is_stale(self, now: float) -> bool:
        """Whether it is too old to be started on at `now`, in Unix seconds; False if its age is not known."""
        return self.issued > 0 and now - self.issued > AUTH_LIFE - MARGIN


def preupload_request(
    cookies: Cookies, *, name: str, size: int, line: Line, profile: Profile = WEB
) -> Request:
    """Build the request for a ticket (section 4.2).

    Args:
        cookies: Of the account.
        name: Local name of the file, with its extension.
        size: Bytes of the file.
        line: The line that is wished for; the server may give another.
        profile: Family of storage.
    """
    query = serialise({"name": name, "size": str(size), **profile.query()})
    return Request(Step.PREUPLOAD, "GET", f"{PREUPLOAD}?{query}&{line.query}", logged_in(cookies))


def parse_preupload(response: Response, profile: Profile = WEB) -> Ticket:
    """Read the answer to `preupload_request` (section 4.2).

    Args:
        response: The answer.
        profile: What was asked for.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused, for instance 601: uploads are begun too fast.
        ResponseException: The answer is not what the protocol says.
    """
    answer = open_envelope(response, Step.PREUPLOAD, Envelope.OK)
    uri = _URI.fullmatch(member_str(answer, "upos_uri", Step.PREUPLOAD))
    if uri is None:
        raise unexpected(Step.PREUPLOAD, say("has no usable 'upos_uri'"))
    auth = member_str(answer, "auth", Step.PREUPLOAD)
    if not auth.isascii() or not auth.isprintable():
        raise unexpected(Step.PREUPLOAD, say("has an 'auth' that cannot stand in a header"))
    return Ticket(
        auth=Secret(auth),
        hosts=_hosts(answer),
        path=f"/{uri['bucket']}/{uri['name']}{uri['extension'] or ''}",
        filename=uri["name"],
        biz_id=_count(answer, "biz_id", 0, 2**63 - 1),
        part_size=_count(answer, "chunk_size", 1, _LARGEST_PART),
        threads=_threads(answer.get("threads")),
        issued=_issued(auth),
        profile=profile,
    )


def _hosts(answer: JsonObject) -> tuple[str, ...]:
    """Return `endpoint` and `endpoints`, each once, without those that are not Bilibili's."""
    more = answer.get("endpoints")
    named = [answer.get("endpoint"), *(cast("list[object]", more) if isinstance(more, list) else [])]
    matches = [_HOST.fullmatch(host) for host in named if isinstance(host, str)]
    hosts = tuple(dict.fromkeys(match[1] for match in matches if match))
    if not hosts:
        raise unexpected(Step.PREUPLOAD, say("names no host of Bilibili's storage"))
    return hosts[:_MOST_HOSTS]


def _count(answer: JsonObject, name: str, least: int, most: int) -> int:
    value = answer.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise unexpected(Step.PREUPLOAD, say("has no usable {name!r}", name=name))


def _threads(value: object) -> int:
    """Return the server's suggestion, or the usual number where it makes no sense."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_THREADS:
        return value
    return _THREADS


def public_address(ticket: Ticket) -> str:
    """Return the address under which the server sees us, as the ticket says (`uip`); empty if it does not."""
    return parse_qs(ticket.auth.reveal()).get("uip", [""])[0]


def _issued(auth: str) -> float:
    stamp = parse_qs(auth).get("timestamp", [""])[0]
    return float(stamp) if _STAMP.fullmatch(stamp) else 0.0


def init_request(ticket: Ticket, host: str, *, size: int) -> Request:
    """Build the request that begins a multipart upload (section 4.3).

    Args:
        ticket: Where the file goes.
        host: One of the ticket's hosts.
        size: Bytes of the file.
    """
    query = serialise(
        {
            "output": "json",
            "profile": ticket.profile.name,
            "filesize": str(size),
            "partsize": str(ticket.part_size),
            "biz_id": str(ticket.biz_id),
        }
    )
    return Request(Step.INIT, "POST", f"https://{host}{ticket.path}?uploads&{query}", _auth(ticket))


def parse_init(response: Response) -> str:
    """Read the number of the upload from the answer to `init_request` (section 4.3).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: The storage refused.
        ResponseException: The answer is not what the protocol says.
    """
    upload_id = member_str(open_envelope(response, Step.INIT, Envelope.OK), "upload_id", Step.INIT)
    if not _UPLOAD_ID.fullmatch(upload_id):
        raise unexpected(Step.INIT, say("has no usable 'upload_id'"))
    return upload_id


def part_request(
    ticket: Ticket, host: str, *, number: int, total: int, start: int, end: int, size: int, body: Body
) -> Request:
    """Build the request that stores one part (section 4.4).

    Args:
        ticket: With its `upload_id`.
        host: One of the ticket's hosts.
        number: Number of the part, from 0; the query counts from 0 as `chunk` and from 1 as `partNumber`.
        total: Number of all parts.
        start: First byte of the part in the file.
        end: Byte after its last.
        size: Bytes of the file.
        body: The bytes.
    """
    query = serialise(
        {
            "partNumber": str(number + 1),
            "uploadId": ticket.upload_id,
            "chunk": str(number),
            "chunks": str(total),
            "size": str(end - start),
            "start": str(start),
            "end": str(end),
            "total": str(size),
        }
    )
    headers = {**_auth(ticket), "Content-Type": "application/octet-stream"}
    return Request(Step.CHUNK, "PUT", f"https://{host}{ticket.path}?{query}", headers, body)


def parse_part(response: Response) -> None:
    """Read the answer to `part_request` (section 4.4).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: The storage refused.
        ResponseException: The body is not one that says success.
    """
    if response.status == 200 and response.body.strip() in {b"MULTIPART_PUT_SUCCESS", b""}:
        return
    open_envelope(response, Step.CHUNK, Envelope.OK)


def complete_request(ticket: Ticket, host: str, *, name: str, parts: int) -> Request:
    """Build the request that makes an object of the parts (section 4.5).

    Args:
        ticket: With its `upload_id`.
        host: One of the ticket's hosts.
        name: Local name of the file.
        parts: Number of all parts.
    """
    query = serialise(
        {
            "output": "json",
            "name": name,
            "profile": ticket.profile.name,
            "uploadId": ticket.upload_id,
            "biz_id": str(ticket.biz_id),
        }
    )
    listed = ",".join(f'{{"partNumber":{number},"eTag":"etag"}}' for number in range(1, parts + 1))
    headers = {**_auth(ticket), "Content-Type": "application/json; charset=utf-8"}
    url = f"https://{host}{ticket.path}?{query}"
    return Request(Step.COMPLETE, "POST", url, headers, f'{{"parts":[{listed}]}}'.encode())


def parse_complete(response: Response) -> None:
    """Read the answer to `complete_request` (section 4.5).

    Raises:
        PartsMissing: The storage has fewer parts than it expects.
        NetworkException: The HTTP status is another error.
        ResponseCodeException: The storage refused.
        ResponseException: The answer is not what the protocol says.
    """
    counted = _PART_COUNT.search(response.body)
    if counted and int(counted[1]) < int(counted[2]):
        raise PartsMissing(int(counted[1]), int(counted[2]))
    open_envelope(response, Step.COMPLETE, Envelope.OK)


def has_expired(error: NetworkException) -> bool:
    """Whether a refusal says that `auth` is older than five days (section 4.6)."""
    return error.kind == "TICKET_EXPIRED"


def _auth(ticket: Ticket) -> dict[str, str]:
    return {"X-Upos-Auth": ticket.auth.reveal()}
