"""What a request carries: bytes, a buffer within a frame, or a stretch of a source."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from bilibili_api.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


@frozen
class Framed:
    """A body in three pieces: the content stays where it is and is not copied into the frame around it.

    Attributes:
        head: Bytes before the content.
        content: The content; the caller keeps its buffer untouched until the answer has come.
        tail: Bytes after the content.
    """

    head: bytes = field(repr=False)
    content: memoryview = field(repr=False)
    tail: bytes = field(repr=False)

    def __len__(self) -> int:
        return len(self.head) + self.content.nbytes + len(self.tail)


class Readable(Protocol):
    """Bytes that can be read at any offset, by several threads at once."""

    def read_into(self, offset: int, room: memoryview) -> None:
        """Fill `room` with the bytes from `offset` on; may wait for a disk."""
        ...

    def read_now(self, offset: int, room: memoryview) -> int:
        """Put into `room` what is there without waiting; return how many bytes, 0 if it would wait."""
        ...


@frozen
class Stretch:
    """A body that is read from its source while it is sent, so that no part is held in memory.

    Attributes:
        source: Where the bytes are.
        start: Offset of the first byte.
        end: Offset of the byte after the last.
    """

    source: Readable = field(repr=False)
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


Body = bytes | Framed | Stretch
"""What a request carries: bytes, a framed buffer of the caller's, or a stretch of a source."""


def multipart(
    fields: Mapping[str, str], filename: str, content_type: str, content: memoryview, mark: str
) -> tuple[str, Framed]:
    """Frame `fields` and one file, named `file`, as multipart/form-data.

    Args:
        fields: Form fields, sent in this order before the file.
        filename: Name of the file.
        content_type: MIME type of the file.
        content: The bytes of the file.
        mark: Text that makes the boundary unlike anything in the content; a digest of it will do.

    Returns:
        The value of the `Content-Type` header, and the body.
    """
    boundary = f"----bvup{mark}"
    lines = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    safe = filename.replace("\\", "_").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    lines.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{safe}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    )
    head = "".join(lines).encode("utf-8", "replace")
    return f"multipart/form-data; boundary={boundary}", Framed(
        head, content, f"\r\n--{boundary}--\r\n".encode()
    )
