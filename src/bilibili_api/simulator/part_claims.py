"""What a client says about a part, against its bytes and its ticket (protocol document, 4.4, 4.7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bilibili_api.simulator.body import LARGEST_CHUNK
from bilibili_api.simulator.reply import RefusalError, Reply, json_reply
from bilibili_api.simulator.storage import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.storage import StoredObject

BINARY = "application/octet-stream"
_REQUIRED_NUMBERS = ("partNumber", "chunk", "chunks", "start", "end", "total")


def announced(received: Received, form: Form, found: StoredObject) -> Part:
    """Compare all that is said about a part with one another, with the ticket and with the bytes.

    Raises:
        RefusalError: Something of it is wrong.
    """
    file = form.spooled
    if received.header("Content-Length") is None:
        raise RefusalError(trouble(411, "LENGTH_REQUIRED"))
    if form.content_type not in {"", BINARY}:
        raise RefusalError(trouble(400, f"CONTENT_TYPE_IS_NOT_{BINARY}"))
    number = int(_number(received, "partNumber") or 0)
    if file is None or not 0 < number <= found.part_count or file.size > LARGEST_CHUNK:
        raise RefusalError(trouble(400, f"PART_NUMBER_ERR_GOT_{number}_EXPECT_1_TO_{found.part_count}"))
    size, start = found.part_size(number), (number - 1) * found.chunk_size
    if file.size != size:
        raise RefusalError(trouble(400, f"PART_SIZE_ERR_GOT_{file.size}_EXPECT_{size}"))
    told = (number, number - 1, found.part_count, start, start + size, found.size)
    compare(received, dict(zip(_REQUIRED_NUMBERS, told, strict=True)), required=True)
    compare(received, {"size": size}, required=False)  # one client leaves it out
    return Part(number, file.size, file.md5, file.path)


def compare(received: Received, expected: Mapping[str, int], *, required: bool) -> None:
    """Compare numbers of the query with what they should be.

    Args:
        received: The request.
        expected: What each should be, by its name.
        required: Whether one that is missing is refused, too.

    Raises:
        RefusalError: One is missing, no number or another.
    """
    for name, value in expected.items():
        said = _number(received, name)
        if said != str(value) and (required or said is not None):
            raise RefusalError(trouble(400, f"{name.upper()}_ERR_GOT_{said}_EXPECT_{value}"))


def _number(received: Received, name: str) -> str | None:
    said = received.query_value(name)
    if said is not None and not re.fullmatch("[0-9]{1,18}", said):
        raise RefusalError(trouble(400, f"{name.upper()}_IS_NO_NUMBER"))
    return said


def trouble(status: int, what: str) -> Reply:
    """Refuse as the storage does (section 4.5)."""
    body = {"error": f"lua: {what}", "http_code": status, "reqid": "", "title": "UposstorException"}
    return json_reply(body, status=status)
