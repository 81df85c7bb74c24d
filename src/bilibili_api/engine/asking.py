"""Calls that carry no login of ours: tried again by their policy."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from .connecting import connected
from .options import Options, Server
from .retry import persist

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from bilibili_api.protocol.codes import Step
    from bilibili_api.protocol.wire import Request, Response

    from .http import Http

T = TypeVar("T")


class Asking:
    """Asks questions, each with its own time."""

    def __init__(self, http: Http, options: Options) -> None:
        self._http = http
        self.options = options

    @property
    def now(self) -> int:
        """The present, Unix seconds."""
        return int(self.options.world.now())

    async def ask(self, step: Step, build: Callable[[int], Request], parse: Callable[[Response], T]) -> T:
        """Send what `build` makes of the present and return what `parse` finds.

        Raises:
            ApiException: What could not be helped by asking again.
        """

        async def attempt() -> T:
            return parse(await self._http.send(build(self.now)))

        return await persist(step, attempt, self.options)


@asynccontextmanager
async def asking(options: Options | None) -> AsyncGenerator[Asking]:
    """Open connections; without options to the server that the environment names, else to Bilibili."""
    options = options or Options(server=Server.from_environment())
    async with connected(options) as http:
        yield Asking(http, options)
