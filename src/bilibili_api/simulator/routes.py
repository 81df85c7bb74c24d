"""Which handler answers a request: by method, host and path, or by a closer look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bilibili_api.simulator.exchange import Received, Step
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.reply import Reply

    Handler: TypeAlias = Callable[[Received, Form], Awaitable[Reply]]
    Finder: TypeAlias = Callable[[Received], "Route | None"]


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers, and what the request is called in faults and exchanges.

    Attributes:
        interface: which of several ways to do the same, e.g. "web" on the step "submit".
        raw: the body is a piece of a file, not a form.
    """

    step: Step
    handler: Handler
    interface: str | None = None
    raw: bool = False


class Router:
    """All routes of the simulated hosts."""

    def __init__(self) -> None:
        self._fixed: dict[tuple[str, str, str], Route] = {}
        self._finders: list[Finder] = []

    def add(
        self, method: str, url: str, step: Step, handler: Handler, *, interface: str | None = None
    ) -> None:
        """Answer a method at one URL (host and path; schemes and queries play no part)."""
        parts = urlsplit(url)
        self._fixed[method, parts.netloc, parts.path] = Route(step, handler, interface)

    def add_finder(self, finder: Finder) -> None:
        """Ask this function before the fixed URLs are looked at."""
        self._finders.append(finder)

    def find(self, received: Received) -> Route | None:
        """Return the route of a request, or None."""
        for finder in self._finders:
            if (route := finder(received)) is not None:
                return route
        return self._fixed.get((received.method, received.host, received.path))
