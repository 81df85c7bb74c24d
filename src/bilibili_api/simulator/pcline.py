"""The PC line: preupload, chunk, complete (protocol document, sections 3.1 to 3.3)."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bilibili_api.simulator.answers import NOT_LOGGED_IN, TOO_FAST
from bilibili_api.simulator.body import LARGEST_CHUNK
from bilibili_api.simulator.form import URLENCODED
from bilibili_api.simulator.reply import json_reply, line_ok, line_refusal
from bilibili_api.simulator.routes import Route
from bilibili_api.simulator.shelf import digest_of
from bilibili_api.simulator.signing import check_query
from bilibili_api.simulator.state import StoredVideo
from bilibili_api.simulator.uploads import (
    CHUNK_HOST,
    COMPLETE_PATH,
    LINE_PATH,
    Chunk,
    Completion,
    RefusedError,
    new_upload,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.pace import Quota
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router
    from bilibili_api.simulator.shelf import Shelf
    from bilibili_api.simulator.state import State
    from bilibili_api.simulator.uploads import Upload

PROFILE = "ugcfr/pc3"
_CHUNK_HOSTS = ".bilivideo.com"
_CHUNK_FIELDS = ("version", "filesize", "chunk", "chunks", "md5", "file")
_COMPLETE_FIELDS = ("chunks", "filesize", "md5", "name", "version")
_NO_FILE = line_refusal("No file in body.", ok=-1, status=408)  # as seen live, section 3.2


class _MalformedError(Exception):
    """The request is not of the documented form; sending it again cannot help."""


class PcLine:
    """Hands out upload targets and takes chunks."""

    def __init__(self, state: State, quota: Quota, clock: Callable[[], float], shelf: Shelf) -> None:
        self._state = state
        self._quota = quota
        self._clock = clock
        self._shelf = shelf

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add_finder(self._find)
        router.add("GET", "//member.bilibili.com/preupload", "preupload", self.preupload)

    async def preupload(self, received: Received, _form: Form) -> Reply:
        """Answer where to send chunks, always over https: the URLs are signed (section 3.1)."""
        account = self._state.account_of(received.query_value("access_key"))
        if account is None:
            return NOT_LOGGED_IN["preupload"]
        if wrong := check_query("preupload", received.query_string):
            return json_reply({"OK": 0, "code": wrong[0], "message": wrong[1]}, status=403)
        if received.query_value("profile") != PROFILE:
            return _preupload_refusal(f"profile must be {PROFILE}")
        if received.query_value("mid") not in {"0", str(account.mid)}:
            return _preupload_refusal("mid must be 0 or the number of the account")
        if not self._quota.take(account.mid):
            return TOO_FAST["preupload"]
        upload = new_upload(account.mid, self._clock())
        self._state.uploads[upload.filename] = upload
        return json_reply(
            {
                "OK": 1,
                "url": f"https://{CHUNK_HOST}{upload.chunk_target}",
                "complete": f"https://{CHUNK_HOST}{upload.complete_target}",
                "filename": upload.filename,
            }
        )

    async def chunk(self, received: Received, form: Form) -> Reply:
        """Take one chunk, if everything said about it is true."""
        upload = self._upload(received)
        if upload is None or received.target != upload.chunk_target:
            return _wrong_url(upload)
        if form.problem is None and form.spooled is None:
            return _NO_FILE
        try:
            upload.add(_announced(form))
        except _MalformedError as error:
            return line_refusal(str(error), ok=-1, status=400)
        except RefusedError as error:
            return line_refusal(str(error))
        form.spooled = None  # the upload owns it now
        return line_ok()

    async def complete(self, received: Received, form: Form) -> Reply:
        """Compare the whole file with what the client says of it; saying it again does no harm."""
        upload = self._upload(received)
        if upload is None or received.target != upload.complete_target:
            return _wrong_url(upload)
        try:
            said = _completion(form)
            async with upload.completing:
                await self._finish(upload, said)
        except _MalformedError as error:
            return line_refusal(str(error), ok=-1, status=400)
        except RefusedError as error:
            return line_refusal(str(error))
        return line_ok()

    def _find(self, received: Received) -> Route | None:
        here = received.host.endswith(_CHUNK_HOSTS) and received.path.startswith(LINE_PATH)
        if not here or received.method != "POST":
            return None
        if received.path.startswith(COMPLETE_PATH):
            return Route("complete", self.complete)
        return Route("chunk", self.chunk)

    async def _finish(self, upload: Upload, said: Completion) -> None:
        upload.check_completion(said)
        if upload.stored is not None:
            _check_md5(said.md5, upload.stored.md5)
            return
        upload.completion = said  # from here on the chunks stay as they are
        try:
            pieces = [chunk.path for chunk in upload.in_order()]
            _check_md5(said.md5, await digest_of(pieces))
            path = await self._shelf.keep(upload.filename, said.name, pieces)
        except BaseException:
            upload.completion = None
            raise
        upload.stored = StoredVideo(
            upload.filename, said.name, said.filesize, said.md5, upload.mid, path, self._clock()
        )
        self._state.store_video(upload.stored)

    def _upload(self, received: Received) -> Upload | None:
        return self._state.uploads.get(PurePosixPath(received.path).name)


def _announced(form: Form) -> Chunk:
    """Read the fields of section 3.2 and compare each with the bytes."""
    file = form.spooled
    if form.problem is not None or file is None:
        raise _MalformedError(form.problem or "there is no file")
    _check_names(form, _CHUNK_FIELDS)
    index, total, declared = (_number(form, name) for name in ("chunk", "chunks", "filesize"))
    if not index < total:
        raise _MalformedError(f"chunk {index} of {total}: the first is 0, the last {total - 1}")
    if not 0 < file.size <= LARGEST_CHUNK:
        raise _MalformedError(f"a chunk has 1 to {LARGEST_CHUNK} bytes, not {file.size}")
    _check_md5(form.value("md5"), file.md5)
    return Chunk(index, total, declared, file.size, file.md5, file.filename, _version(form), file.path)


def _preupload_refusal(message: str) -> Reply:
    return json_reply({"OK": 0, "code": -400, "message": message, "info": message}, status=400)


def _wrong_url(upload: Upload | None) -> Reply:
    if upload is None:
        return line_refusal("no upload has this name", status=404)
    return line_refusal("the url is not byte for byte the one that preupload gave", status=403)


def _completion(form: Form) -> Completion:
    if form.problem is not None or form.content_type != URLENCODED:
        raise _MalformedError(form.problem or f"a completion must be {URLENCODED}")
    _check_names(form, _COMPLETE_FIELDS)
    chunks, size = _number(form, "chunks"), _number(form, "filesize")
    name = form.value("name") or ""
    if not name:
        raise _MalformedError("name is empty")
    return Completion(chunks, size, form.value("md5") or "", name, _version(form))


def _check_names(form: Form, expected: tuple[str, ...]) -> None:
    names = [item.name for item in form.fields]
    missing = [name for name in expected if name not in names]
    unknown = [name for name in names if name not in expected]
    if missing or unknown or len(names) != len(expected):
        raise _MalformedError(
            f"fields must be {', '.join(expected)}, once each; missing {missing}, unknown {unknown}"
        )


def _number(form: Form, name: str) -> int:
    value = form.value(name) or ""
    if not re.fullmatch(r"[0-9]{1,15}", value):
        raise _MalformedError(f"{name} must be a whole number, not {value!r}")
    return int(value)


def _version(form: Form) -> str:
    version = form.value("version") or ""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+){3}", version):
        raise _MalformedError(f"version must look like 2.3.0.1066, not {version!r}")
    return version


def _check_md5(claimed: str | None, real: str) -> None:
    if claimed != real:
        raise RefusedError(f"md5 is {claimed} here, but the bytes have {real}")
