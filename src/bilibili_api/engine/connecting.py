"""Opens connections, and loads the HTTP library when the first is wanted: it is by far the largest import."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .http import Http
    from .options import Options


@asynccontextmanager
async def connected(options: Options) -> AsyncGenerator[Http]:
    """Open connections to the server that the options name.

    The library is loaded in a thread: another upload may be sending in this loop.

    Raises:
        ArgsException: The server's certificate authority cannot be read.
    """
    kind = await asyncio.to_thread(_http)
    async with kind(options) as http:
        yield http


def _http() -> type[Http]:
    from .http import Http  # noqa: PLC0415 - the reason for this module

    return Http
