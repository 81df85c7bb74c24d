"""A streaming reader of multipart/form-data: a part of 64 MiB never stands in memory."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

_LONGEST_HEADERS = 16 * 1024


class MalformedFormError(ValueError):
    """The body is not the form that its content type promises."""


@dataclass(frozen=True, slots=True)
class PartHeaders:
    """What stands above a part: field name, and for a file its name and content type."""

    name: str
    filename: str | None
    content_type: str | None


class MultipartReader:
    """Takes a form apart: call `next_part`, then read `content` to its end, and again.

    Args:
        read: gives the next block of the body, b"" at its end.
        boundary: as named in the content type.
    """

    def __init__(self, read: Callable[[], Awaitable[bytes]], boundary: str) -> None:
        self._read = read
        self._delimiter = b"\r\n--" + boundary.encode()
        self._buffer = bytearray(b"\r\n")  # lets the first boundary look like all others
        self._started = False

    async def next_part(self) -> PartHeaders | None:
        """Return the headers of the next part, or None after the last."""
        if not self._started:
            self._started = True
            async for _ in self.content():
                pass
        while len(self._buffer) < 2:
            await self._more()
        if self._buffer.startswith(b"--"):
            return None
        return _parse_headers(await self._header_block())

    async def content(self) -> AsyncIterator[bytearray]:
        """Yield the bytes of the current part."""
        keep = len(self._delimiter) - 1  # a boundary may begin in this block and end in the next
        while True:
            found = self._buffer.find(self._delimiter)
            if found >= 0:
                if found:
                    yield self._buffer[:found]
                del self._buffer[: found + len(self._delimiter)]
                return
            if len(self._buffer) > keep:
                yield self._buffer[:-keep]
                del self._buffer[:-keep]
            await self._more()

    async def _header_block(self) -> bytes:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _LONGEST_HEADERS:
                raise MalformedFormError("the headers of a part have no end")
            await self._more()
        block = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        return block

    async def _more(self) -> None:
        block = await self._read()
        if not block:
            raise MalformedFormError("the form ends before its last boundary")
        self._buffer += block


def _parse_headers(block: bytes) -> PartHeaders:
    message = Message()
    for line in block.decode("utf-8", "replace").strip("\r\n").split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon:
            raise MalformedFormError("a header of a part has no colon")
        message[name.strip()] = value.strip()
    name = message.get_param("name", header="content-disposition")
    if not isinstance(name, str):
        raise MalformedFormError("a part has no name")
    content_type = message["content-type"]
    return PartHeaders(name, message.get_filename(), None if content_type is None else str(content_type))
