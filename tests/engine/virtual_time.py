"""A loop whose time passes at once: what would be waited for is skipped, in the right order."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

from bilibili_api.engine.options import World

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class _Skipping(selectors.SelectSelector):
    """Never waits; says how long it was meant to."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.passed += timeout or 0.0
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.passed


def in_virtual_time(act: Callable[[World], Coroutine[Any, Any, T]], *, begin: float = 1.8e9) -> T:
    """Run a coroutine in a loop of its own, whose world begins at `begin`, Unix seconds."""

    async def main() -> T:
        elapsed = asyncio.get_running_loop().time
        return await act(World(now=lambda: begin + elapsed(), elapsed=elapsed, sleep=asyncio.sleep))

    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(main())
