"""From a body to its fields; files go to disk, everything else is small and stays in memory."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from bilibili_api.simulator.exchange import Field, Pairs
from bilibili_api.simulator.multipart import MalformedFormError, MultipartReader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import IO

    from bilibili_api.simulator.body import Body

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_LONGEST_FIELD = 64 * 1024
# Hashing this much costs less than handing it to a thread, more would hold up the loop.
_HASH_IN_LOOP = 64 * 1024
_HASH_AT_ONCE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SpooledFile:
    """The file of a multipart form, on disk; whoever wants to keep it moves it away."""

    path: Path
    field: str
    filename: str
    size: int
    md5: str


@dataclass(slots=True)
class Form:
    """A body taken apart.

    Attributes:
        content_type: without parameters, lower case; "" when the request named none.
        fields: in the order in which they came.
        text: the body as it came, unless it was multipart.
        json: the parsed body when the content type says JSON.
        spooled: the file of a multipart form; None again once somebody has taken it over.
        problem: why the body could not be taken apart.
    """

    content_type: str = ""
    fields: tuple[Field, ...] = ()
    text: str = ""
    json: Any = None
    spooled: SpooledFile | None = None
    problem: str | None = None

    def value(self, name: str) -> str | None:
        """Return the text of the first field of that name, or None."""
        return next((item.value for item in self.fields if item.name == name), None)

    def forget(self) -> None:
        """Delete the spooled file, unless somebody took it over."""
        if self.spooled is not None:
            _delete(self.spooled.path)


async def read_form(body: Body, content_type_header: str, spool: Path) -> Form:
    """Read a whole body. A malformed one is not an error here: `Form.problem` says what is wrong.

    Raises:
        ClientGoneError: the connection broke first.
        BodyTooLargeError: more than the service takes.
    """
    header = Message()
    header["content-type"] = content_type_header
    form = Form(header.get_content_type() if content_type_header else "")
    try:
        if form.content_type == MULTIPART:
            await _read_multipart(form, body, header.get_param("boundary"), spool)
        else:
            form.text = (await body.text()).decode("utf-8", "replace")
            _read_text(form)
    except ValueError as error:
        form.problem = str(error)
        await body.discard()
    except BaseException:
        form.forget()
        raise
    return form


async def spool_raw(body: Body, content_type_header: str, spool: Path) -> Form:
    """Read a body that is a piece of a file and nothing else.

    Raises:
        ClientGoneError: the connection broke first.
        BodyTooLargeError: more than the service takes.
    """

    async def blocks() -> AsyncIterator[bytearray]:
        while block := await body.block():
            yield bytearray(block)

    file = await _spool("", "", blocks(), spool)
    return Form(content_type_header.partition(";")[0].strip().lower(), spooled=file)


def split_pairs(text: str) -> list[tuple[str, str]]:
    """Split `a=1&b=2` without decoding anything: signatures are over the bytes as sent."""
    pairs: list[tuple[str, str]] = []
    for item in text.split("&") if text else []:
        name, _, value = item.partition("=")
        pairs.append((name, value))
    return pairs


def decoded_pairs(text: str) -> Pairs:
    """Split and decode a query or a form-urlencoded body."""
    return tuple((unquote_plus(name), unquote_plus(value)) for name, value in split_pairs(text))


def _read_text(form: Form) -> None:
    if form.content_type == URLENCODED:
        form.fields = tuple(Field(name, value, size=len(value)) for name, value in decoded_pairs(form.text))
    elif form.content_type.endswith("json"):
        form.json = json.loads(form.text)


async def _read_multipart(form: Form, body: Body, boundary: Any, spool: Path) -> None:
    if not isinstance(boundary, str):
        raise MalformedFormError("the content type names no boundary")
    if not await body.peek(1):
        return
    reader = MultipartReader(body.block, boundary)
    while (part := await reader.next_part()) is not None:
        if form.spooled is not None:
            raise MalformedFormError(f"field {part.name!r} stands after the file, which must be the last")
        if part.filename is None:
            value = await _short_text(part.name, reader.content())
            form.fields += (Field(part.name, value, content_type=part.content_type, size=len(value)),)
        else:
            form.spooled = await _spool(part.name, part.filename, reader.content(), spool)
            form.fields += (_file_field(form.spooled, part.content_type),)
    await body.discard()


async def _short_text(name: str, content: AsyncIterator[bytearray]) -> str:
    value = b""
    async for block in content:
        value += block
        if len(value) > _LONGEST_FIELD:
            raise MalformedFormError(f"field {name!r} is longer than {_LONGEST_FIELD} bytes")
    return value.decode("utf-8", "replace")


async def _spool(name: str, filename: str, content: AsyncIterator[bytearray], folder: Path) -> SpooledFile:
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        try:
            size, md5 = await _copy(content, file)
        except BaseException:
            _delete(Path(file.name))
            raise
    return SpooledFile(Path(file.name), name, filename, size, md5)


async def _copy(content: AsyncIterator[bytearray], file: IO[bytes]) -> tuple[int, str]:
    digest, size = hashlib.md5(usedforsecurity=False), 0
    waiting: list[bytearray] = []
    held = 0
    async for block in content:
        waiting.append(block)
        held += len(block)
        if held >= _HASH_AT_ONCE:
            await asyncio.to_thread(_write_and_hash, file, digest, waiting)
            size, held, waiting = size + held, 0, []
    if held > _HASH_IN_LOOP:
        await asyncio.to_thread(_write_and_hash, file, digest, waiting)
    else:
        _write_and_hash(file, digest, waiting)
    return size + held, digest.hexdigest()


def _write_and_hash(file: IO[bytes], digest: Any, blocks: list[bytearray]) -> None:
    with suppress(ValueError):  # the file was closed meanwhile: the request was given up
        for block in blocks:
            file.write(block)
            digest.update(block)


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)


def _file_field(file: SpooledFile, content_type: str | None) -> Field:
    return Field(file.field, None, file.filename, content_type, file.size, file.md5)
