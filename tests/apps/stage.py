"""What the tests of the command line stand on: a simulator beside them, and ways to run `bvup`."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from tests.kit import until

import bilibili_api
from bilibili_api.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping
    from types import TracebackType

    from bilibili_api.simulator import Fault, Rule

SOURCE = Path(bilibili_api.__file__).parents[1]
PATIENCE = 30.0
"""Seconds after which a test that waits for something gives up."""
T = TypeVar("T")
_children: list[subprocess.Popen[Any]] = []


class SimulatorThread:
    """A simulator with a loop in a thread of its own, since `bvup` runs its own loop in this one."""

    def __init__(self, **given: Any) -> None:
        self._given = given
        self._ready: Future[Simulator] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> Self:
        self._thread.start()
        self.sim = self._ready.result(PATIENCE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with Simulator(**self._given) as running:
                self._ready.set_result(running)
                await self._stop.wait()
        except BaseException as error:
            if not self._ready.done():
                self._ready.set_exception(error)
            raise

    def fault(self, step: Any, fault: Fault, **given: Any) -> Rule:
        """Order a fault, in the simulator's own loop."""

        async def add() -> Rule:
            return self.sim.faults.add(step, fault, **given)

        return asyncio.run_coroutine_threadsafe(add(), self._loop).result(PATIENCE)

    def wait(self, happening: Callable[[], Awaitable[Any]]) -> None:
        """Wait for something in the simulator's loop."""

        async def waiting() -> None:
            await happening()

        asyncio.run_coroutine_threadsafe(waiting(), self._loop).result(PATIENCE)

    def begin(self, acting: Callable[[Simulator], Coroutine[Any, Any, T]]) -> Future[T]:
        """Let somebody act in the simulator's loop meanwhile."""
        return asyncio.run_coroutine_threadsafe(acting(self.sim), self._loop)

    def interrupt_at(self, rule: Rule) -> Future[None]:
        """Press Ctrl-C in this process as soon as an ordered fault happens."""

        async def press(_: Simulator) -> None:
            await rule.fired.wait()
            os.kill(os.getpid(), signal.SIGINT)

        return self.begin(press)

    @property
    def server(self) -> list[str]:
        """The options that lead `bvup upload` here."""
        return ["--server", self.sim.url, "--ca", str(self.sim.ca_file)]

    @property
    def access_key(self) -> str:
        """Of the account every simulator has."""
        return self.sim.accounts[0].access_key


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a child: this project, its data in `home`, nothing of the user's settings."""
    ours = ("BVUP_", "COV_", "COLUMNS", "LINES")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONPATH": str(SOURCE), "BVUP_HOME": str(home), "PYTHONUTF8": "1", **more}


def start(
    args: list[str], env: Mapping[str, str], stdout: int = subprocess.PIPE, stdin: int | None = None
) -> subprocess.Popen[str]:
    """Run `bvup` as a process of its own, with pipes for what it writes."""
    command = [sys.executable, "-m", "bilibili_api.apps.cli", *args]
    child = subprocess.Popen(
        command, env=dict(env), text=True, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE
    )
    end_with_the_test(child)
    return child


def end_with_the_test(child: subprocess.Popen[Any]) -> None:
    """Let a process not outlive the test that has started it."""
    _children.append(child)


def end_children() -> None:
    """End what a test that failed has left running, or the tests after it would fail as well."""
    while _children:
        with _children.pop() as child:
            child.kill()


def stop(child: subprocess.Popen[str], number: signal.Signals = signal.SIGINT) -> tuple[str, str]:
    """Send a signal and return what the child wrote until its end."""
    child.send_signal(number)
    return child.communicate(timeout=PATIENCE)


async def confirm(sim: Simulator) -> str:
    """Be the phone that scans and confirms the next QR code; return the code."""
    shown = await sim.qr.shown()
    sim.qr.confirm(shown.code)
    return shown.code


async def hesitate(sim: Simulator) -> None:
    """Let a code expire, then scan the next one, and confirm it when the client has seen that."""
    first = await sim.qr.shown()
    sim.qr.expire(first.code)
    second = await sim.qr.shown()
    sim.qr.scan(second.code)
    await until(lambda: any(_code(exchange.answer) == 86090 for exchange in sim.exchanges))
    sim.qr.confirm(second.code)


def _code(answer: Any) -> object:
    return cast("dict[str, object]", answer).get("code") if isinstance(answer, dict) else None


def secrets_of(sim: Simulator) -> set[str]:
    """Every token and cookie that the demo account is logged in with."""
    account = sim.accounts[0]
    jar = sim.cookies(account) if sim.tokens(account) else {}
    return {*sim.tokens(account), account.password, *(jar[name] for name in ("SESSDATA", "bili_jct") if jar)}
