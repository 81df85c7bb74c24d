"""The UPOS line: probe, preupload, init, parts, completion (protocol document, sections 4.1 to 4.7)."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import escape

from bilibili_api.simulator.answers import NOT_LOGGED_IN, PART_TAKEN, TOO_FAST, ticket_expired
from bilibili_api.simulator.identity import by_cookies
from bilibili_api.simulator.lines import is_storage
from bilibili_api.simulator.part_claims import BINARY, announced, compare, trouble
from bilibili_api.simulator.reply import NOT_JSON, RefusalError, Reply, json_reply
from bilibili_api.simulator.routes import Route
from bilibili_api.simulator.shelf import digest_of
from bilibili_api.simulator.state import StoredVideo
from bilibili_api.simulator.storage import AUTH_SECONDS, Declared, Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.lines import Lines
    from bilibili_api.simulator.pace import Limits, Quota
    from bilibili_api.simulator.routes import Router
    from bilibili_api.simulator.shelf import Shelf
    from bilibili_api.simulator.state import State
    from bilibili_api.simulator.storage import Multipart, StoredObject

_MEMBER = "member.bilibili.com"
_UNLIMITED_PROFILE = "ugcfx/bcut-pc"
_BUCKETS: Mapping[str, str] = {
    "ugcupos/bup": "ugclf",
    "ugcfx/bup": "ugcfx2lf",
    _UNLIMITED_PROFILE: "ugcfx2lf",
}
_TEXT = "text/plain; charset=utf-8"
_FORBIDDEN = Reply(403, b"", _TEXT)


class Upos:
    """Hands out tickets and keeps what is put into the storage."""

    def __init__(
        self,
        state: State,
        lines: Lines,
        limits: Limits,
        quota: Quota,
        clock: Callable[[], float],
        shelf: Shelf,
    ) -> None:
        self._state = state
        self._lines = lines
        self._limits = limits
        self._quota = quota
        self._clock = clock
        self._shelf = shelf
        self._storage = Storage()

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add_finder(self._find)

    async def lines(self, _received: Received, _form: Form) -> Reply:
        """List the lines and how to measure them; nobody has to be logged in (section 4.1)."""
        listed = [self._lines[name] for name in self._lines.listed]
        return json_reply(
            {
                "OK": 1,
                "lines": [
                    {"os": "upos", "query": line.query, "probe_url": f"{line.endpoint}/OK"} for line in listed
                ],
                "probe": {self._lines.method: self._lines.mebibytes},
            }
        )

    async def probe(self, received: Received, _form: Form) -> Reply:
        """Answer a measurement; what is fetched has the announced length."""
        size = int(self._lines.mebibytes * 1024 * 1024) if received.method == "GET" else 0
        return Reply(200, bytes(size) or b"OK", BINARY if size else _TEXT)

    async def preupload(self, received: Received, _form: Form) -> Reply:
        """Promise an object (section 4.2)."""
        try:
            account = by_cookies(self._state, received, csrf=False)
        except RefusalError:
            return NOT_LOGGED_IN["preupload"]
        declared = _declared(received)
        if received.query_value("profile") != _UNLIMITED_PROFILE and not self._quota.take(account.mid):
            return TOO_FAST["preupload"]
        lines = self._lines.asked(received.query_value("upcdn"), received.query_value("zone"))
        promised = self._storage.promise(
            account.mid,
            declared,
            chunk_size=self._limits.chunk_size,
            hosts=tuple(line.host for line in lines),
            now=self._clock(),
        )
        return self._ticket(promised, declared.source, received.query_value("profile") or "")

    async def init(self, received: Received, form: Form) -> Reply:
        """Begin a multipart upload (section 4.3)."""
        found = self._authorised(received)
        if "uploads" not in dict(received.query):
            return trouble(404, "UPLOADS_MISSING")
        if form.text:
            return trouble(400, "INIT_HAS_NO_BODY")
        compare(
            received,
            {"filesize": found.size, "partsize": found.chunk_size, "biz_id": found.biz_id},
            required=False,
        )
        upload = found.begin(received.host)
        members = {"bucket": found.bucket, "key": found.key, "upload_id": upload.upload_id}
        return _answer(received, "InitiateMultipartUploadResult", members)

    async def part(self, received: Received, form: Form) -> Reply:
        """Take a part, if everything said about it is true (sections 4.4 and 4.7)."""
        found = self._authorised(received)
        upload = _upload(found, received)
        part = announced(received, form, found)
        form.spooled = None  # the upload owns it now
        if not upload.add(part):
            return trouble(400, "UPLOAD_IS_COMPLETE")
        return PART_TAKEN

    async def complete(self, received: Received, _form: Form) -> Reply:
        """Make the object of its parts; the list in the body is not looked at (section 4.5)."""
        found = self._authorised(received)
        upload = _upload(found, received)
        compare(received, {"biz_id": found.biz_id}, required=False)
        if not received.query_value("name"):
            return trouble(400, "NAME_MISSING")
        async with upload.completing:
            if not upload.complete:
                await self._finish(found, upload)
        members = {
            "location": found.path.lstrip("/"),
            "bucket": found.bucket,
            "key": found.key,
            "etag": "" if found.stored is None else found.stored.md5,
        }
        return _answer(received, "CompleteMultipartUploadResult", members)

    async def refuse(self, _received: Received, _form: Form) -> Reply:
        """Answer for a host that lets nobody in (the last line of section 4.1)."""
        return _FORBIDDEN

    async def read(self, received: Received, _form: Form) -> Reply:
        """Give the bytes of a complete object back (section 4.6)."""
        found = self._authorised(received)
        if found.stored is None or found.stored.path is None:
            return trouble(404, "NO_SUCH_KEY")
        return Reply(200, b"", BINARY, file=found.stored.path)

    def _find(self, received: Received) -> Route | None:
        if (received.method, received.host, received.path) == ("GET", _MEMBER, "/preupload"):
            return {"probe": Route("probe", self.lines), "upos": Route("preupload", self.preupload)}.get(
                received.query_value("r") or ""
            )
        return self._find_in_storage(received) if is_storage(received.host) else None

    def _find_in_storage(self, received: Received) -> Route | None:
        route = self._by_method(received)
        line = self._lines.of_host(received.host)
        if route is None or line is None or not line.refuses:
            return route
        return Route(route.step, self.refuse, raw=route.raw)

    def _by_method(self, received: Received) -> Route | None:
        if received.path == "/OK":
            return Route("probe", self.probe) if received.method in {"GET", "POST"} else None
        if received.method == "POST" and received.query_value("uploadId") is not None:
            return Route("complete", self.complete)
        return {
            "POST": Route("init", self.init),
            "PUT": Route("part", self.part, raw=True),
            "GET": Route("object", self.read),
        }.get(received.method)

    def _authorised(self, received: Received) -> StoredObject:
        """Return the object whose ticket the request carries (sections 4.3 and 4.6)."""
        found, auth = self._storage.find(received.path), received.header("X-Upos-Auth")
        if found is None or auth != found.auth:
            raise RefusalError(_FORBIDDEN)
        age = self._clock() - found.issued
        if age > AUTH_SECONDS:
            raise RefusalError(ticket_expired(found.auth, self._clock(), age))
        return found

    async def _finish(self, found: StoredObject, upload: Multipart) -> None:
        if len(upload.parts) != found.part_count:
            count = f"PART_COUNT_ERR_GOT_{len(upload.parts)}_EXPECT_{found.part_count}"
            raise RefusalError(trouble(500, f"multipart.lua:210: {count}"))
        upload.complete = True  # from here on the parts stay as they are
        try:
            pieces = upload.in_order()
            md5 = await digest_of(pieces)
            path = await self._shelf.keep(found.filename, found.name, pieces)
        except BaseException:
            upload.complete = False
            raise
        found.stored = StoredVideo(
            found.filename, found.name, found.size, md5, found.mid, path, self._clock(), found.biz_id
        )
        self._state.store_video(found.stored)

    def _ticket(self, promised: StoredObject, source: str, profile: str) -> Reply:
        return json_reply(
            {
                "OK": 1,
                "auth": promised.auth,
                "biz_id": promised.biz_id,
                "chunk_retry": 10,
                "chunk_retry_delay": 3,
                "chunk_size": promised.chunk_size,
                "endpoint": f"//{promised.hosts[0]}",
                "endpoints": [f"//{host}" for host in promised.hosts],
                "expose_params": None,
                "put_query": f"os=upos&profile={quote(profile, safe='')}",
                "threads": self._limits.threads,
                "timeout": 1200,
                "uip": source,
                "upos_uri": f"upos:/{promised.path}",
            }
        )


def _declared(received: Received) -> Declared:
    """Read the parameters of preupload that are required (section 4.2)."""
    name, size = received.query_value("name") or "", received.query_value("size") or ""
    bucket = _BUCKETS.get(received.query_value("profile") or "")
    if bucket is None:
        raise _preupload_refusal(f"profile must be one of {', '.join(_BUCKETS)}")
    if not re.fullmatch(r"\.[A-Za-z0-9]{1,8}", PurePosixPath(name).suffix):
        raise _preupload_refusal("name must be a file name with its extension")
    if not re.fullmatch("[1-9][0-9]{0,14}", size):
        raise _preupload_refusal("size must be the number of bytes, at least 1")
    return Declared(name, int(size), bucket, received.source)


def _preupload_refusal(message: str) -> RefusalError:
    return RefusalError(json_reply({"OK": 0, "code": -400, "info": message, "message": message}, status=400))


def _upload(found: StoredObject, received: Received) -> Multipart:
    """Return the multipart upload meant; hosts outside of its `endpoints` do not know it (section 4.8)."""
    upload = found.uploads.get(received.query_value("uploadId") or "")
    if upload is None or received.host not in upload.hosts:
        raise RefusalError(trouble(404, "NO_SUCH_UPLOAD"))
    return upload


def _answer(received: Received, element: str, members: Mapping[str, str]) -> Reply:
    """Answer in JSON on request, else in XML (section 4.3)."""
    if received.query_value("output") == "json":
        return json_reply({"OK": 1, **members})
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members.items())
    text = f'<?xml version="1.0" encoding="UTF-8"?><{element}>{inner}</{element}>'
    return Reply(200, text.encode(), NOT_JSON.replace("html", "xml"))
