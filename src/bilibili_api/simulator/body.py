"""The body of a request, read block by block, counted and paced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import ClientError
from aiohttp.http_exceptions import HttpProcessingError

from bilibili_api.simulator.pace import BLOCK

if TYPE_CHECKING:
    from aiohttp import StreamReader

    from bilibili_api.simulator.pace import Throttle

# The largest chunk that is taken, and room for the form around it.
LARGEST_CHUNK = 64 * 1024 * 1024
LARGEST_BODY = LARGEST_CHUNK + 64 * 1024
LARGEST_TEXT = 16 * 1024 * 1024  # an image in base64, escaped


class ClientGoneError(ConnectionResetError):
    """The client went away in the middle of its request."""


class BodyTooLargeError(Exception):
    """The body is longer than anything the simulated service takes."""


class Body:
    """Reads a request's body; nothing is read before it is asked for, so TCP holds the client back."""

    def __init__(self, content: StreamReader, throttles: list[Throttle]) -> None:
        self.received = 0
        self.throttles = throttles
        self._content = content
        self._ahead = b""

    async def block(self) -> bytes:
        """Return the next bytes, or b"" at the end.

        Raises:
            ClientGoneError: the connection broke first.
            BodyTooLargeError: more than 64 MiB and a form around it.
        """
        if self._ahead:
            ahead, self._ahead = self._ahead, b""
            return ahead
        return await self._read(BLOCK)

    async def peek(self, enough: int) -> bytes:
        """Return about the first `enough` bytes without consuming them."""
        while len(self._ahead) < enough and (more := await self._read(enough - len(self._ahead))):
            self._ahead += more
        return self._ahead

    async def text(self) -> bytes:
        """Return the whole body, at most 16 MiB."""
        blocks: list[bytes] = []
        while block := await self.block():
            blocks.append(block)
            if self.received > LARGEST_TEXT:
                raise BodyTooLargeError
        return b"".join(blocks)

    async def discard(self, up_to: int | None = None) -> None:
        """Read and forget the body, or stop once `up_to` bytes in all were read."""
        self._ahead = b""
        while up_to is None or self.received < up_to:
            if not await self._read(BLOCK if up_to is None else up_to - self.received):
                return

    async def _read(self, most: int) -> bytes:
        most = min([most, *(throttle.grain() for throttle in self.throttles)])
        try:
            data = await self._content.read(most)
        except (OSError, ClientError, HttpProcessingError) as error:
            raise ClientGoneError(str(error)) from error
        self.received += len(data)
        for throttle in self.throttles:
            await throttle.spend(len(data))
        if self.received > LARGEST_BODY:
            raise BodyTooLargeError
        return data
